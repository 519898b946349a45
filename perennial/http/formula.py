"""Formulas that a person writes: what they mean, what is wrong with them, what may stand at the cursor, and why."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, ConfigDict, Field

from perennial import access, forms, formula, people, records
from perennial.formula import Binary, Bool, Call, Name, Number, Scope, Text, Unary
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Invalid, Problem, Tx, text

router = Router(prefix="/formula", tags=["formula"])


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Asked(_Input):
    """`want`: the kind that the result must have, such as `yes_no` for a filter."""

    form: str
    text: str = Field(max_length=10_000)
    want: str | None = None


class FormulaError(BaseModel):
    code: str
    text: str
    position: int | None = Field(description="Of the character, from 1")
    facts: dict[str, Any] = Field(description="start, end, suggestion …")


class Checked(BaseModel):
    """`text`: as it is stored, keys instead of labels. `tree`: its nodes, for a builder of conditions."""

    ok: bool
    text: str | None = None
    type: str | None = None
    nullable: bool | None = None
    volatile: bool | None = Field(default=None, description="Reads today or now")
    reads: list[str] = Field(default_factory=list[str])
    tree: dict[str, Any] | None = None
    error: FormulaError | None = None


class _Drawn(_Input):
    """`drawn`: the form as it is being drawn, then its sub-tables; names mean what is drawn (right `design`)."""

    form: str
    drawn: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]], max_length=20)


class Cursor(_Drawn):
    text: str = Field(max_length=10_000)
    cursor: int = Field(ge=0)


class ItemOut(BaseModel):
    label: str
    insert: str
    kind: str
    detail: str
    start: int
    about: str = Field(description="Of a function: what it does")


class HintOut(BaseModel):
    """The call that the cursor stands in; `argument` counts from 0."""

    function: str
    signature: str
    about: str
    arguments: list[str]
    argument: int


class FunctionOut(BaseModel):
    """`examples`: text and result."""

    name: str
    zh: str
    about: str
    signature: str
    group: str
    examples: list[list[str]]


class RowIn(_Input):
    """`value` by operator: none, one, a list, or a number of days; {"today": days} and {"me": true} are values too."""

    path: list[str]
    op: str
    value: Any = None
    kind: str | None = None  # as it was shown; not read


class GroupIn(_Input):
    join: Literal["and", "or"]
    rows: "list[RowIn | GroupIn]" = Field(max_length=200)


class TextIn(_Drawn):
    text: str = Field(max_length=10_000)


class TreeIn(_Drawn):
    tree: GroupIn


class RowOut(BaseModel):
    """`kind`: of what stands at the path, as in the list of operators."""

    path: list[str]
    op: str
    value: Any
    kind: str


class GroupOut(BaseModel):
    join: Literal["and", "or"]
    rows: "list[RowOut | GroupOut]"


class Visual(BaseModel):
    """`text_only`: the text says more than rows can."""

    text_only: bool
    text: str
    tree: GroupOut | None = None


class OperatorOut(BaseModel):
    key: str
    zh: str
    en: str
    takes: str


class Why(_Input):
    """Either a formula or the key of a computed field, on one record."""

    form: str
    record_id: int
    text: str = Field(max_length=10_000)


class Part(BaseModel):
    """`hidden`: how many parts are not shown, because the person may not read what they read. `rules`: the rows of a
    decision table that are hit, from 1; 0 is what it answers when none is."""

    text: str
    label: str | None
    kind: str
    value: Any
    why: str | None
    path: list[str]
    parts: list["Part"]
    hidden: int = 0
    flips: list[list[dict[str, Any]]] = Field(default_factory=list[list[dict[str, Any]]])
    rules: list[int] = Field(default_factory=list[int])


@router.post("/check")
def check_formula(tx: InTx, body: Asked) -> Checked:
    """What a formula means to me; an error is an answer here, not a refusal."""
    scope = access.readable(tx, body.form).scope
    if body.want is not None and body.want not in formula.SQL_TYPES:
        raise Invalid("formula.unknown_kind", path="want", kind=body.want)
    try:
        typed = formula.check(body.text, scope, body.want)  # pyright: ignore[reportArgumentType]
    except Invalid as problem:
        language = people.standing(tx).language
        sentence = text(problem, "en" if language == "en" else "zh")
        facts = jsonable_encoder(problem.facts)
        error = FormulaError(code=problem.code, text=sentence, position=facts.get("position"), facts=facts)
        return Checked(ok=False, error=error)
    return Checked(
        ok=True, text=formula.print_(typed.node), type=typed.type.kind, nullable=typed.type.nullable,
        volatile=typed.volatile, reads=sorted(typed.reads), tree=_tree(typed.node),
    )  # fmt: skip


@router.post("/complete")
def complete_formula(tx: InTx, body: Cursor) -> list[ItemOut]:
    scope = _scope(tx, body)
    found = formula.complete(body.text, min(body.cursor, len(body.text)), scope)
    return [
        ItemOut(label=i.label, insert=i.insert, kind=i.kind, detail=i.detail, start=i.start, about=i.about)
        for i in found
    ]


@router.post("/hint")
def hint_formula(tx: InTx, body: Cursor) -> HintOut | None:
    """Which argument of which function is being written."""
    found = formula.hint(body.text, min(body.cursor, len(body.text)))
    if found is None:
        return None
    return HintOut(function=found.function, signature=found.signature, about=found.about,
                   arguments=list(found.arguments), argument=found.argument)  # fmt: skip


@router.get("/functions")
def list_functions(tx: InTx) -> list[FunctionOut]:
    """All functions, in groups: logic, number, text, date, rows, history."""
    return [
        FunctionOut(name=fn.name, zh=fn.zh, about=fn.about, signature=fn.signature, group=fn.group,
                    examples=[list(example) for example in fn.examples])
        for fn in formula.functions()
    ]  # fmt: skip


@router.get("/operators")
def list_operators(tx: InTx) -> dict[str, list[OperatorOut]]:
    """What a row of a condition may say, by kind of field."""
    return {
        kind: [OperatorOut(key=one.key, zh=one.zh, en=one.en, takes=one.takes) for one in operators]
        for kind, operators in formula.OPERATORS.items()
    }


@router.post("/tree")
def show_tree(tx: InTx, body: TextIn) -> Visual:
    """The rows of a condition, where it has them."""
    scope = _scope(tx, body)
    return _visual(formula.print_(formula.check(body.text, scope, "yes_no").node), scope)


@router.post("/from-tree")
def write_tree(tx: InTx, body: TreeIn) -> Visual:
    """The text of rows; `tree` comes back as it will be read."""
    scope = _scope(tx, body)
    return _visual(formula.from_tree(_group(body.tree), scope), scope)


def _visual(text: str, scope: Scope) -> Visual:
    found = formula.tree(text, scope)
    return Visual(text_only=found is None, text=text, tree=None if found is None else _shown(found, scope))


def _shown(group: formula.Group, scope: Scope) -> GroupOut:
    rows = [_shown(row, scope) if isinstance(row, formula.Group) else _row(row, scope) for row in group.rows]
    return GroupOut(join=group.join, rows=rows)


def _row(row: formula.Row, scope: Scope) -> RowOut:
    kind = formula.check(formula.print_(Name(row.path)), scope).type.kind
    return RowOut(path=list(row.path), op=row.op, value=row.value, kind=kind)


def _scope(tx: Tx, body: _Drawn) -> Scope:
    """What names mean: to me in what is in force, or in the form as it is being drawn."""
    if not body.drawn:
        return access.readable(tx, body.form).scope
    allow(tx, "design")
    drawn = [forms.load(tree) for tree in body.drawn]
    whole = forms.merged(forms.catalog(tx), drawn)
    return forms.merged(whole, [_typed(whole, form) for form in drawn]).scope(body.form)


def _typed(whole: forms.Catalog, form: forms.Form) -> forms.Form:
    """A formula that is not right yet stands for a text, so that the others can be written beside it."""

    def wrong(field: forms.Field) -> bool:
        try:
            return field.kind == "formula" and not whole.typed(form.key, field.key)
        except Problem:
            return True

    fields = (replace(f, kind="text", formula=None, type=None) if wrong(f) else f for f in form.fields)
    return replace(form, fields=tuple(fields))


def _group(group: GroupIn) -> formula.Group:
    rows = (_group(row) if isinstance(row, GroupIn) else formula.Row(tuple(row.path), row.op, row.value)
            for row in group.rows)  # fmt: skip
    return formula.Group(group.join, tuple(rows))


@router.post("/explain")
def explain_formula(tx: InTx, body: Why) -> Part:
    """The tree with every value at this moment, and what would turn a condition over (「为什么」)."""
    found = records.explain(tx, body.form, body.record_id, body.text)
    return told_part(tx, body.form, found)


def told_part(tx: Tx, form: str, found: "records.Why") -> Part:
    """An explanation as it is sent."""
    return Part(
        text=found.text, label=found.label, kind=found.kind, value=plain_value(found.value), why=found.why,
        path=list(found.path), hidden=found.hidden, rules=list(found.rules),
        parts=[told_part(tx, form, part) for part in found.parts],
        flips=[
            [{"subject": c.subject, "op": c.op, "value": plain_value(c.value), "path": list(c.path)} for c in way]
            for way in found.flips
        ],
    )  # fmt: skip


def plain_value(value: Any) -> Any:
    """Numbers as text, as everywhere."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return [plain_value(one) for one in value] if isinstance(value, list | tuple) else value


def _tree(node: formula.Node) -> dict[str, Any]:
    match node:
        case Number():
            return {"kind": "number", "value": f"{node.value:f}"}
        case Text():
            return {"kind": "text", "value": node.value}
        case Bool():
            return {"kind": "yes_no", "value": node.value}
        case Name():
            return {"kind": "name", "parts": list(node.parts)}
        case Call():
            return {"kind": "call", "name": node.name, "args": [_tree(arg) for arg in node.args]}
        case Unary():
            return {"kind": "unary", "op": node.op, "operand": _tree(node.operand)}
        case Binary():
            return {"kind": "binary", "op": node.op, "left": _tree(node.left), "right": _tree(node.right)}

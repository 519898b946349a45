"""The type of DECIDE("table", input, …) and DECIDE("table.output", …), and the SQL that finds the rule.

The rows by which a table answers stand in forms.decision_part: for each piece of an input's values a string with a
bit per rule. One index look-up per input, the strings ANDed, the first bit set is the rule: more rules cost no more
than their bits. Nothing of it can raise, and a table that is gone answers blank.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from perennial.formula.functions import Fn
from perennial.formula.literals import adapted
from perennial.formula.nodes import Call, Node, Text
from perennial.formula.operators import as_text, fit
from perennial.formula.parser import parse
from perennial.formula.pieces import Sql
from perennial.formula.source import SQL_TYPES
from perennial.formula.suggest import at, nearest
from perennial.formula.typed import Asked, Deciding, Scope, Type, Typed, tree
from perennial.kernel import Invalid

if TYPE_CHECKING:
    from perennial.formula.check import Checker
    from perennial.formula.compile import Compiler
    from perennial.formula.source import Source

ONE = ("U", "A", "F", "P")  # the first hit is the answer
COLUMNS = {"number": "number", "text": "word", "date": "day", "yes_no": "truth"}


def decide(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """Of a record of the table's own form the inputs may be left out where the table says what they are."""
    table, place, named = _table(fn, node, scope)
    output = table.outputs[place]
    asked = node.args[1:]
    if not asked and table.form == scope.form and all(one.formula for one in table.inputs):
        asked = tuple(parse(one.formula or "") for one in table.inputs)
    elif len(asked) != len(table.inputs):
        inputs = "、".join(one.label for one in table.inputs)
        raise at("formula.decision_inputs", node.span, table=table.label, inputs=inputs, needs=len(table.inputs),
                 has=len(asked))  # fmt: skip
    args = tuple(
        _fitted(fn, number, one, checker.node(arg, scope, one.type), arg)
        for number, (one, arg) in enumerate(zip(table.inputs, asked, strict=True), start=2)
    )
    written = (named, *(arg.node for arg in args)) if node.args[1:] else (named,)
    found = tree("DECIDE", _result(table, output), Call(fn.name, written, node.span), args, (table, place))
    return replace(found, reads=found.reads | {f"!decision/{table.key}"}, volatility=max(
        (found.volatility, "immutable"), key=("constant", "immutable", "stable").index))  # fmt: skip


def _table(fn: Fn, node: Call, scope: Scope) -> tuple[Deciding, int, Node]:
    first = node.args[0]
    if not isinstance(first, Text) or not first.value:
        raise at("formula.literal_wanted", first.span, function=fn.name, argument=1)
    table, output = scope.decision(first.value), ""
    if table is None:
        name, _, output = first.value.rpartition(".")
        table = scope.decision(name) if name else None
    if table is None:
        raise at("formula.unknown_decision", first.span, name=first.value)
    if not output:
        return table, 0, Text(table.key, first.span)
    for place, one in enumerate(table.outputs):
        if output in (one.key, one.label):
            return table, place, Text(f"{table.key}.{one.key}", first.span)
    words = [word for one in table.outputs for word in (one.label, one.key)]
    raise at("formula.unknown_output", first.span, table=table.label, name=output, suggestion=nearest(output, words))


def _fitted(fn: Fn, number: int, one: Asked, arg: Typed, node: Node) -> Typed:
    """The argument as the input wants it; a choice of another list is the text of its key."""
    arg = adapted(arg, one.type)
    if one.type.kind == "text" and arg.type.family in ("number", "date", "datetime", "yes_no"):
        return as_text(arg)
    try:
        return fit(arg, replace(one.type, options=()))
    except Invalid as error:
        if error.code != "formula.wrong_result":
            raise
        raise at("formula.argument_type", node.span, function=fn.name, argument=number, name=one.label,
                 wants=one.type.kind, has=arg.type.kind) from None  # fmt: skip


def _result(table: Deciding, output: Asked) -> Type:
    if table.policy in ("O", "R", "C"):
        return Type("text")
    return Type("number", False) if table.policy == "C#" else output.type


class Answer(FunctionElement[Any]):
    """A scalar over its arguments, the values of the inputs. `kinds`: word or at, how each is looked up."""

    inherit_cache = False
    name = "decide"

    def __init__(self, table: Deciding, chosen: str, kinds: tuple[str, ...], *args: Sql, type_: Any) -> None:
        super().__init__(*args)
        self.table, self.chosen, self.kinds, self.type = table.id, chosen, kinds, type_


@compiles(Answer)
def _written(element: Answer, compiler: Any, **kw: Any) -> str:
    values = [compiler.process(one, **kw) for one in element.clauses]
    inputs = ", ".join(f"{value} AS i{number}" for number, value in enumerate(values, 1))
    bits = " & ".join(_bits(element.table, number, kind) for number, kind in enumerate(element.kinds, 1))
    select = element.chosen.format(bits=bits, id=element.table)
    # OFFSET 0: the inputs are computed once, however often they are compared
    return f"(SELECT {select} FROM (SELECT {inputs} OFFSET 0) decide_in)"


def _bits(table: int, number: int, kind: str) -> str:
    """The rules that the value of an input meets."""
    where = f"decide_part.decision = {table} AND decide_part.input = {number}"
    value = f"decide_in.i{number}"
    if kind == "word":
        met = (
            f"SELECT decide_part.here FROM forms.decision_part decide_part WHERE {where} AND decide_part.word = {value}"
        )
    else:
        met = (
            f"SELECT CASE WHEN decide_part.at = {value} THEN decide_part.here ELSE decide_part.beyond END"
            f" FROM forms.decision_part decide_part WHERE {where} AND decide_part.at <= {value}"
            " ORDER BY decide_part.at DESC LIMIT 1"
        )
    rest = f"SELECT decide_part.here FROM forms.decision_part decide_part WHERE {where} AND decide_part.place ="
    return f"coalesce(({met}), ({rest} CASE WHEN {value} IS NULL THEN 0 ELSE 1 END))"


def compiled(c: "Compiler", t: Typed) -> Sql:
    table, place = t.value
    return _answer(c, t, _chosen(table, place, t), SQL_TYPES[t.type.kind])


def hits(c: "Compiler", t: Typed) -> ColumnElement[Any]:
    """The rows of the table that are hit, from 1; 0 is what it answers when none is."""
    chosen = (
        "(SELECT array_agg(decide_hit.rule ORDER BY decide_hit.place)"
        " FROM unnest(forms.set_bits({bits})) decide_set(place)"
        " JOIN forms.decision_hit decide_hit ON decide_hit.decision = {id} AND decide_hit.output = 1"
        " AND decide_hit.place = decide_set.place)"
    )
    return _answer(c, t, chosen, sa.ARRAY(sa.Integer()))


def rules_hit(t: Typed, source: "Source") -> ColumnElement[Any]:
    """Of a DECIDE: the rules that are hit, as `hits`."""
    from perennial.formula.compile import Compiler  # it compiles this, too

    return hits(Compiler(source), t)


def _chosen(table: Deciding, place: int, t: Typed) -> str:
    family = table.outputs[place].type.family
    hit = f"forms.decision_hit decide_hit WHERE decide_hit.decision = {{id}} AND decide_hit.output = {place + 1}"
    if table.policy in ONE:
        return f"(SELECT decide_hit.{COLUMNS[family]} FROM {hit} AND decide_hit.place = position(B'1' IN {{bits}}))"
    joined = (
        "FROM unnest(forms.set_bits({bits})) decide_set(place) CROSS JOIN LATERAL"
        f" (SELECT decide_hit.* FROM {hit} AND decide_hit.place = decide_set.place OFFSET 0) decide_hit"
    )
    if table.policy == "C+":
        return f"(SELECT formula.num(coalesce(sum(decide_hit.number), 0)) {joined})"
    if table.policy in ("C<", "C>"):
        return f"(SELECT {'min' if table.policy == 'C<' else 'max'}(decide_hit.number) {joined})"
    if table.policy == "C#":
        return f"(SELECT count(*)::numeric {joined} WHERE decide_hit.rule > 0)"
    return f"(SELECT left(string_agg(decide_hit.spoken, '、' ORDER BY decide_hit.place), 32767) {joined})"


def _answer(c: "Compiler", t: Typed, select: str, type_: Any) -> Sql:
    table, _ = t.value
    kinds = tuple("word" if one.type.family in ("text", "yes_no") else "at" for one in table.inputs)
    args = [_key(c, one, arg) for one, arg in zip(table.inputs, t.args, strict=True)]
    return Answer(table, select, kinds, *args, type_=type_)


def _key(c: "Compiler", one: Asked, arg: Typed) -> Sql:
    """The value as the parts have it: days are numbers from 1900-01-01, yes and no are words."""
    if arg.op == "blank":
        return sa.cast(sa.null(), sa.Text() if one.type.family in ("text", "yes_no") else sa.Numeric())
    if one.type.family == "number":
        return c.number(arg)
    value = c.value(arg)
    if one.type.family == "date":
        return sa.cast(value.op("-")(sa.literal_column("DATE '1900-01-01'", sa.Date())), sa.Numeric())
    return sa.cast(value, sa.Text())


SPECIAL = {"DECIDE": decide}
VALUES = {"DECIDE": compiled}

__all__ = ["SPECIAL", "VALUES", "Answer", "decide", "hits", "rules_hit"]

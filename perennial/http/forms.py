"""The forms as the person behind the request knows them: fields with their grants, rights, collections."""

import re
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from perennial import access, forms
from perennial.forms import Catalog, Cell, Folk, Form, Overview, Section, Tab, Terms, catalog, dump_layout
from perennial.forms import Field as FormField
from perennial.formula import check, print_
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Invalid, Tx

router = Router(tags=["forms"])
Out = TypeVar("Out", bound=BaseModel)

Level = Literal["masked", "read", "write"]
Act = Literal["create", "update", "delete"]

_DAYS_LEFT = re.compile(r"DAYS\((\w+), TODAY\(\)\)")


class OptionOut(BaseModel):
    key: str
    label: str
    label_en: str | None


class CountsOut(BaseModel):
    """Days left until `date` are shown; `during`: the field of yes or no that says as long as when."""

    date: str
    during: str | None


class FieldOut(BaseModel):
    """A field that the person may see. Hidden ones are absent, as if they did not exist."""

    key: str
    label: str
    label_en: str | None
    kind: str
    type: str  # what a value is: that of a formula's result, else the kind
    grant: Level  # the highest on any record; what holds for one record comes with the record
    fill_in: bool  # may be given when a record is created
    required: bool
    unique: bool
    tracked: bool
    options: list[OptionOut]
    to: str | None
    reverse: str | None
    default: str | None
    formula: str | None
    note: str | None
    format: str | None
    visible_when: str | None
    required_when: str | None
    read_only_when: str | None
    counts: CountsOut | None


class CollectionOut(BaseModel):
    """The records of `form` whose `field` points here."""

    key: str
    form: str
    field: str
    label: str
    label_en: str | None
    sub_table: bool  # its rows live in this form's records and are saved with them


class TermsOut(BaseModel):
    """Records of the collection `of` on a line of time: their first and last day, and what follows an open one."""

    of: str
    start: str
    until: str
    amount: str | None
    next_from: str | None
    next_until: str | None
    next_amount: str | None


class FolkOut(BaseModel):
    """People of the collection `of`; `left`: the field with the day from which one is gone."""

    of: str
    left: str | None


class OverviewOut(BaseModel):
    """What stands at first sight on the page of a record; `score` is tracked, below `low` it warns."""

    facts: list[str]
    basics: list[str]
    score: str | None
    low: int | None
    terms: TermsOut | None
    people: FolkOut | None
    stream: list[str] = Field(description="collections in their order, through others by a dot")


class FormOut(BaseModel):
    key: str
    label: str
    label_en: str | None
    noun: str
    title: str | None
    owner: str | None
    card: list[str]
    note: str | None
    may: list[Act]
    within: str | None  # a sub-table of that form: no entry in the menu
    layout: list[dict[str, Any]] = Field(description="tabs of sections of rows of cells, as in the definition")
    overview: OverviewOut | None = Field(description="of a form whose records are a centre, such as a customer")
    fields: list[FieldOut]
    collections: list[CollectionOut]


class Proposal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(max_length=200)]
    taken: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=list[str], max_length=2_000)


class Proposed(BaseModel):
    key: str


@router.get("/forms")
def list_forms(tx: InTx) -> list[FormOut]:
    """Every form of which the person may read records, in the order of publication."""
    found = catalog(tx)
    return [_form(tx, found, form) for form in found.forms if access.may(tx, "read", form.key)]


def _form(tx: Tx, found: Catalog, form: Form) -> FormOut:
    rows = access.readable(tx, form.key)
    may: list[Act] = [right for right in get_args(Act) if access.may(tx, right, form.key)]
    new = access.creatable(tx, form.key).fields if "create" in may else {}
    shown = set(rows.readable_fields())
    counts = _counts(found, form, shown)
    return FormOut(
        key=form.key,
        label=form.label,
        label_en=form.label_en,
        noun=form.noun,
        title=form.title if form.title in shown else None,
        owner=form.owner if form.owner in shown else None,
        card=[key for key in form.card if key in shown],
        note=form.note,
        may=may,
        within=form.within,
        layout=dump_layout(_shown(found, form, shown, {one.key for one in rows.scope.collections()})),
        overview=_overview(rows, form.overview, shown),
        fields=[
            _field(rows, field, new.get(field.key) == "write", counts.get(field.key))
            for field in form.fields
            if field.key in shown
        ],
        collections=[
            _collection(found, form.key, one.key, one.scope.form, one.back)
            for one in rows.scope.collections()
            if not one.inside
        ],
    )


def _shown(found: Catalog, form: Form, fields: set[str], collections: set[str]) -> tuple[Tab, ...]:
    """The layout without the cells that the person may not see, and without what is empty then."""

    def told(cell: Cell) -> bool:
        return (cell.field is None or cell.field in fields) and (
            cell.sub_table is None or cell.sub_table in collections
        )

    tabs: list[Tab] = []
    for tab in form.layout:
        sections: list[Section] = []
        for section in tab.sections:
            rows = tuple(row for cells in section.rows if (row := tuple(cell for cell in cells if told(cell))))
            sections += [replace(section, rows=rows)] if rows else []
        tabs += [replace(tab, sections=tuple(sections))] if sections else []
    return tuple(tabs)


def _overview(rows: access.Rows, one: Overview | None, shown: set[str]) -> OverviewOut | None:
    """Without what the person may not see: a field, a collection, a field of its records."""
    if one is None:
        return None
    return OverviewOut(
        facts=[key for key in one.facts if key in shown],
        basics=[key for key in one.basics if key in shown],
        score=one.score if one.score in shown else None,
        low=one.low,
        terms=_of_collection(rows, TermsOut, one.terms),
        people=_of_collection(rows, FolkOut, one.people),
        stream=[path for path in one.stream if _reaches(rows, path)],
    )


def _reaches(rows: access.Rows, path: str) -> bool:
    """Every collection on the way is one that the person knows."""
    scope = rows.scope
    for step in path.split("."):
        one = scope.collection(step)
        if one is None or one.key != step:
            return False
        scope = one.scope
    return True


def _of_collection(rows: access.Rows, out: type[Out], one: Terms | Folk | None) -> Out | None:
    found = one and rows.scope.collection(one.of)
    if one is None or found is None or found.key != one.of:
        return None
    told = {name: getattr(one, name) for name in out.model_fields}
    for name, key in told.items():
        info = None if name == "of" or key is None else found.scope.field(key)
        told[name] = key if name == "of" or (info and info.key == key) else None
    needed = [name for name in ("start", "until") if name in told and told[name] is None]
    return None if needed else out(**told)


def _counts(found: Catalog, form: Form, shown: set[str]) -> dict[str, CountsOut]:
    """Where days left are shown: at a formula of exactly DAYS(a date, TODAY()), and at a date that counts down if no
    such formula counts to it."""
    dates = {field.key: field for field in form.fields if field.kind == "date" and field.key in shown}
    told: dict[str, CountsOut] = {}
    for field in form.fields:
        if field.kind == "formula" and field.key in shown:
            date = _DAYS_LEFT.fullmatch(print_(found.typed(form.key, field.key)))
            if date and (of := dates.get(date[1])):
                told[field.key] = _count(of, shown)
    reached = {one.date for one in told.values()}
    return told | {key: _count(of, shown) for key, of in dates.items() if of.counts_down and key not in reached}


def _count(date: FormField, shown: set[str]) -> CountsOut:
    return CountsOut(date=date.key, during=date.counts_down_while if date.counts_down_while in shown else None)


def _field(rows: access.Rows, field: FormField, fill_in: bool, counts: CountsOut | None) -> FieldOut:
    info = rows.catalog.scope(rows.form).field(field.key)
    plain: dict[str, Any] = {
        name: getattr(field, name)
        for name in (
            "key",
            "label",
            "label_en",
            "kind",
            "required",
            "unique",
            "tracked",
            "to",
            "reverse",
            "note",
            "format",
        )
    }
    return FieldOut(
        **plain,
        type=info.type.kind if field.kind == "formula" and info else field.kind,
        grant=rows.fields[field.key],  # pyright: ignore[reportArgumentType]
        fill_in=fill_in,
        options=[OptionOut(key=one.key, label=one.label, label_en=one.label_en) for one in field.options],
        default=field.default if _told(rows, field.default) else None,
        formula=field.formula if _told(rows, field.formula) else None,
        visible_when=field.visible_when if _told(rows, field.visible_when) else None,
        required_when=field.required_when if _told(rows, field.required_when) else None,
        read_only_when=field.read_only_when if _told(rows, field.read_only_when) else None,
        counts=counts,
    )


def _told(rows: access.Rows, text: str | None) -> bool:
    """The text of a formula is shown to whom every name in it is known."""

    def known() -> bool:
        try:
            check(text or "", rows.scope)
        except Invalid:
            return False
        return True

    return text is not None and rows.view.kept(("told", rows.form, text), known)


def _collection(found: Catalog, parent: str, key: str, child: str, back: str) -> CollectionOut:
    form, inner = found.form(child), found.place_within(child) == (parent, back)
    return CollectionOut(key=key, form=child, field=back, label=form.label, label_en=form.label_en, sub_table=inner)


@router.post("/propose-key")  # not below /forms: there every word is a form
def propose_key(tx: InTx, body: Proposal) -> Proposed:
    """A key for a label by pinyin, none of `taken`; for who may design."""
    allow(tx, "design")
    return Proposed(key=forms.propose_key(body.label, body.taken))

"""The forms as the person behind the request knows them: fields with their grants, rights, collections."""

from typing import Any, Literal, get_args

from pydantic import BaseModel

from perennial import access
from perennial.forms import Catalog, Field, Form, catalog
from perennial.formula import check
from perennial.http.edge import InTx, Router
from perennial.kernel import Invalid, Tx

router = Router(tags=["forms"])

Level = Literal["masked", "read", "write"]
Act = Literal["create", "update", "delete"]


class OptionOut(BaseModel):
    key: str
    label: str
    label_en: str | None


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


class CollectionOut(BaseModel):
    """The records of `form` whose `field` points here."""

    key: str
    form: str
    field: str
    label: str
    label_en: str | None


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
    fields: list[FieldOut]
    collections: list[CollectionOut]


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
        fields=[_field(rows, field, new.get(field.key) == "write") for field in form.fields if field.key in shown],
        collections=[_collection(found, one.key, one.scope.form, one.back) for one in rows.scope.collections()],
    )


def _field(rows: access.Rows, field: Field, fill_in: bool) -> FieldOut:
    info = rows.catalog.scope(rows.form).field(field.key)
    plain: dict[str, Any] = {
        name: getattr(field, name)
        for name in ("key", "label", "label_en", "kind", "required", "unique", "tracked", "to", "reverse", "note")
    }
    return FieldOut(
        **plain,
        type=info.type.kind if field.kind == "formula" and info else field.kind,
        grant=rows.fields[field.key],  # pyright: ignore[reportArgumentType]
        fill_in=fill_in,
        options=[OptionOut(key=one.key, label=one.label, label_en=one.label_en) for one in field.options],
        default=field.default if _told(rows, field.default) else None,
        formula=field.formula if _told(rows, field.formula) else None,
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


def _collection(found: Catalog, key: str, child: str, back: str) -> CollectionOut:
    form = found.form(child)
    return CollectionOut(key=key, form=child, field=back, label=form.label, label_en=form.label_en)

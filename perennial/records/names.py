"""What the names of a query mean to this reader: each becomes SQL over their rows, and JSON for the client."""

import contextlib
from collections.abc import Generator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
    table,
    type_coerce,
)  # fmt: skip

from perennial import forms, formula
from perennial.access import Rows
from perennial.formula import SQL_TYPES, FieldInfo, Type
from perennial.kernel import Invalid
from perennial.records.keyset import Key
from perennial.records.lists import listed

ZONE = cast(bindparam("zone"), String)
PSEUDO = ("person", "department")
PERSON = table("person", column("id"), column("name"), schema="people")
SYSTEM: dict[str, Type] = {
    "id": Type("number", False), "version": Type("number", False), "created_at": Type("datetime", False),
    "created_by": Type("relation", True, "person"), "updated_at": Type("datetime", False),
    "updated_by": Type("relation", True, "person"),
}  # fmt: skip


def column_of(rows: Rows, path: str) -> ColumnElement[Any]:
    """The JSON of one column: a field, or a dotted path to a field of a related record."""
    if path in SYSTEM and SYSTEM[path].kind == "relation":
        return case(
            (rows.source.table.c[path].is_not(None), _object(rows.source.table.c[path], "name", _who(rows, path)))
        )
    if path in SYSTEM:
        return rows.column(path) if path in ("id", "version") else as_text(rows.column(path), "datetime")
    *way, key = path.split(".")
    at = rows
    for part in way:
        if _info(at, part, path).type.kind != "relation" or _grant(at, part) not in ("read", "write"):
            raise unknown(at, path)
        if at.catalog.scope(at.form).relation(part) is forms.CERTIFICATE:
            return _part(at, part, key, path)
        source = at.source.parent(part)
        at = Rows(rows.view, source.form).over(source)
    info = _info(at, key, path)
    kind = None if at.form in PSEUDO else at.catalog.field(at.form, key).kind
    if kind not in (None, "formula") and forms.KINDS[kind].value in forms.STRUCTURED:
        return at.column(key)
    if info.type.kind == "relation":
        return _reference(at, key)
    if at.form not in PSEUDO and at.is_text(key):
        return at.column(key)
    if info.type.kind == "references":
        return listed(at, key)
    if kind in ("rating", "nps"):
        return at.column(key)
    return shown(at.column(key), info.type.kind)


def _part(rows: Rows, certificate: str, part: str, path: str) -> ColumnElement[Any]:
    """What a certificate says, of readers who may read it in full."""
    info = forms.CERTIFICATE.field(part)
    if info is None or info.key != part:
        raise unknown(rows, path)
    return shown(rows.source.parts(certificate).field(part), info.type.kind)


def _info(rows: Rows, key: str, path: str) -> FieldInfo:
    """The field, if the reader may see it at all; unreadable is unknown."""
    found = rows.catalog.scope(rows.form).field(key) if rows.view.may(rows.form, "read") else None
    if found is None or found.key != key or _grant(rows, key) == "hidden":
        raise unknown(rows, path)
    return found


def _grant(rows: Rows, key: str) -> str:
    return "read" if rows.form in PSEUDO else rows.fields.get(key, "hidden")


def unknown(rows: Rows, name: str, path: str = "columns") -> Invalid:
    """There is no such field for this reader; one with a like name is proposed when they may see it."""
    meant = formula.nearest(name.split(".")[-1], () if rows.form in PSEUDO else rows.readable_fields(), least=0.6)
    hints = (f"，是不是「{meant}」？", f'. Did you mean "{meant}"?') if meant else ("", "")
    return Invalid("records.unknown_field", path=path, field=name, hint_zh=hints[0], hint_en=hints[1])


def _reference(rows: Rows, key: str) -> ColumnElement[Any]:
    """What a relation points to; without id and name when the reader may not see it (无权查看)."""
    if rows.is_text(key) if rows.form not in PSEUDO else False:
        return case((rows.source.value(key).is_not(None), _object(null(), "label", null())))
    target = rows.source.parent(key)
    name = Rows(rows.view, target.form).label(target)
    found = _object(target.table.c["id"], "name" if target.form in PSEUDO else "label", name)
    return case((rows.source.field(key).is_(None), null()), else_=found)


def _object(record_id: ColumnElement[Any], word: str, name: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.json_build_object(literal_column("'id'"), record_id, literal_column(f"'{word}'"), name)


def _who(rows: Rows, path: str) -> ColumnElement[Any]:
    """The name of who created or changed the record."""
    person = PERSON.alias()
    return select(person.c.name).where(person.c.id == rows.source.table.c[path]).scalar_subquery()


@contextlib.contextmanager
def _asked_in(part: str) -> Generator[None]:
    """A wrong formula says in which part of the query it stands."""
    try:
        yield
    except Invalid as error:
        error.path = error.path or part
        raise


def condition(rows: Rows, text: str, part: str = "filter") -> ColumnElement[bool]:
    """A filter over what the reader reads."""
    with _asked_in(part):
        return formula.compile_condition(formula.check(text, rows.scope, "yes_no"), rows.source)


def sort_key(rows: Rows, path: str, descending: bool) -> Key:
    """What to sort by: options in the order of their definition, texts as Chinese dictionaries have them, related
    records by their names. Any field may be blank, a required one too: it may have become required later."""
    if path in SYSTEM and SYSTEM[path].kind != "relation":
        return Key(type_coerce(rows.source.table.c[path], rows.source.table.c[path].type), descending, False)
    with _asked_in("sort"):
        node = formula.parse(path)
    if not isinstance(node, formula.Name):
        raise Invalid("records.sort", path="sort", field=path)
    with _asked_in("sort"):
        typed = formula.check(node, rows.scope)
    kind = typed.type.kind
    if kind == "relation" and typed.type.form == "certificate":
        return sort_key(rows, ".".join((*typed.value, "until")), descending)
    if kind in ("multi_select", "references"):
        raise Invalid("records.sort", path="sort", field=path)
    if kind == "relation":
        target = typed.type.form or ""
        title = "name" if target in PSEUDO else rows.catalog.form(target).title
        known = rows.scope
        for part in typed.value:
            known = known.relation(part) or known
        if title is None or known.field(title) is None:
            raise Invalid("records.sort", path="sort", field=path)
        return sort_key(rows, ".".join((*typed.value, title)), descending)
    value = formula.compile(typed, rows.source)
    related = len(typed.value) > 1
    if kind == "select" and typed.type.options:
        keys = ", ".join("'" + option.key.replace("'", "''") + "'" for option in typed.type.options)
        position = func.array_position(literal_column(f"ARRAY[{keys}]::text[]"), value, type_=Integer)
        return Key(position, descending, True)
    field = rows.catalog.form(rows.form).field(path)
    if kind in ("text", "select") and (field is None or field.kind != "auto_number"):
        # a running number stays as it is: its unique index has that order
        return Key(func.records.chinese_order(value, type_=LargeBinary), descending, True, related)
    return Key(type_coerce(value, SQL_TYPES[kind]), descending, True, related)


def shown(value: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
    """How a value travels: numbers as text, so that no digit is lost; moments in the workspace's zone."""
    return as_text(value, kind) if kind in ("money", "number", "percent", "datetime") else value


def as_text(value: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
    if kind in ("number", "percent"):
        return cast(func.trim_scale(cast(value, Numeric)), Text)
    if kind == "datetime":
        return func.to_char(func.timezone(ZONE, value), literal_column("'YYYY-MM-DD\"T\"HH24:MI:SS'"))
    if kind == "money" and getattr(value.type, "scale", None) != 2:
        value = func.round(cast(value, Numeric), literal_column("2"))
    return cast(value, Text)

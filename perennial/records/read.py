"""One record with everything that this reader may see of it, and its related lists."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    bindparam,
    case,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array

from perennial.access import Rows, may, readable
from perennial.kernel import Missing, Tx, render
from perennial.kernel import Query as Sql
from perennial.records.compiled import kept
from perennial.records.names import SYSTEM, as_text, column_of
from perennial.records.page import page
from perennial.records.present import level_of
from perennial.records.query import Query

ID = bindparam("v_id", type_=BigInteger)


def read(tx: Tx, form: str, record_id: int) -> bytes:
    """JSON: {"id", "version", "title", "created_at", "created_by", "updated_at", "updated_by", "may": ["update",
    "delete"], "values": {field: value as in a page, computed ones too}, "fields": {field: "write", "read" or
    "masked"}}. Missing when the actor may not see the record."""
    rows = readable(tx, form)
    found = stood(tx, rows, record_id)
    if found is None:
        raise Missing("records.missing")
    return found.encode()


def stood(tx: Tx, rows: Rows, record_id: int) -> str | None:
    """The same of one of these rows, None when it is not among them; `deleted_at` where deleted ones are."""
    sql = kept(("read", rows.key), lambda: _compile(tx, rows.form, rows.deleted))
    row = tx.one(sql, {"v_id": record_id, "zone": tx.zone.key}) if 0 < record_id < 2**63 else None
    if row is None or row["head"] is None:
        return None
    return f'{row["head"][:-1]},"values":{row["values"]},"fields":{row["fields"]}}}'


def _compile(tx: Tx, form: str, deleted: bool | None) -> Sql:
    keys = readable(tx, form).readable_fields()

    def part(columns: Mapping[str, ColumnElement[Any]], rows: Rows) -> ColumnElement[Any]:
        where = rows.where
        chosen = select(*(column.label(name) for name, column in columns.items()))
        inner = chosen.select_from(rows.from_).where(where, rows.source.table.c.id == ID).subquery("r")
        return select(func.row_to_json(literal_column("r")).cast(Text)).select_from(inner).scalar_subquery()

    rows = readable(tx, form, deleted=deleted)
    rights = [case((right_on(tx, rows, right), literal_column(f"'{right}'", Text))) for right in ("update", "delete")]
    may_ = func.array_remove(array(rights), null())
    head = {**{key: column_of(rows, key) for key in SYSTEM}, "title": rows.label(), "may": may_}
    if deleted is None:
        head["deleted_at"] = as_text(rows.source.table.c["deleted_at"], "datetime")
    values_of = readable(tx, form, deleted=deleted)
    values = {key: column_of(values_of, key) for key in keys}
    fields_of = readable(tx, form, deleted=deleted)
    fields = {key: _grant(tx, fields_of, key) for key in keys}
    parts = [part(head, rows).label("head"), part(values, values_of).label("values")]
    return render(select(*parts, part(fields, fields_of).label("fields")))


def right_on(tx: Tx, rows: Rows, right: str) -> ColumnElement[bool]:
    """The actor may do this to the record at hand."""
    if not may(tx, right, rows.form) or rows.catalog.now is not rows.catalog:  # nobody writes the past
        return ~true()
    return true() if rows.view.everything else rows.source.within(right)


def _grant(tx: Tx, rows: Rows, key: str) -> ColumnElement[Any]:
    write = literal_column("'write'", Text)
    past = rows.catalog.now is not rows.catalog
    if rows.catalog.field(rows.form, key).kind == "formula" or not may(tx, "update", rows.form) or past:
        return level_of(rows, key)
    if rows.view.everything:
        return write
    acting = Rows(rows.view, rows.form, "update").over(rows.source)
    return case((rows.source.within("update") & acting.may_write(key), write), else_=level_of(rows, key))


def related(tx: Tx, form: str, record_id: int, collection: str, query: Query) -> bytes:
    """A page of the records that point at this one through `collection`."""
    rows = readable(tx, form)
    visible(tx, rows, record_id)
    found = rows.scope.collection(collection)
    if found is None or found.key != collection:
        raise Missing("records.collection", collection=collection)
    if found.inside:
        raise Missing("records.collection", collection=collection)
    return page(tx, found.scope.form, query, within=((found.back, record_id),))


OPS = {"I": "create", "U": "update", "D": "delete", "R": "restore", "X": "remove"}


def visible(tx: Tx, rows: Rows, record_id: int) -> None:
    """The record is one of these rows, or Missing."""

    def build() -> Select[Any]:
        fresh = Rows(rows.view, rows.form, deleted=rows.deleted)
        where = fresh.where
        return select(fresh.source.table.c.id).select_from(fresh.from_).where(where, fresh.source.table.c.id == ID)

    there = kept(("visible", rows.key), lambda: render(build()))
    if not 0 < record_id < 2**63 or tx.value(there, {"v_id": record_id}) is None:
        raise Missing("records.missing")

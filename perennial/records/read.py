"""One record with everything that this reader may see of it, its related lists and its history."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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

from perennial import changes
from perennial.access import Rows, may, readable
from perennial.kernel import Missing, Row, Tx, render
from perennial.kernel import Query as Sql
from perennial.records.compiled import kept
from perennial.records.names import SYSTEM, column_of
from perennial.records.page import page
from perennial.records.present import Shown, level_of, present
from perennial.records.query import Query

ID = bindparam("v_id", type_=BigInteger)


def read(tx: Tx, form: str, record_id: int) -> bytes:
    """JSON: {"id", "version", "title", "created_at", "created_by", "updated_at", "updated_by", "may": ["update",
    "delete"], "values": {field: value as in a page, computed ones too}, "fields": {field: "write", "read" or
    "masked"}}. Missing when the actor may not see the record."""
    rows = readable(tx, form)
    sql = kept(("read", rows.key), lambda: _compile(tx, form))
    row = tx.one(sql, {"v_id": record_id, "zone": tx.zone.key}) if 0 < record_id < 2**63 else None
    if row is None or row["head"] is None:
        raise Missing("records.missing")
    return f'{row["head"][:-1]},"values":{row["values"]},"fields":{row["fields"]}}}'.encode()


def _compile(tx: Tx, form: str) -> Sql:
    keys = readable(tx, form).readable_fields()

    def part(columns: Mapping[str, ColumnElement[Any]], rows: Rows) -> ColumnElement[Any]:
        where = rows.where
        chosen = select(*(column.label(name) for name, column in columns.items()))
        inner = chosen.select_from(rows.from_).where(where, rows.source.table.c.id == ID).subquery("r")
        return select(func.row_to_json(literal_column("r")).cast(Text)).select_from(inner).scalar_subquery()

    rows = readable(tx, form)
    rights = [case((right_on(tx, rows, right), literal_column(f"'{right}'", Text))) for right in ("update", "delete")]
    may_ = func.array_remove(array(rights), null())
    head = {**{key: column_of(rows, key) for key in SYSTEM}, "title": rows.label(), "may": may_}
    values_of = readable(tx, form)
    values = {key: column_of(values_of, key) for key in keys}
    fields_of = readable(tx, form)
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


@dataclass(frozen=True, slots=True)
class Change:
    """What one save did to one record. op: create, update, delete, restore.

    reason  its kind (user, import, process, task, …); `cause` has the facts
    fields  key, label, before, after; hidden ones are absent, masked ones masked
    row     of a row of a sub-table: its form and id, and the form's label
    """

    id: int
    at: str
    op: str
    kind: str  # of the actor: person, system
    actor: str
    actor_id: int | None
    reason: str | None
    cause: dict[str, Any]
    fields: list[dict[str, Any]]
    row: dict[str, Any] | None = None


_OPS = {"I": "create", "U": "update", "D": "delete", "R": "restore", "X": "remove"}


def history(tx: Tx, form: str, record_id: int, *, limit: int = 50, before: int | None = None) -> list[Change]:
    """Newest first; a deleted record has one too. Today's grants apply to what was.

    before  the smallest id of the page shown last
    """
    rows = readable(tx, form, deleted=None)
    visible(tx, rows, record_id)
    found = changes.history(tx, rows.catalog.id(form), record_id, limit=limit, before=before)
    known = {key for key in rows.readable_fields() if rows.catalog.column_kind(form, rows.catalog.field(form, key))}
    touched = [(row, [key for key in row["fields"] or () if key in known]) for row in found]
    pairs = [(key, (row[when] or {}).get(key)) for row, keys in touched for key in keys for when in ("before", "after")]
    shown = present(tx, rows, record_id, pairs)
    own = [_change(tx, rows, row, keys, shown) for row, keys in touched]
    inner = _within(tx, rows, record_id, limit, before)
    return sorted([*own, *inner], key=lambda change: -change.id)[:limit] if inner else own


def _within(tx: Tx, rows: Rows, record_id: int, limit: int, before: int | None) -> list[Change]:
    """What happened to the rows of its sub-tables, as far as the reader sees them."""
    seen: dict[int, Rows] = {}
    records: dict[int, list[int]] = {}
    for child, back in rows.catalog.sub_tables(rows.form).values():
        if not may(tx, "read", child):
            continue
        inner = readable(tx, child, deleted=None)
        where = inner.where
        ids = select(func.array_agg(inner.source.table.c.id)).select_from(inner.from_)
        found = tx.value(ids.where(where, inner.source.field(back) == record_id))
        if found:
            number = rows.catalog.id(child)
            seen[number], records[number] = inner, found
    changed: list[Change] = []
    for row in changes.histories(tx, records, limit=limit, before=before):
        inner = seen[row["form_id"]]
        known = {
            key
            for key in inner.readable_fields()
            if inner.catalog.column_kind(inner.form, inner.catalog.field(inner.form, key))
        }
        keys = [key for key in row["fields"] or () if key in known]
        pairs = [(key, (row[when] or {}).get(key)) for key in keys for when in ("before", "after")]
        shown = present(tx, inner, row["record_id"], pairs)
        label = inner.catalog.form(inner.form).label
        one = _change(tx, inner, row, keys, shown)
        changed.append(replace(one, row={"form": inner.form, "id": row["record_id"], "label": label}))
    return changed


def _change(tx: Tx, rows: Rows, row: Row, keys: list[str], shown: Shown) -> Change:
    before, after, actor, reason = row["before"] or {}, row["after"] or {}, row["actor"], dict(row["reason"])
    fields = [
        {
            "key": key,
            "label": rows.catalog.field(rows.form, key).label,
            "before": shown(key, before.get(key)),
            "after": shown(key, after.get(key)),
        }
        for key in keys
        if key in before and shown.level(key) != "hidden"
    ]
    return Change(
        id=row["id"],
        at=row["at"].astimezone(tx.zone).isoformat(),
        op=_OPS[row["op"]],
        kind=actor.get("kind") or "system",
        actor=actor.get("label") or "",
        actor_id=actor.get("id"),
        reason=reason.pop("kind", None),
        cause=reason,
        fields=fields,
    )


def visible(tx: Tx, rows: Rows, record_id: int) -> None:
    """The record is one of these rows, or Missing."""

    def build() -> Select[Any]:
        fresh = Rows(rows.view, rows.form, deleted=rows.deleted)
        where = fresh.where
        return select(fresh.source.table.c.id).select_from(fresh.from_).where(where, fresh.source.table.c.id == ID)

    there = kept(("visible", rows.key), lambda: render(build()))
    if not 0 < record_id < 2**63 or tx.value(there, {"v_id": record_id}) is None:
        raise Missing("records.missing")

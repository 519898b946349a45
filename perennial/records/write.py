"""Create, change, delete and restore one record.

The record is locked by a statement of its own, then read again, then written: what a waiting writer read before is
never used. Every error names its field, and all of them are told at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, select, true, update

from perennial import forms
from perennial.access import Rows, creatable, everything, may, readable, writable
from perennial.forms import KINDS, Form
from perennial.kernel import Conflict, Denied, Invalid, Missing, Row, Tx, render
from perennial.records.attached import keep_named, settled
from perennial.records.behaviour import obey_one
from perennial.records.check import accepted, examine, refuse
from perennial.records.check import stored as as_stored
from perennial.records.compiled import kept
from perennial.records.conflict import stale
from perennial.records.lists import unseen
from perennial.records.numbers import prefixes
from perennial.records.sets import (
    after_create,
    after_update,
    delete_set,
    execute,
    insertion,
    restore_set,
    stamp,
)
from perennial.records.subrows import Rows as SubRows
from perennial.records.subrows import refuse_unknown, save

ID = bindparam("v_id", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class Current:
    """A record as it stands while we hold its lock."""

    row: Row
    may_write: bool

    @property
    def version(self) -> int:
        return self.row["version"]


def create(
    tx: Tx, form: str, values: Mapping[str, Any], given_rows: SubRows | None = None, *,
    forced: Mapping[str, int] | None = None,
) -> int:  # fmt: skip
    """A new record's id. Fields that are absent get their default, automatic numbers their number.

    given_rows  rows of its sub-tables: collection -> {"create": [values]}
    forced      values that the caller sets and the actor need not have the right to: of a row, where it lives
    errors   Missing or Denied without the right · Invalid at a field, or records.fields with all of them
    """
    if may(tx, "read", form) and not may(tx, "create", form):
        raise Denied("records.denied_create", form=forms.catalog(tx).form(form).words)
    rows = creatable(tx, form)
    catalog = rows.catalog
    definition = catalog.form(form)
    refuse_unknown(tx, form, given_rows or {})
    fixed = forced or {}
    given, errors = accepted(tx, rows, {key: value for key, value in values.items() if key not in fixed})
    if forced is None:
        _refuse_in_another(tx, rows, given)
    given, more = settled(tx, definition, {**given, **fixed}, {})
    errors += more
    wrong = {one.path for one in errors if one.path}
    examined = examine(tx, rows, given, id=None, given={**values, **fixed}, later=given_rows or (), wrong=wrong)
    refuse([*errors, *(error for error in examined.errors if error.path not in wrong)])
    stored = {key: value for key, value in {**examined.defaults, **given}.items() if value is not None}
    keys = tuple(sorted(stored))
    query = kept(
        ("insert", rows.catalog.version, form, keys),
        lambda: render(insertion(rows.target, definition, select(*(_bind(rows, key).label(key) for key in keys)))),
    )
    written = execute(tx, catalog, query, {**prefixes(definition, tx), **_binds(definition, stored)})
    after_create(tx, rows.target, definition, [key for key in keys if key in given], written.ids)
    keep_named(tx, definition, stored)
    _save_rows(tx, form, written.ids[0], given_rows)
    return written.ids[0]


def _save_rows(tx: Tx, form: str, record_id: int, rows: SubRows | None) -> None:
    """The rows are saved; then what the record's own checks say of them must hold."""
    if rows:
        save(tx, form, record_id, rows, create=create, update=update_one, delete=delete)
        obey_one(tx, form, record_id, set(rows))


def _refuse_in_another(tx: Tx, rows: Rows, given: Mapping[str, Any]) -> None:
    """Where no role speaks of a sub-table itself, its rows are added by who may change the record they live in."""
    place = rows.catalog.place_within(rows.form)
    if place is None or rows.view.everything or given.get(place[1]) is None:
        return
    if any(not grant.derived for grant in rows.view.grants(rows.form, "create")):
        return
    parent = readable(tx, place[0])
    if not _locked(tx, parent, given[place[1]], "update", ()).may_write:
        raise Denied("records.denied_update", form=rows.catalog.form(place[0]).words)


def update_one(
    tx: Tx, form: str, record_id: int, version: int, values: Mapping[str, Any], given_rows: SubRows | None = None, *,
    earlier: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """The record has these values; its version afterwards. Nothing is written when it has them already.

    version     the one that the caller read
    given_rows  what happens to rows of its sub-tables, each with the version that was read
    earlier     what the record held once, as stored: its files may be named again
    errors   Missing · Denied · Invalid at fields · Conflict records.stale when somebody else wrote since: facts.fields
             holds base, theirs and mine, facts.mergeable says that no field was changed by both
    """
    rows = readable(tx, form)
    definition = rows.catalog.form(form)
    refuse_unknown(tx, form, given_rows or {})
    known = [key for key in values if rows.fields.get(key, "hidden") != "hidden"]
    now = _locked(tx, rows, record_id, "update", known)
    if not now.may_write:
        raise _denied(tx, rows, record_id, known)
    allowed = writable(tx, form)
    given, errors = accepted(tx, allowed, values)
    given, more = settled(tx, definition, _with_unseen(tx, definition, given, now.row), now.row, earlier)
    errors += more
    changed = {key: value for key, value in given.items() if now.row[key] != value}
    if not changed and not errors:
        _save_rows(tx, form, record_id, given_rows)
        return now.version
    if now.version != version:
        raise stale(tx, rows, record_id, version, now.row, given)
    refuse(errors)
    draft = {field.key: now.row[field.key] for field in definition.fields if field.key in now.row}
    draft |= changed
    later = given_rows or ()
    refuse(examine(tx, allowed, draft, id=record_id, given=changed, before=now.row, later=later).errors)
    keys = tuple(sorted(changed))
    table = rows.target

    def build() -> Any:
        values = {table.c[key]: _bind(rows, key) for key in keys}
        return render(
            update(table)
            .values({**values, **stamp(table)})
            .where(table.c.id == ID)
            .returning(table.c.id, table.c.version)
        )

    query = kept(("update", rows.catalog.version, form, keys), build)
    after = execute(tx, rows.catalog, query, {**_binds(definition, changed), "v_id": record_id}, returning=["version"])
    left = {key: _pointed_at(rows, key, now.row[key]) for key in keys if now.row[key] is not None}
    after_update(tx, table, definition, keys, [record_id], {key: ids for key, ids in left.items() if ids})
    keep_named(tx, definition, changed)
    _save_rows(tx, form, record_id, given_rows)
    return after.rows[0]["version"]


def _with_unseen(tx: Tx, form: Form, given: dict[str, Any], row: Row) -> dict[str, Any]:
    """What the actor cannot see in a list stays in it."""
    found = dict(given)
    for key in given:
        field = form.field(key)
        if field is not None and field.kind == "relations":
            wanted: list[int] = given[key] or []
            hidden = unseen(tx, field, row[key] or [])
            found[key] = [*wanted, *(one for one in hidden if one not in wanted)] or None
    return found


def delete(tx: Tx, form: str, record_id: int, version: int) -> None:
    """The record is gone from every list; its history and `restore` remain."""
    rows = readable(tx, form)
    now = _locked(tx, rows, record_id, "delete", ())
    if not now.may_write:
        raise Denied("records.denied_delete", form=rows.catalog.form(form).words)
    if now.version != version:
        raise stale(tx, rows, record_id, version, now.row, {})
    _refuse_while_used(tx, rows, record_id)
    delete_set(tx, form, [record_id])


def restore(tx: Tx, form: str, record_id: int) -> None:
    """A deleted record is back as it was; Invalid records.taken when a unique value has been given away since,
    records.restore_first when what it must refer to is deleted itself."""
    rows = readable(tx, form, deleted=None)
    now = _locked(tx, rows, record_id, "delete", ())
    if not now.may_write:
        raise Denied("records.denied_delete", form=rows.catalog.form(form).words)
    if now.row["deleted_at"] is None:
        raise Conflict("records.not_deleted")
    _refuse_orphan(tx, rows.catalog.form(form), now.row)
    restore_set(tx, form, [record_id])


def _locked(tx: Tx, rows: Rows, record_id: int, right: str, keys: Any) -> Current:
    """Lock, then read what is committed by now. Missing when the actor may not see the record."""
    table = rows.target
    lock = kept(
        ("lock", rows.catalog.version, rows.form),
        lambda: render(select(table.c.id).where(table.c.id == ID).with_for_update(key_share=True)),
    )
    if not 0 < record_id < 2**63 or tx.value(lock, {"v_id": record_id}) is None:
        raise Missing("records.missing")
    read = kept(("current", rows.key, right, tuple(keys)), lambda: render(_current(tx, rows, right, keys)))
    row = tx.one(read, {"v_id": record_id})
    if row is None or not row["_read"]:
        raise Missing("records.missing")
    return Current({key: value for key, value in row.items() if key[0] != "_"}, bool(row["_write"]))


def _denied(tx: Tx, rows: Rows, record_id: int, keys: Sequence[str]) -> Denied:
    """What it is that may not be changed: the first of these fields, or the record as a whole."""
    if _locked(tx, rows, record_id, "update", ()).may_write:
        for key in keys:
            if not _locked(tx, rows, record_id, "update", (key,)).may_write:
                return Denied("records.denied_field", path=key, field=rows.catalog.field(rows.form, key).words)
    return Denied("records.denied_update", form=rows.catalog.form(rows.form).words)


def _current(tx: Tx, rows: Rows, right: str, keys: Any) -> Any:
    """The row as stored, whether it is readable and whether the actor may do this to these fields of it."""
    source = rows.source
    writes: ColumnElement[bool] = true()
    if not may(tx, right, rows.form):
        writes = ~true()
    elif not rows.view.everything:
        acting = Rows(rows.view, rows.form, right, deleted=rows.deleted).over(source)
        known = [key for key in keys if rows.catalog.field(rows.form, key).kind != "formula"]
        writes = acting.where & (acting.may_write(*known) if right == "update" else true())
    where = rows.where
    columns = [source.table.c[key] for key in rows.catalog.columns(rows.form)]
    system = [source.table.c[key] for key in ("id", "version", "deleted_at", "updated_at", "updated_by")]
    found = select(*system, *columns, where.label("_read"), writes.label("_write"))
    return found.select_from(source.from_).where(source.table.c.id == ID)


def _refuse_while_used(tx: Tx, rows: Rows, record_id: int) -> None:
    """A record that others must refer to stays until they are gone. Of those that the actor may not see the refusal
    tells no more than that there is one: a contract without its customer would be worse."""
    for child, back in rows.catalog.collections(rows.form).values():
        field = rows.catalog.field(child, back)
        if not field.required or field.kind != "relation" or rows.catalog.place_within(child) == (rows.form, back):
            continue
        seen = readable(tx, child) if may(tx, "read", child) else None
        using = _using(tx, seen, back, record_id, 1000) if seen else []
        if using:
            label = rows.catalog.form(child).words
            raise Invalid("records.still_used", path=back, form=label, count=len(using))
        if _using(tx, everything(tx, child), back, record_id, 1):
            raise Invalid("records.still_used_unseen")


def _using(tx: Tx, found: Rows, back: str, record_id: int, most: int) -> list[Row]:
    ids = select(found.source.field("id")).select_from(found.from_)
    return tx.rows(ids.where(found.where, found.source.field(back) == record_id).limit(most))


def _refuse_orphan(tx: Tx, form: Form, row: Row) -> None:
    """Who comes back needs what it must refer to; that stays locked, so that nobody deletes it meanwhile."""
    for field in form.fields:
        if field.kind != "relation" or not field.required or row[field.key] is None:
            continue
        parent = everything(tx, field.to or "", deleted=None).target
        alive = select(parent.c.id).where(parent.c.id == row[field.key], parent.c.deleted_at.is_(None))
        if tx.value(alive.with_for_update(key_share=True)) is None:
            raise Invalid("records.restore_first", path=field.key, field=field.words)


def _pointed_at(rows: Rows, key: str, value: Any) -> list[int]:
    kind = rows.catalog.field(rows.form, key).kind
    return [value] if kind == "relation" else list(value) if kind == "relations" else []


def _bind(rows: Rows, key: str) -> ColumnElement[Any]:
    return bindparam(f"v_{key}", type_=KINDS[rows.catalog.field(rows.form, key).kind].type())


def _binds(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    fields = ((form.field(key), value) for key, value in values.items())
    return {f"v_{field.key}": as_stored(field, value) for field, value in fields if field is not None}

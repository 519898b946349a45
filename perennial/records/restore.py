"""Bring back chosen fields as they were at a moment: an ordinary change, with a reason, that can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import BigInteger, bindparam, select

from perennial import changes
from perennial.access import everything, readable
from perennial.kernel import Invalid, Reason, Tx
from perennial.records.as_of import reading
from perennial.records.attached import structured
from perennial.records.compare import Moment, at_moment, found_moment
from perennial.records.preview import Fault, preview
from perennial.records.read import visible
from perennial.records.write import update_one


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What restoring would do now. `values`: as a page shows them; `computed`: field -> (now, then) that differ."""

    version: int
    values: dict[str, Any]
    computed: dict[str, tuple[Any, Any]]
    errors: list[Fault] = field(default_factory=list[Fault])


@dataclass(frozen=True, slots=True)
class Restored:
    """`transaction`: what to undo; None when the fields had these values already."""

    version: int
    transaction: int | None


def foresee(tx: Tx, form: str, record_id: int, at: str, keys: Sequence[str]) -> Foreseen:
    """Writes nothing. Errors at the moment and at fields, as of `restore_fields`; those of a save are in the answer."""
    when, given = _then(tx, form, record_id, at, keys)
    then = at_moment(tx, form, record_id, when) or {}
    now = at_moment(tx, form, record_id, found_moment(tx, form, record_id, "now")) or {}
    found = preview(tx, form, given, id=record_id)
    computed = {
        key: (now["values"].get(key), value)
        for key, value in found.computed.items()
        if value != now["values"].get(key)
    }  # fmt: skip
    return Foreseen(now["version"], {key: then["values"].get(key) for key in keys}, computed, found.errors)


def restore_fields(tx: Tx, form: str, record_id: int, version: int, at: str, keys: Sequence[str]) -> Restored:
    """These fields have the values that they had at a moment (of `compare`).

    version  the one that the reader compared with
    errors   of `update`: Conflict records.stale among them · Invalid records.restore_absent when the record was not
             there then, restore_unseen for what the reader may not see or is gone by now, restore_signature
    """
    when, given = _then(tx, form, record_id, at, keys)
    with tx.because(Reason("restore", {"at": when.at.isoformat(timespec="seconds"), "fields": len(keys)})):
        written = update_one(tx, form, record_id, version, given, earlier=given)
        return Restored(written, changes.written(tx))


def _then(tx: Tx, form: str, record_id: int, at: str, keys: Sequence[str]) -> tuple[Moment, dict[str, Any]]:
    """The stored values of then, of fields that the reader sees today."""
    rows = readable(tx, form)
    visible(tx, rows, record_id)
    when = found_moment(tx, form, record_id, at)
    shown = at_moment(tx, form, record_id, when)
    if shown is None:
        raise Invalid("records.restore_absent", path="at")
    definition = rows.catalog.form(form)
    stored = _stored(tx, form, record_id, when)
    lists = _lists(tx, rows.catalog.id(form), record_id, when)
    given: dict[str, Any] = {}
    for key in keys:
        one = definition.field(key)
        if one is None or key not in shown["fields"] or shown["fields"][key] == "masked":
            given[key] = None  # the save says what is wrong with it
            continue
        value = stored.get(key)
        if key in lists and isinstance(value, str):
            raise Invalid("records.past_kinds", path=key)
        if one.kind == "signature" and value is not None:
            raise Invalid("records.restore_signature", path=key, field=one.words)
        if one.kind in ("relation", "person", "department") and value is not None:
            told: Any = shown["values"].get(key)
            if not isinstance(told, Mapping) or cast("Mapping[str, Any]", told).get("id") is None:
                raise Invalid("records.restore_unseen", path=key, field=one.words)
        if one.kind in ("relations", "persons") and value is not None:
            value = [one for one in shown["values"].get(key) or [] if one != {"denied": True}]
        given[key] = dict(value) if structured(one) and isinstance(value, Mapping) else value
    return when, given


def _lists(tx: Tx, form: int, record_id: int, when: Moment) -> set[str]:
    """The fields that held a list or an object then: where they hold a text by now, what stood there is none."""
    found = tx.rows(
        "SELECT DISTINCT ON (key) key, jsonb_typeof(value) AS kind FROM changes.change c, jsonb_each(c.before)"
        " WHERE c.form_id = %(form)s AND c.record_id = %(record)s AND c.id > %(after)s ORDER BY key, c.id",
        {"form": form, "record": record_id, "after": when.change},
    )
    return {row["key"] for row in found if row["kind"] in ("array", "object")}


def _stored(tx: Tx, form: str, record_id: int, when: Moment) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        rows = everything(tx, form, deleted=None)
        columns = [rows.source.table.c[one.key] for one in rows.catalog.form(form).fields if one.kind != "formula"]
        own = rows.source.table.c.id == bindparam("v_id", type_=BigInteger)
        return tx.one(select(*columns).select_from(rows.from_).where(own), {"v_id": record_id}) or {}

    if when.past is None:
        return read()
    with reading(tx, when.past, when.at):
        return read()

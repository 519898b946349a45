"""What happened to one record and to the rows that live in it, as its reader may know it today.

Grants are those of today, tested on the row of today (a deleted one's last). A change that says nothing of what the
reader sees is not told at all: neither in the list, nor in its count, nor as a day of the calendar.
"""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from perennial import changes
from perennial.access import Rows, may, readable
from perennial.kernel import Invalid, Row, Tx
from perennial.records.act import Act, because
from perennial.records.names import unknown
from perennial.records.present import Shown, levels, present_all
from perennial.records.read import OPS, visible

WHO = ("person", "process", "rule", "import", "undo", "restore", "merge", "handover", "publication", "system")


@dataclass(frozen=True, slots=True)
class Change(Act):
    """What one save did to one record. op: create, update, delete, restore.

    who     of what kind it is: one of WHO
    fields  key, label, before, after; hidden ones are absent, masked ones masked
    row     of a row of a sub-table: its form and id, and the form's label
    """

    transaction: int
    op: str
    actor_id: int | None
    who: str
    fields: list[dict[str, Any]]
    row: dict[str, Any] | None = None


def history(
    tx: Tx, form: str, record_id: int, *, limit: int = 50, before: int | None = None, field: str | None = None,
    who: Sequence[str] | None = None,
) -> list[Change]:  # fmt: skip
    """Newest first; a deleted record has one too.

    before  the smallest id of the page shown last
    field   only changes of this field of the record itself
    who     only these kinds of WHO
    """
    rows = readable(tx, form, deleted=None)
    of, inner = _of(tx, rows, record_id)
    number = rows.catalog.id(form)
    if field is not None:
        if field not in of.seen[number]:
            raise unknown(rows, field, path="field")
        of, inner = changes.Of({number: [record_id]}, {number: [field]}), {number: rows}
    if wrong := set(who or ()) - set(WHO):
        raise Invalid("records.no_such_who", path="who", value=min(wrong))
    found = changes.told(tx, of, limit=limit, before=before, field=field, who=who)
    shown = _shown(tx, found, inner)
    return [_change(tx, inner[row["form_id"]], row, shown, (number, record_id)) for row in found]


def changed_days(tx: Tx, form: str, record_id: int, year: int, month: int) -> dict[dt.date, int]:
    """The days of a month on which something happened, each with how much."""
    rows = readable(tx, form, deleted=None)
    of, _ = _of(tx, rows, record_id)
    if not (1900 <= year <= 9999 and 1 <= month <= 12):
        raise Invalid("records.not_moment", path="month", value=f"{year}-{month}")
    last = calendar.monthrange(year, month)[1]
    return changes.days(tx, of, dt.date(year, month, 1), dt.date(year, month, last))


def logged(rows: Rows, level: Mapping[str, str]) -> list[str]:
    """The fields of which the reader may see what the log keeps."""
    kept = set(rows.catalog.logged(rows.form))
    return [key for key in rows.readable_fields() if key in kept and level.get(key, "hidden") != "hidden"]


def _of(tx: Tx, rows: Rows, record_id: int) -> tuple[changes.Of, dict[int, Rows]]:
    """The record and the rows of its sub-tables that the reader may see, with the fields that are told of them."""
    visible(tx, rows, record_id)
    number = rows.catalog.id(rows.form)
    records: dict[int, list[int]] = {number: [record_id]}
    seen = {number: logged(rows, levels(tx, rows, record_id))}
    inner = {number: rows}
    for child, back in rows.catalog.sub_tables(rows.form).values():
        if not may(tx, "read", child):
            continue
        within = readable(tx, child, deleted=None)
        where = within.where
        ids = select(func.array_agg(within.source.table.c.id)).select_from(within.from_)
        found = tx.value(ids.where(where, within.source.field(back) == record_id))
        if found:
            at = rows.catalog.id(child)
            records[at], inner[at] = found, within
            seen[at] = logged(within, always(within))
    return changes.Of(records, seen), inner


def always(rows: Rows) -> dict[str, str]:
    """The fields that this reader may see of every row, at least masked."""
    return {key: "read" for key in rows.fields if rows.view.always(rows.form, key, "masked")}


def _shown(tx: Tx, found: Sequence[Row], inner: Mapping[int, Rows]) -> dict[tuple[int, int], Shown]:
    """How values are shown, looked up once per form."""
    pairs: dict[int, dict[int, list[tuple[str, Any]]]] = {}
    for row in found:
        known = set(inner[row["form_id"]].readable_fields())
        values = pairs.setdefault(row["form_id"], {}).setdefault(row["record_id"], [])
        for when in ("before", "after"):
            values += [(key, value) for key, value in (row[when] or {}).items() if key in known]
    shown = {form: present_all(tx, inner[form], given) for form, given in pairs.items()}
    return {(form, at): one for form, records in shown.items() for at, one in records.items()}


def _change(tx: Tx, rows: Rows, row: Row, shown: Mapping[tuple[int, int], Shown], own: tuple[int, int]) -> Change:
    at = (row["form_id"], row["record_id"])
    before, after = row["before"] or {}, row["after"] or {}
    show = shown[at]
    form = rows.catalog.form(rows.form)
    fields = [
        {"key": one.key, "label": one.label, "before": show(one.key, before[one.key]),
         "after": show(one.key, after.get(one.key))}
        for one in form.fields
        if one.key in before and row["op"] != "X" and show.level(one.key) != "hidden"
    ]  # fmt: skip
    return Change(
        id=row["id"],
        transaction=row["transaction_id"],
        at=row["at"].astimezone(tx.zone).isoformat(),
        op=OPS[row["op"]],
        actor_id=row["actor"].get("id"),
        who=row["who"],
        **because(row),
        fields=fields,
        row=None if at == own else {"form": rows.form, "id": row["record_id"], "label": form.label},
    )

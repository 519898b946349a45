"""What happened to one record, newest first."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perennial.changes.claim import SQL
from perennial.kernel import Row, Tx

_FROM_THE_END = 2**63 - 1


def history(tx: Tx, form_id: int, record_id: int, *, limit: int = 50, before: int | None = None) -> list[Row]:
    """Rows of id, at, actor, reason, op, fields, before, after. Nothing is masked: that is for `access`.

    before  the smallest id of the page shown last
    """
    bound: dict[str, object] = {
        "form_id": form_id,
        "record_id": record_id,
        "limit": limit,
        "before": before or _FROM_THE_END,
    }
    return tx.rows(SQL["history"], bound)


def written(tx: Tx) -> int | None:
    """The number under which this transaction's writes stand in the log, of its last reason; None: nothing written."""
    known: str | None = tx.value("SELECT nullif(current_setting('perennial.tx', true), '')")
    return None if known is None else int(known)


@dataclass(frozen=True, slots=True)
class Of:
    """Whose changes are told: form id -> record ids, and form id -> the fields that count."""

    records: Mapping[int, Sequence[int]]
    seen: Mapping[int, Sequence[str]]

    def binds(self) -> dict[str, object]:
        pairs = [(form, one) for form, ids in self.records.items() for one in ids]
        return {
            "forms": [form for form, _ in pairs], "records": [one for _, one in pairs],
            "seen": json.dumps({str(form): list(keys) for form, keys in self.seen.items()}),
        }  # fmt: skip


def told(
    tx: Tx, of: Of, *, limit: int, before: int | None = None, field: str | None = None,
    who: Sequence[str] | None = None,
) -> list[Row]:  # fmt: skip
    """The changes of several records at once, newest first, with form_id, record_id and `who`: the kind of it (person,
    process, rule, import, undo, restore, merge, handover, publication, system).

    field  only those that changed it
    """
    asked = {"limit": limit, "before": before or _FROM_THE_END, "field": field, "who": None if who is None else [*who]}
    return tx.rows(SQL["told"], {**of.binds(), **asked})


def days(tx: Tx, of: Of, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """How many changes there were on each day of a span that had any."""
    return {row["day"]: row["count"] for row in tx.rows(SQL["days"], {**of.binds(), "first": first, "last": last})}


def last_of_fields(tx: Tx, form_id: int, record_id: int, after: int, until: int | None) -> dict[str, Row]:
    """Field -> the last change of it after one change and up to another: id, at, actor, reason, who."""
    bound = {"form_id": form_id, "record_id": record_id, "after": after, "until": until or _FROM_THE_END}
    return {row["key"]: row for row in tx.rows(SQL["last_of_fields"], bound)}


def last_at(tx: Tx, form_id: int, record_id: int, batch: int) -> int:
    """The number of the record's last change that is sealed in this batch or an earlier one; 0: there is none."""
    return int(
        tx.value(
            "SELECT coalesce(max(c.id), 0) FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id"
            " WHERE c.form_id = %(form_id)s AND c.record_id = %(record_id)s AND t.batch <= %(batch)s",
            {"form_id": form_id, "record_id": record_id, "batch": batch},
        )
    )

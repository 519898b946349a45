"""What was deleted of a form and can come back, latest first, for who may restore it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, DateTime, Text, bindparam, cast, select, tuple_

from perennial.access import writable
from perennial.kernel import Invalid, Tx
from perennial.records import cursor

MOST = 50


@dataclass(frozen=True, slots=True)
class Gone:
    """A deleted record; who deleted it and why, as of a history."""

    id: int
    title: str
    at: str
    actor: str
    kind: str
    reason: str | None
    cause: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bin:
    """`next`: send as `after`; None on the last page."""

    rows: list[Gone]
    next: str | None


def bin_of(tx: Tx, form: str, *, after: str | None = None, search: str | None = None, limit: int = MOST) -> Bin:
    """Denied without the right to delete, which is the right to restore; Missing for a form that is not readable.

    search   a part of the title as the reader sees it
    """
    rows = writable(tx, form, "delete", deleted=True)
    id_, gone, name = rows.source.table.c.id, rows.source.table.c.deleted_at, rows.label()
    where, binds = [rows.where], dict[str, Any]()
    mark = cursor.shape(("bin", form))
    if search:
        escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        where.append(name.ilike(cast(bindparam("like"), Text)))
        binds["like"] = f"%{escaped}%"
    if after is not None:
        place = cursor.decode(after, 1)
        binds |= {"gone": _moment(place.values[0] or "", place.mark == mark), "below": place.record_id}
        last = cast(bindparam("gone"), DateTime(timezone=True)), bindparam("below", type_=BigInteger)
        where.append(tuple_(gone, id_) < tuple_(*last))
    chosen = select(id_, name.label("title"), gone.label("gone"), cast(gone, Text).label("mark"))
    found = tx.rows(
        chosen.select_from(rows.from_).where(*where).order_by(gone.desc(), id_.desc()).limit(limit + 1), binds
    )
    why = _why(tx, rows.catalog.id(form), [row["id"] for row in found[:limit]])
    told = [
        Gone(
            row["id"], row["title"], row["gone"].astimezone(tx.zone).isoformat(timespec="seconds"),
            *why.get(row["id"], ("", "system", None, dict[str, Any]())),
        )
        for row in found[:limit]
    ]  # fmt: skip
    following = cursor.encode(mark, [found[limit - 1]["mark"]], found[limit - 1]["id"]) if len(found) > limit else None
    return Bin(told, following)


def _moment(text: str, ours: bool) -> dt.datetime:
    try:
        if ours:
            return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    raise Invalid("records.cursor", path="after")


def _why(tx: Tx, number: int, ids: list[int]) -> dict[int, tuple[str, str, str | None, dict[str, Any]]]:
    rows = tx.rows(
        "SELECT DISTINCT ON (c.record_id) c.record_id, t.actor, t.reason FROM changes.change c"
        " JOIN changes.transaction t ON t.id = c.transaction_id"
        " WHERE c.form_id = %(form)s AND c.record_id = ANY (%(ids)s::bigint[]) AND c.op = 'D'"
        " ORDER BY c.record_id, c.id DESC",
        {"form": number, "ids": ids},
    )
    return {
        row["record_id"]: (
            row["actor"].get("label") or "", row["actor"].get("kind") or "system", row["reason"].get("kind"),
            {key: value for key, value in row["reason"].items() if key != "kind"},
        )
        for row in rows
    }  # fmt: skip

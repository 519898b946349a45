"""What was deleted of a form and can come back, latest first, for who may restore it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, DateTime, Text, bindparam, cast, select, tuple_

from perennial.access import writable
from perennial.kernel import Invalid, Row, Tx
from perennial.records import cursor
from perennial.records.act import Act, because

MOST = 50


@dataclass(frozen=True, slots=True)
class Gone(Act):
    """A deleted record; who deleted it and why, as of a history."""

    title: str


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
    page, following = cursor.cut(mark, found, limit, "mark")
    why = _why(tx, rows.catalog.id(form), [row["id"] for row in page])
    told = [
        Gone(
            id=row["id"], title=row["title"], at=row["gone"].astimezone(tx.zone).isoformat(timespec="seconds"),
            **because(why.get(row["id"], {})),
        )
        for row in page
    ]  # fmt: skip
    return Bin(told, following)


def _moment(text: str, ours: bool) -> dt.datetime:
    try:
        if ours:
            return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    raise Invalid("records.cursor", path="after")


def _why(tx: Tx, number: int, ids: list[int]) -> dict[int, Row]:
    """Record -> actor and reason of its last deletion."""
    rows = tx.rows(
        "SELECT DISTINCT ON (c.record_id) c.record_id, t.actor, t.reason FROM changes.change c"
        " JOIN changes.transaction t ON t.id = c.transaction_id"
        " WHERE c.form_id = %(form)s AND c.record_id = ANY (%(ids)s::bigint[]) AND c.op = 'D'"
        " ORDER BY c.record_id, c.id DESC",
        {"form": number, "ids": ids},
    )
    return {row["record_id"]: row for row in rows}

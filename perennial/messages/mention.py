"""Notices to people who were named in a comment. They are read among the other notices, while the record is readable.

What the comment says is not kept here: who follows the notice to the record reads it there.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from perennial import access
from perennial.kernel import Row, Tx


def tell_mentioned(tx: Tx, form: str, record_id: int, comment_id: int, people: Sequence[int]) -> None:
    """Exactly these people have a notice of this comment by the actor, one each however often it is changed; nobody
    is told of their own."""
    named = {"comment": comment_id, "people": [one for one in people if one != tx.actor.id]}
    tx.run("UPDATE messages.mention SET gone = NOT person_id = ANY(%(people)s) WHERE comment_id = %(comment)s", named)
    tx.run(
        "INSERT INTO messages.mention (comment_id, person_id, author_id, form, record_id)"
        " SELECT %(comment)s, one, %(me)s, %(form)s, %(record)s FROM unnest(%(people)s::bigint[]) one"
        " ON CONFLICT (comment_id, person_id) DO NOTHING",
        {**named, "form": form, "record": record_id},
    )


def mentions(tx: Tx, *, before: int | None, limit: int) -> list[Row]:
    """The acting person's, newest first, of records that they may read: id, form, record_id, comment_id, by, title,
    decided_at, read_at."""
    rows: list[Row] = []
    for form in _forms(tx):
        rows += tx.rows(
            _over(tx, form, _mention.c.id, _mention.c.form, _mention.c.record_id, _mention.c.comment_id, titled=True)
            .where(_mention.c.id < (2**63 - 1 if before is None else before))
            .order_by(_mention.c.id.desc())
            .limit(limit)
        )
    return sorted(rows, key=lambda row: -row["id"])[:limit]


def unread_mentions(tx: Tx) -> int:
    """How many of `mentions` are new."""
    unread = _mention.c.read_at.is_(None)
    return sum(int(tx.value(_over(tx, form, sa.func.count()).where(unread))) for form in _forms(tx))


def read_mentions(tx: Tx, upto: int) -> int:
    return tx.run(
        "UPDATE messages.mention SET read_at = %(now)s WHERE person_id = %(me)s AND read_at IS NULL AND id <= %(upto)s",
        {"upto": upto},
    )


_mention = sa.table(
    "mention",
    *(sa.column(name, sa.BigInteger) for name in ("id", "comment_id", "person_id", "author_id", "record_id")),
    sa.column("form", sa.Text), sa.column("gone", sa.Boolean), sa.column("at", sa.DateTime(timezone=True)),
    sa.column("read_at", sa.DateTime(timezone=True)), schema="messages",
)  # fmt: skip
_person = sa.table("person", sa.column("id"), sa.column("name", sa.Text), schema="people")


def _forms(tx: Tx) -> list[str]:
    """The forms of my notices, as far as I may read any of their records."""
    rows = tx.rows("SELECT DISTINCT form FROM messages.mention WHERE person_id = %(me)s AND NOT gone ORDER BY form")
    return [row["form"] for row in rows if access.may(tx, "read", row["form"])]


def _over(tx: Tx, form: str, *columns: Any, titled: bool = False) -> Any:
    rows = access.readable(tx, form)
    if titled:
        columns = (
            *columns, _person.c.name.label("by"), rows.label().label("title"), _mention.c.at.label("decided_at"),
            _mention.c.read_at,
        )  # fmt: skip
    where = rows.where
    joined = rows.from_.join(_mention, _mention.c.record_id == rows.source.table.c["id"]).join(
        _person, _person.c.id == _mention.c.author_id
    )
    mine = _mention.c.person_id == sa.bindparam("me", type_=sa.BigInteger)
    return sa.select(*columns).select_from(joined).where(where, mine, _mention.c.form == form, ~_mention.c.gone)

"""What people say at a record: read and written by who may read it, changed and taken back by who said it.

Who is named in a text, 「@何知远」, may read the record too; nobody else can be named. Telling them is for the edge,
which knows the notices.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from perennial.access import readable, readers
from perennial.kernel import Denied, Invalid, Missing, Row, Tx
from perennial.records.read import visible

LONGEST = 5_000
MOST = 50  # named in one comment
PAGE = 30


@dataclass(frozen=True, slots=True)
class Named:
    """A colleague."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Comment:
    """`mine`: the actor said it, and may change it or take it back."""

    id: int
    author: Named
    text: str
    mentions: list[Named]
    at: dt.datetime
    edited_at: dt.datetime | None
    mine: bool


def page(tx: Tx, form: str, record_id: int, *, before: int | None = None) -> list[Comment]:
    """A page, newest first. Missing when the actor may not read the record."""
    visible(tx, readable(tx, form), record_id)
    rows = tx.rows(
        _SELECT + " AND c.form = %(form)s AND c.record_id = %(record)s AND (%(before)s::bigint IS NULL"
        " OR c.id < %(before)s) ORDER BY c.id DESC LIMIT %(limit)s",
        {"form": form, "record": record_id, "before": before, "limit": PAGE},
    )
    return [_shown(tx, row) for row in rows]


def say(tx: Tx, form: str, record_id: int, text: str, mentions: Sequence[int] = ()) -> Comment:
    """Said. Of `mentions` those count whom the text names with an @."""
    visible(tx, readable(tx, form), record_id)
    known = _named(tx, form, record_id, text, mentions)
    made = tx.value(
        "INSERT INTO records.comment (form, record_id, author, text, mentions)"
        " VALUES (%(form)s, %(record)s, %(me)s, %(text)s, %(mentions)s) RETURNING id",
        {"form": form, "record": record_id, "text": text.strip(), "mentions": Jsonb(known)},
    )
    return _one(tx, made)


def change(tx: Tx, form: str, record_id: int, id_: int, text: str, mentions: Sequence[int] = ()) -> Comment:
    """One's own comment says something else now."""
    _own(tx, form, record_id, id_)
    tx.run(
        "UPDATE records.comment SET text = %(text)s, mentions = %(mentions)s, edited_at = %(now)s,"
        " xid = pg_current_xact_id() WHERE id = %(id)s",
        {"id": id_, "text": text.strip(), "mentions": Jsonb(_named(tx, form, record_id, text, mentions))},
    )
    return _one(tx, id_)


def remove(tx: Tx, form: str, record_id: int, id_: int) -> None:
    """One's own comment is gone; `bring_back` returns it."""
    _own(tx, form, record_id, id_)
    tx.run(_MARK, {"id": id_, "at": tx.now})


def bring_back(tx: Tx, form: str, record_id: int, id_: int) -> Comment:
    """One's own comment that was taken back stands again."""
    _own(tx, form, record_id, id_, deleted=True)
    tx.run(_MARK, {"id": id_, "at": None})
    return _one(tx, id_)


def mentionable(tx: Tx, form: str, record_id: int) -> list[Named]:
    """Who else may read the record, by name in Chinese order."""
    visible(tx, readable(tx, form), record_id)
    rows = tx.rows(
        "SELECT id, name FROM people.person WHERE id = ANY(%(ids)s) AND id <> %(me)s"
        " ORDER BY convert_to(name, 'GB18030'), id",
        {"ids": list(readers(tx, form, record_id))},
    )
    return [Named(**row) for row in rows]


def talked_since(tx: Tx, snapshot: str) -> set[str]:
    """Forms at whose records something was said, or somebody met somebody else, that this snapshot did not see."""
    return {row["form"] for row in tx.rows(_TALKED, {"seen": snapshot})}


_SELECT = """
SELECT c.id, c.text, c.mentions, c.at, c.edited_at, c.author AS author_id, p.name AS author
  FROM records.comment c JOIN people.person p ON p.id = c.author
 WHERE c.deleted_at IS NULL"""
_MARK = "UPDATE records.comment SET deleted_at = %(at)s, xid = pg_current_xact_id() WHERE id = %(id)s"

# numbers of transactions to come stand in a database that was restored
_NEW = (
    "xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot) AND xid < pg_snapshot_xmax(pg_current_snapshot())"
    " AND NOT pg_visible_in_snapshot(xid, %(seen)s::pg_snapshot)"
)
_TALKED = f"""
SELECT form FROM records.comment WHERE {_NEW}
UNION
SELECT form FROM records.presence p
 WHERE {_NEW}
   AND EXISTS (SELECT FROM records.presence o WHERE o.form = p.form AND o.record_id = p.record_id
                  AND o.person_id <> p.person_id AND o.until > clock_timestamp())
"""


def _one(tx: Tx, id_: int) -> Comment:
    row = tx.one(_SELECT + " AND c.id = %(id)s", {"id": id_})
    assert row is not None
    return _shown(tx, row)


def _shown(tx: Tx, row: Row) -> Comment:
    return Comment(
        id=row["id"], author=Named(row["author_id"], row["author"]), text=row["text"],
        mentions=[Named(**one) for one in row["mentions"]], at=row["at"].astimezone(tx.zone),
        edited_at=row["edited_at"] and row["edited_at"].astimezone(tx.zone), mine=row["author_id"] == tx.actor.id,
    )  # fmt: skip


def _own(tx: Tx, form: str, record_id: int, id_: int, *, deleted: bool = False) -> None:
    visible(tx, readable(tx, form), record_id)
    found = tx.one(
        "SELECT author FROM records.comment WHERE id = %(id)s AND form = %(form)s AND record_id = %(record)s"
        " AND (deleted_at IS NOT NULL) = %(deleted)s AND (author = %(me)s OR NOT %(deleted)s) FOR UPDATE",
        {"id": id_, "form": form, "record": record_id, "deleted": deleted},
    )
    if found is None:
        raise Missing("records.no_comment")
    if found["author"] != tx.actor.id:
        raise Denied("records.denied_comment")


def _named(tx: Tx, form: str, record_id: int, text: str, mentions: Sequence[int]) -> list[dict[str, Any]]:
    """Whom the text names, as it is kept."""
    if not 0 < len(text.strip()) <= LONGEST:
        raise Invalid("records.comment_text", path="text", most=LONGEST)
    if len(mentions) > MOST:
        raise Invalid("records.mentions", path="mentions", most=MOST)
    able = readers(tx, form, record_id, mentions)
    wanted = {row["id"]: row["name"] for row in tx.rows(
        "SELECT id, name FROM people.person WHERE id = ANY(%(ids)s)", {"ids": sorted(set(mentions))})}  # fmt: skip
    for one in mentions:
        if one not in able:
            raise Invalid("records.cannot_mention", path="mentions", person=wanted.get(one, str(one)))
    return [{"id": id_, "name": name} for id_, name in wanted.items() if f"@{name}" in text]

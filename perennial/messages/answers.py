"""What came in, told to people: with the record that it is about, or in the list of senders that nobody knows.

A letter is a contact's: whoever may not read their name and address in full, or not all that our mail said (a reply
repeats it), is told that something came and no word of it.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from perennial import access, formula
from perennial.kernel import SYSTEM, Row, Tx, statements
from perennial.messages.definition import Audience, audiences
from perennial.messages.seen import seen

_SQL = statements(__file__, "incoming.sql")
TOLD = ("sender", "name", "subject", "text")


def answers(tx: Tx, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Of a page of letters: sender, name, subject, text (its beginning), attachments (names) as the actor may read
    them, and the message they are about. Whether the actor may see the record is the caller's to know."""
    rows = tx.rows(_SQL["page"], {"ids": list(ids)}) if ids else []
    found: dict[int, dict[str, Any]] = {}
    for row, shown in zip(rows, seen(tx, rows), strict=True):
        plain = all(row[name] == shown[name] for name in ("name", "address", "captured"))
        told = {"sender": row["sender"], "name": row["sender_name"], "subject": row["subject"], "text": row["text"]}
        found[row["id"]] = {
            "outbox_id": row["outbox_id"], "attachments": row["attachments"] if plain else [],
            **(told if plain else dict.fromkeys(TOLD)),
        }  # fmt: skip
    return found


def strangers(tx: Tx, *, before: int | None = None, limit: int = 50) -> list[Row]:
    """Letters of senders that nobody knows, newest first."""
    return tx.rows(_SQL["strangers"], {"before": before, "limit": limit})


def known(tx: Tx, address: str) -> dict[str, Any] | None:
    """The contact with this address, and the record that they belong to: the newest who has not left."""
    if not address:
        return None
    asked = {(one.form, one.relation, one.address): one for one in audiences(tx)}
    for to in asked.values():  # as many as there are kinds of contacts
        if (found := _of(tx, to, address)) is not None:
            return found
    return None


def _of(tx: Tx, to: Audience, address: str) -> dict[str, Any] | None:
    rows = access.readable(tx, to.form, actor=SYSTEM)
    source, scope = rows.source, rows.scope
    mail = sa.cast(formula.compile(formula.check(to.address, scope), source), sa.Text)
    name = sa.cast(formula.compile(formula.check(to.name, scope), source), sa.Text)
    belongs = rows.catalog.form(to.form).field(to.relation)
    assert belongs is not None
    meets = formula.compile_condition(formula.check(to.when, scope, want="yes_no"), source)
    of, id_ = source.field(to.relation), source.field("id")
    query = (
        sa.select(of.label("record_id"), id_.label("contact_id"), name.label("name"))
        .select_from(rows.from_)
        .where(rows.where, meets, of.is_not(None), sa.func.lower(mail) == address.lower())
        .order_by(id_.desc())
        .limit(1)
    )
    row = tx.one(query)
    return None if row is None else {**row, "form": belongs.to, "contact_form": to.form}

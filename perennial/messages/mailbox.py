"""What left, what waits, what failed: the mailbox page, and an administrator's release.

People see messages about records that they may read, and no others.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import ColumnElement

from perennial import access
from perennial.kernel import Conflict, Missing, Row, Tx, statements
from perennial.messages.channels import Wire
from perennial.messages.compose import compose
from perennial.messages.incoming import replies
from perennial.messages.mention import mentions, read_mentions, unread_mentions
from perennial.messages.seen import HIDDEN, seen
from perennial.messages.told import read_told, told, unread_told

_SQL = statements(__file__, "mailbox.sql")

Tab = Literal["all", "held", "queued", "uncertain", "failed", "sent", "cancelled"]
_STATES: dict[str, tuple[str, ...]] = {
    "held": ("queued",),
    "queued": ("queued", "sending"),  # those that a release waits for stand under held alone
    "uncertain": ("uncertain",),
    "failed": ("failed", "bounced", "unaddressed"),
    "sent": ("sent", "merged"),
    "cancelled": ("cancelled", "expired"),
}

_outbox = sa.table(
    "outbox",
    *(sa.column(name, sa.Text) for name in ("key", "decision", "channel", "template", "form", "node", "name", "address",
                                            "state", "why", "contact_form", "asks", "remote_id", "language")),
    *(sa.column(name, sa.BigInteger) for name in ("id", "record_id", "instance_id", "contact_id", "person_id",
                                                  "merged_into", "of_id", "falls_from", "resend_of", "let_go_by")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("decided_at", "due_at", "not_after", "try_at",
                                                               "settled_at", "let_go_at")),
    sa.column("outward", sa.Boolean), sa.column("repeats", sa.Integer), sa.column("tries", sa.Integer),
    sa.column("captured", JSONB),
    schema="messages",
)  # fmt: skip
_channel = sa.table("channel", sa.column("key"), sa.column("released_at"), schema="messages")
_template = sa.table(
    "template", sa.column("key"), sa.column("definition", JSONB), sa.column("held_at"), sa.column("approved_at"),
    schema="messages",
)  # fmt: skip


def channels(tx: Tx) -> list[Row]:
    """Every channel: released or held, what waits, what it did today."""
    return tx.rows(_SQL["channels"], {"zone": tx.zone.key})


def release(tx: Tx, channel: str, *, released: bool = True) -> None:
    """What is due on this channel leaves from now on; or, recalled, what has not left stays."""
    if not tx.run(_SQL["release" if released else "recall"], {"channel": channel, "by": tx.actor.id}):
        known = tx.value("SELECT count(*) FROM messages.channel WHERE key = %(key)s AND outward", {"key": channel})
        if not known:
            raise Missing("messages.no_channel", channel=channel)


def outbox(
    tx: Tx,
    tab: Tab = "all",
    *,
    form: str | None = None,
    record_id: int | None = None,
    channel: str | None = None,
    template: str | None = None,
    state: str | None = None,
    customer: int | None = None,
    day: dt.date | None = None,
    ids: Sequence[int] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Row]:
    """One page, newest first, with the subject as it left or will leave; only about records the actor may read.

    customer  whose contacts it is for; day: on which it left or will leave, by the workspace's zone
    """
    o, where = _outbox, _visible(tx)
    query = (
        sa.select(
            o.c.id, o.c.channel, o.c.template, o.c.form, o.c.record_id, o.c.instance_id, o.c.node, o.c.name,
            o.c.address, o.c.state, o.c.why, o.c.outward, o.c.decided_at, o.c.due_at, o.c.settled_at, o.c.not_after,
            o.c.tries, o.c.try_at, o.c.of_id, o.c.falls_from, o.c.resend_of, o.c.asks,
            o.c.repeats, o.c.merged_into,
            _template.c.definition["label"].as_string().label("template_label"),
            _held().label("held"),
        )
        .select_from(o.join(_channel, _channel.c.key == o.c.channel).join(_template, _template.c.key == o.c.template))
        .where(where, o.c.channel != "in_app")
        .order_by(o.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    if tab != "all":
        query = query.where(o.c.state.in_(_STATES[tab]))
    if tab == "held":
        query = query.where(_held())
    if tab == "queued":
        query = query.where(~_held())
    if form is not None and record_id is not None:
        query = query.where(o.c.form == form, o.c.record_id == record_id)
    if before is not None:
        query = query.where(o.c.id < before)
    if ids is not None:
        query = query.where(o.c.id.in_(list(ids)))
    for column, value in ((o.c.channel, channel), (o.c.template, template), (o.c.state, state), (o.c.of_id, customer)):
        if value is not None:
            query = query.where(column == value)
    if day is not None:
        since = dt.datetime.combine(day, dt.time(), tx.zone)
        when = sa.func.coalesce(sa.case((o.c.state != "queued", o.c.settled_at)), o.c.due_at)
        query = query.where(when >= since, when < since + dt.timedelta(days=1))
    rows = tx.rows(query)
    wires = compose(tx, [row["id"] for row in rows])
    return [{**row, **_told(wires[row["id"]])} for row in rows]


def subjects(tx: Tx, ids: list[int]) -> dict[int, dict[str, Any]]:
    """Subject, name and address of messages, as the actor may see them; whether they may see the message is the
    caller's to know."""
    return {id_: _told(wire) for id_, wire in compose(tx, ids).items()} if ids else {}


def _told(wire: Wire) -> dict[str, Any]:
    return {"subject": wire.subject, "name": wire.name or None, "address": wire.address or None}


def _held() -> ColumnElement[bool]:
    asked = _outbox.c.outward & _template.c.held_at.is_not(None) & _template.c.approved_at.is_(None)
    waits = (_outbox.c.state == "queued") & _outbox.c.let_go_at.is_(None)
    return waits & (_channel.c.released_at.is_(None) | asked)


def counts(tx: Tx) -> dict[str, int]:
    """How many messages stand under each tab, as far as the actor may see them."""
    o = _outbox
    apart = {"held": _held(), "queued": ~_held()}
    columns = [
        sa.func.count().filter(o.c.state.in_(states) & apart.get(tab, sa.true())).label(tab)
        for tab, states in _STATES.items()
    ]
    query = sa.select(sa.func.count().label("all"), *columns).select_from(
        o.join(_channel, _channel.c.key == o.c.channel).join(_template, _template.c.key == o.c.template)
    )
    row = tx.one(query.where(_visible(tx), o.c.channel != "in_app"))
    assert row is not None
    return {key: int(value) for key, value in row.items()}


def read_message(tx: Tx, id_: int) -> dict[str, Any]:
    """The exact text as it left or will leave, its course, and where it comes from."""
    row = tx.one(sa.select(_outbox).where(_outbox.c.id == id_, _visible(tx)))
    if row is None:
        raise Missing("messages.no_message")
    (shown,) = seen(tx, [row])
    wire = compose(tx, [id_])[id_]
    attempts = tx.rows(_SQL["attempts"], {"id": id_})
    if row["address"] and shown["address"] != row["address"]:  # a server's answer may repeat it
        attempts = [{**one, "detail": (one["detail"] or "").replace(row["address"], wire.address)} for one in attempts]
    told = replies(tx, id_)
    if shown["address"] != row["address"] or HIDDEN in wire.body:
        told = [{**one, "sender": None, "name": None, "subject": None, "text": None, "attachments": []} for one in told]
    return {**shown, "subject": wire.subject, "body": wire.body, "attempts": attempts, "replies": told}


def resolve(tx: Tx, id_: int, act: Literal["again", "arrived", "cancel"]) -> None:
    """A person settles an uncertain or failed message."""
    state = read_message(tx, id_)["state"]
    if not tx.run(_SQL[f"resolve_{act}"], {"id": id_}):
        raise Conflict("messages.not_possible", state=state)


def notices(tx: Tx, *, before: int | None = None, limit: int = 30) -> list[Row]:
    """What the acting person was told, newest first; where they were named, with who did it and the comment; what they
    asked for that is ready, as `what`, of no record."""
    rows = tx.rows(_SQL["notices"], {"person": tx.actor.id, "before": before, "limit": limit})
    wires = compose(tx, [row["id"] for row in rows])
    kept = ("id", "form", "record_id", "decided_at", "read_at")
    found: list[Row] = [{**{name: row[name] for name in kept}, "subject": wires[row["id"]].subject} for row in rows]
    found += [{**row, "subject": row.pop("title")} for row in mentions(tx, before=before, limit=limit)]
    found += told(tx, before=before, limit=limit)
    return sorted(found, key=lambda row: -row["id"])[:limit]


def unread(tx: Tx) -> int:
    return int(tx.value(_SQL["unread"], {"person": tx.actor.id})) + unread_mentions(tx) + unread_told(tx)


def read_notices(tx: Tx, upto: int) -> int:
    """Everything up to `upto` has been seen."""
    records = tx.run(_SQL["read_notices"], {"person": tx.actor.id, "upto": upto}) + read_mentions(tx, upto)
    return records + read_told(tx, upto)


def _visible(tx: Tx) -> ColumnElement[bool]:
    """About a record that the actor may read."""
    forms = [row["form"] for row in tx.rows("SELECT DISTINCT definition ->> 'form' AS form FROM messages.template")]
    parts: list[ColumnElement[bool]] = []
    for form in sorted(forms):
        if not access.may(tx, "read", form):
            continue
        rows = access.readable(tx, form)
        source = rows.source
        ids = sa.select(source.field("id")).where(rows.where).select_from(source.from_)
        parts.append((_outbox.c.form == form) & _outbox.c.record_id.in_(ids))
    return sa.or_(sa.false(), *parts)

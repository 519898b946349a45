"""The mailbox, channels and their release, and the acting person's notices."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel

from perennial import messages
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Tx, defer

router = Router(tags=["messages"])

Tab = Literal["all", "held", "queued", "uncertain", "failed", "sent", "cancelled"]


class MessageOut(BaseModel):
    """A message as the mailbox lists it; `held`: it waits for the release of its channel, or its template for a look.
    `of_id`: the customer; `falls_from`: the message instead of which it goes; `asks`: no way was left, so a task."""

    id: int
    channel: str
    template: str
    template_label: str
    form: str
    record_id: int
    instance_id: int | None
    node: str | None
    name: str | None
    address: str | None
    subject: str
    state: str
    why: str | None
    held: bool
    outward: bool
    decided_at: dt.datetime
    due_at: dt.datetime
    settled_at: dt.datetime | None
    not_after: dt.datetime | None
    tries: int
    repeats: int
    merged_into: int | None
    try_at: dt.datetime
    of_id: int | None
    falls_from: int | None
    resend_of: int | None
    asks: Literal["call", "contact"] | None
    customer: str | None = None


class MessagePage(BaseModel):
    rows: list[MessageOut]
    counts: dict[str, int]


class AttemptOut(BaseModel):
    started_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: str | None
    why: str | None
    detail: str | None
    remote_id: str | None


class ReplyOut(BaseModel):
    """What came back: a bounce, a reply, an automatic answer. Whoever may not read the address reads no words."""

    kind: Literal["bounce", "delay", "reply", "automatic", "other"]
    at: dt.datetime
    sender: str | None
    name: str | None
    subject: str | None
    text: str | None
    attachments: list[str]


class MessageDetail(BaseModel):
    """The exact text, and the course of the message."""

    id: int
    channel: str
    template: str
    form: str
    record_id: int
    instance_id: int | None
    node: str | None
    name: str | None
    address: str | None
    subject: str
    body: str
    state: str
    why: str | None
    decided_at: dt.datetime
    due_at: dt.datetime
    not_after: dt.datetime | None
    try_at: dt.datetime
    settled_at: dt.datetime | None
    merged_into: int | None
    falls_from: int | None
    resend_of: int | None
    asks: Literal["call", "contact"] | None
    language: str | None
    captured: dict[str, str | None]
    attempts: list[AttemptOut]
    replies: list[ReplyOut]


class ChannelOut(BaseModel):
    key: str
    outward: bool
    released: bool
    released_at: dt.datetime | None
    released_by: str | None
    problem: str | None
    problem_at: dt.datetime | None
    waiting: int
    held: int
    sent_today: int
    failed: int
    uncertain: int


class Resolution(BaseModel):
    act: Literal["again", "arrived", "cancel"]


class ResendIn(BaseModel):
    """`sure`: of an uncertain one, that it may reach them twice."""

    sure: bool = False


class Resent(BaseModel):
    id: int


class MassOut(BaseModel):
    """A template whose first large batch waits until somebody approves it."""

    template: str
    label: str
    recipients: int
    held_at: dt.datetime


class ForeseeIn(BaseModel):
    """`where`: a condition over the template's form; `channels`: instead of the template's."""

    template: str
    audience: str
    where: str = ""
    channels: list[str] | None = None


class WayForeseen(BaseModel):
    """`merged`: lines of another message. `parts`, `price`: of SMS, estimated from the first ones."""

    messages: int
    merged: int
    unaddressed: int
    opted_out: int
    parts: int | None = None
    price: float | None = None


class MessageForeseen(BaseModel):
    channel: str
    record_id: int
    state: str
    why: str | None
    language: str | None
    subject: str
    body: str
    name: str | None
    address: str | None
    units: int | None
    parts: int | None


class Foreseen(BaseModel):
    """`more`: only so many records were looked at."""

    records: int
    more: bool
    ways: dict[str, WayForeseen]
    shown: list[MessageForeseen]


class NoticeOut(BaseModel):
    """`by` named me in the comment `comment_id` at the record called `subject`; without them `subject` is the text.
    `what` I asked for is ready as the file `subject`: of no record (form empty). `who` gave me, took from me or urged
    me about `number` tasks, the first of which asks for `subject`.
    `opted_out`, `replied`, `wrote`: the contact `subject` was not reminded, answered, wrote by themselves. `escalated`:
    nobody acknowledged what the rule `subject` found. `title`: of the record that it leads to, if it leads to one, as I
    may read it."""

    id: int
    form: str
    record_id: int
    subject: str
    by: str | None = None
    comment_id: int | None = None
    what: (
        Literal[
            "export", "pack", "given", "taken", "urged", "opted_out", "replied", "wrote", "escalated", "unknown_account"
        ]
        | None
    ) = None
    who: str | None = None
    title: str | None = None
    number: int | None = None
    decided_at: dt.datetime
    read_at: dt.datetime | None


class Notices(BaseModel):
    unread: int
    rows: list[NoticeOut]


class ReadUpTo(BaseModel):
    upto: int


@router.get("/messages")
def list_messages(
    tx: InTx, tab: Tab = "all", form: str | None = None, record_id: int | None = None, before: int | None = None,
    channel: str | None = None, template: str | None = None, state: str | None = None, customer: int | None = None,
    day: dt.date | None = None,
) -> MessagePage:  # fmt: skip
    rows = messages.outbox(
        tx, tab, form=form, record_id=record_id, before=before, channel=channel, template=template, state=state,
        customer=customer, day=day,
    )  # fmt: skip
    return MessagePage(rows=listed(tx, rows), counts=messages.counts(tx))


def listed(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> list[MessageOut]:
    """With what their customers are called, as far as I may read it."""
    named = messages.customers(tx, rows)
    return [MessageOut(**row, customer=named.get(row["id"])) for row in rows]


@router.get("/messages/mass-sendings")
def list_mass_sendings(tx: InTx) -> list[MassOut]:
    allow(tx, "release")
    return [MassOut(**row) for row in messages.mass_sendings(tx)]


@router.post("/messages/mass-sendings/{key}/approve", status_code=204)
def approve_mass_sending(tx: InTx, key: str) -> None:
    allow(tx, "release")
    messages.approve_template(tx, key)
    defer(tx, "messages.deliver")


@router.post("/messages/foresee")
def foresee_messages(tx: InTx, body: ForeseeIn) -> Foreseen:
    """Who would get what, of the records that I may read. Nothing is written."""
    return Foreseen(**messages.foresee(tx, body.template, body.audience, where=body.where, channels=body.channels))


@router.get("/messages/{id}")
def read_message(tx: InTx, id: int) -> MessageDetail:
    return MessageDetail(**messages.read_message(tx, id))


@router.post("/messages/{id}/resolve", status_code=204)
def resolve_message(tx: InTx, id: int, body: Resolution) -> None:
    allow(tx, "release")
    messages.resolve(tx, id, body.act)
    if body.act == "again":
        defer(tx, "messages.deliver")


@router.post("/messages/{id}/resend")
def resend_message(tx: InTx, id: int, body: ResendIn) -> Resent:
    """Once more, as a message of its own."""
    allow(tx, "release")
    made = Resent(id=messages.resend(tx, id, sure=body.sure))
    defer(tx, "messages.deliver")
    return made


@router.get("/channels")
def list_channels(tx: InTx) -> list[ChannelOut]:
    return [ChannelOut(**row) for row in messages.channels(tx)]


@router.get("/notices")
def list_notices(tx: InTx, before: int | None = None) -> Notices:
    rows: list[dict[str, Any]] = messages.notices(tx, before=before)
    return Notices(unread=messages.unread(tx), rows=[NoticeOut(**row) for row in rows])


@router.post("/notices/read", status_code=204)
def read_notices(tx: InTx, body: ReadUpTo) -> None:
    messages.read_notices(tx, body.upto)

"""Where DingTalk, WeCom and Feishu tell what happens there, and what administrators see of it."""

import datetime as dt
import time
from typing import Annotated, Any, Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from perennial import connect
from perennial.http.edge import Connected, InTx, Router, address_of, allow
from perennial.http.hooks import TooLarge
from perennial.kernel import Conflict, Database, Language, Row, text

router = Router(tags=["connect"])
LIMIT_KB = 64
Channel = Literal["dingtalk", "wecom", "feishu"]


class EventOut(BaseModel):
    """`why` of a refused one: forged_…, unknown_account, inactive, no_card, or the code of an error; `said`: that error
    as a sentence. `excerpt`: how a forged one began."""

    id: int
    channel: Channel
    way: Literal["callback", "stream"]
    kind: str
    what: str
    state: Literal["new", "followed", "late", "refused", "failed"]
    why: str | None
    said: str | None
    person: str | None
    remote: str | None
    source: str
    excerpt: str | None
    tries: int
    at: dt.datetime
    settled_at: dt.datetime | None


class EventsOut(BaseModel):
    """`forged`: by channel, how many requests of the last day were refused; only the first of an hour are listed."""

    rows: list[EventOut]
    forged: dict[str, int]


class FactOut(BaseModel):
    label: str
    value: str


class CardPreviewOut(BaseModel):
    """An example: `card` is what would be sent, `result` what the card says once somebody else has decided."""

    channel: Channel
    title: str
    subject: str
    facts: list[FactOut]
    buttons: list[str]
    result: str
    card: dict[str, Any]


async def _body(request: Request) -> bytes:
    """What was sent, refused before it is read when it is too much."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LIMIT_KB * 1024:
        raise TooLarge("http.hook_too_large", limit_kb=LIMIT_KB)
    return await request.body()


def _answer(database: Database, channel: str, request: Request, body: bytes) -> Response:
    told = connect.Request(
        request.method, dict(request.query_params), dict(request.headers), body, address_of(request)
    )  # fmt: skip
    answer = connect.receive(database, channel, told, time.time)
    if answer.status == 200:
        database.notify_soon()
    return Response(answer.body, answer.status, media_type=answer.media)


@router.get("/callbacks/{channel}")
def try_callback(database: Connected, channel: str, request: Request) -> Response:
    """A platform tries the address that was entered there. 404 while the channel is not set up to be called."""
    return _answer(database, channel, request, b"")


@router.post("/callbacks/{channel}")
def take_callback(
    database: Connected, channel: str, request: Request, body: Annotated[bytes, Depends(_body)]
) -> Response:  # fmt: skip
    """Something happened there: it is written down and followed later. No session: it is signed; 403 when it is not
    theirs."""
    return _answer(database, channel, request, body)


@router.get("/connect/events")
def list_connect_events(
    tx: InTx, channel: Channel | None = None, state: str | None = None, before: int | None = None
) -> EventsOut:  # fmt: skip
    """What came back from the other side, the latest first, forged requests among it (right `release`)."""
    allow(tx, "release")
    rows = connect.came_back(tx, channel=channel, state=state, before=before)
    told = [EventOut(**row, said=_said(row, tx.entered["language"])) for row in rows]
    return EventsOut(rows=told, forged=connect.refused_lately(tx))


def _said(row: Row, language: Language) -> str | None:
    why = row["why"] or ""
    return text(Conflict(why, **row["facts"]), language) if "." in why else None


@router.get("/connect/preview")
def preview_card(tx: InTx, channel: Channel) -> CardPreviewOut:
    """What a card of an approval looks like (right `release`)."""
    allow(tx, "release")
    return CardPreviewOut(**connect.card_preview(channel))

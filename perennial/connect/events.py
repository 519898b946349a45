"""Events as they are written down: once each, forged ones with why, in the second that the platforms give us."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from perennial import messages
from perennial.channels import Forged, scrub
from perennial.connect.callbacks import TEXT, Clock, Heard, Request, open_, opens
from perennial.kernel import SYSTEM, Database, Missing, Reason, Row, Tx

KEPT_PER_HOUR = 20  # refused requests of a channel that are kept; of the others only their number
EXCERPT = 300
KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back. 403 where the request was not theirs."""

    status: int
    body: str = ""
    media: str = TEXT


def receive(database: Database, channel: str, request: Request, clock: Clock) -> Answer:
    """The request is written down, and answered as its platform wants. `clock`: physical time, in seconds.

    errors   Missing connect.no_callback: this channel is not set up to be called
    """
    return database.run(SYSTEM, lambda tx: _received(tx, channel, request, clock), Reason("connect"))


def _received(tx: Tx, channel: str, request: Request, clock: Clock) -> Answer:
    made = messages.setup_of(tx, channel) if channel in ("dingtalk", "wecom", "feishu") else None
    if made is None or not opens(made):
        raise Missing("connect.no_callback", channel=channel)

    def seen(nonce: str, until: float) -> bool:
        return not _first(tx, channel, nonce, until, clock())

    try:
        opened = open_(made, request, clock, seen)
    except Forged as error:
        _refuse(tx, channel, request, error.why, tuple(made.secrets.values()))
        return Answer(403)
    if opened.heard is not None:
        keep(tx, channel, opened.heard, way="callback", source=request.source)
    return Answer(200, opened.answer, opened.media)


def _first(tx: Tx, channel: str, nonce: str, until: float, now: float) -> bool:
    """This nonce is here for the first time; those that could no longer be taken for fresh are forgotten."""
    tx.run(
        "DELETE FROM connect.nonce n USING (SELECT channel, hash FROM connect.nonce"
        " WHERE until <= to_timestamp(%(now)s) LIMIT 100 FOR UPDATE SKIP LOCKED) o"
        " WHERE n.channel = o.channel AND n.hash = o.hash",
        {"now": now},
    )
    return bool(
        tx.run(
            "INSERT INTO connect.nonce (channel, hash, until) VALUES (%(channel)s, %(hash)s, to_timestamp(%(until)s))"
            " ON CONFLICT DO NOTHING",
            {"channel": channel, "hash": hashlib.sha256(nonce.encode()).digest(), "until": until},
        )
    )


def keep(tx: Tx, channel: str, heard: Heard, *, way: str, source: str = "") -> bool:
    """The event waits to be followed; False: it was here before."""
    return bool(
        tx.run(
            "INSERT INTO connect.event (channel, event_id, way, kind, what, about, remote, said, state, source,"
            "                           settled_at)"
            " VALUES (%(channel)s, %(id)s, %(way)s, %(kind)s, %(what)s, %(about)s, %(remote)s, %(said)s,"
            "         CASE WHEN %(what)s = '' THEN 'followed' ELSE 'new' END, %(source)s,"
            "         CASE WHEN %(what)s = '' THEN %(now)s::timestamptz END)"
            " ON CONFLICT (channel, event_id) DO NOTHING",
            {
                "channel": channel, "id": heard.id, "way": way, "kind": heard.kind, "what": heard.what,
                "about": heard.about, "remote": heard.remote, "source": source,
                "said": json.dumps({**heard.said, **({"at_ms": heard.at_ms} if heard.at_ms else {})}),
            },
        )
    )  # fmt: skip


def _refuse(tx: Tx, channel: str, request: Request, why: str, secrets: tuple[str, ...]) -> None:
    """It is counted; the first of an hour are kept with how they began."""
    count = tx.value(
        "INSERT INTO connect.refusals AS r (channel, hour, count)"
        " VALUES (%(channel)s, date_trunc('hour', %(now)s::timestamptz), 1)"
        " ON CONFLICT (channel, hour) DO UPDATE SET count = r.count + 1 RETURNING count",
        {"channel": channel},
    )
    if count > KEPT_PER_HOUR:
        return
    tx.run(
        "INSERT INTO connect.event (channel, way, state, why, source, excerpt, settled_at)"
        " VALUES (%(channel)s, 'callback', 'refused', %(why)s, %(source)s, %(excerpt)s, %(now)s)",
        {
            "channel": channel,
            "why": f"forged_{why}",
            "source": request.source[:100],
            "excerpt": excerpt(request, secrets),
        },
    )


def excerpt(request: Request, secrets: tuple[str, ...]) -> str:
    """How a request began, for whoever looks into it: nothing in it is or looks like a secret."""
    query = "&".join(f"{key}={value}" for key, value in request.query.items())
    body = request.body[: 2 * EXCERPT].decode("utf-8", "replace")
    text = scrub(f"{request.method} ?{query} {body}", secrets)
    return "".join(char if char.isprintable() else "·" for char in text)[:EXCERPT]


def came_back(tx: Tx, *, channel: str | None = None, state: str | None = None, before: int | None = None) -> list[Row]:
    """What came back, the latest first, a page of it."""
    return tx.rows(
        "SELECT e.id, e.channel, e.way, e.kind, e.what, e.state, e.why, e.facts, e.source, e.excerpt, e.at,"
        "       e.settled_at, e.tries, p.name AS person, nullif(e.remote, '') AS remote"
        "  FROM connect.event e LEFT JOIN people.person p ON p.id = e.person_id"
        " WHERE (%(channel)s::text IS NULL OR e.channel = %(channel)s)"
        "   AND (%(state)s::text IS NULL OR e.state = %(state)s)"
        "   AND (%(before)s::bigint IS NULL OR e.id < %(before)s) ORDER BY e.id DESC LIMIT 50",
        {"channel": channel, "state": state, "before": before},
    )


def refused_lately(tx: Tx) -> dict[str, int]:
    """Channel -> how many requests were refused as forged in the last day."""
    rows = tx.rows(
        "SELECT channel, sum(count)::int AS count FROM connect.refusals"
        " WHERE hour > %(now)s::timestamptz - interval '1 day' GROUP BY channel"
    )
    return {row["channel"]: row["count"] for row in rows}


def sweep(tx: Tx) -> int:
    """Old events are forgotten: by then their platform repeats none."""
    given: dict[str, Any] = {"days": KEPT_DAYS}
    tx.run("DELETE FROM connect.refusals WHERE hour < %(now)s::timestamptz - make_interval(days => %(days)s)", given)
    return tx.run(
        "DELETE FROM connect.event WHERE at < %(now)s::timestamptz - make_interval(days => %(days)s)"
        " AND state <> 'new'",
        given,
    )

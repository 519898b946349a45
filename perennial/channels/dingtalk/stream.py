"""Stream mode: events come over a connection that we open, so no public address is needed.

Here are its beginning (an HTTPS call that gives the place of a WebSocket) and its frames, in and out. The WebSocket
itself is held in `connect`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from perennial.channels.dingtalk.stacks import App, nothing_said
from perennial.channels.reply import Reply
from perennial.channels.shapes import word

EVENTS = (("EVENT", "*"),)
CARD_TOPIC = "/v1.0/card/instances/callback"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the WebSocket is; its ticket works once."""

    endpoint: str
    ticket: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"{self.endpoint}?{urlencode({'ticket': self.ticket})}"


@dataclass(frozen=True, slots=True)
class Frame:
    """`kind`: SYSTEM (topics ping, disconnect), EVENT, CALLBACK. `text` is the data as it came, `data` read as JSON."""

    kind: str
    topic: str
    message_id: str
    headers: Mapping[str, str]
    text: str
    data: Mapping[str, Any]

    @property
    def last(self) -> bool:
        """The other side is about to hang up: connect anew."""
        return self.kind == "SYSTEM" and self.topic == "disconnect"


def open_stream(app: App, subscriptions: Sequence[tuple[str, str]] = EVENTS) -> Place | Reply:
    asked = {
        "clientId": app.account.app_key,
        "clientSecret": app.account.app_secret,
        "subscriptions": [{"type": kind, "topic": topic} for kind, topic in subscriptions],
        "ua": "perennial",
    }
    found = app.bare("POST", "/v1.0/gateway/connections/open", asked)
    if isinstance(found, Reply):
        return found
    endpoint, ticket = word(found.get("endpoint")), word(found.get("ticket"))
    if not endpoint or not ticket:
        return nothing_said("no endpoint or ticket")
    return Place(endpoint, ticket)


def read_frame(text: str) -> Frame | None:
    """None: not a frame."""
    try:
        frame = json.loads(text)
        headers = {str(key): str(value) for key, value in frame["headers"].items()}
        kind, inner = str(frame["type"]), str(frame.get("data") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    try:
        data = json.loads(inner) if inner else {}
    except (ValueError, RecursionError):
        data = {}
    return Frame(
        kind,
        headers.get("topic", ""),
        headers.get("messageId", ""),
        headers,
        inner,
        data if isinstance(data, dict) else {},
    )


def acknowledge(frame: Frame, *, accepted: bool = True, answer: Mapping[str, Any] | None = None) -> str | None:
    """What is sent back. A ping gets its own data; an event says that it was taken, or is to come again (`accepted`
    false); a callback gets `answer`. None: nothing is expected."""
    if frame.last:
        return None
    if frame.kind == "SYSTEM":
        data = frame.text
    elif frame.kind == "EVENT":
        data = json.dumps({"status": "SUCCESS" if accepted else "LATER", "message": "success" if accepted else "later"})
    else:
        data = json.dumps({"response": answer if answer is not None else {}}, ensure_ascii=False)
    return json.dumps(
        {
            "code": 200 if accepted else 500,
            "headers": {"contentType": "application/json", "messageId": frame.message_id},
            "message": "OK" if accepted else "later",
            "data": data,
        },
        ensure_ascii=False,
    )

"""What a platform sends to an address of ours: whether it is theirs, what it says, what it wants to hear.

One `Opened` per request. Nothing is done here: what it says is written down (`events`) and followed later (`follow`).
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perennial.channels import Envelope, Forged, Seen, dingtalk, feishu, wecom
from perennial.messages import Setup

Clock = Callable[[], float]
LONGEST = 500  # characters of a word of theirs that we keep
JSON, TEXT = "application/json", "text/plain; charset=utf-8"
RECEIVED = "已收到，正在处理"


@dataclass(frozen=True, slots=True)
class Request:
    """As it came. `source`: the address of whoever sent it."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    source: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What happened there. `what`: agree, refuse, done, gone, or '' for what we do not follow; `about`: our key of a
    card or to-do, or their number of it; `remote`: the account that acted; `at_ms`: when, by their clock."""

    id: str
    kind: str
    what: str = ""
    about: str = ""
    remote: str = ""
    said: Mapping[str, str] = field(default_factory=dict[str, str])
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """A request that is theirs, and the answer that it wants. `heard` None: they only try the address."""

    heard: Heard | None
    answer: str = ""
    media: str = TEXT


def opens(made: Setup) -> bool:
    """Whether this channel is set up to be called."""
    if made.kind != "app":
        return False
    if made.channel == "feishu":
        return bool(made.secrets.get("verification_token"))
    if made.channel == "dingtalk" and made.text("events") == "stream":
        return False
    return bool(made.secrets.get("callback_token") and made.secrets.get("callback_key"))


def open_(made: Setup, request: Request, clock: Clock, seen: Seen) -> Opened:
    """What it says. `Forged` where it is not theirs."""
    return _OPENED[made.channel](made, request, clock, seen)


def _dingtalk(made: Setup, request: Request, clock: Clock, seen: Seen) -> Opened:
    callback = dingtalk.Callback(_envelope(made, made.text("app_key"), clock, seen))
    if request.method != "POST":
        raise Forged("sealed")
    event = callback.open(request.query, request.body)
    heard = None if event.get("EventType") == "check_url" else read_dingtalk(event)
    return Opened(heard, json.dumps(callback.success()), JSON)


def _wecom(made: Setup, request: Request, clock: Clock, seen: Seen) -> Opened:
    callback = wecom.Callback(_envelope(made, made.text("corp_id"), clock, seen))
    if request.method == "GET":
        return Opened(None, callback.verify(request.query))
    return Opened(read_wecom(callback.open(request.query, request.body)))


def _feishu(made: Setup, request: Request, clock: Clock, seen: Seen) -> Opened:
    callback = feishu.Callback(
        made.secrets["verification_token"], made.secrets.get("encrypt_key", ""), clock, seen
    )  # fmt: skip
    if request.method != "POST":
        raise Forged("sealed")
    found = callback.open(request.headers, request.body)
    if isinstance(found, feishu.Challenge):
        return Opened(None, json.dumps(dict(found.answer)), JSON)
    answer = {"toast": {"type": "info", "content": RECEIVED}} if found.kind == _PRESSED else {}
    return Opened(read_feishu(found), json.dumps(answer, ensure_ascii=False), JSON)


_OPENED: Mapping[str, Callable[[Setup, Request, Clock, Seen], Opened]] = {
    "dingtalk": _dingtalk,
    "wecom": _wecom,
    "feishu": _feishu,
}


def _envelope(made: Setup, receiver: str, clock: Clock, seen: Seen) -> Envelope:
    return Envelope(made.secrets["callback_token"], made.secrets["callback_key"], receiver, clock, seen)


_FINISHED = {"agree": "agree", "refuse": "refuse"}


def read_dingtalk(event: Mapping[str, Any], event_id: str = "", kind: str = "") -> Heard:
    """`event_id`, `kind`: as Stream names them beside the event."""
    kind = kind or _word(event.get("EventType"))
    id_ = event_id or _word(event.get("eventId")) or _digest(event)
    if kind == "bpms_task_change" and event.get("type") == "finish":
        what = _FINISHED.get(_word(event.get("result")), "")
        said = {"remark": _word(event.get("remark"))} if event.get("remark") else {}
        return Heard(id_, kind, what, _word(event.get("processInstanceId")), _word(event.get("staffId")), said)
    return Heard(id_, kind)  # what became of to-dos the reconciling looks up: how their events are called is not known


def read_wecom(event: Mapping[str, Any]) -> Heard:
    """WeCom repeats an event word for word; two presses within one second differ in the card or the button."""
    kind = _word(event.get("Event") or event.get("MsgType"))
    number = _word(event.get("MsgId"))
    told = [_word(event.get(key)) for key in ("FromUserName", "CreateTime", "Event", "TaskId", "EventKey")]
    id_ = number or (_digest(told) if told[0] and told[1] else _digest(event))
    button = _word(event.get("EventKey"))
    if kind != "template_card_event" or button not in ("agree", "done"):
        return Heard(id_, kind, remote=told[0])
    code = _word(event.get("ResponseCode"))
    at_ms = _number(event.get("CreateTime")) * 1000 + 999  # within that second, so perhaps at its end
    return Heard(id_, kind, button, _word(event.get("TaskId")), told[0], {"code": code} if code else {}, at_ms)


_PRESSED = "card.action.trigger"
_TASK_DONE, _TASK_GONE = 5, 7  # obj_type of a changed task; who did it is not said


def read_feishu(event: feishu.Event) -> Heard:
    data = event.data
    id_ = event.id or _digest({"kind": event.kind, **data})
    if event.kind == _PRESSED:
        value, operator = _inner(_inner(data, "action"), "value"), _inner(data, "operator")
        what = "agree" if value.get("what") == "agree" else ""
        return Heard(id_, event.kind, what, _word(value.get("card")), _word(operator.get("open_id")))
    if event.kind == "task.task.updated_v1":
        what = {_TASK_DONE: "done", _TASK_GONE: "gone"}.get(_number(data.get("obj_type")), "")
        return Heard(id_, event.kind, what, _word(data.get("task_id") or data.get("task_guid")), at_ms=event.at_ms)
    return Heard(id_, event.kind)


def _inner(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _word(value: Any) -> str:
    """A word of theirs as the database takes it."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
    return text.replace("\0", "")[:LONGEST]


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isascii() and str(value).isdigit() else 0


def _digest(event: Any) -> str:
    """The same words, the same event."""
    return hashlib.sha256(json.dumps(event, sort_keys=True, ensure_ascii=True, default=str).encode()).hexdigest()

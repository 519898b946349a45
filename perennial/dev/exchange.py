"""What came in and what goes out: plain data, shared by the wire and by everything that answers."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Request:
    service: str  # dingtalk_old, dingtalk, wecom, feishu, aliyun, tencent
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in small letters
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> dict[str, Any] | None:
        """None: not an object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.text, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    kind: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came and what was done with it. The same request twice is two of them."""

    number: int
    at: float  # seconds since 1970 by the server's clock
    service: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str
    status: int  # 0: no answer was given
    answer: str
    fault: str = ""  # the failure asked for, if one was


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that took place on the other side: a message that people see, a to-do, an approval."""

    number: int
    service: str
    kind: str  # robot, notice, chat, todo, approval, card, sms
    to: str  # whom it reached
    key: str  # what the protocol gives for telling a repetition (sourceId, uuid, OutId, SessionContext), else ""
    id: str  # the other side's number for it
    content: Any


def said(body: object, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), headers=headers)


Door = TypeVar("Door")


def route(doors: Iterable[tuple[str, str, Door]], request: Request) -> tuple[Door, re.Match[str]] | None:
    """The first door of this method whose pattern is the whole path."""
    for method, pattern, door in doors:
        if method == request.method and (found := re.fullmatch(pattern, request.path)):
            return door, found
    return None

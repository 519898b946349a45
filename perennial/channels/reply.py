"""What came of one call. The same for every way out: docs/decisions/0026."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

State = Literal["sent", "temporary", "permanent", "uncertain"]
DETAIL_LENGTH = 500
_NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reply:
    """`sent`: accepted. `temporary`: try again later. `permanent`: never so. `uncertain`: the request was sent and the
    answer never came."""

    state: State
    why: str = ""  # a code of ours, see `WHYS`
    detail: str = ""  # what the other side said, without secrets
    remote_id: str = ""  # its number for the message
    wait_s: float | None = None  # how long it asked us to wait
    undelivered: Mapping[str, str] = field(default_factory=lambda: _NOBODY)  # recipient -> why, where some were refused

    def __post_init__(self) -> None:
        if len(self.detail) > DETAIL_LENGTH:
            object.__setattr__(self, "detail", self.detail[: DETAIL_LENGTH - 1] + "…")

    @property
    def accepted(self) -> bool:
        return self.state == "sent"


WHYS = {
    "cut": "sent, but the text was too long and was cut",
    "duplicate": "the other side had it already",
    "throttled": "too many calls; `wait_s` says how long to rest",
    "busy": "the other side says that it is busy",
    "http": "an HTTP status that says no more than itself",
    "nonsense": "an answer that is not of the protocol, whatever its status",
    "unreachable": "no connection; nothing was sent",
    "timeout": "the time was over",
    "broken": "the connection broke",
    "redirect": "it leads to another server, or in circles",
    "signature": "the signature or its clock is not accepted",
    "credentials": "the token, key or secret is not accepted",
    "permission": "the application may not do this",
    "ip": "our address is not on their list",
    "keyword": "the words that the robot asks for are not in the text",
    "content": "words or a template that are not let through",
    "bad_request": "a parameter is wrong or missing",
    "too_long": "a text or list is too long",
    "no_such_recipient": "nobody is there under this name or number",
    "not_found": "the thing that is spoken of is not there",
    "gone": "the group, the robot or the service was closed",
    "quota": "the money or the allowance is used up",
    "refused": "a refusal that we have no word for: see the detail",
}
"""Why -> what it means."""


def temporary(why: str, detail: str = "", wait_s: float | None = None) -> Reply:
    return Reply("temporary", why, detail, wait_s=wait_s)


def permanent(why: str, detail: str = "") -> Reply:
    return Reply("permanent", why, detail)

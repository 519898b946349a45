"""Failing on command: what is to go wrong, where, how often.

A kind is one of `KINDS`, or one with a value behind a colon:
  code:130101       what that protocol says with this code (table `errors`)
  status:503        this status, with words instead of JSON; status:429 says how long to wait
  slow:3            accepted, answered after 3 seconds
  offline:2400      every request to the service gets a 5xx for so many seconds of its clock, then healthy
  drip:0.1          accepted; the answer comes one byte at a time, with so many seconds between them
  echo:502          nothing is accepted, and everything that was sent stands in the answer: a page with this status
  echo:json         the same in the shape of the protocol
  partial:lin|he    these of the recipients are refused, the others are reached
"""

import fnmatch
import threading
from dataclasses import dataclass

KINDS = {
    "html": "a page of HTML with status 200; nothing is accepted",
    "nonsense": "words that are no JSON with status 200; nothing is accepted",
    "empty": "nothing at all with status 200; nothing is accepted",
    "list": "JSON of another shape with status 200; nothing is accepted",
    "object": "a JSON object that says nothing, with status 200; nothing is accepted",
    "huge": "an answer of eight million bytes; nothing is accepted",
    "truncated": "accepted; the connection ends in the middle of the answer",
    "reset_before": "the connection is reset when the request is read; nothing is accepted",
    "reset_after": "accepted; the connection is reset instead of an answer",
    "silent": "accepted; no answer ever comes",
    "drop": "an answer of success; nothing is accepted",
    "redirect": "moved to a host that does not exist; redirect:URL to that one",
    "redirect_here": "moved to another path of the same host, which answers",
    "redirect_loop": "moved to itself, for ever",
    "expire": "all tokens of the service are revoked, then it answers",
    "blocked": "DingTalk's wall for an address that called too often: JSON that is not of the protocol",
    "throttle": "the service's own answer for too many calls",
}
VALUED = ("code", "status", "slow", "offline", "partial", "redirect", "echo", "drip")


@dataclass(slots=True)
class Fault:
    """`path` is a pattern over `/path` or `service:/path`; the first `after` requests that match are left alone."""

    path: str
    kind: str
    times: int
    after: int = 0

    def matches(self, service: str, path: str) -> bool:
        return any(fnmatch.fnmatchcase(name, self.path) for name in (path, f"{service}:{path}"))


class Faults:
    """What is to go wrong, in the order in which it was asked for; each request meets at most one."""

    def __init__(self) -> None:
        self._asked: list[Fault] = []
        self._lock = threading.Lock()
        self._down: dict[str, float] = {}  # service -> until when

    def ask(self, path: str, kind: str, times: int = 1, after: int = 0) -> None:
        if kind not in KINDS and kind.partition(":")[0] not in VALUED:
            raise ValueError(f"{kind}: one of {', '.join(KINDS)}, or {', '.join(VALUED)} with a value")
        with self._lock:
            self._asked.append(Fault(path, kind, times, after))

    def clear(self) -> None:
        with self._lock:
            self._asked.clear()
            self._down.clear()

    def meet(self, service: str, path: str, at: float) -> str:
        """The kind that this request meets; "" for none."""
        with self._lock:
            for fault in self._asked:
                if fault.times and fault.matches(service, path):
                    if fault.after:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    kind, _, value = fault.kind.partition(":")
                    if kind == "offline":
                        self._down[service] = at + float(value)
                        break
                    return fault.kind
            return "offline" if at < self._down.get(service, 0) else ""

    def left(self) -> list[Fault]:
        with self._lock:
            return [fault for fault in self._asked if fault.times]

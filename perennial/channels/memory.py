"""What the clients of one process remember: tokens until they expire, and when robots last spoke."""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from perennial.channels.reply import Reply

EARLY = 1 / 12  # of its life, a token is renewed before it ends: ten minutes of two hours


@dataclass(slots=True)
class _Slot:
    """One application's token."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str = field(default="", repr=False)
    until: float = 0.0


@dataclass(slots=True)
class Pace:
    """At most `count` messages in any `seconds`, for each of `limits`; a pause when the other side asked for one."""

    limits: tuple[tuple[int, float], ...]
    sent_at: deque[float] = field(default_factory=lambda: deque[float]())
    paused_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, now: float) -> float:
        """0: speak now, and it is counted. Else the seconds to wait, and nothing is counted."""
        with self.lock:
            longest = max(seconds for _, seconds in self.limits)
            while self.sent_at and not 0 <= now - self.sent_at[0] < longest:
                self.sent_at.popleft()
            waits = [self.paused_until - now]
            for count, seconds in self.limits:
                within = [one for one in self.sent_at if now - one < seconds]
                if len(within) >= count:
                    waits.append(within[-count] + seconds - now)
            wait = max(waits)
            if wait <= 0:
                self.sent_at.append(now)
                return 0.0
            return wait

    def pause(self, until: float) -> None:
        with self.lock:
            self.paused_until = max(self.paused_until, until)


class Memory:
    """Shared by threads. A process has one, `MEMORY`; tests bring their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[Hashable, _Slot] = {}
        self._paces: dict[Hashable, Pace] = {}

    def pace(self, key: Hashable, limits: tuple[tuple[int, float], ...]) -> Pace:
        with self._lock:
            return self._paces.setdefault(key, Pace(limits))

    def token(self, key: Hashable, now: float, fetch: Callable[[], tuple[str, float] | Reply]) -> str | Reply:
        """The token of `key`; asked for once in its life, however many threads want it. `fetch`: (token, seconds)."""
        slot = self._slot(key)
        with slot.lock:
            if slot.token and now < slot.until:
                return slot.token
            found = fetch()
            if isinstance(found, Reply):
                return found
            slot.token, lives_s = found
            slot.until = now + lives_s * (1 - EARLY)
            return slot.token

    def refuse(self, key: Hashable, token: str) -> None:
        """The other side does not take this token any more. A newer one stays."""
        slot = self._slot(key)
        with slot.lock:
            if slot.token == token:
                slot.token = ""

    def _slot(self, key: Hashable) -> _Slot:
        with self._lock:
            return self._slots.setdefault(key, _Slot())


MEMORY = Memory()

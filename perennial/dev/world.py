"""The other side's memory: tokens given out, messages accepted, to-dos, approvals, how often who called.

Answers run one after the other in one thread; whoever looks from outside reads lists that only grow.
"""

import itertools
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from typing import Any

from perennial.dev.accounts import Accounts
from perennial.dev.exchange import Effect, Received
from perennial.dev.faults import Faults
from perennial.dev.stream import Stream

TOKEN_S = 7200


def system_clock() -> float:
    """Seconds since 1970. Physical time: these servers stand for somebody else's, whose clock is never ours."""
    return time.time_ns() / 1e9


class World:
    """What the platforms know. `shift_s` moves their clock: 3660 puts ours 61 minutes behind it."""

    def __init__(self, accounts: Accounts | None = None, clock: Callable[[], float] = system_clock) -> None:
        self.accounts = accounts or Accounts()
        self.faults = Faults()
        self.shift_s = 0.0
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Everything as in the beginning; the accounts stay."""
        self.faults.clear()
        self.received: list[Received] = []
        self.effects: list[Effect] = []
        self.todos: dict[str, dict[str, Any]] = {}
        self.approvals: dict[str, dict[str, Any]] = {}
        self.notices: dict[str, dict[str, list[str]]] = {}  # task of a work notice -> who did not get it, by code
        self.cards: dict[str, str] = {}  # response code of a template card -> its message; used codes are gone
        self.token_requests: Counter[str] = Counter()
        self.refused: frozenset[str] = frozenset()  # recipients that the request at hand may not reach
        self.dropping = False  # the request at hand takes no effect
        self.nonces: set[str] = set()
        self.stream = Stream()
        self._tokens: dict[str, tuple[str, str, float]] = {}  # token -> service, application, until when
        self._revoked: dict[str, str] = {}  # token -> service
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._blocked: dict[str, float] = {}
        self._repeated: dict[str, tuple[float, Any]] = {}
        self._number = itertools.count(1)

    def now(self) -> float:
        return self._clock() + self.shift_s

    def number(self) -> int:
        return next(self._number)

    # --- tokens

    def issue(self, service: str, app: str) -> str:
        """The same one while it holds."""
        self.token_requests[service] += 1
        for token, (of, whose, until) in self._tokens.items():
            if (of, whose) == (service, app) and self.now() < until:
                return token
        token = f"{service}-{secrets.token_hex(16)}"
        self._tokens[token] = (service, app, self.now() + TOKEN_S)
        return token

    def holds(self, service: str, token: str) -> str:
        """good, expired, revoked or unknown"""
        if token in self._revoked:
            return "revoked"
        of, _, until = self._tokens.get(token, ("", "", 0.0))
        if of != service:
            return "unknown"
        return "good" if self.now() < until else "expired"

    def revoke(self, service: str) -> None:
        """All tokens of the service stop to hold, as when somebody fetched a new one or changed the secret."""
        for token in [one for one, (of, _, _) in self._tokens.items() if of == service]:
            self._revoked[token] = service
            del self._tokens[token]

    # --- how often

    def too_fast(self, who: str, limit: int, span_s: float, block_s: float = 0) -> bool:
        """Whether this call is beyond `limit` within `span_s`; then `who` is blocked for `block_s`."""
        now, calls = self.now(), self._calls[who]
        while calls and calls[0] <= now - span_s:
            calls.popleft()
        if now < self._blocked.get(who, 0):
            return True
        if len(calls) >= limit:
            self._blocked[who] = now + block_s
            return True
        calls.append(now)
        return False

    def repeated(self, what: str, span_s: float) -> Any:
        """What was remembered under this name within the span, else None."""
        at, found = self._repeated.get(what, (0.0, None))
        return found if self.now() < at + span_s else None

    def remember(self, what: str, found: Any) -> None:
        if not self.dropping:
            self._repeated[what] = (self.now(), found)

    def replayed(self, nonce: str) -> bool:
        """Whether it was used before; from now on it was."""
        used = nonce in self.nonces
        self.nonces.add(nonce)
        return used

    # --- what takes place

    def accept(self, service: str, kind: str, to: str, content: Any, key: str = "", id: str = "") -> Effect:
        number = self.number()
        effect = Effect(number, service, kind, to, key, id or f"{kind}-{number}", content)
        if not self.dropping:
            self.effects.append(effect)
        return effect

    def reached(self, kind: str = "", to: str = "") -> list[Effect]:
        """What took place, in its order: `reached("robot")`, `reached(to="lin")`."""
        return [one for one in self.effects if kind in ("", one.kind) and to in ("", one.to)]

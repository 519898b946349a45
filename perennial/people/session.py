"""Sessions: who is behind a cookie. The token is shown once; the table keeps its hash."""

import contextlib
import hashlib
import secrets
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from perennial.kernel import SYSTEM, Actor, Database, Problem, Tx, statements

LIFE_DAYS = 14
_SQL = statements(__file__, "session.sql")


class LoggedOut(Problem):
    """Nobody is behind this request. Log in, then send again."""

    status: ClassVar[int] = 401


@dataclass(frozen=True, slots=True)
class Session:
    """A fresh session; `token` goes into the cookie and is stored nowhere, `csrf` is sent back with each write."""

    person_id: int
    token: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What access needs to know of the acting person: read with the session, so that it costs no round trip."""

    person_id: int | None
    roles: frozenset[int]
    may: frozenset[str]
    language: str = "zh"
    csrf: str = ""


_SYSTEM = Standing(None, frozenset(), frozenset({"design", "import", "release", "people"}))
_standing: "WeakKeyDictionary[Tx, Standing]" = WeakKeyDictionary()


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def open_session(tx: Tx, person_id: int, *, address: str = "", agent: str = "") -> Session:
    """The person is logged in; sessions that have run out are gone."""
    session = Session(person_id, secrets.token_urlsafe(32), secrets.token_urlsafe(24))
    tx.run("DELETE FROM people.session WHERE expires_at < clock_timestamp()")
    tx.run(
        _SQL["open"],
        {
            "hash": hash_token(session.token), "person": person_id, "csrf": session.csrf,
            "days": LIFE_DAYS, "address": address, "agent": agent[:200],
        },
    )  # fmt: skip
    return session


def become(tx: Tx, token: str | None, *, csrf: str | None = None, writes: bool = False) -> Standing:
    """The transaction is from here on that of the person whose session `token` is. One statement.

    With `writes`, `csrf` must be the session's.
    errors   LoggedOut people.logged_out · LoggedOut people.csrf
    """
    row = tx.one(_SQL["enter"], {"hash": hash_token(token)}) if token else None
    if row is None:
        raise LoggedOut("people.logged_out")
    if writes and not secrets.compare_digest(row["csrf"].encode(), (csrf or "").encode()):
        raise LoggedOut("people.csrf")
    tx.actor = Actor("person", row["id"], row["label"])
    _standing[tx] = found = _standing_of(row)
    return found


@contextlib.contextmanager
def enter(database: Database, token: str | None, *, csrf: str | None = None, writes: bool = False) -> Generator[Tx]:
    """A transaction of the person whose session `token` is; `become` says the rest."""
    with database.begin(SYSTEM) as tx:
        become(tx, token, csrf=csrf, writes=writes)
        yield tx


def prolong(tx: Tx, token: str) -> None:
    """A session in use goes on: in its second half it is good for the whole time again."""
    tx.run(_SQL["prolong"], {"hash": hash_token(token), "days": LIFE_DAYS})


def standing(tx: Tx) -> Standing:
    """Roles, system rights and language of the actor; the system has every system right."""
    if tx.actor.kind == "system":
        return _SYSTEM
    known = _standing.get(tx)
    if known is None or known.person_id != tx.actor.id:
        row = tx.one(_SQL["standing"], {"person": tx.actor.id})
        known = _standing_of(row) if row else Standing(tx.actor.id, frozenset(), frozenset())
        _standing[tx] = known
    return known


def forget_standing(tx: Tx) -> None:
    """What was read of the actor's roles is read again: they have changed in this transaction."""
    _standing.pop(tx, None)


def _standing_of(row: dict[str, Any]) -> Standing:
    return Standing(row["id"], frozenset(row["roles"]), frozenset(row["may"]), row["language"], row.get("csrf", ""))

"""Sessions: who is behind a cookie. The token is shown once; the table keeps its hash."""

import contextlib
import hashlib
import secrets
from collections.abc import Collection, Generator
from dataclasses import dataclass
from typing import Any, ClassVar

from perennial.kernel import Database, Lookup, Missing, Problem, Tx, statements

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


def behind(token: str | None) -> Lookup:
    """Who is behind a session: begin a transaction with it and the session costs no round trip of its own."""
    if not token:
        raise LoggedOut("people.logged_out")
    return Lookup(_SQL["enter"], {"hash": hash_token(token)})


def admit(tx: Tx, csrf: str | None) -> None:
    """A write comes from the person's own page: `csrf` is the value of the session that `tx` began with."""
    if not secrets.compare_digest(str(tx.entered.get("csrf", "")).encode(), (csrf or "").encode()):
        raise LoggedOut("people.csrf")


@contextlib.contextmanager
def enter(database: Database, token: str | None, *, csrf: str | None = None, writes: bool = False) -> Generator[Tx]:
    """A transaction of the person whose session `token` is. With `writes`, `csrf` must be the session's.

    errors   LoggedOut people.logged_out · LoggedOut people.csrf
    """
    try:
        with database.begin(behind(token)) as tx:
            if writes:
                admit(tx, csrf)
            yield tx
    except Missing as error:
        raise logged_out(error) from error


def logged_out(error: Missing) -> Problem:
    """A begin that found no session means: log in. Every other Missing stays."""
    return LoggedOut("people.logged_out") if error.code == "kernel.nobody" else error


def prolong(tx: Tx, token: str) -> None:
    """A session in use goes on: in its second half it is good for the whole time again."""
    tx.run(_SQL["prolong"], {"hash": hash_token(token), "days": LIFE_DAYS})


def standing(tx: Tx) -> Standing:
    """Roles, system rights and language of the actor; the system has every system right."""
    if tx.actor.kind == "system":
        return _SYSTEM
    known: Standing | None = tx.memo.get(_STANDING)
    if known is None or known.person_id != tx.actor.id:
        entered = tx.entered if "roles" in tx.entered and _STANDING not in tx.memo else None
        row = entered or tx.one(_SQL["standing"], {"person": tx.actor.id})
        known = tx.memo[_STANDING] = _standing_of(row) if row else Standing(tx.actor.id, frozenset(), frozenset())
    return known


def standings(tx: Tx, tokens: Collection[str]) -> dict[str, Standing]:
    """Who is behind each of these sessions; one that has ended is absent."""
    hashes = {hash_token(token): token for token in tokens}
    rows = tx.rows(_SQL["standings"], {"hashes": list(hashes)})
    return {hashes[bytes(row["token_hash"])]: _standing_of(row) for row in rows}


def forget_standing(tx: Tx) -> None:
    """What was read of the actor's roles is read again: they have changed in this transaction."""
    tx.memo[_STANDING] = None


_STANDING = "people.standing"


def _standing_of(row: dict[str, Any]) -> Standing:
    return Standing(row["id"], frozenset(row["roles"]), frozenset(row["may"]), row["language"], row.get("csrf", ""))

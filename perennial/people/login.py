"""Logging in and out.

A wrong attempt is counted before the password is looked at and taken back when it was right, so that a hundred guesses
at once count as a hundred. Five wrong ones in ten minutes, per account and per address, close the door for the rest of
the ten minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from perennial.kernel import SYSTEM, Busy, Database, Invalid, Tx, statements
from perennial.people.password import matches
from perennial.people.session import Session, hash_token, open_session

ATTEMPTS = 5
WINDOW_MINUTES = 10
_SQL = statements(__file__, "login.sql")


def login(database: Database, account: str, password: str, *, address: str, agent: str = "") -> Session:
    """A new session of the active person whose account and password these are.

    Three short transactions, because a refused attempt must be remembered.
    errors   Invalid people.login_wrong(left) · Busy people.login_throttled(minutes)
    """
    account = account.strip().lower()[:200]
    subjects = [f"account:{account}", f"address:{address}"]
    with database.begin(SYSTEM) as tx:
        tried = _reserve(tx, subjects)
        person = None if tried.minutes else tx.one(_SQL["find"], {"account": account})
    if tried.minutes:
        raise Busy("people.login_throttled", path="password", minutes=tried.minutes)
    stored = person["password_hash"] if person else None
    if not matches(password, stored) or person is None:
        if tried.wrong >= ATTEMPTS:
            raise Busy("people.login_throttled", path="password", minutes=WINDOW_MINUTES)
        left = ATTEMPTS - tried.wrong
        if left == 1:
            raise Invalid("people.login_last", path="password", left=left)
        raise Invalid("people.login_wrong", path="password", left=left)
    with database.begin(SYSTEM) as tx:
        tx.run(_SQL["forgive"], {"ids": tried.ids, "account": subjects[0]})
        return open_session(tx, person["id"], address=address, agent=agent)


@dataclass(frozen=True, slots=True)
class _Tried:
    minutes: int | None = None  # to wait: too many already, this attempt was not counted
    wrong: int = 0
    ids: Sequence[int] = ()


def _reserve(tx: Tx, subjects: list[str]) -> _Tried:
    """Count this attempt as wrong for now."""
    tx.run(_SQL["lock"], {"subjects": sorted(subjects)})
    tx.run(_SQL["forget"], {"window": WINDOW_MINUTES})
    minutes = tx.value(_SQL["wait"], {"subjects": subjects, "attempts": ATTEMPTS, "window": WINDOW_MINUTES})
    if minutes is not None:
        return _Tried(minutes=minutes)
    ids = [row["id"] for row in tx.rows(_SQL["reserve"], {"subjects": subjects})]
    return _Tried(wrong=tx.value(_SQL["wrong"], {"subjects": subjects}), ids=ids)


def logout(tx: Tx, token: str) -> None:
    """The session behind `token` has ended."""
    tx.run("DELETE FROM people.session WHERE token_hash = %(hash)s", {"hash": hash_token(token)})

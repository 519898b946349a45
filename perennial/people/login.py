"""Logging in and out.

A wrong attempt is counted before the password is looked at and taken back when it was right, so that a hundred guesses
at once count as a hundred. Five wrong ones in ten minutes for one account from one address close that door for the rest
of the ten minutes: colleagues behind the same address, and the same person elsewhere, are not shut out by it. Against
who tries many accounts from one address, or one account from many, stand wider bounds.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perennial.kernel import SYSTEM, Busy, Database, Invalid, Tx, statements
from perennial.people.password import matches
from perennial.people.session import Session, hash_token, open_session

ATTEMPTS = 5  # for one account from one address
ADDRESS_ATTEMPTS = 50  # from one address for any accounts: an office of two hundred mistypes less in ten minutes
ACCOUNT_ATTEMPTS = 50  # for one account from any addresses
WINDOW_MINUTES = 10
_SQL = statements(__file__, "login.sql")


def login(database: Database, account: str, password: str, *, address: str, agent: str = "") -> Session:
    """A new session of the active person whose account and password these are.

    Three short transactions, because a refused attempt must be remembered.
    errors   Invalid people.login_wrong(left) · Busy people.login_throttled(minutes)
    """
    account = account.strip().lower()[:200]
    subjects = _subjects(account, address)
    with database.begin(SYSTEM) as tx:
        tried = _reserve(tx, subjects)
        person = None if tried.minutes else tx.one(_SQL["find"], {"account": account})
    if tried.minutes:
        raise Busy("people.login_throttled", path="password", minutes=tried.minutes)
    stored = person["password_hash"] if person else None
    if not matches(password, stored) or person is None:
        if tried.left <= 0:
            raise Busy("people.login_throttled", path="password", minutes=WINDOW_MINUTES)
        if tried.left == 1:
            raise Invalid("people.login_last", path="password", left=1)
        raise Invalid("people.login_wrong", path="password", left=tried.left)
    with database.begin(SYSTEM) as tx:
        tx.run(_SQL["forgive"], {"ids": tried.ids, "pair": next(iter(subjects))})
        return open_session(tx, person["id"], address=address, agent=agent)


@dataclass(frozen=True, slots=True)
class _Tried:
    minutes: int | None = None  # to wait: too many already, this attempt was not counted
    left: int = 0
    ids: Sequence[int] = ()


def _subjects(account: str, address: str) -> dict[str, int]:
    """What is counted, the narrowest first, with how many wrong attempts each may have."""
    address = _network(address)
    return {
        f"both:{address} {account}": ATTEMPTS, f"address:{address}": ADDRESS_ATTEMPTS,
        f"account:{account}": ACCOUNT_ATTEMPTS,
    }  # fmt: skip


def _network(address: str) -> str:
    """Of an IPv6 address the network of one household or office counts, since its owner has 2^64 of them."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address


def _reserve(tx: Tx, subjects: Mapping[str, int]) -> _Tried:
    """Count this attempt as wrong for now."""
    bounds = {"subjects": list(subjects), "bounds": list(subjects.values())}
    tx.run(_SQL["lock"], {"subjects": sorted(subjects)})
    tx.run(_SQL["forget"], {"window": WINDOW_MINUTES})
    minutes = tx.value(_SQL["wait"], {**bounds, "window": WINDOW_MINUTES})
    if minutes is not None:
        return _Tried(minutes=minutes)
    ids = [row["id"] for row in tx.rows(_SQL["reserve"], {"subjects": list(subjects)})]
    return _Tried(left=tx.value(_SQL["left"], bounds), ids=ids)


def wrong_attempt(tx: Tx, door: str, address: str) -> int | None:
    """Somebody at this address knocked at a door without its secret. Whole minutes until they may again, when there
    were too many already."""
    return _reserve(tx, {f"{door}:{_network(address)}": ADDRESS_ATTEMPTS}).minutes


def logout(tx: Tx, token: str) -> None:
    """The session behind `token` has ended."""
    tx.run("DELETE FROM people.session WHERE token_hash = %(hash)s", {"hash": hash_token(token)})

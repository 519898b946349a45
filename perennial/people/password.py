"""Passwords: argon2id, never stored, never logged."""

import functools
import hashlib

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from perennial.kernel import Invalid, Missing, Tx
from perennial.people.administration import rights_of, within

LENGTH_MIN = 8
KINDS_MIN = 4  # different characters: eight spaces are no password
LENGTH_MAX = 200  # hashing a megabyte is a way to keep the server busy

_hasher = PasswordHasher()


@functools.cache
def _nobody() -> str:
    """What a wrong account is compared with, so that it takes as long as a wrong password."""
    return _hasher.hash("nobody")


def hashed(password: str, *, path: str = "password") -> str:
    """The hash to store; a password too short or too long is refused at `path`."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise Invalid("people.password_length", path=path, least=LENGTH_MIN, most=LENGTH_MAX)
    if len(set(password)) < KINDS_MIN:
        raise Invalid("people.password_plain", path=path, least=KINDS_MIN)
    return _hasher.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether `password` belongs to the stored hash; a missing hash takes the same time and never matches."""
    try:
        return _hasher.verify(stored or _nobody(), password[:LENGTH_MAX]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def set_password(tx: Tx, person_id: int, password: str) -> None:
    """The person logs in with `password` from now on; every session of theirs has ended.

    errors   Denied people.beyond_own: who sets a password could log in with it, so the person may do no more than they
    """
    within(tx, rights_of(tx, person_id))
    tx.run(
        "UPDATE people.person SET password_hash = %(hash)s WHERE id = %(id)s",
        {"id": person_id, "hash": hashed(password)},
    )
    tx.run("DELETE FROM people.session WHERE person_id = %(id)s", {"id": person_id})


def change_password(tx: Tx, old: str, new: str, *, keep: str | None = None) -> None:
    """The acting person changes their own password; of their sessions only the one with token `keep` goes on."""
    row = tx.one("SELECT password_hash FROM people.person WHERE id = %(me)s FOR UPDATE")
    if row is None:
        raise Missing("people.no_person")
    if not matches(old, row["password_hash"]):
        raise Invalid("people.password_wrong", path="old")
    tx.run(
        "UPDATE people.person SET password_hash = %(hash)s WHERE id = %(me)s",
        {"hash": hashed(new, path="new")},
    )
    tx.run(
        "DELETE FROM people.session WHERE person_id = %(me)s AND token_hash IS DISTINCT FROM %(keep)s",
        {"keep": hashlib.sha256(keep.encode()).digest() if keep else None},
    )

"""Colleagues and records of the renewal app; each takes only what matters to the test."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from builders import install_renewal

from perennial import access, people, records
from perennial.kernel import Actor, Database, Tx


def person(tx: Tx, name: str, *, roles: tuple[str, ...] = ()) -> int:
    """A colleague; the account is a number nobody else has."""
    taken = tx.value("SELECT count(*) FROM people.person")
    return people.create(tx, f"p{taken + 1}", name, roles=roles)


def open_office(tx: Tx, *roles: Mapping[str, Any], password: str) -> None:
    """The renewal app with these roles, and its administrator `boss`."""
    people.first_administrator(tx, "boss", "周予安", password)
    install_renewal(tx)
    access.publish(tx, [access.load(role) for role in roles])


def representatives(tx: Tx, role: Mapping[str, Any], *, password: str | None = None) -> tuple[int, int]:
    """The renewal app with the role `rep`, held by two: `he` and `yu`."""
    install_renewal(tx)
    access.publish(tx, [access.load(role)])
    he, yu = (people.create(tx, account, name, roles=["rep"], password=password)
              for account, name in (("he", "何知远"), ("yu", "周予安")))  # fmt: skip
    return he, yu


@contextmanager
def acting(database: Database, person_id: int, name: str = "") -> Generator[Tx]:
    """A transaction of that colleague."""
    with database.begin(Actor("person", person_id, name)) as tx:
        yield tx


def customer(tx: Tx, **values: Any) -> int:
    return records.create(tx, "customer", {"name": "厦门屿岸", **values})


def contract(tx: Tx, **values: Any) -> int:
    """A contract of a year that ends on 2026-12-31, of a customer of its own unless one is given."""
    if "customer" not in values:
        values["customer"] = customer(tx)
    return records.create(tx, "contract", {"start_date": "2026-01-01", "end_date": "2026-12-31", **values})


def payment(tx: Tx, contract_id: int, amount: str, **values: Any) -> int:
    return records.create(tx, "payment", {"contract": contract_id, "amount": amount, **values})

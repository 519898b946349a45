"""Colleagues and records of the renewal app; each takes only what matters to the test."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from perennial import people, records
from perennial.kernel import Actor, Database, Tx


def person(tx: Tx, name: str, *, roles: tuple[str, ...] = ()) -> int:
    """A colleague; the account is a number nobody else has."""
    taken = tx.value("SELECT count(*) FROM people.person")
    return people.create(tx, f"p{taken + 1}", name, roles=roles)


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

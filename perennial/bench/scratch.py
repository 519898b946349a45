"""A database of its own for a bench: migrated, with the renewal app, dropped afterwards."""

import contextlib
import sys
import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo

from perennial import apps
from perennial.kernel import SYSTEM, Database, Reason, migrate, reached, settings, statements

RAW = Path(__file__).parent / "raw"
ROUNDS = 3


@dataclass(slots=True)
class Scratch:
    """`say` prints progress on stderr; `raw` gives the named statements of a file in raw/."""

    url: str
    database: Database

    def say(self, text: str) -> None:
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def raw(self, file: str) -> dict[str, str]:
        return statements(str(RAW / "x"), file)

    def sql(self, text: str, params: Any = None, *, setup: str = "") -> list[Any]:
        """Run as the raw side does: a plain connection, no actor, no clock."""
        with psycopg.connect(self.url) as connection:
            if setup:
                connection.execute(setup.encode())
            cursor = connection.execute(text.encode(), params)
            return cursor.fetchall() if cursor.description else []

    def explain(self, text: str, params: Any = None) -> None:
        for (line,) in self.sql(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {text}", params):
            self.say(f"  {line}")


@contextlib.contextmanager
def scratch() -> Generator[Scratch]:
    """A fresh database on the workspace's server, with the renewal app published."""
    with reached(settings()) as url:
        name = f"perennial_bench_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        place = conninfo.make_conninfo(url, dbname=name)
        try:
            migrate(place)
            database = Database(place)
            try:
                apps.ensure(database)
                yield Scratch(place, database)
            finally:
                database.close()
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def best_of(sides: dict[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Seconds of every round of every side; each round runs them in the opposite order of the one before."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    for _ in range(rounds):
        for name in order:
            taken[name].append(sides[name]())
        order.reverse()
    return taken


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


PEOPLE = 40


def populate(place: Scratch, contracts: int) -> None:
    """Contracts of a tenth as many customers, owned by 40 people in 4 departments; both sides read these rows."""
    place.say(f"filling {contracts} contracts")
    customers = max(1, contracts // 10)
    with place.database.begin(SYSTEM, Reason("setup")) as tx:
        for statement in place.raw("populate.sql").values():
            tx.run(statement, {"customers": customers, "contracts": contracts, "people": PEOPLE})
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")

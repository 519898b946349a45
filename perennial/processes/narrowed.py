"""Follow rows that were left for the reaction; a failure is narrowed to the row whose it is."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

import psycopg

from perennial.kernel import SYSTEM, Database, Reason, Tx, log
from perennial.processes.advance import Advanced

MOST = 500  # rows at once
ATTEMPTS = 5  # then one is left and shown


class Some(Protocol):
    """Claims and follows at most so many, none of `failed`; `taken` is filled with what it claimed. None: nothing was
    there."""

    def __call__(self, tx: Tx, *, failed: list[int], most: int, taken: list[int]) -> Advanced | None: ...


def follow_all(database: Database, some: Some, failure: str, what: str, then: Callable[[], None]) -> Advanced:
    """Until nothing is left; several workers may. What moved by it.

    failure  the statement that counts a failure: `ids`, `error`
    what     a row, as the log calls it
    then     called behind each commit
    """
    total, failed, most = Advanced(), list[int](), MOST
    while True:
        taken: list[int] = []
        try:
            done = database.run(SYSTEM, partial(some, failed=failed, most=most, taken=taken), Reason("reaction"))
        except psycopg.OperationalError:
            raise
        except Exception as error:
            if not taken:
                raise
            if len(taken) > 1:
                most = 1
                continue
            failed += taken
            told = {"ids": taken, "error": f"{type(error).__name__}: {error}"[:500]}
            database.run(SYSTEM, lambda tx, told=told: tx.run(failure, told), Reason("reaction"))
            log.exception(f"{what} could not be followed", number=taken[0])
            continue
        if done is None:
            return total
        then()
        total.add(done)
        most = min(most * 2, MOST)

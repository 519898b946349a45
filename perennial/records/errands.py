"""What somebody asked for and a worker does: rows of a table whose state goes from queued to running and on.

Each is done once; what goes wrong stands with it. Running one twice is harmless: what is over stays.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from perennial.kernel import SYSTEM, Actor, Busy, Database, Problem, Row, Tx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Errands:
    """A table of them.

    broken          the code of what is ours to mend
    person, label   its columns of who asked
    begins, fails   what else is set then, as SQL
    """

    table: str
    broken: str
    person: str = "person"
    label: str = "label"
    begins: str = ""
    fails: str = ""

    def unfinished(self, tx: Tx) -> list[int]:
        """Those that are not over: each must have a job."""
        rows = tx.rows(f"SELECT id FROM {self.table} WHERE state IN ('queued', 'running') ORDER BY id")
        return [row["id"] for row in rows]

    def run(self, database: Database, number: int, act: Callable[[Row, Actor], T]) -> T | None:
        """What `act` says of the row, for who asked; None when it is over already or went wrong."""
        with database.begin(SYSTEM) as tx:
            row = tx.one(
                f"UPDATE {self.table} SET state = 'running'{self.begins} WHERE id = %(id)s"
                " AND state IN ('queued', 'running') RETURNING *",
                {"id": number},
            )
        if row is None:
            return None
        actor = SYSTEM if row[self.person] is None else Actor("person", row[self.person], row[self.label])
        try:
            return act(row, actor)
        except (Busy, psycopg.OperationalError):
            raise  # another worker, a lock, a lost connection: nothing is wrong with what was asked; the job runs again
        except Problem as problem:
            self._failed(database, number, problem.code, {**problem.facts, "path": problem.path})
            return None
        except Exception:
            self._failed(database, number, self.broken, {})
            raise

    def _failed(self, database: Database, number: int, code: str, facts: dict[str, Any]) -> None:
        with database.begin(SYSTEM) as tx:
            tx.run(
                f"UPDATE {self.table} SET state = 'failed', error = %(error)s::jsonb{self.fails} WHERE id = %(id)s"
                " AND state = 'running'",
                {"id": number, "error": json.dumps({"code": code, "facts": facts}, ensure_ascii=False, default=str)},
            )

"""The queue of long jobs: deferring only. Working them off is the `jobs` edge.

Procrastinate lives in its own schema. A job is a batch, never a row; it is deferred inside the transaction that
wants it, and never with a queueing lock (the second user would wait for the first, then fail).
"""

import functools
from typing import Any

import psycopg

from perennial.kernel.database import Tx

SCHEMA = "procrastinate"


@functools.cache
def _deferring() -> Any:
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector())


def defer(tx: Tx, task: str, *, queue: str = "default", **arguments: Any) -> None:
    """Have a worker run `task` (a name of `perennial.jobs`) once this transaction has committed."""
    path = tx.value("SELECT current_setting('search_path') AS path")
    tx.run("SELECT set_config('search_path', %(path)s, true)", {"path": SCHEMA})
    _deferring().configure_task(task, queue=queue, connection=tx.connection).defer(**arguments)
    tx.run("SELECT set_config('search_path', %(path)s, true)", {"path": path})


def install(connection: "psycopg.Connection[Any]") -> bool:
    """Create the queue's schema when it is not there; True when it was created."""
    if connection.execute("SELECT to_regclass('procrastinate.procrastinate_jobs')").fetchone() != (None,):
        return False
    from procrastinate.schema import SchemaManager

    with connection.transaction():
        connection.execute("CREATE SCHEMA IF NOT EXISTS procrastinate")
        connection.execute("SET LOCAL search_path = procrastinate")
        connection.execute(SchemaManager.get_schema().encode())
    return True

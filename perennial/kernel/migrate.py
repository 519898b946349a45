"""Bring a database to the schema that this program knows.

Each room keeps `migrations/NNNN_name.sql`; they run bottom room first, each in one transaction, once.
"""

from pathlib import Path

import psycopg

from perennial.kernel import calendar, queue
from perennial.kernel.failpoint import fail_point

ROOMS = (
    "kernel", "changes", "files", "formula", "people", "forms", "access",
    "records", "tasks", "messages", "actions", "rules", "processes", "reports", "simulation", "apps", "connect",
    "jobs", "demo",
)  # fmt: skip
_PACKAGE = Path(__file__).parent.parent
_LOCK = 0x706572656E  # advisory: one program migrates, the others wait


def pending(done: set[str]) -> list[tuple[str, Path]]:
    """Migrations not in `done`, in the order in which they run."""
    found = [
        (f"{room}/{path.stem}", path)
        for room in ROOMS
        for path in sorted((_PACKAGE / room / "migrations").glob("*.sql"))
    ]
    return [(name, path) for name, path in found if name not in done]


def migrate(url: str) -> list[str]:
    """Apply what is missing; return the names applied."""
    applied: list[str] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute("SET client_min_messages = warning")
        connection.execute(
            "CREATE SCHEMA IF NOT EXISTS kernel;"
            "CREATE TABLE IF NOT EXISTS kernel.migration"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        done = {row[0] for row in connection.execute("SELECT name FROM kernel.migration")}
        for name, path in pending(done):
            with connection.transaction():
                connection.execute(path.read_text(encoding="utf-8").encode())
                fail_point("kernel.migrating")
                connection.execute("INSERT INTO kernel.migration (name) VALUES (%s)", [name])
            applied.append(name)
            fail_point("kernel.migrated")
        calendar.fill(connection)
        if queue.install(connection):
            applied.append("procrastinate")
    return applied

"""A scratch copy: one snapshot of the workspace, without what a simulation does not read."""

import contextlib
import tempfile
import uuid
from collections.abc import Generator
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from perennial.kernel import Database, pg_tool

# the log of the past, sessions, queued jobs, files being imported, other simulations
_LEFT_OUT = ("changes.*", "people.session", "people.attempt", "procrastinate.*", "imports.*", "simulation.*",
             "messages.attempt")  # fmt: skip


@contextlib.contextmanager
def scratch_copy(url: str) -> Generator[Database]:
    """A database of its own with a snapshot of `url`; its clock stands where that was taken. Dropped at the end.

    errors  Broken kernel.tool_failed
    """
    name = f"perennial_simulation_{uuid.uuid4().hex[:10]}"
    place = make_conninfo(url, dbname=name, options="-c synchronous_commit=off")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    try:
        with tempfile.TemporaryDirectory(prefix="perennial-simulation-") as room:
            dump = Path(room) / "dump"
            left_out = [f"--exclude-table-data={pattern}" for pattern in _LEFT_OUT]
            pg_tool(
                url, "pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-acl", *left_out, f"--file={dump}"
            )
            pg_tool(place, "pg_restore", "--no-owner", "--no-acl", "--exit-on-error", dump)
        with psycopg.connect(place) as connection:
            connection.execute(
                "UPDATE kernel.workspace SET kind = 'scratch', clock_at ="
                " CASE clock_kind WHEN 'manual' THEN clock_at ELSE greatest(now(), clock_at) END, clock_kind = 'manual'"
            )
            connection.execute("UPDATE messages.channel SET released_at = '-infinity'")
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute("ANALYZE")
        database = Database(place, size=4)
        try:
            yield database
        finally:
            database.close()
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

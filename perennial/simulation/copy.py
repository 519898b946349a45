"""A scratch copy: one snapshot of the workspace, without what a simulation does not read."""

import contextlib
import tempfile
import time
import uuid
from collections.abc import Generator
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from perennial.kernel import Database, fail_point, pg_tool, statements

PREFIX = "perennial_simulation_"
DROPS = 50  # tries
# the log of the past (what nobody has reacted to comes by itself), sessions, queued jobs, files being imported, other
# simulations
_LEFT_OUT = ("changes.*", "people.session", "people.attempt", "procrastinate.*", "imports.*", "simulation.*",
             "messages.attempt")  # fmt: skip
_WAITING = "SELECT transaction_id FROM changes.reaction WHERE parked_at IS NULL"
# what signers of approvals under way may be asked about: has a field changed since somebody decided?
_SINCE = """
SELECT c.id, c.transaction_id
  FROM (SELECT f.id AS form_id, a.record_id, min(v.mark) AS mark
          FROM processes.instance i
          JOIN processes.process p ON p.id = i.process_id
          JOIN forms.form f ON f.key = p.form
          JOIN processes.approval a ON a.instance_id = i.id
          JOIN processes.vote v ON v.approval_id = a.id
         WHERE i.state IN ('open', 'suspended') AND v.counts AND v.mark IS NOT NULL GROUP BY 1, 2) m
 CROSS JOIN LATERAL (SELECT c.id, c.transaction_id FROM changes.change c
                      WHERE c.form_id = m.form_id AND c.record_id = m.record_id AND c.id > m.mark OFFSET 0) c
"""
_PENDING = (
    (
        "changes.transaction", "id, xid, actor, reason, at, day",
        f"FROM changes.transaction WHERE id IN ({_WAITING} UNION SELECT transaction_id FROM ({_SINCE}) s)",
    ),
    (
        "changes.change", "id, transaction_id, form_id, record_id, op, fields, before, after",
        f"FROM changes.change WHERE transaction_id IN ({_WAITING}) OR id IN (SELECT id FROM ({_SINCE}) s)",
    ),
    (
        "changes.reaction", "id, transaction_id, form_id, op, fields, attempts, error",
        "FROM changes.reaction WHERE parked_at IS NULL",
    ),
)  # fmt: skip
_SQL = statements(__file__, "copy.sql")


@contextlib.contextmanager
def scratch_copy(url: str) -> Generator[Database]:
    """A database of its own with a snapshot of `url`; its clock stands where that was taken. Dropped at the end.

    Channels that the workspace holds are released in it from 'epoch' on: its messages go to a recorder.

    locks   a session of `url` holds the copy's name while it is in use; one that nobody holds is left over (`sweep`)
    errors  Broken kernel.tool_failed
    """
    with scratch_copies(url, 1) as (copy,):
        yield copy


@contextlib.contextmanager
def scratch_copies(url: str, count: int) -> Generator[list[Database]]:
    """So many of them, all of one snapshot."""
    names = [f"{PREFIX}{uuid.uuid4().hex[:10]}" for _ in range(count)]
    places = [make_conninfo(url, dbname=name, options="-c synchronous_commit=off") for name in names]
    with psycopg.connect(url, autocommit=True) as holder, contextlib.ExitStack() as at_end:
        source = "template0"
        for name, place in zip(names, places, strict=True):
            holder.execute(_SQL["hold"].encode(), {"name": name})
            at_end.callback(_drop, url, name)  # by a connection of its own: the holder may be gone
            holder.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
            if source == "template0":
                fail_point("simulation.created")
                _fill(url, place)
                fail_point("simulation.copied")
                source = name
        databases = [Database(place, size=4) for place in places]
        for database in databases:
            at_end.callback(database.close)
        yield databases


def sweep(url: str) -> int:
    """Copies that nobody holds any more, their program having been killed, are dropped; how many."""
    with psycopg.connect(url, autocommit=True) as connection:
        left = [row[0] for row in connection.execute(_SQL["left_over"].encode(), {"prefix": PREFIX})]
    for name in left:
        with contextlib.suppress(psycopg.errors.ObjectInUse, psycopg.errors.InternalError):  # another one sweeps it
            _drop(url, name)
    return len(left)


def _fill(url: str, place: str) -> None:
    """One snapshot: the dump, and the changes that the reactor has not followed yet."""
    with (
        tempfile.TemporaryDirectory(prefix="perennial-simulation-") as room,
        psycopg.connect(url) as source,
    ):
        source.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        row = source.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        dump = Path(room) / "dump"
        given = ["--format=custom", "--compress=0", "--no-owner", "--no-acl", f"--snapshot={row[0]}"]
        left_out = [f"--exclude-table-data={pattern}" for pattern in _LEFT_OUT]
        pg_tool(url, "pg_dump", *given, *left_out, f"--file={dump}")
        pg_tool(place, "pg_restore", "--no-owner", "--no-acl", "--exit-on-error", dump)
        with psycopg.connect(place) as target:
            for table, columns, chosen in _PENDING:
                with (
                    source.cursor().copy(f"COPY (SELECT {columns} {chosen}) TO STDOUT".encode()) as read,
                    target.cursor().copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as write,
                ):
                    for block in read:
                        write.write(block)
                last = source.execute(_SQL["last"].encode(), {"table": table}).fetchone()
                assert last is not None
                target.execute(_SQL["count_on"].encode(), {"table": table, "last": last[0]})
            target.execute(_SQL["stop_clock"].encode())
            target.execute(_SQL["release"].encode())
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _drop(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for patience in range(DROPS, 0, -1):
            try:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
                return
            except psycopg.errors.InsufficientPrivilege:  # an autovacuum worker is in it, which only its owner may end
                if patience == 1:
                    raise
                time.sleep(0.1)

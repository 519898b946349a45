"""`with server(home) as url`: the embedded server runs as long as somebody uses it, and is brought back if it dies."""

import contextlib
import sys
import threading
from collections.abc import Generator
from pathlib import Path

from psycopg import OperationalError, sql

from perennial.kernel.errors import Broken
from perennial.kernel.postgres import cluster as clusters
from perennial.kernel.postgres.binaries import major_version
from perennial.kernel.postgres.cluster import Cluster
from perennial.kernel.postgres.lease import Lease, Say, exclusive

NAME = "perennial"  # the database, and the role that owns it: not a superuser, may create databases
WATCH_SECONDS = 0.5


def _say(line: str) -> None:
    print(f"perennial: {line}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def server(home: Path, *, say: Say = _say) -> Generator[str]:
    """The URL of the workspace's database in `home`, on a server that answers.

    The last user of a data folder stops the server. A postmaster that dies meanwhile is started again: open
    transactions are lost, committed ones are not.
    """
    cluster = clusters.cluster(home)
    lock, lease = cluster.folder / "lock", Lease(cluster.folder / "lease")
    with exclusive(lock, say):
        lease.take()
        try:
            _bring_up(cluster, say)
        except BaseException:
            if lease.drop():
                clusters.stop(cluster, say)
            raise
    leaving = threading.Event()
    watch = threading.Thread(target=_watch, args=(cluster, lock, leaving, say), name="postgres-watch", daemon=True)
    watch.start()
    try:
        yield cluster.conninfo(user=NAME, dbname=NAME)
    finally:
        leaving.set()
        with exclusive(lock, say):
            if lease.drop():
                clusters.stop(cluster, say)
        watch.join(timeout=5)


def _bring_up(cluster: Cluster, say: Say) -> None:
    ours, theirs = major_version(cluster.bin), clusters.version_of(cluster.data)
    if theirs is not None and theirs != ours:
        raise Broken("kernel.data_version", found=theirs, carried=ours, folder=str(cluster.data))
    clusters.make(cluster, say)
    clusters.start(cluster, say)
    ensure_database(cluster)


def ensure_database(cluster: Cluster) -> None:
    """The role that the program is, and its database."""
    with clusters.connect(cluster) as connection:
        name = sql.Identifier(NAME)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(name))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))


def _watch(cluster: Cluster, lock: Path, leaving: threading.Event, say: Say) -> None:
    while not leaving.wait(WATCH_SECONDS):
        if clusters.postmaster(cluster.data) is not None:
            continue
        with exclusive(lock, say):
            if leaving.is_set() or clusters.postmaster(cluster.data) is not None:
                continue
            say("the database server has died; starting it again")
            try:
                clusters.start(cluster, say)
            except (Broken, OSError, OperationalError) as error:
                say(f"the database server does not start: {error}")

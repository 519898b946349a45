"""A PostgreSQL for the tests: one server per test process, one database per test (worlds.py)."""

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import zip_longest
from pathlib import Path

import error_codes
import psycopg
import pytest
from argon2 import PasswordHasher
from builders import install_renewal
from psycopg.conninfo import conninfo_to_dict
from worlds import Places, at_home, fresh

from perennial.kernel import SYSTEM, Database, Tx, migrate, postgres
from perennial.people import password

os.environ["PERENNIAL_RANDOM_TABLES"] = "1"  # nobody but forms and access can spell a form's table, tests included
password._hasher = PasswordHasher(1, 8, 1)  # a fifth of a second each else; programs that tests start have the real one

MEMORY, MEMORY_BYTES = "/dev/shm", 8_000_000_000

_whole_sentences = error_codes._whole_sentences
pytest_sessionfinish = error_codes.pytest_sessionfinish
pytest_terminal_summary = error_codes.pytest_terminal_summary
pytest_testnodedown = error_codes.pytest_testnodedown


def pytest_addoption(parser: pytest.Parser) -> None:
    error_codes.pytest_addoption(parser)
    parser.addoption("--some", type=int, default=0, help="run only so many of the tests, drawn by --seed")
    parser.addoption("--seed", type=int, default=1, help="which ones --some draws")


def pytest_configure(config: pytest.Config) -> None:
    """What tests write stands in memory where there is room: nothing of it waits for a disk."""
    of_its_own = hasattr(config, "workerinput") or "TMPDIR" in os.environ
    if of_its_own or not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return
    if shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = MEMORY  # of the programs that tests start, too


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`--some 100 --seed 7` runs the same hundred tests in every process and on every machine."""
    wanted = config.getoption("some")
    if wanted and wanted < len(items):
        drawn = set(random.Random(config.getoption("seed")).sample(sorted(item.nodeid for item in items), wanted))
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in drawn])
        items[:] = [item for item in items if item.nodeid in drawn]
    if hasattr(config, "workerinput"):
        items[:] = _long_first(items)


def _long_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """In the order in which test processes take files: none is still at a long one when the others are done.

    A journey beside a law, so that one process waits for browsers while the other one computes; then the files of a few
    tests, which are long ones; those with the most tests; at the end the short ones.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    journeys = [file for file in files if file.parent.name == "journeys"]
    laws = [file for file in files if file.parent.name in ("property", "soak", "servers")]
    paired = [file for pair in zip_longest(journeys, laws) for file in pair if file]
    others = sorted(set(files) - set(paired), key=lambda file: (len(files[file]) > 3, -len(files[file]), file))
    return [item for file in [*paired, *others] for item in files[file]]


START = "2026-11-21 09:00+08"
MAJOR = int(os.environ.get("PERENNIAL_TEST_PG") or 0) or None  # 16: the older server that the wheel carries


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL prefix of a throw-away server without fsync; its role is no superuser, as in an installation."""
    with postgres.trial_server(major=MAJOR) as url:
        yield " ".join(f"{key}={value}" for key, value in conninfo_to_dict(url).items() if key != "dbname")


@pytest.fixture(scope="session")
def template(server: str) -> str:
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_perennial")
    migrate(f"{server} dbname=template_perennial")
    with psycopg.connect(f"{server} dbname=template_perennial") as connection:
        connection.execute("UPDATE kernel.workspace SET kind = 'test', clock_kind = 'manual', clock_at = %s", [START])
    return "template_perennial"


@pytest.fixture(scope="session")
def places(server: str, template: str) -> Iterator[Places]:
    with closing(Places(server, template)) as places:
        yield places


@pytest.fixture
def database(places: Places) -> Iterator[Database]:
    """Fresh and migrated; manual clock at 2026-11-21 09:00 Asia/Shanghai."""
    with fresh(places) as database:
        yield database


@pytest.fixture
def renewal(database: Database) -> Database:
    """The same, with the forms of the shipped app."""
    install_renewal(database)
    return database


@pytest.fixture
def url(database: Database) -> str:
    """Of the same one."""
    return database.url


@pytest.fixture
def databases(places: Places) -> Iterator[Iterator[Database]]:
    """As many fresh ones as a test takes."""
    with ExitStack() as stack:
        yield (stack.enter_context(fresh(places)) for _ in iter(int, 1))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An installation's folder of its own; files and the head of the change log stand there."""
    with at_home(tmp_path):
        yield tmp_path


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.begin(SYSTEM) as tx:
        yield tx

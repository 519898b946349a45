"""Programs that use a data folder, and what runs in it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from perennial.kernel import Settings, opened
from perennial.kernel.postgres import processes

HOLD = """
import sys
from pathlib import Path
from perennial.kernel import postgres
with postgres.server(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


class Program:
    """Another process that uses the server of `home` until its standard input is closed."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(home)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def url(self) -> str:
        """Once the server answers."""
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line:
            assert self.process.stderr
            pytest.fail(self.process.stderr.read())
        return line

    def leave(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait(20) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()


@pytest.fixture
def program() -> Iterator[type[Program]]:
    """Makes programs; those that still run are killed afterwards."""
    made: list[Program] = []

    class Kept(Program):
        def __init__(self, home: Path) -> None:
            super().__init__(home)
            made.append(self)

    yield Kept
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated home with a stopped server and a table of acknowledged rows."""
    home = tmp_path_factory.mktemp("made") / "home"
    with opened(Settings(home=home)) as database, psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE acknowledged (n bigint PRIMARY KEY)")
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it. Whatever a test leaves running there is killed."""
    copy = tmp_path / "home"
    subprocess.run(["cp", "-a", made, copy], check=True)
    yield copy
    for pid in running(copy):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(copy, ignore_errors=True)


def data(home: Path) -> Path:
    return home / "postgres" / "data"


def running(home: Path) -> list[int]:
    """PostgreSQL processes of this home."""
    return processes.postgres_of(data(home)) if data(home).exists() else []


def postmaster(home: Path) -> int:
    return int((data(home) / "postmaster.pid").read_text().split()[0])


def rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM acknowledged").fetchone()
    assert row is not None
    return row[0]


def until(condition: object, seconds: float = 10) -> None:
    """`condition()` becomes true in time."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)

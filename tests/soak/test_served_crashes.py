"""The whole program, with its embedded database, killed while people save; and migrations killed on their way."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from worlds import drop_database

from perennial.kernel import migrate
from tests.servers.programs import postmaster, running

PASSWORD = "right horse battery"
KILLS = 6
PROGRAM = str(Path(sys.executable).with_name("perennial"))


class Served:
    """`perennial serve` on a throw-away home, started again after every kill."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {**os.environ, "PERENNIAL_HOME": str(home), "PERENNIAL_PORT": str(self.port)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [PROGRAM, "serve"]
        log = (self.home.parent / "log").open("ab")
        self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, start_new_session=True)
        log.close()
        end = time.monotonic() + 60
        while True:
            assert time.monotonic() < end and self.process.poll() is None, (self.home.parent / "log").read_text()
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/api/state", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> float:
        """Told to end; how long it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(30)
        return time.monotonic() - began

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words], env=self.environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    home = tmp_path / "home"
    home.mkdir()
    one = Served(home)
    yield one
    if one.process is not None and one.process.poll() is None:
        one.kill()
    for pid in running(home):
        os.kill(pid, signal.SIGKILL)


def save(url: str, session: tuple[str, str], names: Iterator[int], saved: list[str], stop: threading.Event) -> None:
    """Customers, one by one; those whose saving was answered are in `saved`."""
    cookie, csrf = session
    with httpx.Client(base_url=url, cookies={"perennial_session": cookie}, headers={"X-CSRF": csrf}) as client:
        while not stop.is_set():
            name = f"客户{next(names)}"
            try:
                reply = client.post("/api/forms/customer", json={"values": {"name": name}}, timeout=10)
            except httpx.HTTPError:
                stop.wait(0.05)
                continue
            if reply.status_code == 201:
                saved.append(name)


@pytest.mark.soak
def test_what_was_answered_is_there_after_the_program_and_its_database_were_killed(served: Served) -> None:
    dice = random.Random(int(os.environ.get("PERENNIAL_SOAK") or 11))
    served.start()
    reply = httpx.post(
        f"{served.url}/api/setup", json={"account": "zhou", "name": "周予安", "password": PASSWORD, "company": "常青"}
    )
    assert reply.status_code == 200, reply.text
    session = (reply.cookies["perennial_session"], reply.json()["csrf"])
    saved: list[str] = []
    stop = threading.Event()
    names = iter(range(10**9))
    writer = threading.Thread(target=save, args=(served.url, session, names, saved, stop))
    writer.start()
    try:
        for n in range(KILLS):
            before = len(saved)
            time.sleep(dice.uniform(0.5, 2))
            server = postmaster(served.home)
            served.kill()
            if n % 3 == 2:
                os.kill(server, signal.SIGKILL)
            served.start()
            assert len(saved) > before
    finally:
        stop.set()
        writer.join()
    seen: set[str] = set()
    with httpx.Client(base_url=served.url, cookies={"perennial_session": session[0]}) as client:
        client.headers["X-CSRF"] = session[1]
        after = None
        while True:
            page = client.post("/api/forms/customer/page", json={"limit": 100, "columns": ["name"], "after": after})
            assert page.status_code == 200, page.text
            body = page.json()
            seen |= {row["values"]["name"] if "values" in row else row["name"] for row in body["rows"]}
            after = body.get("next") or body.get("after")
            if not after:
                break
    assert set(saved) <= seen
    assert len(seen - set(saved)) <= KILLS  # committed, and killed before the answer
    assert served.stop() < 10
    assert running(served.home) == []
    verified, examined = served.command("verify"), served.command("doctor")
    assert verified.returncode == 0, verified.stderr
    assert examined.returncode == 0, examined.stdout
    print(f"\n{KILLS} kills of the served program, {len(saved)} saved and answered, {len(seen)} there")


MIGRATE = "import sys; from perennial.kernel import migrate; migrate(sys.argv[1])"


@pytest.mark.servers
def test_a_migration_that_is_killed_goes_on_where_it_was(server: str, template: str) -> None:
    name = f"migrated_{os.getpid()}"
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            url = f"{server} dbname={name}"
            for place in ("kernel.migrating:1", "kernel.migrated:2", "kernel.migrating:3", "kernel.migrated:4",
                          "kernel.migrating:5"):  # fmt: skip
                environment = {**os.environ, "PERENNIAL_FAIL_POINT": place}
                killed = subprocess.run([sys.executable, "-c", MIGRATE, url], env=environment, check=False)
                assert killed.returncode == -signal.SIGKILL
            assert migrate(url) != []
            assert migrate(url) == []
            assert shape(url) == shape(f"{server} dbname={template}")
        finally:
            drop_database(connection, name)


def shape(url: str) -> list[tuple[object, ...]]:
    """Every table, column, index and function."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT n.nspname, c.relname, c.relkind::text, coalesce(a.attname, ''),"
            " coalesce(format_type(a.atttypid, a.atttypmod), '')"
            "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            "  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
            " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
            " UNION ALL"
            " SELECT n.nspname, p.proname, 'function', pg_get_function_identity_arguments(p.oid), ''"
            "  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2, 3, 4, 5"
        ).fetchall()

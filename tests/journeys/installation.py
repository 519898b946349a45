"""An installation as a company runs it: `perennial serve`, a program of its own, on a data folder thrown away."""

import contextlib
import datetime as dt
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from perennial import cli, people
from perennial.kernel import (
    SYSTEM,
    Database,
    Reason,
    Settings,
    defer,
    opened,
    set_workspace,
    settings,
    start_manual_clock,
)

START = dt.datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
PASSWORD = "Pine-tree-2026"
PROGRAM = str(Path(sys.executable).parent / "perennial")
_LONG_S = 90  # a busy machine
_LEFT = ("PYTHONDONTWRITEBYTECODE",)  # a program that starts twice is compiled once


class Installation:
    """A data folder, the program that serves it, and the commands that an administrator runs beside it."""

    def __init__(self, home: Path, founded: Path, **environment: str) -> None:
        self.home = home
        self.founded = founded
        self.port = free_port()
        self.who: dict[str, int] = {}
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {k: v for k, v in os.environ.items() if k not in _LEFT and not k.startswith("PERENNIAL_")}
        self.environment |= {"PERENNIAL_HOME": str(home), "PERENNIAL_PORT": str(self.port), **environment}

    @contextlib.contextmanager
    def on_a_manual_clock(self) -> Generator[Database]:
        """The workspace and its people are there before the first start; a test may arrange more in the database."""
        subprocess.run(["cp", "-a", self.founded / "home", self.home], check=True)
        self.who = json.loads((self.founded / "who.json").read_text())
        with opened(Settings(home=self.home)) as database:
            yield database

    @contextlib.contextmanager
    def served(self) -> Generator[None]:
        """`perennial serve` answers until the block ends; then it is told to stop and does so by itself."""
        log = self.home.parent / "serve.log"
        with log.open("ab") as out:
            program = subprocess.Popen(
                [PROGRAM, "serve"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait(program, log)
            yield
            assert program.poll() is None, log.read_text()
        finally:
            program.terminate()
            try:
                program.wait(_LONG_S)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()

    def command(self, *words: str) -> Any:
        """`perennial …` beside the running program, from its words to its exit; what it prints as JSON.

        In this process, where all rooms are loaded; in a thread, because the browser's loop is this one's.
        """
        said, ends = io.StringIO(), list[object]()

        def run() -> None:
            try:
                cli.main()
            except SystemExit as end:
                ends.append(end.code or 0)

        with (
            mock.patch.object(sys, "argv", ["perennial", *words]),
            mock.patch.dict(os.environ, self.environment),
            contextlib.redirect_stdout(said),
        ):
            settings.cache_clear()
            thread = threading.Thread(target=run)
            thread.start()
            thread.join(3 * _LONG_S)
        settings.cache_clear()
        assert ends == [0], said.getvalue()
        return json.loads(said.getvalue().strip().splitlines()[-1])

    def program(self, *words: str) -> Any:
        """The same by a program of its own."""
        done = subprocess.run(
            [PROGRAM, *words],
            env=self.environment, capture_output=True, text=True, timeout=3 * _LONG_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout.strip().splitlines()[-1])

    @staticmethod
    def deliver(database: Database) -> None:
        """The delivery that the program starts each minute, now."""
        with database.begin(SYSTEM) as tx:
            defer(tx, "messages.deliver")

    def _wait(self, program: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + _LONG_S
        while True:
            assert program.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with (
                contextlib.suppress(OSError, urllib.error.URLError),
                urllib.request.urlopen(f"{self.address}/api/state", timeout=_LONG_S),
            ):
                return
            time.sleep(0.1)


def found(folder: Path) -> None:
    """A home in which the company stands, its server stopped: each journey goes out from a copy of it."""
    home = folder / "home"
    with opened(Settings(home=home)) as database:
        with database.begin(SYSTEM) as tx:
            start_manual_clock(tx, "test", START)
        who = found_company(database)
    (folder / "who.json").write_text(json.dumps(who))
    (home / "postgres" / "data" / "own.conf").write_text("fsync = off\n")  # nobody pulls the plug of a copy


def found_company(database: Database) -> dict[str, int]:
    """The renewal app and five colleagues, all with the same password; the heads of their departments are set."""
    from perennial import apps

    apps.ensure(database)
    with database.begin(SYSTEM, Reason("test")) as tx:
        set_workspace(tx, name="云杉软件")
        success = people.save_department(tx, "success", "客户成功部")
        sales = people.save_department(tx, "sales", "销售部")
        given: list[tuple[str, str, str, int | None]] = [
            ("zhou", "周予安", "business_admin", None),
            ("he", "何知远", "supervisor", success),
            ("tang", "唐可", "csm", success),
            ("su", "苏禾", "csm", sales),
            ("gu", "顾书言", "director", None),
        ]
        who = {
            account: people.create(tx, account, name, roles=[role], department_id=at, password=PASSWORD)
            for account, name, role, at in given
        }
        people.save_department(tx, "success", "客户成功部", head_id=who["he"])
        people.save_department(tx, "sales", "销售部", head_id=who["gu"])
    return who


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]

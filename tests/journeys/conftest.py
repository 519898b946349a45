"""The built client, one browser, and installations of their own for the journeys."""

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.installation import Installation, found
from tests.journeys.seat import Seat

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "perennial" / "web" / "index.html"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

Sit = Callable[..., Seat]


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The client is built from what stands in web/src; two test processes do not build at once."""
    with (tmp_path_factory.getbasetemp().parent / "client.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(path.stat().st_mtime for path in (ROOT / "web" / "src").rglob("*") if path.is_file())
        if not BUILT.exists() or BUILT.stat().st_mtime < newest:
            subprocess.run(["npm", "run", "-s", "build"], cwd=ROOT / "web", check=True, timeout=300)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once for all test processes of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "founded"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            found(folder)
            (folder / "done").touch()
    return folder


@pytest.fixture
def installation(client: None, founded: Path, tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home", founded)


@pytest.fixture
def sit(browser: Browser, installation: Installation, tmp_path: Path) -> Iterator[Sit]:
    """`sit()` is another person before a browser of their own; at the end no page may have had a fault."""
    seats: list[Seat] = []

    def sit(*, width: int = 1440, height: int = 900, phone: bool = False) -> Seat:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai",
            has_touch=phone, reduced_motion="reduce",
        )  # fmt: skip
        seats.append(Seat(context, installation.address))
        return seats[-1]

    yield sit
    for number, seat in enumerate(seats):
        seat.picture(tmp_path, f"last_{number}")  # kept with the other files of a failed test
        seat.context.close()
    assert [fault for seat in seats for fault in seat.faults] == []

"""Several programs on one data folder; where it stands and whose it is; signals."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from perennial.kernel import Broken, postgres
from perennial.kernel.postgres.account import account
from tests.servers.programs import Program, data, postmaster, rows, running

pytestmark = pytest.mark.servers
PERENNIAL = Path(sys.executable).with_name("perennial")


@pytest.mark.parametrize("first_leaves_first", [True, False])
def test_the_last_of_two_programs_stops_the_server(
    home: Path, program: type[Program], first_leaves_first: bool
) -> None:
    pair = [program(home), program(home)]
    urls = [one.url() for one in pair]
    server = postmaster(home)
    first, last = pair if first_leaves_first else reversed(pair)
    first.leave()
    assert rows(urls[0]) == rows(urls[1]) == 0
    assert postmaster(home) == server
    last.leave()
    assert running(home) == []


def test_one_program_may_use_a_server_twice(home: Path) -> None:
    with postgres.server(home) as one:
        with postgres.server(home) as other:
            assert rows(other) == 0
        assert rows(one) == 0
    assert running(home) == []


def test_programs_that_start_together_on_an_empty_folder_share_one_server(
    tmp_path: Path, program: type[Program]
) -> None:
    home = tmp_path / "new" / "home"
    three = [program(home) for _ in range(3)]
    assert len({one.url() for one in three}) == 1
    assert len(list((home / "postgres").glob("making-*"))) == 0
    for one in three:
        one.leave()
    assert running(home) == []


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(tmp_path: Path, program: type[Program]) -> None:
    home = tmp_path / ("很长的路径" * 8) / "a folder with spaces" / "h"
    with postgres.server(home) as url:
        with psycopg.connect(url) as connection:
            place = Path(str(connection.info.host))
        assert len(os.fsencode(place)) < 90
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        other = program(home)
        assert other.url() == url
        other.leave()
    assert running(home) == []
    assert not place.exists()


def test_a_folder_in_the_sockets_place_that_is_not_private_is_refused(tmp_path: Path) -> None:
    home = tmp_path / ("x" * 100)
    with postgres.server(home) as url, psycopg.connect(url) as connection:
        place = Path(str(connection.info.host))
    place.mkdir()
    place.chmod(0o755)
    try:
        with pytest.raises(Broken, match=r"kernel\.socket_folder"), postgres.server(home):
            pass
    finally:
        place.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_as_root_only_the_data_folder_changes_hands(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    with postgres.server(home) as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT pg_read_file('/etc/shadow')")
        owner = account(data(home)).uid
        assert owner != 0
        assert Path(f"/proc/{postmaster(home)}").stat().st_uid == owner
    for folder in (closed, home, home / "postgres"):
        assert (folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)) == (0, 0o700)
    assert {path.stat().st_uid for path in data(home).rglob("*")} == {owner}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_as_root_the_programs_may_stand_in_a_closed_folder_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = postgres.bin_folder().parents[1]
    for part in wheel.parent.glob(f"{wheel.name}*"):
        subprocess.run(["cp", "-a", part, closed], check=True)
    monkeypatch.setenv("PERENNIAL_PG_BIN", str(closed / wheel.name / "pginstall18" / "bin"))
    with postgres.server(closed / "home") as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        status = Path(f"/proc/{postmaster(closed / 'home')}/status").read_text()
    # CAP_DAC_READ_SEARCH or CAP_DAC_OVERRIDE, and nothing else of root's
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    assert effective.lstrip("0") in ("4", "2")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_a_data_folder_whose_owner_is_unknown_here_is_taken_over(home: Path) -> None:
    for path in (data(home), *data(home).rglob("*")):
        os.chown(path, 54321, 54321)
    with postgres.server(home) as url:
        assert rows(url) == 0
        assert data(home).stat().st_uid != 54321


def test_a_folder_of_another_major_version_is_refused_with_what_to_do(home: Path) -> None:
    (data(home) / "PG_VERSION").write_text("15\n")
    with pytest.raises(Broken) as caught, postgres.server(home):
        pass
    assert (caught.value.code, caught.value.facts["found"], caught.value.facts["carried"]) == (
        "kernel.data_version", 15, postgres.major_version(postgres.bin_folder()),
    )  # fmt: skip
    assert running(home) == []


def test_a_folder_with_something_else_in_it_is_refused_untouched(tmp_path: Path) -> None:
    other = tmp_path / "home" / "postgres" / "data"
    other.mkdir(parents=True)
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(Broken, match=r"kernel\.data_unknown"), postgres.server(tmp_path / "home"):
        pass
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


def test_the_programs_of_postgresql_may_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERENNIAL_PG_BIN", str(postgres.bin_folder(16)))
    with postgres.server(tmp_path / "home") as url, psycopg.connect(url) as connection:
        assert connection.info.server_version // 10000 == 16
        assert connection.execute("SELECT upper('é'), lower('Ä')").fetchone() == ("É", "ä")
    monkeypatch.setenv("PERENNIAL_PG_BIN", str(tmp_path))
    with pytest.raises(Broken, match=r"kernel\.postgres_absent"):
        postgres.bin_folder()


# --- perennial serve


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def serve(home: Path, port: int) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], "PERENNIAL_HOME": str(home), "PERENNIAL_PORT": str(port)}
    return subprocess.Popen(
        [PERENNIAL, "serve"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


def page(port: int, seconds: float = 30) -> float:
    """Seconds until the first page."""
    since = time.monotonic()
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                assert answer.status == 200
            return time.monotonic() - since
        except OSError:
            assert time.monotonic() - since < seconds, "no page"
            time.sleep(0.05)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_serve_cleanly_and_nothing_keeps_running(home: Path, sent: signal.Signals) -> None:
    port = free_port()
    with serve(home, port) as process:
        took = page(port)
        os.killpg(process.pid, sent)
        output, _ = process.communicate(timeout=8)
        assert process.returncode == 0, output
    assert running(home) == []
    assert "Traceback" not in output
    assert f"http://127.0.0.1:{port}" in output
    # of a second start, on a machine that is not busy with other things
    assert took < 5 or os.getloadavg()[0] > 2 * (os.cpu_count() or 1)


@pytest.mark.parametrize("after_seconds", [0.4, 0.8, 1.2])
def test_a_signal_during_the_first_start_leaves_nothing_running(tmp_path: Path, after_seconds: float) -> None:
    home = tmp_path / "home"
    with serve(home, free_port()) as process:
        time.sleep(after_seconds)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=15)
    assert running(home) == []
    assert process.returncode in (0, -signal.SIGTERM), output
    assert "Traceback" not in output


def test_a_taken_port_is_said_before_anything_starts(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with serve(home, taken.getsockname()[1]) as process:
            output, _ = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "PERENNIAL_PORT" in output
    assert not (data(home) / "postmaster.pid").exists()


def test_a_killed_serve_starts_again_on_the_same_data(home: Path) -> None:
    port = free_port()
    for _ in range(2):
        with serve(home, port) as process:
            page(port)
            process.kill()
            process.communicate()
        assert running(home)
    with serve(home, port) as process:
        page(port)
        process.terminate()
        process.communicate(timeout=8)
    assert running(home) == []

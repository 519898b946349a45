"""kill -9 of the program, of the postmaster, of both; and what a crash leaves behind."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from perennial.kernel import SYSTEM, Broken, Database, migrate, postgres
from perennial.kernel.postgres import cluster as clusters
from tests.servers.programs import Program, data, postmaster, rows, running, until

pytestmark = pytest.mark.servers


def acknowledge(url: str, upto: int, stop: threading.Event | None = None) -> int:
    """Insert rows one by one; returns how many the server acknowledged before it went away."""
    done = 0
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            while done < upto and not (stop and stop.is_set()):
                connection.execute("INSERT INTO acknowledged VALUES (%s)", [done])
                done += 1
    except psycopg.OperationalError:
        pass
    return done


def test_a_killed_program_leaves_a_server_that_the_next_one_takes_over_and_stops(
    home: Path, program: type[Program]
) -> None:
    first = program(home)
    assert acknowledge(first.url(), 200) == 200
    server = postmaster(home)
    first.kill()
    assert server in running(home)
    second = program(home)
    assert rows(second.url()) == 200
    assert postmaster(home) == server
    second.leave()
    assert running(home) == []


def test_a_killed_postmaster_comes_back_while_somebody_uses_it(home: Path, program: type[Program]) -> None:
    with postgres.server(home) as url:
        migrate(url)
        database = Database(url, size=3)
        with database.begin(SYSTEM) as tx:
            tx.run("INSERT INTO acknowledged SELECT generate_series(1, 1000)")
        for _ in range(2):
            killed = postmaster(home)
            os.kill(killed, signal.SIGKILL)
            until(lambda killed=killed: killed not in running(home))
            with database.begin(SYSTEM) as tx:  # waits for the server, and does not notice more than that
                assert tx.value("SELECT count(*) FROM acknowledged") == 1000
            assert postmaster(home) != killed
        database.close()
    assert running(home) == []


def test_acknowledged_rows_survive_a_kill_of_program_and_postmaster(home: Path, program: type[Program]) -> None:
    first = program(home)
    url = first.url()
    acknowledged: list[int] = []
    writer = threading.Thread(target=lambda: acknowledged.append(acknowledge(url, 10**9)))
    writer.start()
    time.sleep(0.5)
    first.kill()
    os.kill(postmaster(home), signal.SIGKILL)
    writer.join()
    assert acknowledged[0] > 50
    with postgres.server(home) as again:
        # one may have been committed and killed before its answer
        assert acknowledged[0] <= rows(again) <= acknowledged[0] + 1
    assert running(home) == []


def test_a_backend_that_did_not_notice_the_death_is_ended_before_the_next_start(
    home: Path, program: type[Program]
) -> None:
    first = program(home)
    url = first.url()

    def busy() -> None:
        with pytest.raises(psycopg.OperationalError), psycopg.connect(url) as connection:
            connection.execute("SELECT count(*) FROM generate_series(1, 10000000000::bigint) n WHERE n % 7 = 3")

    thread = threading.Thread(target=busy)
    thread.start()
    with psycopg.connect(url, autocommit=True) as probe:
        until(
            lambda: probe.execute(
                "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT count(*) FROM gen%'"
            ).fetchone()
        )
    first.kill()
    os.kill(postmaster(home), signal.SIGKILL)
    until(lambda: len(running(home)) == 1)
    orphan = running(home)[0]
    said: list[str] = []
    with postgres.server(home, say=said.append) as again:
        assert rows(again) == 0
        assert orphan not in running(home)
    thread.join()
    assert any("crashed" in line for line in said)
    assert running(home) == []


@pytest.fixture
def innocent(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A living process that happens to be named postgres, working elsewhere."""
    sleep = shutil.which("sleep")
    assert sleep
    named = tmp_path / "postgres"
    shutil.copy(sleep, named)
    with subprocess.Popen([named, "60"], cwd=tmp_path) as process:
        yield process
        process.kill()


def test_a_reused_pid_harms_neither_the_start_nor_its_new_owner(home: Path, innocent: subprocess.Popen[bytes]) -> None:
    (data(home) / "postmaster.pid").write_text(f"{innocent.pid}\n{data(home)}\n1\n5432\n{data(home)}\n\n  1 1\nready\n")
    with postgres.server(home) as url:
        assert rows(url) == 0
        assert postmaster(home) != innocent.pid
    assert innocent.poll() is None


def test_a_zombie_is_not_a_running_server(home: Path, innocent: subprocess.Popen[bytes]) -> None:
    os.kill(innocent.pid, signal.SIGKILL)  # and nobody waits for it yet
    (data(home) / "postmaster.pid").write_text(f"{innocent.pid}\n{data(home)}\n1\n5432\n{data(home)}\n\n  1 1\nready\n")
    with postgres.server(home) as url:
        assert rows(url) == 0


@pytest.mark.parametrize("left", ["", "abc", "123456789\n"])
def test_a_mutilated_pid_file_does_not_stop_the_start(home: Path, left: str) -> None:
    (data(home) / "postmaster.pid").write_text(left)
    with postgres.server(home) as url:
        assert rows(url) == 0


def test_a_folder_left_half_made_is_made_anew(tmp_path: Path) -> None:
    home = tmp_path / "home"
    half = home / "postgres" / "making-1"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    with postgres.server(home) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not half.exists()


def test_a_server_that_dies_at_its_start_is_reported_with_its_last_words(home: Path) -> None:
    (data(home) / "own.conf").write_text("shared_buffers = 'plenty'\n")
    with pytest.raises(Broken) as caught, postgres.server(home):
        pass
    assert caught.value.code == "kernel.postgres_died"
    assert "shared_buffers" in caught.value.facts["output"]
    assert running(home) == []


def test_a_long_recovery_is_told_and_not_cut_short(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_until = time.monotonic() + 0.8
    truly = clusters.answers
    monkeypatch.setattr(clusters, "answers", lambda cluster: time.monotonic() > slow_until and truly(cluster))
    monkeypatch.setattr(clusters, "TELL_AFTER_SECONDS", 0.2)
    said: list[str] = []
    with postgres.server(home, say=said.append) as url:
        assert rows(url) == 0
    assert len([line for line in said if "recovering" in line]) >= 2

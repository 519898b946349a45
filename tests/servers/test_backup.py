"""`perennial backup` and `perennial restore`, as an administrator runs them."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from perennial.kernel import SYSTEM, Settings, opened, postgres
from tests.servers.programs import running

pytestmark = pytest.mark.servers
PERENNIAL = Path(sys.executable).with_name("perennial")


def perennial(home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PERENNIAL_HOME": str(home)}
    return subprocess.run([PERENNIAL, *words], env=environment, capture_output=True, text=True, check=False)


def test_a_backup_of_one_home_is_restored_in_another(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    (home / "files").mkdir()
    (home / "files" / "one.txt").write_text("one")
    with postgres.server(home) as url, psycopg.connect(url) as connection:
        connection.execute("INSERT INTO acknowledged SELECT generate_series(1, 12345)")
    with opened(Settings(home=home)) as database, database.begin(SYSTEM) as tx:
        tx.run("UPDATE messages.channel SET released_at = now()")
    done = perennial(home, "backup", archive)
    assert done.returncode == 0, done.stderr
    assert running(home) == []

    other = tmp_path / "other"
    done = perennial(other, "restore", archive)
    assert done.returncode == 0, done.stderr
    assert running(other) == []
    assert (other / "files" / "one.txt").read_text() == "one"
    with postgres.server(other) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*), max(n) FROM acknowledged").fetchone() == (12345, 12345)
        # what waited in the outbox then may have left since
        held = connection.execute(
            "SELECT count(*) FROM messages.channel WHERE outward AND released_at IS NULL"
        ).fetchone()
        assert held == (6,)
    assert sorted(path.name for path in other.iterdir()) == ["files", "postgres"]

    done = perennial(other, "restore", tmp_path / "absent.tar", "--replace")
    assert (done.returncode, done.stderr) == (1, f"perennial: There is no file {tmp_path / 'absent.tar'}\n")

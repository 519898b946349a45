"""`perennial verify` says whether the log is whole, and exits 1 when it is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from perennial.cli.changes import commands
from perennial.kernel import SYSTEM, Database, settings
from tests.builders import form, install, run


@pytest.fixture
def home(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The settings of a service on this database."""
    monkeypatch.setenv("PERENNIAL_DATABASE_URL", url)
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_verify_seals_and_names_the_row_that_was_altered(database: Database, home: Path) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "name: text"))
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.deal (name) VALUES ('a')")
    whole = CliRunner().invoke(commands, [])
    assert (whole.exit_code, whole.output) == (0, "the change log is whole: 1 batches\n")
    assert (home / "change-log-head.json").exists()
    with database.begin(SYSTEM) as tx:
        run(tx, "UPDATE changes.change SET record_id = 2")
    broken = CliRunner().invoke(commands, [])
    assert (broken.exit_code, broken.output) == (1, "batch 1: change 1 was altered\n")

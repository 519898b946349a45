import json
import logging
import subprocess
import sys
from pathlib import Path

import error_codes
import pytest
import sqlalchemy as sa

from perennial.kernel import Invalid, Settings, configure_log, log, render, text


def test_a_problem_is_told_in_the_readers_language_with_its_facts() -> None:
    problem = Invalid("kernel.clock_back", path="to", to="2026-11-20 09:00", now="2026-11-21 09:00")
    assert text(problem, "zh") == "现在是 2026-11-21 09:00，时间不能退回到 2026-11-20 09:00"
    assert text(problem, "en") == "It is 2026-11-21 09:00; time cannot go back to 2026-11-20 09:00"


def test_a_missing_fact_or_text_never_raises() -> None:
    assert text(Invalid("kernel.unknown_zone"), "en") == 'There is no time zone "?". An example is Asia/Shanghai'
    assert text(Invalid("kernel.unknown_zone", zone=None), "zh") == "没有「空」这个时区，例如 Asia/Shanghai"
    assert text(Invalid("kernel.no_account", accounts=["a", "b"]), "zh").count("a、b") == 1
    assert text(Invalid("nowhere.nothing"), "zh") == "nowhere.nothing"
    error_codes.GAPS.clear()  # this one is meant


def test_braces_in_a_fact_stay_as_they_are() -> None:
    assert "{x}" in text(Invalid("kernel.unknown_zone", zone="{x}"), "en")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    monkeypatch.setenv("PERENNIAL_PORT", "8123")
    monkeypatch.setenv("PERENNIAL_DATABASE_URL", "")
    found = Settings()
    assert (found.home, found.port, found.database_url, found.host) == (tmp_path, 8123, None, "127.0.0.1")
    assert found.files == tmp_path / "files"


def test_logs_are_one_json_object_a_line_without_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        configure_log(Settings(log="json"))
        password = "hunter2"  # noqa: F841
        try:
            raise ValueError("broken")
        except ValueError:
            log.exception("job.failed", job="导入")
        logging.getLogger("some.library").warning("%d left", 3)
        ours, theirs = (json.loads(line) for line in capsys.readouterr().err.strip().splitlines())
    finally:
        logging.getLogger().handlers = before
    assert (ours["event"], ours["job"], ours["level"]) == ("job.failed", "导入", "error")
    assert "ValueError: broken" in ours["exception"] and "hunter2" not in ours["exception"]
    assert (theirs["event"], theirs["level"]) == ("3 left", "warning")


def test_a_wrong_command_line_is_one_sentence_and_changes_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("perennial"), "serve", "--demo", "--host", "0.0.0.0"],
        env={"PERENNIAL_HOME": str(tmp_path / "home"), "LANG": "zh_CN.UTF-8"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "perennial: 演示公司可以一键登录，只能在本机打开，不能监听 0.0.0.0。去掉 --demo，或去掉 --host\n"
    )
    assert not (tmp_path / "home").exists()


def test_a_rendered_statement_keeps_lists_and_leaves_binds_of_the_transaction_open() -> None:
    table = sa.table("contract", sa.column("id", sa.BigInteger), sa.column("end_date", sa.Date))
    statement = sa.select(table.c.id).where(
        table.c.id.in_([1, 2]), table.c.end_date <= sa.bindparam("today", type_=sa.Date), table.c.id != 3
    )
    query = render(statement)
    assert query.text.count("%(today)s") == 1
    assert sorted(query.params.values()) == [1, 2, 3]
    assert all(f"%({name})s" in query.text for name in query.params)

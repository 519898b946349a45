"""Apps as code from the command line: the plan that the browser shows, the same publication rows, the same undo."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from builders import install_shipped
from typer.testing import CliRunner

from perennial import apps
from perennial.cli.apps import commands
from perennial.kernel import SYSTEM, Database, settings


@pytest.fixture
def folder(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The workspace's definitions as files."""
    monkeypatch.setenv("PERENNIAL_DATABASE_URL", database.url)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    settings.cache_clear()
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    install_shipped(database)
    assert run("export", str(tmp_path / "app"))[0] == 0
    yield tmp_path / "app"
    settings.cache_clear()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, arguments)
    return result.exit_code, result.output


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_exported_folder_changes_nothing(folder: Path) -> None:
    assert run("apply", str(folder), "--yes") == (0, "nothing to change\n")


def test_apply_prints_the_plan_publishes_and_undo_takes_it_back(folder: Path, database: Database) -> None:
    edit(folder / "templates" / "intent.yaml", "续约意向的征询", "续约的征询")
    code, said = run("apply", str(folder), "--plan")
    assert (code, said.splitlines()[0].split()[:3]) == (0, ["~", "template", "intent"])
    code, said = run("apply", str(folder), "--yes", "--note", "短一些")
    assert (code, said.splitlines()[-1]) == (0, "published: 2")
    assert run("undo", "2", "--yes")[0] == 0
    with database.begin(SYSTEM) as tx:
        assert [(one.note, one.undoes) for one in apps.publications(tx)] == [
            ("", 2),
            ("短一些", None),
            ("renewal", None),
        ]
        tree = apps.in_force(tx, "template", "intent")
    assert tree is not None and "续约意向的征询" in tree["subject"]
    listed = run("publications")[1].splitlines()
    assert listed[1].endswith("短一些 [~template intent] (undone by 3)")


def test_apply_names_what_would_break_and_publishes_nothing(folder: Path, database: Database) -> None:
    path = folder / "forms" / "contract.yaml"
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    tree["fields"] = [one for one in tree["fields"] if one["key"] != "notice_days"]
    path.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    code, said = run("apply", str(folder), "--yes")
    assert code == 1
    assert "breaks   contract.notice_days <- process auto_renewal nodes[1].until (等到通知期限前 15 天)" in said
    assert "error: process completion nodes[1].set.notice_days: 「续费完成」生成下一份合同 用到「通知期限天数」" in said
    with database.begin(SYSTEM) as tx:
        assert apps.latest(tx) == 1

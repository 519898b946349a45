"""What was backed up comes back, whole or not at all."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from error_codes import refused

from perennial.kernel import Conflict, Invalid, Missing, backup, opened, restore
from perennial.kernel import Settings as KernelSettings
from perennial.kernel.archive import _LOCK, settle, tool


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two files."""
    home = tmp_path / "home"
    (home / "files" / "合同").mkdir(parents=True)
    (home / "files" / "合同" / "a.pdf").write_bytes(b"%PDF one")
    (home / "head.json").write_text("head one")
    return home


@pytest.fixture
def filled(url: str) -> str:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA extra")
        connection.execute(
            "CREATE TABLE extra.contract (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, label text)"
        )
        connection.execute("INSERT INTO extra.contract (label) SELECT '合同 ' || n FROM generate_series(1, 1000) n")
        connection.execute("UPDATE kernel.workspace SET name = '常青示例'")
    return url


@pytest.fixture
def archive(filled: str, home: Path, tmp_path: Path) -> Iterator[Path]:
    target = tmp_path / "made.tar"
    definitions = tmp_path / "definitions"
    (definitions / "forms").mkdir(parents=True)
    (definitions / "forms" / "contract.yaml").write_text("key: contract\n")
    backup(
        filled, target, definitions=definitions, facts={"head": {"number": 7}},
        home={"files": home / "files", "head.json": home / "head.json", "absent": home / "absent"},
    )  # fmt: skip
    yield target
    name = filled.rpartition("=")[2]
    with psycopg.connect(filled.replace(name, "postgres"), autocommit=True) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name}%"]).fetchall()
    assert left == [(name,)], "databases left behind"
    assert sorted(path.name for path in home.iterdir()) == ["files", "head.json"]


def contracts(url: str) -> tuple[int, str]:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*), min(label) FROM extra.contract").fetchone()
    assert row is not None
    return row


def change(url: str, home: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE extra.contract SET label = 'changed'")
    (home / "files" / "合同" / "a.pdf").write_bytes(b"%PDF two")
    (home / "files" / "new.txt").write_text("new")


def test_an_archive_holds_the_database_files_and_definitions_and_says_so(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        names = packed.getnames()
        said = json.load(packed.extractfile("manifest.json") or pytest.fail("no manifest"))
    assert names == [
        "database.dump", "home/files/合同/a.pdf", "home/head.json", "definitions/forms/contract.yaml", "manifest.json",
    ]  # fmt: skip
    assert sorted(said["parts"]) == sorted(names[:-1])
    assert (said["format"], said["facts"]) == (1, {"head": {"number": 7}})
    assert "kernel/0001_workspace" in said["migrations"]
    assert archive.stat().st_mode & 0o777 == 0o600


def test_a_restore_brings_back_rows_files_and_identities(archive: Path, filled: str, home: Path) -> None:
    change(filled, home)
    manifest = restore(filled, archive, home=home, replace=True)
    assert manifest.facts == {"head": {"number": 7}}
    assert contracts(filled) == (1000, "合同 1")
    assert (home / "files" / "合同" / "a.pdf").read_bytes() == b"%PDF one"
    assert not (home / "files" / "new.txt").exists()
    with psycopg.connect(filled) as connection:
        assert connection.execute("SELECT name FROM kernel.workspace").fetchone() == ("常青示例",)
        assert connection.execute("INSERT INTO extra.contract DEFAULT VALUES RETURNING id").fetchone() == (1001,)


def test_a_workspace_with_people_is_not_replaced_unasked(archive: Path, filled: str, home: Path) -> None:
    with psycopg.connect(filled) as connection:
        connection.execute("DROP SCHEMA IF EXISTS people CASCADE")
        connection.execute("CREATE SCHEMA people")
        connection.execute("CREATE TABLE people.person AS SELECT 1 AS id")
    change(filled, home)
    with pytest.raises(Conflict, match=r"kernel\.restore_not_empty"):
        restore(filled, archive, home=home, replace=False)
    assert contracts(filled) == (1000, "changed")
    assert restore(filled, archive, home=home, replace=True)


def test_a_workspace_in_use_is_left_alone(archive: Path, filled: str, home: Path) -> None:
    change(filled, home)
    with psycopg.connect(filled) as busy:
        busy.execute("SELECT 1")
        with pytest.raises(Conflict, match=r"kernel\.restore_in_use"):
            restore(filled, archive, home=home, replace=True)
    assert contracts(filled) == (1000, "changed")
    assert (home / "files" / "new.txt").exists()


def damage(archive: Path, at: float) -> None:
    content = bytearray(archive.read_bytes())
    where = int(len(content) * at)
    content[where : where + 8] = b"XXXXXXXX"
    archive.write_bytes(content)


@pytest.mark.parametrize("how", ["truncated", "flipped", "text", "empty", "absent"])
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    archive: Path, filled: str, home: Path, how: str
) -> None:
    change(filled, home)
    match how:
        case "truncated":
            archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
        case "flipped":
            damage(archive, 0.3)
        case "text":
            archive.write_text("not an archive")
        case "empty":
            archive.write_bytes(b"")
        case _:
            archive.unlink()
    with pytest.raises((Invalid, Missing)) as caught:
        restore(filled, archive, home=home, replace=True)
    assert caught.value.code == {
        "flipped": "kernel.backup_damaged", "absent": "kernel.no_such_file"
    }.get(how, "kernel.not_a_backup")  # fmt: skip
    assert contracts(filled) == (1000, "changed")
    assert (home / "files" / "new.txt").exists()


def test_an_archive_of_a_newer_program_is_refused(
    archive: Path, filled: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perennial.kernel.archive.pending", lambda _done: [])
    with pytest.raises(Invalid, match=r"kernel\.backup_newer"):
        restore(filled, archive, home=home, replace=True)


def test_a_restore_interrupted_between_database_and_files_is_finished_at_the_next_start(
    archive: Path, filled: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(filled, home)

    class Killed(BaseException):
        pass

    def killed(_url: str, home: Path) -> None:
        if (home / "restoring.json").exists():
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("perennial.kernel.archive.settle", killed)
        with pytest.raises(Killed):
            restore(filled, archive, home=home, replace=True)
    assert contracts(filled) == (1000, "合同 1")
    assert (home / "files" / "new.txt").exists()
    with opened(KernelSettings(home=home, database_url=filled)):
        pass
    assert (home / "files" / "合同" / "a.pdf").read_bytes() == b"%PDF one"
    assert not (home / "files" / "new.txt").exists()
    settle(filled, home)
    assert not (home / "restoring.json").exists()


def test_a_name_that_leads_out_of_the_archive_is_refused(archive: Path, filled: str, home: Path) -> None:
    evil = archive.with_name("evil.tar")
    with tarfile.open(evil, "w") as packed:
        packed.add(archive, "../outside")
    with pytest.raises(Invalid, match=r"kernel\.not_a_backup"):
        restore(filled, evil, home=home, replace=True)
    assert not (home / "outside").exists()


def test_an_archive_of_a_newer_server_is_refused(archive: Path, filled: str, home: Path) -> None:
    change(filled, home)
    newer = archive.with_name("newer.tar")
    with tarfile.open(archive) as packed, tarfile.open(newer, "w") as written:
        for member in packed:
            content = packed.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "manifest.json":
                data = json.dumps({**json.loads(data), "server": 99}).encode()
                member.size = len(data)
            written.addfile(member, io.BytesIO(data))
    with psycopg.connect(filled) as connection:
        here = connection.info.server_version // 10000
    sentence = f"备份来自 PostgreSQL 99，这里是 {here}。请在 99 或更新的服务器上恢复"
    with refused("kernel.backup_newer_server", sentence, path="file"):
        restore(filled, newer, home=home, replace=True)
    assert contracts(filled) == (1000, "changed")


def test_one_restore_at_a_time(archive: Path, filled: str, home: Path) -> None:
    # the lock stands in the server's own database, so it does not keep the workspace's in use
    with psycopg.connect(filled, dbname="postgres") as other:
        other.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        with refused("kernel.restore_at_work", "另一个恢复还没有结束，请等它完成"):
            restore(filled, archive, home=home, replace=True)
    assert restore(filled, archive, home=home, replace=True)


def test_what_a_program_of_postgresql_said_is_passed_on(filled: str, tmp_path: Path) -> None:
    said = f'pg_restore: error: could not open input file "{tmp_path / "none"}": No such file or directory'
    with refused("kernel.tool_failed", f"pg_restore 没有完成：{said}"):
        tool(filled, "pg_restore", tmp_path / "none")

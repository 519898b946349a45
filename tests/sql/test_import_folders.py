"""Files in a folder are imported by themselves, once somebody has said what their columns mean."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from builders import install_renewal
from builders_records import person
from error_codes import refused, sentence
from web_client import PASSWORD, logged_in

from perennial import people
from perennial.kernel import SYSTEM, Actor, Database, advance_clock
from perennial.records import imports
from perennial.records.imports import folder

HEAD = "name,seats\n"


@pytest.fixture
def inbox(database: Database, home: Path) -> Path:
    """A folder for customers, whose columns were mapped once."""
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        imports.save_folder(tx, "erp", "customer")
    first = home / "first.csv"
    first.write_text(HEAD + "甲,1\n", encoding="utf-8")
    with database.begin(SYSTEM) as tx:
        number = imports.upload(tx, "customer", first.name, first)
        imports.check(tx, number)
        imports.start(tx, number)
    imports.run_now(database, number)
    return home / "inbox" / "erp"


def put(inbox: Path, name: str, text: str, *, fresh: bool = False) -> None:
    (inbox / name).write_text(text, encoding="utf-8")
    if not fresh:
        os.utime(inbox / name, (1, 1))


def names(inbox: Path) -> list[str]:
    return sorted(path.relative_to(inbox).as_posix() for path in inbox.rglob("*") if path.is_file())


def test_a_whole_file_with_known_columns_is_imported_and_put_away(database: Database, inbox: Path) -> None:
    put(inbox, "a.csv", HEAD + "乙,2\n")
    put(inbox, "growing.csv", HEAD, fresh=True)
    put(inbox, "notes.md", "x")
    assert imports.look(database) == 1
    put(inbox, "a.csv", HEAD + "乙,3\n")
    assert imports.look(database) == 1
    assert names(inbox) == ["done/a (2).csv", "done/a.csv", "growing.csv", "notes.md"]
    with database.begin(SYSTEM) as tx:
        rows = tx.rows("SELECT name, seats::int FROM data_read.customer ORDER BY name")
        assert [(row["name"], row["seats"]) for row in rows] == [("乙", 3), ("甲", 1)]
        (folder,) = imports.folders(tx)
        assert [(one["file_name"], one["done"]) for one in folder["arrivals"]] == [("a.csv", True)] * 2
        assert folder["place"] == str(inbox)


def test_what_nobody_mapped_or_is_wrong_waits_for_a_person(database: Database, inbox: Path) -> None:
    put(inbox, "b.csv", "name,who\n丙,x\n")
    put(inbox, "c.csv", HEAD + "丁,many\n")
    put(inbox, "d.csv", "<html><body>")
    assert imports.look(database) == 3
    assert names(inbox) == ["failed/b.csv", "failed/c.csv", "failed/d.csv"]
    with database.begin(SYSTEM) as tx:
        (folder,) = imports.folders(tx)
        told = {one["file_name"]: (one["error"]["code"], one["import_id"] is not None) for one in folder["arrivals"]}
        assert told["b.csv"] == ("imports.columns_unknown", True)
        assert told["c.csv"] == ("imports.errors", True)
        assert told["d.csv"][1] is False
        imports.save_folder(tx, "erp", "customer", skip_errors=True)
    put(inbox, "c.csv", HEAD + "丁,many\n戊,5\n")
    imports.look(database)
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM data_read.customer WHERE name IN ('丁', '戊')") == 1


def test_a_folder_with_a_time_is_looked_into_once_a_day(database: Database, inbox: Path) -> None:
    with database.begin(SYSTEM) as tx:
        imports.save_folder(tx, "erp", "customer", daily_at=dt.time(10))
    put(inbox, "a.csv", HEAD + "乙,2\n")
    assert imports.look(database) == 0  # 09:00
    for hour, taken in ((10, 1), (11, 0), (34, 1)):
        with database.begin(SYSTEM) as tx:
            advance_clock(tx, dt.datetime(2026, 11, 21, tzinfo=tx.zone) + dt.timedelta(hours=hour))
        assert imports.look(database) == taken
        put(inbox, "a.csv", HEAD + "乙,2\n")


def test_a_folder_is_its_persons_and_its_name_stays_inside(database: Database, inbox: Path) -> None:
    with database.begin(SYSTEM) as tx:
        other = person(tx, "甲")
        for name in ("../x", ".x", "", "a" * 61):
            said = f"文件夹名称不能是「{name}」：最多 60 个字，不含斜杠，不以点开头"
            with refused("imports.folder_name", said, path="name"):
                imports.save_folder(tx, name, "customer")
    with database.begin(Actor("person", other, "甲")) as tx:
        assert imports.folders(tx) == []
        with refused("imports.no_folder", "找不到这个文件夹，或者不是你设置的"):
            imports.remove_folder(tx, 1)
    (inbox / "link.csv").symlink_to(inbox.parent.parent / "first.csv")
    assert imports.look(database) == 0


def test_folders_are_set_up_in_the_page(database: Database, inbox: Path) -> None:
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    with logged_in(database, "boss") as client:
        taken = client.post("/api/import-folders", json={"name": "erp", "form": "customer"})
        assert taken.json()["error"]["text"] == "「erp」这个文件夹已由同事设置"
        asked = {"name": "crm", "form": "customer", "daily_at": "08:30"}
        (made,) = client.post("/api/import-folders", json=asked).json()
        assert (made["name"], made["daily_at"], made["arrivals"]) == ("crm", "08:30:00", [])
        crm = inbox.parent / "crm"
        put(crm, "b.csv", "name,who\n丙,x\n")
        imports.look(database)
        (told,) = client.get("/api/import-folders").json()
        assert told["arrivals"][0]["problem"].startswith("这些列还没有人对应过字段")
        assert client.delete(f"/api/import-folders/{told['id']}").status_code == 204
        assert client.get("/api/import-folders").json() == []


def test_a_file_that_comes_under_the_same_name_meanwhile_is_another_one(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*given: Any) -> int:
        number = imports.upload(*given)
        put(inbox, "a.csv", HEAD + "乙,3\n")
        return number

    put(inbox, "a.csv", HEAD + "乙,2\n")
    monkeypatch.setattr(folder, "upload", slow)
    assert imports.look(database) == 1
    monkeypatch.undo()
    assert (inbox / "a.csv").read_text() == HEAD + "乙,3\n" and (inbox / "done/a.csv").read_text() == HEAD + "乙,2\n"
    assert imports.look(database) == 1 and names(inbox) == ["done/a (2).csv", "done/a.csv"]


def test_what_a_killed_program_had_taken_goes_on_and_is_written_once(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    def killed_after(*given: Any) -> None:
        imports.run(*given)
        raise KeyboardInterrupt

    for name, at, act in (("a.csv", "_begin", killed), ("b.csv", "run", killed_after)):
        put(inbox, name, HEAD + f"{name},2\n")
        monkeypatch.setattr(folder, at, act)
        with pytest.raises(KeyboardInterrupt):
            imports.look(database)
        monkeypatch.undo()
        assert imports.look(database) == 1
    assert names(inbox) == ["done/a.csv", "done/b.csv"]
    with database.begin(SYSTEM) as tx:
        (told,) = imports.folders(tx)
        assert [(one["file_name"], one["done"]) for one in told["arrivals"]] == [("b.csv", True), ("a.csv", True)]
        assert tx.value("SELECT count(*) FROM imports.import") == 3  # that of the fixture, and one of each file


def test_a_folder_that_cannot_be_used_says_so_once_and_keeps_none_of_the_others_from_it(
    database: Database, inbox: Path
) -> None:
    with database.begin(SYSTEM) as tx:
        imports.save_folder(tx, "crm", "customer")
        tx.run("UPDATE imports.folder SET name = 'b' WHERE name = 'erp'")  # its turn comes first
        tx.run("UPDATE imports.folder SET name = 'erp' WHERE name = 'crm'")
    (inbox.parent / "b").write_text("no folder")
    put(inbox, "a.csv", HEAD + "乙,2\n")
    assert [imports.look(database), imports.look(database)] == [1, 0]
    with database.begin(SYSTEM) as tx:
        told = {one["name"]: [a["error"] for a in one["arrivals"]] for one in imports.folders(tx)}
    (closed,) = told.pop("b")
    assert told == {"erp": [None]}
    assert sentence(closed["code"], {}) == "服务器读写不了这个文件夹，请检查它的权限和磁盘空间"


def test_a_file_that_breaks_the_program_is_put_away(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    put(inbox, "a.csv", HEAD + "乙,2\n")
    monkeypatch.setattr(folder, "_begin", broken)
    with pytest.raises(RuntimeError):
        imports.look(database)
    assert names(inbox) == ["failed/a.csv"] and imports.look(database) == 0
    with database.begin(SYSTEM) as tx:
        (told,) = imports.folders(tx)
        assert told["arrivals"][0]["error"]["code"] == "imports.broken"

"""Bringing back what was deleted, and looking back, where others have changed the ground meanwhile."""

import json
import sys

import pytest
from builders import field, form, install
from error_codes import refused

from perennial import changes, records
from perennial.kernel import SYSTEM, Database, Missing
from perennial.records import past


def test_a_record_comes_back_only_after_what_it_must_refer_to(database: Database) -> None:
    deal = form("deal", "name: text", field("boss: relation", to="boss", reverse="deals", required=True), title="name")
    with database.begin(SYSTEM) as tx:
        install(tx, form("boss", "name: text", title="name"), deal)
        boss = records.create(tx, "boss", {"name": "b"})
        made = records.create(tx, "deal", {"name": "d", "boss": boss})
        records.delete(tx, "deal", made, 1)
        records.delete(tx, "boss", boss, 1)
        with refused("records.restore_first", "boss关联的记录也已删除，请先恢复那条记录", path="boss"):
            records.restore(tx, "deal", made)
        records.restore(tx, "boss", boss)
        records.restore(tx, "deal", made)
        assert json.loads(records.read(tx, "deal", made))["values"]["boss"] == {"id": boss, "label": "b"}


def test_taking_back_a_deletion_leaves_nobody_without_what_they_must_refer_to(database: Database) -> None:
    deal = form("deal", "name: text", field("boss: relation", to="boss", reverse="deals", required=True), title="name")
    with database.begin(SYSTEM) as tx:
        install(tx, form("boss", "name: text", title="name"), deal)
        bosses = [records.create(tx, "boss", {"name": name}) for name in ("a", "b")]
        deals = [records.create(tx, "deal", {"name": "d", "boss": boss}) for boss in bosses]
    with database.begin(SYSTEM) as tx:
        records.delete_set(tx, "deal", deals)
        records.delete_set(tx, "boss", bosses[:1])
        whole = changes.written(tx)
    with database.begin(SYSTEM) as tx:
        records.delete(tx, "boss", bosses[1], 1)
    with database.begin(SYSTEM) as tx:
        assert whole is not None
        done = records.undo(tx, whole)
        assert {one["form"]: one["returned"] for one in done.targets} == {"deal": 1, "boss": 1}
        assert json.loads(records.read(tx, "deal", deals[0]))["values"]["boss"] == {"id": bosses[0], "label": "a"}
        with pytest.raises(Missing):
            records.read(tx, "deal", deals[1])


def test_today_is_all_there_is_also_after_the_zone_was_moved_west(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "name: text", title="name"))
        records.create(tx, "deal", {"name": "d"})
    changes.seal(database)
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET zone = 'America/Havana'")
    with database.begin(SYSTEM) as tx:
        assert str(tx.today) == "2026-11-20"
        for at in ("2026-11-20", "2026-11-21", "2026-11-20T23:59"):
            with records.as_of(tx, at):
                assert records.count(tx, "deal").count == 1, at
        with records.as_of(tx, "2026-11-19"):
            assert records.count(tx, "deal").count == 0


def test_a_question_about_the_past_that_takes_too_long_is_given_up_with_a_reason(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["perennial.records.as_of"], "LONGEST_MS", 50)  # the room has a door of that name
    said = "那时的数据要算太久，请先筛选，或者不按算出来的字段筛选、排序和汇总"
    with (
        database.begin(SYSTEM) as tx,
        refused("records.past_slow", said, path="at"),
        records.as_of(tx, "2026-11-20"),
    ):
        tx.run("SELECT pg_sleep(10)")
    with database.begin(SYSTEM) as tx:
        with records.as_of(tx, "2026-11-20"):
            tx.run("SELECT 1")
        tx.run("SELECT pg_sleep(0.1)")  # the present has all the time there is


def test_a_list_of_then_does_not_come_back_into_what_is_a_text_by_now(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "name: text", "tags: multi_select", title="name"))
        made = records.create(tx, "deal", {"name": "a", "tags": ["x"]})
        created = past.history(tx, "deal", made)[0].id
        records.update(tx, "deal", made, 1, {"name": "b", "tags": ["y"]})
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "name: text", "tags: text", title="name"))
    with database.begin(SYSTEM) as tx:
        said = "那时有字段还是另一种类型，看不到那时的数据。请选择晚一些的时刻"
        with refused("records.past_kinds", said, path="tags"):
            past.restore_fields(tx, "deal", made, 2, f"c{created}", ["name", "tags"])
        past.restore_fields(tx, "deal", made, 2, f"c{created}", ["name"])
        values = json.loads(records.read(tx, "deal", made))["values"]
        assert (values["name"], values["tags"]) == ("a", "y")

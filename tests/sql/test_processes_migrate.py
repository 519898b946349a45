"""Running instances go to another version, and back."""

import sys
from pathlib import Path
from typing import Any

from error_codes import refused
from web_client import PASSWORD, logged_in

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from test_engine_reference import FIRST, Engine

from perennial import people, processes
from perennial.kernel import SYSTEM, Database

Tree = dict[str, Any]


def task(key: str, then: str = "end", **more: Any) -> Tree:
    return {"key": key, "kind": "task", "label": key, "next": then, **more}


def tree(*nodes: Tree) -> Tree:
    return {"process": "p", "label": "流程", "form": "thing", "start": [{"key": "c", "kind": "created"}],
            "nodes": list(nodes)}  # fmt: skip


def lives(database: Database, *nodes: Tree, count: int = 1, to: str = "", **values: Any) -> tuple[Engine, list[int]]:
    """`count` records of a process of these nodes, each with its first tasks done up to the node `to`."""
    engine = Engine(database, tree(*nodes))
    ids = [engine.add({"n": 1, "flag": False, "s": "x", "d1": None, "mark": None, **values}) for _ in range(count)]
    for one in ids:
        walk(engine, one, to)
    return engine, ids


def walk(engine: Engine, at: int, to: str) -> None:
    while to and (here := standing(engine.database)[at]) != [to]:
        engine.finish(at, here[0], None)


def publish(database: Database, *nodes: Tree) -> int:
    with database.begin(SYSTEM) as tx:
        return processes.publish(tx, tree(*nodes)).number


def migrate(database: Database, to: int, choices: dict[str, str] | None = None, *own: processes.Own) -> Any:
    with database.begin(SYSTEM) as tx:
        return processes.migrate(tx, "p", to, choices or {}, own)


def standing(database: Database) -> dict[int, list[str]]:
    with database.begin(SYSTEM) as tx:
        rows = tx.rows(
            "SELECT i.record_id, array_agg(n.key ORDER BY n.key) AS keys FROM processes.instance i"
            " JOIN processes.token t ON t.instance_id = i.id JOIN processes.node n ON n.id = t.node_id"
            " GROUP BY i.record_id"
        )
    return {row["record_id"]: row["keys"] for row in rows}


def everything(database: Database) -> list[Any]:
    """All that says where instances stand and what people have to do."""
    with database.begin(SYSTEM) as tx:
        return [
            tx.rows("SELECT * FROM processes.instance ORDER BY id"),
            tx.rows("SELECT id, instance_id, node_id, state, wake_at, entered_at, base_at, late, quiet, decision_id,"
                    " path, round FROM processes.token ORDER BY id"),
            tx.rows("SELECT * FROM tasks.task WHERE state = 'open' ORDER BY id"),
            tx.rows("SELECT * FROM processes.decision ORDER BY id"),
        ]  # fmt: skip


def sound(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        assert [one for one in processes.doctor(tx) if not one.ok] == []


OLD = [task("follow_up", "legal"), task("legal", "extra"), task("extra", "seal"), task("seal")]
NEW = [task("follow_up", "legal"), task("legal", "finance"), task("finance", "seal"), task("seal")]


def test_37_instances_of_which_5_stand_at_a_node_that_is_gone(database: Database) -> None:
    engine, ids = lives(database, *OLD, count=37)
    places = ["follow_up"] * 20 + ["legal"] * 8 + ["extra"] * 5 + ["seal"] * 4
    for one, place in zip(ids, places, strict=True):
        walk(engine, one, place)
    before = everything(database)
    number = publish(database, *NEW)
    with database.begin(SYSTEM) as tx:
        seen = processes.foresee(tx, "p")
    assert (seen["open"], seen["moves"], seen["choose"], seen["cannot"]) == (37, 32, 5, 0)
    assert {(one["key"], one["here"], one["verdict"], one["why"]) for one in seen["nodes"]} == {
        ("follow_up", 20, "moves", ""), ("legal", 8, "moves", ""), ("extra", 5, "choose", "gone"),
        ("seal", 4, "moves", "")}  # fmt: skip
    assert {one["record_id"] for one in seen["ask"]} == {*ids[28:33]}
    assert {one["proposed"] for one in seen["ask"]} == {"finance"}  # what now comes after the step before
    assert [one["changes"] for one in seen["nodes"] if one["key"] == "legal"] == [["next"]]

    done = migrate(database, number, {"extra": "finance"})
    assert (done.moved, done.stayed) == (37, 0)
    assert [standing(database)[one] for one in ids] == [[place if place != "extra" else "finance"] for place in places]
    sound(database)
    with database.begin(SYSTEM) as tx:
        back = processes.undo_migration(tx, done.id)
    assert (back["moved"], back["stayed"], back["gone_on"]) == (37, 0, [])
    assert everything(database) == before
    sound(database)
    walk(engine, ids[20], "extra")  # legal of the old version still leads there


def test_a_choice_is_made_for_all_or_for_one_and_who_has_none_stays(database: Database) -> None:
    _, ids = lives(database, *OLD, count=3, to="extra")
    number = publish(database, *NEW)
    with database.begin(SYSTEM) as tx:
        own = {one["record_id"]: one["instance"] for one in processes.foresee(tx, "p")["ask"]}
    done = migrate(database, number, {"extra": "seal"}, processes.Own(own[ids[0]], "extra", "finance"),
                   processes.Own(own[ids[1]], "extra", ""))  # fmt: skip
    assert (done.moved, done.stayed) == (2, 1)
    assert [standing(database)[one] for one in ids] == [["finance"], ["extra"], ["seal"]]
    assert migrate(database, number).id is None
    sound(database)


def test_tasks_keep_their_person_and_age_and_take_the_new_questions(database: Database) -> None:
    engine, ids = lives(database, task("legal"), to="legal")
    with database.begin(SYSTEM) as tx:
        was = tx.one("SELECT assignee_id, opened_at, due_at FROM tasks.task WHERE state = 'open'")
    engine.tick(FIRST.toordinal() + 10)
    outcomes = [{"key": "yes", "label": "同意", "next": "last"}]
    asks = {"key": "legal", "kind": "task", "label": "法务审核", "due_workdays": 9, "outcomes": outcomes}
    number = publish(database, asks, task("last"))
    migrate(database, number)
    with database.begin(SYSTEM) as tx:
        assert tx.one("SELECT assignee_id, opened_at, due_at FROM tasks.task WHERE state = 'open'") == was
    engine.finish(ids[0], "legal", "yes")
    assert standing(database)[ids[0]] == ["last"]


def test_a_wait_takes_the_date_of_the_new_version(database: Database) -> None:
    wait = {"key": "w", "kind": "wait", "until": "d1", "next": "t"}
    engine, ids = lives(database, wait, task("t"), d1=FIRST.toordinal() + 90)
    moment = "SELECT (wake_at AT TIME ZONE 'Asia/Shanghai')::date::text FROM processes.token"
    with database.begin(SYSTEM) as tx:
        before = tx.value(moment)
    number = publish(database, {**wait, "until": "d1 - 7"}, task("t"))
    done = migrate(database, number)
    with database.begin(SYSTEM) as tx:
        assert tx.value(f"SELECT ({moment})::date + 7 = '{before}'::date")
        processes.undo_migration(tx, done.id)
        assert tx.value(moment) == before
    assert standing(database)[ids[0]] == ["w"]
    sound(database)
    assert engine.trace(ids[0])["steps"] == []


def test_nothing_is_proposed_that_happens_by_itself(database: Database) -> None:
    marks = {"key": "mark", "kind": "update", "set": {"mark": '"m1"'}, "next": "later"}
    lives(database, task("first", "ask"), task("ask", "mark"), marks, task("later"), to="ask")
    publish(database, task("first", "mark"), marks, task("later"))
    with database.begin(SYSTEM) as tx:
        seen = processes.foresee(tx, "p")
    assert [one["proposed"] for one in seen["ask"]] == ["later"]
    assert {key for key, one in seen["options"].items() if one["acts"]} == {"mark"}


def test_outcomes_that_lead_elsewhere_are_another_way_and_not_another_question(database: Database) -> None:
    yes = {"key": "yes", "label": "同意", "next": "b"}
    lives(database, task("a", outcomes=[yes, {**yes, "key": "no", "next": "c"}]), task("b"), task("c"))
    publish(database, task("a", outcomes=[{**yes, "next": "c"}, {**yes, "key": "no"}]), task("b"), task("c"))
    with database.begin(SYSTEM) as tx:
        assert [one["changes"] for one in processes.foresee(tx, "p")["nodes"]] == [["next"]]
    asks = [{**yes, "label": "通过"}, {**yes, "key": "no", "next": "c"}]
    publish(database, task("a", outcomes=asks), task("b"), task("c"))
    with database.begin(SYSTEM) as tx:
        assert [one["changes"] for one in processes.foresee(tx, "p")["nodes"]] == [["outcomes"]]


def test_who_has_gone_on_does_not_go_back_and_is_named(database: Database) -> None:
    engine, ids = lives(database, *OLD, count=3, to="legal")
    done = migrate(database, publish(database, *NEW))
    engine.finish(ids[1], "legal", None)
    with database.begin(SYSTEM) as tx:
        back = processes.undo_migration(tx, done.id)
        assert [one["record_id"] for one in back["gone_on"]] == [ids[1]]
        assert (back["moved"], back["stayed"]) == (2, 1)
        listed = processes.migrations(tx, "p")
        assert [(one["moved"], one["back"]) for one in listed] == [(3, 2)]
    for one in (ids[0], ids[1]):
        engine.finish(one, standing(database)[one][0], None)
    assert [standing(database)[one] for one in ids] == [["extra"], ["seal"], ["legal"]]
    sound(database)


SPLIT = {"key": "s", "kind": "parallel", "branches": ["a", "b"]}
JOIN = {"key": "j", "kind": "join", "of": "s", "next": "z"}


def test_a_branch_goes_only_where_the_same_join_waits_for_it(database: Database) -> None:
    engine, ids = lives(database, SPLIT, task("a", "j"), task("b", "j"), JOIN, task("z"))
    engine.finish(ids[0], "a", None)
    number = publish(database, SPLIT, task("a", "j"), task("c", "j"), task("b", "c"), JOIN, task("z", "y"), task("y"))
    with database.begin(SYSTEM) as tx:
        assert {(one["key"], one["verdict"]) for one in processes.foresee(tx, "p")["nodes"]} == {
            ("b", "moves"), ("j", "moves")}  # fmt: skip
    migrate(database, number)
    engine.finish(ids[0], "b", None)
    assert standing(database)[ids[0]] == ["c", "j"]
    number = publish(database, SPLIT, task("a", "j"), task("d", "j"), task("b", "d"), JOIN, task("z", "y"), task("y"))
    with database.begin(SYSTEM) as tx:
        asked = processes.foresee(tx, "p")["ask"]
    assert [(one["key"], one["options"]) for one in asked] == [("c", ["a", "d", "b"])]
    with refused("processes.migration_choice", "从「c」不能转到「y」，请换一个节点", path="choices.c"):
        migrate(database, number, {"c": "y"})
    assert migrate(database, number, {"c": "d"}).moved == 1
    engine.finish(ids[0], "d", None)
    assert standing(database)[ids[0]] == ["z"]
    sound(database)


def test_without_a_place_among_the_same_branches_it_cannot_go(database: Database) -> None:
    lives(database, SPLIT, task("a", "j"), task("b", "j"), JOIN, task("z"))
    number = publish(database, task("a", "s"), SPLIT | {"branches": ["b", "c"]}, task("b", "j"), task("c", "j"), JOIN,
                     task("z"))  # fmt: skip
    with database.begin(SYSTEM) as tx:
        seen = processes.foresee(tx, "p")
    assert {(one["key"], one["verdict"], one["why"]) for one in seen["nodes"]} == {
        ("a", "choose", "other_split"), ("b", "moves", "")}  # fmt: skip
    assert migrate(database, number).moved == 0


def test_a_draft_is_foreseen_too(database: Database) -> None:
    lives(database, *OLD, count=2, to="extra")
    with database.begin(SYSTEM) as tx:
        seen = processes.foresee(tx, "p", processes.load(tree(*NEW)))
    assert (seen["to"], seen["open"], seen["choose"]) == (None, 2, 2)


def test_another_version_in_the_meantime_is_told_and_nothing_goes_twice(database: Database) -> None:
    lives(database, *OLD)
    number = publish(database, *NEW)
    publish(database, *NEW[:3], task("seal", "archive"), task("archive"))
    with refused("processes.version_moved", "「流程」已经是第 3 版，请重新查看迁移"):
        migrate(database, number)
    done = migrate(database, 3)
    assert migrate(database, 3).id is None
    with database.begin(SYSTEM) as tx:
        processes.undo_migration(tx, done.id)
    with refused("processes.migration_undone", f"第 {done.id} 次迁移已经迁回"), database.begin(SYSTEM) as tx:
        processes.undo_migration(tx, done.id)
    with refused("processes.no_migration", "没有第 99 次迁移"), database.begin(SYSTEM) as tx:
        processes.undo_migration(tx, 99)


def test_an_administrator_moves_what_runs_and_back_over_http(database: Database) -> None:
    lives(database, *OLD, count=2, to="extra")
    number = publish(database, *NEW)
    with database.begin(SYSTEM) as tx:
        people.save_role(tx, people.Role("designer", "设计", may=("design",)))
        people.create(tx, "boss", "周岚", roles=["designer"], password=PASSWORD)
    with logged_in(database, "boss") as client:
        seen = client.get("/api/processes/p/migration").json()
        assert (seen["to"], seen["choose"], [one["proposed"] for one in seen["nodes"]]) == (number, 2, ["finance"])
        assert seen["ask"] == []  # records that this role does not read are counted, not named
        done = client.post("/api/processes/p/migration", json={"to": number, "choices": {"extra": "finance"}}).json()
        assert (done["moved"], done["stayed"], done["left"]) == (2, 0, 0)
        assert [one["moved"] for one in client.get("/api/processes/p/migrations").json()] == [2]
        back = client.post(f"/api/migrations/{done['id']}/undo").json()
        assert back == {"moved": 2, "stayed": 0, "left": 0, "gone_on": []}

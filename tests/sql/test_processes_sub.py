"""A process that begins another one for each of some records, and waits for enough of them."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from error_codes import refused

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from test_engine_reference import FIRST, Engine

from perennial import access, processes, records
from perennial.kernel import SYSTEM, Database, Reason, Tx

heed: Any = importlib.import_module("perennial.processes.heed")  # the room gives the function
Tree = dict[str, Any]
TODAY = FIRST.toordinal()
VALUES = {"n": 1, "flag": False, "s": "x", "d1": None, "mark": None}
HE = {"who": {"person": "he"}}


def task(key: str, then: str = "end", **more: Any) -> Tree:
    return {"key": key, "kind": "task", "label": key, "next": then, **HE, **more}


def sub(**more: Any) -> Tree:
    return {"key": "each", "kind": "sub", "process": "child", "over": "mades", "next": "last", **more}


def parent(*nodes: Tree, **more: Any) -> Tree:
    return {"process": "parent", "label": "复核", "form": "thing", "start": [{"key": "now", "kind": "hand"}],
            "nodes": list(nodes), **more}  # fmt: skip


CHILD: Tree = {"process": "child", "label": "逐项检查", "form": "made", "nodes": [task("check")]}


class World(Engine):
    """Records of `thing` with records of `made` that belong to them."""

    def __init__(self, database: Database, *nodes: Tree, child: Tree = CHILD, **more: Any) -> None:
        super().__init__(database, child)
        with database.begin(SYSTEM, Reason("publish")) as tx:
            processes.publish(tx, parent(*nodes, **more))

    def thing(self, *labels: str) -> tuple[int, list[int]]:
        """A thing, and one made of it per label."""
        at = self.add({**VALUES, "s": "x"})
        with self.database.begin(SYSTEM) as tx:
            made = [records.create(tx, "made", {"thing": at, "label": label}) for label in labels]
        self.settle()
        return at, made

    def start(self, *things: int, process: str = "parent") -> None:
        with self.database.begin(SYSTEM) as tx:
            processes.start(tx, process, list(things))
        self.settle()

    def rows(self, sql: str, **params: Any) -> list[Any]:
        with self.database.begin(SYSTEM) as tx:
            return [tuple(row.values()) for row in tx.rows(sql, params)]

    def steps(self, at: int) -> list[str]:
        return [f"{key} {outcome}" for key, outcome in self.rows(
            "SELECT n.key, s.outcome FROM processes.step s JOIN processes.node n ON n.id = s.node_id"
            " JOIN processes.instance i ON i.id = s.instance_id JOIN processes.process p ON p.id = i.process_id"
            " WHERE i.record_id = %(at)s AND p.key = 'parent' ORDER BY s.id", at=at)]  # fmt: skip

    def children(self) -> list[tuple[int, str, str, str | None]]:
        """(record, entry, state, why) of each, in the order of their records."""
        return self.rows(
            "SELECT i.record_id, i.entry, i.state, nullif(i.why, 'ended') FROM processes.instance i"
            " JOIN processes.process p ON p.id = i.process_id WHERE p.key = 'child' ORDER BY i.record_id, i.id"
        )

    def states(self) -> list[str]:
        return [state for _, _, state, _ in self.children()]

    def state(self, at: int) -> str:
        return self.rows(
            "SELECT i.state FROM processes.instance i JOIN processes.process p ON p.id = i.process_id"
            " WHERE p.key = 'parent' AND i.record_id = %(at)s ORDER BY i.id DESC LIMIT 1", at=at)[0][0]  # fmt: skip

    def open(self) -> list[str]:
        return [key for (key,) in self.rows(
            "SELECT k.key FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.state = 'open'"
            " ORDER BY k.key, t.record_id")]  # fmt: skip

    def done(self, *made: int) -> None:
        for one in made:
            self.finish(one, "check", None)

    def sound(self) -> None:
        with self.database.begin(SYSTEM) as tx:
            assert [one.as_json() for one in processes.doctor(tx) if not one.ok] == []
            assert tx.value("SELECT count(*) FROM processes.nudge") == 0


LAST = task("last")


def test_one_begins_per_record_and_it_goes_on_when_all_are_over(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, made = world.thing("a", "b", "c")
    other, _ = world.thing("d")
    world.start(at)
    assert world.children() == [(one, "sub", "open", None) for one in made]
    assert world.open() == ["check"] * 3
    world.done(made[1], made[0])
    assert world.steps(at) == []
    world.sound()
    world.done(made[2])
    assert (world.steps(at), world.open()) == (["each ended"], ["last"])
    assert world.rows("SELECT facts FROM processes.step WHERE outcome = 'ended'") == [({"of": 3, "over": 3},)]
    world.start(other)
    assert world.states() == ["finished"] * 3 + ["open"]
    world.sound()


def test_one_that_cannot_be_followed_is_left_and_shown_and_keeps_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(database, sub(), LAST)
    at, other = world.thing("a")[0], world.thing("b")[0]
    world.start(at, other)
    ((parent_of_it, child),) = world.rows("SELECT parent_id, child_id FROM processes.sub ORDER BY id LIMIT 1")
    really = heed.advance

    def fails(tx: Tx, ids: list[int], *, ending: bool) -> Any:
        if parent_of_it in ids:
            raise ValueError("cannot")
        return really(tx, ids, ending=ending)

    monkeypatch.setattr(heed, "advance", fails)
    with database.begin(SYSTEM) as tx:
        for row in tx.rows("SELECT id FROM tasks.task WHERE state = 'open'"):
            processes.finish_task(tx, row["id"], {}, None)
    for _ in range(heed.ATTEMPTS + 1):
        processes.react(database)
    assert world.rows("SELECT record_id FROM tasks.task WHERE state = 'open'") == [(other,)], "only the other went on"
    with database.begin(SYSTEM) as tx:
        found = {one.check: one.examples for one in processes.doctor(tx) if not one.ok}
    assert [row["instance_id"] for row in found["parked_nudges"]] == [child]
    assert world.rows("SELECT attempts, error FROM processes.nudge") == [(heed.ATTEMPTS, "ValueError: cannot")]


def test_who_means_nobody_goes_on_at_once(database: Database) -> None:
    world = World(database, sub(when='label = "z"'), LAST)
    at, _ = world.thing("a", "b")
    world.start(at)
    assert (world.children(), world.steps(at), world.open()) == ([], ["each ended"], ["last"])
    world.sound()


def test_what_runs_already_is_waited_for_and_not_taken_along(database: Database) -> None:
    world = World(database, sub(need=1, rest="cancel"), LAST)
    at, made = world.thing("a", "b", "c")
    world.start(made[0], process="child")
    world.start(at)
    assert [entry for _, entry, _, _ in world.children()] == ["hand", "sub", "sub"]
    world.done(made[1])
    assert world.children() == [
        (made[0], "hand", "open", None), (made[1], "sub", "finished", None), (made[2], "sub", "cancelled", "rest"),
    ]  # fmt: skip
    assert (world.steps(at), world.open()) == (["each ended"], ["check", "last"])
    world.sound()
    world.done(made[0])
    assert world.open() == ["last"]


def test_what_is_left_goes_on_by_itself(database: Database) -> None:
    world = World(database, sub(need=2), LAST)
    at, made = world.thing("a", "b", "c")
    world.start(at)
    world.done(made[0])
    assert world.steps(at) == []
    world.done(made[2])
    assert (world.steps(at), world.states()) == (["each ended"], ["finished", "open", "finished"])
    world.finish(at, "last", None)
    assert (world.state(at), world.states()[1]) == ("finished", "open")
    world.sound()
    world.done(made[1])
    assert world.rows("SELECT outcome, why FROM processes.sub ORDER BY id") == [
        ("finished", None), ("open", None), ("finished", None),
    ]  # fmt: skip


def test_a_record_may_be_meant_by_a_relation_or_be_the_record_itself(database: Database) -> None:
    up = {"process": "up", "label": "上级", "form": "made", "start": [{"key": "now", "kind": "hand"}],
          "nodes": [{"key": "s", "kind": "sub", "process": "own", "record": "thing", "when": "n = 1"}]}  # fmt: skip
    own = {"process": "own", "label": "本身", "form": "thing",
           "nodes": [{"key": "s", "kind": "sub", "process": "checked"}]}  # fmt: skip
    checked = {"process": "checked", "label": "核对", "form": "thing", "nodes": [task("look")]}
    world = World(database, sub(), LAST)
    with database.begin(SYSTEM) as tx:
        processes.publish_set(tx, [processes.load(one) for one in (up, own, checked)])
    at, made = world.thing("a", "b")
    world.start(*made, process="up")
    began = world.rows("SELECT p.key, i.record_id FROM processes.instance i JOIN processes.process p"
                       " ON p.id = i.process_id WHERE p.key <> 'parent' ORDER BY i.id")  # fmt: skip
    assert began == [("up", made[0]), ("up", made[1]), ("own", at), ("checked", at)]
    assert world.rows("SELECT begun, count(*) FROM processes.sub GROUP BY begun ORDER BY begun") == [
        (False, 1), (True, 2),
    ]  # fmt: skip
    world.finish(at, "look", None)
    assert world.rows("SELECT count(*) FROM processes.instance WHERE state <> 'finished'") == [(0,)]
    world.sound()


def test_time_that_is_over_goes_another_way_with_its_line_in_the_ledger(database: Database) -> None:
    world = World(database, sub(timeout_days=5, on_timeout="ask", rest="cancel"), LAST, task("ask"))
    at, made = world.thing("a", "b")
    held, _ = world.thing("c")
    world.start(at, held)
    world.hold(held, TODAY + 9)
    world.done(made[0])
    world.tick(TODAY + 4)
    assert world.steps(at) == []
    world.tick(TODAY + 7)  # two days late
    assert world.steps(at) == ["each timed out"]
    assert world.trace(at)["decisions"] == [("each", -1, TODAY + 5, "late", "")]
    assert world.children()[:2] == [(made[0], "sub", "finished", None), (made[1], "sub", "cancelled", "rest")]
    assert (world.steps(held), world.states()[2]) == ([], "open")  # no time is over in a hold
    world.tick(TODAY + 10)
    assert (world.steps(held), world.states()[2]) == (["each timed out"], "cancelled")
    assert world.open() == ["ask", "ask"]
    world.sound()


def test_who_is_told_in_a_hold_goes_on_when_it_is_over(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, made = world.thing("a")
    late, _ = world.thing("b")
    world.hold(late, TODAY + 2)
    world.start(at, late)
    assert [one for one, *_ in world.children()] == made  # nothing begins by itself in a hold
    world.hold(at, TODAY + 2)
    world.done(made[0])
    assert world.steps(at) == []
    world.tick(TODAY + 3)
    assert (world.steps(at), world.steps(late), world.states()) == (["each ended"], [], ["finished", "open"])
    world.sound()


def deletes(world: World, form: str, at: int) -> None:
    with world.database.begin(SYSTEM) as tx:
        table = access.everything(tx, form).source.table
        records.delete(tx, form, at, tx.value(sa.select(table.c["version"]).where(table.c["id"] == at)))
    world.settle()


def restores(world: World, form: str, at: int) -> None:
    with world.database.begin(SYSTEM) as tx:
        records.restore(tx, form, at)
    world.settle()


def test_a_record_that_is_deleted_is_waited_for_no_more_until_it_is_back(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, made = world.thing("a", "b", "c")
    world.start(at)
    deletes(world, "made", made[0])
    assert world.states() == ["suspended", "open", "open"]
    world.done(made[1])
    restores(world, "made", made[0])
    world.done(made[2])
    assert (world.steps(at), world.states()) == ([], ["open", "finished", "finished"])
    world.sound()
    deletes(world, "made", made[0])
    assert (world.steps(at), world.states()[0]) == (["each ended"], "suspended")
    world.sound()


def test_what_was_begun_ends_and_comes_back_with_who_waits_for_it(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, made = world.thing("a", "b", "c")
    world.start(made[2], process="child")
    world.start(at)
    world.done(made[0])
    deletes(world, "thing", at)
    assert world.children() == [
        (made[0], "sub", "finished", None), (made[1], "sub", "cancelled", "parent"), (made[2], "hand", "open", None),
    ]  # fmt: skip
    assert world.open() == ["check"]
    world.sound()
    restores(world, "thing", at)
    assert (world.states(), world.open()) == (["finished", "open", "open"], ["check", "check"])
    world.done(made[1], made[2])
    assert world.steps(at) == ["each ended"]
    world.sound()


def test_a_cancelled_process_takes_what_it_began_along(database: Database) -> None:
    world = World(database, sub(), LAST, cancel_when="flag")
    at, made = world.thing("a", "b")
    other, _ = world.thing("c")
    world.start(made[1], process="child")
    world.start(at, other)
    world.edit(at, flag=True)
    assert (world.state(at), world.state(other), world.states()) == ("cancelled", "open", ["cancelled", "open", "open"])
    world.sound()


SPLIT = {"key": "split", "kind": "parallel", "branches": ["each", "stop"]}
STOPS: dict[str, list[Tree]] = {
    "an end of everything": [SPLIT, sub(), task("stop", "over"), {"key": "over", "kind": "end", "scope": "instance"}],
    "a cancelled step": [
        SPLIT, sub(), task("stop", "no"), {"key": "no", "kind": "cancel", "nodes": ["each"], "next": "last"}],
    "a join that has enough": [
        SPLIT, sub(next="join"), task("stop", "join"),
        {"key": "join", "kind": "join", "of": "split", "need": 1, "next": "last"}],
    "a way out for what is cancelled": [SPLIT, sub(), task("stop")],
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_what_was_begun_ends_when_the_step_is_given_up(database: Database, name: str) -> None:
    out = {"cancel_when": "flag", "then": "last"} if name.startswith("a way out") else {}
    world = World(database, *STOPS[name], LAST, **out)
    at, made = world.thing("a", "b", "c")
    world.start(made[2], process="child")
    world.start(at)
    world.done(made[0])
    assert world.states() == ["finished", "open", "open"]
    if out:
        world.edit(at, flag=True)
    else:
        world.finish(at, "stop", None)
    assert (world.states(), world.open().count("check")) == (["finished", "cancelled", "open"], 1)
    assert world.state(at) == ("finished" if name.startswith("an end") else "open")
    world.sound()


def test_children_of_children_end_together(database: Database) -> None:
    """Three processes deep; the innermost is told in a second round."""
    inner = {"process": "inner", "label": "最里", "form": "made", "nodes": [task("deep")]}
    child = {**CHILD, "nodes": [{"key": "s", "kind": "sub", "process": "inner"}]}
    world = World(database, sub(), LAST, child=inner)
    with database.begin(SYSTEM) as tx:
        processes.publish_set(tx, [processes.load(child)])
    at, _ = world.thing("a", "b")
    world.start(at)
    assert world.open() == ["deep", "deep"]
    deletes(world, "thing", at)
    assert world.rows("SELECT DISTINCT state FROM processes.instance ORDER BY 1") == [("cancelled",), ("suspended",)]
    world.sound()
    restores(world, "thing", at)
    assert world.open() == ["deep", "deep"]
    assert world.rows("SELECT DISTINCT state FROM processes.instance") == [("open",)]
    world.sound()


def test_a_record_shows_how_many_are_over_which_they_are_and_where_they_come_from(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, made = world.thing("a", "b", "c")
    world.start(made[2], process="child")
    world.start(at)
    world.done(made[0])
    with database.begin(SYSTEM) as tx:
        [shown] = processes.of_record(tx, "thing", at)
        assert shown["nodes"][0]["children"] == {"over": 1, "of": 3}
        [each, _] = processes.picture(tx, "parent")["nodes"]
        assert (each["children"], each["here"]) == ({"over": 1, "of": 3}, 1)
        found = processes.children(tx, "thing", at, shown["id"], limit=2)
        assert [(one["record_id"], one["state"], one["begun"], one["waited"]) for one in found["rows"]] == [
            (made[0], "finished", True, True), (made[1], "open", True, True),
        ]  # fmt: skip
        rest = processes.children(tx, "thing", at, shown["id"], after=found["next"], limit=2)
        assert ([one["begun"] for one in rest["rows"]], rest["next"]) == ([False], None)
        called = [processes.of_record(tx, "made", one)[0]["called_by"] for one in made]
        assert called == [{"process": "parent", "label": "复核", "label_en": None}] * 2 + [None]
        with refused("processes.no_such_instance", "这份记录没有第 99 个流程"):
            processes.children(tx, "thing", at, 99)

"""A process that begins another one for each of some records, and waits for enough of them."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from test_engine_reference import FIRST, Engine

from perennial import processes, records
from perennial.kernel import SYSTEM, Database, Reason

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

"""Control-flow patterns of the Workflow Patterns catalogue, by their numbers: what people do, and the order of the
steps that follows from the catalogue's text."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from test_engine_reference import Engine

from perennial import processes
from perennial.kernel import SYSTEM, Database, Invalid

Tree = dict[str, Any]


def task(key: str, then: str = "end", **ways: str) -> Tree:
    outcomes = [{"key": name, "label": name, "next": target} for name, target in ways.items()]
    return {"key": key, "kind": "task", **({"outcomes": outcomes} if ways else {"next": then})}


def split(*branches: str) -> Tree:
    return {"key": "split", "kind": "parallel", "branches": list(branches)}


def some(*ways: str) -> Tree:
    cases = [{"when": when, "next": f"t{at}"} for at, when in enumerate(ways, 1)]
    return {"key": "split", "kind": "inclusive", "cases": cases, "otherwise": "t0"}


def join(**more: Any) -> Tree:
    return {"key": "join", "kind": "join", "of": "split", "next": "last", **more}


def end(**more: Any) -> Tree:
    return {"key": "over", "kind": "end", **more}


THREE = [task("t1", "join"), task("t2", "join"), task("t3", "join")]
LAST = task("last")

# name: (nodes, tasks in the order of their being done, steps in the order of their being left, open tasks in the end)
PATTERNS: dict[str, tuple[list[Tree], list[str], list[str], list[str]]] = {
    "1 sequence": ([task("t1", "t2"), task("t2")], ["t1", "t2"], ["t1 done", "t2 done"], []),
    "2 parallel split": ([split("t1", "t2"), task("t1"), task("t2")], [], ["split split"], ["t1", "t2"]),
    "3 synchronization": (
        [split("t1", "t2"), *THREE[:2], join(), LAST], ["t2", "t1"],
        ["split split", "t2 done", "t1 done", "join joined", "join arrived"], ["last"]),
    "4 exclusive choice": (
        [{"key": "c", "kind": "condition", "cases": [{"when": "n > 3", "next": "t1"}], "otherwise": "t2"},
         task("t1"), task("t2")], [], ["c case_0"], ["t1"]),
    "5 simple merge": (
        [{"key": "c", "kind": "condition", "cases": [{"when": "n > 3", "next": "t1"}], "otherwise": "t2"},
         task("t1", "last"), task("t2", "last"), LAST], ["t1"], ["c case_0", "t1 done"], ["last"]),
    "6 multi-choice": (
        [some("n > 3", "flag", "n <> 2"), task("t1"), task("t2"), task("t3"), task("t0")], [],
        ["split case_0 case_2"], ["t1", "t3"]),
    "6 multi-choice, none holds": (
        [some("flag", "n <= 2"), task("t1"), task("t2"), task("t0")], [], ["split otherwise"], ["t0"]),
    "7 structured synchronizing merge": (
        [some("n > 3", "flag", "n <> 2"), *THREE, task("t0", "join"), join(), LAST], ["t1", "t3"],
        ["split case_0 case_2", "t1 done", "t3 done", "join joined", "join arrived"], ["last"]),
    "7 with one branch alone": (
        [some("n > 3", "flag"), *THREE[:2], task("t0", "join"), join(), LAST], ["t1"],
        ["split case_0", "t1 done", "join joined"], ["last"]),
    "8 multi-merge": (
        [split("t1", "t2"), task("t1", "last"), task("t2", "last"), LAST], ["t1", "t2"],
        ["split split", "t1 done", "t2 done"], ["last", "last"]),
    "9 structured discriminator": (
        [split("t1", "t2", "t3"), *THREE, join(need=1, rest="absorb"), LAST], ["t2", "t1"],
        ["split split", "t2 done", "join joined", "t1 done", "join absorbed"], ["last", "t3"]),
    "10 arbitrary cycles": (
        [task("t1", "t2"), task("t2", again="t1", on="t3"), task("t3", back="t2", out="last"), LAST],
        ["t1", "t2 again", "t1", "t2 on", "t3 back", "t2 on", "t3 out"],
        ["t1 done", "t2 again", "t1 done", "t2 on", "t3 back", "t2 on", "t3 out"], ["last"]),
    "11 implicit termination": (
        [split("t1", "t2"), task("t1"), task("t2")], ["t1", "t2"], ["split split", "t1 done", "t2 done"], []),
    "21 structured loop": (
        [task("t1", more="t1", enough="last"), LAST], ["t1 more", "t1 more", "t1 enough"],
        ["t1 more", "t1 more", "t1 enough"], ["last"]),
    "28 blocking discriminator": (  # a second round of the split waits for nobody of the first
        [split("t1", "t2"), *THREE[:2], join(need=1, rest="absorb"), task("last", again="split", out="end")],
        ["t1", "last again", "t1", "t2"],
        ["split split", "t1 done", "join joined", "last again", "split split", "t1 done", "join joined", "t2 done",
         "join absorbed"], ["last", "t2"]),
    "29 cancelling discriminator": (
        [split("t1", "t2", "t3"), *THREE, join(need=1), LAST], ["t2"],
        ["split split", "t2 done", "join joined"], ["last"]),
    "30 structured partial join": (
        [split("t1", "t2", "t3"), *THREE, join(need=2, rest="absorb"), LAST], ["t3", "t1", "t2"],
        ["split split", "t3 done", "t1 done", "join joined", "join arrived", "t2 done", "join absorbed"], ["last"]),
    "32 cancelling partial join": (
        [split("t1", "t2", "t3"), *THREE, join(need=2), LAST], ["t3", "t1"],
        ["split split", "t3 done", "t1 done", "join joined", "join arrived"], ["last"]),
    "33 generalised and-join": (  # two tokens come by one branch
        [split("t1", "t2"), {"key": "twice", "kind": "parallel", "branches": ["t3", "t4"]},
         task("t1", "twice"), task("t2", "join"), task("t3", "join"), task("t4", "join"), join(), LAST],
        ["t2", "t1", "t4", "t3"],
        ["split split", "t2 done", "t1 done", "twice split", "t4 done", "t3 done", "join joined", "join arrived",
         "join arrived"], ["last"]),
    "a branch that ended is not waited for": (
        [split("t1", "t2"), task("t1", "join"), task("t2", on="join", stop="end"), join(), LAST], ["t1", "t2 stop"],
        ["split split", "t1 done", "t2 stop", "join joined"], ["last"]),
    "a split whose branches all ended is over": (
        [split("t1", "t2"), task("t1", on="join", stop="end"), task("t2", on="join", stop="end"), join(), LAST],
        ["t1 stop", "t2 stop"], ["split split", "t1 stop", "t2 stop"], []),
    "43 explicit termination": (
        [split("t1", "t2"), task("t1", "over"), task("t2"), end(scope="instance")], ["t1"],
        ["split split", "t1 done", "over ended"], []),
}  # fmt: skip

VALUES = {"n": 5, "flag": False, "s": "x", "d1": None, "mark": None}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_runs_as_the_catalogue_says(database: Database, name: str) -> None:
    nodes, done, steps, left = PATTERNS[name]
    engine = Engine(database, _process(nodes))
    at = engine.add({**VALUES, "d1": _DAY})
    with database.begin(SYSTEM) as tx:
        processes.start(tx, "random", [at])
    for act in done:
        key, _, outcome = act.partition(" ")
        engine.finish(at, key, outcome or None)
    with database.begin(SYSTEM) as tx:
        rows = tx.rows("SELECT n.key, s.outcome FROM processes.step s JOIN processes.node n ON n.id = s.node_id"
                       " ORDER BY s.id")  # fmt: skip
        assert [f"{row['key']} {row['outcome']}" for row in rows] == steps
        tasks = tx.rows("SELECT k.key FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
                        " WHERE t.state = 'open' ORDER BY k.key")  # fmt: skip
        assert [row["key"] for row in tasks] == left
        state = tx.value("SELECT state FROM processes.instance")
        assert state == ("open" if left else "finished")
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []


WRONG: dict[str, tuple[list[Tree], str]] = {
    "a join of no split": ([task("t1", "join"), join(of="t1"), LAST], "processes.join_of_nothing"),
    "two joins of one split": (
        [split("t1", "t2"), task("t1", "join"), task("t2", "j2"), join(), {**join(), "key": "j2"}, LAST],
        "processes.joined_twice"),
    "more than there are": ([split("t1", "t2"), *THREE[:2], join(need=3), LAST], "processes.join_needs"),
    "a way in from before": (
        [task("t0", a="split", b="t1"), split("t1", "t2"), *THREE[:2], join(), LAST], "processes.enters_split"),
    "a way back to before": (
        [task("t0", "split"), split("t1", "t2"), task("t1", on="join", back="t0"), task("t2", "join"), join(), LAST],
        "processes.leaves_split"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_join_that_could_wait_for_ever_cannot_be_published(database: Database, name: str) -> None:
    nodes, code = WRONG[name]
    with pytest.raises(Invalid) as caught:
        Engine(database, _process(nodes))
    assert caught.value.code == code


_DAY = 739_999  # far ahead


def _process(nodes: list[Tree]) -> Tree:
    return {"process": "random", "label": "样式", "form": "thing", "start": [{"key": "now", "kind": "hand"}],
            "nodes": nodes}  # fmt: skip

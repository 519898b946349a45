"""Control-flow patterns of the Workflow Patterns catalogue, by their numbers: what people do, and the order of the
steps that follows from the catalogue's text."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from error_codes import sentence
from test_engine_reference import FIRST, Engine

from perennial import processes, records
from perennial.kernel import SYSTEM, Database, Invalid
from perennial.processes.graph import graph_problems

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


EXCLUDES = {"critical": "desk"}


def cancel(key: str, of: str, then: str) -> Tree:
    return {"key": key, "kind": "cancel", "nodes": [of], "next": then}


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
    "12 multiple instances without synchronization": (  # each goes on by itself
        [{**split(), "branches": ["t1", "t1", "t1"]}, task("t1", "last"), LAST], ["t1", "t1"],
        ["split split", "t1 done", "t1 done"], ["last", "last", "t1"]),
    "13 multiple instances, their number known when drawn": (
        [{**split(), "branches": ["t1", "t1", "t1"]}, task("t1", "join"), join(), LAST], ["t1", "t1", "t1"],
        ["split split", "t1 done", "t1 done", "t1 done", "join joined", "join arrived", "join arrived"], ["last"]),
    "16 deferred choice": (  # whoever is done first decides; the other way was never begun
        [split("t1", "t2"), task("t1", "not2"), task("t2", "not1"), cancel("not2", "t2", "a"),
         cancel("not1", "t1", "b"), task("a"), task("b")], ["t2"], ["split split", "t2 done", "not1 cancelled"], ["b"]),
    "17 interleaved parallel routing": (  # both in any order, never together
        [split("t1", "t2"), task("t1", "t3") | EXCLUDES, task("t3", "join"), task("t2", "join") | EXCLUDES, join(),
         LAST], ["t1"], ["split split", "t1 done"], ["t2", "t3"]),
    "17 one is open at a time": (
        [{**split(), "branches": ["t1", "t2", "t2"]}, task("t1", "join") | EXCLUDES, task("t2", "join") | EXCLUDES,
         join(), LAST], [], ["split split"], ["t1"]),
    "17 and all come to their turn": (
        [{**split(), "branches": ["t1", "t2", "t2"]}, task("t1", "join") | EXCLUDES, task("t2", "join") | EXCLUDES,
         join(), LAST], ["t1", "t2", "t2"],
        ["split split", "t1 done", "t2 done", "t2 done", "join joined", "join arrived", "join arrived"], ["last"]),
    "39 critical section": (  # a way of two steps is entered by one at a time
        [split("t1", "t3"), task("t1", "t2") | EXCLUDES, task("t2") | EXCLUDES, task("t3") | EXCLUDES],
        ["t1"], ["split split", "t1 done"], ["t2"]),
    "18 milestone": (  # what may be done as long as the other branch stands at t2
        [split("t1", "t3"), task("t1", "t2"), task("t2"), task("t3", "still"),
         {"key": "still", "kind": "condition", "cases": [{"stands": "t2", "next": "t4"}], "otherwise": "t5"},
         task("t4"), task("t5")], ["t1", "t3"], ["split split", "t1 done", "t3 done", "still case_0"], ["t2", "t4"]),
    "18 milestone, passed": (
        [split("t1", "t3"), task("t1", "t2"), task("t2"), task("t3", "still"),
         {"key": "still", "kind": "condition", "cases": [{"stands": "t2", "next": "t4"}], "otherwise": "t5"},
         task("t4"), task("t5")], ["t1", "t2", "t3"],
        ["split split", "t1 done", "t2 done", "t3 done", "still otherwise"], ["t5"]),
    "19 cancel task": (
        [split("t1", "t2"), task("t1", "stop"), task("t2", "last"), cancel("stop", "t2", "end"), LAST], ["t1"],
        ["split split", "t1 done", "stop cancelled"], []),
    "20 cancel case": (
        [split("t1", "t2"), task("t1", on="t3", stop="over"), task("t2"), task("t3"), end(scope="instance")],
        ["t1 stop"], ["split split", "t1 stop", "over ended"], []),
    "25 cancel region": (  # t2 and t3 are the region; t4 is not in it
        [{**split("t1", "t2", "t3"), "branches": ["t1", "t2", "t3", "t4"]}, task("t1", "stop"), task("t2"), task("t3"),
         task("t4"), {**cancel("stop", "t2", "last"), "nodes": ["t2", "t3"]}, LAST], ["t1"],
        ["split split", "t1 done", "stop cancelled"], ["last", "t4"]),
    "25 cancel region, of this round alone": (  # t2 of the first round is another visit of the split
        [split("t1", "t2"), task("t1", on="join", stop="stop"), task("t2", "join"), cancel("stop", "t2", "join"),
         join(need=1, rest="absorb"), task("last", again="split", out="end")], ["t1 on", "last again", "t1 stop"],
        ["split split", "t1 on", "join joined", "last again", "split split", "t1 stop", "stop cancelled",
         "join joined"], ["last", "t2"]),
    "26 cancel multiple instance activity": (
        [{**split(), "branches": ["t1", "t1", "t1", "t2"]}, task("t1", "last"), task("t2", "stop"),
         cancel("stop", "t1", "end"), LAST], ["t1", "t2"], ["split split", "t1 done", "t2 done", "stop cancelled"],
        ["last"]),
    "27 complete multiple instance activity": (  # what is left is given up, and the whole goes on
        [{**split(), "branches": ["t1", "t1", "t1", "t2"]}, task("t1", "join"), task("t2", "stop"),
         cancel("stop", "t1", "join"), join(), LAST], ["t1", "t2"],
        ["split split", "t1 done", "t2 done", "stop cancelled", "join joined", "join arrived"], ["last"]),
    "31 blocking partial join": (  # the second round waits for two of its own
        [split("t1", "t2", "t3"), *THREE, join(need=2, rest="absorb"), task("last", again="split", out="end")],
        ["t1", "t2", "last again", "t3", "t3", "t1"],
        ["split split", "t1 done", "t2 done", "join joined", "join arrived", "last again", "split split", "t3 done",
         "join absorbed", "t3 done", "t1 done", "join joined", "join arrived"], ["last", "t2"]),
    "41 thread merge": (  # so many threads of one branch become one
        [{**split(), "branches": ["t1", "t1"]}, task("t1", "t2"), task("t2", "join"), join(), LAST],
        ["t1", "t1", "t2", "t2"],
        ["split split", "t1 done", "t1 done", "t2 done", "t2 done", "join joined", "join arrived"], ["last"]),
    "cancelling lets a join go on": (
        [split("t1", "t2"), task("t1", "stop"), task("t2", "join"), cancel("stop", "t2", "join"), join(), LAST], ["t1"],
        ["split split", "t1 done", "stop cancelled", "join joined"], ["last"]),
    "43 explicit termination": (
        [split("t1", "t2"), task("t1", "over"), task("t2"), end(scope="instance")], ["t1"],
        ["split split", "t1 done", "over ended"], []),
}  # fmt: skip

TIMEOUT = [task("t1", "last") | {"timeout_days": 5, "on_timeout": "t2"}, task("t2"), LAST]


def test_what_nobody_does_in_time_goes_another_way_and_the_ledger_says_so(database: Database) -> None:
    engine = Engine(database, _process(TIMEOUT))
    first, second = (engine.add({**VALUES, "d1": _DAY}) for _ in range(2))
    with database.begin(SYSTEM) as tx:
        processes.start(tx, "random", [first, second])
    today = FIRST.toordinal()
    engine.finish(first, "t1", None)
    engine.tick(today + 4)
    assert [one[:2] for one in engine.trace(second)["tasks"]] == [("t1", "open")]
    engine.tick(today + 7)  # two days late
    trace = engine.trace(second)
    assert [one[:2] for one in trace["tasks"]] == [("t1", "closed"), ("t2", "open")]
    assert trace["decisions"] == [("t1", -1, today + 5, "late", "")]
    assert trace["steps"] == [("t1", "timed out", today + 7)]
    assert [one[:2] for one in engine.trace(first)["tasks"]] == [("last", "open"), ("t1", "done")]
    with database.begin(SYSTEM) as tx:
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []


def test_no_time_is_over_in_a_hold(database: Database) -> None:
    engine = Engine(database, _process(TIMEOUT))
    at = engine.add({**VALUES, "d1": _DAY})
    with database.begin(SYSTEM) as tx:
        processes.start(tx, "random", [at])
    today = FIRST.toordinal()
    engine.hold(at, today + 9)
    engine.tick(today + 8)
    assert [one[:2] for one in engine.trace(at)["tasks"]] == [("t1", "open")]
    engine.tick(today + 10)
    assert [one[:2] for one in engine.trace(at)["tasks"]] == [("t1", "closed"), ("t2", "open")]


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


# name: (what the step says, how many records it means, those done in this order, steps, open tasks in the end)
INSTANCES: dict[str, tuple[Tree, int, list[int], list[str], list[str]]] = {
    "34 the first of them lets it go on": ({"need": 1}, 3, [1], ["each ended"], ["last", "look", "look"]),
    "14 their number known at run time": ({}, 3, [2, 0, 1], ["each ended"], ["last"]),
    "14 and all of them are waited for": ({}, 3, [2, 0], [], ["look"]),
    "14 there may be none": ({}, 0, [], ["each ended"], ["last"]),
    "27 complete them: what is left is given up": (
        {"rest": "cancel", "timeout_days": 1, "on_timeout": "last"}, 3, [0], ["each timed out"], ["last"]),
    "34 static partial join": ({"need": 2}, 3, [2, 0], ["each ended"], ["last", "look"]),
    "35 cancelling partial join": ({"need": 2, "rest": "cancel"}, 3, [2, 0], ["each ended"], ["last"]),
    "36 dynamic partial join": ({"need": 2, "when": 'label <> "0"'}, 4, [1, 3], ["each ended"], ["last", "look"]),
    "36 and more than there are: all of them": ({"need": 9}, 2, [0, 1], ["each ended"], ["last"]),
}  # fmt: skip


def test_instances_per_record_run_as_the_catalogue_says(database: Database) -> None:
    look = {**task("look"), "who": {"person": "he"}}
    engine = Engine(database, {"process": "child", "label": "逐项", "form": "made", "nodes": [look]})
    for number, (name, (given, count, done, steps, left)) in enumerate(INSTANCES.items()):
        each: Tree = {"key": "each", "kind": "sub", "process": "child", "over": "mades", "next": "last", **given}
        with database.begin(SYSTEM) as tx:
            processes.publish(tx, {**_process([each, LAST]), "process": f"random_{number}"})
        at = engine.add({**VALUES, "d1": _DAY})
        with database.begin(SYSTEM) as tx:
            made = [records.create(tx, "made", {"thing": at, "label": str(n)}) for n in range(count)]
        engine.settle()
        with database.begin(SYSTEM) as tx:
            processes.start(tx, f"random_{number}", [at])
        for one in done:
            engine.finish(made[one], "look", None)
        if "timeout_days" in given:
            with database.begin(SYSTEM) as tx:
                engine.tick(tx.today.toordinal() + 1)
        with database.begin(SYSTEM) as tx:
            rows = tx.rows(
                "SELECT s.outcome FROM processes.step s JOIN processes.node n ON n.id = s.node_id"
                " JOIN processes.instance i ON i.id = s.instance_id"
                " WHERE n.key = 'each' AND i.record_id = %(at)s ORDER BY s.id", {"at": at})  # fmt: skip
            tasks = tx.rows(
                "SELECT k.key FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.state = 'open'"
                "   AND (k.key = 'last' AND t.record_id = %(at)s OR k.key = 'look' AND t.record_id = ANY(%(made)s))"
                " ORDER BY k.key", {"at": at, "made": made})  # fmt: skip
            assert (name, [f"each {row['outcome']}" for row in rows]) == (name, steps)
            assert (name, [row["key"] for row in tasks]) == (name, left)
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


def test_a_cancel_names_steps_and_a_time_limit_a_way() -> None:
    wrong = {
        "「stop」没有选择要取消哪些步骤": ([task("t1", "stop"), {"key": "stop", "kind": "cancel"}], "cancels_nothing"),
        "「t1」设了时限，没有说到时走哪里": ([task("t1") | {"timeout_workdays": 2}], "no_way_in_time"),
        "「stop」指向的「t9」不存在": ([task("t1", "stop"), cancel("stop", "t9", "end")], "no_such_node"),
    }
    for text, (nodes, code) in wrong.items():
        [problem] = graph_problems(processes.load(_process(nodes)))
        assert (problem.code, sentence(problem.code, problem.facts)) == (f"processes.{code}", text)


_DAY = 739_999  # far ahead


def _process(nodes: list[Tree]) -> Tree:
    return {"process": "random", "label": "样式", "form": "thing", "start": [{"key": "now", "kind": "hand"}],
            "nodes": nodes}  # fmt: skip

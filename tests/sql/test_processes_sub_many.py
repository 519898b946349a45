"""Sub-processes in numbers, at the same time, killed in between, taken to another version; and what is refused."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from error_codes import refused
from test_processes_sub import CHILD, LAST, TODAY, World, parent, sub, task

from perennial import apps, processes, records
from perennial.kernel import SYSTEM, Database, Reason, Tx
from perennial.processes import heed as heed_module
from perennial.processes import narrowed

Tree = dict[str, Any]


def many(world: World, count: int) -> int:
    """A thing with so many made of it."""
    at, _ = world.thing()
    with world.database.begin(SYSTEM) as tx:
        each = sa.func.generate_series(1, count).table_valued("n")
        thing, label = sa.literal(at, sa.BigInteger).label("thing"), sa.literal("x").label("label")
        records.create_set(tx, "made", sa.select(thing, label).select_from(each))
    world.settle()
    return at


def test_three_and_a_thousand_records_take_the_same_number_of_statements(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    original = Tx._execute  # pyright: ignore[reportPrivateUsage]

    def counting(self: Tx, *given: Any) -> Any:
        nonlocal asked
        asked += 1
        return original(self, *given)

    world = World(database, sub(), LAST)
    things = [many(world, count) for count in (3, 3, 400, 1000)]
    monkeypatch.setattr(Tx, "_execute", counting)
    counts: list[int] = []
    for at in things:  # the first compiles
        before = asked
        with database.begin(SYSTEM) as tx:
            processes.start(tx, "parent", [at])
        counts.append(asked - before)
    monkeypatch.undo()
    assert counts[1] == counts[2]
    assert counts[3] <= counts[1]  # so many are left to the workers
    assert world.rows("SELECT count(*) FROM tasks.task WHERE state = 'open'") == [(406,)]
    world.settle()
    assert world.rows("SELECT count(*) FROM tasks.task WHERE state = 'open'") == [(1406,)]
    world.sound()


def test_two_workers_hear_of_the_same_children_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowed, "MOST", 2)
    world = World(database, sub(), LAST)
    things = [world.thing("a", "b", "c") for _ in range(4)]
    world.start(*(at for at, _ in things))
    with database.begin(SYSTEM) as tx:
        for (task,) in world.rows("SELECT id FROM tasks.task WHERE state = 'open'"):
            processes.finish_task(tx, task, {}, None)
    ready = threading.Barrier(3)

    def work() -> None:
        ready.wait()
        processes.react(database)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    world.settle()
    assert [world.steps(at) for at, _ in things] == [["each ended"]] * 4
    assert world.open() == ["last"] * 4
    world.sound()


@pytest.mark.parametrize("place", ["processes.heeding", "processes.heeded"])
def test_a_crash_between_the_end_of_a_child_and_its_parent_loses_and_doubles_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    world = World(database, sub(need=1, rest="cancel"), LAST)
    at, made = world.thing("a", "b")
    world.start(at)

    class Killed(BaseException):
        pass

    def killed(name: str) -> None:
        if name == place:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(heed_module, "fail_point", killed)
        with pytest.raises(Killed):
            world.finish(made[0], "check", None)
        with pytest.raises(Killed):
            world.settle()
    world.tick(TODAY)
    assert (world.steps(at), world.states(), world.open()) == (["each ended"], ["finished", "cancelled"], ["last"])
    world.sound()


def test_what_ends_while_somebody_begins_to_wait_for_it_is_not_waited_for(database: Database) -> None:
    """The child ends in a transaction that does not see who links it, and which is not seen by them."""
    world = World(database, sub(), LAST)
    at, made = world.thing("a")
    world.start(made[0], process="child")
    [(open_task,)] = world.rows("SELECT id FROM tasks.task WHERE state = 'open'")
    with database.begin(SYSTEM) as tx:
        processes.start(tx, "parent", [at])
        with database.begin(SYSTEM) as ending:
            processes.finish_task(ending, open_task, {}, None)
    assert (world.steps(at), world.states()) == ([], ["finished"])
    world.settle()
    assert world.steps(at) == ["each ended"]
    world.sound()


# -- another version


def publish(database: Database, *nodes: Tree) -> int:
    with database.begin(SYSTEM, Reason("publish")) as tx:
        return processes.publish(tx, parent(*nodes)).number


def migrate(world: World, to: int, **choices: str) -> int:
    with world.database.begin(SYSTEM) as tx:
        done = processes.migrate(tx, "parent", to, choices)
    world.settle()
    assert done.id is not None
    return done.id


def test_who_waits_goes_to_another_version_and_looks_again(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, made = world.thing("a", "b", "c")
    world.start(at)
    world.done(made[0])
    migrate(world, publish(database, sub(timeout_days=3, on_timeout="last"), LAST))
    world.sound()
    assert world.steps(at) == []
    migrate(world, publish(database, sub(need=2), LAST))
    assert world.rows("SELECT wake_at FROM processes.token t JOIN processes.node n ON n.id = t.node_id"
                      " WHERE n.kind = 'sub'") == [(None,)]  # fmt: skip
    world.done(made[2])
    assert (world.steps(at), world.states()) == (["each ended"], ["finished", "open", "finished"])
    world.sound()


def test_who_is_taken_elsewhere_gives_up_what_it_began_and_the_way_back_brings_it_back(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, made = world.thing("a", "b", "c")
    world.start(made[2], process="child")
    world.start(at)
    world.done(made[0])
    number = migrate(world, publish(database, task("ask", "last"), LAST), each="ask")
    assert world.states() == ["finished", "cancelled", "open"]
    assert world.open() == ["ask", "check"]
    world.sound()
    with database.begin(SYSTEM) as tx:
        assert processes.undo_migration(tx, number)["moved"] == 1
    world.settle()
    assert (world.states(), world.open()) == (["finished", "open", "open"], ["check", "check"])
    world.sound()
    world.done(made[1], made[2])
    assert world.open() == ["last"]
    world.sound()


# -- what is refused


def test_a_process_does_not_begin_itself_not_through_others_either(database: Database) -> None:
    world = World(database, sub(), LAST)
    first = {"process": "first", "label": "甲", "form": "thing", "nodes": [{"key": "s", "kind": "sub", "process": "b"}]}
    second = {**first, "process": "b", "label": "乙", "nodes": [{"key": "s", "kind": "sub", "process": "c"}]}
    third = {**first, "process": "c", "label": "丙", "nodes": [{"key": "s", "kind": "sub", "process": "first"}]}
    alone = {**first, "nodes": [{"key": "s", "kind": "sub", "process": "first"}]}
    with database.begin(SYSTEM) as tx:
        with refused("processes.sub_circle", "流程会绕回自己，无休止：甲 → 甲", path="nodes[0].process"):
            processes.publish(tx, alone)
        with refused("processes.sub_circle", "流程会绕回自己，无休止：甲 → 乙 → 丙 → 甲", path="nodes[0].process"):
            processes.publish_set(tx, [processes.load(one) for one in (first, second, third)])
    with database.begin(SYSTEM) as tx:  # two of them together, the third makes the circle
        processes.publish_set(tx, [processes.load(one) for one in (first, second)])
    with database.begin(SYSTEM) as tx:
        found = [one.problem for one in processes.problems(tx, third) if one.severity == "error"]
        assert [(one.code, one.path) for one in found] == [("processes.sub_circle", "nodes[0].process")]
        plan = apps.propose(tx, [apps.Change("process", "c", third)])
        assert [one.problem.code for one in plan.problems] == ["processes.sub_circle"]
    at, _ = world.thing()
    with database.begin(SYSTEM) as tx:  # it runs: a version that no longer stands in force counts as long as it does
        processes.publish(tx, {**third, "nodes": [task("t")]})
        processes.start(tx, "first", [at])
        changed = {**first, "nodes": [task("t")]}
        processes.publish(tx, changed)
        found = [one.problem.code for one in processes.problems(tx, third) if one.severity == "error"]
        assert found == ["processes.sub_circle"]


def test_a_draft_says_what_a_sub_process_lacks(database: Database) -> None:
    World(database, sub(), LAST)
    wrong = {
        "「甲」没有选择要发起哪个流程": ("no_sub", "nodes[0].process", {"process": None}),
        "这里没有「rows」这组记录": ("no_such_collection", "nodes[0].over", {"over": "rows"}),
        "「甲」要发起的「逐项检查」是办「made」的，不是「thing」": ("sub_form", "nodes[0].process", {"over": None}),
        "「甲」设了时限，没有说到时走哪里": ("no_way_in_time", "nodes[0].on_timeout", {"timeout_days": 2}),
        "「n」不是关联字段": ("not_relation", "nodes[0].record", {"over": None, "record": "n"}),
    }  # fmt: skip
    with database.begin(SYSTEM) as tx:
        for sentence, (code, path, given) in wrong.items():
            tree = {name: value for name, value in {**sub(label="甲"), **given}.items() if value is not None}
            [one] = [one.problem for one in processes.problems(tx, parent(tree, LAST)) if one.severity == "error"]
            with refused(f"processes.{code}", sentence, path=path):
                raise one
        [typed] = processes.problems(tx, parent(sub(when="n > 1"), LAST))
        assert typed.problem.path == "nodes[0].when"


def test_a_process_that_another_begins_stays_and_needs_no_start(database: Database) -> None:
    World(database, sub(), LAST)
    with database.begin(SYSTEM) as tx:
        plan = apps.propose(tx, [apps.Change("process", "child", None)])
        assert [(one.kind, one.key, one.path, one.error.code) for one in plan.faults] == [
            ("process", "parent", "nodes[0].process", "apps.gone"),
        ]  # fmt: skip
        both = [apps.Change("process", "child", None), apps.Change("process", "parent", None)]
        assert apps.propose(tx, both).publishable
        child = next(one for one in processes.current(tx) if one.key == "child")
        assert processes.problems(tx, child) == []
        other = parent(sub(process="nobody"), LAST)
        plan = apps.propose(tx, [apps.Change("process", "parent", other)])
        assert [(one.path, one.problem.code) for one in plan.problems] == [("nodes[0].process", "apps.gone")]


def test_fields_that_decide_whom_a_sub_process_means_are_known(database: Database) -> None:
    World(database, sub(when='label = "a"'), LAST)
    with database.begin(SYSTEM) as tx:
        label = [
            (one.kind, one.key, one.path)
            for one in apps.uses(apps.in_use(tx), "made", "label")
            if one.kind == "process"
        ]
        assert label == [("process", "parent", "nodes[0].over")]
        tie = [
            (one.kind, one.key, one.path)
            for one in apps.uses(apps.in_use(tx), "made", "thing")
            if one.kind == "process"
        ]
        assert tie == [("process", "parent", "nodes[0].over")]


def test_a_called_process_that_is_gone_is_shown_where_it_stands(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, _ = world.thing("a")
    with database.begin(SYSTEM) as tx:
        processes.switch_off(tx, ["child"])
    world.start(at)
    assert world.rows("SELECT code FROM processes.stuck") == [("processes.sub_gone",)]
    with database.begin(SYSTEM) as tx:
        processes.publish(tx, {**CHILD, "about": "again"})
        processes.retry(tx)
    world.tick(TODAY)
    assert world.open() == ["check"]


def test_a_draft_with_a_sub_process_is_tried_and_nothing_stays(database: Database) -> None:
    world = World(database, sub(), LAST)
    at, _ = world.thing("a", "b")
    with database.begin(SYSTEM) as tx:
        walk = processes.trial(tx, parent(sub(), LAST), at)
        assert [(one.node, one.state) for one in walk.stands] == [("each", "waiting")]
        walk = processes.trial(tx, parent(sub(), LAST), at, [processes.Choice("assume", "each")])
        assert [one.node for one in walk.stands] == ["last"]
    assert world.children() == []

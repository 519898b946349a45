"""A wait for a record that arrives: payment came, the customer answered."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from error_codes import sentence
from test_engine_reference import FIRST, Engine

from perennial import processes, records
from perennial.kernel import SYSTEM, Database, Reason

Tree = dict[str, Any]
VALUES = {"n": 5, "flag": False, "s": "x", "d1": 739_999, "mark": None}
DAY = FIRST.toordinal()


def tree(*nodes: Tree, **more: Any) -> Tree:
    last = [{"key": "came", "kind": "task"}, {"key": "late", "kind": "task"}]
    return {"process": "random", "label": "到账", "form": "thing", "start": [{"key": "now", "kind": "hand"}],
            "nodes": [*nodes, *last], **more}  # fmt: skip


def wait(**more: Any) -> Tree:
    arrives = {"form": "made", "by": "thing", "when": 'label = "paid"'}
    return {"key": "w", "kind": "wait", "arrives": arrives, "limit_days": 10, "on_limit": "late", "next": "came"} | more


class World(Engine):
    """Records of `thing`, with a process that waits for records of `made`."""

    def begin(self, count: int = 1) -> list[int]:
        made = [self.add(VALUES) for _ in range(count)]
        with self.database.begin(SYSTEM) as tx:
            processes.start(tx, "random", made)
        return made

    def arrive(self, thing: int, label: str = "paid", *, why: Reason | None = None, handled: bool = True) -> int:
        with self.database.begin(SYSTEM, why) as tx:
            made = records.create(tx, "made", {"label": label, "thing": thing})
        if handled:
            self.settle()
        return made

    def stands(self, thing: int) -> list[str]:
        with self.database.begin(SYSTEM) as tx:
            assert [one.check for one in processes.doctor(tx) if not one.ok] == []
        return self.rows_stand(thing)

    def rows_stand(self, thing: int) -> list[str]:
        with self.database.begin(SYSTEM) as tx:
            rows = tx.rows("SELECT n.key FROM processes.token t JOIN processes.node n ON n.id = t.node_id"
                           " JOIN processes.instance i ON i.id = t.instance_id WHERE i.record_id = %(of)s"
                           "   AND t.state <> 'frozen' ORDER BY t.id", {"of": thing})  # fmt: skip
            return [row["key"] for row in rows]

    def step(self, node: str = "w") -> tuple[str, Any]:
        with self.database.begin(SYSTEM) as tx:
            row = tx.one("SELECT s.outcome, s.facts FROM processes.step s JOIN processes.node n ON n.id = s.node_id"
                         " WHERE n.key = %(node)s ORDER BY s.id DESC LIMIT 1", {"node": node})  # fmt: skip
            assert row is not None
            return row["outcome"], row["facts"]


def test_a_record_that_matches_lets_through_whom_it_belongs_to_and_the_step_says_which(database: Database) -> None:
    world = World(database, tree(wait()))
    mine, other = world.begin(2)
    world.arrive(mine, "unpaid")
    assert (world.stands(mine), world.stands(other)) == (["w"], ["w"])
    paid = world.arrive(mine)
    assert (world.stands(mine), world.stands(other)) == (["came"], ["w"])
    assert world.step() == ("came", {"form": "made", "record": paid})


def test_nothing_came_until_the_limit(database: Database) -> None:
    world = World(database, tree(wait()))
    [mine] = world.begin()
    world.tick(DAY + 9)
    assert world.stands(mine) == ["w"]
    world.tick(DAY + 10)
    assert world.stands(mine) == ["late"]
    assert world.step() == ("passed", None)
    world.arrive(mine)
    assert world.stands(mine) == ["late"]


@pytest.mark.parametrize(("since", "stands"), [("here", ["w"]), ("start", ["came"])])
def test_what_came_before_it_was_waited_for_counts_from_the_start_when_the_wait_says_so(
    database: Database, since: str, stands: list[str]
) -> None:
    world = World(database, tree({"key": "first", "kind": "task", "next": "w"}, wait(since=since)))
    [mine] = [world.add(VALUES)]
    world.arrive(mine)  # before the instance began: never counts
    world.tick(DAY + 1)
    with database.begin(SYSTEM) as tx:
        processes.start(tx, "random", [mine])
    world.arrive(mine, "unpaid")
    paid = world.arrive(mine)
    world.tick(DAY + 2)
    world.finish(mine, "first", None)
    assert world.stands(mine) == stands
    if since == "start":
        assert world.step() == ("came", {"form": "made", "record": paid})


def test_what_came_long_ago_and_is_only_handled_now_was_not_waited_for(database: Database) -> None:
    world = World(database, tree({"key": "first", "kind": "task", "next": "w"}, wait()))
    [mine] = world.begin()
    world.arrive(mine, handled=False)  # no worker is there
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + interval '1 day'")
    world.finish(mine, "first", None)
    assert world.stands(mine) == ["w"]


def test_of_imports_all_count_but_those_that_are_to_set_off_nothing_and_restored_records_do_not(
    database: Database,
) -> None:
    world = World(database, tree(wait()))
    [mine, other, third] = world.begin(3)
    world.arrive(mine, why=Reason("import", {"import": 1, "answer": "none"}))
    assert world.stands(mine) == ["w"]
    world.arrive(mine, why=Reason("import", {"import": 2, "answer": "tasks"}))
    assert world.stands(mine) == ["came"]
    old = world.arrive(other, "unpaid")
    with database.begin(SYSTEM) as tx:
        records.update(tx, "made", old, 1, {"label": "paid"})
        records.delete(tx, "made", old, 2)
    world.settle()
    with database.begin(SYSTEM) as tx:
        records.restore(tx, "made", old)
    world.settle()
    gone = world.arrive(third, handled=False)
    with database.begin(SYSTEM) as tx:
        records.delete(tx, "made", gone, 1)
    world.settle()
    assert (world.stands(other), world.stands(third)) == (["w"], ["w"])


def test_a_hold_only_puts_off_what_has_come(database: Database) -> None:
    world = World(database, tree(wait()))
    mine, late = world.begin(2)
    for one, until in ((mine, DAY + 3), (late, DAY + 20)):
        world.hold(one, until)
    world.arrive(mine)
    assert world.stands(mine) == ["w"]
    world.tick(DAY + 3)
    assert world.stands(mine) == ["came"]
    world.tick(DAY + 11)  # its limit fell due in the hold
    world.arrive(late)
    world.tick(DAY + 20)
    assert world.stands(late) == ["came"]


def test_what_became_true_in_a_hold_is_seen_at_its_end(database: Database) -> None:
    met = {"key": "w", "kind": "wait", "met": "flag", "limit_days": 99, "on_limit": "late", "next": "came"}
    world = World(database, tree(met))
    [mine] = world.begin()
    world.hold(mine, DAY + 3)
    world.edit(mine, flag=True)
    assert world.stands(mine) == ["w"]
    world.tick(DAY + 3)
    assert world.stands(mine) == ["came"]


def test_a_cancelled_instance_hears_nothing_and_a_deleted_record_comes_back_to_its_wait(database: Database) -> None:
    world = World(database, tree(wait(), cancel_when="flag"))
    mine, other = world.begin(2)
    world.edit(mine, flag=True)
    world.arrive(mine)
    assert world.stands(mine) == []
    with database.begin(SYSTEM) as tx:
        records.delete(tx, "thing", other, world.read(tx, other)["version"])
    world.settle()
    with database.begin(SYSTEM) as tx:
        records.restore(tx, "thing", other)
    world.settle()
    assert world.stands(other) == ["w"]
    world.arrive(other)
    assert world.stands(other) == ["came"]


def test_who_is_taken_to_another_version_waits_there_for_what_that_one_waits_for(database: Database) -> None:
    world = World(database, tree(wait()))
    [mine] = world.begin()
    changed = wait(arrives={"form": "made", "by": "thing", "when": 'label = "signed"'})
    with database.begin(SYSTEM) as tx:
        number = processes.publish(tx, tree(changed)).number
    with database.begin(SYSTEM) as tx:
        assert processes.migrate(tx, "random", number, {}).moved == 1
    world.arrive(mine)
    assert world.stands(mine) == ["w"]
    world.arrive(mine, "signed")
    assert world.stands(mine) == ["came"]


def test_each_round_of_a_loop_waits_for_one_of_its_own(database: Database) -> None:
    told = {"key": "told", "kind": "update", "set": {"n": "n + 1"}, "next": "more"}
    more = {"key": "more", "kind": "condition", "cases": [{"when": "n > 9", "next": "came"}], "otherwise": "w"}
    world = World(database, tree(wait(next="told"), told, more))
    [mine] = world.begin()
    world.arrive(mine)
    world.arrive(mine)
    with database.begin(SYSTEM) as tx:
        assert world.read(tx, mine)["n"] == 7
    assert world.stands(mine) == ["w"]


def test_the_number_of_statements_does_not_grow_with_those_who_wait(database: Database) -> None:
    world = World(database, tree(wait()))
    counts: list[int] = []
    for many in (2, 30):
        made = world.begin(many)
        with database.begin(SYSTEM) as tx:
            for one in made:
                records.create(tx, "made", {"label": "paid", "thing": one})
        with database.begin(SYSTEM, Reason("reaction")) as tx:
            counts.append(_statements(tx))
        world.settle()
    assert counts[0] == counts[1]


def _statements(tx: Any) -> int:
    """How many statements it takes to follow what was written."""
    from perennial import changes
    from perennial.processes.react import Reacted, handle

    claimed = changes.claim(tx, 500, [])
    assert claimed is not None
    count, run = 0, tx.connection.execute

    def counting(*given: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        return run(*given, **more)

    tx.connection.execute = counting
    handle(tx, claimed, Reacted())
    tx.connection.execute = run
    return count


WRONG = {
    "没有「nowhere」这个表单": {"form": "nowhere", "by": "thing"},
    "「label」不指向「thing」，到来的记录无法对应到等待的那一条": {"form": "made", "by": "label"},
}


@pytest.mark.parametrize("text", WRONG)
def test_an_arrival_that_leads_nowhere_cannot_be_published(database: Database, text: str) -> None:
    world = World(database, tree(wait()))
    with world.database.begin(SYSTEM) as tx:
        [first, *_] = [one.problem for one in processes.problems(tx, tree(wait(arrives=WRONG[text])))]
    assert (sentence(first.code, first.facts), (first.path or "")[:16]) == (text, "nodes[0].arrives")


def test_what_was_not_chosen_yet_is_said_in_words(database: Database) -> None:
    blank = [wait(arrives={}), wait(key="v", arrives={"form": "made"}), {"key": "call", "kind": "webhook"}]
    with World(database, tree(wait())).database.begin(SYSTEM) as tx:
        found = [one.problem for one in processes.problems(tx, tree(*blank))][:3]
    assert [sentence(one.code, one.facts) for one in found] == [
        "「w」没有选择等哪种记录到来、由它的哪个字段对应",
        "「v」没有选择等哪种记录到来、由它的哪个字段对应",
        "「call」没有填写发送到哪个网址",
    ]


def test_a_wait_for_an_event_without_a_limit_is_told_of(database: Database) -> None:
    world = World(database, tree(wait()))
    with world.database.begin(SYSTEM) as tx:
        found = processes.problems(tx, tree(wait(limit_days=0, next="late"), {"key": "first", "kind": "end"}))
    assert "processes.waits_for_ever" in {one.problem.code for one in found}

"""Processes as they are drawn: notes and places, and everything that is wrong with a draft, each with its node."""

import sys
from typing import Any

import pytest
from error_codes import refused

from perennial import apps, processes, records
from perennial.kernel import SYSTEM, Database, Tx, text
from tests.sql.test_processes_engine import PROCESS, prepare

Json = dict[str, Any]
NODES: list[Json] = PROCESS["nodes"]


def _drawn(**of_first: Any) -> Json:
    return {**PROCESS, "nodes": [{**NODES[0], **of_first}, *NODES[1:]]}


def test_a_note_and_a_place_are_shown_and_make_no_new_version(database: Database) -> None:
    prepare(database)
    with database.begin(SYSTEM) as tx:
        before = processes.picture(tx, "call")["version"]
        processes.publish(tx, _drawn(note="先问销售", place=[120, -40]))
    with database.begin(SYSTEM) as tx:
        shown = processes.picture(tx, "call")
        assert shown["version"] == before
        spec = shown["nodes"][0]["spec"]
        assert (spec["note"], spec["place"]) == ("先问销售", [120, -40])
        [kept] = [one for one in processes.current(tx) if one.key == "call"]
        assert processes.dump(kept)["nodes"][0]["place"] == [120, -40]
        processes.publish(tx, _drawn(label="再打一次", note="先问销售"))
        assert tx.value("SELECT max(number) FROM processes.version v JOIN processes.process p ON p.id = v.process_id"
                        " WHERE p.key = 'call'") == before + 1  # fmt: skip


def test_versions_that_were_in_force_are_listed_each_with_its_tree(database: Database) -> None:
    prepare(database)
    with database.begin(SYSTEM) as tx:
        processes.publish(tx, _drawn(label="再打一次"))
        listed = processes.kept(tx, "call")
        assert [(one.number, one.current, one.open, one.by) for one in listed] == [
            (2, True, 0, ""), (1, False, 0, ""),
        ]  # fmt: skip
        assert [processes.kept_tree(tx, "call", n)["nodes"][0].get("label") for n in (1, 2)] == [None, "再打一次"]
        with refused("processes.no_such_version", "没有这个流程版本（3）"):
            processes.kept_tree(tx, "call", 3)
        with refused("processes.no_such_process", "没有「other」这个流程"):
            processes.kept(tx, "other")


FRESH: Json = {
    "process": "drawn", "label": "画了一半", "form": "deal",
    "nodes": [
        {"key": "ask", "kind": "task", "label": "问一问", "who": {"role": ""}, "next": "split"},
        {"key": "split", "kind": "condition", "label": "答了吗", "cases": [{"label": "答了"}], "otherwise": "rest"},
        {"key": "rest", "kind": "wait", "label": "再等等", "next": "tell"},
        {"key": "tell", "kind": "notify", "label": "告诉客户", "to": {"field": "owner"}, "next": "make"},
        {"key": "make", "kind": "create", "label": "建工单", "next": "meet"},
        {"key": "meet", "kind": "join", "label": "会合", "next": "until"},
        {"key": "until", "kind": "wait", "label": "等付款", "met": "closed", "next": "boss"},
        {"key": "boss", "kind": "task", "label": "请示", "who": {"role": "captain"}, "fill": ["colour"],
         "next": "gone"},
        {"key": "loose", "kind": "task", "label": "没连上"},
    ],
}  # fmt: skip


def test_all_that_is_wrong_with_a_half_drawn_process_is_said_at_its_node(database: Database) -> None:
    prepare(database)
    with database.begin(SYSTEM) as tx:
        found = [(one.severity, one.problem.path, text(one.problem)) for one in processes.problems(tx, FRESH)]
        assert sorted(found) == sorted([
            ("error", "nodes[0].who.role", "「问一问」没有设置由谁办理。流程走到这里将无人处理"),
            ("error", "nodes[1].cases[0].when", "「答了吗」有一条路没有写条件"),
            ("error", "nodes[2]", "「再等等」没有设置等到什么时候：日期、时长、条件、到来的记录、外部调用里选一种"),
            ("error", "nodes[3].template", "「告诉客户」没有选择消息模板"),
            ("error", "nodes[4].form", "「建工单」没有选择要新建哪种记录"),
            ("error", "nodes[5].of", "「会合」没有选择汇合的是哪个分支"),
            ("error", "nodes[7]", "「请示」指向的「gone」不存在"),
            ("error", "nodes[7].fill[0]", "「deal」里没有「colour」这个字段"),
            ("error", "nodes[8]", "没有路线能走到「没连上」"),
            ("hint", "nodes[6].limit", "「等付款」没有等待上限，条件一直不成立就会一直停在这里"),
            ("hint", "nodes[7].who", "「请示」交给「captain」，但现在没有人担任这个角色"),
            ("hint", "start", "没有设置什么时候开始，只能由人发起"),
        ])  # fmt: skip
        assert all(text(one.problem, "en") != text(one.problem) for one in processes.problems(tx, FRESH))


def test_a_process_without_name_or_nodes_is_told_so_and_not_lost(database: Database) -> None:
    prepare(database)
    with database.begin(SYSTEM) as tx:
        for tree in ({"process": "x", "form": "deal"}, {"process": "x", "label": "x", "form": "deal", "nodes": "y"}):
            [first, *_] = processes.problems(tx, tree)
            assert first.severity == "error"
        empty = {"process": "x", "label": "x", "form": "deal", "nodes": []}
        assert [text(one.problem) for one in processes.problems(tx, empty)] == [
            "还没有步骤。从左边拖一个进来，或按 N 添加"
        ]


def test_a_draft_with_any_error_cannot_be_published(database: Database) -> None:
    prepare(database)
    with database.begin(SYSTEM) as tx:
        plan = apps.propose(tx, [apps.Change("process", "drawn", FRESH)])
        assert (plan.publishable, len(plan.problems), len(plan.hints)) == (False, 9, 3)
        endless = _drawn(kind="wait", until="ends_on", next="big", cases=None, otherwise=None)
        endless["nodes"][0] = {name: one for name, one in endless["nodes"][0].items() if one is not None}
        plan = apps.propose(tx, [apps.Change("process", "call", endless)])
        said = [(one.path, text(one.problem)) for one in plan.problems]
        assert ("nodes[0]", "这一圈没有停下来等人或等时间的地方，会无休止：big → big") in said


def test_a_record_walks_through_a_draft_and_nothing_stays(database: Database) -> None:
    person = prepare(database)
    start = {"key": "m", "kind": "matched", "when": "amount > 100", "undone": "remove", "touched": "ask"}
    drawn = _drawn(otherwise="done") | {"start": [start]}
    drawn["nodes"] = [*drawn["nodes"], {"key": "ask", "kind": "task", "who": {"field": "owner"}}]
    with database.begin(SYSTEM) as tx:
        small, large = (
            records.create(tx, "deal", {"name": name, "ends_on": "2026-12-31", "owner": person, "amount": amount})
            for name, amount in (("a", "1"), ("b", "9"))
        )
    tables = ("processes.process", "processes.instance", "processes.step", "tasks.task", "changes.change")
    with database.begin(SYSTEM) as tx:
        before = [tx.value(f"SELECT count(*) FROM {table}") for table in tables]
        walk = processes.trial(tx, drawn, small)
        assert [step["node"] for step in walk.rounds[0].steps] == ["big", "done"]
        assert walk.stands == []
        walk = processes.trial(tx, drawn, large)
        assert [step["node"] for step in walk.rounds[0].steps] == ["big", "both"]
        assert [(one.node, one.state, one.people) for one in walk.stands] == [
            ("ring", "waiting", ["何知远"]), ("mail", "waiting", ["何知远"]),
        ]  # fmt: skip
        assert [tx.value(f"SELECT count(*) FROM {table}") for table in tables] == before
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT calls FROM data_read.deal WHERE id = %(id)s", {"id": small}) is None
        with refused(
            "processes.nobody", "「问一问」没有设置由谁办理。流程走到这里将无人处理", path="nodes[0].who.role"
        ):
            processes.trial(tx, FRESH, small)


def test_a_trial_that_takes_too_long_is_stopped(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(database)

    def slow(tx: Tx, begun: list[int]) -> None:
        tx.run("SELECT pg_sleep(5)")

    room = sys.modules["perennial.processes.trial"]
    monkeypatch.setattr(room, "LONGEST_MS", 50)
    monkeypatch.setattr(room, "advance", slow)
    with database.begin(SYSTEM) as tx:
        with refused("processes.trial_slow", "试跑超过 0 秒，已停止。没有写入任何数据", path="record_id"):
            processes.trial(tx, PROCESS, 1)
        assert tx.value("SHOW statement_timeout") == "0"

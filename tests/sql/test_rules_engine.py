"""What a rule does when: edges, schedules, offsets, holds, loops, broken records, several workers, definitions."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from builders import field, form, install
from error_codes import refused
from process_world import at
from worlds import built_once

from perennial import messages, people, processes, records, rules
from perennial.kernel import SYSTEM, Actor, Database, Reason, Row


class Shop:
    """Deals of one colleague; a rule or two."""

    def __init__(self, database: Database, person: int) -> None:
        self.database, self.person = database, person

    def rule(self, key: str, **given: Any) -> None:
        tree = {"rule": key, "label": key, "form": "deal", "when": {"kind": "changed"}, **given}
        with self.database.begin(SYSTEM, Reason("publish")) as tx:
            rules.publish(tx, rules.load(tree))

    def deal(self, *, why: Reason | None = None, **values: Any) -> int:
        with self.database.begin(Actor("person", self.person, "tang"), why) as tx:
            made = records.create(tx, "deal", {"owner": self.person, **values})
        processes.react(self.database)
        return made

    def change(self, deal: int, *, why: Reason | None = None, **values: Any) -> None:
        with self.database.begin(SYSTEM, why or Reason("test")) as tx:
            version = tx.value("SELECT version FROM data_read.deal WHERE id = %(id)s", {"id": deal})
            records.update(tx, "deal", deal, version, values)
        processes.react(self.database)

    def rows(self, sql: str, **params: Any) -> list[Row]:
        with self.database.begin(SYSTEM) as tx:
            return tx.rows(sql, params)

    def run(self, sql: str, **params: Any) -> None:
        with self.database.begin(SYSTEM) as tx:
            tx.run(sql, params)

    def fired(self, rule: str) -> list[tuple[int, str]]:
        return [
            (row["record_id"], row["outcome"])
            for row in self.rows(
                "SELECT f.record_id, f.outcome FROM rules.firing f JOIN rules.rule r ON r.id = f.rule_id"
                " WHERE r.key = %(rule)s ORDER BY f.id", rule=rule)
        ]  # fmt: skip

    def note(self, deal: int) -> str | None:
        (row,) = self.rows("SELECT note FROM data_read.deal WHERE id = %(id)s", id=deal)
        return row["note"]

    def until(self, day: str, time: str = "09:00") -> None:
        processes.tick(self.database, through=at(day, time))


@pytest.fixture
@built_once
def shop(database: Database) -> Shop:
    with database.begin(SYSTEM, Reason("publish")) as tx:
        deal = form(
            "deal", field("name: text", unique=True), "amount: number", "stage: select", "due: date", "note: text",
            "owner: person", field("part: relation", to="deal", reverse="parts"), owner="owner", title="name",
        )  # fmt: skip
        install(tx, deal)
        people.create(tx, "zhou", "周予安", roles=[])
        messages.publish_template(
            tx, messages.Template("told", "told", "deal", "{{name}}", "{{lines}}", channels=("in_app",))
        )
        return Shop(database, people.create(tx, "tang", "唐可", roles=["business_admin"]))


SET = {"kind": "update", "set": {"note": '"seen"'}}


def test_a_record_that_begins_to_match_fires_once_and_again_after_it_was_clear(shop: Shop) -> None:
    before = shop.deal(name="old", amount="20")
    shop.rule("big", condition="amount > 10", actions=[SET, {"kind": "task", "label": "look"}])
    shop.change(before, stage="x")
    assert shop.fired("big") == []  # it matched when the rule came
    new, small = shop.deal(name="new", amount="11"), shop.deal(name="small", amount="1")
    assert shop.fired("big") == [(new, "fired")] and shop.note(new) == "seen"
    shop.change(new, amount="12")
    assert len(shop.fired("big")) == 1
    shop.change(new, amount="1")
    (task,) = shop.rows("SELECT state, why, assignee_id FROM tasks.task")
    assert (task["state"], task["why"], task["assignee_id"]) == ("closed", "cleared", shop.person)
    shop.change(new, amount="30")
    shop.change(small, amount="30")
    assert shop.fired("big") == [(new, "fired"), (new, "fired"), (small, "fired")]
    assert [row["state"] for row in shop.rows("SELECT state FROM rules.alert ORDER BY id")] == [
        "resolved", "open", "open"]  # fmt: skip
    with shop.database.begin(SYSTEM) as tx:
        records.delete(tx, "deal", small, tx.value("SELECT version FROM data_read.deal WHERE id = %(i)s", {"i": small}))
    processes.react(shop.database)
    assert [row["state"] for row in shop.rows("SELECT state FROM rules.alert ORDER BY id")][2] == "resolved"
    reasons = shop.rows("SELECT reason FROM changes.transaction WHERE reason ->> 'kind' = 'rule' ORDER BY id")
    assert reasons[0]["reason"]["rule"] == "big" and reasons[0]["reason"]["trail"] == ["big"]


def test_once_is_once_and_a_cycle_is_once_for_each_date(shop: Shop) -> None:
    shop.rule("once", condition='stage = "x"', again="once")
    shop.rule("cycle", condition='stage = "x"', again="cycle", cycle="due")
    deal = shop.deal(name="a", stage="x", due="2027-01-01")
    for due in ("2027-01-01", "2027-02-01"):
        shop.change(deal, stage="y")
        shop.change(deal, stage="x", due=due)
    assert len(shop.fired("once")) == 1 and len(shop.fired("cycle")) == 2


def test_imports_undone_and_restored_records_are_no_edge_unless_the_answer_is_all(shop: Shop) -> None:
    shop.rule("big", condition="amount > 10")
    shop.deal(name="a", amount="11", why=Reason("import", {"import": 1}))
    shop.deal(name="b", amount="11", why=Reason("undo", {"of": 1}))
    every = shop.deal(name="c", amount="11", why=Reason("import", {"import": 2, "answer": "all"}))
    assert shop.fired("big") == [(every, "fired")]


def test_a_rule_may_ask_how_a_change_was_and_related_rows(shop: Shop) -> None:
    shop.rule("grew", condition="AND(CHANGED(amount), amount > PREVIOUS(amount) * 2)", actions=[SET])
    shop.rule("parts", condition="SUM(parts.amount) > 10")
    deal = shop.deal(name="a", amount="10")
    shop.change(deal, amount="20")
    assert shop.fired("grew") == []
    shop.change(deal, amount="41")
    shop.change(deal, amount="90")
    assert shop.fired("grew") == [(deal, "fired"), (deal, "fired")]
    assert shop.fired("parts") == []
    shop.deal(name="b", amount="11", part=deal)
    assert shop.fired("parts") == [(deal, "fired")]


def test_rules_that_set_each_other_off_are_cut_and_say_by_which_way(shop: Shop) -> None:
    shop.rule("up", condition="amount = 0", actions=[{"kind": "update", "set": {"amount": "1"}}])
    shop.rule("down", condition="amount = 1", actions=[{"kind": "update", "set": {"amount": "0"}}])
    deal = shop.deal(name="a", amount="0")
    assert shop.fired("up") == [(deal, "fired"), (deal, "cut")] and shop.fired("down") == [(deal, "fired")]
    (cut,) = shop.rows("SELECT trail, reason FROM rules.firing WHERE outcome = 'cut'")
    assert (cut["trail"], cut["reason"]) == (["up", "down"], "loop")


def test_a_record_that_no_action_likes_is_stopped_and_the_others_go_on(shop: Shop) -> None:
    first, second = shop.deal(name="a"), shop.deal(name="b")
    shop.rule(
        "daily", when={"kind": "daily", "at": "10:00"}, condition="ISBLANK(note)",
        actions=[{"kind": "update", "set": {"name": '"same"', "note": '"x"'}}],
    )  # fmt: skip
    shop.until("2026-11-21", "10:00")
    assert shop.fired("daily") == [(first, "fired"), (second, "stopped")]
    (stopped,) = shop.rows("SELECT record_id, code FROM rules.stopped")
    with shop.database.begin(SYSTEM) as tx:
        (left,) = rules.kept_back(tx, "daily")
        assert (left["record_id"], left["title"], left["why"], left["code"]) == (
            second,
            "b",
            "stopped",
            "records.taken",
        )
    assert stopped["record_id"] == second and shop.note(first) == "x" and shop.note(second) is None
    shop.until("2026-11-22", "10:00")
    assert len(shop.fired("daily")) == 2
    with shop.database.begin(SYSTEM) as tx:
        (listed,) = rules.listed(tx)
        assert (listed["stopped"], listed["fired"]) == (1, {"fired": 1, "stopped": 1})
        assert rules.retry(tx, "daily") == 1
        with refused("rules.no_such_rule", "没有规则「none」"):
            rules.retry(tx, "none")


def test_schedules_look_at_their_moment_and_after_an_outage_at_the_latest_alone(shop: Shop) -> None:
    deal = shop.deal(name="a", amount="11")
    every = {"condition": "amount > 10", "again": "cycle"}
    shop.rule("daily", when={"kind": "daily", "at": "08:00"}, **every)
    shop.rule("weekly", when={"kind": "weekly", "day": 3, "at": "08:00"}, **every)
    shop.rule("monthly", when={"kind": "monthly", "day": 31, "at": "08:00"}, **every)
    shop.until("2026-11-22", "23:00")
    assert shop.fired("daily") == [(deal, "fired")]
    processes.tick(shop.database, at=at("2026-12-01", "09:00"))
    assert shop.fired("daily") == [(deal, "fired"), (deal, "late")]  # 2026-12-01 08:00
    assert shop.fired("weekly") == shop.fired("monthly") == [(deal, "late")]
    due = shop.rows("SELECT due_at FROM rules.firing f JOIN rules.rule r ON r.id = f.rule_id WHERE r.key = 'monthly'")
    assert due[0]["due_at"] == at("2026-11-30", "08:00")  # a month of thirty days


OFFSETS = {
    "when": {"kind": "offsets", "date": "due"},
    "steps": [{"key": "t30", "days": -30, "actions": []}, {"key": "w2", "workdays": -2, "actions": [SET]}],
}


def test_offsets_count_days_and_workdays_and_follow_a_date_that_moves(shop: Shop) -> None:
    shop.rule("ahead", **OFFSETS)
    deal = shop.deal(name="a", due="2027-01-04")  # a Monday of a year whose days off are not announced yet
    shop.until("2026-12-31", "08:59")
    assert shop.fired("ahead") == [(deal, "fired")]
    shop.until("2026-12-31", "09:00")
    assert shop.fired("ahead") == [(deal, "fired"), (deal, "fired")]
    shop.change(deal, due="2027-01-14")  # the same term: nothing again
    shop.until("2027-01-13")
    outcomes = [row["reason"] for row in shop.rows("SELECT reason FROM rules.firing ORDER BY id")]
    assert outcomes == [None, None, "same_term", "same_term"]
    shop.change(deal, due="2028-01-14")
    assert [row["state"] for row in shop.rows("SELECT state FROM rules.alert")] == ["resolved"]


def test_a_hold_keeps_a_firing_until_it_ends(shop: Shop) -> None:
    shop.rule("ahead", **OFFSETS)
    deal = shop.deal(name="a", due="2026-12-31")
    with shop.database.begin(SYSTEM) as tx:
        processes.hold(tx, "deal", deal, until=at("2026-12-04"), reason="complaint")
    shop.until("2026-12-03")
    assert shop.fired("ahead") == [(deal, "held")]
    with shop.database.begin(SYSTEM) as tx:
        assert [(row["record_id"], row["why"]) for row in rules.kept_back(tx, "ahead")] == [(deal, "held")]
    shop.until("2026-12-05")
    assert shop.fired("ahead") == [(deal, "late")]


def test_an_alert_nobody_looks_at_goes_to_the_head(shop: Shop) -> None:
    with shop.database.begin(SYSTEM) as tx:
        head = people.create(tx, "he", "何知远", roles=[])
        sales = people.save_department(tx, "sales", "客户成功部", head_id=head)
        tx.run("UPDATE people.person SET department_id = %(d)s WHERE id = %(p)s", {"d": sales, "p": shop.person})
    shop.rule("big", condition="amount > 10", escalate_workdays=2)
    shop.deal(name="a", amount="11")
    shop.until("2026-11-24", "17:00")
    (alert,) = shop.rows("SELECT escalated_to, escalate_at FROM rules.alert")
    assert alert["escalated_to"] is None and alert["escalate_at"] == at("2026-11-24", "18:00")
    shop.until("2026-11-24", "18:00")
    assert shop.rows("SELECT escalated_to FROM rules.alert") == [{"escalated_to": head}]
    shop.until("2026-11-26", "18:00")
    with shop.database.begin(Actor("person", head, "何知远")) as tx:
        (notice,) = messages.notices(tx)
    told = {name: notice[name] for name in ("what", "subject", "form", "record_id", "title")}
    assert told == {"what": "escalated", "subject": "big", "form": "deal", "record_id": 1, "title": None}


PROGRAM = """
import sys
from perennial import rules
from perennial.kernel import Database
rules.due(Database(sys.argv[1]))
"""


@pytest.mark.parametrize("place", ["rules.deciding", "rules.decided"])
def test_a_killed_worker_and_two_that_race_decide_everything_once(shop: Shop, url: str, place: str) -> None:
    tell = {"kind": "notify", "template": "told"}
    shop.rule("daily", when={"kind": "daily", "at": "10:00"}, condition="amount > 10",
              actions=[tell, {"kind": "task", "label": "look"}])  # fmt: skip
    for name in "abc":
        shop.deal(name=name, amount="11")
    shop.run("UPDATE kernel.workspace SET clock_at = '2026-11-21 10:00+08'")
    env = {**os.environ, "PERENNIAL_FAIL_POINT": place}
    assert subprocess.run([sys.executable, "-c", PROGRAM, url], env=env, check=False).returncode == -9
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: rules.due(shop.database), range(2)))
    rules.due(shop.database)
    counts = shop.rows(
        "SELECT (SELECT count(*) FROM rules.firing) AS firings, (SELECT count(*) FROM rules.alert) AS alerts,"
        " (SELECT count(*) FROM tasks.task) AS tasks, (SELECT count(*) FROM messages.outbox) AS messages"
    )
    assert counts == [{"firings": 3, "alerts": 3, "tasks": 3, "messages": 3}]


def test_a_rule_creates_records_and_begins_a_process(shop: Shop) -> None:
    with shop.database.begin(SYSTEM, Reason("publish")) as tx:
        processes.publish(tx, {
            "process": "care", "label": "care", "form": "deal", "start": [{"key": "hand", "kind": "hand"}],
            "nodes": [{"key": "call", "kind": "task", "label": "call"}],
        })  # fmt: skip
    made = {"kind": "create", "form": "deal", "set": {"part": "this", "note": '"made"'}, "match": ["part"]}
    shop.rule("big", condition="amount > 10", actions=[made, {"kind": "start", "process": "care"}])
    deal = shop.deal(name="a", amount="11")
    processes.tick(shop.database)
    assert shop.rows("SELECT part FROM data_read.deal WHERE note = 'made'") == [{"part": deal}]
    assert shop.rows("SELECT record_id FROM processes.instance") == [{"record_id": deal}]


def test_a_rule_that_reads_none_of_what_changed_is_not_asked(shop: Shop) -> None:
    shop.rule("big", condition="amount > 10")
    deal = shop.deal(name="a")
    with shop.database.begin(SYSTEM) as tx:
        from perennial.rules import versions

        def group(*fields: str) -> rules.Group:
            return rules.Group("deal", [deal], frozenset(fields), False, False, False, "test")

        assert versions.index(tx).concerned([group("note", "stage")]) == []
        assert [one.rule.key for one in versions.index(tx).concerned([group("amount")])] == ["big"]


# --- definitions

FULL: dict[str, Any] = {
    "rule": "full", "label": "全", "label_en": "full", "about": "x", "form": "deal",
    "when": {"kind": "offsets", "date": "due", "not_before": "due"}, "condition": "amount > 1", "again": "once",
    "severity": "high", "owner": {"superiors": 2, "of": "owner"}, "from": "2026-01-01", "until": "2027-01-01",
    "active": False, "hold_by": ["part"], "escalate_workdays": 2, "gap": "told",
    "steps": [
        {"key": "a", "label": "A", "days": -1, "at": "08:30", "condition": "amount > 2", "severity": "info",
         "actions": [
            {"kind": "notify", "to": {"role": "director"}, "template": "told", "channels": ["in_app"], "limit_days": 3},
            {"kind": "task", "label": "look", "who": {"field": "owner"}, "due_workdays": 1, "priority": "low"},
            {"kind": "update", "record": "part", "set": {"note": "name"}},
            {"kind": "create", "form": "deal", "set": {"part": "this"}, "match": ["part"]},
            {"kind": "start", "process": "care"},
            {"kind": "webhook", "url": "https://erp.example.com/in", "set": {"deal": "this"}, "tries": 3},
        ]},
        {"key": "b", "workdays": 2, "at": "09:00", "actions": []},
    ],
}  # fmt: skip


def test_a_tree_read_and_written_is_the_same_tree() -> None:
    rule = rules.load(FULL)
    assert rules.dump(rule) == FULL and rules.load(rules.dump(rule)) == rule
    assert {name[1:3] for name in rules.names(rule)} == {
        ("template", "told"),
        ("role", "director"),
        ("process", "care"),
    }
    assert {one.path for one in rules.references(rule)} >= {
        "condition",
        "steps[0].condition",
        "steps[0].actions[2].set.note",
    }


WRONG: list[tuple[str, str, str, dict[str, Any]]] = [
    ("rules.attribute", "规则的「when」没有填好", "when", {"when": None}),
    ("rules.unknown_attribute", "规则里没有「whn」这一项", "whn", {"whn": 1}),
    ("rules.key",
     "「A b」不能作标识：用小写字母开头，只含小写字母、数字和下划线，最多 40 个字", "rule", {"rule": "A b"}),
    ("rules.one_of", "「severity」不能是「bad」，可以是 info, warn, high", "severity", {"severity": "bad"}),
    ("rules.time", "「25:00」不是时刻，应写成 09:00", "when.at", {"when": {"kind": "daily", "at": "25:00"}}),
    ("rules.no_such_form", "没有「none」这张表单", "form", {"form": "none"}),
    ("rules.no_such_field", "「deal」没有字段「none」", "actions[0].set.none",
     {"actions": [{"kind": "update", "set": {"none": "1"}}]}),
    ("rules.no_condition",
     "规则「r」还没有写条件：按时间查看的规则要说明查什么", "condition", {"when": {"kind": "daily"}}),
    ("rules.changed_today",
     "规则「r」的条件要看今天的日期，只等改动发现不了；请改为按时间查看，或按日期提前提醒", "condition",
     {"condition": "due < TODAY()"}),
    ("rules.match_without_value", "新建记录按「name」查重，但没有给它赋值", "actions[0].match",
     {"actions": [{"kind": "create", "form": "deal", "set": {}, "match": ["name"]}]}),
]  # fmt: skip


def test_what_is_wrong_is_told_with_its_place(shop: Shop) -> None:
    for code, chinese, path, given in WRONG:
        tree = {"rule": "r", "label": "r", "form": "deal", "when": {"kind": "changed"}, **given}
        with shop.database.begin(SYSTEM) as tx, refused(code, chinese, path=path):
            assert [one.code for one in rules.problems(tx, tree)] == [code]
            rules.publish(tx, rules.load(tree))


def test_a_rule_stays_with_its_form_and_one_taken_away_settles_its_alerts(shop: Shop) -> None:
    shop.rule("big", condition="amount > 10")
    deal = shop.deal(name="a", amount="11")
    with shop.database.begin(SYSTEM) as tx:
        install(tx, form("other", "name: text"))
        with refused("rules.other_form", "规则属于表单「deal」，不能换到别的表单", path="form"):
            rules.publish(tx, rules.load({"rule": "big", "label": "x", "form": "other", "when": {"kind": "changed"}}))
    with shop.database.begin(SYSTEM) as tx:
        rules.remove(tx, ["big"])
        assert rules.current(tx) == []
    assert shop.rows("SELECT why, record_id FROM rules.alert") == [{"why": "rule_gone", "record_id": deal}]


def test_a_row_that_moves_to_another_record_concerns_both(shop: Shop) -> None:
    shop.rule("rich", condition="SUM(parts.amount) > 10", actions=[{"kind": "task", "label": "look"}])
    one, other = shop.deal(name="one"), shop.deal(name="other")
    part = shop.deal(name="part", amount="11", part=one)
    assert shop.fired("rich") == [(one, "fired")]
    shop.change(part, part=other)
    assert shop.fired("rich") == [(one, "fired"), (other, "fired")]
    assert [row["state"] for row in shop.rows("SELECT state FROM rules.alert ORDER BY id")] == ["resolved", "open"]

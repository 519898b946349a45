"""Many rules that one change concerns: few statements for all of them, and each as if it were alone."""

from typing import Any

import pytest
from test_rules_engine import SET, Shop, shop

from perennial import processes, records, rules
from perennial.kernel import SYSTEM, Reason, Tx
from perennial.rules import dated

__all__ = ["shop"]
ACTIONS = [{"kind": "task", "label": "look"}, {"kind": "notify", "template": "told"}]


def statements(monkeypatch: pytest.MonkeyPatch, act: Any) -> int:
    real, count = Tx._execute, [0]

    def execute(self: Tx, sql: Any, params: Any) -> Any:
        count[0] += 1
        return real(self, sql, params)

    with monkeypatch.context() as patched:
        patched.setattr(Tx, "_execute", execute)
        act()
    return count[0]


def test_forty_rules_that_fire_and_clear_take_as_many_statements_as_two(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, counts = shop.deal(name="a", amount="1"), list[tuple[int, int]]()
    shop.rule("one", condition="amount > 10", actions=ACTIONS)
    for many in (range(1), range(1, 39)):
        for at in many:
            shop.rule(f"more_{at}", condition=f"amount > {10 + at / 100}", actions=ACTIONS)
        shop.change(deal, amount="20")  # compiled once
        shop.change(deal, amount="2")
        fire = statements(monkeypatch, lambda: shop.change(deal, amount="30"))
        counts.append((fire, statements(monkeypatch, lambda: shop.change(deal, amount="3"))))
    assert counts[0] == counts[1]
    (row,) = shop.rows(
        "SELECT (SELECT count(*) FROM rules.firing) AS firings,"
        " (SELECT count(*) FROM rules.alert WHERE state = 'resolved') AS alerts,"
        " (SELECT count(*) FROM tasks.task WHERE state = 'closed' AND why = 'cleared') AS tasks,"
        " (SELECT count(DISTINCT kind_id) FROM tasks.task) AS kinds, (SELECT count(*) FROM messages.outbox) AS messages"
    )
    fired = 2 * 2 + 40 * 2  # two rules twice, then forty twice
    assert row == {"firings": fired, "alerts": fired, "tasks": fired, "kinds": 40, "messages": fired}


def test_a_rule_whose_action_fails_stops_alone_among_many(shop: Shop) -> None:
    deal = shop.deal(name="a", amount="1")
    shop.deal(name="taken", amount="1")
    for at in range(4):
        shop.rule(f"good_{at}", condition="amount > 10", actions=ACTIONS)
    shop.rule("bad", condition="amount > 10", actions=[{"kind": "update", "set": {"name": '"taken"'}}, *ACTIONS])
    shop.rule("worse", condition="amount > 10", actions=[*ACTIONS, {"kind": "update", "set": {"name": '"taken"'}}])
    shop.change(deal, amount="20")
    outcomes = shop.rows(
        "SELECT r.key, f.outcome FROM rules.firing f JOIN rules.rule r ON r.id = f.rule_id ORDER BY r.key"
    )
    assert [(row["key"], row["outcome"]) for row in outcomes] == [
        ("bad", "stopped"), *((f"good_{at}", "fired") for at in range(4)), ("worse", "stopped"),
    ]  # fmt: skip
    (row,) = shop.rows(
        "SELECT (SELECT count(*) FROM rules.alert) AS alerts, (SELECT count(*) FROM tasks.task) AS tasks,"
        " (SELECT count(*) FROM messages.outbox) AS messages, (SELECT count(*) FROM rules.stopped) AS stopped"
    )
    assert row == {"alerts": 4, "tasks": 4, "messages": 4, "stopped": 2}


def test_edges_events_and_changes_by_other_rules_are_told_apart_in_one_statement(shop: Shop) -> None:
    first, second = shop.deal(name="a", amount="20"), shop.deal(name="b", amount="20")
    shop.rule("edge", condition="amount > 10", actions=ACTIONS)
    shop.rule("event", condition="CHANGED(amount)", actions=[SET])
    shop.rule("once", condition="amount > 10", again="once", severity="high")
    shop.rule("other", condition="amount > 1000", actions=ACTIONS)
    shop.run("DELETE FROM rules.matching")

    def group(ids: list[int], at: int, *trail: str) -> rules.Group:
        return rules.Group("deal", ids, frozenset({"amount"}), False, False, False, "test", None, None, "{}", (at,),
                           trail)  # fmt: skip

    with shop.database.begin(SYSTEM, Reason("test")) as tx:
        assert rules.follow(tx, [group([first], 901), group([first, second], 902, "edge")]) == 4
    found = shop.rows(
        "SELECT r.key, f.record_id, f.outcome, f.reason, f.trail, f.occasion, f.severity, f.facts FROM rules.firing f"
        " JOIN rules.rule r ON r.id = f.rule_id ORDER BY r.key, f.record_id"
    )
    assert [(row["key"], row["record_id"], row["outcome"], row["trail"], row["occasion"]) for row in found] == [
        ("edge", first, "fired", [], "change:901"),  # the first change made it; it matched when the second came
        ("edge", second, "cut", ["edge"], "change:902"),
        ("once", first, "fired", [], "once"),
        ("once", second, "fired", ["edge"], "once"),
    ]
    assert {row["severity"] for row in found if row["key"] == "once"} == {2}
    assert all(row["facts"] == {"amount": 20} for row in found)
    shop.change(first, amount="30")
    assert shop.fired("event") == [(first, "fired")] and len(shop.fired("edge")) == 2
    assert shop.rows("SELECT count(*) AS n FROM tasks.task WHERE state = 'open'") == [{"n": 1}]


def test_rules_over_dates_and_schedules_follow_a_change_in_as_many_statements_as_two(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [{"key": "t30", "days": -30, "actions": ACTIONS}, {"key": "t40", "days": -40, "actions": []}]
    deals = [shop.deal(name=name, amount="20") for name in "abcd"]

    def more(many: range) -> None:
        for at in many:
            shop.rule(f"ahead_{at}", when={"kind": "offsets", "date": "due"}, steps=steps)
            shop.rule(f"daily_{at}", when={"kind": "daily", "at": "09:00"}, condition="amount > 10", actions=ACTIONS)

    def until(moment: str) -> None:
        shop.run("UPDATE kernel.workspace SET clock_at = %(moment)s", moment=moment)
        rules.due(shop.database)

    counts: list[tuple[int, int]] = []
    for many, day, due in ((range(1), "2026-12-10", "2027-01-05"), (range(1, 20), "2026-12-20", "2027-01-15")):
        more(many)
        until(f"{day} 09:00+08")
        for deal in (deals.pop(0), deals.pop(0)):  # the first compiles
            fire = statements(monkeypatch, lambda deal=deal, due=due: shop.change(deal, due=due))
            clear = statements(monkeypatch, lambda deal=deal: shop.change(deal, due="2029-01-15", amount="1"))
        counts.append((fire, clear))
    assert counts[0] == counts[1]
    found = shop.rows(
        "SELECT left(r.key, 5) AS key, f.step, f.outcome, f.reason, count(*) AS n, count(DISTINCT f.rule_id) AS rules"
        "  FROM rules.firing f JOIN rules.rule r ON r.id = f.rule_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3"
    )
    assert [tuple(row.values()) for row in found] == [
        ("ahead", "t30", "late", None, 2 * 1 + 2 * 20, 20),
        ("ahead", "t40", "skipped", "passed_over", 2 + 2, 1),  # of the others it was past when they were published
        ("daily", "", "fired", None, 4 * 1 + 2 * 19, 20),
    ]
    (row,) = shop.rows("SELECT count(*) AS n FROM rules.alert WHERE state <> 'resolved'")
    assert row == {"n": 0}


def test_what_a_change_owes_is_decided_whole_however_large_a_batch_of_the_tick_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dated, "BATCH", 1)
    shop.rule("ahead", when={"kind": "offsets", "date": "due"}, steps=[{"key": "t30", "days": -30, "actions": []}])
    shop.run("UPDATE kernel.workspace SET clock_at = '2026-12-10 09:00+08'")
    rules.due(shop.database)
    with shop.database.begin(SYSTEM) as tx:  # 30 days before is the 6th
        made = [records.create(tx, "deal", {"name": name, "due": "2027-01-05"}) for name in "abc"]
    processes.react(shop.database)
    assert shop.fired("ahead") == [(deal, "late") for deal in made]
    late = shop.deal(name="d", due="2027-01-20"), shop.deal(name="e", due="2027-01-20")
    shop.run("UPDATE kernel.workspace SET clock_at = '2026-12-21 09:00+08'")
    rules.due(shop.database)
    assert shop.fired("ahead")[3:] == [(deal, "fired") for deal in late]

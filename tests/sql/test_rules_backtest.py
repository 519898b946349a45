"""A rule over past weeks: figures by hand, who counts, what is read as it was then, two thresholds, queue."""

from typing import Any

import process_world
import pytest
from error_codes import refused
from process_world import World
from web_client import PASSWORD, code, logged_in
from worlds import built_once

from perennial import access, people, records, rules
from perennial.kernel import Database

LARGE: dict[str, Any] = {
    "rule": "large", "label": "大合同", "form": "contract", "when": {"kind": "changed"}, "condition": "amount > 1000",
    "actions": [{"kind": "task", "label": "复核", "who": {"field": "owner"}}],
}  # fmt: skip
AHEAD: dict[str, Any] = {
    "rule": "ahead", "label": "到期前", "form": "contract", "when": {"kind": "offsets", "date": "end_date"},
    "condition": 'status = "pending"', "steps": [
        {"key": "t30", "days": -30, "actions": [{"kind": "task", "label": "a", "who": {"field": "owner"}}]},
        {"key": "t7", "days": -7, "actions": []},
    ],
}  # fmt: skip


def edit(world: World, contract: int, **values: Any) -> None:
    with world.act() as tx:
        version = world.read_in(tx, contract)["version"]
        records.update(tx, "contract", contract, version, values)


def passes(world: World, days: int) -> None:
    """So many days at once; nothing else happens on the way."""
    with world.system() as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + make_interval(days => %(days)s)", {"days": days})


@pytest.fixture
@built_once
def world(database: Database) -> World:
    """From 2026-11-21 on, none of the rules is on. Contract 1: 500, on day 10 2,000, lost on day 30 (price). 2: 5,000
    from day 20 on, renewed on day 40. 3: 900. 4: 800, lost on day 35. It is day 60."""
    world = process_world.found(database)
    with world.system() as tx:
        for one in (world.tang, world.zhou):
            people.set_password(tx, one, PASSWORD)
    passes(world, 1)
    made = [world.contract("2027-12-31", amount=amount) for amount in ("500", "5", "900", "800")]
    passes(world, 9)
    edit(world, made[0], amount="2000")
    passes(world, 10)
    edit(world, made[1], amount="5000", owner=world.he)
    passes(world, 10)
    edit(world, made[0], status="lost", churn_reason="price", lost_on="2026-12-21")
    passes(world, 5)
    edit(world, made[3], status="lost", churn_reason="service", lost_on="2026-12-26", amount="5000")
    passes(world, 5)
    edit(world, made[1], status="renewed", renewed_on="2026-12-31", owner=world.tang)
    passes(world, 20)
    world.made = made  # type: ignore[attr-defined]
    return world


def backtest(world: World, *trees: dict[str, Any], **given: Any) -> dict[str, Any]:
    body = {"definition": trees[0], "from": "2026-11-22", "to": "2027-01-19", **given}
    body |= {"compare": trees[1]} if len(trees) > 1 else {}
    with logged_in(world.database, "zhou") as zhou:
        made = zhou.post("/api/rules/backtests", json=body).json()["id"]
        rules.backtest.run(world.database, made)
        return zhou.get(f"/api/rules/backtests/{made}").json()


def test_figures_are_those_counted_by_hand(world: World) -> None:
    found = backtest(world, LARGE)
    assert (found["state"], found["progress"], found["label"], found["variants"]) == ("done", 100, "大合同", 1)
    (variant,) = found["results"]
    # fired: 1 on day 10, 2 on day 20, 4 on day 35, the day it was lost: that is no warning
    expected = {
        "firings": 3, "records": 3, "lost": 1, "precision": 0.3333, "lost_in_period": 2, "caught": 1, "recall": 0.5,
        "lead_days": 20.0, "waiting": 2, "tasks": 3, "people": 2, "tasks_per_week": round(3 / (59 / 7), 2), "gaps": 0,
    }  # fmt: skip
    assert {name: variant["figures"][name] for name in expected} == expected
    busiest = variant["figures"]["busiest"]
    assert (busiest["person_id"], busiest["count"], busiest["since"]) == (world.tang, 1, "2026-11-29")
    assert [(week["since"], week["fired"], week["lost"]) for week in variant["weeks"] if week["fired"]] == [
        ("2026-11-29", 1, 1), ("2026-12-06", 1, 0), ("2026-12-20", 1, 0)]  # fmt: skip
    assert len(variant["weeks"]) == 9 and variant["weeks"][-1]["until"] == "2027-01-19"


def test_two_thresholds_stand_beside_each_other_and_a_share_of_nothing_is_a_dash(world: World) -> None:
    found = backtest(world, LARGE, {**LARGE, "condition": "amount > 3000"})
    first, second = (one["figures"] for one in found["results"])
    assert (first["firings"], second["firings"]) == (3, 2)
    # only 2 and 4 are above 3,000, and neither was lost later
    assert (second["lost"], second["precision"], second["recall"], second["lead_days"]) == (0, 0.0, 0.0, None)
    assert found["differences"]["firings"] == -1 and found["differences"]["lead_days"] is None
    assert found["differences"]["recall"] == -0.5
    (none,) = backtest(world, {**LARGE, "condition": "amount > 99999"})["results"]
    assert (none["figures"]["firings"], none["figures"]["precision"], none["figures"]["recall"]) == (0, None, 0.0)
    assert none["figures"]["tasks_per_person_week"] is None


def test_the_list_says_what_was_read_whose_it_was_and_what_became_of_it(world: World) -> None:
    one, two, _, four = world.made  # type: ignore[attr-defined]
    found = backtest(world, LARGE)
    with logged_in(world.database, "zhou") as zhou:
        listed = zhou.get(f"/api/rules/backtests/{found['id']}/records").json()
        assert listed["counts"] == {"all": 3, "lost": 1, "renewed": 1, "active": 1, "gaps": 0}
        rows = {row["record_id"]: row for row in listed["rows"]}
        assert [row["record_id"] for row in listed["rows"]] == [four, two, one]
        assert rows[one]["facts"] == {"amount": 2000} and rows[one]["at"].startswith("2026-12-01T")
        assert rows[two]["owner_id"] == world.he  # then; today it is tang
        later = {key: rows[one]["later"][key] for key in ("state", "on", "reason", "reason_label", "lead_days")}
        assert later == {
            "state": "lost",
            "on": "2026-12-21",
            "reason": "price",
            "reason_label": "价格",
            "lead_days": 20,
        }
        assert (rows[two]["later"]["state"], rows[two]["later"]["on"]) == ("renewed", "2026-12-31")
        why = zhou.get(
            f"/api/rules/backtests/{found['id']}/why", params={"record_id": one, "at": rows[one]["at"]}
        ).json()
        assert (why["tree"]["value"], why["tree"]["parts"][0]["value"]) == (True, "2000")
        gone = zhou.get(f"/api/rules/backtests/{found['id']}/why", params={"record_id": 999, "at": rows[one]["at"]})
        assert gone.json() == {"tree": None}
        only = zhou.get(f"/api/rules/backtests/{found['id']}/records?what=lost&limit=1").json()
        assert [row["record_id"] for row in only["rows"]] == [one]
        assert code(zhou.get(f"/api/rules/backtests/{found['id']}/records?variant=1")) == (
            404,
            "rules.no_such_backtest",
        )


def test_records_that_the_reader_may_not_read_do_not_count(world: World) -> None:
    made = backtest(world, LARGE)["id"]
    with world.act(world.tang) as tx:  # a CSM reads her own contracts; two of the three are hers today
        run = rules.backtest.one(tx, made)
        seen = rules.backtest_figures.page(tx, run, 0)
        figures = rules.backtest_figures.figures(tx, run, 0)
        readable = {row["id"] for row in tx.rows(access.readable(tx, "contract").select())}
    assert {row["record_id"] for row in seen} == readable & {world.made[n] for n in (0, 1, 3)}  # type: ignore[attr-defined]
    assert figures["records"] == len(seen)


def test_offsets_are_decided_once_where_they_fell_due(world: World) -> None:
    with world.act() as tx:
        given = {"customer": world.customer, "start_date": "2026-01-01", "end_date": "2027-02-10"}
        made = records.create(tx, "contract", {**given, "owner": world.tang})
    passes(world, 60)
    found = backtest(world, AHEAD, **{"from": "2027-01-21", "to": "2027-03-20"})
    with logged_in(world.database, "zhou") as zhou:
        rows = zhou.get(f"/api/rules/backtests/{found['id']}/records").json()["rows"]
    (row,) = [row for row in rows if row["record_id"] == made]
    # made on 01-20, ten days after the offset of 30 days, which is before the first day of the backtest
    assert [(one["step"], one["at"][:10], one["outcome"]) for one in row["firings"]] == [("t7", "2027-02-03", "fired")]


def test_the_same_question_is_asked_once_a_day_and_may_be_given_up(world: World) -> None:
    with world.act() as tx:
        first = rules.backtest.ask(tx, [LARGE])
        assert rules.backtest.ask(tx, [LARGE]) == first != rules.backtest.ask(tx, [LARGE], horizon_days=30)
        assert rules.backtest.unfinished(tx)[0] == first
        rules.backtest.cancel(tx, first)
        with refused("rules.backtest_over", f"第 {first} 号回测已经结束"):
            rules.backtest.cancel(tx, first)
        assert rules.backtest.ask(tx, [LARGE]) != first
    rules.backtest.run(world.database, first)
    with world.act() as tx:
        assert rules.backtest.one(tx, first)["state"] == "cancelled"
        assert tx.value("SELECT count(*) FROM rules.backtest_firing WHERE backtest_id = %(id)s", {"id": first}) == 0


def test_days_forms_and_numbers_that_there_are_not_are_refused(world: World) -> None:
    with logged_in(world.database, "zhou") as zhou:
        ask = "/api/rules/backtests"
        assert code(zhou.post(ask, json={"definition": LARGE, "from": "2027-01-10", "to": "2027-01-09"})) == (
            422, "rules.backtest_days")  # fmt: skip
        assert code(zhou.post(ask, json={"definition": LARGE, "to": "2028-01-01"})) == (422, "rules.backtest_days")
        other = {**LARGE, "form": "customer", "condition": "seats > 1", "actions": []}
        assert code(zhou.post(ask, json={"definition": LARGE, "compare": other})) == (422, "rules.backtest_form")
        assert code(zhou.post(ask, json={"key": "large"})) == (404, "rules.no_such_rule")
        assert code(zhou.get(f"{ask}/99")) == (404, "rules.no_such_backtest")


def test_the_numbers_of_a_condition_have_their_places(world: World) -> None:
    text = "AND(amount > 1000, end_date - TODAY() < -3)"
    with logged_in(world.database, "zhou") as zhou:
        door = "/api/rules/thresholds"
        refused_ = zhou.post(door, json={"definition": {**LARGE, "condition": text}})
        assert code(refused_) == (422, "rules.changed_today")  # no condition over changes
        found = zhou.post(door, json={"definition": {**LARGE, "condition": text, "when": {"kind": "daily"}}}).json()
    assert [(one["text"], one["of"]) for one in found] == [("1000", "amount > 1000"), ("3", "end_date - TODAY() < -3")]
    assert all(text[one["start"] : one["end"]] == one["text"] for one in found)

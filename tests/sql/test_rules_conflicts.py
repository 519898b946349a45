"""What a rule has to do with others, and the records for which it holds already when it is switched on."""

from typing import Any

import process_world
import pytest
from process_world import World, at
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import people, rules
from perennial.kernel import Database, Reason

CHANGED = {"kind": "changed"}


def tree(key: str, condition: str, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"rule": key, "label": key, "form": "contract", "when": CHANGED, "condition": condition,
            "actions": list(actions), **more}  # fmt: skip


def sets(**values: str) -> dict[str, Any]:
    return {"kind": "update", "set": values}


@pytest.fixture
@built_once
def world(database: Database) -> World:
    made = process_world.found(database)
    with made.system() as tx:
        people.set_password(tx, made.zhou, PASSWORD)
    return made


def publish(world: World, *every: dict[str, Any]) -> None:
    with world.system(Reason("publish")) as tx:
        for one in every:
            rules.publish(tx, rules.load(one))


def asked(world: World, door: str, definition: dict[str, Any]) -> Any:
    with logged_in(world.database, "zhou") as zhou:
        answer = zhou.post(f"/api/rules/{door}", json={"definition": definition})
        assert answer.status_code == 200, answer.text
        return answer.json()


def test_rules_that_write_one_field_are_told_with_records_for_which_both_hold(world: World) -> None:
    both, _ = world.contract("2028-01-15", amount="5000"), world.contract("2028-01-15", amount="50")
    publish(world, tree("large", "amount > 1000", sets(note='"large"')), tree("other", "amount > 1", sets(note='"x"')))
    mine = tree("small", "amount < 9000", sets(note='"x"'))
    found = asked(world, "conflicts", mine)
    # "other" writes the same value: no conflict
    (one,) = found["writes"]
    assert (one["form"], one["field"], one["path"], one["other"]["key"], one["now"]) == (
        "contract", "note", "actions[0].set.note", "large", 1)  # fmt: skip
    assert [row["record_id"] for row in one["examples"]] == [both]
    assert found["loops"] == [] and found["doubles"] == []


def test_a_process_that_writes_the_same_field_is_told_too(world: World) -> None:
    found = asked(world, "conflicts", tree("mine", "amount > 1", sets(archived_on="end_date")))
    assert {(one["other"]["kind"], one["other"]["key"], one["field"]) for one in found["writes"]} == {
        ("process", "completion", "archived_on"), ("process", "reopened", "archived_on")}  # fmt: skip
    assert found["writes"][0]["now"] == 0


def test_a_circle_is_told_with_every_link_of_it(world: World) -> None:
    publish(world, tree("b", "notice_days > 1", sets(note='"b"')), tree("c", 'note = "b"', sets(forecast_amount="1")),
            tree("far", "renewed_amount > 1", sets(notice_days="2")))  # fmt: skip
    found = asked(world, "conflicts", tree("a", "forecast_amount > 0", sets(notice_days="5")))
    assert [[(link["key"], link["field"]) for link in loop] for loop in found["loops"]] == [
        [("a", "notice_days"), ("b", "note"), ("c", "forecast_amount")]]  # fmt: skip
    alone = asked(world, "conflicts", tree("d", "amount > 0", sets(amount="amount + 1")))
    assert [[link["key"] for link in loop] for loop in alone["loops"]] == [["d"]]
    assert asked(world, "conflicts", tree("e", "amount > 0", sets(note='"e"')))["loops"] == []


def test_who_hears_the_same_twice_on_one_day_is_told(world: World) -> None:
    mail = {"kind": "notify", "to": {"audience": "renewal_contacts"}, "template": "end_30"}

    def dated(key: str, days: int) -> dict[str, Any]:
        steps = [{"key": "one", "days": days, "actions": [mail]}]
        return {"rule": key, "label": key, "form": "contract", "when": {"kind": "offsets", "date": "end_date"},
                "steps": steps}  # fmt: skip

    publish(world, dated("first", -30))
    (double,) = asked(world, "conflicts", dated("second", -30))["doubles"]
    assert (double["other"]["key"], double["audience"], double["date"], double["offset"], double["unit"]) == (
        "first", "renewal_contacts", "end_date", -30, "days")  # fmt: skip
    assert asked(world, "conflicts", dated("second", -29))["doubles"] == []


TASK = {"kind": "task", "label": "look"}


def fired(world: World, key: str) -> list[tuple[int, str, str]]:
    rows = world.rows(
        "SELECT f.record_id, f.step, f.outcome FROM rules.firing f JOIN rules.rule r ON r.id = f.rule_id"
        " WHERE r.key = %(key)s ORDER BY f.id", key=key)  # fmt: skip
    return [(row["record_id"], row["step"], row["outcome"]) for row in rows]


def caught_up(world: World, key: str) -> int:
    with logged_in(world.database, "zhou") as zhou:
        return zhou.post(f"/api/rules/{key}/catch-up").json()["fired"]


def test_what_matched_before_is_counted_and_may_be_caught_up_once(world: World) -> None:
    old, _ = world.contract("2028-01-15", amount="5000"), world.contract("2028-01-15", amount="50")
    large = tree("large", "amount > 1000", TASK)
    found = asked(world, "backlog", large)
    assert (found["count"], [row["record_id"] for row in found["rows"]], found["followed_at"]) == (1, [old], None)
    publish(world, large)
    assert fired(world, "large") == []
    assert caught_up(world, "large") == 1
    assert fired(world, "large") == [(old, "", "fired")] and "rule:large::0" in world.tasks(old)
    assert caught_up(world, "large") == 0 and asked(world, "backlog", large)["count"] == 0
    world.change(old, amount="1")
    world.change(old, amount="5000")
    assert len(fired(world, "large")) == 2


def test_of_a_date_the_latest_offset_that_passed_is_caught_up(world: World) -> None:
    near, far = world.contract("2026-12-10"), world.contract("2028-01-15")
    dated = {"rule": "ahead", "label": "ahead", "form": "contract", "when": {"kind": "offsets", "date": "end_date"},
             "steps": [{"key": "t30", "days": -30, "actions": [TASK]}, {"key": "t20", "days": -20, "actions": [TASK]},
                       {"key": "t7", "days": -7, "actions": [TASK]}]}  # fmt: skip
    assert [row["record_id"] for row in asked(world, "backlog", dated)["rows"]] == [near]
    publish(world, dated)
    assert caught_up(world, "ahead") == 1
    assert fired(world, "ahead") == [(near, "t30", "skipped"), (near, "t20", "late")]
    assert caught_up(world, "ahead") == 0
    world.until("2026-12-04")
    assert fired(world, "ahead")[-1] == (near, "t7", "fired") and far not in [row[0] for row in fired(world, "ahead")]


def test_a_schedule_takes_up_what_matches_by_itself_and_not_twice_when_it_was_caught_up(world: World) -> None:
    old = world.contract("2028-01-15", amount="5000")
    weekly = tree("weekly", "amount > 1000", TASK, when={"kind": "weekly", "day": 1, "at": "09:00"})
    found = asked(world, "backlog", weekly)
    assert found["count"] == 1 and found["followed_at"] == at("2026-11-23").isoformat()
    publish(world, weekly)
    assert caught_up(world, "weekly") == 1
    world.until("2026-12-01")
    assert fired(world, "weekly") == [(old, "", "late")]


def test_a_rule_over_how_a_change_was_has_no_backlog(world: World) -> None:
    world.contract("2028-01-15", amount="5000")
    event = tree("event", "AND(CHANGED(amount), amount > 10)", TASK)
    assert asked(world, "backlog", event) == {"count": 0, "rows": [], "followed_at": None}
    publish(world, event)
    assert caught_up(world, "event") == 0
    with logged_in(world.database, "zhou") as zhou:
        assert zhou.post("/api/rules/nobody/catch-up").status_code == 404

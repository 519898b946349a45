"""A rule over past weeks: figures by hand, who counts, what is read as it was then, two thresholds, queue."""

from typing import Any

import process_world
import pytest
from process_world import World
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import people, records, rules
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

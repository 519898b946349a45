"""Nothing is missed and nobody is forgotten, whatever people and machines do: edits, imports, undo, deletion and
restoration, holds, hand-overs, downtime, republishing."""

import datetime as dt
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "sql"))

from process_world import World, at, found

from perennial import processes, records
from perennial.kernel import Conflict, Database, Invalid, Missing, Reason

FIRST = dt.date(2026, 11, 21)
SEEDS = int(os.environ.get("PERENNIAL_SOAK", "0")) or 2
STEPS = 36
LEAST = {"edit": 3, "import": 2, "hold": 1, "delete": 1, "away": 1, "finish": 1}  # per two seeds
met: Counter[str] = Counter()


def act(world: World, pick: random.Random, known: list[int], day: dt.date) -> str:
    """One thing that somebody does."""
    what = pick.choice(
        [
            "edit",
            "edit",
            "edit",
            "import",
            "undo",
            "delete",
            "restore",
            "hold",
            "finish",
            "finish",
            "republish",
            "hand over",
        ]
    )
    one = pick.choice(known)
    try:
        _do(world, pick, known, day, what, one)
    except (Conflict, Invalid, Missing):
        return "refused"  # a taken predecessor, a deleted record: nothing has changed
    return what


def _do(world: World, pick: random.Random, known: list[int], day: dt.date, what: str, one: int) -> None:
    match what:
        case "edit":
            world.change(one, **_values(pick, day))
        case "import":
            answer = pick.choice([None, "tasks", "latest", "all", "none"])
            known.append(world.imported(day + dt.timedelta(days=pick.randint(-20, 130)), answer))
        case "undo":
            world.change(one, why=Reason("undo", {"of": "test"}), status=pick.choice(["pending", "renewed"]))
        case "delete":
            with world.act() as tx:
                records.delete(tx, "contract", one, world.read_in(tx, one)["version"])
            world.settle()
        case "restore":
            with world.act() as tx:
                records.restore(tx, "contract", one)
            world.settle()
        case "hold":
            form, record = pick.choice([("contract", one), ("customer", world.customer)])
            with world.act() as tx:
                processes.hold(tx, form, record, at(day + dt.timedelta(days=pick.randint(1, 25))), "测试")
        case "finish":
            tasks = world.rows(
                "SELECT t.id, k.key, t.record_id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE "
                "t.state = 'open'"
            )
            if tasks:
                _finish(world, pick, pick.choice(tasks))
        case "republish":
            with world.system(Reason("publish")) as tx:
                tree = next(processes.dump(one) for one in processes.current(tx) if one.key == "renewal")
                next(node for node in tree["nodes"] if node["key"] == "wait_t60")["until"] = (
                    f"end_date - {pick.choice([58, 60, 62])}"
                )
                processes.publish(tx, tree)
        case _:
            with world.act() as tx:
                leaves, stays = pick.sample([world.tang, world.he], 2)
                processes.hand_over(tx, leaves, [processes.Share(stays)])
            world.settle()


def _values(pick: random.Random, day: dt.date) -> dict[str, Any]:
    return pick.choice([
        {"end_date": str(day + dt.timedelta(days=pick.randint(-10, 150)))}, {"status": pick.choice(["pending",
        "confirmed", None])},
        {"status": "renewed"}, {"status": "lost", "churn_reason": "price"}, {"renew_mode": pick.choice(["auto",
        "manual", None])},
        {"owner": None}, {"intent": pick.choice(["yes", "no"])},
    ])  # fmt: skip


def _finish(world: World, pick: random.Random, task: dict[str, Any]) -> None:
    values, outcome = {"follow_up": ({"intent": "yes"}, None)}.get(task["key"], ({}, None))
    if task["key"] in ("expired", "by_hand"):
        outcome = pick.choice(["renewed", "lost"])
        values = {"churn_reason": "price"} if outcome == "lost" else {}
    if task["key"] == "ask":
        outcome = "is_not"
    with world.act(world.zhou) as tx:
        processes.finish_task(tx, task["id"], values, outcome)
    world.settle()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_laws_hold_whatever_happens(database: Database, seed: int) -> None:
    world = found(database)
    pick = random.Random(seed)
    known = [world.imported(FIRST + dt.timedelta(days=days)) for days in (-5, 12, 50, 88, 97)]
    day, trail = FIRST, list[str]()
    for _ in range(STEPS):
        what = act(world, pick, known, day)
        met[what] += 1
        trail.append(what)
        if pick.random() < 0.4:
            days = pick.choice([1, 2, 3, 9, 21])
            met["away"] += days > 3
            day += dt.timedelta(days=days)
            world.away_until(day)
            trail.append(f"tick {day}")
            with world.system() as tx:
                bad = [one.as_json() for one in processes.doctor(tx) if not one.ok]
                proof = processes.proof(tx, at(FIRST))
            assert bad == [], (trail, bad)
            assert proof.owed == proof.fired + proof.late + proof.skipped + proof.held
            twice = world.rows(
                "SELECT trigger_id, record_id, basis FROM processes.decision WHERE trigger_id IS NOT NULL"
                " GROUP BY 1, 2, 3 HAVING count(*) > 1"
            )
            assert twice == []


def test_the_lives_met_what_they_are_meant_to_meet() -> None:
    print(dict(met))
    if sum(met.values()):
        assert {what: met[what] for what, least in LEAST.items() if met[what] < least * SEEDS / 2} == {}

"""Deliberately wrong simulations are caught by the law that they equal the days really lived (`make mutants`)."""

import datetime as dt
import importlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from simulated import FIRST, Script, apart, company, facts, live, script

from perennial import processes, simulation
from perennial.kernel import SYSTEM, Database

finish_set, people, runs, vote = (
    importlib.import_module(f"perennial.{name}")
    for name in ("processes.finish_set", "simulation.people", "simulation.run", "processes.approvals.vote")
)
DAYS, SEED = 6, 4
EDIT = simulation.Edit(FIRST + dt.timedelta(days=2), "contract", {"renewed_amount": "amount + 1"}, "amount > 0")


def same(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, wrong: Callable[[], None]) -> bool:
    """Does a simulation come to the same as the days lived, when `wrong` has changed something in it?"""
    database = next(databases)
    pick = random.Random(SEED)
    world = company(database, pick, 10, DAYS)
    then: Script = script(pick, SEED, DAYS)
    until = FIRST + dt.timedelta(days=DAYS)
    then = Script(
        [replace(one, days=0, outcome="rejected") if one.key == "sign" else one for one in then.lines], [EDIT]
    )
    with simulation.scratch_copy(database.url) as copy:
        with copy.begin(SYSTEM) as tx:
            habits = simulation.scripted(tx, then.lines)
        wrong()
        simulation.play(copy, until, habits, then.edits)
        simulated = facts(copy)
    monkeypatch.undo()
    live(world, FIRST, until, habits, then.edits, pick)
    return apart(simulated, facts(database)) == []


def test_the_simulation_itself_is_right(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch) -> None:
    assert same(databases, monkeypatch, lambda: None)


def _days_are_skipped(patch: pytest.MonkeyPatch) -> None:
    back = FIRST + dt.timedelta(days=5)
    real = people.act
    patch.setattr(people, "act", lambda copy, known: 0 if _today(copy) < back else real(copy, known))


def _today(copy: Database) -> dt.date:
    with copy.begin(SYSTEM) as tx:
        return tx.today


def _the_clock_jumps(patch: pytest.MonkeyPatch) -> None:
    real = processes.tick
    patch.setattr(runs.processes, "tick", lambda copy, through=None: real(copy, at=through) if through else real(copy))


def _votes_all_at_once(patch: pytest.MonkeyPatch) -> None:
    """Those of a day are all written before any of them is counted."""
    settle, advance, decide_set = vote.settle, vote.advance, vote.decide_set
    written: list[Any] = []
    moved: list[Any] = []
    patch.setattr(vote, "settle", lambda tx, approvals, rules: written.append((approvals, rules)))
    patch.setattr(vote, "advance", lambda tx, instances, ending: moved.append(instances))

    def decides(tx: Any, ids: Any, outcome: str) -> int:
        count: int = decide_set(tx, ids, outcome)
        for approvals, rules in written:
            settle(tx, approvals, rules)
        for instances in moved:
            advance(tx, instances, ending=True)
        written.clear()
        moved.clear()
        return count

    patch.setattr(finish_set, "decide_set", decides)
    patch.setattr(finish_set, "_TASKS", finish_set._TASKS.replace(
        "DISTINCT ON (coalesce(t.instance_id, -t.id)) t.*", "t.*"))  # fmt: skip


def _edits_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(runs, "make", lambda copy, edit: 0)


@pytest.mark.parametrize("wrong", [_days_are_skipped, _the_clock_jumps, _votes_all_at_once, _edits_are_forgotten])
def test_a_wrong_simulation_is_caught(
    databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, wrong: Any
) -> None:
    assert not same(databases, monkeypatch, lambda: wrong(monkeypatch))

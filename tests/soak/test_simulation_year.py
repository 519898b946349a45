"""A year of ten thousand contracts, simulated and then really lived, act by act: fact by fact the same."""

import datetime as dt
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from simulated import FIRST, Script, apart, company, facts, live, script

from perennial import simulation
from perennial.kernel import SYSTEM, Database

SEED = int(os.environ.get("PERENNIAL_SOAK") or 2026)
CONTRACTS = int(os.environ.get("PERENNIAL_CONTRACTS") or 10_000)
DAYS = int(os.environ.get("PERENNIAL_DAYS") or 365)


def quarters(pick: random.Random) -> list[tuple[dt.date, Script]]:
    """What people do in each: last day -> script."""
    found: list[tuple[dt.date, Script]] = []
    first = FIRST
    for n in range(4):
        last = FIRST + dt.timedelta(days=DAYS * (n + 1) // 4)
        made = script(pick, 0, max(2, (last - first).days), first)
        # nobody rejects for ever: that would be the same contract each day for a year
        signed = ("approved", "returned", "straight", "approved")[n]
        lines = [
            replace(one, outcome=signed) if one.key == "sign" else one
            for one in made.lines if n % 2 == 0 or one.key != "follow_up"
        ]  # fmt: skip
        found.append((last, Script(lines, made.edits)))
        first = last
    return found


def simulate(copy: Database, parts: list[tuple[dt.date, Script]]) -> dict[str, Counter[str]]:
    began = time.monotonic()
    for until, then in parts:
        with copy.begin(SYSTEM) as tx:
            habits = simulation.scripted(tx, then.lines)
        simulation.play(copy, until, habits, then.edits)
        took = time.monotonic() - began
        print(f"seed {SEED}, {CONTRACTS} contracts: simulated until {until} in {took:.0f} s", flush=True)
    return facts(copy)


@pytest.mark.soak
def test_a_simulated_year_of_ten_thousand_contracts_is_the_year_that_is_lived(database: Database) -> None:
    pick = random.Random(SEED)
    world = company(database, pick, CONTRACTS, DAYS)
    parts = quarters(pick)
    with simulation.scratch_copy(database.url) as copy, ThreadPoolExecutor(1) as beside:
        simulated = beside.submit(simulate, copy, parts)
        began, met, since = time.monotonic(), Counter[str](), FIRST
        for until, then in parts:
            with database.begin(SYSTEM) as tx:
                habits = simulation.scripted(tx, then.lines)
            met += live(world, since, until, habits, then.edits, pick)
            print(f"lived until {until}: {dict(met)} in {time.monotonic() - began:.0f} s", flush=True)
            since = until
        lived = facts(database)
        assert apart(simulated.result(), lived) == []
    print("equal:", {name: rows.total() for name, rows in lived.items()}, flush=True)
    assert lived["decisions"].total() >= 2 * CONTRACTS and lived["votes"].total() >= CONTRACTS // 4
    assert all(met[kind] for kind in ("finished", "approved", "returned", "straight", "edits", "too late"))

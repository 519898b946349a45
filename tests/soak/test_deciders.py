"""Two hundred people decide at once what their list shows them: each approval is decided once, and whoever came second
is told who was first."""

import os
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "sql"))

from approval_world import approval, founded, task

from perennial import people, processes
from perennial.kernel import Actor, Conflict, Database
from perennial.processes.approvals import vote

PEOPLE, GROUPS, EACH = 200, 5, 10
LOST = {"processes.lost_approved"}
door = processes.approving


@pytest.mark.soak
def test_two_hundred_deciders_on_fifty_instances_lose_and_double_nothing(url: str) -> None:
    seed = int(os.environ.get("PERENNIAL_SOAK") or 2026)
    database = Database(url, size=60)
    deals = founded(database)
    with deals.system() as tx:
        for n in range(PEOPLE):
            deals.who[f"p{n}"] = people.create(tx, f"p{n}", f"人{n}", roles=["seller"])
    ids: list[int] = []
    for group in range(GROUPS):
        several = [f"p{n}" for n in range(PEOPLE) if n % GROUPS == group]
        deals.publish(approval(*several, mode="any", approved="on"), task("on"), key=f"q{group}")
        made = [deals.deal(f"HT-{group}-{n}") for n in range(EACH)]
        deals.start(*made, key=f"q{group}")
        ids += made
    began = time.monotonic()
    told, broken, attempts = decide(deals.database, {name: deals.who[name] for name in deals.who if name[1:].isdigit()},
                                    seed)  # fmt: skip
    took = time.monotonic() - began
    assert broken == []
    first = {
        row["id"]: (row["person"], row["record_id"]) for row in deals.rows(
            "SELECT a.id, p.name AS person, a.record_id FROM processes.approval a JOIN processes.vote v"
            " ON v.approval_id = a.id AND v.state = 'approved' JOIN people.person p ON p.id = v.decided_by")
    }  # fmt: skip
    assert len(first) == GROUPS * EACH == deals.rows(
        "SELECT count(*) AS n FROM processes.vote WHERE state = 'approved'")[0]["n"]  # fmt: skip
    assert all(name == first[number][0] for number, name in told)
    assert [deals.stands(at) for at in ids] == [["on"]] * (GROUPS * EACH)
    assert deals.rows("SELECT k.key, count(*) AS n FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
                      " WHERE t.state = 'open' GROUP BY k.key") == [{"key": "on", "n": GROUPS * EACH}]  # fmt: skip
    deals.sound()
    database.close()
    print(f"\nseed {seed}: {attempts} attempts of {PEOPLE} people on {len(first)} approvals in {took:.1f} s,"
          f" {len(told)} came second and were told who was first")  # fmt: skip
    assert len(told) >= PEOPLE // 4


def decide(
    database: Database, who: dict[str, int], seed: int
) -> tuple[list[tuple[int, str]], list[Exception], int]:  # fmt: skip
    """Everybody looks at their list once, all at the same moment, and decides one after the other what stands there.
    (approval, name) that those who came second were told; what was not meant to happen; attempts."""
    looked, told = threading.Barrier(len(who)), list[tuple[int, str]]()
    broken, attempts = list[Exception](), Counter[str]()

    def act(name: str, number: int) -> None:
        me, dice = Actor("person", number, name), random.Random(f"{seed} {name}")
        try:
            rows = list(database.run(me, lambda tx: door.listed(tx, "mine")).rows)
            dice.shuffle(rows)
            looked.wait()
            for row in rows:
                attempts[name] += 1
                try:
                    database.run(me, lambda tx, row=row: vote.decide(tx, row["vote"], "approved"))
                except Conflict as problem:
                    if problem.code not in LOST:
                        raise
                    told.append((row["approval"], problem.facts.get("name", "")))
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=act, args=one) for one in who.items()]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return told, broken, sum(attempts.values())

"""Random approvals and random acts: after each act the same people are asked as by the reference, it is decided when it
says and as it says, and the doctor finds nothing."""

import os
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "reference"))
sys.path.insert(0, str(Path(__file__).parent.parent / "sql"))

from approval_world import NAMES, Deals, approval, founded, task
from votes import Approval, Signer

from perennial import processes
from perennial.kernel import Database

SEEDS = int(os.environ.get("PERENNIAL_SOAK", "0")) or 8
ACTS = 10
door = processes.approving


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


def one(deals: Deals, seed: int, met: Counter[str]) -> None:
    """One approval and what people do to it."""
    pick = random.Random(seed)
    free = list(NAMES)
    pick.shuffle(free)
    mode, ratio, veto = (
        pick.choice(["all", "any", "order", "vote"]),
        pick.choice([0.3, 0.5, 0.6, 1]),
        pick.random() < 0.3,
    )
    signers = [free.pop() for _ in range(pick.randint(1, 4))]
    reference = Approval(mode, [[[Signer(name)]] for name in signers], ratio, veto)
    node = approval(*signers, mode=mode, ratio=ratio, veto=veto, approved="on", rejected="back")
    deals.publish(node, task("on"), task("back"), key=f"random{seed}")
    at = deals.deal(str(seed))
    deals.start(at, key=f"random{seed}")
    done: list[str] = []
    for _ in range(ACTS):
        asked = reference.ask()
        assert sorted(deals.asked(at)) == asked, (seed, done)
        if not asked:
            break
        done.append(act(deals, at, reference, pick, free))
        met[done[-1].split()[0]] += 1
    fate = reference.fate
    assert deals.stands(at) == [{"": "sign", "approved": "on", "rejected": "back"}[fate]], (seed, done)
    met[fate or "open"] += 1


def act(deals: Deals, at: int, reference: Approval, pick: random.Random, free: list[str]) -> str:
    """Somebody whose turn it is does something, in both worlds."""
    name = pick.choice(reference.ask())
    signer = reference.find(name)[2]
    vote = deals.vote(name, at)
    what = pick.choice(["approve", "approve", "approve", "reject", "before", "after", "beside", "transfer", "delegate"])
    mine = [x for slot in reference.slots for g in slot for x in g if x.added_by and not x.said and not x.opinion]
    if what in ("before", "after", "beside", "transfer", "delegate") and (not free or signer.opinion):
        what = "approve"
    if mine and pick.random() < 0.15 and all(x.added_by in NAMES for x in mine):
        return take_back(deals, at, reference, pick.choice(mine))
    if what in ("approve", "reject"):
        outcome = "approved" if what == "approve" else "rejected"
        deals.decide(name, outcome, "意见", at=at)
        reference.decide(name, outcome)
        return f"{what} {name}"
    other = free.pop()
    with deals.as_(name) as tx:
        if what == "transfer":
            door.transfer(tx, vote, deals.who[other])
            reference.transfer(name, other)
        elif what == "delegate":
            door.delegate(tx, vote, deals.who[other])
            reference.delegate(name, other)
        else:
            door.add(tx, vote, [deals.who[other]], what)
            reference.add(name, what, other)
    return f"{what} {name} {other}"


def take_back(deals: Deals, at: int, reference: Approval, added: Signer) -> str:
    """Whoever added a signer takes them back. One who stands for another by transfer cannot be taken back."""
    rows = deals.rows(
        "SELECT v.id, v.kind FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
        " WHERE a.record_id = %(at)s AND v.person_id = %(who)s AND v.counts",
        at=at, who=deals.who[added.name],
    )  # fmt: skip
    if rows[0]["kind"] == "signer":
        deals.decide(reference.ask()[0], "approved", "意见", at=at)
        reference.decide(reference.ask()[0], "approved")
        return "approve instead"
    with deals.as_(added.added_by) as tx:
        door.remove(tx, rows[0]["id"])
    reference.remove(added.name)
    return f"remove {added.name}"


def test_random_approvals_go_as_the_reference_says(deals: Deals) -> None:
    met: Counter[str] = Counter()
    for seed in range(SEEDS):
        one(deals, seed, met)
    deals.sound()
    print(dict(met))
    least = {
        "approve": 8,
        "before": 1,
        "after": 1,
        "beside": 1,
        "transfer": 1,
        "delegate": 1,
        "approved": 2,
        "rejected": 1,
    }
    assert all(met[what] >= count for what, count in least.items()), met

"""What happens when somebody does not decide in time, also under a hold; and what many at once cost."""

import threading
from typing import Any

import pytest
from approval_world import Deals, approval, founded, task
from process_world import at as moment

from perennial import processes
from perennial.kernel import Actor, Conflict, Database, Tx
from perennial.processes.approvals import vote


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


def tick(deals: Deals, day: str, time: str = "09:00") -> None:
    processes.tick(deals.database, at=moment(day, time))


def late(deals: Deals, policy: str, *who: Any, **more: Any) -> int:
    """A deal whose approval waits since Saturday and is due on Monday evening."""
    node = approval(*who, due_workdays=1, on_timeout=policy, approved="on", rejected="back", **more)
    deals.publish(node, task("on"), task("back"), key=f"quote_{policy}")
    at = deals.deal(policy)
    deals.start(at, key=f"quote_{policy}")
    return at


def test_who_is_late_is_reminded_decided_for_or_passed_over(deals: Deals) -> None:
    remind = late(deals, "remind", "fa", "cai")
    passes, rejects = late(deals, "pass", "fa", "cai"), late(deals, "reject", "fa", "cai", mode="any")
    escalate = late(deals, "escalate", "he", "zhou")
    tick(deals, "2026-11-23", "17:59")
    assert [deals.stands(at) for at in (remind, passes, rejects, escalate)] == [["sign"]] * 4
    assert deals.rows("SELECT count(*) AS n FROM processes.decision") == [{"n": 0}]
    deals.decide("cai", at=passes)
    tick(deals, "2026-11-23", "18:00")
    assert (deals.asked(remind), deals.stands(passes), deals.stands(rejects)) == (["fa", "cai"], ["on"], ["back"])
    assert (
        deals.rows(
            "SELECT reminders FROM tasks.task WHERE record_id = %(at)s AND state = 'open' AND vote_id IS NOT NULL",
            at=remind,
        )
        == [{"reminders": 1}] * 2
    )
    assert deals.asked(escalate) == ["gao", "zhou"]  # the superior of he; zhou has none: an administrator
    assert deals.rows("SELECT outcome, count(*) AS n FROM processes.decision GROUP BY 1") == [
        {"outcome": "fired", "n": 4}
    ]
    deals.sound()
    tick(deals, "2026-11-24", "18:00")
    assert deals.asked(escalate) == ["zhou", "zhou"]
    deals.sound()
    tick(deals, "2026-11-30", "09:00")  # nobody is above the administrators: they are reminded
    assert (deals.asked(escalate), deals.asked(remind)) == (["zhou", "zhou"], ["fa", "cai"])
    deals.sound()


def test_a_hold_keeps_the_time_back_and_a_person_may_decide_all_the_same(deals: Deals) -> None:
    at, other = late(deals, "reject", "fa"), late(deals, "pass", "cai")
    with deals.system() as tx:
        for one in (at, other):
            processes.hold(tx, "deal", one, moment("2026-11-26"), "客户要求暂缓")
    tick(deals, "2026-11-24")
    assert (deals.stands(at), deals.stands(other)) == (["sign"], ["sign"])
    assert deals.rows("SELECT outcome FROM processes.decision ORDER BY id") == [{"outcome": "held"}] * 2
    deals.sound()
    deals.decide("cai", at=other)
    tick(deals, "2026-11-27", "18:00")
    assert (deals.stands(at), deals.stands(other)) == (["back"], ["on"])
    assert deals.rows("SELECT outcome, reason FROM processes.decision ORDER BY outcome") == [
        {"outcome": "late", "reason": None}, {"outcome": "skipped", "reason": "decided"},
    ]  # fmt: skip
    deals.sound()


def test_two_who_decide_at_the_same_moment_are_told_who_was_first(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai", mode="any", approved="on"), task("on"))
    votes = {name: deals.vote(name, at) for name in ("fa", "cai")}
    lost = decide_together(deals, list(votes.items()))
    assert len(lost) == 1
    name, problem = lost[0]
    other = {"fa": "顾明哲", "cai": "沈若溪"}[name]
    assert (problem.code, problem.facts["name"]) == ("processes.lost_approved", other)
    assert deals.stands(at) == ["on"]


def test_twenty_who_decide_together_on_five_approvals_lose_and_double_nothing(deals: Deals) -> None:
    signers = ("fa", "cai", "gu", "he")
    deals.publish(approval(*signers, mode="any", approved="on"), task("on"))
    several = [deals.deal(f"HT-{n}") for n in range(5)]
    deals.start(*several)
    acts = [(name, deals.vote(name, at)) for at in several for name in signers]
    lost = decide_together(deals, acts)
    assert [one.code for _, one in lost] == ["processes.lost_approved"] * 15
    assert [deals.stands(at) for at in several] == [["on"]] * 5
    deals.sound()


def decide_together(deals: Deals, acts: list[tuple[str, int]]) -> list[tuple[str, Conflict]]:
    """Each act in a thread of its own; those that came too late."""
    ready, lost = threading.Barrier(len(acts)), list[tuple[str, Conflict]]()

    def act(name: str, number: int) -> None:
        ready.wait()
        try:
            deals.database.run(Actor("person", deals.who[name], name), lambda tx: vote.decide(tx, number, "approved"))
        except Conflict as problem:
            lost.append((name, problem))

    threads = [threading.Thread(target=act, args=one) for one in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return lost


def test_few_and_many_approvals_take_the_same_number_of_statements(
    deals: Deals, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    original = Tx._execute  # pyright: ignore[reportPrivateUsage]

    def counting(self: Tx, *given: Any) -> Any:
        nonlocal asked
        asked += 1
        return original(self, *given)

    monkeypatch.setattr(Tx, "_execute", counting)
    who = ({"superiors": 2, "of": "owner"}, {"role": "legal"}, {"field": "legal"})
    deals.publish(approval(*who, skip_repeated=True, approved="on"), task("on"))
    counts: list[int] = []
    for many in (3, 3, 90):  # the first compiles
        made = [deals.deal(f"{many}-{n}", legal=deals.who["cai"]) for n in range(many)]
        before = asked
        deals.start(*made)
        counts.append(asked - before)
    assert counts[1] == counts[2]
    deals.sound()

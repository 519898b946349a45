"""Approvals of instances that are cancelled, deleted and restored, or whose branch nobody waits for any more."""

import pytest
from approval_world import Deals, approval, founded, task

from perennial import processes, records
from perennial.kernel import Database


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


def test_nothing_of_a_cancelled_approval_waits(deals: Deals) -> None:
    for key, more in (("ends", {}), ("then", {"then": "after"})):
        beside = [task("after")] if more else []
        deals.publish(approval("fa", "cai", mode="order"), *beside, key=key, cancel_when="flag", **more)
        at = deals.deal(key)
        deals.start(at, key=key)
        deals.edit(at, flag=True)
        processes.react(deals.database)
        assert deals.asked(at) == []
        assert deals.stands(at) == (["after"] if more else [])
    deals.sound()


def test_an_approval_of_a_deleted_record_comes_back_with_it(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai", "gu", approved="on"), task("on"))
    deals.decide("fa")
    with deals.system() as tx:
        records.delete(tx, "deal", at, 1)
    processes.react(deals.database)
    assert deals.asked(at) == []
    deals.sound()
    with deals.system() as tx:
        records.restore(tx, "deal", at)
    processes.react(deals.database)
    assert deals.asked(at) == ["cai", "gu"]
    deals.sound()
    deals.decide("cai")
    deals.decide("gu")
    assert deals.stands(at) == ["on"]


def test_an_approval_that_a_join_does_not_need_is_closed(deals: Deals) -> None:
    at = deals.begun(
        {"key": "both", "kind": "parallel", "branches": ["sign", "right"]},
        approval("fa", approved="join", rejected="join"),
        approval("cai", key="right", approved="join", rejected="join"),
        {"key": "join", "kind": "join", "of": "both", "need": 1, "next": "on"}, task("on"),
    )  # fmt: skip
    deals.decide("cai")
    assert (deals.stands(at), deals.asked(at)) == (["on"], [])
    assert deals.votes(at) == [("fa", "closed"), ("cai", "approved")]
    deals.sound()


def test_a_return_straight_survives_the_deletion_of_the_record(deals: Deals) -> None:
    at = deals.begun(task("submit", "sign"), approval("fa", "cai", approved="on"), task("on"))
    deals.finish(at, "submit")
    number = deals.vote("fa")
    with deals.as_("fa") as tx:
        processes.approving.send_back(tx, number, "submit", "straight", "改")
    with deals.system() as tx:
        records.delete(tx, "deal", at, 1)
    processes.react(deals.database)
    with deals.system() as tx:
        records.restore(tx, "deal", at)
    processes.react(deals.database)
    assert (deals.stands(at), deals.asked(at)) == (["submit"], [])
    deals.sound()
    deals.finish(at, "submit")
    assert sorted(deals.asked(at)) == ["cai", "fa"]
    deals.sound()

"""Approvals that are under way go to another version, or are given up for another step, and come back."""

import pytest
from approval_world import Deals, Tree, approval, founded, task

from perennial import processes
from perennial.kernel import Database
from perennial.processes.approvals import returns


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


def migrate(deals: Deals, choices: dict[str, str] | None = None) -> int:
    with deals.system() as tx:
        done = processes.migrate(tx, "quote", 2, choices or {})
    assert done.moved == 1 and done.id is not None
    deals.sound()
    return done.id


def undo(deals: Deals, number: int) -> None:
    with deals.system() as tx:
        assert processes.undo_migration(tx, number)["moved"] == 1
    deals.sound()


SIGN = approval("fa", "cai", "gu", mode="order", approved="seal")
NEW: list[Tree] = [SIGN, task("seal", "archive"), task("archive")]


def test_votes_go_along_and_what_comes_next_is_that_of_the_new_version(deals: Deals) -> None:
    at = deals.begun(SIGN, task("seal"))
    deals.decide("fa")
    deals.publish(*NEW)
    number = migrate(deals)
    assert (deals.asked(at), deals.votes(at)) == (["cai"], [("fa", "approved"), ("cai", "asked"), ("gu", "waiting")])
    undo(deals, number)
    assert deals.asked(at) == ["cai"]
    migrate(deals)
    deals.decide("cai")
    deals.decide("gu")
    deals.finish(at, "seal")
    assert deals.stands(at) == ["archive"]
    deals.sound()


def test_an_approval_given_up_for_another_step_asks_nobody_and_comes_back_as_it_was(deals: Deals) -> None:
    at = deals.begun(SIGN, task("seal"))
    deals.decide("fa")
    deals.publish(task("seal"))
    number = migrate(deals, {"sign": "seal"})
    assert (deals.asked(at), deals.stands(at)) == ([], ["seal"])
    assert deals.votes(at) == [("fa", "approved"), ("cai", "closed"), ("gu", "closed")]
    undo(deals, number)
    assert (deals.asked(at), deals.stands(at)) == (["cai"], ["sign"])
    assert deals.votes(at) == [("fa", "approved"), ("cai", "asked"), ("gu", "waiting")]
    deals.decide("cai")
    deals.decide("gu")
    assert deals.stands(at) == ["seal"]
    deals.sound()


def test_who_was_put_at_an_approval_comes_back_and_nobody_is_asked_there_any_more(deals: Deals) -> None:
    at = deals.begun(task("papers", "seal"), task("seal"))
    deals.publish(approval("fa", "cai", approved="seal"), task("seal"))
    number = migrate(deals, {"papers": "sign"})
    assert (deals.asked(at), deals.stands(at)) == (["fa", "cai"], ["sign"])
    undo(deals, number)
    assert (deals.asked(at), deals.stands(at)) == ([], ["papers"])
    deals.finish(at, "papers")
    assert deals.stands(at) == ["seal"]


def test_sent_back_within_its_branch_though_the_branch_is_drawn_in_another_place_by_now(deals: Deals) -> None:
    split = {"key": "split", "kind": "parallel", "branches": ["a", "b", "c"]}
    sign = approval("fa")
    at = deals.begun(split, task("a"), task("b"), task("c", "sign"), sign)
    for key in ("b", "c"):
        deals.finish(at, key)
    deals.publish({**split, "branches": ["c", "a"]}, task("a"), task("c", "sign"), sign)
    migrate(deals)
    number = deals.vote("fa")
    with deals.as_("fa") as tx:
        returns.send_back(tx, number, "c", "redo", "金额不对")
    assert sorted(deals.stands(at)) == ["a", "c"]
    deals.sound()


def test_cancelling_an_approval_closes_what_it_asks(deals: Deals) -> None:
    split = {"key": "split", "kind": "parallel", "branches": ["ask", "sign"]}
    stop = {"key": "stop", "kind": "cancel", "nodes": ["sign"], "next": "last"}
    at = deals.begun(split, task("ask", "stop"), approval("fa", "cai"), stop, task("last"))
    deals.finish(at, "ask")
    assert (deals.asked(at), deals.stands(at)) == ([], ["last"])
    assert deals.votes(at) == [("fa", "closed"), ("cai", "closed")]
    deals.sound()

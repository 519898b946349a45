"""Sent back: all over again, or straight back to whoever sent it and to who saw what changed."""

import pytest
from approval_world import Deals, approval, founded, task
from error_codes import refused

from perennial import processes
from perennial.kernel import Database

door = processes.approving


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


def back(deals: Deals, by: str, to: str, how: str = "redo", opinion: str = "付款周期过长") -> None:
    number = deals.vote(by)
    with deals.as_(by) as tx:
        door.send_back(tx, number, to, how, opinion)


def test_sent_back_to_be_done_again_asks_everybody_anew(deals: Deals) -> None:
    at = deals.begun(
        task("submit", "first"), approval("he", key="first", approved="sign"),
        approval("fa", "cai", approved="on"), task("on"),
    )  # fmt: skip
    deals.finish(at, "submit")
    deals.decide("he")
    deals.decide("cai")
    with deals.as_("fa") as tx:
        page = door.page(tx, deals.vote("fa"))
        assert ([one["key"] for one in page.back], "return" in page.may) == (["first", "submit"], True)
    back(deals, "fa", "submit")
    assert (deals.stands(at), deals.asked(at)) == (["submit"], [])
    assert deals.votes(at) == [("he", "approved"), ("fa", "returned"), ("cai", "approved")]
    deals.sound()
    deals.finish(at, "submit")
    assert deals.asked(at) == ["he"]
    deals.decide("he")
    assert deals.asked(at) == ["fa", "cai"]
    deals.decide("fa")
    deals.decide("cai")
    assert deals.stands(at) == ["on"]
    assert deals.rows("SELECT round FROM processes.approval ORDER BY id") == [
        {"round": 0}, {"round": 0}, {"round": 1}, {"round": 1},
    ]  # fmt: skip
    deals.sound()


def test_straight_back_asks_the_returner_and_who_saw_a_field_that_changed(deals: Deals) -> None:
    """Legal, finance and a tax signer whom finance adds; legal transfers, the new one sends it back, only the terms
    are changed: legal is asked again and so is finance, but not tax, who does not see the terms."""
    deals.publish(
        task("submit", "sign"), approval("fa", "cai", approved="on"), task("on"),
    )  # fmt: skip
    at = deals.deal(terms="验收后 60 日内")
    deals.start(at)
    deals.finish(at, "submit")
    number = deals.vote("cai")
    with deals.as_("cai") as tx:
        door.add(tx, number, [deals.who["shui"]], "before", "")
    deals.decide("shui")
    deals.decide("cai")
    with deals.system() as tx:  # what tax saw was the note alone
        tx.run("UPDATE processes.vote SET seen = '{note}' WHERE person_id = %(shui)s", deals.who)
    number = deals.vote("fa")
    with deals.as_("fa") as tx:
        door.transfer(tx, number, deals.who["fei"], "请陆子衿看")
    back(deals, "fei", "submit", "straight")
    assert (deals.stands(at), deals.asked(at)) == (["submit"], [])
    deals.sound()
    deals.edit(at, "liang", terms="15 日内付 50%")
    deals.finish(at, "submit")
    assert (deals.stands(at), sorted(deals.asked(at))) == (["sign"], ["cai", "fei"])
    deals.sound()
    deals.decide("fei")
    deals.decide("cai")
    assert (deals.stands(at), deals.steps(at)[-1]) == (["on"], "sign approved")
    deals.sound()


def test_straight_back_with_nothing_changed_asks_the_returner_alone(deals: Deals) -> None:
    at = deals.begun(task("submit", "sign"), approval("fa", "cai", "gu", approved="on"), task("on"))
    deals.finish(at, "submit")
    deals.decide("cai")
    back(deals, "fa", "submit", "straight")
    deals.finish(at, "submit")
    assert sorted(deals.asked(at)) == ["fa", "gu"]  # gu had not decided and still has to
    deals.sound()


def test_an_approval_before_the_one_that_sent_it_back_asks_who_saw_what_changed(deals: Deals) -> None:
    at = deals.begun(
        task("submit", "first"), approval("he", "gao", key="first", approved="sign"),
        approval("fa", approved="on"), task("on"),
    )  # fmt: skip
    deals.finish(at, "submit")
    deals.decide("he")
    deals.decide("gao")
    with deals.system() as tx:
        tx.run("UPDATE processes.vote SET seen = '{note}' WHERE person_id = %(gao)s", deals.who)
    back(deals, "fa", "submit", "straight")
    deals.edit(at, "liang", terms="新的")
    deals.finish(at, "submit")
    assert (deals.stands(at), deals.asked(at)) == (["first"], ["he"])
    deals.sound()
    deals.decide("he")
    assert (deals.stands(at), deals.asked(at)) == (["sign"], ["fa"])
    deals.sound()
    deals.decide("fa")
    assert deals.stands(at) == ["on"]
    deals.sound()


def test_another_way_out_of_the_step_gives_up_what_waited_for_it(deals: Deals) -> None:
    ways = [{"key": "again", "label": "重新提交", "next": "sign"}, {"key": "stop", "label": "放弃", "next": "end"}]
    at = deals.begun(task("submit", outcomes=ways), approval("fa", "cai"))
    deals.finish(at, "submit", outcome="again")
    back(deals, "fa", "submit", "straight")
    deals.finish(at, "submit", outcome="stop")
    assert (deals.stands(at), deals.asked(at)) == ([], [])
    assert deals.rows("SELECT state FROM processes.instance") == [{"state": "finished"}]
    deals.sound()


def test_a_return_within_a_branch_leaves_the_others_alone_and_one_before_the_split_ends_them(deals: Deals) -> None:
    deals.publish(
        task("submit", "both"), {"key": "both", "kind": "parallel", "branches": ["left", "right"]},
        task("left", "sign"), approval("fa", approved="join"), approval("cai", key="right", approved="join"),
        {"key": "join", "kind": "join", "of": "both", "next": "on"}, task("on"),
    )  # fmt: skip
    at = deals.deal()
    deals.start(at)
    deals.finish(at, "submit")
    deals.finish(at, "left")
    with deals.as_("fa") as tx:
        assert [one["key"] for one in door.page(tx, deals.vote("fa")).back] == ["left", "submit"]
    back(deals, "fa", "left")
    assert (sorted(deals.stands(at)), deals.asked(at)) == (["left", "right"], ["cai"])
    deals.finish(at, "left")
    back(deals, "fa", "submit")
    assert (deals.stands(at), deals.asked(at)) == (["submit"], [])
    deals.sound()
    deals.finish(at, "submit")
    deals.finish(at, "left")
    deals.decide("fa")
    deals.decide("cai")
    assert deals.stands(at) == ["on"]
    deals.sound()


def test_what_was_submitted_is_taken_back_while_nobody_has_decided(deals: Deals) -> None:
    at = deals.begun(task("submit", "sign"), approval("fa", "cai", approved="on"), task("on"))
    deals.finish(at, "submit")
    number = deals.vote("fa")
    with deals.as_("cai") as tx, refused("processes.withdraw_not_yours", "「会签」不是你提交的，不能撤回"):
        door.withdraw(tx, number)
    with deals.as_("liang") as tx:
        assert "withdraw" in door.page(tx, number).may
        door.withdraw(tx, number)
    assert (deals.stands(at), deals.asked(at)) == (["submit"], [])
    deals.sound()
    deals.finish(at, "submit")
    deals.decide("cai")
    number = deals.vote("fa")
    with deals.as_("liang") as tx, refused("processes.withdraw_late", "顾明哲已处理，不能再撤回"):
        door.withdraw(tx, number)


def test_what_cannot_be_sent_back_is_refused_in_words(deals: Deals) -> None:
    deals.begun(approval("fa"))
    with refused("processes.return_how", "请选择重走或直达", path="how"):
        back(deals, "fa", "sign", "somehow")
    with refused("processes.return_to", "「会签」不能退回到这一步", path="to"):
        back(deals, "fa", "sign")
    number = deals.vote("fa")
    with deals.as_("liang") as tx, refused("processes.withdraw_nowhere", "「会签」之前没有你办过的任务，无处可撤回"):
        door.withdraw(tx, number)

"""Adding signers, taking them back, handing on, asking for an opinion, urging: what each does to a slot."""

import pytest
from approval_world import Deals, approval, founded, task
from error_codes import refused
from process_world import at as moment_at

from perennial import processes
from perennial.kernel import Database, advance_clock

door = processes.approving


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


def add(deals: Deals, by: str, where: str, *names: str, opinion: str = "") -> None:
    number = deals.vote(by)
    with deals.as_(by) as tx:
        door.add(tx, number, [deals.who[name] for name in names], where, opinion)


def hand(deals: Deals, by: str, to: str, opinion: str = "") -> None:
    number = deals.vote(by)
    with deals.as_(by) as tx:
        door.transfer(tx, number, deals.who[to], opinion)


def test_signers_added_before_after_and_beside_are_asked_in_their_turn(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai", approved="on"), task("on"))
    add(deals, "cai", "before", "shui", opinion="请税务先看")
    assert deals.asked(at) == ["fa", "shui"]
    deals.decide("shui")
    assert deals.asked(at) == ["fa", "cai"]
    add(deals, "cai", "beside", "gu")
    assert deals.asked(at) == ["fa", "cai", "gu"]
    add(deals, "cai", "after", "he")  # cai has approved with it
    assert deals.asked(at) == ["fa", "gu"]
    deals.decide("gu")
    assert deals.asked(at) == ["fa", "he"]
    deals.sound()
    deals.decide("he")
    deals.decide("fa")
    assert (deals.steps(at), deals.stands(at)) == (["sign approved"], ["on"])
    assert [one for one in deals.votes(at) if one[1] != "approved"] == []
    deals.sound()


def test_a_signer_who_was_added_rejects_for_the_slot(deals: Deals) -> None:
    deals.publish(approval("fa", "cai", mode="any", approved="on", rejected="back"), task("on"), task("back"))
    at = deals.deal()
    deals.start(at)
    add(deals, "cai", "before", "shui")
    deals.decide("shui", "rejected")
    assert deals.asked(at) == ["fa"]  # cai is asked no more
    deals.decide("fa", "rejected")
    assert deals.stands(at) == ["back"]
    deals.sound()


def test_whoever_added_a_signer_takes_them_back_while_they_have_not_decided(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai"))
    add(deals, "cai", "before", "shui", "gu")
    number = deals.vote("shui")
    with deals.as_("fa") as tx, refused("processes.vote_not_added", "「会签」的这位不是你加签的，不能减签"):
        door.remove(tx, number)
    with deals.as_("cai") as tx:
        assert door.page(tx, number).removable == [number, number + 1]
        door.remove(tx, number)
    assert deals.asked(at) == ["fa", "gu"]
    with deals.as_("cai") as tx, refused("processes.vote_over", "「会签」已无需处理"):
        door.remove(tx, number)
    deals.decide("gu")
    assert deals.asked(at) == ["fa", "cai"]
    deals.sound()


def test_a_vote_goes_to_somebody_else_who_decides_instead(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai", opinion="always", approved="on"), task("on"))
    hand(deals, "fa", "fei", "休假")
    assert deals.asked(at) == ["cai", "fei"]
    assert deals.votes(at) == [("fa", "handed"), ("fei", "asked"), ("cai", "asked")]
    deals.decide("fei", opinion="同意")
    deals.decide("cai", opinion="同意")
    assert deals.stands(at) == ["on"]
    deals.sound()


def test_an_opinion_is_given_without_deciding_and_the_one_who_asked_decides(deals: Deals) -> None:
    at = deals.begun(approval("cai", approved="on", rejected="back"), task("on"), task("back"))
    number = deals.vote("cai")
    with deals.as_("cai") as tx:
        door.delegate(tx, number, deals.who["shui"], "怎么看？")
    assert deals.asked(at) == ["shui"]
    with deals.as_("shui") as tx:
        assert door.page(tx, deals.vote("shui")).may == ["give", "transfer", "read"]
    with refused("processes.opinion_missing", "请填写「会签」的意见", path="opinion"):
        deals.decide("shui")
    with refused("processes.vote_opinion", "「会签」只请你给意见，可填写意见或转办"):
        add(deals, "shui", "before", "gu")
    hand(deals, "shui", "gu")
    deals.decide("gu", "rejected", "不妥")  # it is an opinion all the same
    assert deals.asked(at) == ["cai"]
    deals.decide("cai")
    assert deals.stands(at) == ["on"]
    deals.sound()


def test_who_may_be_added_is_said_in_words(deals: Deals) -> None:
    deals.begun(approval("fa", "cai"))
    with refused("processes.add_where", "请选择加签在前、在后或同时", path="where"):
        add(deals, "cai", "around", "shui")
    for people_ in ((), ("cai",)):
        with refused("processes.add_nobody", "请选择 1 到 20 位同事，不含自己", path="people"):
            add(deals, "cai", "before", *people_)
    add(deals, "cai", "beside", "shui")
    with refused("processes.signs_already", "贺一宁已在这一环节，无需重复", path="people"):
        hand(deals, "cai", "shui")
    with deals.system() as tx:
        tx.run("UPDATE people.person SET active = false WHERE id = %(gu)s", deals.who)
    with refused("tasks.not_active", "这位同事已停用，请选择其他人", path="people"):
        add(deals, "cai", "before", "gu")


def test_a_vote_is_urged_once_in_four_working_hours(deals: Deals) -> None:
    at = deals.begun(approval("cai"))
    number = deals.vote("cai", at)
    moments = [  # a working day has nine hours, 28 and 29 November are a weekend
        ("2026-11-23 10:00", True), ("2026-11-23 13:59", False), ("2026-11-23 14:00", True),
        ("2026-11-23 17:59", False), ("2026-11-24 15:00", True), ("2026-11-25 09:59", False),
        ("2026-11-25 10:00", True), ("2026-11-27 17:00", True), ("2026-11-30 11:59", False), ("2026-11-30 12:00", True),
    ]  # fmt: skip
    for moment, allowed in moments:
        with deals.system() as tx:
            advance_clock(tx, moment_at(*moment.split(" ")))
        with deals.as_("liang") as tx:
            if allowed:
                assert door.urge(tx, number) == [deals.who["cai"]]
            else:
                with refused("processes.vote_urged", "「会签」4 个工作小时内已催办过"):
                    door.urge(tx, number)


def test_votes_go_along_when_their_person_leaves_and_come_back(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai", mode="order", approved="on"), task("on"))
    with deals.as_("zhou") as tx:
        number = processes.hand_over(tx, deals.who["cai"], [processes.Share(deals.who["gu"])])
    deals.decide("fa")
    assert deals.asked(at) == ["gu"]  # it was not asked of cai yet
    deals.sound()
    other = deals.deal("b")
    deals.start(other)
    with deals.as_("zhou") as tx:
        processes.undo_handover(tx, number)
    assert deals.asked(other) == ["fa"]
    with deals.as_("zhou") as tx:  # what is asked goes with its task
        processes.hand_over(tx, deals.who["fa"], [processes.Share(deals.who["fei"])])
    assert deals.asked(other) == ["fei"]
    deals.decide("fei", at=other)
    assert deals.asked(other) == ["cai"]
    deals.sound()


def test_who_comes_late_is_told_who_rejected_or_sent_it_back_first(deals: Deals) -> None:
    deals.publish(task("submit", "sign"), approval("fa", "cai"))
    for what, word in (("rejected", "拒绝"), ("returned", "退回")):
        at = deals.deal(what)
        deals.start(at)
        deals.finish(at, "submit")
        number, first = deals.vote("cai", at), deals.vote("fa", at)
        with deals.as_("fa") as tx:
            if what == "rejected":
                door.decide(tx, first, "rejected", door.Said("不行"))
            else:
                door.send_back(tx, first, "submit", "redo", "改")
        with deals.as_("cai") as tx, refused(f"processes.lost_{what}", f"沈若溪已先{word}，无需你处理"):
            door.decide(tx, number, "approved")

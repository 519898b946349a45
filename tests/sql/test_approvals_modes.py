"""Approvals as definitions say them: who is asked when, and what decides."""

import pytest
from approval_world import Deals, approval, founded, task
from error_codes import refused

from perennial import processes
from perennial.kernel import Database


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


def test_all_must_approve_and_are_asked_at_once(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai", approved="on"), task("on"))
    assert deals.asked(at) == ["fa", "cai"]
    deals.decide("cai")
    assert (deals.asked(at), deals.stands(at)) == (["fa"], ["sign"])
    deals.sound()
    deals.decide("fa")
    assert (deals.steps(at), deals.stands(at)) == (["sign approved"], ["on"])
    deals.sound()


def test_one_who_rejects_decides_for_all_and_nothing_is_left_to_do(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai", "gu", approved="on", rejected="back"), task("on"), task("back"))
    deals.decide("cai", "rejected")
    assert (deals.asked(at), deals.stands(at)) == ([], ["back"])
    assert deals.votes(at) == [("fa", "closed"), ("cai", "rejected"), ("gu", "closed")]
    deals.sound()


def test_any_one_who_approves_is_enough_and_all_must_reject(deals: Deals) -> None:
    deals.publish(approval("fa", "cai", mode="any", approved="on", rejected="back"), task("on"), task("back"))
    first, second = deals.deal("a"), deals.deal("b")
    deals.start(first, second)
    deals.decide("cai", at=first)
    assert deals.stands(first) == ["on"]
    deals.decide("fa", "rejected", at=second)
    assert deals.asked(second) == ["cai"]
    deals.decide("cai", "rejected", at=second)
    assert deals.stands(second) == ["back"]
    deals.sound()


def test_in_order_the_next_is_asked_when_the_one_before_has_approved(deals: Deals) -> None:
    at = deals.begun(approval("fa", "cai", "gu", mode="order", approved="on"), task("on"))
    for name in ("fa", "cai", "gu"):
        assert deals.asked(at) == [name]
        deals.decide(name)
    assert deals.stands(at) == ["on"]


# ratio, veto, what five signers say in turn, where it stands then
SHARES = [
    ("0.6", False, "++", "sign"),  # 2 of 5 are 40 %
    ("0.6", False, "+++", "on"),
    ("0.6", False, "--", "sign"),  # 3 of 5 can still be 60 %
    ("0.6", False, "---", "back"),
    ("0.6", False, "-+-+", "sign"),
    ("0.6", False, "-+-++", "on"),
    ("0.6", True, "++-", "back"),
    ("1", False, "-", "back"),
    ("0.1", False, "+", "on"),
    ("0.2", False, "----", "sign"),  # the last one alone is 20 %
]


def test_a_vote_is_decided_by_the_share_that_approves(deals: Deals) -> None:
    signers = ("fa", "cai", "gu", "he", "gao")
    for number, (ratio, veto, said, stands) in enumerate(SHARES):
        node = approval(*signers, mode="vote", ratio=ratio, veto=veto, approved="on", rejected="back")
        deals.publish(node, task("on"), task("back"), key=f"quote{number}")
        at = deals.deal(f"HT-{number}")
        deals.start(at, key=f"quote{number}")
        for name, word in zip(signers, said, strict=False):
            deals.decide(name, "approved" if word == "+" else "rejected", at=at)
        assert deals.stands(at) == [stands], SHARES[number]
        assert len(deals.asked(at)) == (5 - len(said) if stands == "sign" else 0)
    deals.sound()


def test_superiors_are_a_slot_each_and_the_same_person_is_asked_once(deals: Deals) -> None:
    at = deals.begun(approval({"superiors": 2, "of": "owner"}, "he", {"field": "legal"}, {"head_of": "owner"}))
    assert deals.asked(at) == ["he", "gao", "fa", "zhou"]  # the department has no head: the administrator stands in
    deals.sound()


def test_a_role_is_asked_as_one_and_the_first_of_its_holders_decides(deals: Deals) -> None:
    at = deals.begun(approval({"role": "legal"}, {"role": "finance"}, mode="all", approved="on"), task("on"))
    assert deals.asked(at) == ["fa|fei", "cai"]
    deals.decide("fei")
    deals.decide("cai")
    assert deals.stands(at) == ["on"]
    assert deals.rows("SELECT count(*) AS n FROM tasks.task WHERE vote_id IS NOT NULL") == [{"n": 2}]


EMPTY = [
    ("admin", ["zhou"], ["sign"]), ({"person": "gu"}, ["gu"], ["sign"]), ({"person": "nobody"}, ["zhou"], ["sign"]),
    ("pass", [], ["on"]), ("reject", [], ["back"]),
]  # fmt: skip


def test_a_slot_of_nobody_goes_as_the_definition_says(deals: Deals) -> None:
    for number, (empty, asked, stands) in enumerate(EMPTY):
        node = approval({"field": "legal"}, empty=empty, approved="on", rejected="back")
        deals.publish(node, task("on"), task("back"), key=f"quote{number}")
        at = deals.deal(legal=None)
        deals.start(at, key=f"quote{number}")
        assert (deals.asked(at), deals.stands(at)) == (asked, stands), empty
    deals.sound()


def test_a_deputy_votes_while_somebody_is_away_and_a_disabled_one_is_passed_over(deals: Deals) -> None:
    deals.publish(approval("fa", "cai", approved="on"), task("on"))
    with deals.system() as tx:
        tx.run(
            "UPDATE people.person SET deputy_id = %(fei)s, away_from = '2026-11-20', away_until = '2026-11-30'"
            " WHERE id = %(fa)s",
            deals.who,
        )
        tx.run("UPDATE people.person SET active = false WHERE id = %(cai)s", deals.who)
    at = deals.deal()
    deals.start(at)
    assert deals.asked(at) == ["fei", "liang"]  # cai has no deputy: the owner of the deal is next in the order
    deals.sound()


def test_who_has_approved_in_this_round_is_not_asked_again(deals: Deals) -> None:
    deals.publish(
        approval("he", "fa", key="first", approved="second"),
        approval("he", "gu", key="second", skip_repeated=True, approved="on"), task("on"),
    )  # fmt: skip
    at = deals.deal()
    deals.start(at)
    deals.decide("he")
    deals.decide("fa")
    assert deals.asked(at) == ["gu"]
    assert deals.votes(at)[2:] == [("he", "skipped"), ("gu", "asked")]
    deals.decide("gu")
    assert deals.stands(at) == ["on"]


def test_who_has_approved_is_asked_again_when_something_they_saw_has_changed(deals: Deals) -> None:
    hidden = [{"field": "note", "right": "hidden"}]
    deals.publish(
        approval("he", key="first", approved="wait", fields=hidden), task("wait", "second"),
        approval("he", key="second", skip_repeated=True, approved="on"), task("on"),
    )  # fmt: skip
    unseen, changed = deals.deal("a"), deals.deal("b")
    for at in (unseen, changed):
        deals.start(at)
        deals.decide("he", at=at)
    deals.edit(unseen, note="only this")
    deals.edit(changed, terms="60 days")
    deals.finish(unseen, "wait")
    deals.finish(changed, "wait")
    assert (deals.stands(unseen), deals.stands(changed), deals.asked(changed)) == (["on"], ["second"], ["he"])


def test_everybody_skipped_in_turn_lets_it_through(deals: Deals) -> None:
    deals.publish(
        approval("he", "fa", "gu", key="first", approved="second"),
        approval("gu", "fa", "he", key="second", mode="order", skip_repeated=True, approved="on"), task("on"),
    )  # fmt: skip
    at = deals.deal()
    deals.start(at)
    for name in ("he", "fa", "gu"):
        deals.decide(name)
    assert deals.steps(at) == ["first approved", "second approved"]
    deals.sound()


def test_an_approval_is_written_as_it_is_read(deals: Deals) -> None:
    whole = {
        "key": "sign", "kind": "approval", "label": "会签", "label_en": "Sign", "note": "see policy", "place": [1, 2],
        "who": [{"superiors": 2, "of": "owner"}, {"role": "legal"}, {"person": "gu"}, {"head_of": "owner"}],
        "mode": "vote", "ratio": 0.6, "veto": True, "on_timeout": "escalate", "title": '"审批 " & name',
        "due_workdays": 1,
        "empty": {"person": "gu"}, "skip_repeated": True, "opinion": "always", "attachments": False, "signature": True,
        "fields": [{"field": "note", "right": "hidden"}, {"field": "terms", "right": "required"}],
        "returns": ["before"], "copy_to": [{"field": "owner"}], "approved": "end", "rejected": "before",
    }  # fmt: skip
    plain = {"key": "plain", "kind": "approval", "who": [{"person": "gu"}], "mode": "all", "due_workdays": 2}
    tree = {"process": "quote", "label": "报价", "form": "deal",
            "nodes": [task("before", "sign"), {**whole, "approved": "plain"}, plain]}  # fmt: skip
    read = processes.load(tree)
    assert processes.dump(read)["nodes"][1:] == [{**whole, "approved": "plain"}, plain]
    assert processes.load(processes.dump(read)) == read
    assert ("nodes[1].who", "role", "legal", "会签") in processes.names(read)
    assert {"note", "terms", "owner"} <= {one.text for one in processes.references(read)}


WRONG = [
    (approval(), "processes.nobody_signs", "审批「会签」没有设置由谁审批", "nodes[0].who"),
    (approval("gu", returns=["over"]), "processes.return_to_nobody",
     "「会签」允许退回到「over」，但那里不是任务或审批", "nodes[0].returns"),
    (approval("gu", skip_repeated=True, rejected="sign"), "processes.endless",
     "这一圈没有停下来等人或等时间的地方，会无休止：会签 → 会签", "nodes[0]"),
    (approval("gu", fields=[{"field": "nothing", "right": "read"}]), "processes.no_such_field",
     "「deal」里没有「nothing」这个字段", "nodes[0].fields[0]"),
    (approval({"audience": "renewal"}), "processes.unknown_attribute", "没有「audience」这个设置", "nodes[0].who[0]"),
    (approval({"superiors": 0, "of": "owner"}), "processes.attribute", "「superiors」缺失或写法不对",
     "nodes[0].who[0].superiors"),
    (approval("gu", ratio=1.5), "processes.attribute", "「ratio」缺失或写法不对", "nodes[0].ratio"),
    (approval("gu", next="end"), "processes.unknown_attribute", "没有「next」这个设置", "nodes[0].next"),
]  # fmt: skip


def test_a_wrong_approval_is_refused_with_the_reason_at_the_node(deals: Deals) -> None:
    over = {"key": "over", "kind": "end"}
    for node, code, sentence, path in WRONG:
        with refused(code, sentence, path=path):
            deals.publish({**node, "approved": "over"}, over)


def test_the_task_of_a_vote_is_finished_by_the_vote_alone(deals: Deals) -> None:
    at = deals.begun(approval("fa"))
    with refused("tasks.by_vote", "「会签」是审批，请在审批页同意、拒绝或退回"):
        deals.finish(at, "sign", by="fa")

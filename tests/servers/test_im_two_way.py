"""Approvals decided in DingTalk, WeCom and Feishu: by callbacks that come twice, late, out of order, in an outage."""

import json
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from approval_world import NAMES, approval
from card_world import Cards, asked, is_card

from perennial import connect, people, processes
from perennial.dev import Serving, callbacks, serving
from perennial.kernel import Conflict, Database

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("home")]
CHANNELS = ("dingtalk", "wecom", "feishu")
HOWS = [how for how in callbacks.HOWS if how not in ("good", "again", "replayed")]


@pytest.fixture
def im() -> Iterator[Serving]:
    with serving() as im:
        yield im


@pytest.fixture
def cards(database: Database, im: Serving) -> Cards:
    return Cards(asked(database), im)


def feishu_card(content: Any) -> Any:
    return json.loads(content["content"])


def said(card: Any) -> list[str]:
    """Head and lines of a card of Feishu."""
    lines = [one["text"]["content"] for one in card["elements"] if one["tag"] == "div"]
    return [card["header"]["title"]["content"], *lines]


def buttons(card: Any) -> list[str]:
    return [one["text"]["content"] for row in card["elements"] if row["tag"] == "action" for one in row["actions"]]


def test_an_approval_is_a_card_in_feishu_that_is_decided_there_and_says_how_it_ended(cards: Cards) -> None:
    cards.channel("feishu")
    fields = [{"field": "note", "right": "hidden"}]
    at = cards.deals.begun(approval("cai", "fa", mode="any", title='"报价 " & name', fields=fields), note="内部底价")
    cards.show()
    [first] = cards.sent("chat", "ou_lin")
    card = feishu_card(first)
    assert said(card) == [
        "报价 · 待你处理",
        "报价 HT-1",
        "amount：¥195,300.00",
        "owner：梁小北",
        "legal：沈若溪",
        "请在：11-24 周二 18:00 前",
    ]
    assert buttons(card) == ["同意", "查看"] and "内部底价" not in json.dumps(card, ensure_ascii=False)

    assert cards.press("cai") == [200]
    assert cards.deals.asked(at) == ["cai", "fa"], "it is written down, and followed later"
    assert cards.follow() == {"followed": 1}
    assert cards.deals.votes(at) == [("cai", "approved"), ("fa", "closed")]
    assert cards.events("channel", "state", "why", "person_id") == [
        ("feishu", "followed", None, cards.deals.who["cai"])
    ]  # fmt: skip
    cards.show()
    ends = [said(feishu_card(one))[-1] for one in cards.sent("card")]
    assert sorted(ends) == sorted([
        f"{NAMES['cai']} 已同意 · 11-21 09:00", f"{NAMES['cai']}已先同意，无需你处理 · 11-21 09:00",
    ])  # fmt: skip
    assert all("同意" not in buttons(feishu_card(one)) for one in cards.sent("card"))


def test_a_card_of_wecom_is_pressed_and_becomes_its_result_by_the_code_of_the_press(cards: Cards) -> None:
    cards.channel("wecom")
    at = cards.deals.begun(approval("cai", "fa", mode="any"))
    cards.show()
    [shown] = [one["template_card"] for one in cards.sent("notice", "lin")]
    assert shown["main_title"] == {"title": "报价 · 待你处理", "desc": "会签 · HT-1"}
    assert [one["text"] for one in shown["button_list"]] == ["查看", "同意"]
    assert len(shown["horizontal_content_list"]) == 4
    event = cards.pressed("cai", "wecom", cards.card("cai", "wecom"))
    cards.im.world.cards[event["ResponseCode"]] = "by the press"  # what the platform keeps of it
    cards.im.world.remember(event["ResponseCode"], "by the press")
    assert cards.call("wecom", {**event, "FromUserName": "LIN"}) == [200], "they write names as they like"
    assert cards.follow() == {"followed": 1} and cards.deals.votes(at)[0] == ("cai", "approved")
    cards.show()
    ends = {one["userids"][0]: one["template_card"] for one in cards.sent("card")}
    assert ends["lin"]["main_title"]["desc"] == f"会签 · HT-1\n{NAMES['cai']} 已同意 · 11-21 09:00"
    assert ends["he"]["main_title"]["desc"] == f"会签 · HT-1\n{NAMES['cai']}已先同意，无需你处理 · 11-21 09:00"
    assert "button_list" not in ends["lin"] and "button_list" not in ends["he"]


def test_an_approval_of_dingtalk_is_decided_there_or_ends_there_when_it_was_decided_here(cards: Cards) -> None:
    cards.channel("dingtalk", approval_code="PROC-1")
    at = cards.deals.begun(approval("cai", "fa", mode="any"))
    cards.show()
    values = {one["name"]: one["value"] for one in cards.sent("approval", "lin")[0]["formComponentValues"]}
    assert values["事项"] == "会签 · HT-1" and values["链接"].startswith("https://cq.example/approvals/")
    assert values["要点"].splitlines()[0] == "amount：¥195,300.00"
    late = cards.card("fa", "dingtalk")
    cards.press("cai", "dingtalk")
    assert cards.follow() == {"followed": 1} and cards.deals.votes(at) == [("cai", "approved"), ("fa", "closed")]
    assert cards.press("fa", "dingtalk", late) == [200]
    assert cards.follow() == {"late": 1}
    cards.show()
    ours = cards.im.world.approvals
    assert ours[cards.card("cai", "dingtalk")["remote_id"]]["status"] == "RUNNING", (
        "DingTalk ends what was agreed to there"
    )
    [notice] = cards.sent("notice", "he")
    assert f"{NAMES['cai']}已先同意，无需你处理" in json.dumps(notice, ensure_ascii=False)

    second = cards.deal_again()
    cards.show()
    remote = cards.card("cai", "dingtalk", second)["remote_id"]
    assert ours[remote]["status"] == "RUNNING"
    cards.deals.decide("cai", at=second)
    cards.show()
    assert ours[remote]["status"] == "TERMINATED"


def test_what_is_refused_in_dingtalk_is_refused_here_with_its_remark_or_says_what_is_missing(cards: Cards) -> None:
    cards.channel("dingtalk", approval_code="PROC-1")
    at = cards.deals.begun(approval("cai", opinion="reject"))
    cards.show()
    event = cards.pressed("cai", "dingtalk", cards.card("cai", "dingtalk"), result="refuse")
    cards.call("dingtalk", event)
    assert cards.follow() == {"refused": 1} and cards.deals.asked(at) == ["cai"]
    cards.show()
    [notice] = cards.sent("notice", "lin")
    assert "未处理：请填写「会签」的意见" in json.dumps(notice, ensure_ascii=False)
    cards.call("dingtalk", {**event, "eventId": "another", "remark": "价格太低"})
    assert cards.follow() == {"followed": 1} and cards.deals.votes(at) == [("cai", "rejected")]
    [vote] = cards.deals.rows("SELECT opinion FROM processes.vote")
    assert vote["opinion"] == "价格太低"


def test_without_a_template_an_approval_is_a_to_do_in_dingtalk_that_leads_to_its_page(cards: Cards) -> None:
    cards.channel("dingtalk")
    at = cards.deals.begun(approval("cai"))
    cards.show()
    [todo] = cards.im.world.todos.values()
    assert todo["subject"] == "报价 · 待你处理：会签 · HT-1" and todo["executorIds"] == ["uLin"] and not todo["done"]
    assert todo["detailUrl"]["pcUrl"].startswith("https://cq.example/approvals/")
    cards.deals.decide("cai", at=at)
    cards.show()
    assert todo["done"] and len(cards.im.world.todos) == 1


@pytest.mark.parametrize(
    "more",
    [{"opinion": "always"}, {"signature": True}, {"fields": [{"field": "terms", "right": "required"}]}],
    ids=["opinion", "signature", "fields"],
)
def test_a_card_that_asks_for_more_than_yes_has_no_button_for_it(cards: Cards, more: Any) -> None:
    cards.channel("feishu")
    at = cards.deals.begun(approval("cai", **more))
    cards.show()
    [content] = cards.sent("chat")
    assert buttons(feishu_card(content)) == ["打开处理"]
    cards.press("cai")  # nobody can, but somebody does
    assert cards.follow() == {"refused": 1} and cards.deals.asked(at) == ["cai"]
    cards.show()
    assert said(feishu_card(cards.sent("card")[-1]))[-1].startswith("未处理：")


# --- who acts, and when


def test_an_account_of_nobody_decides_nothing_and_administrators_are_told_once_a_day(cards: Cards) -> None:
    cards.channel("feishu", bind=("cai",))
    at = cards.deals.begun(approval("cai"))
    cards.show()
    card = cards.card("cai")
    cards.press("fa", "feishu", card)
    cards.press("fa", "feishu", card)
    assert cards.follow() == {"refused": 2} and cards.deals.asked(at) == ["cai"]
    assert cards.events("why", "remote") == [("unknown_account", "ou_he")] * 2
    told = "SELECT p.account, t.what, t.subject FROM messages.told t JOIN people.person p ON p.id = t.person_id"
    assert cards.deals.rows(told) == [
        {"account": "zhou", "what": "unknown_account", "subject": "Feishu · ou_he"}
    ]  # fmt: skip


def test_a_forwarded_card_is_pressed_with_the_rights_of_whoever_presses(cards: Cards) -> None:
    cards.channel("feishu")
    at = cards.deals.begun(approval("cai"))
    cards.show()
    cards.press("fa", "feishu", cards.card("cai"))
    assert cards.follow() == {"refused": 1} and cards.deals.asked(at) == ["cai"]
    assert cards.events("why", "person_id") == [("processes.no_vote", cards.deals.who["fa"])]
    cards.show()
    assert cards.sent("card") == [], "the card of its own reader says nothing of it"
    with cards.deals.system() as tx:
        people.disable(tx, cards.deals.who["cai"])
    cards.press("cai")
    assert cards.follow() == {"refused": 1} and cards.events("why")[-1] == ("inactive",)


def test_a_role_is_asked_by_a_card_each_and_the_first_press_counts(cards: Cards) -> None:
    cards.channel("feishu")
    at = cards.deals.begun(approval({"role": "legal"}))
    cards.show()
    assert sorted(one.to for one in cards.im.world.effects) == ["ou_he", "ou_zhou"]
    late = cards.card("fei")
    cards.press("fa")
    cards.press("fei", "feishu", late)
    assert cards.follow() == {"followed": 1, "late": 1}
    assert cards.deals.votes(at) == [("legal", "approved")]
    assert cards.events("state", "why", "facts")[1] == ("late", "processes.lost_approved", {"name": NAMES["fa"]})


def test_a_decision_in_the_browser_and_one_in_a_card_at_the_same_moment_are_one(cards: Cards) -> None:
    cards.channel("feishu")
    at = cards.deals.begun(approval("cai", "fa", mode="any"))
    cards.show()
    cards.press("cai")
    number, both = cards.deals.vote("fa", at), threading.Barrier(2)
    said_: list[str] = []

    def in_the_browser() -> None:
        both.wait()
        try:
            with cards.deals.as_("fa") as tx:
                processes.approving.decide(tx, number, "approved")
            said_.append("decided")
        except Conflict as error:
            said_.append(error.code)

    thread = threading.Thread(target=in_the_browser)
    thread.start()
    both.wait()
    followed = cards.follow()
    thread.join()
    states = [state for _, state in cards.deals.votes(at)]
    assert sorted(states) == ["approved", "closed"]
    assert (followed, said_) in (({"followed": 1}, ["processes.lost_approved"]), ({"late": 1}, ["decided"]))
    cards.show()
    first, second = ("cai", "fa") if states[0] == "approved" else ("fa", "cai")
    ends = [said(feishu_card(one))[-1] for one in cards.sent("card")]
    assert {f"{NAMES[first]} 已同意 · 11-21 09:00", f"{NAMES[first]}已先同意，无需你处理 · 11-21 09:00"} <= set(ends)
    assert second != first


# --- outages, duplicates, disorder


def test_an_outage_of_forty_minutes_leaves_every_card_once_and_every_decision_once(cards: Cards) -> None:
    for channel in CHANNELS:
        cards.channel(channel, **({"approval_code": "PROC-1"} if channel == "dingtalk" else {}))
    cards.deals.publish(approval("cai", "fa", mode="any"))
    before = [cards.deals.deal(f"HT-{number}") for number in range(3)]
    cards.deals.start(*before)
    cards.show()
    pressed = {at: {one: cards.card("cai", one, at) for one in CHANNELS} for at in before}
    for kind in ("offline:2400", "reset_before", "throttle", "html"):  # at first this, then that, for forty minutes
        cards.im.fail("*", kind, 10_000 if kind.startswith("offline") else 5)
    during = [cards.deals.deal(f"HT-{number}") for number in (7, 8)]
    cards.deals.start(*during)
    cards.deals.decide("fa", at=before[2])  # in the browser
    calls: list[tuple[str, Any]] = []
    for at in before:  # presses on every channel, each of them twice, in any order
        calls += [(one, cards.pressed("cai", one, pressed[at][one])) for one in CHANNELS] * 2
    random.Random(7).shuffle(calls)
    for _ in range(20):
        if calls:
            assert cards.call(*calls.pop(), shift_s=-cards.im.world.shift_s) == [200]
        cards.follow()
        connect.show_cards(cards.database)
        cards.later(minutes=2)
        cards.im.world.shift_s += 120
    cards.im.world.faults.clear()
    cards.show(120)
    assert [cards.deals.votes(at) for at in before] == [[("cai", "approved"), ("fa", "closed")]] * 2 + [
        [("cai", "closed"), ("fa", "approved")]
    ]
    assert [cards.deals.asked(at) for at in during] == [["cai", "fa"]] * 2
    decided = cards.deals.rows("SELECT count(*) AS n FROM processes.vote WHERE state = 'approved'")
    assert decided == [{"n": 3}], "no decision is applied twice"
    shown = cards.deals.rows("SELECT channel, stands, wanted, problem, count(*) AS n FROM connect.card"
                             " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2 DESC")  # fmt: skip
    assert [tuple(row.values()) for row in shown] == [
        (one, stands, stands, None, n) for one in sorted(CHANNELS) for stands, n in (("over", 6), ("open", 4))
    ]
    put = Counter((one.service, one.to) for one in cards.im.world.effects if is_card(one))
    assert put == {
        (one, to): 5
        for one, tos in (("feishu", ("ou_lin", "ou_he")), ("wecom", ("lin", "he")), ("dingtalk", ("lin", "he")))
        for to in tos
    }, "each card was put there once"
    sounds = cards.events("state")
    assert ("new",) not in sounds and ("failed",) not in sounds
    cards.deals.sound()


@pytest.mark.parametrize("seed", range(int(os.environ.get("PERENNIAL_SOAK") or 1)))
def test_events_in_any_order_and_any_number_leave_what_each_of_them_once_leaves(cards: Cards, seed: int) -> None:
    cards.channel("feishu")
    cards.channel("wecom")
    draw = random.Random(seed)
    cards.deals.publish(approval("cai", "fa", "fei", mode="all"))
    rows = [cards.deals.deal(f"HT-{number}") for number in range(4)]
    cards.deals.start(*rows)
    cards.show()
    presses = [
        (one, cards.pressed(who, one, cards.card(who, one, at)))
        for at in rows for who in ("cai", "fa", "fei") for one in ("feishu", "wecom") if draw.random() < 0.5
    ]  # fmt: skip
    due = {
        (event["TaskId"] if "TaskId" in event else event["event"]["action"]["value"]["card"]) for _, event in presses
    }
    wanted = {
        (row["vote_id"]) for row in cards.deals.rows("SELECT key, vote_id FROM connect.card") if row["key"] in due
    }
    calls = [one for one in presses for _ in range(draw.randint(1, 3))]
    draw.shuffle(calls)
    for channel, event in calls:
        assert cards.call(channel, event, draw.choice(("good", "again"))) in ([200], [200, 200])
        if draw.random() < 0.3:
            cards.call(channel, event, draw.choice(HOWS))
        if draw.random() < 0.3:
            cards.follow()
    cards.follow()
    votes = cards.deals.rows("SELECT id, state, decided_by, person_id FROM processes.vote")
    assert {row["id"] for row in votes if row["state"] == "approved"} == wanted
    assert all(row["decided_by"] == row["person_id"] for row in votes if row["state"] == "approved")
    kept = cards.events("event_id", "state")
    assert len([one for one, _ in kept if one]) == len(presses), "each event once"
    assert {state for one, state in kept if one} <= {"followed"}

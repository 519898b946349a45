"""Approvals decided in DingTalk, WeCom and Feishu: by real callbacks, and by all that is wrong with them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from approval_world import NAMES, approval
from card_world import Cards, asked

from perennial.dev import Serving, serving
from perennial.kernel import Database

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("home")]
CHANNELS = ("dingtalk", "wecom", "feishu")


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

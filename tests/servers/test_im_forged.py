"""Callbacks that are not theirs, not for us, not now, or not again; and a platform that tries its address."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from approval_world import NAMES, approval
from card_world import Cards, asked
from im_ways import Clock
from web_client import PASSWORD, code, logged_in, visitor

from perennial import connect, people
from perennial.dev import Serving, callbacks, serving
from perennial.kernel import Database

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


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_forged_callback_is_refused_and_logged_with_why_and_where_from(cards: Cards, channel: str) -> None:
    cards.channel(channel, **({"approval_code": "PROC-1"} if channel == "dingtalk" else {}))
    at = cards.deals.begun(approval("cai"))
    cards.show()
    event = cards.pressed("cai", channel, cards.card("cai", channel))
    for how in HOWS:
        assert cards.call(channel, event, how) == [403], how
    assert cards.follow() == {} and cards.deals.asked(at) == ["cai"]
    kept = cards.events("state", "source", "why")
    assert [row[:2] for row in kept] == [("refused", "203.0.113.9")] * len(HOWS)
    whys = dict(zip(HOWS, (row[2] for row in kept), strict=True))
    if channel == "feishu":  # decrypted before the signature is looked at
        assert whys.pop("wrong_receiver") == "forged_token" and whys.pop("tampered") in (
            "forged_token",
            "forged_sealed",
        )
        assert whys == {"stale": "forged_stale", "ahead": "forged_stale", "wrong_token": "forged_signature",
                        "wrong_key": "forged_sealed", "unsigned": "forged_signature",
                        "garbage": "forged_sealed"}  # fmt: skip
    else:
        assert whys == {"stale": "forged_stale", "ahead": "forged_stale", "wrong_token": "forged_signature",
                        "tampered": "forged_signature", "wrong_key": "forged_sealed",
                        "wrong_receiver": "forged_receiver", "unsigned": "forged_signature",
                        "garbage": "forged_sealed"}  # fmt: skip
    app = getattr(cards.im.world.accounts, channel)
    for (excerpt,) in cards.events("excerpt"):
        assert len(excerpt) <= 300 and app.token not in excerpt and app.aes_key not in excerpt
    assert cards.call(channel, event) == [200] and cards.follow() == {"followed": 1}


def test_the_same_bytes_are_refused_again_and_the_same_event_is_known(cards: Cards) -> None:
    cards.channel("feishu")
    at = cards.deals.begun(approval("cai"))
    cards.show()
    event = cards.pressed("cai", "feishu", cards.card("cai"))
    assert cards.call("feishu", event, "replayed") == [200, 403]
    assert cards.call("feishu", event, "again") == [200, 200]
    assert cards.call("feishu", event, shift_s=-11 * 60) == [403]
    assert cards.events("state", "why") == [("new", None), ("refused", "forged_replayed"), ("refused", "forged_stale")]
    assert cards.follow() == {"followed": 1} and cards.deals.votes(at) == [("cai", "approved")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_bytes_from_eleven_minutes_ago_open_nothing_although_their_nonce_is_forgotten(
    cards: Cards, channel: str
) -> None:
    cards.channel(channel)
    clock = Clock(cards.im.world.now())
    event = cards.pressed("cai", channel, {"key": "card-x", "remote_id": "approval-1"})
    (call,) = callbacks.compose(cards.im.world.accounts, channel, event, clock())
    asked = connect.Request(call.method, call.query, call.headers, call.body)

    def status() -> int:
        return connect.receive(cards.database, channel, asked, clock).status

    assert [status(), status()] == [200, 403]
    for minutes in (9, 1, 1, 60):  # the second: at the very moment when it may be forgotten
        clock.at += minutes * 60
        assert status() == 403
    assert cards.deals.rows("SELECT count(*) AS n FROM connect.event WHERE state = 'new'") == [{"n": 1}]


def test_a_flood_of_forged_callbacks_is_counted_and_not_kept(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[connect.receive.__module__], "KEPT_PER_HOUR", 3)
    cards.channel("wecom")
    for _ in range(5):
        assert cards.call("wecom", {"Event": "x"}, "wrong_token") == [403]
    assert len(cards.events("id")) == 3
    with cards.deals.system() as tx:
        assert connect.refused_lately(tx) == {"wecom": 5}
    cards.later(hours=1)
    cards.call("wecom", {"Event": "x"}, "unsigned")
    assert len(cards.events("id")) == 4
    cards.later(days=91)
    with cards.deals.system() as tx:
        assert (connect.sweep(tx), connect.refused_lately(tx)) == (4, {})


def test_a_platform_that_tries_the_address_hears_what_it_wants(cards: Cards) -> None:
    known, now = cards.im.world.accounts, cards.im.world.now()
    with visitor(cards.database) as client:

        def ask(channel: str, one: callbacks.Callback) -> Any:
            return client.request(one.method, f"/api/callbacks/{channel}", params=dict(one.query),
                                  headers=dict(one.headers), content=one.body)  # fmt: skip

        trial = callbacks.wecom_verification(known, "1616140317555161061", now)
        (check,) = callbacks.compose(known, "dingtalk", {"EventType": "check_url"}, now)
        challenge = {"challenge": "ajls384kdjx98XX", "token": known.feishu.token, "type": "url_verification"}
        (asked_,) = callbacks.compose(known, "feishu", challenge, now, "unsigned")
        tries = {"wecom": trial, "dingtalk": check, "feishu": asked_}
        assert [code(ask(one, call)) for one, call in tries.items()] == [(404, "connect.no_callback")] * 3
        assert client.post("/api/callbacks/mail", content=b"").status_code == 404
        for one in CHANNELS:
            cards.channel(one)
        told = ask("wecom", trial)
        assert (told.status_code, told.text, told.headers["content-type"]) == (
            200, "1616140317555161061", "text/plain; charset=utf-8")  # fmt: skip
        assert callbacks.dingtalk_answer(known, ask("dingtalk", check).text) == "success"
        assert ask("feishu", asked_).json() == {"challenge": "ajls384kdjx98XX"}
        big = client.post("/api/callbacks/feishu", content=b"x" * 65_537)
        assert code(big) == (413, "http.hook_too_large")
        cards.channel("dingtalk", bind=(), events="stream")
        (check,) = callbacks.compose(known, "dingtalk", {"EventType": "check_url"}, now)
        assert ask("dingtalk", check).status_code == 404, "it tells us by Stream"
    assert cards.events("id") == []


def test_who_may_release_reads_what_came_back_and_in_words_what_was_refused(cards: Cards) -> None:
    cards.channel("feishu")
    cards.deals.begun(approval("cai", opinion="always"))
    cards.show()
    cards.press("cai")
    cards.follow()
    cards.call("feishu", {}, "wrong_token")
    with cards.deals.system() as tx:
        people.set_password(tx, cards.deals.who["zhou"], PASSWORD)
        people.set_password(tx, cards.deals.who["cai"], PASSWORD)
    with logged_in(cards.database, "zhou") as client:
        told = client.get("/api/connect/events", params={"channel": "feishu"}).json()
        assert [(one["state"], one["why"], one["said"], one["person"]) for one in told["rows"]] == [
            ("refused", "forged_token", None, None),
            ("refused", "processes.opinion_missing", "请填写「会签」的意见", NAMES["cai"]),
        ]  # fmt: skip
        assert told["forged"] == {"feishu": 1}
        older = client.get("/api/connect/events", params={"before": told["rows"][0]["id"], "state": "late"}).json()
        assert older["rows"] == []
        for channel in CHANNELS:
            shown = client.get("/api/connect/preview", params={"channel": channel}).json()
            assert shown["title"] == "续费报价审批 · 待你处理" and len(shown["facts"]) <= 5
            assert shown["result"].startswith("程砚秋已先同意，无需你处理")
            assert "¥195,300.00" in str(shown["card"])
    with logged_in(cards.database, "cai") as client:
        for path in ("events", "preview?channel=feishu"):
            assert code(client.get(f"/api/connect/{path}")) == (403, "people.may")

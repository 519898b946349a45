"""Workers that are killed while they show cards and follow events, and an event that cannot be followed at all."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from approval_world import approval
from card_world import Cards, asked, is_card

from perennial import connect, processes
from perennial.dev import Serving, serving
from perennial.kernel import Database, Tx

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("home")]
CHANNELS = ("dingtalk", "wecom", "feishu")


@pytest.fixture
def im() -> Iterator[Serving]:
    with serving() as im:
        yield im


@pytest.fixture
def cards(database: Database, im: Serving) -> Cards:
    return Cards(asked(database), im)


class Killed(BaseException):
    """As `kill -9` would: nothing is caught, nothing is written down."""


def killed_at(place: str, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    def dies(name: str) -> None:
        if name == place:
            raise Killed(name)

    with monkeypatch.context() as patch:
        for module in ("cards", "decide"):
            patch.setattr(sys.modules[f"perennial.connect.{module}"], "fail_point", dies)
        with pytest.raises(Killed):
            act()


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("place", ["connect.card_begun", "connect.card_wire_done"])
def test_a_worker_that_is_killed_while_it_shows_a_card_shows_none_twice(
    cards: Cards, channel: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards.channel(channel, **({"approval_code": "PROC-1"} if channel == "dingtalk" else {}))
    at = cards.deals.begun(approval("cai"))
    killed_at(place, monkeypatch, lambda: connect.show_cards(cards.database))
    cards.show()
    put = [one for one in cards.im.world.effects if is_card(one)]
    if channel == "dingtalk":  # its approvals know no key: perhaps one is missing, never are there two
        assert len(put) == (place == "connect.card_wire_done")
        assert (cards.card("cai", channel)["problem"], cards.card("cai", channel)["stands"]) == ("uncertain", "none")
        return
    assert len(put) == 1
    cards.deals.decide("cai", at=at)
    killed_at(place, monkeypatch, lambda: connect.show_cards(cards.database))
    cards.show()
    assert (cards.card("cai", channel)["stands"], cards.card("cai", channel)["problem"]) == ("over", None)


def test_a_worker_that_is_killed_while_it_follows_a_press_has_done_nothing_and_it_is_followed_again(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards.channel("feishu")
    at = cards.deals.begun(approval("cai"))
    cards.show()
    cards.press("cai")
    killed_at("connect.followed", monkeypatch, cards.follow)
    assert cards.deals.asked(at) == ["cai"] and cards.events("state", "tries") == [("new", 0)]
    assert cards.follow() == {"followed": 1} and cards.deals.votes(at) == [("cai", "approved")]


def test_an_event_that_cannot_be_followed_stops_no_other_and_is_left_after_some_tries(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards.channel("feishu")
    cards.deals.publish(approval("cai"))
    poisoned, fine = cards.deals.deal("HT-1"), cards.deals.deal("HT-2")
    cards.deals.start(poisoned, fine)
    cards.show()
    bad = cards.card("cai", at=poisoned)["vote_id"]
    decide = processes.approving.decide

    def breaks(tx: Tx, vote: int, *more: Any) -> None:
        if vote == bad:
            raise ZeroDivisionError
        decide(tx, vote, *more)

    monkeypatch.setattr(processes.approving, "decide", breaks)
    for at in (poisoned, fine):
        cards.press("cai", card=cards.card("cai", at=at))
    assert cards.follow() == {"followed": 1} and cards.deals.votes(fine) == [("cai", "approved")]
    for _ in range(8):
        cards.later(hours=1)
        cards.follow()
    assert cards.events("state", "why", "tries")[0] == ("failed", "ZeroDivisionError", 6)

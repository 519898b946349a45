"""Events of DingTalk by Stream, over a connection that breaks, repeats itself and talks nonsense."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from approval_world import approval
from card_world import Cards, asked

from perennial.connect import stream
from perennial.dev import Serving, serving
from perennial.kernel import SYSTEM, Database

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("home")]


@pytest.fixture
def im() -> Iterator[Serving]:
    with serving() as im:
        yield im


@pytest.fixture
def cards(database: Database, im: Serving) -> Cards:
    made = Cards(asked(database), im)
    made.channel("dingtalk", events="stream", approval_code="PROC-1")
    return made


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.01)


@contextmanager
def listening(cards: Cards) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(
        target=stream.listen, args=(cards.database, stop), kwargs={"look_s": 0.05, "patience": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def change(number: int) -> dict[str, object]:
    return {"type": "start", "processInstanceId": f"approval-{number}", "staffId": "lin"}


def test_an_approval_that_is_agreed_to_in_dingtalk_is_decided_here_by_what_the_stream_says(
    cards: Cards, im: Serving
) -> None:
    at = cards.deals.begun(approval("cai"))
    cards.show()
    press = cards.pressed("cai", "dingtalk", cards.card("cai", "dingtalk"))
    with listening(cards):
        until(lambda: im.world.stream.connected, "a connection")
        im.world.stream.push(press, "bpms_task_change", "ev-1", often=2)
        until(lambda: not im.world.stream.waiting, "an acknowledgement")
    assert cards.follow() == {"followed": 1}
    assert cards.deals.votes(at) == [("cai", "approved")]
    assert cards.events("way", "event_id", "state") == [("stream", "ev-1", "followed")]
    assert cards.call("dingtalk", press) == [404], "by Stream alone"


def test_events_are_kept_once_through_breaks_repetitions_disorder_and_nonsense(cards: Cards, im: Serving) -> None:
    line = im.world.stream
    with listening(cards):
        until(lambda: line.connected, "a connection")
        line.system("ping", {"opaque": "7"})
        until(lambda: line.acks, "an answer to the ping")
        assert line.acks[0]["data"] == '{"opaque": "7"}'
        for text in ("", "nonsense", "{}", '{"type": "EVENT"}', "[1]", '{"type": "EVENT", "headers": 7, "data": ""}'):
            line.say(text)
        for number in (3, 1, 2):
            line.push(change(number), "bpms_task_change", f"ev-{number}", often=2)
        until(lambda: not line.waiting, "acknowledgements")

        line.deaf = True  # the acknowledgement is lost with the connection
        line.push(change(4), "bpms_task_change", "ev-4")
        until(lambda: line.opened == 2 and not line.waiting, "the event again, on another connection")
        line.drop()
        until(lambda: line.opened == 3, "a third connection")
        line.system("disconnect")
        until(lambda: line.opened == 4 and line.connected == 1, "a fourth one")
        line.push(change(5), "bpms_task_change", "ev-5")
        until(lambda: not line.waiting, "it listens again")
    kept = cards.events("event_id", "way", "state")
    assert kept == [(f"ev-{number}", "stream", "followed") for number in (3, 1, 2, 4, 5)]


def test_nobody_listens_unless_the_settings_say_so(cards: Cards, im: Serving) -> None:
    with listening(cards):
        until(lambda: im.world.stream.connected, "a connection")
        cards.channel("dingtalk", bind=(), events="callback")
        until(lambda: not im.world.stream.connected, "it is closed")
    with cards.database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM connect.event") == 0

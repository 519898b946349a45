"""Callbacks as the platforms send them and as attackers do: what is theirs is read once, all else refused."""

import itertools
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from im_ways import Clock

from perennial.channels import Envelope, Forged, dingtalk, feishu, wecom
from perennial.dev import Accounts, callbacks, serving, signing

pytestmark = pytest.mark.servers
ACCOUNTS = Accounts()
SERVICES = ("dingtalk", "wecom", "feishu")


class Mailbox:
    """Our end of the callbacks of one platform: what it let in, why it kept the others out."""

    def __init__(self, service: str, clock: Clock) -> None:
        self.service, self.clock = service, clock
        self.nonces: dict[str, float] = {}  # forgotten as soon as they may be
        self.read: list[Any] = []
        self.refused: list[str] = []
        self._open = self._opener()

    def seen(self, nonce: str, until: float) -> bool:
        assert until > self.clock()
        self.nonces = {one: end for one, end in self.nonces.items() if end > self.clock()}
        known = nonce in self.nonces
        self.nonces[nonce] = until
        return known

    def _opener(self) -> Callable[[callbacks.Callback], Any]:
        ding, com, lark = ACCOUNTS.dingtalk, ACCOUNTS.wecom, ACCOUNTS.feishu
        if self.service == "feishu":
            theirs = feishu.Callback(lark.token, lark.aes_key, self.clock, self.seen)
            return lambda one: theirs.open(one.headers, one.body)
        if self.service == "dingtalk":
            event = dingtalk.Callback(Envelope(ding.token, ding.aes_key, ding.id, self.clock, self.seen))
            return lambda one: event.open(one.query, one.body)
        xml = wecom.Callback(Envelope(com.token, com.aes_key, com.company, self.clock, self.seen))
        return lambda one: xml.open(one.query, one.body)

    def take(self, calls: list[callbacks.Callback]) -> None:
        for one in calls:
            try:
                self.read.append(self._open(one))
            except Forged as error:
                self.refused.append(error.why)


def event(service: str, number: int = 1) -> Mapping[str, Any]:
    """Somebody decided something in the other application."""
    if service == "dingtalk":
        return {"EventType": "bpms_task_change", "processInstanceId": f"实例-{number}", "result": "agree"}
    if service == "wecom":
        return {"MsgType": "event", "Event": "template_card_event", "TaskId": f"任务-{number}", "EventKey": "agree"}
    return callbacks.feishu_event(ACCOUNTS, "approval_instance", {"code": f"实例-{number}"}, Clock()(), str(number))


def told(service: str, found: Any) -> str:
    """What tells events apart."""
    if service == "feishu":
        assert isinstance(found, feishu.Event)
        return found.id
    return str(found["processInstanceId" if service == "dingtalk" else "TaskId"]).rpartition("-")[2]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=SERVICES)
def box(request: pytest.FixtureRequest, clock: Clock) -> Mailbox:
    return Mailbox(request.param, clock)


@pytest.mark.parametrize(
    ("how", "whys"),
    [
        ("good", []),
        ("again", []),
        ("replayed", ["replayed"]),
        ("stale", ["stale"]),
        ("ahead", ["stale"]),
        ("wrong_token", ["signature"]),
        ("tampered", ["signature"]),
        ("wrong_key", ["sealed"]),
        ("wrong_receiver", ["receiver"]),
        ("unsigned", ["signature"]),
        ("garbage", ["sealed"]),
    ],
)
def test_a_callback_is_read_once_when_it_is_theirs_and_refused_by_name_when_not(
    box: Mailbox, how: str, whys: list[str]
) -> None:
    calls = callbacks.compose(ACCOUNTS, box.service, event(box.service), box.clock(), how)
    box.take(calls)
    assert len(box.read) == len(calls) - len(whys)
    if box.service == "feishu" and how in ("wrong_receiver", "tampered"):  # decrypted before the signature is looked at
        assert box.refused in (["token"], ["sealed"], ["signature"])
    else:
        assert box.refused == whys
    assert {told(box.service, one) for one in box.read} <= {"1"}


def test_a_forged_callback_uses_up_no_nonce_of_a_good_one(box: Mailbox) -> None:
    good = callbacks.compose(ACCOUNTS, box.service, event(box.service), box.clock())
    for how in ("wrong_token", "tampered", "wrong_key", "wrong_receiver", "stale", "unsigned", "garbage"):
        box.take(callbacks.compose(ACCOUNTS, box.service, event(box.service), box.clock(), how))
    assert box.read == [] and box.nonces == {}
    box.take(good)
    assert len(box.read) == 1


def test_events_in_disorder_and_repeated_can_be_told_apart(box: Mailbox) -> None:
    calls = list(
        itertools.chain.from_iterable(
            callbacks.compose(ACCOUNTS, box.service, event(box.service, number), box.clock(), how)
            for number in range(12)
            for how in ("again", "replayed", "wrong_token")
        )
    )
    random.Random(5).shuffle(calls)
    box.take(calls)
    read = [told(box.service, one) for one in box.read]
    assert sorted(set(read), key=int) == [str(number) for number in range(12)]
    assert len(read) == 12 * 3  # three times sent anew; the twelve copies of bytes and the twelve forged ones are out
    assert sorted(box.refused) == ["replayed"] * 12 + ["signature"] * 12


def test_bytes_that_were_read_are_refused_for_as_long_as_they_could_be_taken_for_fresh(box: Mailbox) -> None:
    (call,) = callbacks.compose(ACCOUNTS, box.service, event(box.service), box.clock())
    box.take([call])
    for minutes in (1, 9, 1, 30, 24 * 60):  # the third: as old as they may be
        box.clock.at += minutes * 60
        box.take([call])
    assert len(box.read) == 1 and set(box.refused) <= {"replayed", "stale"}


# --- what they want to hear


def test_dingtalk_understands_our_answer(clock: Clock) -> None:
    app = ACCOUNTS.dingtalk
    ours = dingtalk.Callback(Envelope(app.token, app.aes_key, app.id, clock, lambda nonce, until: False))
    assert callbacks.dingtalk_answer(ACCOUNTS, json.dumps(ours.success())) == "success"
    assert callbacks.dingtalk_answer(ACCOUNTS, '{"errcode": 0}') == ""


def test_events_and_answers_of_every_length_are_read(clock: Clock) -> None:
    box, app = Mailbox("dingtalk", clock), ACCOUNTS.wecom
    ours = wecom.Callback(Envelope(app.token, app.aes_key, app.company, clock, lambda nonce, until: False))
    for length in range(64):  # twice a block of 32
        box.take(callbacks.compose(ACCOUNTS, "dingtalk", {"e": "x" * length}, clock()))
        assert box.read[-1:] == [{"e": "x" * length}]
        sealed = json.loads(ours.answer("y" * length, as_json=True))["encrypt"]
        assert signing.decrypt(app.aes_key, sealed)[0] == "y" * length


def test_dingtalk_may_name_its_query_in_two_ways(clock: Clock) -> None:
    box = Mailbox("dingtalk", clock)
    (call,) = callbacks.compose(ACCOUNTS, "dingtalk", {"EventType": "check_url"}, clock())
    query = {
        "signature": call.query["msg_signature"],
        "timeStamp": call.query["timestamp"],
        "nonce": call.query["nonce"],
    }
    box.take([callbacks.Callback(query, call.headers, call.body)])
    assert box.read == [{"EventType": "check_url"}]


def test_wecom_hears_its_own_words_when_it_tries_the_address(clock: Clock) -> None:
    app = ACCOUNTS.wecom
    nonces: set[str] = set()
    ours = wecom.Callback(Envelope(app.token, app.aes_key, app.company, clock, lambda nonce, until: nonce in nonces))
    good = callbacks.wecom_verification(ACCOUNTS, "1616140317555161061", clock())
    assert ours.verify(good.query) == "1616140317555161061"
    for how in ("wrong_token", "wrong_key", "wrong_receiver", "tampered"):
        with pytest.raises(Forged):
            ours.verify(callbacks.wecom_verification(ACCOUNTS, "1", clock(), how).query)


def test_wecom_understands_our_sealed_answer(clock: Clock) -> None:
    app = ACCOUNTS.wecom
    ours = wecom.Callback(Envelope(app.token, app.aes_key, app.company, clock, lambda nonce, until: False))
    answer = json.loads(ours.answer("收到：续费✓", as_json=True))
    assert signing.decrypt(app.aes_key, answer["encrypt"]) == ("收到：续费✓", app.company)
    due = signing.callback_signature(app.token, str(answer["timestamp"]), answer["nonce"], answer["encrypt"])
    assert due == answer["msgsignature"]


def test_feishu_hears_its_challenge_only_with_its_token(clock: Clock) -> None:
    asked = {"challenge": "ajls384kdjx98XX", "token": ACCOUNTS.feishu.token, "type": "url_verification"}
    box = Mailbox("feishu", clock)
    box.take(callbacks.compose(ACCOUNTS, "feishu", asked, clock(), "unsigned"))  # answered before the signature
    (challenge,) = box.read
    assert isinstance(challenge, feishu.Challenge) and dict(challenge.answer) == {"challenge": "ajls384kdjx98XX"}
    box.take(callbacks.compose(ACCOUNTS, "feishu", {**asked, "token": "somebody"}, clock()))
    assert box.refused == ["token"]


def test_events_reach_an_address_over_http_and_answers_come_back() -> None:
    """The address is one of the servers': it answers that it knows no such door, and has the bytes."""
    with serving() as im:
        call = callbacks.compose(ACCOUNTS, "dingtalk", event("dingtalk"), im.world.now())
        ((status, _),) = callbacks.send(f"{im.urls['wecom']}/api/callbacks/dingtalk", call)
        assert status == 404
        (got,) = im.world.received
        assert (got.body.encode(), dict(got.query)) == (call[0].body, dict(call[0].query))
        assert callbacks.send("http://127.0.0.1:1/nobody", call) == [(0, "ConnectError")]

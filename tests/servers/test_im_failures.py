"""What goes wrong on the way: answers that are none, broken connections, redirects, outages; no secret in any text."""

import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from im_ways import SECRETS, WAYS, Clock, Ours, Way, issued

from perennial.channels import Reply, dingtalk, smtp
from perennial.dev import Serving, serving

pytestmark = pytest.mark.servers
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
KEYED = [one for one in WAYS.values() if one.keyed]


@pytest.fixture
def ours() -> Iterator[Ours]:
    clock = Clock()
    with serving(clock=clock) as im:
        yield Ours(im, clock)


# --- answers that are none


@ways
@pytest.mark.parametrize("kind", ["html", "nonsense", "empty", "list", "object", "huge", "echo:200"])
def test_a_200_that_is_not_of_the_protocol_is_no_success(ours: Ours, way: Way, kind: str) -> None:
    ours.im.fail(way.path, kind)
    reply = way.send(ours)
    assert (reply.state, reply.why) == ("temporary", "nonsense")
    assert way.arrived(ours.im) == []
    assert way.send(ours.again()).accepted and len(way.arrived(ours.im)) == 1


@ways
@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_a_server_in_trouble_is_tried_again_later(ours: Ours, way: Way, status: int) -> None:
    ours.im.fail(way.path, f"status:{status}")
    reply = way.send(ours)
    assert (reply.state, reply.why) == ("temporary", "throttled" if status == 429 else "http")
    assert reply.wait_s is not None and reply.wait_s >= 7  # Retry-After
    assert way.arrived(ours.im) == []


@pytest.mark.parametrize("name", ["ding_robot", "ding_notice", "ding_todo"])
def test_the_wall_before_dingtalk_is_a_rest_of_five_minutes(ours: Ours, name: str) -> None:
    ours.im.fail(WAYS[name].path, "blocked")
    reply = WAYS[name].send(ours)
    assert (reply.state, reply.why) == ("temporary", "throttled")
    assert reply.wait_s is not None and reply.wait_s >= 300


@pytest.mark.parametrize("kind", ["html", "status:503", "throttle", "reset_before", "reset_after"])
def test_a_token_that_cannot_be_fetched_leaves_the_message_for_later(ours: Ours, kind: str) -> None:
    for path in ("/gettoken", "/v1.0/oauth2/accessToken", "/cgi-bin/gettoken", "/open-apis/auth/*"):
        ours.im.fail(path, kind)
    for name in ("ding_notice", "ding_todo", "wecom_app", "feishu_app"):
        reply = WAYS[name].send(ours)
        assert reply.state == "temporary", name  # nothing was sent: never uncertain
        assert WAYS[name].send(ours).accepted
    assert len(ours.im.world.effects) == 4


# --- connections that break


@ways
@pytest.mark.parametrize("kind", ["reset_after", "truncated"])
def test_an_acceptance_whose_answer_was_lost_is_uncertain_and_repeated_makes_no_second_one(
    ours: Ours, way: Way, kind: str
) -> None:
    ours.im.fail(way.path, kind)
    reply = way.send(ours)
    assert (reply.state, reply.why) == ("uncertain", "broken")
    assert len(way.arrived(ours.im)) == 1
    if way.keyed:
        again = way.send(ours.again())
        assert again.accepted and again.remote_id == way.arrived(ours.im)[0].id
        assert len(way.arrived(ours.im)) == 1


@ways
def test_a_request_that_was_lost_before_it_was_accepted_is_uncertain_too(ours: Ours, way: Way) -> None:
    ours.im.fail(way.path, "reset_before")
    assert way.send(ours).state == "uncertain"
    assert way.arrived(ours.im) == []
    assert way.send(ours.again()).accepted and len(way.arrived(ours.im)) == 1


@pytest.mark.parametrize("name", ["ding_robot", "ding_todo", "wecom_app", "feishu_app", "aliyun", "tencent"])
@pytest.mark.parametrize("kind", ["silent", "slow:3"])
def test_an_answer_that_does_not_come_in_time_is_uncertain(ours: Ours, name: str, kind: str) -> None:
    way = WAYS[name]
    assert way.send(ours, "zuerst", "row-0").accepted  # the token is there
    ours.seconds = 0.15
    ours.clock.at += 90
    ours.im.fail(way.path, kind)
    reply = way.send(ours)
    assert (reply.state, reply.why) == ("uncertain", "timeout")
    assert len(way.arrived(ours.im)) == 2


def test_an_answer_that_drips_does_not_hold_us(ours: Ours) -> None:
    way = WAYS["ding_robot"]
    ours.seconds = 0.2
    ours.im.fail(way.path, "drip:0.05")  # 29 bytes: one and a half seconds, with never a pause that is long
    begin = time.monotonic()
    reply = way.send(ours)
    assert (reply.state, reply.why) == ("uncertain", "timeout")
    assert time.monotonic() - begin < 1


def test_threads_that_want_a_token_at_once_ask_for_one(ours: Ours) -> None:
    ours.im.fail("*/accessToken", "slow:0.05")
    with ThreadPoolExecutor(8) as pool:
        replies = list(
            pool.map(lambda number: WAYS["ding_todo"].send(ours, f"第 {number} 条", f"row-{number}"), range(8))
        )
        assert all(one.accepted for one in replies) and ours.im.world.token_requests["dingtalk"] == 1
        ours.im.world.revoke("dingtalk")
        again = list(pool.map(lambda number: WAYS["ding_todo"].send(ours, f"再 {number}", f"next-{number}"), range(8)))
    assert all(one.accepted for one in again) and len(ours.im.world.todos) == 16
    assert ours.im.world.token_requests["dingtalk"] == 2


@ways
def test_a_server_that_is_not_there_is_tried_again(ours: Ours, way: Way) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        ours.im.urls.update(dict.fromkeys(ours.im.urls, nobody))
        reply = way.send(ours)
    assert (reply.state, reply.why) == ("temporary", "unreachable")


# --- redirects


@ways
@pytest.mark.parametrize("within", ["message", "token"])
def test_a_redirect_to_another_host_is_refused_and_that_host_hears_nothing(ours: Ours, way: Way, within: str) -> None:
    with serving() as other:
        path = way.path if within == "message" else "*"
        ours.im.fail(path, f"redirect:{other.urls[way.service]}{way.path}", times=3)
        reply = way.send(ours)
        assert (reply.state, reply.why) == ("permanent", "redirect")
        assert other.world.received == [] and way.arrived(ours.im) == []


@pytest.mark.parametrize("name", ["ding_robot", "ding_todo", "wecom_app", "feishu_app"])
def test_a_redirect_within_the_host_is_followed_and_circles_are_not(ours: Ours, name: str) -> None:
    way = WAYS[name]
    ours.im.fail(way.path, "redirect_here")
    assert way.send(ours).accepted and len(way.arrived(ours.im)) == 1
    ours.im.fail(way.path, "redirect_loop", times=20)
    assert (way.send(ours.again()).why, len(way.arrived(ours.im))) == ("redirect", 1)
    assert len(ours.im.world.received) < 10


# --- the outage of the issue


def test_an_outage_of_forty_minutes_loses_nothing_and_makes_nothing_twice(ours: Ours) -> None:
    """Each message is repeated every five minutes with its key until it is accepted, as an outbox does."""
    chosen = [WAYS[name] for name in ("ding_robot", "ding_todo", "wecom_app", "feishu_app", "feishu_task")]
    for service in {one.service for one in chosen}:
        ours.im.fail(f"{service}:*", "offline:2400")
    ours.im.fail("dingtalk:*", "reset_after", after=9)  # when it is over, one answer is lost as well
    waiting = {(one.name, f"row-{number}") for one in chosen for number in range(3)}
    for _ in range(12):
        for name, key in sorted(waiting):
            reply = WAYS[name].send(ours, f"续费 {key}", key)
            assert reply.state in ("sent", "temporary", "uncertain"), reply
            if reply.accepted:
                waiting.remove((name, key))
        ours.clock.at += 300
    assert not waiting
    assert [len(one.arrived(ours.im)) for one in chosen] == [3, 3, 3, 6, 6]  # Feishu: messages and tasks
    assert sorted(todo["sourceId"] for todo in ours.im.world.todos.values() if "sourceId" in todo) == [
        "row-0", "row-1", "row-2"
    ]  # fmt: skip


# --- secrets


@ways
def test_no_secret_stands_in_a_reply_a_log_or_a_client_whatever_goes_wrong(
    ours: Ours, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert way.send(ours, "zuerst", "row-0").accepted
    texts: list[str] = []
    kinds = (
        "echo:200", "echo:502", "echo:json", "html", "status:500", "reset_before", "reset_after", "truncated",
        "redirect", "redirect:http://127.0.0.1:1/?access_token=leaked-elsewhere", "redirect_loop", "expire",
    )  # fmt: skip
    for number, kind in enumerate(kinds):
        ours.clock.at += 3600
        ours.im.fail(f"{way.service}:*", kind, times=9)
        reply = way.send(ours.again(), f"{kind}", f"row-{number}")
        assert kind == "expire" or not reply.accepted, kind
        texts += [repr(reply), reply.detail]
        ours.im.world.faults.clear()
    told = "\n".join([*texts, caplog.text])
    for secret in {*SECRETS, *issued(ours.im), "leaked-elsewhere"}:
        assert secret not in told, f"{secret} in {next(one for one in [*texts, caplog.text] if secret in one)}"
    accounts = repr([ours.ding().account, ours.wecom().account, ours.feishu().account])
    assert not [one for one in SECRETS if one in accounts]


# --- mail


def _mail(ours: Ours) -> Reply:
    return ours.smtp().send(smtp.Mail("<1.a@example.com>", "林晓棠", "lin@example.com", "续费", "您好"))


@pytest.mark.parametrize(
    ("path", "kind", "state"),
    [
        ("/connect", "code:421/busy", "temporary"),
        ("/connect", "code:554/not you", "temporary"),
        ("/connect", "reset_before", "temporary"),
        ("/login", "code:535/wrong", "temporary"),
        ("/mail", "code:451/later", "temporary"),
        ("/mail", "code:550/no", "permanent"),
        ("/rcpt", "code:450/grey", "temporary"),
        ("/rcpt", "code:452/full", "temporary"),
        ("/rcpt", "code:550/no such user", "permanent"),
        ("/data", "code:451/later", "temporary"),
        ("/taken", "code:452/full", "temporary"),
        ("/taken", "code:554/spam", "permanent"),
        ("/taken", "reset_before", "uncertain"),
        ("/taken", "reset_after", "uncertain"),
        ("/taken", "slow:3", "uncertain"),
    ],
)
def test_the_answer_of_a_mail_server_decides_what_becomes_of_the_mail(
    ours: Ours, path: str, kind: str, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ours.seconds = 0.3 if kind.startswith("slow") else 5
    ours.im.fail(f"smtp:{path}", kind, times=2)  # a login is tried in two ways
    reply = _mail(ours)
    assert reply.state == state, reply
    assert "smtp-password" not in reply.detail + caplog.text
    ours.im.world.faults.clear()
    assert _mail(ours).accepted
    keys = [one.key for one in ours.im.world.reached("mail")]
    assert set(keys) == {"<1.a@example.com>"}  # a repetition bears the same number
    assert len(keys) == (2 if kind in ("reset_after", "slow:3") else 1)


def test_the_recording_keeps_every_repetition(ours: Ours) -> None:
    for _ in range(3):
        assert WAYS["ding_todo"].send(ours).accepted
    im: Serving = ours.im
    assert len([one for one in im.world.received if one.path == WAYS["ding_todo"].path]) == 3
    assert len(im.world.reached("todo")) == 1
    assert isinstance(dingtalk.find_todo(ours.ding(), "uLin", "row-1"), dingtalk.TodoState)

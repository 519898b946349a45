"""Tokens: asked for once, renewed once when they are refused, and never seen."""

import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from perennial.channels import Memory, Reply, dingtalk, feishu, wecom
from perennial.channels.memory import Pace


class Vendor:
    """Gives tokens t1, t2, … and takes those that hold. Speaks WeCom's, DingTalk's and Feishu's words."""

    def __init__(self) -> None:
        self.given = 0
        self.holds: set[str] = set()
        self.messages: list[str] = []
        self.life_s = 7200
        self.refuse_all = False
        self.lock = threading.Lock()

    def expire(self) -> None:
        self.holds.clear()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            path = request.url.path
            if path.endswith(("gettoken", "accessToken", "internal")):
                self.given += 1
                token = f"secret-token-{self.given}"
                self.holds.add(token)
                names = {"access_token": token, "accessToken": token, "tenant_access_token": token}
                lives = {"expires_in": self.life_s, "expireIn": self.life_s, "expire": self.life_s}
                return httpx.Response(200, json={**names, **lives, **self._ok(path)})
            headers = request.headers
            token = (
                request.url.params.get("access_token")
                or headers.get("x-acs-dingtalk-access-token")
                or headers.get("authorization", "").removeprefix("Bearer ")
            )
            if token not in self.holds or self.refuse_all:
                return self._refused(path)
            self.messages.append(token)
            data = {"message_id": "m1"} if path.startswith("/open-apis") else {}
            return httpx.Response(200, json={"id": "todo-1", "data": data, **self._ok(path)})

    def _ok(self, path: str) -> dict[str, int]:
        return {"code": 0} if path.startswith("/open-apis") else {} if path.startswith("/v1.0") else {"errcode": 0}

    def _refused(self, path: str) -> httpx.Response:
        if path.startswith("/open-apis"):
            return httpx.Response(400, json={"code": 99991663, "msg": "Invalid access token"})
        if path.startswith("/v1.0"):
            return httpx.Response(400, json={"code": "InvalidAuthentication", "message": "不合法的access_token"})
        if path.startswith("/topapi"):
            return httpx.Response(200, json={"errcode": 88, "sub_code": "40014", "errmsg": "bad"})
        return httpx.Response(200, json={"errcode": 42001, "errmsg": "access_token expired"})


NOW = [0.0]


def clock() -> float:
    return NOW[0]


def senders(vendor: Vendor) -> dict[str, Callable[[], Reply]]:
    wire = httpx.MockTransport(vendor)
    ding = dingtalk.App(dingtalk.AppAccount("key", "app-secret", "1"), clock, transport=wire, memory=Memory())
    we = wecom.App(wecom.AppAccount("corp", "app-secret", 1), clock, transport=wire, memory=Memory())
    fei = feishu.App(feishu.AppAccount("app", "app-secret"), clock, transport=wire, memory=Memory())
    return {
        "dingtalk old": lambda: dingtalk.notify(ding, ["a"], "text"),
        "dingtalk new": lambda: dingtalk.create_todo(ding, "u", dingtalk.Todo("s", "id", ["u"])),
        "wecom": lambda: wecom.send(we, ["a"], "text"),
        "feishu": lambda: feishu.send(fei, "a", "text"),
    }


WAYS = ("dingtalk old", "dingtalk new", "wecom", "feishu")


@pytest.fixture(autouse=True)
def _at_the_beginning() -> None:
    NOW[0] = 1_700_000_000.0


@pytest.mark.parametrize("way", WAYS)
def test_a_token_is_asked_for_once_while_it_lives(way: str) -> None:
    vendor = Vendor()
    send = senders(vendor)[way]
    assert [send().state for _ in range(3)] == ["sent"] * 3
    NOW[0] += 6599
    send()
    assert vendor.given == 1
    NOW[0] += 2  # ten minutes before its end
    send()
    assert vendor.given == 2


@pytest.mark.parametrize("way", WAYS)
def test_a_token_that_ends_in_the_middle_of_a_batch_is_renewed_once_and_nothing_is_lost(way: str) -> None:
    vendor = Vendor()
    send = senders(vendor)[way]
    states: list[str] = []
    for number in range(10):
        if number == 5:
            vendor.expire()
        states.append(send().state)
    assert states == ["sent"] * 10
    assert vendor.given == 2 and vendor.messages == ["secret-token-1"] * 5 + ["secret-token-2"] * 5


@pytest.mark.parametrize("way", WAYS)
def test_a_token_that_is_refused_twice_is_wrong_for_good(way: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vendor = Vendor()
    vendor.refuse_all = True
    found = senders(vendor)[way]()
    assert (found.state, found.why) == ("permanent", "credentials")
    assert vendor.given == 2
    assert "secret-token" not in caplog.text + repr(found)


def test_many_threads_ask_for_one_token_and_renew_it_once() -> None:
    vendor = Vendor()
    send = senders(vendor)["wecom"]
    with ThreadPoolExecutor(8) as pool:
        assert {found.state for found in pool.map(lambda _: send(), range(40))} == {"sent"}
    assert vendor.given == 1
    vendor.expire()
    with ThreadPoolExecutor(8) as pool:
        assert {found.state for found in pool.map(lambda _: send(), range(40))} == {"sent"}
    assert vendor.given == 2


def test_clients_of_one_account_share_its_token_and_others_do_not() -> None:
    vendor, memory = Vendor(), Memory()
    wire = httpx.MockTransport(vendor)

    def send(secret: str, base_url: str = "https://a.example") -> None:
        account = wecom.AppAccount("corp", secret, 1, base_url)
        assert wecom.send(wecom.App(account, clock, transport=wire, memory=memory), ["a"], "text").accepted

    send("one"), send("one")
    assert vendor.given == 1
    send("two")
    send("one", "https://b.example")
    assert vendor.given == 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(200, json={"errcode": 40001, "errmsg": "invalid credential"}), ("permanent", "credentials")),
        (httpx.Response(200, json={"errcode": 40013, "errmsg": "invalid corpid"}), ("permanent", "credentials")),
        (httpx.Response(200, json={"errcode": -1, "errmsg": "system busy"}), ("temporary", "busy")),
        (httpx.Response(200, html="<p>"), ("temporary", "nonsense")),
        (httpx.Response(200, json={"errcode": 0}), ("temporary", "nonsense")),
        (httpx.Response(500), ("temporary", "http")),
    ],
)
def test_without_a_token_nothing_was_sent(answer: httpx.Response, expected: tuple[str, str]) -> None:
    def gives(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/cgi-bin/gettoken"
        return answer

    app = wecom.App(wecom.AppAccount("corp", "s", 1), clock, transport=httpx.MockTransport(gives), memory=Memory())
    found = wecom.send(app, ["a"], "text")
    assert (found.state, found.why) == expected


def test_a_request_for_a_token_that_was_never_answered_may_be_repeated() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("silent")

    app = wecom.App(wecom.AppAccount("corp", "s", 1), clock, transport=httpx.MockTransport(silent), memory=Memory())
    assert wecom.send(app, ["a"], "text").state == "temporary"


# --- the pace of robots


def test_the_21st_message_of_a_minute_waits_until_the_first_is_a_minute_old() -> None:
    pace = Pace(((20, 60.0),))
    assert [pace.take(float(second)) for second in range(20)] == [0.0] * 20
    assert pace.take(20.0) == 40.0
    assert pace.take(59.9) == pytest.approx(0.1)
    assert pace.take(60.0) == 0.0
    assert pace.take(60.5) == pytest.approx(0.5)  # the second of them was at 1


def test_two_limits_and_a_clock_that_goes_back() -> None:
    pace = Pace(((100, 60.0), (5, 1.0)))
    assert [pace.take(10.0) for _ in range(6)] == [0, 0, 0, 0, 0, 1.0]
    assert pace.take(5.0) == 0.0


def test_a_robot_rests_when_it_is_told_to() -> None:
    calls: list[dict[str, object]] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        calls.append(json.loads(request.content))
        return httpx.Response(200, json={"errcode": 45009, "errmsg": "api freq out of limit"})

    memory = Memory()

    def robot() -> wecom.Robot:
        return wecom.Robot(wecom.RobotAccount("k"), clock, transport=httpx.MockTransport(vendor), memory=memory)

    first = robot().text("a")
    assert (first.state, first.why, first.wait_s) == ("temporary", "throttled", 60.0)
    NOW[0] += 20
    second = robot().text("b")  # another client of the same robot
    assert (second.state, second.why, second.wait_s) == ("temporary", "throttled", 40.0)
    assert len(calls) == 1
    NOW[0] += 40
    robot().text("c")
    assert len(calls) == 2

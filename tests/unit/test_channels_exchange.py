"""One exchange: what was sent, what came back, where it led, and what nobody may read of it."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from perennial.channels import Reply
from perennial.channels.exchange import REPLY_BYTES, Line, Said

TOKEN = "tok-3f9a8c"
Answers = Callable[[httpx.Request], httpx.Response]


def line(answers: Answers | httpx.Response | Exception, base_url: str = "https://im.example") -> Line:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answers, Exception):
            raise answers
        return answers if isinstance(answers, httpx.Response) else answers(request)

    return Line(base_url, lambda: 0.0, (TOKEN,), httpx.MockTransport(handle))


def ask(answers: Answers | httpx.Response | Exception) -> Said | Reply:
    return line(answers).ask("POST", "/send", query={"access_token": TOKEN}, body={"text": "你好"})


def test_a_json_object_is_an_answer_whatever_its_status() -> None:
    for status in (200, 400, 403, 500):
        said = ask(httpx.Response(status, json={"errcode": 40014}))
        assert isinstance(said, Said) and (said.status, said.data) == (status, {"errcode": 40014})


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (httpx.Response(200, html="<html>login</html>"), ("temporary", "nonsense", None)),
        (httpx.Response(200, text=""), ("temporary", "nonsense", None)),
        (httpx.Response(200, json=[1]), ("temporary", "nonsense", None)),
        (httpx.Response(200, text="null"), ("temporary", "nonsense", None)),
        (httpx.Response(200, content=b"\xff\xfe"), ("temporary", "nonsense", None)),
        (httpx.Response(200, text="[" * 100_000), ("temporary", "nonsense", None)),
        (httpx.Response(200, content=b'{"a":"' + b"x" * REPLY_BYTES + b'"}'), ("temporary", "nonsense", None)),
        (httpx.Response(502, html="<h1>Bad gateway</h1>"), ("temporary", "http", None)),
        (httpx.Response(503, headers={"Retry-After": "7"}), ("temporary", "http", 7.0)),
        (httpx.Response(408), ("temporary", "http", None)),
        (httpx.Response(429), ("temporary", "throttled", 60.0)),
        (httpx.Response(429, headers={"Retry-After": "120"}), ("temporary", "throttled", 120.0)),
        (httpx.Response(404, text="nothing here"), ("permanent", "http", None)),
        (httpx.Response(401, text="who"), ("permanent", "http", None)),
    ],
)
def test_what_is_not_of_the_protocol_goes_by_its_status(
    response: httpx.Response, expected: tuple[str, str, float | None]
) -> None:
    found = ask(response)
    assert isinstance(found, Reply)
    assert (found.state, found.why, found.wait_s) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("refused"), ("temporary", "unreachable")),
        (httpx.ConnectTimeout("slow"), ("temporary", "unreachable")),
        (httpx.ReadTimeout("silent"), ("uncertain", "timeout")),
        (httpx.ReadError("reset"), ("uncertain", "broken")),
        (httpx.RemoteProtocolError("hung up"), ("uncertain", "broken")),
    ],
)
def test_what_breaks_before_sending_may_be_repeated_and_after_it_is_uncertain(
    error: Exception, expected: tuple[str, str]
) -> None:
    found = ask(error)
    assert isinstance(found, Reply) and (found.state, found.why) == expected


# --- redirects


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/send",
        "http://im.example/send",
        "https://im.example:8443/send",
        "//evil.example/",
        "",
        "https://[x",
    ],
)
def test_a_redirect_to_another_server_is_refused_and_nothing_goes_there(there: str) -> None:
    asked: list[str] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": there})

    found = ask(answers)
    assert isinstance(found, Reply) and (found.state, found.why) == ("permanent", "redirect")
    assert asked == ["im.example"]


def test_on_the_same_server_a_redirect_is_followed_three_times() -> None:
    def moved(times: int) -> tuple[Said | Reply, list[tuple[str, bytes]]]:
        asked: list[tuple[str, bytes]] = []

        def answers(request: httpx.Request) -> httpx.Response:
            asked.append((request.method, request.content))
            if len(asked) <= times:
                return httpx.Response(307, headers={"Location": f"/moved/{len(asked)}"})
            return httpx.Response(200, json={"errcode": 0})

        return ask(answers), asked

    said, asked = moved(3)
    assert isinstance(said, Said) and len(asked) == 4
    assert set(asked) == {("POST", '{"text":"你好"}'.encode())}
    found, asked = moved(4)
    assert isinstance(found, Reply) and found.why == "redirect" and len(asked) == 4


# --- secrets


@pytest.mark.parametrize(
    "answers",
    [
        httpx.Response(200, json={"errcode": 1, "errmsg": f"bad token {TOKEN}"}),
        httpx.Response(500, text=f"GET /send?access_token={TOKEN}"),
        httpx.Response(302, headers={"Location": f"https://{TOKEN}.example/?access_token={TOKEN}"}),
        httpx.ConnectError(f"https://im.example/send?access_token={TOKEN}"),
        httpx.ReadError(f"{TOKEN}"),
        ValueError(f"x{TOKEN}"),
    ],
)
def test_no_secret_is_in_a_detail_or_a_log(answers: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    if isinstance(answers, ValueError):
        found = line(answers, base_url=f"https://im.example:{TOKEN}").ask("GET", "/")
    else:
        found = ask(answers)
    assert TOKEN not in repr(found).replace("'errmsg': 'bad token " + TOKEN, "")  # `data` is for the protocol alone
    assert TOKEN not in (found.detail if isinstance(found, Reply) else found.text)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(line(httpx.Response(200)))


# --- over the network


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """One connection, answered by `answer`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)


def over(base_url: str, seconds: float = 5.0) -> Said | Reply:
    return Line(base_url, lambda: 0.0, seconds=seconds).ask("POST", "/send", body={"a": 1})


def whole(connection: socket.socket) -> bytes:
    got = b""
    while not got.endswith(b'{"a":1}'):
        got += connection.recv(65536)
    return got


def test_a_request_over_the_network(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heads: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        heads.append(whole(connection))
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}')

    with server(answer) as url:
        said = over(f"{url}/base")
    assert isinstance(said, Said) and said.data == {"errcode": 0}
    head = heads[0].lower()
    assert head.startswith(b"post /base/send http/1.1\r\n")
    assert b"content-type: application/json; charset=utf-8\r\n" in head and b"accept-encoding: identity\r\n" in head


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    def answer(connection: socket.socket) -> None:
        whole(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with server(answer) as url:
        assert isinstance(over(url), Said)


def test_nobody_listens() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    found = over(f"http://127.0.0.1:{port}")
    assert isinstance(found, Reply) and (found.state, found.why) == ("temporary", "unreachable")
    found = over("http://nowhere.invalid")
    assert isinstance(found, Reply) and (found.state, found.why) == ("temporary", "unreachable")


def test_a_server_that_takes_it_and_hangs_up_leaves_us_uncertain() -> None:
    with server(lambda connection: whole(connection) and None) as url:
        found = over(url)
    assert isinstance(found, Reply) and (found.state, found.why) == ("uncertain", "broken")


def test_a_server_that_drips_does_not_hold_us() -> None:
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        whole(connection)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not stop.wait(0.02):
                connection.sendall(b" ")
        except OSError:
            pass

    with server(drip) as url:
        found = over(url, seconds=0.3)
        stop.set()
    assert isinstance(found, Reply) and (found.state, found.why) == ("uncertain", "timeout")

"""One exchange with somebody else's server, within its time and with an address that was judged before.

Each address of the name is judged here, and the connection goes to the address that was judged: a name that means
something else a moment later is not asked again. Proxies of the environment are not used, since they would look the
name up themselves.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpcore
import httpx

from perennial.actions.webhook import Answer, public

REPLY_BYTES = 4096
REDIRECTS = 3  # on the same server
_AGAIN = (408, 429)
_MOVED = (301, 302, 307, 308)


class _Private(Exception):
    """Every address of the host is one of a private network."""


def exchange(url: str, body: bytes, headers: Mapping[str, str], private: bool, seconds: float) -> Answer:
    """What `post` says."""
    backend = _Judged(private, time.monotonic() + seconds)
    pool = httpcore.ConnectionPool(ssl_context=_trusted(url), network_backend=backend)
    sent = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "Perennial", **headers}
    with pool:
        try:
            at = httpx.URL(url)
            for _ in range(REDIRECTS + 1):
                status, location, reply = _once(pool, at, body, sent)
                if status not in _MOVED:
                    return _judged(status, reply)
                there = at.join(location)
                if (there.scheme, there.host, there.port) != (at.scheme, at.host, at.port) or not location:
                    return Answer("refused", "redirect", status, reply)
                at = there
            return Answer("refused", "redirect")
        except _Private:
            return Answer("refused", "private")
        except httpcore.TimeoutException:
            return Answer("again", "timeout")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            return Answer("again", "unreachable")
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return Answer("refused", "redirect")


def _judged(status: int, reply: str) -> Answer:
    if 200 <= status < 300:
        return Answer("done", "http", status, reply)
    return Answer("again" if status in _AGAIN or status >= 500 else "refused", "http", status, reply)


def _once(
    pool: httpcore.ConnectionPool, at: httpx.URL, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str, str]:
    """status, where it moved to, the beginning of the reply"""
    given = [("Host", at.netloc.decode("ascii")), *headers.items(), ("Content-Length", str(len(body)))]
    with pool.stream("POST", str(at), headers=given, content=body) as response:
        reply = b""
        try:
            for part in response.iter_stream():
                reply += part
                if len(reply) >= REPLY_BYTES:
                    break
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
            if not 200 <= response.status < 300:
                raise  # of a server that has taken it nothing more is asked
        location = next((value.decode("latin-1") for key, value in response.headers if key.lower() == b"location"), "")
        return response.status, location, reply[:REPLY_BYTES].decode("utf-8", "replace").replace("\x00", "")


def _trusted(url: str) -> ssl.SSLContext | None:
    return httpx.create_ssl_context() if url.lower().startswith("https:") else None


class _Judged(httpcore.NetworkBackend):
    """Connects to addresses that may be called, while there is time."""

    def __init__(self, private: bool, until: float) -> None:
        self.private, self.until = private, until
        self.plain = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        found = {str(one[4][0]): None for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        allowed = [one for one in found if self.private or public(one)]
        if found and not allowed:
            raise _Private
        for last, address in enumerate(allowed, 1 - len(allowed)):
            with contextlib.suppress(*(() if last == 0 else (httpcore.NetworkError, httpcore.TimeoutException))):
                left = _left(self.until)
                return _Hasty(self.plain.connect_tcp(address, port, left, local_address, socket_options), self.until)
        raise httpcore.ConnectError("no address")


class _Hasty(httpcore.NetworkStream):
    """A connection whose every step has what is left of the time: a server that drips does not hold us."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self.inner, self.until = inner, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(self.until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(self.until))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Hasty(self.inner.start_tls(ssl_context, server_hostname, _left(self.until)), self.until)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is over")
    return left

"""A connection that has so much time as a whole, to an address that may be called.

Each address of a name is judged here, and the connection goes to the address that was judged: a name that means
something else a moment later is not asked again. Proxies of the environment are not used, since they would look the
name up themselves.
"""

import contextlib
import functools
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx

logging.getLogger("httpcore").setLevel(logging.WARNING)  # its debug lines show `Location`, and in it our tokens


class Private(Exception):
    """No address of the host may be called."""


class Backend(httpcore.NetworkBackend):
    """Connects while there is time to addresses that `allowed` lets through. `sent`: something of the request left."""

    def __init__(self, until: float, allowed: Callable[[str], bool], connect_s: float | None = None) -> None:
        self.until, self.allowed = until, allowed
        self.connect_until = until if connect_s is None else min(until, time.monotonic() + connect_s)
        self.sent = False
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        found = {str(one[4][0]): None for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        allowed = [one for one in found if self.allowed(one)]
        if found and not allowed:
            raise Private
        for last, address in enumerate(allowed, 1 - len(allowed)):
            with contextlib.suppress(*(() if last == 0 else (httpcore.NetworkError, httpcore.TimeoutException))):
                left = _left(self.connect_until, httpcore.ConnectTimeout)
                return _Hasty(self._plain.connect_tcp(address, port, left, local_address, socket_options), self)
        raise httpcore.ConnectError("no address")


class _Hasty(httpcore.NetworkStream):
    """A connection whose every step has what is left of the time: a server that drips does not hold us."""

    def __init__(self, inner: httpcore.NetworkStream, backend: Backend) -> None:
        self.inner, self.backend = inner, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(self.backend.until, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = _left(self.backend.until, httpcore.WriteTimeout)
        self.backend.sent = True
        self.inner.write(buffer, left)

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self.backend.connect_until, httpcore.ConnectTimeout)
        return _Hasty(self.inner.start_tls(ssl_context, server_hostname, left), self.backend)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class Transport(httpx.BaseTransport):
    """One request over one connection of its own: a kept one may break as it is used, and leave us uncertain."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        pool = httpcore.ConnectionPool(
            ssl_context=trusted() if request.url.scheme == "https" else None, network_backend=self.backend
        )
        with contextlib.ExitStack() as open_now:
            open_now.enter_context(pool)
            response = open_now.enter_context(
                pool.stream(request.method, str(request.url), headers=request.headers.raw, content=request.read())
            )
            closing = open_now.pop_all()
        return httpx.Response(response.status, headers=response.headers, stream=_Stream(response, closing))


class _Stream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response, closing: contextlib.ExitStack) -> None:
        self.response, self.closing = response, closing

    def __iter__(self) -> Iterator[bytes]:
        yield from self.response.iter_stream()

    def close(self) -> None:
        self.closing.close()


@functools.cache
def trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _left(until: float, late: type[httpcore.TimeoutException]) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise late("the time is over")
    return left

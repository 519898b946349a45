"""One exchange with a vendor's server; the only place that calls one.

In:   a method, an address, a body; the secrets that stand in them
Out:  `Said` (a JSON object with its status), or the `Reply` that the exchange itself came to
HTTP 200 is not success and an HTTP error is not nonsense: what a JSON means is for the protocol to judge (`verdicts`).
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlencode, urljoin, urlsplit

from perennial.channels.memory import MEMORY, Memory
from perennial.channels.reply import DETAIL_LENGTH, Reply, permanent, temporary
from perennial.channels.scrub import scrub
from perennial.channels.text import json_bytes

if TYPE_CHECKING:
    import httpx

CONNECT_S, SECONDS = 5.0, 15.0  # to connect; for the whole exchange
REDIRECTS = 3  # on the same server
REPLY_BYTES = 4_000_000
_MOVED = (301, 302, 307, 308)
THROTTLE_S = 60.0
_LONGEST_WAIT_S = 86_400.0

Clock = Callable[[], float]
"""The moment in epoch seconds: physical time, which signatures and tokens go by."""


class Options(TypedDict, total=False):
    """What a client may be given beside its account and clock."""

    transport: "httpx.BaseTransport"  # instead of the network
    memory: Memory
    seconds: float  # for the whole exchange


@dataclass(frozen=True, slots=True)
class Said:
    """A JSON object came back."""

    status: int
    data: dict[str, Any]
    text: str  # its beginning, without secrets
    wait_s: float | None = None  # Retry-After


@dataclass(frozen=True, slots=True)
class _Raw:
    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool  # not longer than we read


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one server. `secrets` stand in no text that leaves it."""

    base_url: str
    clock: Clock
    secrets: tuple[str, ...] = field(repr=False, default=())
    transport: "httpx.BaseTransport | None" = None
    memory: Memory = MEMORY
    seconds: float = SECONDS

    def ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None, body: Any = None, secrets: Iterable[str] = (),
    ) -> Said | Reply:  # fmt: skip
        """One exchange. `body`: bytes as they are, or something that becomes JSON."""
        url = self.base_url.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
        sent = {"Accept-Encoding": "identity", "User-Agent": "Perennial"}
        content = b""
        if body is not None:
            content = body if isinstance(body, bytes) else json_bytes(body)
            sent["Content-Type"] = "application/json; charset=utf-8"
        hidden = (*self.secrets, *secrets)
        raw = self._follow(method, url, {**sent, **(headers or {})}, content, hidden)
        return raw if isinstance(raw, Reply) else _understood(raw, hidden)

    def key(self, *names: str) -> tuple[str, ...]:
        """Under which the memory keeps what belongs to this server."""
        return (self.base_url, *names)

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, secrets: tuple[str, ...]
    ) -> _Raw | Reply:
        until = time.monotonic() + self.seconds
        for _ in range(REDIRECTS + 1):
            raw = self._once(method, url, headers, content, until, secrets)
            if isinstance(raw, Reply) or raw.status not in _MOVED:
                return raw
            there = _on_the_same_server(url, raw.headers.get("location", ""))
            if there is None:
                return permanent("redirect", scrub(f"HTTP {raw.status} to {raw.headers.get('location', '')}", secrets))
            url = there
        return permanent("redirect", f"more than {REDIRECTS} times")

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, until: float, secrets: tuple[str, ...]
    ) -> _Raw | Reply:
        import httpcore
        import httpx

        from perennial.channels import wire

        backend = wire.Backend(until, lambda _: True, CONNECT_S)
        transport = self.transport or wire.Transport(backend)
        try:
            request = httpx.Request(method, url, headers=dict(headers), content=content)
        except (httpx.InvalidURL, ValueError, TypeError) as error:  # of our own settings
            return permanent("bad_request", scrub(f"{type(error).__name__}: {error}", secrets))
        try:
            response = transport.handle_request(request)
            try:
                body, whole = _read(response)
            finally:
                response.close()
            return _Raw(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body, whole)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol) as e:
            return temporary("unreachable", scrub(f"{type(e).__name__}: {e}", secrets))
        except (
            httpx.TransportError,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            OSError,
            UnicodeError,
        ) as e:
            detail = scrub(f"{type(e).__name__}: {e}", secrets)
            late = isinstance(e, (httpx.TimeoutException, httpcore.TimeoutException))
            if self.transport is None and not backend.sent:
                return temporary("timeout" if late else "unreachable", detail)
            return Reply("uncertain", "timeout" if late else "broken", detail)


def _on_the_same_server(url: str, location: str) -> str | None:
    """Where it was moved to; None where that is elsewhere, nowhere, or here again."""
    try:
        there = urljoin(url, location)
        a, b = urlsplit(url), urlsplit(there)
        same = (a.scheme, a.hostname, a.port) == (b.scheme, b.hostname, b.port)
    except ValueError:
        return None
    return there if same and there != url else None


def _read(response: "httpx.Response") -> tuple[bytes, bool]:
    body = b""
    response.headers.pop("content-encoding", None)  # none was asked for, and a small one may unfold to anything
    for part in response.iter_bytes():
        body += part
        if len(body) > REPLY_BYTES:
            return body[:REPLY_BYTES], False
    return body, True


def _understood(raw: _Raw, secrets: tuple[str, ...]) -> Said | Reply:
    text = scrub(raw.body[: DETAIL_LENGTH * 8].decode("utf-8", "replace").replace("\x00", ""), secrets)
    wait_s = _seconds(raw.headers.get("retry-after", ""))
    data: Any = None
    if raw.whole:
        try:
            data = json.loads(raw.body)
        except (ValueError, RecursionError):
            data = None
    if isinstance(data, dict):
        return Said(raw.status, data, " ".join(text.split()), wait_s)
    return by_status(raw.status, " ".join(text.split()), wait_s, otherwise=temporary("nonsense", f"HTTP {raw.status}"))


def by_status(status: int, text: str, wait_s: float | None, otherwise: Reply) -> Reply:
    """What an HTTP status says by itself; `otherwise` where it says that all is well. A 429 rests, a 5xx (and 408) may
    pass, another 4xx does not."""
    detail = f"HTTP {status} {text}".strip()
    if status == 429:
        return temporary("throttled", detail, wait_s or THROTTLE_S)
    if status >= 500 or status == 408:
        return temporary("http", detail, wait_s)
    if status >= 300:
        return permanent("http", detail)
    return Reply(otherwise.state, otherwise.why, detail, wait_s=otherwise.wait_s)


def _seconds(text: str) -> float | None:
    """Retry-After in seconds; a date is not read."""
    text = text.strip()
    return min(float(text), _LONGEST_WAIT_S) if text.isascii() and text.isdigit() else None

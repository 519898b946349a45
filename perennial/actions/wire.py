"""One exchange with somebody else's server, within its time and with an address that was judged before."""

import time
from collections.abc import Mapping

import httpcore
import httpx

from perennial.actions.webhook import Answer, public
from perennial.channels import wire

REPLY_BYTES = 4096
REDIRECTS = 3  # on the same server
_AGAIN = (408, 429)
_MOVED = (301, 302, 307, 308)


def exchange(url: str, body: bytes, headers: Mapping[str, str], private: bool, seconds: float) -> Answer:
    """What `post` says."""
    backend = wire.Backend(time.monotonic() + seconds, lambda address: private or public(address))
    trusted = wire.trusted() if url.lower().startswith("https:") else None
    pool = httpcore.ConnectionPool(ssl_context=trusted, network_backend=backend)
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
        except wire.Private:
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

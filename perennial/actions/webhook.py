"""Post a JSON to somebody else's server, once; what came of it."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SECONDS = 10.0  # for the whole exchange
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost")

State = Literal["done", "again", "refused"]


@dataclass(frozen=True, slots=True)
class Answer:
    """done: taken; again: perhaps later; refused: never so. `why`: http, redirect, timeout, unreachable, private.
    `reply`: its beginning."""

    state: State
    why: str
    status: int | None = None
    reply: str = ""


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool, seconds: float = SECONDS) -> Answer:
    """One attempt. `private`: addresses of private networks may be called, too."""
    from perennial.actions.wire import exchange

    return exchange(url, body, headers, private, seconds)


def wrong_url(url: str) -> bool:
    """Nobody can be called there: no http or https, no host, a name and password inside, or no address at all."""
    import httpx

    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        return True
    blank = any(one.isspace() or not one.isprintable() for one in url)
    return blank or parsed.scheme not in ("http", "https") or not parsed.host or bool(parsed.userinfo)


def private_url(url: str) -> bool:
    """It names a private address itself. What a name leads to is seen when it is called."""
    import httpx

    host = httpx.URL(url).host
    if host.lower().rstrip(".") in _LOCAL_NAMES:
        return True
    try:
        return not public(host)
    except ValueError:
        return False


def public(address: str) -> bool:
    """An address of the internet, not one of a private network, however it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inside is None and found in ipaddress.ip_network("64:ff9b::/96"):
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inside is not None:
            return public(str(inside))
    return found.is_global and not found.is_multicast

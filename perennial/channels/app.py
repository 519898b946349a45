"""Calls that carry a token: it is got once, renewed once when it is refused, and then the credentials are wrong."""

from collections.abc import Callable, Hashable

from perennial.channels.exchange import Line, Said
from perennial.channels.reply import Reply, permanent, temporary

Fetched = tuple[str, float] | Reply
"""(token, seconds that it lives), or why there is none."""


def with_token(
    line: Line,
    key: Hashable,
    fetch: Callable[[], Fetched],
    call: Callable[[str], Said | Reply],
    stale: Callable[[Said], bool],
) -> Said | Reply:
    """What `call` says with a token that is taken. `stale`: the answer refuses the token, and nothing was done."""
    said: Said | None = None
    for _ in range(2):
        token = line.memory.token(key, line.clock(), lambda: _asked(fetch))
        if isinstance(token, Reply):
            return token
        answer = call(token)
        if isinstance(answer, Reply) or not stale(answer):
            return answer
        line.memory.refuse(key, token)
        said = answer
    return permanent("credentials", said.text if said else "")


def _asked(fetch: Callable[[], Fetched]) -> Fetched:
    """A request for a token that was never answered has done nothing: it may be asked again."""
    found = fetch()
    if isinstance(found, Reply) and found.state == "uncertain":
        return temporary(found.why, found.detail, found.wait_s)
    return found

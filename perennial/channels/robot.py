"""A robot speaks at most so often; when it is told to be quiet, it is, for a minute at least."""

from collections.abc import Callable

from perennial.channels.memory import Pace
from perennial.channels.reply import Reply, temporary

LEAST_PAUSE_S = 60.0


def paced(pace: Pace, now: float, send: Callable[[], Reply]) -> Reply:
    """`send`, unless it is too early; then `throttled` with the seconds to wait, and nothing has left."""
    wait_s = pace.take(now)
    if wait_s > 0:
        return temporary("throttled", "our own limit", wait_s)
    reply = send()
    if reply.why != "throttled":
        return reply
    rest_s = max(LEAST_PAUSE_S, reply.wait_s or 0)
    pace.pause(now + rest_s)
    return temporary("throttled", reply.detail, rest_s)

"""Named places where a test kills the program: `PERENNIAL_FAIL_POINT=messages.wire_done:3` dies at the third visit."""

import os
import signal

_visits: dict[str, int] = {}


def fail_point(name: str) -> None:
    """Nothing, unless the environment names this place; then the process kills itself as `kill -9` would."""
    wanted = os.environ.get("PERENNIAL_FAIL_POINT")
    if not wanted:
        return
    place, _, count = wanted.partition(":")
    if place == name:
        _visits[name] = _visits.get(name, 0) + 1
        if _visits[name] >= int(count or 1):
            os.kill(os.getpid(), signal.SIGKILL)

"""What /proc says about a data folder's PostgreSQL. A pid alone proves nothing: it may be a zombie, or reused."""

import contextlib
import os
import signal
import time
from pathlib import Path

_PROC = Path("/proc")


def _name_and_state(pid: int) -> tuple[str, str]:
    """('', '') when there is no such process."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    name, _, rest = stat.partition("(")[2].rpartition(")")
    return name, rest.strip()[:1]


def runs(pid: int) -> bool:
    """The process exists and is not a zombie. Reaps it when it was our child."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return _name_and_state(pid)[1] not in ("", "Z", "X")


def is_postgres_of(pid: int, data: Path) -> bool:
    """`pid` is a living PostgreSQL process whose working directory is `data`."""
    name, state = _name_and_state(pid)
    if name != "postgres" or state in ("Z", "X"):
        return False
    try:
        return (_PROC / str(pid) / "cwd").samefile(data)
    except OSError:
        return False


def postgres_of(data: Path) -> list[int]:
    """Every living PostgreSQL process that works in `data`, the postmaster included."""
    pids = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
    return [pid for pid in pids if is_postgres_of(pid, data)]


def wait_until_gone(pids: list[int], data: Path, seconds: float) -> list[int]:
    """Those of `pids` still at work in `data` after at most `seconds`."""
    until = time.monotonic() + seconds
    while True:
        for pid in pids:
            runs(pid)
        pids = [pid for pid in pids if is_postgres_of(pid, data)]
        if not pids or time.monotonic() > until:
            return pids
        time.sleep(0.02)


def end(pids: list[int], data: Path, *steps: tuple[signal.Signals, float]) -> list[int]:
    """Send each signal in turn and wait its seconds; returns those that survived all."""
    for sent, seconds in steps:
        for pid in pids:
            if is_postgres_of(pid, data):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sent)
        pids = wait_until_gone(pids, data, seconds)
        if not pids:
            break
    return pids

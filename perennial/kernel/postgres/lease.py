"""Who uses the server, and who may start or stop it: two flocks, which the kernel drops when a program dies."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path

Say = Callable[[str], None]


class Lease:
    """A shared flock on a file; as many as there are programs, or uses within one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: int | None = None

    def take(self) -> None:
        self._held = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._held, fcntl.LOCK_SH)

    def drop(self) -> bool:
        """Give it back; True when nobody else holds one. Call it under `exclusive`."""
        if self._held is None:
            return False
        held, self._held = self._held, None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(held)


@contextlib.contextmanager
def exclusive(path: Path, say: Say) -> Generator[None]:
    """Nobody else starts or stops the server meanwhile."""
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        since, told = time.monotonic(), False
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told and time.monotonic() - since > 3:
                    say("another Perennial is starting or stopping the database; waiting for it")
                    told = True
                time.sleep(0.05)
        yield
    finally:
        os.close(held)

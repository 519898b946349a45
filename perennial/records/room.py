"""A folder of PERENNIAL_HOME to write large files in, which a killed program does not leave behind for good."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from perennial.kernel import settings

SOON_S = 60  # a folder that is younger may have a program that has not yet said so


@contextlib.contextmanager
def room() -> Generator[Path]:
    """Mine until the block ends. Those of programs that were killed go: a whole company may lie there."""
    place = settings().home / "working"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as mine, _locked(Path(mine)):
        begun = Path(mine).stat().st_mtime
        for other in place.iterdir():
            with contextlib.suppress(OSError):  # its program lives, or it went this moment
                if other.stat().st_mtime < begun - SOON_S:
                    with _locked(other):
                        shutil.rmtree(other)
        yield Path(mine)


@contextlib.contextmanager
def _locked(folder: Path) -> Generator[None]:
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(number)

"""A throw-away server, for tests and measurements: no fsync, in memory when there is room, gone with the block."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from perennial.kernel.postgres import cluster as clusters
from perennial.kernel.postgres.account import account
from perennial.kernel.postgres.binaries import bin_folder
from perennial.kernel.postgres.cluster import Cluster
from perennial.kernel.postgres.processes import runs
from perennial.kernel.postgres.server import NAME, ensure_database

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4_000_000_000
_PREFIX = "perennial-trial-"


@contextlib.contextmanager
def trial_server(*, major: int | None = None, in_memory: bool = True) -> Generator[str]:
    """The URL of an empty database on a server of its own; its role may create more databases.

    major      the version, as `bin_folder` takes it
    in_memory  in shared memory when there is room, else and otherwise in the temporary folder
    """
    home = _room(in_memory=in_memory)
    trial = Cluster(home, bin_folder(major), account(home / "data"), trial=True)
    try:
        clusters.make(trial, _quiet)
        clusters.start(trial, _quiet)
        ensure_database(trial)
        yield trial.conninfo(user=NAME, dbname=NAME)
    finally:
        clusters.kill(trial)
        shutil.rmtree(home, ignore_errors=True)


def _quiet(_line: str) -> None:
    pass


def _room(*, in_memory: bool) -> Path:
    """A new folder; those of trials that were killed are removed on the way."""
    place = Path(tempfile.gettempdir())
    if in_memory and _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES:
        place = _MEMORY
    for left in place.glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not runs(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))

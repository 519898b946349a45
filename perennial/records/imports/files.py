"""A file of a stranger becomes rows, in a child process that may die: this process survives it.

In:   a path and what the person chose (sheet, header row, encoding, delimiter)
Out:  `Reading`: what the file is, and `rows.csv` for COPY: the row number in the file, then one text per column
"""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.kernel import Invalid

MAX_FILE_MB = 50
MEMORY_MB = 3_072
CPU_S = 120
WALL_S = 180
DISK_MB = 2_048
SUFFIXES = ("xlsx", "xlsm", "xls", "csv", "txt", "tsv")

# `reading` is started as a package of its own: its child process imports nothing of Perennial
_START = "import sys,runpy; sys.path.append(sys.argv.pop(1)); runpy.run_module('reading', run_name='__main__')"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds. `columns`: position (from 1), name (all different), titled, kinds {kind: sampled cells}."""

    kind: str
    sheets: list[dict[str, Any]]
    sheet: str | None
    header_row: int  # 0: none found
    columns: list[dict[str, Any]]
    rows: int
    notes: dict[str, Any]
    encoding: str | None
    delimiter: str | None
    path: Path  # rows.csv: row number, then one cell per position
    width: int


@contextlib.contextmanager
def read(
    path: Path,
    name: str,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    wall_s: float = WALL_S,
    memory_mb: int = MEMORY_MB,
) -> Generator[Reading]:
    """The rows of `path` (called `name` by its owner); its copy is gone when the block ends. Refusals are `Invalid`."""
    extension = Path(name).suffix.lower().lstrip(".")
    size = path.stat().st_size
    if extension not in SUFFIXES:
        raise Invalid(
            "imports.kind", path="file", name=name, kinds=", ".join(f".{s}" for s in SUFFIXES[:1] + SUFFIXES[2:4])
        )
    if size > MAX_FILE_MB << 20:
        raise Invalid("imports.too_big", path="file", size_mb=-(-size // (1 << 20)), limit_mb=MAX_FILE_MB)
    options = {
        "sheet": sheet, "header_row": header_row, "encoding": encoding, "delimiter": delimiter,
        "extension": extension, "memory_mb": memory_mb, "cpu_s": CPU_S, "disk_mb": DISK_MB,
    }  # fmt: skip
    folder = Path(tempfile.mkdtemp(prefix="perennial-import-"))
    try:
        yield _run(path, name, folder, options, wall_s)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(path: Path, name: str, folder: Path, options: dict[str, Any], wall_s: float) -> Reading:
    command = [sys.executable, "-I", "-c", _START, str(Path(__file__).parent), str(path), str(folder)]
    try:
        done = subprocess.run(
            [*command, json.dumps(options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=wall_s, cwd=folder, check=False, start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Invalid("imports.too_slow", path="file", name=name, limit_s=int(wall_s)) from None
    if done.returncode == 3:
        refusal = json.loads((folder / "refusal.json").read_text(encoding="utf-8"))
        raise Invalid(refusal["code"], path="file", name=name, **refusal["facts"])
    about_file = folder / "about.json"
    if done.returncode != 0 or not about_file.exists():
        killed = -done.returncode if done.returncode < 0 else 0
        code = "imports.too_slow" if killed in (24, 9) else "imports.unreadable"
        raise Invalid(code, path="file", name=name, limit_s=CPU_S, signal=killed)
    about: dict[str, Any] = json.loads(about_file.read_text(encoding="utf-8"))
    rows = folder / "rows.csv"
    with rows.open(encoding="utf-8", newline="") as file:
        import csv

        width = len(next(csv.reader(file), [""])) - 1
        width = max([width, *(int(one["position"]) for one in about["columns"])])  # a header with no row below it
    return Reading(
        kind=about["kind"], sheets=about["sheets"], sheet=about["sheet"], header_row=about["header_row"],
        columns=about["columns"], rows=about["rows"], notes=about["notes"],
        encoding=about.get("encoding"), delimiter=about.get("delimiter"), path=rows, width=width,
    )  # fmt: skip

"""A short file as it stands: its column names and its rows, for who imports something else than records."""

import csv
from dataclasses import dataclass
from pathlib import Path

from perennial.kernel import Invalid
from perennial.records.imports.files import read


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: row number in the file, then the cells as exact text, blank as ''."""

    columns: list[str]
    rows: list[tuple[int, list[str]]]


def whole_table(path: Path, name: str, *, most: int, header_row: int | None = None) -> Table:
    """Read by the same reader as every import; Invalid imports.* names why a file is refused."""
    with read(path, name, header_row=header_row) as reading:
        if reading.rows > most:
            raise Invalid("imports.table_long", path="file", rows=reading.rows, most=most)
        with reading.path.open(encoding="utf-8", newline="") as file:
            rows = [(int(row[0]), row[1:]) for row in csv.reader(file)]
        return Table([str(one["name"]) for one in reading.columns], rows)

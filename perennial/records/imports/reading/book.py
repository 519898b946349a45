"""Workbooks: the library reads the cells, every cell becomes exact text, what the library hides is put back."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine as calamine

from . import compound, package
from .layout import MAX_ROWS, Numbered
from .refusal import RefusalError


def number_text(value: float) -> str:
    """46082.0 -> 46082; 242.26 stays; noise behind the fifteenth digit, which Excel neither shows nor keeps, goes."""
    if value != value or value in (float("inf"), float("-inf")):
        return "#NUM!"
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = repr(value)
    if len(text.split("e")[0].replace(".", "").lstrip("-0")) > 15:
        text = format(value, ".15g")
    return format(Decimal(text), "f") if "e" in text else text


def cell_text(value: Any) -> str:
    """A cell as exact text: ISO dates, numbers as in the file, TRUE and FALSE, durations as hours:minutes:seconds."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return _seconds(value.isoformat(" "))
    if isinstance(value, dt.time):
        return _seconds(value.isoformat())
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _seconds(text: str) -> str:
    return text[:-3] if "." in text and text.endswith("000") else text


class Book:
    """A workbook, one sheet of it chosen."""

    def __init__(self, path: Path, wanted: str | None, *, is_zip: bool) -> None:
        self.notes: dict[str, Any] = {}
        data = b"" if is_zip else path.read_bytes()
        zipped = package.Package(path) if is_zip else None
        stream = b"" if is_zip else compound.workbook(data)
        try:
            book = calamine.load_workbook(str(path))
        except calamine.PasswordError:
            raise RefusalError("imports.encrypted") from None
        except Exception:
            raise RefusalError("imports.truncated") from None
        metadata = book.sheets_metadata
        self.sheets: list[dict[str, Any]] = [
            {"name": sheet.name, "hidden": sheet.visible != calamine.SheetVisibleEnum.Visible}
            for sheet in metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        names: list[str] = [sheet["name"] for sheet in self.sheets]
        if wanted is not None and wanted not in names:
            raise RefusalError("imports.no_such_sheet", sheet=wanted, sheets=names)
        order = [sheet.name for sheet in metadata]
        choice = [wanted] if wanted is not None else [s["name"] for s in self.sheets if not s["hidden"]] or names
        parts = zipped.sheet_parts() if zipped else {}
        self.sheet: str | None = None
        self.merged: list[Any] = []
        self.cells: Sequence[Sequence[Any]] = []
        self.origin = (0, 0)
        self.hidden = compound.Hidden()
        for name in choice:
            raw = zipped.read(parts.get(name, "")) if zipped else b""
            if zipped:
                zipped.check_span(raw)
            try:
                sheet = book.get_sheet_by_name(name)
                if sheet.height > MAX_ROWS or sheet.height * sheet.width > package.MAX_CELLS:
                    raise RefusalError("imports.too_many_cells", rows=sheet.height, columns=sheet.width)
                cells = sheet.to_python(skip_empty_area=True)
            except calamine.CalamineError:
                raise RefusalError("imports.truncated") from None
            self.sheet = name if self.sheet is None else self.sheet
            if not cells and name != choice[-1]:
                continue
            if not cells and len(choice) > 1:
                break  # all are empty: the first one stands for them
            self.sheet, self.cells, self.origin = name, cells, sheet.start or (0, 0)
            self.merged = list(sheet.merged_cell_ranges or [])
            if zipped:
                self.hidden = package.hidden(raw)
            else:
                starts, place = compound.sheet_starts(stream), order.index(name)
                if place < len(starts):
                    self.hidden = compound.hidden(stream, starts[place])
            break
        self._texts = self._render()

    def _render(self) -> list[list[str]]:
        high, left = self.origin
        shift = [""] * left
        rows = [shift + [value if type(value) is str else cell_text(value) for value in row] for row in self.cells]
        lost = 0
        for (row, column), text in self.hidden.errors.items():
            if 0 <= row - high < len(rows) and column < len(rows[row - high]):
                rows[row - high][column] = text
        for (row, column), text in self.hidden.raw.items():
            if not (0 <= row - high < len(rows) and left <= column < len(rows[row - high])):
                continue
            value = self.cells[row - high][column - left]
            if text.startswith("-"):
                if isinstance(value, dt.date | dt.time | dt.timedelta):
                    rows[row - high][column] = text  # no date lies before the calendar of Excel begins
            elif isinstance(value, float):
                rows[row - high][column] = text
                lost += text.endswith("0")
        if lost:
            self.notes["digits_lost"] = lost  # Excel keeps fifteen digits: the rest of such a number is zeros
        self._fill_down(rows)
        return rows

    def _fill_down(self, rows: list[list[str]]) -> None:
        """A merged cell over several rows says the same of each; below the header this is one value per row."""
        high, filled = self.origin[0], 0
        for (top, left), (bottom, _) in self.merged:
            if bottom <= top or not 0 <= top - high < len(rows) or left >= len(rows[top - high]):
                continue
            value = rows[top - high][left]
            for index in range(top - high + 1, min(bottom - high + 1, len(rows))):
                if value and left < len(rows[index]) and not rows[index][left]:
                    rows[index][left] = value
                    filled += 1
        if filled:
            self.notes["merged_filled"] = filled

    def rows(self) -> Iterable[Numbered]:
        return enumerate(self._texts, self.origin[0] + 1)

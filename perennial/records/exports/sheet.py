"""A select becomes a file, row by row: nothing but the row at hand is in memory.

A text that a spreadsheet would take for a formula (it begins with = + - @, also in full width, a tab or a line break)
is neutralised: in csv by an apostrophe before it, which an import of ours takes away again; in xlsx the cell is a text
with Excel's own mark for that (quotePrefix), which is no part of the value.
"""

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format

from perennial.kernel import Invalid, Language
from perennial.records.exports.cells import Kind

MOST_XLSX_ROWS = 1_048_575  # below the header
EXACT_DIGITS = 15  # what a spreadsheet keeps of a number
LONGEST_XLSX = 32_767  # characters in a cell
FIRST_XLSX_DAY = dt.date(1900, 3, 1)  # before it a spreadsheet counts a day that never was
NEUTRALISED = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
MARK = "'"
YES_NO = {"zh": ("否", "是"), "en": ("No", "Yes")}
Row = Sequence[Any]

_SHOWN: dict[Kind, str] = {
    "money": "#,##0.00", "percent": "0.##########%", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss",
}  # fmt: skip
_WIDTHS: dict[Kind, int] = {"money": 16, "number": 12, "percent": 10, "date": 12, "datetime": 20, "yes_no": 8}


def neutral(text: str) -> str:
    """With the mark where it is needed; also before marks that stand there, so that taking one away gives the text."""
    return MARK + text if text.lstrip(MARK).startswith(NEUTRALISED) else text


def write_csv(
    path: Path, header: Sequence[str], kinds: Sequence[Kind], rows: Iterable[Row], language: Language
) -> Iterator[None]:
    """UTF-8 with a byte order mark, which Excel needs to see that it is; one step per row."""
    makers = [_as_text(kind, language) for kind in kinds]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([neutral(text) for text in header])
        for row in rows:
            writer.writerow(["" if v is None else make(v) for make, v in zip(makers, row, strict=True)])
            yield


def _as_text(kind: Kind, language: Language) -> Callable[[Any], str]:
    match kind:
        case "money":
            return lambda v: f"{v:.2f}"
        case "number":
            return _plain
        case "percent":
            return lambda v: f"{_plain(Decimal(v) * 100)}%"
        case "yes_no":
            return lambda v: YES_NO[language][bool(v)]
        case "date":
            return lambda v: v.isoformat()
        case "datetime":
            return lambda v: v.isoformat(" ")
        case _:
            return lambda v: neutral(str(v))


def _plain(value: Any) -> str:
    """Every digit, and none that says nothing."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_xlsx(
    path: Path, header: Sequence[str], kinds: Sequence[Kind], rows: Iterable[Row], language: Language
) -> Iterator[None]:
    """One step per row. Invalid exports.too_many_rows when they are more than a sheet has."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    try:
        sheet = book.add_worksheet()
        formats: dict[Kind, Format] = {kind: book.add_format({"num_format": _SHOWN[kind]}) for kind in _SHOWN}
        quoted, bold = book.add_format({"quote_prefix": True}), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for at, (text, kind) in enumerate(zip(header, kinds, strict=True)):
            sheet.set_column(at, at, _WIDTHS.get(kind, max(14, min(40, 2 * len(text) + 2))))
            sheet.write_string(0, at, text, bold)
        for number, row in enumerate(rows, 1):
            if number > MOST_XLSX_ROWS:
                raise Invalid("exports.too_many_rows", path="format", count=number, most=MOST_XLSX_ROWS)
            for at, (kind, value) in enumerate(zip(kinds, row, strict=True)):
                if value is not None:
                    _write(sheet, number, at, kind, value, formats.get(kind), quoted, language)
            yield
    finally:
        book.close()


def _write(
    sheet: Any, row: int, at: int, kind: Kind, value: Any, shown: Format | None, quoted: Format, language: Language
) -> None:
    if kind in ("number", "money", "percent"):
        digits = _plain(value)
        if len(digits.replace(".", "").lstrip("-0")) <= EXACT_DIGITS:
            sheet.write_number(row, at, float(value), shown)
        else:
            sheet.write_string(row, at, digits)
    elif kind in ("date", "datetime"):
        day = value.date() if isinstance(value, dt.datetime) else value
        if day < FIRST_XLSX_DAY or (isinstance(value, dt.datetime) and value.microsecond):
            sheet.write_string(row, at, value.isoformat(" ") if kind == "datetime" else value.isoformat())
        else:
            sheet.write_datetime(row, at, value, shown)
    elif kind == "yes_no":
        sheet.write_string(row, at, YES_NO[language][bool(value)])
    else:
        text = str(value)
        if len(text) > LONGEST_XLSX:
            raise Invalid("exports.cell_too_long", path="format", row=row + 1, most=LONGEST_XLSX)
        sheet.write_string(row, at, text, quoted if text.startswith(NEUTRALISED) else None)

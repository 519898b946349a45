"""Where the header stands, what the columns are called, and the rows below it."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .refusal import RefusalError

LOOK_AHEAD_ROWS = 60
MOST_HEADER_ROWS = 4
MAX_COLUMNS = 400  # a staging row of longer texts would not fit a page of the database
MAX_ROWS = 1_048_576
_BLANK = " \t\r\n\v\f\u3000\u00a0\u200b\ufeff"
_NUMBER = re.compile(r"[-+]?[￥¥$]? ?[-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?(?:%|万元?|亿元?|元)?$|[-+]?\.\d+$")
_CODE = re.compile(r"0\d+$|\d{16,}$")  # as a number it would lose its zeros or its end
_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T].*)?$|\d{1,2}:\d\d(?::\d\d)?$")
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"})

Numbered = tuple[int, Sequence[str]]  # row number in the file, cells
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]  # first and last cell, row and column from 0


def kind(cell: str) -> str:
    """`blank number date logical error text`, judged by the look of a cell. For header and proposal only."""
    text = cell.strip()
    if not text:
        return "blank"
    if _NUMBER.match(text):
        return "text" if _CODE.match(text) else "number"
    if _DATE.match(text):
        return "date"
    if text in ("TRUE", "FALSE"):
        return "logical"
    return "error" if text in ERRORS else "text"


def letters(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA: what the column is called in Excel."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


@dataclass
class Table:
    """What is known about the table once its rows have been written."""

    header_row: int  # 0: the file has none
    columns: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    rows: int = 0
    notes: dict[str, Any] = field(default_factory=dict[str, Any])


def _is_year(cell: str) -> bool:
    return bool(re.fullmatch(r"(?:19|20|21)\d\d", cell.strip()))


def find_header(top: list[Numbered]) -> int | None:
    """The index in `top` of the header: the first row about as wide as the table, and unlike the rows below it."""
    filled = [(index, sum(1 for cell in row if cell.strip())) for index, (_, row) in enumerate(top)]
    filled = [(index, count) for index, count in filled if count]
    if not filled:
        return None
    usual = Counter(count for _, count in filled).most_common()
    wide = max(count for count, times in usual if times == usual[0][1])
    index = next(index for index, count in filled if count >= max(1, 0.6 * wide))
    below = [row for _, row in top[index + 1 :] if any(cell.strip() for cell in row)]
    cells = top[index][1]
    if not any(kind(cell) == "text" or _is_year(cell) for cell in cells):
        return None
    for column, cell in enumerate(cells):
        own = kind(cell)
        if own in ("blank", "text") or _is_year(cell):
            continue
        under = Counter(kind(row[column]) for row in below if column < len(row) and row[column].strip())
        if not under or under.most_common(1)[0][0] == own or own != "number":
            return None
    return index


def names(header: Sequence[str], width: int) -> list[str]:
    """One name per column, all different: a blank one is named by its letter, a repeated one is numbered."""
    seen: set[str] = set()
    result: list[str] = []
    for index in range(width):
        name = " ".join(header[index].split()) if index < len(header) else ""
        name = (name or letters(index)).replace("[", "(").replace("]", ")")[:200]
        unique, number = name, 2
        while unique.lower() in seen:
            unique, number = f"{name} ({number})", number + 1
        seen.add(unique.lower())
        result.append(unique)
    return result


def _whole_header(top: list[Numbered], first: int, merged: Merged) -> tuple[int, list[str]]:
    """A header over several rows: cells of its first row reach down, and others are divided below (联系人: 姓名, 电话).
    Its last row, and what all of it says of each column."""
    down = [end + 1 for (start, _), (end, _) in merged if start == first - 1 and 0 < end - start < MOST_HEADER_ROWS]
    divided = any(start == end == first - 1 and right > left for (start, left), (end, right) in merged)
    if not down or not divided:
        return first, list(next((row for number, row in top if number == first), []))
    last = max(down)
    parts: dict[int, list[str]] = {}
    for number, row in top:
        if not first <= number <= last:
            continue
        said = list(row)
        for (start, left), (_, right) in merged:
            if start == number - 1 and left < len(said):
                said += [""] * (right + 1 - len(said))
                said[left : right + 1] = [said[left]] * (right + 1 - left)
        for column, text in enumerate(said):
            if text.strip() and text not in parts.setdefault(column, []):
                parts[column].append(text)
    return last, [" ".join(parts.get(column, [])) for column in range(max(parts, default=-1) + 1)]


def write(again: Callable[[], Iterable[Numbered]], target: Path, header_row: int | None, merged: Merged = ()) -> Table:
    """Write the filled rows below the header; `again()` starts from the first row each time it is called."""
    top: list[Numbered] = []
    for numbered in again():
        top.append(numbered)
        if len(top) >= LOOK_AHEAD_ROWS and (header_row is None or numbered[0] >= header_row + MOST_HEADER_ROWS):
            break
    if header_row is None:
        index = find_header(top)
        header_number = 0 if index is None else top[index][0]
    else:
        header_number = header_row
    last, header = _whole_header(top, header_number, merged) if header_number else (0, [])
    width = max((len(row) for number, row in top if number >= header_number), default=0)
    while True:
        if width > MAX_COLUMNS:
            raise RefusalError("imports.too_many_columns", columns=width, limit=MAX_COLUMNS)
        count, wider, used, filled = _write_rows(again(), target, last, width)
        if wider <= width:
            break
        width = wider  # a longer row further down: once more with room for it
    table = Table(header_number, rows=count)
    called = names(header, width)
    ragged = max((i + 1 for i in range(len(header)) if header[i].strip()), default=0)
    for index in range(width):
        titled = index < len(header) and bool(header[index].strip())
        if not titled and not filled[index]:
            continue  # a column with neither a name nor a value
        table.columns.append(
            {"position": index + 1, "name": called[index], "titled": titled, "kinds": dict(used[index])}
        )
    beyond = [c["name"] for c in table.columns if header_number and c["position"] > ragged and not c["titled"]]
    if beyond:
        table.notes["beyond_header"] = beyond
    if last > header_number:
        table.notes["header_rows"] = last - header_number + 1
    return table


def _write_rows(
    rows: Iterable[Numbered], target: Path, header_number: int, width: int
) -> tuple[int, int, list[Counter[str]], list[bool]]:
    kinds: list[Counter[str]] = [Counter() for _ in range(width)]
    count, wider, filled, empty = 0, width, [False] * width, list(range(width))
    blanks = [[""] * n for n in range(width + 1)]
    with target.open("w", encoding="utf-8", newline="") as file:
        put = csv.writer(file, lineterminator="\r\n").writerow  # with "\n" a lone CR in a cell would stay unquoted
        for number, row in rows:
            if number <= header_number or not any(row):
                continue
            if len(row) > width:
                surplus = max((i + 1 for i, cell in enumerate(row) if cell.strip()), default=0)
                if surplus > width:
                    wider = max(wider, surplus)
                    continue
                row = row[:width]
            row = [cell.strip(_BLANK) for cell in row]  # blanks around a cell mean nothing
            if not any(row):
                continue
            count += 1
            if count > MAX_ROWS:
                raise RefusalError("imports.too_many_rows", limit=MAX_ROWS)
            if count <= 1_000 or count % 100 == 0:  # steers the proposal only; the database judges every value
                for index, cell in enumerate(row):
                    if cell:
                        kinds[index][kind(cell)] += 1
            if empty:  # columns in which nothing was found so far
                for index in [i for i in empty if i < len(row) and row[i]]:
                    filled[index] = True
                    empty.remove(index)
            put([number, *row, *blanks[width - len(row)]])
    for counter in kinds:
        counter.pop("blank", None)
    return count, wider, kinds, filled

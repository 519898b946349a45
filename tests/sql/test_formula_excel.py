"""Functions with the name of an Excel function give its results; every other result stands in a list with its reason.

The vectors (`golden/formula_excel.json`) come from another program's tests. A text that is a date becomes a DATE(…), a
serial where a date is expected as well; #N/A and the like agree with a blank result or with a refusal when written.
"""

import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from perennial import formula
from perennial.kernel import Invalid, Tx, render

GOLDEN = Path(__file__).parent.parent / "golden"
AGGREGATES = ("COUNTIF", "SUMIF", "AVERAGEIF", "COUNTIFS", "SUMIFS", "AVERAGEIFS", "MAXIFS", "MINIFS")
OF_COLUMNS = ("LARGE", "SMALL", "PERCENTILE", "RANK", "SUMPRODUCT")
FLATTENED = ("AVERAGE", "STDEV", "COUNTA", "COUNTBLANK", "TEXTJOIN")  # their vectors hold one list of values
CATCHING = ("IFERROR", "IFNA")  # here an error value of theirs is the blank that it would be
DATED = {"DAY": 1, "DAYS": 2, "EDATE": 1, "EOMONTH": 1, "MONTH": 1, "YEAR": 1, "WEEKDAY": 1, "DATEDIF": 2,
         "WORKDAY": 1, "NETWORKDAYS": 2, "YEARFRAC": 2, "WEEKNUM": 1, "ISOWEEKNUM": 1, "DAYS360": 2}  # fmt: skip
GIVES_DATE = ("DATE", "EDATE", "EOMONTH", "WORKDAY")
AS_WRITTEN = (
    "INT",
    "ROUND",
    "ROUNDUP",
    "ROUNDDOWN",
    "CEILING",
    "FLOOR",
    "MROUND",
    "TRUNC",
    "SIGN",
)  # their vectors are the text between the brackets
SHEET = {"A2": "1.3", "A3": "2.7", "A4": "-3.8", "A5": "-5.2", "B1": None}  # the cells those read

LONG = formula.FieldInfo("LONG", "LONG", formula.Type("text"))  # a text longer than a formula may be
SCOPE = formula.StaticScope("sheet", [*(formula.FieldInfo(cell, cell, formula.Type("number")) for cell in SHEET), LONG])
CELLS = sa.table("sheet", *(sa.column(cell, sa.Numeric) for cell in SHEET), sa.column("LONG", sa.Text))


@cache
def vectors() -> dict[str, dict[str, Any]]:
    found = json.loads((GOLDEN / "formula_excel.json").read_text(encoding="utf-8"))["vectors"]
    return {vector["case"]: vector for vector in found}


@cache
def differing() -> dict[str, str]:
    """Case -> reason."""
    listed = yaml.safe_load((GOLDEN / "formula_excel_differences.yaml").read_text(encoding="utf-8"))
    return {case: reason for reason, cases in listed.items() for case in cases}


def long(value: Any) -> Any:
    return "".join(run * count for run, count in value["runs"]) if isinstance(value, dict) else value


def as_date(value: Any) -> str | None:
    """A DATE(…) for what Excel would take for a date."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        day = dt.date(1899, 12, 30 if value >= 60 else 31) + dt.timedelta(days=int(value)) if value >= 0 else None
        return None if day is None or day.year < 1900 else f"DATE({day.year}, {day.month}, {day.day})"
    for form in ("%Y-%m-%d", "%d-%b-%Y", "%d %b %Y", "%d-%m-%Y", "%m/%d/%Y"):
        try:
            day = dt.datetime.strptime(str(value), form)  # noqa: DTZ007
        except ValueError:
            continue
        if day.year < 1900:
            return None
        return f"DATE({day.year}, {day.month}, {day.day})"
    return None


def literal(value: Any) -> str:
    if value is None:
        return '""'
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, dict):
        return "LONG"
    return '"' + str(value).replace('"', '""') + '"'


def written(function: str, args: list[Any]) -> str:
    if function == "POWER":
        return " ^ ".join(f"({literal(arg)})" for arg in args)
    if function in AS_WRITTEN:
        return f"{function}({args[0] if args else ''})"
    dates = DATED.get(function, 0)
    if function in CATCHING:
        args = [None if isinstance(arg, str) and arg.startswith("#") else arg for arg in args]
    parts = [(as_date(arg) if place < dates else None) or literal(arg) for place, arg in enumerate(args)]
    return f"{function}({', '.join(parts)})"


def run(tx: Tx, text: str, scope: formula.Scope = SCOPE, table: Any = CELLS) -> Any:
    typed = formula.check(text, scope)
    source = formula.TableSource(table, scope, lambda form: sa.table("cell"))
    return tx.value(render(formula.select(formula.compile(typed, source).label("it"), source=source)))


def flat(value: Any) -> list[Any]:
    return [one for item in value for one in flat(item)] if isinstance(value, list) else [value]


def first(column: list[Any]) -> list[Any]:
    """A column of cells, whose rows may be lists of one."""
    return [(row[0] if row else None) if isinstance(row, list) else row for row in column]


def kind_of(cells: list[Any]) -> str:
    sample = next((cell for cell in cells if cell not in (None, "")), 0)
    return "yes_no" if isinstance(sample, bool) else "number" if isinstance(sample, int | float) else "text"


def over_cells(tx: Tx, ranges: list[list[Any]], numbers: set[int], text: Callable[[list[str]], str]) -> Any:
    """Ranges become the columns of child rows; `text` writes the formula over their kinds. A cell of another kind is
    blank, as Excel passes over it; ranges in `numbers` hold numbers only."""
    kinds = ["number" if at in numbers else kind_of(cells) for at, cells in enumerate(ranges)]
    types = {"yes_no": "boolean", "number": "numeric", "text": "text"}
    columns = "".join(f", c{at} {types[kind]}" for at, kind in enumerate(kinds))
    tx.run("DROP TABLE IF EXISTS pg_temp.cells; DROP TABLE IF EXISTS pg_temp.parents")
    tx.run(f"CREATE TEMP TABLE cells (id bigint, parent bigint{columns})")
    tx.run("CREATE TEMP TABLE parents AS SELECT 1 AS id")
    for place, row in enumerate(zip(*ranges, strict=True)):
        fits = {"yes_no": (bool,), "number": (int, float), "text": (str,)}
        known = [
            cell
            if cell != "" and isinstance(cell, fits[kind]) and (kind == "yes_no" or not isinstance(cell, bool))
            else None
            for cell, kind in zip(row, kinds, strict=True)
        ]
        names = "".join(f", %(c{at})s" for at in range(len(known)))
        tx.run(f"INSERT INTO cells VALUES ({place}, 1{names})", {f"c{at}": cell for at, cell in enumerate(known)})
    fields = [formula.FieldInfo(f"c{at}", f"c{at}", formula.Type(kind)) for at, kind in enumerate(kinds)]  # type: ignore[arg-type]
    child = formula.StaticScope("cell", fields)
    parent = formula.StaticScope("parent", [], {}, [formula.Collection("cells", "cells", child, "parent")])
    cells = sa.table("cells", *(sa.column(name) for name in ("id", "parent")),
                     *(sa.column(field.key, formula.SQL_TYPES[field.type.kind]) for field in fields))  # fmt: skip
    typed = formula.check(text(kinds), parent)
    source = formula.TableSource(sa.table("parents", sa.column("id")), parent, lambda form: cells)
    return tx.value(render(formula.select(formula.compile(typed, source).label("it"), source=source)))


def criterion(column: str, kind: str, value: Any) -> str:
    """`>5` as a condition on a column."""
    hit = re.match(r"(<>|<=|>=|<|>|=)?(.*)", str(value), re.DOTALL)
    assert hit is not None
    wanted = hit[2].strip('"') if value is not None else ""
    wanted = re.sub(r"^([\d.]+)%$", r"\1%", wanted)
    operand = wanted.upper() if kind == "yes_no" else wanted if kind == "number" else literal(wanted)
    return f"{column} {hit[1] or '='} {operand}"


def aggregate(tx: Tx, function: str, args: list[Any]) -> Any:
    """SUMIF(range, criterion, sums?), COUNTIFS(range, criterion, …), SUMIFS(sums, range, criterion, …)."""
    several = function.endswith("S")
    summed = [first(args[0])] if several and function != "COUNTIFS" else []
    pairs = args[len(summed) :] if several else args[:2]
    keys = [first(cells) for cells in pairs[::2]]
    if not several and function != "COUNTIF":
        summed = [first(args[2] if len(args) > 2 else args[0])]

    def text(kinds: list[str]) -> str:
        first = len(summed)
        conditions = [criterion(f"c{first + at}", kinds[first + at], value) for at, value in enumerate(pairs[1::2])]
        if several:
            return f"{function}({', '.join(['cells.c0' if summed else 'cells', *conditions])})"
        return f"{function}({', '.join(['cells', *conditions, *(['c0'] if summed else [])])})"

    return over_cells(tx, [*summed, *keys], {0} if summed else set(), text)


def of_column(tx: Tx, function: str, args: list[Any]) -> Any:
    """LARGE, SMALL, RANK of one range, SUMPRODUCT of several."""
    ranges = [flat(arg) for arg in args if isinstance(arg, list)]
    columns = ", ".join(f"cells.c{at}" for at in range(len(ranges)))
    if function == "SUMPRODUCT":
        columns = "cells, " + ", ".join(f"c{at}" for at in range(len(ranges)))
    rest = [columns if isinstance(arg, list) else literal(arg) for arg in args]
    inside = columns if function == "SUMPRODUCT" else ", ".join(rest)
    return over_cells(tx, ranges, set(range(len(ranges))), lambda kinds: f"{function}({inside})")


def outcome(tx: Tx, case: str) -> Any:
    function, args = case.split(" ")[0], vectors()[case]["args"]
    try:
        longest = next((long(arg) for arg in flat(args) if isinstance(arg, dict)), None)
        tx.run('UPDATE sheet SET "LONG" = %(it)s', {"it": longest})
        if function in AGGREGATES and args:
            return aggregate(tx, function, args)
        if function in OF_COLUMNS:
            return of_column(tx, function, args)
        found = run(tx, written(function, flat(args) if function in FLATTENED else args))
    except Invalid as refused:
        return refused
    return found


def same(function: str, found: Any, expected: Any) -> bool:
    expected = long(expected)
    if expected == "exception" or (isinstance(expected, list) and "exception" in expected):
        return isinstance(found, Invalid)
    if isinstance(expected, str) and re.fullmatch(r"#[A-Z/0!?]+", expected):
        return found is None or isinstance(found, Invalid)
    if isinstance(found, dt.date):
        found = (found - dt.date(1899, 12, 30 if found >= dt.date(1900, 3, 1) else 31)).days
    if expected in (None, ""):
        return found is None
    if isinstance(expected, bool) or isinstance(found, bool):
        return found is expected
    if isinstance(found, Decimal) and isinstance(expected, str):
        return found == Decimal(expected)
    if isinstance(expected, int | float):
        return isinstance(found, int | Decimal) and abs(float(found) - expected) <= 1e-9 * max(1, abs(expected))
    return found == expected


@pytest.fixture
def sheet(tx: Tx) -> Tx:
    columns = ", ".join(f'"{cell}" numeric' for cell in SHEET)
    tx.run(f'CREATE TEMP TABLE sheet ({columns}, "LONG" text)')
    tx.run("INSERT INTO sheet VALUES (1.3, 2.7, -3.8, -5.2, NULL)")
    tx.run("DELETE FROM kernel.calendar")
    return tx


def test_exactly_the_listed_vectors_differ_from_excel(sheet: Tx) -> None:
    found: dict[str, str] = {}
    for case, vector in vectors().items():
        result = outcome(sheet, case)
        if not same(case.split(" ")[0], result, vector["expected"]):
            found[case] = f"{vector['args']!s:.60} gives {result!s:.60}, Excel {vector['expected']!s:.40}"
    print(f"{len(vectors())} vectors, {len(found)} differ")
    new = {case: text for case, text in found.items() if case not in differing()}
    gone = set(differing()) - set(found)
    assert not new, json.dumps(new, ensure_ascii=False, indent=1)
    assert not gone, gone
    assert len(vectors()) >= 800

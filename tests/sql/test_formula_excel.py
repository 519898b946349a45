"""Functions with the name of an Excel function give its results; every other result stands in a list with its reason.

The vectors (`golden/formula_excel.json`) come from another program's tests. A text that is a date becomes a DATE(…), a
serial where a date is expected as well; #N/A and the like agree with a blank result or with a refusal when written.
"""

import datetime as dt
import json
import re
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
AGGREGATES = ("COUNTIF", "SUMIF", "AVERAGEIF")
DATED = {"DAY": 1, "DAYS": 2, "EDATE": 1, "EOMONTH": 1, "MONTH": 1, "YEAR": 1, "WEEKDAY": 1, "DATEDIF": 2,
         "WORKDAY": 1, "NETWORKDAYS": 2}  # fmt: skip
GIVES_DATE = ("DATE", "EDATE", "EOMONTH", "WORKDAY")
AS_WRITTEN = ("INT", "ROUND", "ROUNDUP", "ROUNDDOWN")  # their vectors are the text between the brackets
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
        return None if day is None else f"DATE({day.year}, {day.month}, {day.day})"
    for form in ("%Y-%m-%d", "%d-%b-%Y", "%d %b %Y", "%d-%m-%Y", "%m/%d/%Y"):
        try:
            day = dt.datetime.strptime(str(value), form)  # noqa: DTZ007
        except ValueError:
            continue
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
    parts = [(as_date(arg) if place < dates else None) or literal(arg) for place, arg in enumerate(args)]
    return f"{function}({', '.join(parts)})"


def run(tx: Tx, text: str, scope: formula.Scope = SCOPE, table: Any = CELLS) -> Any:
    typed = formula.check(text, scope)
    source = formula.TableSource(table, scope, lambda form: sa.table("cell"))
    return tx.value(render(formula.select(formula.compile(typed, source).label("it"), source=source)))


def aggregate(tx: Tx, function: str, args: list[Any]) -> Any:
    """The ranges become child rows (k, n); the criterion a condition on k."""
    keys = [row[0] if isinstance(row, list) and row else None if isinstance(row, list) else row for row in args[0]]
    sums = args[2] if len(args) > 2 else args[0]
    numbers = [row[0] if isinstance(row, list) else row for row in sums]
    sample = next((key for key in keys if key not in (None, "")), "")
    kind = "yes_no" if isinstance(sample, bool) else "number" if isinstance(sample, int | float) else "text"
    tx.run("DROP TABLE IF EXISTS pg_temp.cells; DROP TABLE IF EXISTS pg_temp.parents")
    type_ = {"yes_no": "boolean", "number": "numeric", "text": "text"}[kind]
    tx.run(f"CREATE TEMP TABLE cells (id int, parent bigint, k {type_}, n numeric)")
    tx.run("CREATE TEMP TABLE parents AS SELECT 1 AS id")
    for key, number in zip(keys, numbers, strict=True):
        fits = kind == "text" or isinstance(key, bool if kind == "yes_no" else int | float)
        summed = isinstance(number, int | float) and not isinstance(number, bool)
        known = (key or None) if kind == "text" else key if fits else None
        values = {"k": known, "n": number if summed else None}
        tx.run("INSERT INTO cells VALUES (1, 1, %(k)s, %(n)s)", values)
    child = formula.StaticScope(
        "cell",
        [formula.FieldInfo("k", "k", formula.Type(kind)), formula.FieldInfo("n", "n", formula.Type("number"))],  # type: ignore[arg-type]
    )
    parent = formula.StaticScope("parent", [], {}, [formula.Collection("cells", "cells", child, "parent")])
    cells = sa.table("cells", *(sa.column(name) for name in ("id", "parent", "k", "n")))
    hit = re.match(r"(<>|<=|>=|<|>|=)?(.*)", str(args[1]), re.DOTALL)
    assert hit is not None
    wanted = hit[2].strip('"') if args[1] is not None else ""
    operand = wanted.upper() if kind == "yes_no" else wanted if kind == "number" else literal(wanted)
    value = "" if function == "COUNTIF" else ", n"
    typed = formula.check(f"{function}(cells, k {hit[1] or '='} {operand}{value})", parent)
    source = formula.TableSource(sa.table("parents", sa.column("id")), parent, lambda form: cells)
    return tx.value(render(formula.select(formula.compile(typed, source).label("it"), source=source)))


def outcome(tx: Tx, case: str) -> Any:
    function, args = case.split(" ")[0], vectors()[case]["args"]
    try:
        tx.run(
            'UPDATE sheet SET "LONG" = %(it)s', {"it": next((long(arg) for arg in args if isinstance(arg, dict)), None)}
        )
        found = aggregate(tx, function, args) if function in AGGREGATES else run(tx, written(function, args))
    except Invalid as refused:
        return refused
    return found


def same(function: str, found: Any, expected: Any) -> bool:
    expected = long(expected)
    if expected == "exception":
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
    assert len(vectors()) >= 400

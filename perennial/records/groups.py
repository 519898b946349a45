"""Groups of a list with their counts and totals, in one statement.

In:   a form, a filter, a search, a field: select, yes or no, date (by month), person, department or relation
Out:  groups in the order of the field, each with the condition under which `page` gives its rows
Options without rows are among them, so that a board has all its columns; blank comes last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, Text, cast, func, literal_column, null, select

from perennial import formula
from perennial.access import Rows, readable
from perennial.kernel import Invalid, Query, Tx, render
from perennial.records.compiled import kept
from perennial.records.names import as_text
from perennial.records.page import conditions
from perennial.records.search import NOTHING_SOUGHT, Sought, seek

MOST = 200  # groups that are told
GROUPABLE = ("select", "yes_no", "date")


@dataclass(frozen=True, slots=True)
class Group:
    """`key`: an option, "true" or "false", a month 2026-11, None for blank. `filter` keeps its rows within the list."""

    key: str | None
    count: int
    sums: dict[str, str | None]
    filter: str


def groups(
    tx: Tx, form: str, by: str, *, filter: str | None = None, search: str | None = None, sums: tuple[str, ...] = ()
) -> list[Group]:
    """The groups of a list by one field; sums are exact, as text."""
    rows = readable(tx, form)
    kind, options = _kind(rows, by)
    sought = seek(tx, rows, search) if search else NOTHING_SOUGHT
    found: list[Mapping[str, Any]] = []
    if not sought.nothing:
        shape = ("groups", rows.key, filter, by, sums, sought.shape)
        found = list(tx.rows(kept(shape, lambda: _compile(tx, rows, by, kind, filter, sought, sums)), sought.binds))
    told = {row["key"]: row for row in found}
    order = [*options, *(key for key in told if key is not None and key not in options)]
    if None in told:
        order.append(None)  # pyright: ignore[reportArgumentType]
    out: list[Group] = []
    for key in order:
        row = told.get(key)
        totals = {path: row[f"s{at}"] if row else None for at, path in enumerate(sums)}
        out.append(Group(key, row["n"] if row else 0, totals, _condition(by, kind, key)))
    return out


def _kind(rows: Rows, by: str) -> tuple[str, list[str]]:
    """The kind of the value and, for a choice, its options in their order."""
    typed = formula.check(by, rows.scope)
    if typed.type.kind not in GROUPABLE:
        raise Invalid("records.group", path="by", field=by)
    return typed.type.kind, [option.key for option in typed.type.options or ()]


def _compile(tx: Tx, rows: Rows, by: str, kind: str, text: str | None, sought: Sought, sums: tuple[str, ...]) -> Query:
    value = formula.compile(formula.check(by, rows.scope), rows.source)
    key: ColumnElement[Any] = cast(value, Text)
    if kind == "date":
        key = func.to_char(cast(value, Date), literal_column("'YYYY-MM'"))
    totals: list[ColumnElement[Any]] = []
    for at, path in enumerate(sums):
        typed = formula.check(path, rows.scope)
        if typed.type.family != "number":
            raise Invalid("records.sum", path="sums", field=path)
        totals.append(as_text(func.sum(formula.compile(typed, rows.source)), typed.type.kind).label(f"s{at}"))
    where = conditions(tx, rows, text, sought, ())
    key = func.nullif(key, literal_column("''")) if kind == "select" else key
    named = key.label("key") if kind else null().label("key")
    found = select(named, func.count().label("n"), *totals).select_from(rows.from_).where(*where)
    return render(found.group_by(literal_column("1")).order_by(literal_column("1")).limit(MOST))


def _condition(by: str, kind: str, key: str | None) -> str:
    if key is None:
        return f"ISBLANK({by})"
    if kind == "yes_no":
        return by if key == "true" else f"AND(NOT(ISBLANK({by})), NOT({by}))"
    if kind == "select":
        return f'{by} = "{key}"'
    year, month = int(key[:4]), int(key[5:])
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    return f"AND({by} >= DATE({year}, {month}, 1), {by} < DATE({after[0]}, {after[1]}, 1))"

"""Groups of a list with their counts and totals, in one statement.

In:   a form, a filter, a search, a field: select, yes or no, date (by month), person, department or relation
Out:  groups in the order of the field, each with the condition under which `page` gives its rows
Options without rows are among them, so that a board has all its columns; blank comes last. Records that a relation
points to are groups as far as the reader may read their names; all others are one group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, LargeBinary, Text, case, cast, func, literal_column, null, select

from perennial import formula
from perennial.access import Rows, readable
from perennial.kernel import Invalid, Query, Tx, render
from perennial.records.compiled import kept
from perennial.records.names import PSEUDO, as_text
from perennial.records.page import conditions
from perennial.records.search import NOTHING_SOUGHT, Sought, seek

MOST = 200  # groups that are told
GROUPABLE = ("select", "yes_no", "date", "relation")
UNNAMED = "?"  # the group of rows whose related record the reader may not read


@dataclass(frozen=True, slots=True)
class Group:
    """`key`: an option, "true" or "false", a month 2026-11, an id with its `label`, None for blank. `filter` keeps its
    rows within the list."""

    key: str | None
    label: str | None
    count: int
    sums: dict[str, str | None]
    filter: str


def groups(
    tx: Tx, form: str, by: str, *, filter: str | None = None, search: str | None = None, sums: tuple[str, ...] = ()
) -> list[Group]:
    """The groups of a list by one field; sums are exact, as text."""
    rows = readable(tx, form)
    kind, options = _kind(rows, by)
    named = _name(rows, by) if kind == "relation" else ""
    sought = seek(tx, rows, search) if search else NOTHING_SOUGHT
    found: list[Mapping[str, Any]] = []
    if not sought.nothing:
        shape = ("groups", rows.key, filter, by, sums, sought.shape)
        query = kept(shape, lambda: _compile(tx, rows, (by, kind, named), filter, sought, sums))
        found = list(tx.rows(query, sought.binds))
    told: dict[str | None, Mapping[str, Any]] = {row["key"]: row for row in found}
    order: list[str | None] = [*options, *(key for key in told if key is not None and key not in options)]
    order += [None] if None in told else []
    out: list[Group] = []
    for key in order:
        row = told.get(key) or {"n": 0, "label": None}
        totals = {path: row.get(f"s{at}") for at, path in enumerate(sums)}
        out.append(Group(key, row["label"], row["n"], totals, _condition(by, kind, key, named)))
    return out


def _kind(rows: Rows, by: str) -> tuple[str, list[str]]:
    """The kind of the value and, for a choice, its options in their order."""
    typed = formula.check(by, rows.scope)
    if typed.type.kind not in GROUPABLE:
        raise Invalid("records.group", path="by", field=by)
    return typed.type.kind, [option.key for option in typed.type.options or ()]


def _name(rows: Rows, by: str) -> str:
    """The path to the name of the record that a relation points to; it must be one that the reader may read."""
    target = formula.check(by, rows.scope).type.form or ""
    title = "name" if target in PSEUDO else None if target == "certificate" else rows.catalog.form(target).title
    if title is None or formula.check(f"{by}.{title}", rows.scope).type.kind != "text":
        raise Invalid("records.group", path="by", field=by)
    return f"{by}.{title}"


def _compile(
    tx: Tx, rows: Rows, by: tuple[str, str, str], text: str | None, sought: Sought, sums: tuple[str, ...]
) -> Query:
    path, kind, named = by
    value = formula.compile(formula.check(path, rows.scope), rows.source)
    key: ColumnElement[Any] = cast(value, Text)
    name: ColumnElement[Any] = cast(null(), Text)
    order: ColumnElement[Any] = literal_column("1")
    if kind == "date":
        key = func.to_char(cast(value, Date), literal_column("'YYYY-MM'"))
    elif kind == "select":
        key = func.nullif(key, literal_column("''"))
    elif kind == "relation":
        name = cast(formula.compile(formula.check(named, rows.scope), rows.source), Text)
        key = case((name.is_not(None), key), (value.is_not(None), literal_column(f"'{UNNAMED}'")))
        order = func.records.chinese_order(literal_column("grouped.label"), type_=LargeBinary)
    totals: list[ColumnElement[Any]] = []
    for at, each in enumerate(sums):
        typed = formula.check(each, rows.scope)
        if typed.type.family != "number":
            raise Invalid("records.sum", path="sums", field=each)
        totals.append(as_text(func.sum(formula.compile(typed, rows.source)), typed.type.kind).label(f"s{at}"))
    where = conditions(tx, rows, text, sought, ())
    one = select(key.label("key"), name.label("label"), func.count().label("n"), *totals)
    one = one.select_from(rows.from_).where(*where).group_by(literal_column("1"), literal_column("2"))
    grouped = one.subquery("grouped")
    return render(select(*grouped.c).order_by(order, literal_column("1")).limit(MOST))


def _condition(by: str, kind: str, key: str | None, named: str) -> str:
    if key is None:
        return f"ISBLANK({by})"
    if kind == "relation":
        return f"AND(NOT(ISBLANK({by})), ISBLANK({named}))" if key == UNNAMED else f"{by} = {key}"
    if kind == "yes_no":
        return by if key == "true" else f"AND(NOT(ISBLANK({by})), NOT({by}))"
    if kind == "select":
        return f'{by} = "{key}"'
    year, month = int(key[:4]), int(key[5:])
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    return f"AND({by} >= DATE({year}, {month}, 1), {by} < DATE({after[0]}, {after[1]}, 1))"

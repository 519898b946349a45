"""Readings: what each tracked field was at the end of a day and of a week, kept for STREAK, AVG_OVER and charts.

In:   the forms with tracked fields, and how far readings were taken
Out:  rows of `forms.reading`, one statement per form and day that is over; a record without a row has no reading
The value of a day is that with TODAY() as this day and every row as it stood at 24:00: the present tables while nobody
wrote since, else the tables as of then. docs/decisions/0012.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from perennial.changes import seal_in
from perennial.forms.catalog import Catalog, catalog
from perennial.forms.definition import Field
from perennial.forms.past import past
from perennial.formula import Type, check, select
from perennial.formula import compile as compile_formula
from perennial.kernel import Query, Tx, render

DAYS_KEPT = 100  # daily readings; weekly ones are kept for ever
_FAMILIES = ("number", "text", "yes_no", "date", "relation")

_INSERT = """
WITH found AS MATERIALIZED ({values})
INSERT INTO forms.reading (form_id, field, period, day, record_id, number, text, truth)
SELECT {form_id}, f.field, p.period, %(day)s, found.id, f.number, f.text, f.truth
  FROM found
 CROSS JOIN LATERAL (VALUES {fields}) f (field, number, text, truth, since, needs, written)
 CROSS JOIN unnest(%(fields)s::text[], %(periods)s::text[]) p (field, period)
 WHERE p.field = f.field AND (f.since IS NULL OR f.since >= date_trunc('week', %(day)s::date)::date)
   AND (f.since IS NOT NULL OR NOT f.needs)
   AND (NOT f.written OR EXISTS (
        SELECT FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id
         WHERE c.form_id = {form_id} AND c.record_id = found.id
           AND t.day > %(day)s::date - CASE p.period WHEN 'day' THEN 1 ELSE 7 END AND t.day <= %(day)s
           AND (f.field = ANY(c.fields) OR c.op = 'I' AND coalesce(f.number::text, f.text, f.truth::text) IS NOT NULL)))
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A period that is over and has no readings yet."""

    form: str
    field: str
    period: str
    day: dt.date


def take_readings(tx: Tx) -> int:
    """Every period that is over has its readings; return how many rows were written. At most one worker at a time.

    first    a field's first readings are those of the latest periods that are over
    missed   while the service was away, from the tables as of then; daily ones reach back DAYS_KEPT days
    """
    of = catalog(tx)
    tracked = [(form.key, field) for form in of.forms for field in form.fields if field.tracked]
    if not tracked or not tx.try_lock("forms.readings"):
        return 0
    marks = {
        (row["form_id"], row["field"], row["period"]): row["day"]
        for row in tx.rows("SELECT form_id, field, period, day FROM forms.reading_mark")
    }
    due = [one for form, field in tracked for one in _due(of, form, field.key, marks, tx.today)]
    if not due:
        return 0
    written = 0
    last = tx.value("SELECT day FROM changes.transaction ORDER BY id DESC LIMIT 1")
    for day in sorted({one.day for one in due}):
        then: Catalog = of
        if last is not None and last > day:
            seal_in(tx)
            then = past(tx, day)
        for form in dict.fromkeys(one.form for one in due if one.day == day):
            written += _take(tx, then, form, day, [one for one in due if (one.form, one.day) == (form, day)])
    _mark(tx, of, due)
    return written


def _due(
    of: Catalog, form: str, field: str, marks: Mapping[tuple[int, str, str], dt.date], today: dt.date
) -> list[Due]:
    found: list[Due] = []
    for period, length, last in (
        ("day", 1, today - dt.timedelta(days=1)),
        ("week", 7, today - dt.timedelta(days=today.isoweekday())),
    ):
        mark = marks.get((of.id(form), field, period))
        day = last if mark is None else mark + dt.timedelta(days=length)
        if period == "day":
            day = max(day, last - dt.timedelta(days=DAYS_KEPT - 1))
        while day <= last:
            found.append(Due(form, field, period, day))
            day += dt.timedelta(days=length)
    return found


def _take(tx: Tx, then: Catalog, form: str, day: dt.date, due: Sequence[Due]) -> int:
    keys = tuple(dict.fromkeys(one.field for one in due))
    query = _statement(then, form, keys)
    if query is None:
        return 0
    values = {
        "day": day, "today": day, "now": dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tx.zone),
        "fields": [one.field for one in due], "periods": [one.period for one in due],
    }  # fmt: skip
    return tx.run(query, values)


@lru_cache(maxsize=64)
def _statement(of: Catalog, form: str, keys: tuple[str, ...]) -> Query | None:
    """The INSERT of the readings of these fields; None when none has a value that can be kept."""
    source = of.source(form)
    columns: list[Any] = [source.field("id").label("id")]
    rows: list[str] = []
    for place, key in enumerate(keys):
        field = of.field(form, key)
        value, type_ = _value(of, form, field, source)
        if type_.family not in _FAMILIES:
            continue
        since = None if field.fresh_by is None else _since(of, form, field.fresh_by, source)
        columns.append(value.label(f"v{place}"))
        if since is not None:
            columns.append(since.label(f"s{place}"))
        number, text, truth = (_as(type_, f"found.v{place}", family) for family in ("number", "text", "yes_no"))
        fresh = f"found.s{place}" if since is not None else "NULL::date"
        entered = field.kind != "formula" and since is None
        rows.append(f"('{key}', {number}, {text}, {truth}, {fresh}, {since is not None}, {entered})")
    if not rows:
        return None
    statement = select(*columns, source=source).where(source.field("deleted_at").is_(None))
    found = render(statement)
    known = {name: value for name, value in found.params.items() if name not in ("today", "now")}
    text = _INSERT.format(values=found.text, form_id=of.id(form), fields=", ".join(rows))
    return Query(text, known)


def _value(of: Catalog, form: str, field: Field, source: Any) -> tuple[Any, Type]:
    info = of.scope(form).field(field.key)
    assert info is not None
    if info.formula is not None and not info.stored:
        return compile_formula(of.typed(form, field.key), source), info.type
    return compile_formula(check(field.key, of.scope(form)), source), info.type


def _since(of: Catalog, form: str, path: str, source: Any) -> Any:
    """The date that says how fresh the field is: of this record, or the latest one of a collection."""
    first = path.split(".")[0]
    latest = of.scope(form).collection(first) is not None and of.scope(form).field(first) is None
    return compile_formula(check(f"MAX({path})" if latest else path, of.scope(form), "date"), source)


def _as(type_: Type, column: str, family: str) -> str:
    """The value in the column of its family, NULL in the others."""
    kept = {"number": "number", "relation": "number", "yes_no": "yes_no"}.get(type_.family, "text")
    shown = f"formula.date_text({column})" if type_.family == "date" else column
    sql = {"number": "numeric", "text": "text", "yes_no": "boolean"}[family]
    return f"{shown if kept == family else 'NULL'}::{sql}"


def _mark(tx: Tx, of: Catalog, due: Sequence[Due]) -> None:
    done: dict[tuple[int, str, str], dt.date] = {}
    for one in due:
        place = (of.id(one.form), one.field, one.period)
        done[place] = max(one.day, done.get(place, one.day))
    tx.run(
        "INSERT INTO forms.reading_mark SELECT * FROM unnest(%(forms)s::int[], %(fields)s::text[], %(periods)s::text[],"
        " %(days)s::date[]) ON CONFLICT (form_id, field, period) DO UPDATE SET day = EXCLUDED.day",
        {
            "forms": [place[0] for place in done], "fields": [place[1] for place in done],
            "periods": [place[2] for place in done], "days": list(done.values()),
        },
    )  # fmt: skip
    tx.run(
        "DELETE FROM forms.reading WHERE period = 'day' AND day < %(before)s",
        {"before": tx.today - dt.timedelta(days=DAYS_KEPT)},
    )

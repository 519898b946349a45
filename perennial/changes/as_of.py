"""A form's table as it was: the current rows with the changes since taken back.

A value is the `before` of the record's smallest change id per field beyond the batch, else the current one; records
created later are absent, removed ones present. A scan plus the changes since, not an index look-up.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Column, FromClause, func, literal_column, select, text, type_coerce, union_all

from perennial.changes.claim import SQL
from perennial.changes.triggers import quoted
from perennial.kernel import Tx

_CURRENT = """
SELECT {current} FROM {table} t
 WHERE NOT EXISTS (SELECT FROM changes.change c{of} WHERE c.form_id = {form_id} AND c.record_id = t.id AND {since})"""
_PAST = """
SELECT {past} FROM (
    SELECT c.record_id, changes.merged(c.before ORDER BY c.id DESC) AS before
      FROM changes.change c{of} WHERE c.form_id = {form_id} AND {since}
     GROUP BY c.record_id HAVING (array_agg(c.op ORDER BY c.id))[1] <> 'I'
) since LEFT JOIN {table} t ON t.id = since.record_id
CROSS JOIN LATERAL jsonb_populate_record(t, since.before || jsonb_build_object('id', since.record_id)) p"""
_OF = " JOIN changes.transaction x ON x.id = c.transaction_id"

# the last write that counted as one; a column of its own, so that who does not ask does not pay
_LAST = """(SELECT {what} FROM changes.change c{of} WHERE c.form_id = {form_id} AND c.record_id = {record}
    AND NOT {since} AND (c.op = 'I' OR c.before ? 'version') ORDER BY c.id DESC LIMIT 1)"""
_WRITTEN = {"updated_at": "x.at", "updated_by": "(x.actor->>'id')::bigint"}


def batch_at(tx: Tx, at: dt.datetime | dt.date) -> int:
    """The last batch sealed at or before a moment, or belonging to a day or one before it; 0 is before everything.

    What is not over yet has every batch: the clock, or the zone that days are counted in, may have been set back."""
    if at >= (tx.now if isinstance(at, dt.datetime) else tx.today):
        return tx.value("SELECT coalesce(max(number), 0) AS number FROM changes.batch")
    if isinstance(at, dt.datetime):
        return tx.value(SQL["batch_at"], {"at": at})
    return tx.value(SQL["batch_on"], {"day": at})


def as_of(table: str, form_id: int, columns: Sequence[str], batch: int, *, change: int | None = None) -> str:
    """SQL of a SELECT that stands for `table` after `batch`: the same columns, deleted_at as it was.

    table    schema-qualified and quoted
    change   instead of a batch: after this change, sealed or not. One record's changes are numbered as they happened
    columns  physical columns wanted; maintained ones that the log does not keep show their current value
    """
    return "\nUNION ALL".join(_halves(table, form_id, columns, batch, change, whole=True))


def as_of_clause(
    table: str, form_id: int, columns: Sequence[Column[object]], batch: int, *, change: int | None = None
) -> FromClause:
    """The same as a FROM clause with typed columns, for a formula source. What changed since is found once for a whole
    statement, however often it reads the form."""
    names = [one.name for one in columns]
    current, past = _halves(table, form_id, names, batch, change)
    then = text(past).columns(*columns).cte(f"then_{form_id:d}").prefix_with("MATERIALIZED")
    # outside, where PostgreSQL leaves out what nobody asks for
    written = {one: literal_column(_written(one, f"{then.name}.id", form_id, batch, change)) for one in _WRITTEN}
    late = [
        func.coalesce(written[one.name], then.c[one.name], type_=one.type).label(one.name)
        if one.name == "updated_at"
        else type_coerce(written[one.name], one.type).label(one.name)
        if one.name in written
        else then.c[one.name]
        for one in columns
    ]
    now = text(current).columns(*columns).subquery()
    return union_all(select(*now.c), select(*late)).subquery()


def _since(batch: int, change: int | None) -> str:
    return f"(x.batch IS NULL OR x.batch > {int(batch)})" if change is None else f"c.id > {int(change)}"


def _written(column: str, record: str, form_id: int, batch: int, change: int | None) -> str:
    parts = {"what": _WRITTEN[column], "of": _OF, "form_id": int(form_id), "record": record}
    return _LAST.format(since=_since(batch, change), **parts)


def _halves(
    table: str, form_id: int, columns: Sequence[str], batch: int, change: int | None, *, whole: bool = False
) -> tuple[str, str]:
    """What did not change since, and what did; `whole`: with who wrote it last."""

    def past(column: str) -> str:
        if column == "id":
            return "since.record_id"
        if column not in _WRITTEN or not whole:
            return f"p.{quoted(column)}"
        last = _written(column, "since.record_id", form_id, batch, change)
        return f"coalesce({last}, p.updated_at)" if column == "updated_at" else last

    of = _OF if change is None else ""
    parts = {"table": table, "form_id": int(form_id), "since": _since(batch, change), "of": of}
    current = ", ".join(f"t.{quoted(one)}" for one in columns)
    return (
        _CURRENT.format(current=current, **parts),
        _PAST.format(past=", ".join(f"{past(one)} AS {quoted(one)}" for one in columns), **parts),
    )

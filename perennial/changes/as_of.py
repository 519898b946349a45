"""A form's table as it was: the current rows with the changes since taken back.

A value is the `before` of the record's smallest change id per field beyond the batch, else the current one; records
created later are absent, removed ones present. A scan plus the changes since, not an index look-up.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Column, FromClause, TextClause, text

from perennial.changes.claim import SQL
from perennial.changes.triggers import quoted
from perennial.kernel import Tx

_AS_OF = """
SELECT {current} FROM {table} t
 WHERE NOT EXISTS (SELECT FROM changes.change c JOIN changes.transaction x ON x.id = c.transaction_id
                    WHERE c.form_id = {form_id} AND c.record_id = t.id AND (x.batch IS NULL OR x.batch > {batch}))
UNION ALL
SELECT {past} FROM (
    SELECT c.record_id, changes.merged(c.before ORDER BY c.id DESC) AS before
      FROM changes.change c JOIN changes.transaction x ON x.id = c.transaction_id
     WHERE c.form_id = {form_id} AND (x.batch IS NULL OR x.batch > {batch})
     GROUP BY c.record_id HAVING (array_agg(c.op ORDER BY c.id))[1] <> 'I'
) since LEFT JOIN {table} t ON t.id = since.record_id
CROSS JOIN LATERAL jsonb_populate_record(t, since.before || jsonb_build_object('id', since.record_id)) p
{last}"""

# the last write that counted as one, for updated_at and updated_by
_LAST = """LEFT JOIN LATERAL (
    SELECT x.at, (x.actor->>'id')::bigint AS by
      FROM changes.change c JOIN changes.transaction x ON x.id = c.transaction_id
     WHERE c.form_id = {form_id} AND c.record_id = since.record_id AND x.batch <= {batch}
       AND (c.op = 'I' OR c.before ? 'version')
     ORDER BY c.id DESC LIMIT 1) last ON true
"""
_WRITTEN = {"updated_at": "coalesce(last.at, p.updated_at)", "updated_by": "last.by"}


def batch_at(tx: Tx, at: dt.datetime | dt.date) -> int:
    """The last batch sealed at or before a moment, or belonging to a day or one before it; 0 is before everything."""
    if isinstance(at, dt.datetime):
        return tx.value(SQL["batch_at"], {"at": at})
    return tx.value(SQL["batch_on"], {"day": at})


def as_of(table: str, form_id: int, columns: Sequence[str], batch: int) -> str:
    """SQL of a SELECT that stands for `table` after `batch`: the same columns, deleted_at as it was.

    table    schema-qualified and quoted
    columns  physical columns wanted; maintained ones that the log does not keep show their current value
    """
    written = any(one in _WRITTEN for one in columns)
    return _AS_OF.format(
        table=table,
        form_id=int(form_id),
        batch=int(batch),
        current=", ".join(f"t.{quoted(one)}" for one in columns),
        past=", ".join(f"{_WRITTEN.get(one, f'p.{quoted(one)}')} AS {quoted(one)}" for one in columns),
        last=_LAST.format(form_id=int(form_id), batch=int(batch)) if written else "",
    )


def as_of_clause(table: str, form_id: int, columns: Sequence[Column[object]], batch: int) -> FromClause:
    """The same as a FROM clause with typed columns, for a formula source."""
    sql: TextClause = text(as_of(table, form_id, [one.name for one in columns], batch))
    return sql.columns(*columns).subquery()

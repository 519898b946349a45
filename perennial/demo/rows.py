"""Plain rows -> a select that `records.create_set` and `update_set` take: one JSON parameter, whatever the number."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from perennial import access, records
from perennial.kernel import Tx


def given(tx: Tx, form: str, rows: Sequence[dict[str, Any]]) -> sa.Select[Any]:
    """A select with one column per key of the rows, typed as the form's columns."""
    target = access.everything(tx, form).target
    keys = list(dict.fromkeys(key for row in rows for key in row))
    columns = [sa.column(key, target.c[key].type) for key in keys]
    data = sa.literal(json.dumps(list(rows), ensure_ascii=False, default=str), sa.Text)
    derived = (
        sa.func.jsonb_to_recordset(sa.cast(data, JSONB))
        .table_valued(*columns, name="r")
        .render_derived(with_types=True)
    )
    return sa.select(*(derived.c[key] for key in keys))


def create(tx: Tx, form: str, rows: Sequence[dict[str, Any]], *, returning: Sequence[str] = ()) -> records.Written:
    return records.create_set(tx, form, given(tx, form, rows), returning=returning)

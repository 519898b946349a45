"""Lists of references (persons, relations) as JSON, and what a writer who may not see all of one leaves in it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)

from perennial.access import Rows, RowSource, may, readable
from perennial.forms import Field
from perennial.kernel import Tx, render
from perennial.records.compiled import kept


def listed(rows: Rows, key: str) -> ColumnElement[Any]:
    """[{"id", "label"}] in the order stored; {"denied": true} where the reader may not read the record, nothing where
    it is deleted. NULL when none is left."""
    target = RowSource(rows.view, rows.source.target(key))
    label = Rows(rows.view, target.form).label(target)
    wanted = func.unnest(rows.source.field(key)).table_valued("id", with_ordinality="n").render_derived(f"list_{key}")
    known = func.json_build_object(literal_column("'id'"), target.table.c["id"], literal_column("'label'"), label)
    denied = func.json_build_object(literal_column("'denied'"), true())
    one = case((target.readable, known), else_=denied)
    there = and_(target.table.c["id"] == cast(wanted.c.id, BigInteger), target.undeleted)
    found = select(one.label("one"), wanted.c.n.label("n")).select_from(wanted.join(target.from_, there))
    # the order stands inside the aggregate's own input
    inner = found.order_by(wanted.c.n).correlate(*_around(rows)).subquery(f"listed_{key}")
    return select(func.json_agg(inner.c.one)).correlate(*_around(rows)).scalar_subquery()


def _around(rows: Rows) -> list[Any]:
    return [rows.source.table]


def unseen(tx: Tx, field: Field, ids: Sequence[int]) -> list[int]:
    """Those of a stored list that the actor cannot see, and so cannot have meant to remove."""
    if not ids or field.kind != "relations" or field.to is None:
        return []
    if not may(tx, "read", field.to):
        return list(ids)
    rows = readable(tx, field.to)

    def build() -> Any:
        fresh = readable(tx, field.to or "")
        where = fresh.where
        named = fresh.source.table.c.id.in_(select(func.unnest(cast(bindparam("ids"), ARRAY(BigInteger)))))
        return render(select(func.array_agg(fresh.source.table.c.id)).select_from(fresh.from_).where(where, named))

    seen: set[int] = set(tx.value(kept(("seen", rows.key), build), {"ids": list(ids)}) or ())
    return [one for one in ids if one not in seen]

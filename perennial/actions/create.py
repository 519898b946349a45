"""Make sure that records exist: a live match is linked, otherwise one is created."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perennial import access, records
from perennial.kernel import SYSTEM, Tx

ORIGIN = "origin__"


@dataclass(frozen=True, slots=True)
class Made:
    """The record that stands behind `origin` now. `version` None: it was there before and is only linked."""

    origin: int
    id: int
    version: int | None


def create(tx: Tx, form: str, select: sa.Select[Any], *, match: tuple[str, ...] = ()) -> list[Made]:
    """One record per row of `select`: columns `origin__` (whose it is) and the fields.

    match   fields of `form`: a live record that agrees in all of them is linked, the oldest first
    """
    wanted = select.cte("wanted")
    linked = _linked(tx, form, wanted, match) if match else []
    numbers = sa.ARRAY(sa.BigInteger)
    known = sa.cast([one.origin for one in linked], numbers)
    rest = sa.select(wanted).where(wanted.c[ORIGIN] != sa.all_(known)).subquery("rest")
    ids = _ids(tx, form, rest)
    if not ids:
        return linked
    pairs = (
        sa.func.unnest(sa.cast([one for one, _ in ids], numbers), sa.cast([one for _, one in ids], numbers))
        .table_valued(sa.column("origin", sa.BigInteger), sa.column("id", sa.BigInteger))
        .render_derived(name="pairs")
    )
    fields = [rest.c[column.name] for column in select.selected_columns if column.name != ORIGIN]
    given = sa.select(pairs.c.id.label("id"), *fields).select_from(rest.join(pairs, pairs.c.origin == rest.c[ORIGIN]))
    written = records.create_set(tx, form, given, returning=("version",))
    versions = {row["id"]: row["version"] for row in written.rows}
    return linked + [Made(origin, id_, versions[id_]) for origin, id_ in ids if id_ in versions]


def _linked(tx: Tx, form: str, wanted: sa.CTE, match: tuple[str, ...]) -> list[Made]:
    rows = access.readable(tx, form, actor=SYSTEM)
    source = rows.source
    same = sa.and_(rows.where, *(source.field(key) == wanted.c[key] for key in match))
    found = (
        sa.select(wanted.c[ORIGIN].label("origin"), sa.func.min(source.field("id")).label("id"))
        .select_from(wanted.join(source.from_, same))
        .group_by(wanted.c[ORIGIN])
    )
    return [Made(row["origin"], row["id"], None) for row in tx.rows(found)]


def _ids(tx: Tx, form: str, rest: sa.Subquery) -> list[tuple[int, int]]:
    rows = tx.rows(sa.select(rest.c[ORIGIN].label("origin"), records.new_id(tx, form).label("id")))
    return [(row["origin"], row["id"]) for row in rows]

"""Who may read a record: asked before somebody is named to it, or named beside it.

One statement for all people who hold the same roles.
"""

from collections.abc import Hashable, Iterable

import sqlalchemy as sa

from perennial.access.rows import Rows
from perennial.access.view import view_of
from perennial.forms import catalog
from perennial.kernel import Query, Tx, render

KEPT = 256
_kept: dict[Hashable, Query] = {}


def readers(tx: Tx, form: str, record_id: int, among: Iterable[int] | None = None) -> set[int]:
    """Active people who may read the record, of those named or of all; nobody when there is no such live record."""
    return {person for person, _ in readable_by(tx, form, [record_id], among)}


def readable_by(tx: Tx, form: str, records: Iterable[int], among: Iterable[int] | None = None) -> set[tuple[int, int]]:
    """(person, record) of every active person, of those named or of all, and every live record that they may read."""
    groups = tx.rows(
        "SELECT h.roles, array_agg(h.id) AS ids FROM ("
        " SELECT p.id, ARRAY(SELECT m.role_id FROM people.membership m WHERE m.person_id = p.id ORDER BY 1) AS roles"
        "   FROM people.person p WHERE p.active AND (%(among)s::bigint[] IS NULL OR p.id = ANY(%(among)s))) h"
        " GROUP BY h.roles",
        {"among": None if among is None else list(among)},
    )
    found: set[tuple[int, int]] = set()
    asked = sorted({one for one in records if 0 < one < 2**63})
    for group in groups if form in catalog(tx) and asked else ():
        rows = Rows(view_of(tx, frozenset(group["roles"])), form)
        if not rows.view.may(form, "read"):
            continue
        query = _compiled(rows)
        text = query.text.replace("%(me)s", "reader.id")  # each is asked as themselves
        given = {**query.params, "readers": group["ids"], "v_ids": asked}
        found |= {(row["person_id"], row["id"]) for row in tx.rows(text, given)}
    return found


def _compiled(rows: Rows) -> Query:
    if rows.key not in _kept:
        while len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)))
        where = rows.where
        those = sa.select(sa.func.unnest(sa.bindparam("v_ids", type_=sa.ARRAY(sa.BigInteger))))
        some = sa.select(rows.source.table.c["id"]).select_from(rows.from_).where(
            where, rows.source.table.c["id"].in_(those)
        )  # fmt: skip
        query = render(some)
        text = "SELECT reader.id AS person_id, seen.id FROM unnest(%(readers)s::bigint[]) AS reader (id)"
        _kept[rows.key] = Query(f"{text} CROSS JOIN LATERAL ({query.text}) AS seen", query.params)
    return _kept[rows.key]

"""A person leaves: what is theirs is listed and handed over; unanswered, tasks move by the assignee order at once."""

from typing import Any, cast

import sqlalchemy as sa

from perennial import access, actions, forms, tasks
from perennial.kernel import SYSTEM, Invalid, Reason, Row, Tx

LISTED = 500


def leaving(tx: Tx, person_id: int) -> dict[str, list[Row]]:
    """`tasks`: their open ones; `records`: (form, record_id, field) of live records that name them as the owner."""
    found: list[Row] = []
    for form in forms.catalog(tx).forms:
        if form.owner:
            rows = tx.rows(_owned(tx, form.key, form.owner, person_id).limit(LISTED))
            found += [{"form": form.key, "field": form.owner, "record_id": row["id"]} for row in rows]
    return {"tasks": tasks.leaving(tx, person_id), "records": found}


def hand_over(tx: Tx, person_id: int, to: int) -> dict[str, int]:
    """Everything of one person is another's: open tasks, and the records they own, per form; how many."""
    if not tx.value("SELECT EXISTS (SELECT FROM people.person WHERE id = %(to)s AND active)", {"to": to}):
        raise Invalid("tasks.not_active", path="to")
    moved = {"tasks": tasks.hand_over(tx, person_id, to)}
    with tx.because(Reason("hand_over", {"from": person_id, "to": to})):
        for form in forms.catalog(tx).forms:
            if form.owner:
                owned = _owned(tx, form.key, form.owner, person_id).subquery("owned")
                given = sa.select(owned.c.id, sa.literal(to, sa.BigInteger).label(form.owner))
                moved[form.key] = actions.update(tx, form.key, cast("sa.Select[Any]", given))
    return moved


def _owned(tx: Tx, form: str, field: str, person_id: int) -> sa.Select[Any]:
    rows = access.readable(tx, form, actor=SYSTEM)
    of = rows.source.field(field) == sa.literal(person_id, sa.BigInteger)
    return sa.select(rows.source.field("id").label("id")).select_from(rows.from_).where(rows.where, of).order_by("id")

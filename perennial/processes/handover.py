"""A person leaves: everything that is theirs goes to others in sets, once, with a preview, a proof and one way back.

In:   the person, and the shares: to whom, and how much each can bear
Out:  records, open tasks, posts and roles are others'; a row of `processes.handover` knows the way back
Records that belong together stay together: a contract goes to whoever gets its customer. What is left is dealt out so
that everybody's load over what they can bear comes out even (按产能均分). Tasks go with their record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from psycopg.types.json import Json

from perennial import access, changes, forms, people, records
from perennial.kernel import Conflict, Invalid, Missing, Reason, Row, Tx, render
from perennial.processes.theirs import Field, held, loads, of, owning, steps


@dataclass(frozen=True, slots=True)
class Share:
    """One receiver, and what they can bear beside the others. The first gets posts and roles."""

    person_id: int
    capacity: float = 1.0


def preview(tx: Tx, person_id: int, shares: Sequence[Share]) -> dict[str, Any]:
    """What would go to whom: `lines` of records and tasks with everybody's count before and after, `posts`, `roles`,
    `steps`. The sum before and after is the same. Nothing is written."""
    _checked(tx, person_id, shares)
    _deal(tx, person_id, shares)
    told = _told(tx, person_id, shares)
    tx.run("DROP TABLE dealt")
    return told


def hand_over(tx: Tx, person_id: int, shares: Sequence[Share], *, disable: bool = False) -> int:
    """Everything of the person is others'; the number of the handover.

    disable  the person leaves at once
    errors   Invalid of the shares · Conflict processes.handover_left when something arrived meanwhile and stayed
    """
    _checked(tx, person_id, shares)
    tx.lock(f"handover {person_id}")
    _deal(tx, person_id, shares)
    told = _told(tx, person_id, shares)
    number = int(
        tx.value(
            "INSERT INTO processes.handover (person_id, by, disabled, told)"
            " VALUES (%(person)s, %(me)s, %(disabled)s, %(told)s) RETURNING id",
            {"person": person_id, "disabled": disable, "told": Json(told)},
        )
    )
    values = {"person": person_id, "chief": shares[0].person_id, "handover": number}
    with tx.because(Reason("handover", {"handover": number, "from": person_id})):
        for at in owning(tx):
            records.update_set(tx, at[0], _given(at))
        transaction = changes.written(tx)
    tx.run("UPDATE processes.handover SET transaction_id = %(transaction)s WHERE id = %(handover)s",
           {**values, "transaction": transaction})  # fmt: skip
    for statement in _MOVES:
        tx.run(statement, values)
    people.forget_standing(tx)
    tx.run("DROP TABLE dealt")
    left = held(tx, person_id)
    if left:
        raise Conflict("processes.handover_left", count=sum(one.count for one in left))
    if disable:
        people.disable(tx, person_id)
    return number


def undo(tx: Tx, number: int) -> dict[str, Any]:
    """Everything is the person's again, but what somebody touched since, which is told and counted."""
    row = tx.one("SELECT * FROM processes.handover WHERE id = %(id)s FOR UPDATE", {"id": number})
    if row is None:
        raise Missing("processes.no_handover", id=number)
    if row["undone_at"] is not None:
        raise Conflict("processes.handover_undone", id=number)
    if row["disabled"]:
        people.enable(tx, row["person_id"])
    kept = 0
    if row["transaction_id"] is not None:
        reason = Reason("undo", {"of": row["transaction_id"], "handover": number})
        kept = records.undo(tx, row["transaction_id"], reason=reason, trusted=True).kept_count
    values = {"person": row["person_id"], "handover": number}
    with people.administered(tx):
        moved = sum(tx.run(statement, values) for statement in _BACK)
    tx.run("UPDATE processes.handover SET undone_at = %(now)s WHERE id = %(handover)s", values)
    given = int(tx.value("SELECT count(*) FROM processes.handed WHERE handover_id = %(handover)s", values))
    return {"kept": kept + given - moved}


def handovers(tx: Tx, *, limit: int = 50) -> list[Row]:
    """The newest first: id, at, by, person, told, undone_at."""
    return tx.rows(
        "SELECT h.id, h.at, b.name AS by, h.person_id, p.name AS person, h.told, h.undone_at, h.disabled"
        "  FROM processes.handover h JOIN people.person p ON p.id = h.person_id"
        "  LEFT JOIN people.person b ON b.id = h.by ORDER BY h.id DESC LIMIT %(limit)s",
        {"limit": limit},
    )


def capacities(tx: Tx) -> dict[int, float]:
    """person -> the median number of tasks finished in the weeks of the last quarter in which they finished any."""
    rows = tx.rows(
        "SELECT finished_by AS id, percentile_cont(0.5) WITHIN GROUP (ORDER BY n) AS capacity FROM ("
        " SELECT finished_by, count(*) AS n FROM tasks.task WHERE state = 'done' AND finished_by IS NOT NULL"
        "    AND finished_at > %(now)s::timestamptz - interval '13 weeks'"
        "  GROUP BY finished_by, date_trunc('week', finished_at)) w GROUP BY finished_by"
    )
    return {row["id"]: float(row["capacity"]) for row in rows}


def _checked(tx: Tx, person_id: int, shares: Sequence[Share]) -> None:
    people.find(tx, person_id)
    if not shares:
        raise Invalid("processes.handover_nobody", path="to")
    ids = [share.person_id for share in shares]
    if person_id in ids or len(set(ids)) < len(ids) or any(share.capacity <= 0 for share in shares):
        raise Invalid("processes.handover_shares", path="to")
    active = "SELECT count(*) FROM people.person WHERE active AND id IN (SELECT unnest(%(ids)s::bigint[]))"
    if tx.value(active, {"ids": ids}) < len(ids):
        raise Invalid("tasks.not_active", path="to")


def _dealt(name: str = "dealt") -> sa.TableClause:
    return sa.table(
        name, sa.column("form", sa.Text()), sa.column("field", sa.Text()), sa.column("id", sa.BigInteger()),
        sa.column("to_id", sa.BigInteger()),
    )  # fmt: skip


def _given(at: Field) -> Any:
    dealt = _dealt()
    chosen = sa.select(dealt.c.id, dealt.c.to_id.label(at[1]))
    return chosen.where(dealt.c.form == at[0], dealt.c.field == at[1])


def _deal(tx: Tx, person_id: int, shares: Sequence[Share]) -> None:
    """The table `dealt`: who gets which record and which task (form '', field 'task')."""
    tx.run(
        "CREATE TEMP TABLE dealt (form text, field text, id bigint, to_id bigint NOT NULL,"
        " PRIMARY KEY (form, field, id)) ON COMMIT DROP"
    )
    for at in owning(tx):
        for parent in _parents(tx, at):
            tx.run(_along(tx, at, parent, person_id))
        query = render(of(tx, at, person_id))
        known = {row["id"]: row["n"] for row in loads(tx, at, [share.person_id for share in shares])}
        _even(tx, at, query.text, query.params, shares, known)
    owner = "coalesce(t.owner_id, 0) = %(person)s OR t.assignee_id = %(person)s"
    tx.run(
        "INSERT INTO dealt SELECT '', 'task', t.id, min(d.to_id) FROM tasks.task t"
        " JOIN tasks.kind k ON k.id = t.kind_id JOIN dealt d ON d.form = k.form AND d.id = t.record_id"
        f" WHERE t.state = 'open' AND ({owner}) GROUP BY t.id",
        {"person": person_id},
    )
    rest = "SELECT t.id FROM tasks.task t WHERE t.state = 'open' AND t.assignee_id = %(person)s"
    loaded = tx.rows(
        "SELECT assignee_id AS id, count(*) AS n FROM tasks.task WHERE state = 'open'"
        " AND assignee_id IN (SELECT unnest(%(ids)s::bigint[])) GROUP BY assignee_id",
        {"ids": [share.person_id for share in shares]},
    )
    _even(tx, ("", "task"), rest, {"person": person_id}, shares, {row["id"]: row["n"] for row in loaded})


def _parents(tx: Tx, at: Field) -> list[tuple[str, Field]]:
    """The relations of a form to forms whose records go as well: (relation, the parent's field)."""
    found = forms.catalog(tx)
    fields = owning(tx)
    return [
        (one.key, parent)
        for one in found.form(at[0]).fields
        if one.kind == "relation" and one.to and one.to != at[0]
        for parent in sorted(
            (parent for parent in fields if parent[0] == one.to), key=lambda parent: parent[1] != at[1]
        )
    ]


def _along(tx: Tx, at: Field, parent: tuple[str, Field], person_id: int) -> Any:
    """Records whose parent goes, and which have not been dealt, go with it."""
    relation, above = parent
    rows = access.everything(tx, at[0])
    id_ = rows.source.field("id")
    up, mine = _dealt().alias("up"), _dealt().alias("mine")
    chosen: Any = (
        sa.select(sa.literal(at[0], sa.Text()), sa.literal(at[1], sa.Text()), id_, up.c.to_id)
        .where(
            rows.where,
            rows.source.field(at[1]) == sa.literal(person_id, sa.BigInteger),
            up.c.form == above[0], up.c.field == above[1], up.c.id == rows.source.field(relation),
            ~sa.exists().where(mine.c.form == at[0], mine.c.field == at[1], mine.c.id == id_),
        )
    )  # fmt: skip
    return sa.insert(_dealt()).from_select(["form", "field", "id", "to_id"], chosen.select_from(rows.from_, up))


def _even(tx: Tx, at: Field, ids: str, params: dict[str, Any], shares: Sequence[Share], loads: dict[int, int]) -> None:
    """What is not dealt yet fills up whoever has least for what they can bear."""
    tx.run(
        "WITH rest AS (SELECT x.id, row_number() OVER (ORDER BY x.id) AS n FROM ("
        f"{ids}) x WHERE NOT EXISTS (SELECT FROM dealt d WHERE d.form = %(at_form)s AND d.field = %(at_field)s"
        " AND d.id = x.id)),"
        " already AS (SELECT to_id, count(*) AS n FROM dealt WHERE form = %(at_form)s AND field = %(at_field)s"
        "  GROUP BY to_id),"
        " slots AS (SELECT s.id, row_number() OVER (ORDER BY (s.load + coalesce(a.n, 0) + k) / s.capacity, s.nth) AS n"
        "  FROM unnest(%(people)s::bigint[], %(loads)s::float8[], %(capacities)s::float8[])"
        "       WITH ORDINALITY AS s (id, load, capacity, nth) LEFT JOIN already a ON a.to_id = s.id,"
        "       generate_series(1, (SELECT count(*) FROM rest)) AS k)"
        " INSERT INTO dealt SELECT %(at_form)s, %(at_field)s, rest.id, slots.id FROM rest JOIN slots USING (n)",
        {
            **params, "at_form": at[0], "at_field": at[1], "people": [share.person_id for share in shares],
            "loads": [float(loads.get(share.person_id, 0)) for share in shares],
            "capacities": [float(share.capacity) for share in shares],
        },
    )  # fmt: skip


def _told(tx: Tx, person_id: int, shares: Sequence[Share]) -> dict[str, Any]:
    """The deal in figures."""
    names = {row["id"]: row["name"] for row in tx.rows("SELECT id, name FROM people.person")}
    ids = [share.person_id for share in shares]
    counted: dict[tuple[str, str], dict[int, int]] = {}
    mine = "NOT EXISTS (SELECT FROM tasks.task t WHERE d.form = '' AND t.id = d.id AND t.assignee_id <> %(person)s)"
    dealt = f"SELECT form, field, to_id, count(*) AS n FROM dealt d WHERE {mine} GROUP BY 1, 2, 3"
    for row in tx.rows(dealt, {"person": person_id}):
        counted.setdefault((row["form"], row["field"]), {})[row["to_id"]] = row["n"]
    lines: list[dict[str, Any]] = []
    for at in [*owning(tx), ("", "task")]:
        got = counted.get(at)
        if not got:
            continue
        if at[0]:
            before = {row["id"]: row["n"] for row in loads(tx, at, ids)}
        else:
            before = {row["id"]: row["n"] for row in tx.rows(_OPEN, {"ids": ids})}
        lines.append({
            "kind": "records" if at[0] else "tasks", "form": at[0], "field": at[1] if at[0] else "",
            "count": sum(got.values()),
            "to": [
                {"id": one, "name": names[one], "before": (was := before.get(one, 0)), "after": was + got.get(one, 0)}
                for one in ids
            ],
        })  # fmt: skip
    rest = [one for one in held(tx, person_id) if one.kind not in ("records", "tasks")]
    return {
        "lines": lines, "chief": names[ids[0]], "steps": steps(tx, person_id),
        "rest": [{"kind": one.kind, "count": one.count} for one in rest],
    }  # fmt: skip


_OPEN = (
    "SELECT assignee_id AS id, count(*) AS n FROM tasks.task WHERE state = 'open'"
    " AND assignee_id IN (SELECT unnest(%(ids)s::bigint[])) GROUP BY assignee_id"
)

_TASK = "SELECT handover_id, 'task', id, to_id, was FROM moved"
_MOVES = (
    # open tasks; those of others only lose the owner who left, by whom the next in order would be found
    "WITH moved AS (UPDATE tasks.task t SET assignee_id = d.to_id, found_by = 'person',"
    "  named_id = CASE WHEN t.named_id = %(person)s THEN d.to_id ELSE t.named_id END,"
    "  owner_id = CASE WHEN t.owner_id = %(person)s THEN d.to_id ELSE t.owner_id END"
    "  FROM dealt d, tasks.task b WHERE d.form = '' AND d.id = t.id AND b.id = t.id AND t.assignee_id = %(person)s"
    "  RETURNING %(handover)s::bigint AS handover_id, t.id, d.to_id, jsonb_build_object("
    "   'found_by', b.found_by, 'named_id', b.named_id, 'owner_id', b.owner_id) AS was)"
    f" INSERT INTO processes.handed (handover_id, kind, id, to_id, was) {_TASK}",
    "UPDATE tasks.task t SET owner_id = d.to_id FROM dealt d WHERE d.form = '' AND d.id = t.id"
    " AND t.owner_id = %(person)s AND t.state = 'open'",
    "WITH moved AS (UPDATE tasks.task t SET candidates = nullif(array_remove(t.candidates, %(person)s), '{}'),"
    "  assignee_id = CASE WHEN t.candidates = ARRAY[%(person)s::bigint] THEN %(chief)s END"
    "  FROM tasks.task b WHERE b.id = t.id AND t.state = 'open' AND t.assignee_id IS NULL"
    "  AND t.candidates @> ARRAY[%(person)s::bigint]"
    "  RETURNING t.id, t.assignee_id, to_jsonb(b.candidates) AS was)"
    " INSERT INTO processes.handed SELECT %(handover)s, 'claim', id, assignee_id, was FROM moved",
    *(
        f"WITH moved AS (UPDATE people.{table} t SET {column} = %(chief)s WHERE {column} = %(person)s"
        "   AND (active) RETURNING t.id)"
        f" INSERT INTO processes.handed SELECT %(handover)s, '{kind}', id, %(chief)s, NULL FROM moved"
        for kind, table, column in (
            ("deputy", "person", "deputy_id"), ("superior", "person", "superior_id"), ("head", "department", "head_id"),
        )
    ),
    # votes that are not asked yet: those that are go with their tasks
    "WITH moved AS (UPDATE processes.vote v SET person_id = %(chief)s"
    "  WHERE v.person_id = %(person)s AND v.state = 'waiting' AND v.counts RETURNING v.id)"
    " INSERT INTO processes.handed SELECT %(handover)s, 'vote', id, %(chief)s, NULL FROM moved",
    # nobody stands in for themselves, or is their own superior
    "UPDATE people.person SET deputy_id = NULL WHERE id = %(chief)s AND deputy_id = id",
    "UPDATE people.person p SET superior_id = nullif(l.superior_id, p.id) FROM people.person l"
    " WHERE l.id = %(person)s AND p.id = %(chief)s AND p.superior_id = p.id",
    "WITH moved AS (INSERT INTO people.membership (person_id, role_id) SELECT %(chief)s, m.role_id"
    "  FROM people.membership m WHERE m.person_id = %(person)s AND NOT EXISTS (SELECT FROM people.membership o"
    "   JOIN people.person p ON p.id = o.person_id AND p.active"
    "   WHERE o.role_id = m.role_id AND o.person_id <> m.person_id) RETURNING role_id)"
    " INSERT INTO processes.handed SELECT %(handover)s, 'role', role_id, %(chief)s, NULL FROM moved",
)  # fmt: skip

_MINE = "FROM processes.handed h WHERE h.handover_id = %(handover)s AND h.id = t.id AND h.kind ="
_BACK = (
    "UPDATE tasks.task t SET assignee_id = %(person)s, found_by = h.was ->> 'found_by',"
    " named_id = (h.was ->> 'named_id')::bigint, owner_id = (h.was ->> 'owner_id')::bigint"
    f" {_MINE} 'task' AND t.state = 'open' AND t.assignee_id = h.to_id",
    "UPDATE tasks.task t SET assignee_id = NULL,"
    " candidates = ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(h.was) x)"
    f" {_MINE} 'claim' AND t.state = 'open' AND t.assignee_id IS NOT DISTINCT FROM h.to_id",
    f"UPDATE people.person t SET deputy_id = %(person)s {_MINE} 'deputy' AND (t.deputy_id = h.to_id OR t.id = h.to_id)",
    f"UPDATE people.person t SET superior_id = %(person)s {_MINE} 'superior'"
    " AND (t.superior_id = h.to_id OR t.id = h.to_id)",
    f"UPDATE people.department t SET head_id = %(person)s {_MINE} 'head' AND t.head_id = h.to_id",
    f"UPDATE processes.vote t SET person_id = %(person)s {_MINE} 'vote' AND t.state = 'waiting'"
    " AND t.person_id = h.to_id",
    "DELETE FROM people.membership m USING processes.handed h WHERE h.handover_id = %(handover)s AND h.kind = 'role'"
    " AND m.role_id = h.id AND m.person_id = h.to_id",
)

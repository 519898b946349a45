"""What is a person's: records by every field that says whose they are, tasks, posts, roles that nobody else holds.

A person field says whose a record is when it is the form's owner, when the rows of some role are chosen by it, or when
a process finds people by it: then steps to come would go to them as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perennial import access, forms
from perennial.kernel import Row, Tx
from perennial.processes import versions
from perennial.processes.references import references

Field = tuple[str, str]  # form, field


@dataclass(frozen=True, slots=True)
class Held:
    """So many of one kind. kind: records (of `form` by `field`), tasks, claims (tasks of a role), deputy, superior,
    head, role (held by nobody else), steps (waits of running processes on their records, which go along)."""

    kind: str
    count: int
    form: str = ""
    field: str = ""


def owning(tx: Tx) -> list[Field]:
    """The person fields that say whose a record is; a form before those whose records point at it."""
    found = forms.catalog(tx)
    named = [(form.key, access.owner_field(form) or "") for form in found.forms]
    places = [one for role in access.roles(tx) for one in access.references(role) if one.what == "formula"]
    places += [one for active in versions.active(tx) for one in references(active.process) if one.what == "formula"]
    named += sorted({at for place in places for at in forms.reads(found, place)})
    kept = [at for at in dict.fromkeys(named) if _person(found, at)]
    return sorted(kept, key=lambda at: (_depth(found, at[0], frozenset()), named.index(at)))


def held(tx: Tx, person_id: int) -> list[Held]:
    """Everything that still is the person's, and nothing that is not: an empty list proves that nothing is left."""
    counts = [
        Held("records", int(tx.value(sa.select(sa.func.count()).select_from(of(tx, at, person_id).subquery()))), *at)
        for at in owning(tx)
    ]
    row = tx.one(_BESIDE, {"person": person_id})
    assert row is not None
    counts += [Held(kind, count) for kind, count in row.items()]
    return [one for one in counts if one.count]


def named(tx: Tx, people: Sequence[int]) -> set[int]:
    """Those of these people whom a record (one in the bin, too) or a task names, whatever it is to them."""
    tasks = (
        "SELECT assignee_id AS id FROM tasks.task UNION SELECT owner_id FROM tasks.task UNION SELECT finished_by"
        " FROM tasks.task UNION SELECT unnest(candidates) FROM tasks.task"
    )
    asked = f"SELECT id FROM ({tasks}) t WHERE id IN (SELECT unnest(%(people)s::bigint[]))"
    found = {row["id"] for row in tx.rows(asked, {"people": list(people)})}
    for form in forms.catalog(tx).forms:
        for field in form.fields:
            if field.kind in ("person", "persons"):
                rows = access.everything(tx, form.key, deleted=None)
                value: Any = rows.source.field(field.key)
                one = sa.func.unnest(value) if field.kind == "persons" else value
                each = sa.select(one.label("id")).where(rows.where, value.is_not(None)).select_from(rows.from_)
                chosen = each.distinct().subquery()
                found |= {row["id"] for row in tx.rows(sa.select(chosen.c.id).where(chosen.c.id.in_(list(people))))}
    return found


def of(tx: Tx, at: Field, person_id: int) -> "sa.Select[Any]":
    """Ids of the live records that name the person in this field."""
    rows = access.everything(tx, at[0])
    mine = rows.source.field(at[1]) == sa.literal(person_id, sa.BigInteger)
    chosen: Any = sa.select(rows.source.field("id").label("id")).where(rows.where, mine)
    return chosen.select_from(rows.from_)


def steps(tx: Tx, person_id: int) -> int:
    """Waits of running processes on the person's records: what they lead to finds its people by those records."""
    total = 0
    running: dict[str, list[int]] = {}
    for active in versions.active(tx):
        running.setdefault(active.process.form, []).append(active.version.process_id)
    for form, processes in running.items():
        mine = [of(tx, at, person_id) for at in owning(tx) if at[0] == form]
        if mine:
            waiting = _WAITING.bindparams(processes=processes).columns(sa.column("id", sa.BigInteger)).subquery("w")
            ids = sa.union(*mine).subquery("mine")
            joined = waiting.join(ids, ids.c.id == waiting.c.id)
            total += int(tx.value(sa.select(sa.func.count()).select_from(joined)))
    return total


def loads(tx: Tx, at: Field, people: list[int]) -> list[Row]:
    """How many live records each of these people has by this field: `id`, `n`."""
    rows = access.everything(tx, at[0])
    owner = rows.source.field(at[1])
    chosen: Any = sa.select(owner.label("id"), sa.func.count().label("n")).where(rows.where, owner.in_(people))
    return tx.rows(chosen.select_from(rows.from_).group_by(owner))


def _person(found: forms.Catalog, at: Field) -> bool:
    known = found.form(at[0]).field(at[1]) if at[0] in found else None
    return known is not None and known.kind == "person"


def _depth(found: forms.Catalog, form: str, seen: frozenset[str]) -> int:
    """How many relations lead up from a form."""
    above = [one.to for one in found.form(form).fields if one.kind == "relation" and one.to and one.to not in seen]
    return 1 + max((_depth(found, to, seen | {form}) for to in above if to != form), default=0)


_WAITING = sa.text(
    "SELECT i.record_id AS id FROM processes.token t JOIN processes.instance i ON i.id = t.instance_id"
    " WHERE t.state = 'waiting' AND t.wake_at IS NOT NULL AND i.state = 'open'"
    " AND i.process_id IN (SELECT unnest(CAST(:processes AS int[])))"
)

_BESIDE = """
SELECT (SELECT count(*) FROM tasks.task WHERE assignee_id = %(person)s AND state = 'open') AS tasks,
       (SELECT count(*) FROM tasks.task WHERE state = 'open' AND assignee_id IS NULL
           AND candidates @> ARRAY[%(person)s::bigint]) AS claims,
       (SELECT count(*) FROM people.person WHERE deputy_id = %(person)s AND active) AS deputy,
       (SELECT count(*) FROM people.person WHERE superior_id = %(person)s AND active) AS superior,
       (SELECT count(*) FROM people.department WHERE head_id = %(person)s AND active) AS head,
       (SELECT count(*) FROM people.membership m WHERE m.person_id = %(person)s AND NOT EXISTS (
            SELECT FROM people.membership o JOIN people.person p ON p.id = o.person_id AND p.active
             WHERE o.role_id = m.role_id AND o.person_id <> m.person_id)) AS role
"""

"""A planned import of people is done, in one transaction, and taken back.

Nobody is disabled while anything is theirs: the caller says who may leave, the others are told and go by a handover.
The number of statements does not depend on the number of lines; a row of `people.roster` knows what was before.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import Any

from psycopg import errors as pg
from psycopg.types.json import Jsonb

from perennial.kernel import Conflict, Missing, Row, Tx
from perennial.people.administration import administered
from perennial.people.roster import Act, Line, Plan
from perennial.people.session import forget_standing

TOLD = 1_000  # lines


def take_in(tx: Tx, file_name: str, planned: Plan, may_leave: Collection[int]) -> int:
    """The lines that are not refused are so; the number of the import. One transaction with the plan, made to act.

    may_leave  of those who leave: who has nothing left to hand over
    """
    units = _make_units(tx, planned.units)
    acting = [line for line in planned.lines if line.act in ("new", "change")]
    made = _create(tx, [line for line in acting if line.act == "new"])
    before = _was(tx, [line.person_id for line in acting if line.act == "change" and line.person_id])
    _change(tx, acting)
    leaving = [
        line.person_id
        for line in planned.lines
        if line.act == "leave" and line.person_id and line.person_id in may_leave
    ]
    _disable(tx, leaving)
    before += [{"id": person, "left": True} for person in leaving]
    became = {one["id"]: one for one in _was(tx, [one["id"] for one in before if "left" not in one])}
    kept = [one if "left" in one else {**one, "became": became[one["id"]]} for one in before]
    kept += [{"id": one["id"], "made": True, "became": one} for one in _was(tx, made)]
    forget_standing(tx)
    return int(
        tx.value(
            "INSERT INTO people.roster (by, file_name, told, made, units, before)"
            " VALUES (%(me)s, %(file)s, %(told)s, %(made)s, %(units)s, %(before)s) RETURNING id",
            {"file": file_name, "told": Jsonb(told(planned, may_leave)), "made": made, "units": units,
             "before": Jsonb(kept)},
        )
    )  # fmt: skip


def told(planned: Plan, may_leave: Collection[int]) -> dict[str, Any]:
    """Counts, and the lines where something happens or does not, in the order of the file; of very many first those
    that are refused, since they want mending."""
    lines = [
        {**{key: value for key, value in asdict(line).items() if key not in ("values", "roles")},
         "held": line.act == "leave" and line.person_id not in may_leave}
        for line in planned.lines if line.act != "same"
    ]  # fmt: skip
    first = sorted(lines, key=lambda line: line["act"] != "refused")[:TOLD]
    acts: tuple[Act, ...] = ("new", "change", "leave", "same", "refused")
    return {
        **{act: planned.count(act) for act in acts}, "held": sum(line["held"] for line in lines),
        "lines": sorted(first, key=lambda line: line["row"]), "units": planned.units, "absent": len(planned.absent),
        "absent_names": planned.absent[:50],
    }  # fmt: skip


def _make_units(tx: Tx, paths: Sequence[str]) -> list[int]:
    """Departments that were not there, level by level; the key is the path."""
    made: list[int] = []
    for depth in sorted({path.count("/") for path in paths}):
        level = [path for path in paths if path.count("/") == depth]
        rows = tx.rows(
            "INSERT INTO people.department (key, name, parent_id)"
            " SELECT n.path || CASE WHEN taken.id IS NULL THEN '' ELSE ' ' || n.nth END, n.name, p.id FROM"
            " unnest(%(paths)s::text[], %(names)s::text[], %(parents)s::text[])"
            "  WITH ORDINALITY AS n (path, name, parent, nth) LEFT JOIN people.department taken ON taken.key = n.path"
            "  LEFT JOIN (" + _PATHS + ") p ON p.path = n.parent RETURNING id",
            {"paths": level, "names": [path.rsplit("/", 1)[-1] for path in level],
             "parents": [path.rpartition("/")[0] for path in level]},
        )  # fmt: skip
        made += [row["id"] for row in rows]
    return made


_PATHS = (
    "SELECT t.department_id AS id, string_agg(d.name, '/' ORDER BY t.steps DESC) AS path"
    " FROM people.department_tree t JOIN people.department d ON d.id = t.above_id GROUP BY t.department_id"
)


def _create(tx: Tx, lines: Sequence[Line]) -> list[int]:
    rows = tx.rows(
        "INSERT INTO people.person (account, name) SELECT * FROM unnest(%(accounts)s::text[], %(names)s::text[])"
        " RETURNING id",
        {"accounts": [line.account for line in lines], "names": [line.values["name"] for line in lines]},
    )
    return [row["id"] for row in rows]


def _was(tx: Tx, ids: Sequence[int]) -> list[Row]:
    return tx.rows(
        "SELECT p.id, p.name, p.mail, p.phone, p.department_id, p.superior_id,"
        " coalesce((SELECT jsonb_agg(m.role_id ORDER BY m.role_id) FROM people.membership m WHERE m.person_id = p.id),"
        " '[]') AS roles FROM people.person p WHERE p.id IN (SELECT unnest(%(ids)s::bigint[])) ORDER BY p.id",
        {"ids": list(ids)},
    )


def _change(tx: Tx, lines: Sequence[Line]) -> None:
    given = [{"account": line.account, **{key: after for key, _, after in line.changes}} for line in lines]
    tx.run(
        "UPDATE people.person p SET name = coalesce(g.name, p.name), mail = coalesce(g.mail, p.mail),"
        "  phone = coalesce(g.phone, p.phone), department_id = coalesce(u.id, p.department_id),"
        "  superior_id = coalesce(s.id, p.superior_id)"
        " FROM jsonb_to_recordset(%(given)s) AS g (account text, name text, mail text, phone text, department text,"
        "  superior text) LEFT JOIN (" + _PATHS + ") u ON u.path = g.department"
        "  LEFT JOIN people.person s ON s.account = g.superior WHERE p.account = g.account",
        {"given": Jsonb(given)},
    )
    held = [{"account": line.account, "roles": line.roles} for line in lines if line.roles is not None]
    tx.run(
        "DELETE FROM people.membership m USING people.person p, jsonb_to_recordset(%(held)s) AS g (account text, roles"
        " jsonb), people.role r WHERE p.account = g.account AND m.person_id = p.id AND r.id = m.role_id"
        " AND NOT g.roles ? r.key",
        {"held": Jsonb(held)},
    )
    tx.run(
        "INSERT INTO people.membership (person_id, role_id) SELECT p.id, r.id"
        " FROM jsonb_to_recordset(%(held)s) AS g (account text, roles jsonb) JOIN people.person p USING (account)"
        " JOIN people.role r ON g.roles ? r.key ON CONFLICT DO NOTHING",
        {"held": Jsonb(held)},
    )


def _disable(tx: Tx, ids: Sequence[int]) -> None:
    tx.run(
        "UPDATE people.person SET active = false, disabled_at = %(now)s WHERE id IN (SELECT unnest(%(ids)s::bigint[]))",
        {"ids": list(ids)},
    )
    tx.run("DELETE FROM people.session WHERE person_id IN (SELECT unnest(%(ids)s::bigint[]))", {"ids": list(ids)})


def rosters(tx: Tx, *, limit: int = 20) -> list[Row]:
    """The newest first: id, at, by, file_name, told, undone_at."""
    return tx.rows(
        "SELECT r.id, r.at, b.name AS by, r.file_name, r.told, r.undone_at FROM people.roster r"
        " LEFT JOIN people.person b ON b.id = r.by ORDER BY r.id DESC LIMIT %(limit)s",
        {"limit": limit},
    )


def take_back(tx: Tx, number: int, busy: Callable[[Sequence[int]], Collection[int]]) -> int:
    """What the import did is undone, but of persons whom somebody changed since, whose number is returned. Who came
    with it is gone again, or disabled where something refers to them; who is at work by now stays, and is counted.

    busy   of these persons those whom a record or a task names
    """
    tx.lock("people.administration")
    row = tx.one("SELECT * FROM people.roster WHERE id = %(id)s FOR UPDATE", {"id": number})
    if row is None:
        raise Missing("people.no_roster")
    if row["undone_at"] is not None:
        raise Conflict("people.roster_undone")
    now = {one["id"]: one for one in _was(tx, [*(one["id"] for one in row["before"]), *row["made"]])}
    known = [one for one in row["before"] if "left" not in one and one["id"] in now]
    touched = {one["id"] for one in known if now[one["id"]] != one["became"]}
    mine = [one for one in known if "made" not in one and one["id"] not in touched]
    came = [person for person in row["made"] if person in now]
    with administered(tx):
        _as_before(tx, mine, [one["id"] for one in row["before"] if "left" in one])
        idle = _idle(tx, [person for person in came if person not in touched], busy)
        left = _remove_most(tx, idle)
        while left and (again := _remove_most(tx, left)) != left:  # some were referred to by others of them alone
            left = again
        _disable(tx, left)
    for unit in reversed(row["units"]):  # those below first; few
        _remove(tx, "department", [unit])
    tx.run("UPDATE people.roster SET undone_at = %(now)s WHERE id = %(id)s", {"id": number})
    return sum("made" not in one for one in known) - len(mine) + len(came) - len(idle)


def _as_before(tx: Tx, mine: Sequence[Row], back: Sequence[int]) -> None:
    """What these persons were; a superior or department that is gone meanwhile is left out."""
    given = {"given": Jsonb(list(mine)), "ids": [one["id"] for one in mine]}
    tx.run(
        "UPDATE people.person p SET name = g.name, mail = g.mail, phone = g.phone, department_id = d.id,"
        " superior_id = s.id FROM jsonb_to_recordset(%(given)s) AS g (id bigint, name text, mail text,"
        " phone text, department_id bigint, superior_id bigint)"
        " LEFT JOIN people.department d ON d.id = g.department_id LEFT JOIN people.person s ON s.id = g.superior_id"
        " WHERE p.id = g.id",
        given,
    )
    tx.run("DELETE FROM people.membership WHERE person_id IN (SELECT unnest(%(ids)s::bigint[]))", given)
    tx.run(
        "INSERT INTO people.membership (person_id, role_id) SELECT g.id, r.id"
        " FROM jsonb_to_recordset(%(given)s) AS g (id bigint, roles jsonb)"
        " JOIN people.role r ON g.roles @> to_jsonb(r.id)",
        given,
    )
    tx.run(
        "UPDATE people.person SET active = true, disabled_at = NULL WHERE id IN (SELECT unnest(%(ids)s::bigint[]))",
        {"ids": list(back)},
    )


def _idle(tx: Tx, made: Sequence[int], busy: Callable[[Sequence[int]], Collection[int]]) -> list[int]:
    """Who of these can neither log in yet nor has anything."""
    silent = "SELECT id FROM people.person WHERE password_hash IS NULL AND id IN (SELECT unnest(%(ids)s::bigint[]))"
    working = set(busy(made)) if made else set[int]()
    return [row["id"] for row in tx.rows(silent + " ORDER BY id", {"ids": list(made)}) if row["id"] not in working]


def _remove_most(tx: Tx, ids: Sequence[int]) -> list[int]:
    """Gone, but those to whom something refers, who are returned: halves of halves, since they are few."""
    if not ids or _remove(tx, "person", ids):
        return []
    if len(ids) == 1:
        return list(ids)
    half = len(ids) // 2
    return [*_remove_most(tx, ids[:half]), *_remove_most(tx, ids[half:])]


def _remove(tx: Tx, table: str, ids: Sequence[int]) -> bool:
    """Gone, unless something refers to them."""
    try:
        with tx.savepoint():
            tx.run(f"DELETE FROM people.{table} WHERE id IN (SELECT unnest(%(ids)s::bigint[]))", {"ids": list(ids)})
    except pg.ForeignKeyViolation:
        return False
    return True

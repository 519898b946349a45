"""What people do to tasks before they end: take, give back, transfer, put off, change the due day or priority, urge.

In:   numbers of tasks and who acts; a supervisor acts on the tasks of those in `team`, a designer on any
Out:  every task is changed, or named with the reason why not; one row of history per change, and the way back

One act is two statements, however many tasks it is about: lock and judge, change and note.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perennial.kernel import Conflict, Denied, Invalid, Missing, Problem, Row, Tx

URGE_HOURS = 2  # nobody is urged about one task more often
MOST = 500  # tasks of one act


@dataclass(frozen=True, slots=True)
class Acted:
    """`act` takes it back (None: nothing was changed). `done`: id, label, was (whose it was), now (whose it is);
    `refused`: id, and the problem that says why."""

    act: int | None = None
    done: list[Row] = field(default_factory=list[Row])
    refused: list[tuple[int, Problem]] = field(default_factory=list[tuple[int, Problem]])


def team(tx: Tx) -> list[int]:
    """Whose tasks the actor looks after: people of the departments below them, or everybody."""
    if tx.actor.kind == "system":
        return []
    if "tasks.team" not in tx.memo:
        tx.memo["tasks.team"] = list(tx.value("SELECT tasks.team(%(me)s)"))
    return tx.memo["tasks.team"]


_MINE = "t.assignee_id = %(me)s"
_CLAIMABLE = "t.assignee_id IS NULL AND t.candidates @> ARRAY[%(me)s::bigint]"
_TEAM = (
    "(t.assignee_id = ANY(%(team)s::bigint[])"
    " OR t.assignee_id IS NULL AND t.candidates && (%(team)s::bigint[] || %(me)s::bigint))"
)
_WHOEVER = f"({_MINE} OR {_CLAIMABLE} OR {_TEAM})"
_JUDGED = """
SELECT t.id, k.label, k.form, t.record_id, t.assignee_id AS was, CASE
         WHEN t.state <> 'open' THEN 'tasks.not_open' WHEN ({may}) IS NOT TRUE THEN 'tasks.not_yours'
         {more} END AS refusal
  FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
 WHERE t.id IN (SELECT unnest(%(ids)s::bigint[])) ORDER BY t.id FOR UPDATE OF t
"""
# of a task of several people nobody holds two: they would count as two who have done it
_SECOND = """WHEN t.beside IS NOT NULL AND EXISTS (
             SELECT FROM tasks.task o
               LEFT JOIN unnest(%(ids)s::bigint[], %(to)s::bigint[]) AS x (id, to_id) ON x.id = o.id AND o.id < t.id
              WHERE o.beside = t.beside AND o.id <> t.id AND o.state <> 'closed'
                AND coalesce(x.to_id, o.assignee_id) = (
                    SELECT x.to_id FROM unnest(%(ids)s::bigint[], %(to)s::bigint[]) AS x (id, to_id)
                     WHERE x.id = t.id)) THEN 'tasks.has_one' """
_VOTE = "WHEN t.vote_id IS NOT NULL THEN 'tasks.by_vote' "  # who decides, and until when, is the approval's
_KEPT = ("assignee_id", "candidates", "named_id", "found_by", "snoozed_until", "snoozed_by", "due_at", "priority")
# moments as UTC texts: a session's zone must not make two of one
_KEPT_AS = {"snoozed_until": " AT TIME ZONE 'UTC'", "due_at": " AT TIME ZONE 'UTC'"}
_NOW = f"""jsonb_build_object({", ".join(f"'{name}', t.{name}{_KEPT_AS.get(name, '')}" for name in _KEPT)})"""
_CHANGED = f"""
WITH before AS MATERIALIZED (
    SELECT t.id, {_NOW} AS was FROM tasks.task t WHERE t.id IN (SELECT unnest(%(ids)s::bigint[]))
), changed AS (
    UPDATE tasks.task t SET {{sets}}
      FROM before b LEFT JOIN unnest(%(ids)s::bigint[], %(to)s::bigint[]) AS x (id, to_id) ON x.id = b.id
     WHERE t.id = b.id RETURNING t.id, b.was, {_NOW} AS became
)
INSERT INTO tasks.history (act_id, task_id, act, by_id, at, note, was, became)
SELECT %(act)s, id, %(what)s, %(me)s, %(now)s, %(note)s, was, became FROM changed ORDER BY id
RETURNING task_id AS id, (became ->> 'assignee_id')::bigint AS now
"""
_PROBLEMS: dict[str, type[Problem]] = {
    "tasks.not_open": Conflict, "tasks.not_yours": Denied, "tasks.cannot_read": Invalid, "tasks.urged": Conflict,
    "tasks.not_claimed": Conflict, "tasks.by_vote": Invalid, "tasks.has_one": Conflict,
}  # fmt: skip


def judge(
    tx: Tx, ids: Sequence[int], may: str = _WHOEVER, more: str = "", **params: Any
) -> tuple[list[Row], list[tuple[int, Problem]]]:
    """The tasks that may be changed, locked, and why the others may not."""
    if len(ids) > MOST:
        raise Invalid("tasks.too_many", path="ids", most=MOST)
    asked = {"ids": list(ids), "team": team(tx), **params}
    rows = tx.rows(_JUDGED.format(may=may, more=more), asked)
    known = {row["id"] for row in rows}
    refused: list[tuple[int, Problem]] = [(one, Missing("tasks.no_such", task=one)) for one in ids if one not in known]
    refused += [
        (row["id"], _PROBLEMS[row["refusal"]](row["refusal"], task=row["label"])) for row in rows if row["refusal"]
    ]
    return [row for row in rows if not row["refusal"]], refused


def change(
    tx: Tx, what: str, rows: list[Row], refused: list[tuple[int, Problem]], sets: str, note: str = "",
    to: Mapping[int, int] | None = None, **params: Any,
) -> Acted:  # fmt: skip
    """These tasks are changed, and it is known by whom."""
    if not rows:
        return Acted(refused=refused)
    act = int(tx.value("SELECT nextval('tasks.act')"))
    ids = [row["id"] for row in rows]
    given = {"ids": ids, "to": [(to or {}).get(one) for one in ids], "act": act, "what": what}
    now = {
        row["id"]: row["now"]
        for row in tx.rows(_CHANGED.format(sets=sets), {**given, "note": note.strip() or None, **params})
    }
    done = [{"id": row["id"], "label": row["label"], "was": row["was"], "now": now[row["id"]]} for row in rows]
    return Acted(act, done, refused)


def alone(acted: Acted) -> None:
    """Of one task: a refusal is an error."""
    for _, problem in acted.refused:
        raise problem


def take(tx: Tx, task_id: int) -> None:
    """A claimable task is the actor's."""
    may = f"({_CLAIMABLE}) OR {_MINE} AND t.candidates @> ARRAY[%(me)s::bigint]"
    rows, refused = judge(tx, [task_id], may, _SECOND, to=[tx.actor.id])
    alone(change(tx, "take", rows, refused, "assignee_id = %(me)s"))


def give_back(tx: Tx, task_id: int) -> None:
    """A task that was claimed is for whoever of its role takes it; there must be somebody else."""
    more = _VOTE + "WHEN coalesce(cardinality(t.candidates), 0) < 2 THEN 'tasks.not_claimed'"
    rows, refused = judge(tx, [task_id], _MINE, more)
    alone(change(tx, "give_back", rows, refused, "assignee_id = NULL, found_by = 'role'"))


def transfer_set(
    tx: Tx, to: Mapping[int, int], note: str = "", *, refused: Sequence[tuple[int, Problem]] = ()
) -> Acted:
    """Each task is the person's whom `to` names: they must be active."""
    people = sorted(set(to.values()))
    known = tx.rows(
        "SELECT id FROM people.person WHERE active AND id IN (SELECT unnest(%(people)s::bigint[]))", {"people": people}
    )
    if len(known) < len(people):
        raise Invalid("tasks.not_active", path="person")
    may = "true" if designs(tx) else _WHOEVER
    rows, more = judge(tx, list(to), may, _VOTE + _SECOND, to=list(to.values()))
    sets = "assignee_id = x.to_id, named_id = x.to_id, found_by = 'person'"
    moved = [row for row in rows if row["was"] != to[row["id"]]]
    return change(tx, "transfer", moved, [*refused, *more], sets, note, to)


def transfer(tx: Tx, task_id: int, person_id: int, note: str = "") -> None:
    """The task is somebody else's; they must be active."""
    alone(transfer_set(tx, {task_id: person_id}, note))


def snooze(tx: Tx, ids: Sequence[int], until: dt.datetime | None) -> Acted:
    """One's own tasks stand under 稍后 until then, and come back by themselves; None: they are back now."""
    if until is not None and until <= tx.now:
        raise Invalid("tasks.snooze_past", path="until")
    rows, refused = judge(tx, ids, _MINE)
    sets = "snoozed_until = %(until)s, snoozed_by = CASE WHEN %(until)s::timestamptz IS NULL THEN NULL ELSE %(me)s END"
    return change(tx, "snooze", rows, refused, sets, until=until)


def set_due(tx: Tx, ids: Sequence[int], due_at: dt.datetime | None, why: str = "") -> Acted:
    """They are due then."""
    if due_at is not None and due_at.astimezone(tx.zone).date() < tx.today:
        raise Invalid("tasks.due_past", path="due_on")
    rows, refused = judge(tx, ids, more=_VOTE)
    return change(tx, "due", rows, refused, "due_at = %(due)s", why, due=due_at)


def set_priority(tx: Tx, ids: Sequence[int], priority: int, why: str = "") -> Acted:
    """-1 low, 0 normal, 1 high."""
    rows, refused = judge(tx, ids)
    return change(tx, "priority", rows, refused, "priority = %(priority)s", why, priority=priority)


def urge(tx: Tx, ids: Sequence[int], note: str = "") -> Acted:
    """Whoever has them was asked to hurry, at most once in two hours per task. The caller tells them."""
    more = """WHEN t.assignee_id IS NULL THEN 'tasks.not_claimed' WHEN EXISTS (
             SELECT FROM tasks.history h WHERE h.task_id = t.id AND h.act = 'urge' AND h.at > %(since)s)
         THEN 'tasks.urged'"""
    since = tx.now - dt.timedelta(hours=URGE_HOURS)
    rows, refused = judge(tx, ids, _TEAM, more, since=since)
    return change(tx, "urge", rows, refused, "priority = t.priority", note)


def designs(tx: Tx) -> bool:
    """The actor may design: somebody must be able to mend."""
    return tx.actor.kind == "system" or bool(
        tx.value(
            "SELECT EXISTS (SELECT FROM people.membership m JOIN people.role r ON r.id = m.role_id"
            " WHERE m.person_id = %(me)s AND 'design' = ANY(r.may))"
        )
    )


_BACK = f"""
WITH mine AS MATERIALIZED (
    SELECT h.id, h.task_id, h.was, h.became FROM tasks.history h
     WHERE h.act_id = %(act)s AND h.by_id = %(me)s AND h.undone_at IS NULL
       AND h.act IN ('take', 'give_back', 'transfer', 'snooze', 'due', 'priority')
), standing AS MATERIALIZED (
    SELECT t.id, m.id AS history_id, m.was FROM mine m JOIN tasks.task t ON t.id = m.task_id
     WHERE t.state = 'open' AND {_NOW} = m.became
       AND NOT EXISTS (SELECT FROM tasks.history l WHERE l.task_id = t.id AND l.id > m.id AND l.undone_at IS NULL
                          AND l.act <> 'urge')
       AND ((m.was ->> 'assignee_id') IS NULL
            OR EXISTS (SELECT FROM people.person p WHERE p.id = (m.was ->> 'assignee_id')::bigint AND p.active))
     ORDER BY t.id FOR UPDATE OF t
), back AS (
    UPDATE tasks.task t
       SET assignee_id = (s.was ->> 'assignee_id')::bigint, named_id = (s.was ->> 'named_id')::bigint,
           found_by = s.was ->> 'found_by', snoozed_until = (s.was ->> 'snoozed_until')::timestamp AT TIME ZONE 'UTC',
           snoozed_by = (s.was ->> 'snoozed_by')::bigint,
           due_at = (s.was ->> 'due_at')::timestamp AT TIME ZONE 'UTC', priority = (s.was ->> 'priority')::smallint
      FROM standing s WHERE t.id = s.id
), undone AS (
    UPDATE tasks.history h SET undone_at = %(now)s, xid = pg_current_xact_id() FROM standing s WHERE h.id = s.history_id
)
SELECT (SELECT count(*) FROM standing) AS back, (SELECT count(*) FROM mine) AS asked
"""


def undo(tx: Tx, act: int) -> int:
    """The actor's act is taken back on every task that stands as it left it. Returns how many do not.

    errors  Missing tasks.no_act: never done by the actor, or taken back before
    """
    row = tx.one(_BACK, {"act": act})
    if row is None or not row["asked"]:
        raise Missing("tasks.no_act")
    return int(row["asked"] - row["back"])


_HISTORY = """
SELECT h.act, h.at, b.name AS by, h.note, h.undone_at,
       f.name AS from_name, w.name AS to_name,
       (h.was ->> 'due_at')::timestamp AT TIME ZONE 'UTC' AS due_before,
       (h.became ->> 'due_at')::timestamp AT TIME ZONE 'UTC' AS due_after,
       (h.was ->> 'priority')::int AS priority_before, (h.became ->> 'priority')::int AS priority_after,
       (h.became ->> 'snoozed_until')::timestamp AT TIME ZONE 'UTC' AS snoozed_until
  FROM tasks.history h
  LEFT JOIN people.person b ON b.id = h.by_id
  LEFT JOIN people.person f ON f.id = (h.was ->> 'assignee_id')::bigint
  LEFT JOIN people.person w ON w.id = (h.became ->> 'assignee_id')::bigint
 WHERE h.task_id = %(id)s ORDER BY h.id DESC LIMIT 100
"""


def history(tx: Tx, task_id: int) -> list[Row]:
    """Who did what to a task, latest first: for whoever has or had it, moved it, or looks after whose it is.

    errors  Missing tasks.no_such
    """
    may = f"{_WHOEVER} OR t.finished_by = %(me)s OR EXISTS (SELECT FROM tasks.history h WHERE h.task_id = t.id AND "
    may += "(h.by_id = %(me)s OR (h.was ->> 'assignee_id')::bigint = %(me)s))"
    seen = f"SELECT EXISTS (SELECT FROM tasks.task t WHERE t.id = %(id)s AND ({may}))"
    if not tx.value(seen, {"id": task_id, "team": team(tx)}) and not designs(tx):
        raise Missing("tasks.no_such", task=task_id)
    return tx.rows(_HISTORY, {"id": task_id})


# numbers of transactions to come stand in a database that was restored
_MOVED = """
SELECT DISTINCT unnest(ARRAY[h.by_id, (h.was ->> 'assignee_id')::bigint, (h.became ->> 'assignee_id')::bigint]
                       || t.candidates) AS id
  FROM tasks.history h JOIN tasks.task t ON t.id = h.task_id
 WHERE h.xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot) AND h.xid < pg_snapshot_xmax(pg_current_snapshot())
   AND NOT pg_visible_in_snapshot(h.xid, %(seen)s::pg_snapshot)
"""


def moved_since(tx: Tx, snapshot: str) -> set[int]:
    """People whose lists of tasks somebody has changed by hand since this snapshot: who did, who had and who has them,
    and who may take them."""
    return {row["id"] for row in tx.rows(_MOVED, {"seen": snapshot}) if row["id"] is not None}

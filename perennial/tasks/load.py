"""Who has how much to do, and how it could be shared by what each can do in a week."""

from dataclasses import dataclass
from fractions import Fraction

from perennial import access
from perennial.kernel import Denied, Invalid, Row, Tx
from perennial.tasks.acts import team
from perennial.tasks.inbox import TEAM, moments

MOST_MOVED = 200  # tasks of one proposal

_LOAD = """
SELECT p.id, p.name, d.name AS department, people.capacity_of(p.capacity) AS capacity,
       people.stand_in(p.id, %(today)s) IS DISTINCT FROM p.id AS away,
       ARRAY(SELECT m.role_id FROM people.membership m WHERE m.person_id = p.id ORDER BY 1) AS roles,
       coalesce(l.open, 0) AS open, coalesce(l.overdue, 0) AS overdue, coalesce(l.today, 0) AS today,
       coalesce(l.week, 0) AS week, coalesce(l.high, 0) AS high, coalesce(l.snoozed, 0) AS snoozed,
       coalesce(greatest(0, kernel.workdays_between(
           (l.oldest_due AT TIME ZONE %(zone)s)::date + 1, %(today)s)), 0) AS late_workdays
  FROM people.person p
  LEFT JOIN people.department d ON d.id = p.department_id
  LEFT JOIN (SELECT t.assignee_id, count(*) AS open,
                    count(*) FILTER (WHERE t.due_at < %(now)s) AS overdue,
                    count(*) FILTER (WHERE t.due_at >= %(now)s AND t.due_at < %(tomorrow)s) AS today,
                    count(*) FILTER (WHERE t.due_at >= %(tomorrow)s AND t.due_at < %(monday)s) AS week,
                    count(*) FILTER (WHERE t.due_at < %(tomorrow)s AND t.due_at >= %(now)s AND t.priority > 0) AS high,
                    count(*) FILTER (WHERE t.snoozed_until > %(now)s AND t.snoozed_by = t.assignee_id) AS snoozed,
                    min(t.due_at) FILTER (WHERE t.due_at < %(now)s) AS oldest_due
               FROM tasks.task t WHERE t.state = 'open' AND t.assignee_id = ANY(%(team)s::bigint[])
              GROUP BY t.assignee_id) l ON l.assignee_id = p.id
 WHERE p.id = ANY(%(team)s::bigint[])
 ORDER BY l.open IS NULL, d.id, convert_to(p.name, 'GB18030'), p.id
"""


def load(tx: Tx) -> list[Row]:
    """Everybody of the team: open tasks, those overdue, due today, due later this week, and how many they can do in it;
    `high`: those due today of high priority."""
    return tx.rows(_LOAD, {**moments(tx), "team": team(tx), "zone": tx.zone.key})


def team_open(tx: Tx) -> int:
    """Open tasks of the team, those that nobody has taken yet among them."""
    return int(tx.value(f"SELECT count(*) FROM tasks.task t WHERE t.state = 'open' AND {TEAM}", {"team": team(tx)}))


def unclaimed(tx: Tx) -> int:
    """Open tasks that wait for somebody of the team to take them."""
    return int(
        tx.value(
            "SELECT count(*) FROM tasks.task t WHERE t.state = 'open' AND t.assignee_id IS NULL"
            " AND t.candidates && %(team)s::bigint[]",
            {"team": team(tx)},
        )
    )


def set_capacity(tx: Tx, person_id: int, capacity: int | None) -> None:
    """So many tasks can this person of the team do in a week; None: as the workspace says."""
    if person_id not in team(tx):
        raise Denied("tasks.not_team")
    if capacity is not None and not 0 <= capacity <= 999:
        raise Invalid("tasks.capacity", path="capacity")
    tx.run(
        "UPDATE people.person SET capacity = %(capacity)s WHERE id = %(id)s", {"id": person_id, "capacity": capacity}
    )


@dataclass(frozen=True, slots=True)
class Share:
    """Who would have how much of this week's work."""

    id: int
    name: str
    capacity: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """`moves`: task -> to whom; `stuck`: tasks that should move and that nobody with room may read."""

    people: list[Share]
    moves: dict[int, int]
    stuck: int


_SPARE = """
SELECT id, form, record_id, assignee_id FROM (
    SELECT t.id, k.form, t.record_id, t.assignee_id, x.n,
           row_number() OVER (PARTITION BY t.assignee_id ORDER BY t.priority, t.due_at DESC, t.id DESC) AS nth
      FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
      JOIN unnest(%(people)s::bigint[], %(spare)s::int[]) AS x (id, n) ON x.id = t.assignee_id
     WHERE t.state = 'open' AND t.due_at < %(monday)s AND t.vote_id IS NULL) s
 WHERE nth <= n ORDER BY nth, id LIMIT %(most)s
"""


def even(tx: Tx) -> Proposal:
    """This week's tasks shared by what each can do: who has more than their part would give the least pressing away, to
    whom may read them, among people of the same roles. Nothing is changed. Who is away neither gives nor gets."""
    rows = [row for row in load(tx) if not row["away"] and row["capacity"] > 0]
    loads = {row["id"]: row["overdue"] + row["today"] + row["week"] for row in rows}
    peers = {row["id"]: tuple(row["roles"]) for row in rows}
    parts: dict[int, int] = {}
    for roles in sorted(set(peers.values())):
        same = {row["id"]: row["capacity"] for row in rows if peers[row["id"]] == roles}
        parts |= shares({one: loads[one] for one in same}, same)
    spare = {one: loads[one] - parts[one] for one in loads if loads[one] > parts[one]}
    room = {one: parts[one] - loads[one] for one in loads if loads[one] < parts[one]}
    given = {"people": list(spare), "spare": list(spare.values()), "most": MOST_MOVED, **moments(tx)}
    tasks = tx.rows(_SPARE, given) if spare else []
    may = {
        form: access.readable_by(tx, form, {one["record_id"] for one in tasks if one["form"] == form}, room)
        for form in sorted({one["form"] for one in tasks})
    }
    moves: dict[int, int] = {}
    after, stuck = dict(loads), 0
    for task in tasks:
        able = [
            one for one, free in room.items()
            if free and peers[one] == peers[task["assignee_id"]] and (one, task["record_id"]) in may[task["form"]]
        ]  # fmt: skip
        if not able:
            stuck += 1
            continue
        to = max(able, key=lambda one: (room[one], -one))
        moves[task["id"]] = to
        room[to] -= 1
        after[to] += 1
        after[task["assignee_id"]] -= 1
    return Proposal(
        [Share(row["id"], row["name"], row["capacity"], loads[row["id"]], after[row["id"]]) for row in rows],
        moves,
        stuck,
    )


def shares(loads: dict[int, int], capacities: dict[int, int]) -> dict[int, int]:
    """The whole, in parts like the capacities; what is left over by rounding goes to the largest remainders."""
    whole, total = sum(loads.values()), sum(capacities.values())
    exact = {one: Fraction(whole * capacity, total) for one, capacity in capacities.items()}
    parts = {one: int(part) for one, part in exact.items()}
    # of equal remainders first to whoever has more: fewer tasks move
    rest = sorted(exact, key=lambda one: (parts[one] - exact[one], -loads[one], one))
    for one in rest[: whole - sum(parts.values())]:
        parts[one] += 1
    return parts

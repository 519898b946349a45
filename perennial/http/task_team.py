"""A supervisor's view: who has how much to do, how it could be shared, and what is to come."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict

from perennial import processes, tasks
from perennial.http.edge import InTx, Router
from perennial.http.processes import titled
from perennial.http.task_rows import described
from perennial.kernel import Denied, Invalid

router = Router(prefix="/tasks", tags=["tasks"])

MOST_DAYS = 62
MOST_STEPS = 500


class LoadOut(BaseModel):
    """`week`: due later this week; `high`: due today, of high priority; `late_workdays` of the oldest one overdue."""

    id: int
    name: str
    department: str | None
    capacity: int
    away: bool
    open: int
    overdue: int
    today: int
    week: int
    high: int
    snoozed: int
    late_workdays: int


class TeamOut(BaseModel):
    people: list[LoadOut]
    unclaimed: int


class CapacityIn(BaseModel):
    """How many tasks a week; null: as usual."""

    model_config = ConfigDict(extra="forbid")

    capacity: int | None


class ShareOut(BaseModel):
    id: int
    name: str
    capacity: int
    before: int
    after: int


class MoveOut(BaseModel):
    id: int
    to: int


class EvenOut(BaseModel):
    """`stuck`: tasks that should move and that nobody with room may read."""

    people: list[ShareOut]
    moves: list[MoveOut]
    stuck: int


class CalendarOut(BaseModel):
    """`days`: how many tasks are due on each; `tasks`: the first of them; `steps`: what the plan expects for their
    records (`certain` false: 预计)."""

    days: dict[dt.date, int]
    tasks: list[dict[str, Any]]
    steps: list[dict[str, Any]]


@router.get("/team")
def read_team(tx: InTx) -> TeamOut:
    """Everybody whom I look after; nobody for who looks after nobody."""
    return TeamOut(people=[LoadOut(**row) for row in tasks.load(tx)], unclaimed=tasks.unclaimed(tx))


@router.put("/team/{person}/capacity", status_code=204)
def set_person_capacity(tx: InTx, person: int, given: CapacityIn) -> None:
    """So much can this person of my team do in a week."""
    tasks.set_capacity(tx, person, given.capacity)


@router.get("/team/even")
def propose_even_shares(tx: InTx) -> EvenOut:
    """This week's tasks shared by what each can do. A proposal: nothing is changed."""
    found = tasks.even(tx)
    return EvenOut(
        people=[ShareOut(**asdict(one)) for one in found.people],
        moves=[MoveOut(id=one, to=to) for one, to in found.moves.items()],
        stuck=found.stuck,
    )


@router.get("/calendar")
def read_calendar(tx: InTx, since: dt.date, until: dt.date, person: int | None = None) -> CalendarOut:
    """What is due in these days, both included, for me or for somebody of my team, and what is expected to come."""
    whose = person or tx.actor.id or 0
    if whose != tx.actor.id and whose not in tasks.team(tx):
        raise Denied("tasks.not_team")
    if not 0 <= (until - since).days <= MOST_DAYS:
        raise Invalid("tasks.calendar_span", path="until", most=MOST_DAYS)
    first = dt.datetime.combine(since, dt.time(), tx.zone)
    last = dt.datetime.combine(until, dt.time(), tx.zone) + dt.timedelta(days=1)
    days, found = tasks.between(tx, whose, first, last)
    steps = processes.plan(tx, last, since=first, limit=MOST_STEPS, owner=whose)
    return CalendarOut(days=days, tasks=described(tx, found), steps=titled(tx, steps))

"""Simulations: ask for one, follow it, read who would get what when."""

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from perennial import simulation
from perennial.http.edge import InTx, Router, allow

router = Router(tags=["simulation"], prefix="/simulations")

People = Literal["nobody", "median"]


class SimulationAsk(BaseModel):
    model_config = ConfigDict(extra="forbid")

    until: dt.date
    people: People = "median"


class SimulationLine(BaseModel):
    """`reached_on` is the progress between `asked_at` and `until_on`."""

    id: int
    state: Literal["queued", "running", "done", "failed"]
    people: People
    until_on: dt.date
    asked_at: dt.datetime
    asked_by: str | None
    copied_at: dt.datetime | None
    reached_on: dt.date | None
    seconds: float | None
    problem: str | None


class Habit(BaseModel):
    """How tasks of one kind are assumed to be done; `seen`: from how many."""

    form: str
    key: str
    label: str
    days: float
    outcome: str | None
    seen: int


class WeekLoad(BaseModel):
    count: int
    kinds: dict[str, int]


class PersonLoad(BaseModel):
    """Tasks per week (Monday -> load); `capacity`: what the person finishes in a usual week."""

    id: int
    name: str
    department: str | None
    capacity: float | None
    weeks: dict[str, WeekLoad]


class WeekOut(BaseModel):
    week: dt.date
    tasks: int
    mails: int
    notices: int


class SimulationOut(SimulationLine):
    habits: list[Habit]
    figures: dict[str, int]
    load: list[PersonLoad]
    weeks: list[WeekOut]


class EntryOut(BaseModel):
    at: dt.datetime
    kind: Literal["task", "message", "renewed"]
    label: str
    person_id: int | None
    name: str | None
    channel: str | None
    form: str
    record_id: int | None
    record: str


class Asked(BaseModel):
    id: int


@router.get("")
def list_simulations(tx: InTx) -> list[SimulationLine]:
    allow(tx, "design")
    return [SimulationLine(**row) for row in simulation.runs(tx)]


@router.post("", status_code=202)
def ask_simulation(tx: InTx, body: SimulationAsk) -> Asked:
    allow(tx, "design")
    return Asked(id=simulation.ask(tx, body.until, body.people))


@router.get("/{id}")
def read_simulation(tx: InTx, id: int) -> SimulationOut:
    allow(tx, "design")
    row = simulation.read(tx, id)
    result: dict[str, Any] = row.pop("result") or {}
    return SimulationOut(
        **row,
        habits=[Habit(**one) for one in result.get("assumption", {}).get("habits", [])],
        figures=result.get("figures", {}),
        load=[PersonLoad(**one) for one in result.get("people", [])],
        weeks=[WeekOut(**one) for one in result.get("weeks", [])],
    )


@router.get("/{id}/entries")
def list_simulation_entries(
    tx: InTx,
    id: int,
    person_id: int | None = None,
    week: dt.date | None = None,
    record_id: int | None = None,
    kind: Literal["task", "message", "renewed"] | None = None,
) -> list[EntryOut]:
    allow(tx, "design")
    rows = simulation.entries(tx, id, person_id=person_id, week=week, record_id=record_id, kind=kind)
    return [EntryOut(**row) for row in rows]

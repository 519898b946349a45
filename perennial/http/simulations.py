"""Simulations: ask for one, follow it, read who would get what when."""

import datetime as dt
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from perennial import simulation
from perennial.http.edge import InTx, Router, allow

router = Router(tags=["simulation"], prefix="/simulations")

People = Literal["nobody", "median", "script"]


class ScriptLine(BaseModel):
    """Tasks of this kind are done after so many days by this outcome (null: the first)."""

    model_config = ConfigDict(extra="forbid")

    form: str = Field(max_length=100)
    key: str = Field(max_length=100)
    days: float
    outcome: str | None = Field(default=None, max_length=100)


class SimulationAsk(BaseModel):
    """`script`: with people `script`; a kind of task that it does not name is not done."""

    model_config = ConfigDict(extra="forbid")

    until: dt.date
    people: People = "median"
    script: list[ScriptLine] = Field(default=[], max_length=500)


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
    label_en: str = ""
    days: float
    outcome: str | None
    outcome_label: str | None = None
    outcome_label_en: str | None = None
    seen: int


class OutcomeOut(BaseModel):
    key: str
    label: str
    label_en: str


class KindOut(Habit):
    """A kind of task, as it was done so far, and the ways in which it can end."""

    outcomes: list[OutcomeOut]


class WeekLoad(BaseModel):
    count: int
    kinds: dict[str, int]


class PersonLoad(BaseModel):
    """Tasks per week (Monday -> load); `capacity`: what the person finishes in a usual week; `over`: weeks above it."""

    id: int
    name: str
    department: str | None
    capacity: float | None
    weeks: dict[str, WeekLoad]
    over: list[dt.date] = []


class WeekOut(BaseModel):
    week: dt.date
    tasks: int
    mails: int
    notices: int


class Stale(BaseModel):
    """What is newer than the copy: other definitions are in force; so many changes of records (1,000: or more)."""

    definitions: bool
    changes: int


class SimulationOut(SimulationLine):
    """`released`: channels that the workspace holds and the run took for released."""

    script: list[ScriptLine]
    stale: Stale | None
    released: list[str]
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


class FigurePair(BaseModel):
    key: str
    first: int
    second: int


class PersonPair(BaseModel):
    """Of both runs: tasks, most of them in one week, weeks above the capacity."""

    id: int
    name: str
    tasks: tuple[int, int]
    peak: tuple[int, int]
    over: tuple[int, int]


class KindPair(BaseModel):
    kind: Literal["task", "message", "renewed"]
    label: str
    first: int
    second: int


class EntryPair(BaseModel):
    """Something that happens at another moment in one of the runs, or not at all (null)."""

    form: str
    record_id: int | None
    record: str
    kind: Literal["task", "message", "renewed"]
    label: str
    name: str | None
    first: dt.datetime | None
    second: dt.datetime | None


class Comparison(BaseModel):
    """Two runs side by side, what is equal included (but not under `records`)."""

    first: SimulationLine
    second: SimulationLine
    figures: list[FigurePair]
    people: list[PersonPair]
    kinds: list[KindPair]
    records: list[EntryPair]
    more: bool


class Asked(BaseModel):
    id: int


@router.get("")
def list_simulations(tx: InTx) -> list[SimulationLine]:
    allow(tx, "design")
    return [SimulationLine(**row) for row in simulation.runs(tx)]


@router.post("", status_code=202)
def ask_simulation(tx: InTx, body: SimulationAsk) -> Asked:
    allow(tx, "design")
    script = [simulation.Line(**line.model_dump()) for line in body.script]
    return Asked(id=simulation.ask(tx, body.until, body.people, script))


@router.get("/kinds")
def list_kinds(tx: InTx) -> list[KindOut]:
    """Every kind of task with what it took so far: what a script begins with."""
    allow(tx, "design")
    return [
        KindOut(**one.as_json(), outcomes=[OutcomeOut(**asdict(outcome)) for outcome in one.outcomes])
        for one in simulation.habits(tx)
    ]


@router.get("/compare")
def compare_simulations(tx: InTx, first: int, second: int) -> Comparison:
    """409 when one of them has no result."""
    allow(tx, "design")
    return Comparison(**simulation.compare(tx, first, second))


@router.get("/{id}")
def read_simulation(tx: InTx, id: int) -> SimulationOut:
    allow(tx, "design")
    row = simulation.read(tx, id)
    result: dict[str, Any] = row.pop("result") or {}
    return SimulationOut(
        **row,
        released=result.get("assumption", {}).get("released", []),
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

"""Simulations: ask for one, follow it, read who would get what when."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from perennial import simulation
from perennial.http.edge import InTx, Router, allow
from perennial.http.errors import language_of
from perennial.http.files import disposition
from perennial.http.simulation_file import written

router = Router(tags=["simulation"], prefix="/simulations")

People = Literal["nobody", "median", "script"]
Kind = Literal["task", "approval", "message", "change", "open", "renewed"]
Name = Annotated[str, Field(max_length=100)]


class ScriptLine(BaseModel):
    """Tasks of this kind are done after so many days by this outcome (null: the first)."""

    model_config = ConfigDict(extra="forbid")

    form: str = Field(max_length=100)
    key: str = Field(max_length=100)
    days: float
    outcome: str | None = Field(default=None, max_length=100)


class EditLine(BaseModel):
    """On the evening of `on` the records that meet `when` have these values: field -> formula."""

    model_config = ConfigDict(extra="forbid")

    on: dt.date
    form: Name
    values: dict[str, str] = Field(min_length=1, max_length=50)
    when: str = Field(default="", max_length=4000)


class InsteadIn(BaseModel):
    """What stands instead of the process in force: its draft (`version` null), or an older version. `migrate`: what is
    under way comes along."""

    model_config = ConfigDict(extra="forbid")

    process: Name
    version: int | None = None
    migrate: bool = True


class SimulationAsk(BaseModel):
    """`script` and `edits`: with people `script`; a kind of task that it does not name is not done. `process`: tell of
    this one alone; absent: all. `instead`: compare with what would stand there instead."""

    model_config = ConfigDict(extra="forbid")

    until: dt.date
    people: People = "median"
    script: list[ScriptLine] = Field(default=[], max_length=500)
    edits: list[EditLine] = Field(default=[], max_length=200)
    process: Name | None = None
    instead: InsteadIn | None = None


class InsteadOut(BaseModel):
    """`number`: of the version in force when it was asked for; null: a new process."""

    process: str
    label: str
    label_en: str
    version: int | None
    draft: bool
    number: int | None
    migrate: bool


class MovedOut(BaseModel):
    """Of what was under way in the copy: how many came along, how many stayed on their version."""

    moved: int
    stayed: int


class SimulationLine(BaseModel):
    """`reached_on` is the progress between `asked_at` and `until_on`. `base_id`: the same days without `instead`."""

    id: int
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    people: People
    until_on: dt.date
    asked_at: dt.datetime
    asked_by: str | None
    copied_at: dt.datetime | None
    reached_on: dt.date | None
    seconds: float | None
    problem: str | None
    process: str | None
    instead: InsteadOut | None
    base_id: int | None


class Habit(BaseModel):
    """How tasks of one kind are assumed to be done; `seen`: from how many."""

    form: str
    key: str
    label: str
    label_en: str = ""
    approval: bool = False
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
    """`tasks` are approvals too; `peak`: most of them on one day, `peak_on`."""

    week: dt.date
    tasks: int
    approvals: int = 0
    mails: int
    notices: int
    peak: int = 0
    peak_on: dt.date | None = None


class Stale(BaseModel):
    """What is newer than the copy: other definitions are in force, the draft is another; so many changes of records
    (1,000: or more)."""

    definitions: bool
    draft: bool
    changes: int


class SimulationOut(SimulationLine):
    """`released`: channels that the workspace holds and the run took for released."""

    script: list[ScriptLine]
    edits: list[EditLine]
    stale: Stale | None
    released: list[str]
    migrated: MovedOut | None
    habits: list[Habit]
    figures: dict[str, float]
    load: list[PersonLoad]
    weeks: list[WeekOut]


class Why(BaseModel):
    """What led there: the last condition and the way it took, else how the process began."""

    label: str | None = None
    label_en: str | None = None
    way: str | None = None
    otherwise: bool | None = None
    entry: str | None = None


class EntryOut(BaseModel):
    """`open`: a task that lay open when the copy was taken; `change`: what the process writes itself. `done_at`,
    `outcome`: of a task, by the assumption about people."""

    at: dt.datetime
    kind: Kind
    label: str
    person_id: int | None
    name: str | None
    channel: str | None
    form: str
    record_id: int | None
    record: str
    process: str | None
    node: str | None
    why: Why | None
    done_at: dt.datetime | None
    outcome: str | None


class FigurePair(BaseModel):
    key: str
    first: float
    second: float


class PersonPair(BaseModel):
    """Of both runs: tasks, most of them in one week, weeks above the capacity."""

    id: int
    name: str
    tasks: tuple[int, int]
    peak: tuple[int, int]
    over: tuple[int, int]


class KindPair(BaseModel):
    kind: Kind
    label: str
    first: int
    second: int


class EntryPair(BaseModel):
    """Something that happens at another moment in one of the runs, or not at all (null)."""

    form: str
    record_id: int | None
    record: str
    kind: Kind
    label: str
    name: str | None
    first: dt.datetime | None
    second: dt.datetime | None


class Counted(BaseModel):
    """Of all differences: on how many records; what only the second has, what only the first has, what is earlier or
    later."""

    records: int
    gained: int
    lost: int
    moved: int


class Comparison(BaseModel):
    """Two runs side by side, what is equal included (but not under `records`, the first of what differs)."""

    first: SimulationLine
    second: SimulationLine
    figures: list[FigurePair]
    people: list[PersonPair]
    kinds: list[KindPair]
    records: list[EntryPair]
    more: bool
    counted: Counted


class Asked(BaseModel):
    id: int


@router.get("")
def list_simulations(tx: InTx) -> list[SimulationLine]:
    allow(tx, "design")
    return [SimulationLine(**row) for row in simulation.runs(tx)]


@router.post("", status_code=202)
def ask_simulation(tx: InTx, body: SimulationAsk) -> Asked:
    """422 or 409 with what is wrong with the draft, the script, the day."""
    allow(tx, "design")
    asked = simulation.ask(
        tx, body.until, body.people, [simulation.Line(**line.model_dump()) for line in body.script],
        edits=[simulation.Edit(**edit.model_dump()) for edit in body.edits], process=body.process,
        instead=simulation.Instead(**body.instead.model_dump()) if body.instead else None,
    )  # fmt: skip
    return Asked(id=asked)


@router.get("/kinds")
def list_kinds(tx: InTx, process: str | None = None, version: int | None = None) -> list[KindOut]:
    """Every kind of task with what it took so far: what a script begins with. `process`: as if its draft, or this
    version of it, were in force."""
    allow(tx, "design")
    drawn = simulation.drawn(tx, simulation.Instead(process, version)) if process else None
    return [
        KindOut(**one.as_json(), outcomes=[OutcomeOut(**asdict(outcome)) for outcome in one.outcomes])
        for one in simulation.habits(tx, simulation.definition(drawn))
    ]


@router.post("/{id}/cancel", status_code=204)
def cancel_simulation(tx: InTx, id: int) -> None:
    """409 when it is over."""
    allow(tx, "design")
    simulation.cancel(tx, id)


@router.get("/{id}/file")
def simulation_file(tx: InTx, request: Request, id: int) -> Response:
    """Who would get what when, as CSV; above it what was assumed. As far as I may read the records."""
    allow(tx, "design")
    row, language = simulation.read(tx, id), language_of(request)
    name = f"{'模拟' if language == 'zh' else 'simulation'}-{id}-{row['until_on']}.csv"
    body = written(row, simulation.entries(tx, id, limit=100_000), language, tx.zone)
    return Response(
        body, media_type="text/csv; charset=utf-8", headers={"content-disposition": disposition(name, inline=False)}
    )


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
        migrated=result.get("assumption", {}).get("migrated"),
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
    form: str | None = None,
    kind: Kind | None = None,
) -> list[EntryOut]:
    allow(tx, "design")
    rows = simulation.entries(tx, id, person_id=person_id, week=week, record_id=record_id, form=form, kind=kind)
    return [EntryOut(**row) for row in rows]

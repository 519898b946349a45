"""The inbox: pages of what waits for a person, and what is done to many tasks at once."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from perennial import access, processes, tasks
from perennial.http.edge import InTx, Router
from perennial.http.task_rows import ActedOut, acted, described, refusals, tell
from perennial.http.tasks import at_end_of
from perennial.kernel import Invalid, Problem, Tx

router = Router(prefix="/tasks", tags=["tasks"])

Ids = Annotated[list[int], Field(min_length=1, max_length=500)]
Note = Annotated[str, Field(max_length=2000)]


class TaskPage(BaseModel):
    """`next`: the `after` of the following page."""

    rows: list[dict[str, Any]]
    next: str | None


class TaskKindOut(BaseModel):
    form: str
    kind: str
    label: str
    label_en: str
    process: str | None
    process_label: str | None
    process_label_en: str | None
    count: int


class FiguresOut(BaseModel):
    """Of my open tasks; `snoozed` are in none of the others. `sent`: given to others and still open; `team`: of those
    whom I look after, null when there is nobody."""

    open: int
    overdue: int
    today: int
    week: int
    later: int
    undated: int
    claimable: int
    snoozed: int
    sent: int
    team: int | None
    kinds: list[TaskKindOut]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MoveIn(_Input):
    id: int
    to: int


class MovesIn(_Input):
    moves: Annotated[list[MoveIn], Field(min_length=1, max_length=500)]
    note: Note = ""


class SnoozeIn(_Input):
    """`until`: on the workspace's clock when it has no offset; null: back at once."""

    ids: Ids
    until: dt.datetime | None


class DueIn(_Input):
    """Due at the end of that day."""

    ids: Ids
    due_on: dt.date | None
    why: Note = ""


class PriorityIn(_Input):
    ids: Ids
    priority: Literal[-1, 0, 1]
    why: Note = ""


class UrgeIn(_Input):
    ids: Ids
    note: Note = ""


class FinishManyIn(_Input):
    ids: Annotated[list[int], Field(min_length=1, max_length=100)]
    outcome: str | None = None
    values: dict[str, Any] = {}


class IdsIn(_Input):
    ids: Ids


class TargetOut(BaseModel):
    """A colleague who could have these tasks: they may read the records of `readable` of them."""

    id: int
    readable: int


class TasksUndoneOut(BaseModel):
    """`kept`: tasks that somebody has touched since, which therefore stay as they are."""

    kept: int


@router.get("/inbox")
def page_tasks(
    tx: InTx, view: tasks.View = "mine", due: tasks.Due | None = None, process: str | None = None, kind: str = "",
    form: str = "", priority: Literal[-1, 0, 1] | None = None, claimable: bool = False, search: str = "",
    person: int | None = None, each: Annotated[int | None, Field(ge=1, le=50)] = None, sort: tasks.Sort = "due",
    after: str = "", limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> TaskPage:  # fmt: skip
    """Open tasks: mine with those I may claim, those I put off, or my team's (`person` 0: nobody's yet; `each`: at most
    so many of each person, no further page)."""
    kinds = None if process is None else processes.kinds_of(tx, process)
    wanted = tasks.Wanted(view, due, kinds, kind, form, priority, claimable, search, person, each, sort, after, limit)
    found = tasks.page(tx, wanted)
    return TaskPage(rows=described(tx, found.rows), next=found.next)


@router.get("/sent")
def page_sent_tasks(tx: InTx, open_only: bool = False, after: int | None = None, limit: int = 50) -> TaskPage:
    """What I gave to others, latest first, and how it went on."""
    found = tasks.sent(tx, open_only=open_only, after=after, limit=limit)
    return TaskPage(rows=described(tx, found.rows), next=found.next)


@router.get("/figures")
def task_figures(tx: InTx, view: tasks.View = "mine") -> FiguresOut:
    """How many there are of each, and the kinds in this view."""
    kinds = tasks.kinds_here(tx, view)
    asking = processes.of_kinds(tx, [row["kind_id"] for row in kinds]) if kinds else {}
    merged: dict[tuple[str, str, str | None], TaskKindOut] = {}
    for row in kinds:
        process = asking.get(row["kind_id"])
        key = row["form"], row["kind"], process["key"] if process else None
        if key in merged:  # another version of the same process
            merged[key].count += row["n"]
            continue
        merged[key] = TaskKindOut(
            form=row["form"], kind=row["kind"], label=row["label"], label_en=row["label_en"], process=key[2],
            process_label=process["label"] if process else None,
            process_label_en=process["label_en"] if process else None, count=row["n"],
        )  # fmt: skip
    team = tasks.team_open(tx) if tasks.team(tx) else None
    return FiguresOut(**tasks.figures(tx), sent=tasks.sent_open(tx), team=team, kinds=list(merged.values()))


@router.post("/transfer")
def transfer_tasks(tx: InTx, moves: MovesIn) -> ActedOut:
    """Each task is somebody else's, who may read its record; they and whoever had it are told once."""
    to = {one.id: one.to for one in moves.moves}
    refused = _unreadable(tx, to)
    done = tasks.transfer_set(
        tx, {one: person for one, person in to.items() if one not in refused}, moves.note, refused=[*refused.items()]
    )
    tell(tx, done, "given", "now")
    tell(tx, done, "taken", "was")
    return acted(tx, done)


def _unreadable(tx: Tx, to: dict[int, int]) -> dict[int, Problem]:
    """Tasks whose record the person named for them may not read."""
    rows = tasks.records_of(tx, list(to), seen=True)
    may = {
        form: access.readable_by(tx, form, {row["record_id"] for row in rows if row["form"] == form}, to.values())
        for form in sorted({row["form"] for row in rows})
    }
    return {
        row["id"]: Invalid("tasks.cannot_read", path="to", task=row["label"])
        for row in rows if (to[row["id"]], row["record_id"]) not in may[row["form"]]
    }  # fmt: skip


@router.post("/targets")
def find_targets(tx: InTx, asked: IdsIn) -> list[TargetOut]:
    """Who could have these tasks of mine or my team's."""
    rows, count = tasks.records_of(tx, asked.ids, seen=True), dict[int, int]()
    for form in sorted({row["form"] for row in rows}):
        mine = [row["record_id"] for row in rows if row["form"] == form]
        for person, record in access.readable_by(tx, form, mine):
            count[person] = count.get(person, 0) + mine.count(record)
    return [TargetOut(id=person, readable=n) for person, n in sorted(count.items())]


@router.post("/snooze")
def snooze_tasks(tx: InTx, snooze: SnoozeIn) -> ActedOut:
    """My tasks are put off, and come back by themselves."""
    until = snooze.until
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=tx.zone)
    return acted(tx, tasks.snooze(tx, snooze.ids, until))


@router.post("/due")
def set_tasks_due(tx: InTx, due: DueIn) -> ActedOut:
    """They are due on another day; it is kept who changed it and why."""
    return acted(tx, tasks.set_due(tx, due.ids, at_end_of(tx, due.due_on), due.why))


@router.post("/priority")
def set_tasks_priority(tx: InTx, priority: PriorityIn) -> ActedOut:
    """They press more, or less."""
    return acted(tx, tasks.set_priority(tx, priority.ids, priority.priority, priority.why))


@router.post("/urge")
def urge_tasks(tx: InTx, urge: UrgeIn) -> ActedOut:
    """Whoever of my team has them is asked to hurry, by one notice each."""
    done = tasks.urge(tx, urge.ids, urge.note)
    tell(tx, done, "urged", "was")
    return acted(tx, tasks.Acted(None, done.done, done.refused))


@router.post("/finish")
def finish_tasks(tx: InTx, finish: FinishManyIn) -> ActedOut:
    """Each is done with the same outcome and values, or named with why not."""
    done, refused = processes.finish_each(tx, finish.ids, finish.values, finish.outcome)
    return ActedOut(act=None, done=done, refused=refusals(tx, refused))


@router.post("/acts/{act}/undo")
def undo_task_act(tx: InTx, act: int) -> TasksUndoneOut:
    """What I did is taken back wherever nobody has touched the task since."""
    return TasksUndoneOut(kept=tasks.undo(tx, act))

"""Tasks one by one, a task by hand, and the workbench."""

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from perennial import access, processes, tasks
from perennial.http.edge import InTx, Router
from perennial.http.task_rows import described, tell
from perennial.kernel import Tx

router = Router(tags=["tasks"])

DONE_BY = dt.time(18)  # a task is due at the end of a day
NOUNS = {"task": "项", "notify": "封"}  # how what happened is counted


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TaskIn(_Input):
    """A task by hand. `person_id`: whose (None: mine); `due_on`: due at the end of that day."""

    form: str
    record_id: int
    title: str
    person_id: int | None = None
    due_on: dt.date | None = None
    priority: Literal[-1, 0, 1] = 0
    note: str = Field(default="", max_length=2000)


class TaskMade(BaseModel):
    id: int


class FinishIn(BaseModel):
    values: dict[str, Any] = {}
    outcome: str | None = None
    version: int | None = None


class TransferIn(BaseModel):
    person_id: int
    note: str = Field(default="", max_length=2000)


def at_end_of(tx: Tx, day: dt.date | None) -> dt.datetime | None:
    return None if day is None else dt.datetime.combine(day, DONE_BY, tx.zone)


@router.get("/tasks")
def list_tasks(
    tx: InTx, view: Literal["mine", "done"] = "mine", form: str | None = None, record_id: int | None = None
) -> list[dict[str, Any]]:
    """Mine and those I may claim, most pressing first; of one record, all of its tasks."""
    if form is not None and record_id is not None:
        rows = access.readable(tx, form)
        visible = tx.one(rows.select().where(rows.source.field("id") == record_id)) is not None
        found = tasks.of_record(tx, form, record_id) if visible else []
    else:
        found = tasks.mine(tx, done=view == "done")
    return described(tx, found)


@router.post("/tasks", status_code=201)
def create_task(tx: InTx, task: TaskIn) -> TaskMade:
    """Somebody has something to do about a record."""
    made = tasks.create(
        tx, task.form, task.record_id, task.title, person_id=task.person_id, due_at=at_end_of(tx, task.due_on),
        priority=task.priority, note=task.note,
    )  # fmt: skip
    if task.person_id is not None:
        tell(tx, tasks.Acted(None, [{"id": made, "label": task.title.strip(), "now": task.person_id}]), "given", "now")
    return TaskMade(id=made)


@router.post("/tasks/{id}/finish")
def finish_task(tx: InTx, id: int, finish: FinishIn) -> None:
    """The task is done: its fields are on the record, what comes next has come."""
    processes.finish_task(tx, id, finish.values, finish.outcome, finish.version)


@router.post("/tasks/{id}/transfer")
def transfer_task(tx: InTx, id: int, to: TransferIn) -> None:
    """The task is somebody else's."""
    tasks.transfer(tx, id, to.person_id, to.note)


@router.post("/tasks/{id}/take")
def take_task(tx: InTx, id: int) -> None:
    """A claimable task is mine."""
    tasks.take(tx, id)


@router.post("/tasks/{id}/give-back")
def give_task_back(tx: InTx, id: int) -> None:
    """A task that I took is for whoever of its role takes it."""
    tasks.give_back(tx, id)


class TaskActOut(BaseModel):
    """One thing that somebody did to a task. `act`: create, take, give_back, transfer, snooze, due, priority, urge."""

    model_config = ConfigDict(from_attributes=True)

    act: str
    at: dt.datetime
    by: str | None
    note: str | None
    undone_at: dt.datetime | None
    from_name: str | None
    to_name: str | None
    due_before: dt.datetime | None
    due_after: dt.datetime | None
    priority_before: int | None
    priority_after: int | None
    snoozed_until: dt.datetime | None


@router.get("/tasks/{id}/history")
def task_history(tx: InTx, id: int) -> list[TaskActOut]:
    """Who did what to it, latest first."""
    return [TaskActOut(**row) for row in tasks.history(tx, id)]


@router.get("/workbench")
def workbench(tx: InTx) -> dict[str, Any]:
    """What stands beside the tasks: figures of the actor, what the system did today, and the proof line."""
    midnight = dt.datetime.combine(tx.today, dt.time(), tx.zone)
    month = tx.today.replace(day=1)
    following = (month + dt.timedelta(days=32)).replace(day=1)
    found = processes.proof(tx, midnight)
    return {
        "counts": tasks.counts(tx),
        "workdays_left": tx.value(
            "SELECT kernel.workdays_between(%(today)s::date, %(last)s::date)",
            {"last": following - dt.timedelta(days=1)},
        ),
        "done": [{**row, "noun": NOUNS.get(row["kind"], "份")} for row in processes.done_since(tx, midnight)],
        "proof": {"at": tx.now, "planned": found.owed, "missing": found.missing},
    }

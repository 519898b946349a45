"""Tasks and the workbench beside them."""

import datetime as dt
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel

from perennial import access, processes, tasks
from perennial.http.edge import InTx, Router
from perennial.kernel import Tx

router = Router(tags=["tasks"])

SHOWN = ("customer", "amount", "end_date")  # what a to-do row shows of its record, where the form has it


NOUNS = {"task": "项", "notify": "封"}  # how what happened is counted


class FinishIn(BaseModel):
    values: dict[str, Any] = {}
    outcome: str | None = None
    version: int | None = None


class TransferIn(BaseModel):
    person_id: int


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
    return _described(tx, found)


def _described(tx: Tx, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With what the actor may read of each record: its title, a few facts, and the values of the fields asked for."""
    for task in found:
        due: dt.datetime | None = task["due_at"]
        task["late_workdays"] = 0
        if task["state"] == "open" and due is not None and due < tx.now:
            task["late_workdays"] = int(
                tx.value(
                    "SELECT kernel.workdays_between(%(due)s::date, %(today)s::date)", {"due": due.astimezone(tx.zone)}
                )
            )
    for form in sorted({task["form"] for task in found}):
        if access.may(tx, "read", form):
            _of_form(tx, form, [task for task in found if task["form"] == form])
    return found


def _of_form(tx: Tx, form: str, found: list[dict[str, Any]]) -> None:
    rows = access.readable(tx, form)
    shown = rows.readable_fields()
    asked = {one["field"] for task in found for one in _asked(task)}
    facts = [key for key in SHOWN if key in shown]
    kinds = {field.key: field.kind for field in rows.catalog.form(form).fields}
    columns = [
        rows.label(rows.source.parent(key)).label(f"fact_{key}") if kinds[key] == "relation"
        else sa.cast(rows.column(key), sa.Text).label(f"fact_{key}")
        for key in facts
    ]  # fmt: skip
    columns += [sa.cast(rows.column(key), sa.Text).label(f"value_{key}") for key in sorted(asked) if key in shown]
    at = rows.source.table
    select = sa.select(at.c["id"], at.c["version"], rows.label().label("title"), *columns).select_from(rows.from_)
    ids = sorted({task["record_id"] for task in found})
    wanted = at.c["id"] == sa.any_(sa.cast(ids, sa.ARRAY(sa.BigInteger)))
    by_id = {row["id"]: row for row in tx.rows(select.where(rows.where, wanted))}
    for task in found:
        row = by_id.get(task["record_id"])
        if row is None:
            continue
        task |= {"record_title": row["title"], "version": row["version"], **{key: row[f"fact_{key}"] for key in facts}}
        task["values"] = {
            one["field"]: row[f"value_{one['field']}"] for one in _asked(task) if f"value_{one['field']}" in row
        }


def _asked(task: dict[str, Any]) -> list[dict[str, Any]]:
    return [*task["fill"], *(one for outcome in task["outcomes"] for one in outcome["fill"])]


@router.post("/tasks/{id}/finish")
def finish_task(tx: InTx, id: int, finish: FinishIn) -> None:
    """The task is done: its fields are on the record, what comes next has come."""
    processes.finish_task(tx, id, finish.values, finish.outcome, finish.version)


@router.post("/tasks/{id}/transfer")
def transfer_task(tx: InTx, id: int, to: TransferIn) -> None:
    """The task is somebody else's."""
    tasks.transfer(tx, id, to.person_id)


@router.post("/tasks/{id}/take")
def take_task(tx: InTx, id: int) -> None:
    """A claimable task is mine."""
    tasks.take(tx, id)


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

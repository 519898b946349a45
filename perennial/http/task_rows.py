"""Tasks as they are shown: with what the reader may read of each record, and nothing of what they may not."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from perennial import access, messages, processes, tasks
from perennial.kernel import Language, Problem, Row, Tx, text

SHOWN = ("customer", "amount", "end_date")  # what a to-do row shows of its record, where the form has it


class RefusedOut(BaseModel):
    """Why this task was not changed."""

    id: int
    code: str
    text: str


class ActedOut(BaseModel):
    """`act` takes it back (None: nothing to take back). `done`: tasks that were changed."""

    act: int | None
    done: list[int]
    refused: list[RefusedOut]


def described(tx: Tx, found: list[Row]) -> list[Row]:
    """With the title of each record, a few facts, the values of the fields asked for, the process and its basis date.
    `to`: the page on which an approval of one's own is decided. `called_by`: the process that has begun its process.

    The title and the proposal of somebody else's task are made of its record: who may not read that sees what the kind
    of task is called.
    """
    for form in sorted({task["form"] for task in found}):
        if access.may(tx, "read", form):
            _of_form(tx, form, [task for task in found if task["form"] == form])
    processes.required_now(tx, found, {task["id"] for task in found if task["state"] == "open" and _own(tx, task)})
    asking = processes.of_kinds(tx, sorted({task["kind_id"] for task in found})) if found else {}
    instances = sorted({task["instance_id"] for task in found if task["instance_id"] is not None})
    bases = processes.bases(tx, instances) if instances else {}
    above = processes.called_by(tx, instances)
    for task in found:
        process = asking.get(task["kind_id"])
        task |= {
            "process": process and process["key"], "process_label": process and process["label"],
            "process_label_en": process and process["label_en"], "called_by": above.get(task["instance_id"]),
            "approval": bool(process) and process["kind"] == "approval", "basis": bases.get(task["instance_id"]),
            "to": f"/approvals/{task['vote_id']}" if task["vote_id"] and _own(tx, task) else None,
        }  # fmt: skip
        if "record_title" not in task and not _own(tx, task):
            task |= {"title": task["label"], "proposal": None, "basis": None}
    return found


def _own(tx: Tx, task: Row) -> bool:
    mine = task["assignee_id"] == tx.actor.id or task["finished_by"] == tx.actor.label
    return mine or (task["assignee_id"] is None and tx.actor.id in (task["candidates"] or []))


def _of_form(tx: Tx, form: str, found: list[Row]) -> None:
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
    columns += [
        _value(rows, key, kinds[key]).label(f"value_{key}")
        for key in sorted(asked)
        if key in shown and kinds[key] not in ("persons", "relations")
    ]
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


def _value(rows: access.Rows, key: str, kind: str) -> sa.ColumnElement[Any]:
    """What stands in a field that is filled in, as a record's own page gives it: a choice, files and the like as they
    are, a relation with its label, all else as text."""
    if rows.is_text(key):
        return rows.column(key)
    if kind in ("relation", "person", "department"):
        return rows.reference(key)
    plain = kind in ("yes_no", "multi_select", "attachment", "image", "signature", "certificate")
    return rows.column(key) if plain else sa.cast(rows.column(key), sa.Text)


def _asked(task: Row) -> list[dict[str, Any]]:
    return [*task["fill"], *(one for outcome in task["outcomes"] for one in outcome["fill"])]


def acted(tx: Tx, done: tasks.Acted) -> ActedOut:
    """An act as it is told."""
    return ActedOut(act=done.act, done=[row["id"] for row in done.done], refused=refusals(tx, done.refused))


def refusals(tx: Tx, refused: Iterable[tuple[int, Problem]]) -> list[RefusedOut]:
    language: Language = "en" if tx.entered.get("language") == "en" else "zh"
    return [RefusedOut(id=one, code=problem.code, text=text(problem, language)) for one, problem in refused]


def tell(tx: Tx, done: tasks.Acted, what: str, whom: str) -> None:
    """Each person of the column `whom` has one notice of all of these tasks, except the actor."""
    by_person: dict[int, list[Row]] = {}
    for row in done.done:
        if row[whom] is not None and row[whom] != tx.actor.id:
            by_person.setdefault(row[whom], []).append(row)
    for person, rows in sorted(by_person.items()):
        messages.tell(tx, person, what, rows[0]["label"], number=len(rows))

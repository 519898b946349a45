"""A task by hand: somebody asks a colleague, or themselves, for something about a record."""

import datetime as dt
import json

from perennial import access
from perennial.kernel import Invalid, Missing, Tx
from perennial.tasks.open import standing_kind

KIND = ("todo", "任务", "Task")
LONGEST = 200


def create(
    tx: Tx, form: str, record_id: int, title: str, *, person_id: int | None = None, due_at: dt.datetime | None = None,
    priority: int = 0, note: str = "",
) -> int:  # fmt: skip
    """An open task of the person (None: the actor) about a record that both may read. Returns its number.

    errors   Missing records.missing, Invalid tasks.untitled, tasks.due_past, tasks.not_active, tasks.cannot_read
    """
    rows = access.readable(tx, form)
    if not 0 < record_id < 2**63 or tx.one(rows.select().where(rows.source.field("id") == record_id)) is None:
        raise Missing("records.missing", form=form)
    if not (title := title.strip()):
        raise Invalid("tasks.untitled", path="title")
    if len(title) > LONGEST:
        raise Invalid("tasks.title_long", path="title", most=LONGEST)
    if due_at is not None and due_at.astimezone(tx.zone).date() < tx.today:
        raise Invalid("tasks.due_past", path="due_on")
    person = tx.actor.id if person_id is None else person_id
    if not tx.value("SELECT EXISTS (SELECT FROM people.person WHERE id = %(id)s AND active)", {"id": person}):
        raise Invalid("tasks.not_active", path="person_id")
    if person != tx.actor.id and person not in access.readers(tx, form, record_id, [person or 0]):
        raise Invalid("tasks.cannot_read", path="person_id", task=title)
    task = int(
        tx.value(
            "INSERT INTO tasks.task (kind_id, record_id, title, assignee_id, named_id, found_by, priority, opened_at,"
            " due_at) VALUES (%(kind)s, %(record)s, %(title)s, %(person)s, %(person)s, 'person', %(priority)s, %(now)s,"
            " %(due)s) RETURNING id",
            {
                "kind": standing_kind(tx, form, *KIND), "record": record_id, "title": title, "person": person,
                "priority": priority, "due": due_at,
            },
        )
    )  # fmt: skip
    tx.run(
        "INSERT INTO tasks.history (act_id, task_id, act, by_id, at, note, became) VALUES"
        " (nextval('tasks.act'), %(task)s, 'create', %(me)s, %(now)s, %(note)s, %(became)s)",
        {"task": task, "note": note.strip() or None, "became": json.dumps({"assignee_id": person})},
    )
    return task

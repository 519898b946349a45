"""Finish a task: the record's fields, the task, and the next steps of its instance, in one transaction."""

from typing import Any

import sqlalchemy as sa

from perennial import access, forms, records, tasks
from perennial.kernel import SYSTEM, Invalid, Reason, Tx
from perennial.processes import versions
from perennial.processes.advance import Advanced, advance, lock
from perennial.processes.definition import Task
from perennial.processes.record import Wanted, record


def finish_task(
    tx: Tx, task_id: int, values: dict[str, Any] | None = None, outcome: str | None = None, version: int | None = None
) -> Advanced:
    """The task is done, its fields are on the record, the instance has gone on as far as it can.

    version  of the record as the person read it, so that nobody is overwritten; None: as it is now
    locks    the instance (up to 3 s), the record, the task
    errors   those of `tasks.finish` and `records.update`; Invalid tasks.required with the field
    """
    given = dict((values or {}).items())
    instance = tasks.lock(tx, task_id)
    if instance is not None:
        lock(tx, [instance])
    done = tasks.finish(tx, task_id, given, outcome)
    _required(tx, done, given)
    if given:
        with tx.because(Reason("task", {"task": task_id, "instance": instance})):
            records.update(tx, done.form, done.record_id, _version(tx, done) if version is None else version, given)
    if instance is None:
        return Advanced()
    _leave(tx, done)
    return advance(tx, [instance], ending=True)


def _required(tx: Tx, done: tasks.Finishing, given: dict[str, Any]) -> None:
    """What the task must have is given now or stands on the record already."""
    missing = [key for key in done.required if given.get(key) in (None, "")]
    cleared = next((key for key in missing if key in given), None)
    if cleared is None and missing:
        of = record(tx, done.form, {key: Wanted(key) for key in missing}).subquery("of")
        row = tx.one(of.select().where(of.c.rid == done.record_id), {"zone": tx.zone.key}) or {}
        cleared = next((key for key in missing if row.get(key) is None), None)
    if cleared is not None:
        label = forms.catalog(tx).field(done.form, cleared).label
        raise Invalid("tasks.required", path=f"values.{cleared}", field=label)


def _version(tx: Tx, done: tasks.Finishing) -> int:
    rows = access.readable(tx, done.form, actor=SYSTEM)
    select = sa.select(rows.source.field("version")).select_from(rows.from_)
    return int(tx.value(select.where(rows.where, rows.source.field("id") == done.record_id)) or 0)


def _leave(tx: Tx, done: tasks.Finishing) -> None:
    """The token goes where the outcome leads."""
    row = tx.one(
        "SELECT n.version_id, n.key FROM processes.token t JOIN processes.node n ON n.id = t.node_id WHERE t.id "
        "= %(id)s",
        {"id": done.token_id},
    )
    if row is None:
        return
    published = versions.version(tx, row["version_id"])
    node = published.process.node(row["key"])
    assert isinstance(node, Task)
    chosen = next((one for one in node.outcomes if one.key == done.outcome), None)
    tx.run(
        """
        WITH left_here AS (
            SELECT id, instance_id, node_id, entered_at FROM processes.token WHERE id = %(id)s
        ), stepped AS (
            INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
            SELECT instance_id, node_id, id, entered_at, %(now)s, %(outcome)s,
                   jsonb_build_object('task', %(task)s::bigint, 'by', %(me)s::bigint) FROM left_here
        ), gone AS (
            DELETE FROM processes.token t USING left_here l WHERE t.id = l.id AND %(next)s::int IS NULL
        )
        UPDATE processes.token t SET node_id = %(next)s, state = 'ready', wake_at = %(now)s, entered_at = %(now)s
          FROM left_here l WHERE t.id = l.id AND %(next)s::int IS NOT NULL
        """,
        {
            "id": done.token_id, "task": done.id, "outcome": done.outcome,
            "next": published.target(chosen.next if chosen else node.next),
        },
    )  # fmt: skip

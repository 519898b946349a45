"""Finish a task: the record's fields, the task, and the next steps of its instance, in one transaction."""

from typing import Any

import sqlalchemy as sa

from perennial import access, records, tasks
from perennial.kernel import SYSTEM, Reason, Tx
from perennial.processes import required, seals, versions
from perennial.processes.advance import Advanced, advance, lock
from perennial.processes.approvals.settle import settle_all
from perennial.processes.approvals.straight import came_back, carried
from perennial.processes.definition import Task
from perennial.processes.nodes.common import Published
from perennial.processes.undone import remove


def finish_task(
    tx: Tx, task_id: int, values: dict[str, Any] | None = None, outcome: str | None = None, version: int | None = None
) -> Advanced:
    """The task is done, its fields are on the record, the instance has gone on as far as it can.

    version  of the record as the person read it, so that nobody is overwritten; None: as it is now
    locks    the instance (up to 3 s), the record, the task
    errors   those of `tasks.finish`, `records.update`; Invalid tasks.required with the fields, processes.seal_missing
    """
    given = dict((values or {}).items())
    instance = tasks.lock(tx, task_id)
    if instance is not None:
        lock(tx, [instance])
    done = tasks.finish(tx, task_id, given, outcome)
    before = seals.here(tx, done)
    if given:
        with tx.because(Reason("task", {"task": task_id, "instance": instance})):
            read = version_of(tx, done.form, done.record_id) if version is None else version
            records.update(tx, done.form, done.record_id, read, given)
    required.check(tx, done.form, done.record_id, done.required)
    seals.keep(tx, done, before)
    if instance is None:
        return Advanced()
    stood = tx.one(_STOOD, {"id": done.id})
    if stood is not None:
        leave(tx, versions.version(tx, stood["version_id"]), stood["key"], [done.id], done.outcome)
    return advance(tx, [instance], ending=True)


def version_of(tx: Tx, form: str, record_id: int) -> int:
    """Of the record as it is now."""
    rows = access.readable(tx, form, actor=SYSTEM)
    select = sa.select(rows.source.field("version")).select_from(rows.from_)
    return int(tx.value(select.where(rows.where, rows.source.field("id") == record_id)) or 0)


_STOOD = """
SELECT n.version_id, n.key FROM tasks.task k JOIN processes.token t ON t.id = k.token_id
  JOIN processes.node n ON n.id = t.node_id WHERE k.id = %(id)s
"""
_LEAVE = """
WITH left_here AS (
    SELECT t.id, t.instance_id, t.node_id, t.entered_at, k.id AS task_id, k.finished_by,
           (SELECT jsonb_build_object('tasks', jsonb_agg(jsonb_build_object(
                       'task', o.id, 'by', o.finished_by, 'outcome', o.outcome) ORDER BY o.finished_at, o.id))
              FROM tasks.task o WHERE o.beside = k.beside AND o.state = 'done' HAVING count(*) > 0) AS told
      FROM tasks.task k JOIN processes.token t ON t.id = k.token_id
     WHERE k.id IN (SELECT unnest(%(tasks)s::bigint[]))
), stepped AS (
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
    SELECT instance_id, node_id, id, entered_at, %(now)s, %(outcome)s,
           jsonb_build_object('task', task_id, 'by', finished_by) || coalesce(told, '{}') FROM left_here
), gone AS (
    DELETE FROM processes.token t USING left_here l WHERE t.id = l.id AND %(next)s::int IS NULL
)
UPDATE processes.token t SET node_id = %(next)s, state = 'ready', wake_at = %(now)s, entered_at = %(now)s
  FROM left_here l WHERE t.id = l.id AND %(next)s::int IS NOT NULL
"""


# of each token whose tasks were opened together: how many are done, and whether that is enough; then the rest closes
_ENOUGH = """
WITH together AS MATERIALIZED (
    SELECT k.token_id, k.beside, count(*) AS n, count(*) FILTER (WHERE k.state = 'done') AS done,
           max(k.id) FILTER (WHERE k.id IN (SELECT unnest(%(tasks)s::bigint[]))) AS task_id,
           max(w.nth) FILTER (WHERE k.state = 'done') AS last
      FROM tasks.task k
      LEFT JOIN unnest(%(ways)s::text[]) WITH ORDINALITY AS w (way, nth) ON w.way = k.outcome
     WHERE k.beside IN (SELECT beside FROM tasks.task WHERE id IN (SELECT unnest(%(tasks)s::bigint[])))
     GROUP BY k.token_id, k.beside
), enough AS MATERIALIZED (
    SELECT * FROM together WHERE done >= CASE %(need)s::int WHEN 0 THEN n ELSE least(n, %(need)s) END
), closed AS (
    UPDATE tasks.task k SET state = 'closed', why = 'enough', finished_at = %(now)s
      FROM enough e WHERE k.beside = e.beside AND k.state = 'open'
)
SELECT coalesce((%(ways)s::text[])[last], %(outcome)s) AS outcome, array_agg(task_id ORDER BY task_id) AS tasks
  FROM enough GROUP BY 1 ORDER BY 1
"""


def leave(tx: Tx, published: Published, key: str, done: list[int], outcome: str) -> None:
    """The tokens of these finished tasks, all of one node, go where the outcome leads; what it takes back is gone.

    Where several people have a task of one token, it stays until enough of them are done: then it goes by the one of
    their outcomes that stands last in the definition, and nobody needs the others any more.
    """
    node = published.process.node(key)
    assert isinstance(node, Task)
    alone: list[int] = tx.value(_ALONE, {"tasks": done}) or []
    if alone:
        _leave(tx, published, node, alone, outcome)
    if len(alone) < len(done):
        ways = [one.key for one in node.outcomes]
        given = {"tasks": done, "ways": ways, "outcome": outcome, "need": node.need if node.others else 1}
        for row in tx.rows(_ENOUGH, given):  # as many as it has outcomes
            _leave(tx, published, node, row["tasks"], row["outcome"])


_ALONE = """
SELECT array_agg(id ORDER BY id) FROM tasks.task
 WHERE id IN (SELECT unnest(%(tasks)s::bigint[])) AND beside IS NULL
"""


def _leave(tx: Tx, published: Published, node: Task, done: list[int], outcome: str) -> None:
    key = node.key
    chosen = next((one for one in node.outcomes if one.key == outcome), None)
    if chosen is not None and chosen.take_back:
        of: list[int] = tx.value("SELECT array_agg(record_id) FROM tasks.task WHERE id = ANY(%(done)s)", {"done": done})
        with tx.because(Reason("task", {"process": published.process.key, "node": key, "outcome": outcome})):
            remove(tx, published, of)
    to = published.target(chosen.next if chosen else node.next)
    straight = carried(tx, done)
    tx.run(_LEAVE, {"tasks": done, "outcome": outcome, "next": to})
    if straight:
        settle_all(tx, came_back(tx, straight, outcome))

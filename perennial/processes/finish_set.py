"""Finish many tasks at once: what a simulation's assumption about people does, in sets."""

from typing import Any

import sqlalchemy as sa

from perennial import access, records
from perennial.kernel import Tx
from perennial.processes import versions
from perennial.processes.advance import advance, lock
from perennial.processes.definition import Task

_TASKS = """
SELECT k.form, n.version_id, n.key, array_agg(t.id) AS ids, array_agg(DISTINCT t.record_id) AS records,
       array_agg(DISTINCT t.instance_id) AS instances
  FROM tasks.task t
  JOIN tasks.kind k ON k.id = t.kind_id
  JOIN processes.node n ON n.id = k.node_id
 WHERE t.id = ANY(%(ids)s::bigint[]) AND t.state = 'open'
 GROUP BY k.form, n.version_id, n.key
"""
_DONE = """
UPDATE tasks.task SET state = 'done', outcome = %(outcome)s, finished_at = %(now)s,
       finished_by = coalesce(assignee_id, candidates[1])
 WHERE id = ANY(%(ids)s::bigint[]) AND state = 'open'
"""
_LEAVE = """
WITH left_here AS (
    SELECT t.id, t.instance_id, t.node_id, t.entered_at
      FROM processes.token t JOIN tasks.task k ON k.token_id = t.id WHERE k.id = ANY(%(ids)s::bigint[])
), stepped AS (
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome)
    SELECT instance_id, node_id, id, entered_at, %(now)s, %(outcome)s FROM left_here
), gone AS (
    DELETE FROM processes.token t USING left_here l WHERE t.id = l.id AND %(next)s::int IS NULL
)
UPDATE processes.token t SET node_id = %(next)s, state = 'ready', wake_at = %(now)s, entered_at = %(now)s
  FROM left_here l WHERE t.id = l.id AND %(next)s::int IS NOT NULL
"""


def finish_set(tx: Tx, ids: list[int], outcome: str | None, values: dict[str, Any]) -> int:
    """These tasks are done with one outcome and the same values; their instances have gone on. Returns how many.

    The number of statements follows the number of nodes, not of tasks.
    """
    rows = tx.rows(_TASKS, {"ids": ids})
    lock(tx, sorted({instance for row in rows for instance in row["instances"] if instance is not None}))
    for row in rows:  # as many as there are nodes
        if values:
            source = access.everything(tx, row["form"]).source
            fields = [sa.literal(value).label(key) for key, value in values.items()]
            known = source.field("id").in_(row["records"])
            records.update_set(
                tx, row["form"], sa.select(source.field("id"), *fields).select_from(source.from_).where(known)
            )
        published = versions.version(tx, row["version_id"])
        node = published.process.node(row["key"])
        assert isinstance(node, Task)
        chosen = next((one for one in node.outcomes if one.key == outcome), None)
        facts = {"ids": row["ids"], "outcome": outcome or "done"}
        tx.run(_DONE, facts)
        tx.run(_LEAVE, {**facts, "next": published.target(chosen.next if chosen else node.next)})
        advance(tx, row["instances"])
    return sum(len(row["ids"]) for row in rows)

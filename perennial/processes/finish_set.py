"""Finish many tasks at once: what a simulation's assumption about people does, in sets."""

from typing import Any

import sqlalchemy as sa

from perennial import access, records
from perennial.kernel import Tx
from perennial.processes import versions
from perennial.processes.advance import advance, lock
from perennial.processes.approvals.vote import decide_set
from perennial.processes.finish import leave

_TASKS = """
SELECT k.form, n.version_id, n.key, array_agg(t.id) AS ids, array_agg(DISTINCT t.record_id) AS records,
       array_agg(DISTINCT t.instance_id) AS instances, bool_or(t.vote_id IS NOT NULL) AS votes
  FROM tasks.task t
  JOIN tasks.kind k ON k.id = t.kind_id
  JOIN processes.node n ON n.id = k.node_id
 WHERE t.id IN (SELECT unnest(%(ids)s::bigint[])) AND t.state = 'open'
 GROUP BY k.form, n.version_id, n.key
"""
_DONE = """
UPDATE tasks.task SET state = 'done', outcome = %(outcome)s, finished_at = %(now)s,
       finished_by = coalesce(assignee_id, candidates[1])
 WHERE id IN (SELECT unnest(%(ids)s::bigint[])) AND state = 'open'
"""


def finish_set(tx: Tx, ids: list[int], outcome: str | None, values: dict[str, Any]) -> int:
    """These tasks are done with one outcome and the same values; their instances have gone on. Returns how many.

    The number of statements follows the number of nodes, not of tasks.
    """
    rows = tx.rows(_TASKS, {"ids": ids})
    lock(tx, sorted({instance for row in rows for instance in row["instances"] if instance is not None}))
    for row in rows:  # as many as there are nodes
        if row["votes"]:
            decide_set(tx, row["ids"], outcome or "approved")
            continue
        if values:
            source = access.everything(tx, row["form"]).source
            fields = [sa.literal(value).label(key) for key, value in values.items()]
            known = source.field("id").in_(row["records"])
            records.update_set(
                tx, row["form"], sa.select(source.field("id"), *fields).select_from(source.from_).where(known)
            )
        facts = {"ids": row["ids"], "outcome": outcome or "done"}
        tx.run(_DONE, facts)
        leave(tx, versions.version(tx, row["version_id"]), row["key"], row["ids"], facts["outcome"])
        advance(tx, row["instances"])
    return sum(len(row["ids"]) for row in rows)

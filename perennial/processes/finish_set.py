"""Finish many tasks at once: what a simulation's assumption about people does, in sets."""

from typing import Any

import sqlalchemy as sa

from perennial import access, records
from perennial.kernel import Row, Tx
from perennial.processes import versions
from perennial.processes.advance import advance, lock
from perennial.processes.approvals.vote import decide_set
from perennial.processes.finish import leave

# of each instance the first
_TASKS = """
SELECT k.form, n.version_id, n.key, array_agg(t.id) AS ids, array_agg(DISTINCT t.record_id) AS records,
       array_agg(DISTINCT t.instance_id) AS instances, bool_or(t.vote_id IS NOT NULL) AS votes
  FROM (SELECT DISTINCT ON (coalesce(t.instance_id, -t.id)) t.* FROM tasks.task t
         WHERE t.id IN (SELECT unnest(%(ids)s::bigint[])) AND t.state = 'open'
         ORDER BY coalesce(t.instance_id, -t.id), t.id) t
  JOIN tasks.kind k ON k.id = t.kind_id
  JOIN processes.node n ON n.id = k.node_id
 GROUP BY k.form, n.version_id, n.key
"""
_INSTANCES = """
SELECT array_agg(DISTINCT instance_id ORDER BY instance_id) FROM tasks.task
 WHERE id IN (SELECT unnest(%(ids)s::bigint[])) AND state = 'open' AND instance_id IS NOT NULL
"""
_DONE = """
UPDATE tasks.task SET state = 'done', outcome = %(outcome)s, finished_at = %(now)s,
       finished_by = coalesce(assignee_id, candidates[1])
 WHERE id IN (SELECT unnest(%(ids)s::bigint[])) AND state = 'open'
"""


def finish_set(tx: Tx, ids: list[int], outcome: str | None, values: dict[str, Any]) -> int:
    """These tasks are done with one outcome and the same values; their instances have gone on. Returns how many.

    Of one instance one after the other, so that what the first one decides closes the others, as if people had done
    them. The number of statements follows the number of nodes and of tasks that one instance has here.
    """
    lock(tx, tx.value(_INSTANCES, {"ids": ids}) or [])
    done = 0
    while rows := tx.rows(_TASKS, {"ids": ids}):
        for row in rows:  # as many as there are nodes
            _finish(tx, row, outcome, values)
            done += len(row["ids"])
    return done


def _finish(tx: Tx, row: Row, outcome: str | None, values: dict[str, Any]) -> None:
    if row["votes"]:
        decide_set(tx, row["ids"], outcome or "approved")
        return
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
    advance(tx, row["instances"], ending=True)

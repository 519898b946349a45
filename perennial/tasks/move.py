"""A person leaves: their open tasks move by the order."""

from perennial.kernel import Tx

_ALL = """
    SELECT t.id FROM tasks.task t JOIN gone g ON g.id = t.assignee_id WHERE t.state = 'open'
    UNION ALL
    SELECT t.id FROM tasks.task t
     WHERE t.state = 'open' AND t.assignee_id IS NULL AND t.candidates && array(SELECT id FROM gone)
"""
_OF_TOKENS = """
    SELECT t.id FROM tasks.task t
     WHERE t.state = 'open' AND t.token_id = ANY(%(tokens)s::bigint[])
       AND (t.assignee_id IN (SELECT id FROM gone)
            OR t.assignee_id IS NULL AND t.candidates && array(SELECT id FROM gone))
"""
_MOVE = """
WITH gone AS MATERIALIZED (
    SELECT id FROM people.person WHERE NOT active
), waiting AS (WAITING), orphaned AS MATERIALIZED (
    SELECT t.id, t.named_id, t.owner_id,
           array(SELECT p.id FROM people.person p WHERE p.id = ANY(t.candidates) AND p.active ORDER BY p.id) AS still
      FROM tasks.task t WHERE t.id IN (SELECT id FROM waiting) AND t.state = 'open'
     ORDER BY t.id FOR UPDATE OF t
), found AS (
    SELECT x.named_id, x.owner_id, f.person_id, f.found_by
      FROM (SELECT DISTINCT named_id, owner_id FROM orphaned WHERE still = '{}') x,
           tasks.resolve(x.named_id, x.owner_id, %(today)s) f
)
UPDATE tasks.task t
   SET assignee_id = CASE cardinality(o.still) WHEN 0 THEN f.person_id WHEN 1 THEN o.still[1] END,
       candidates = nullif(o.still, '{}'), found_by = CASE WHEN o.still = '{}' THEN f.found_by ELSE 'role' END
  FROM orphaned o LEFT JOIN found f ON coalesce(f.named_id, 0) = coalesce(o.named_id, 0)
                                   AND coalesce(f.owner_id, 0) = coalesce(o.owner_id, 0)
 WHERE t.id = o.id
"""


def move_from_inactive(tx: Tx, tokens: list[int] | None = None) -> int:
    """No open task (of these tokens) waits for a disabled person: one of a role waits for its other holders, each other
    one has gone to the next in order. How many moved."""
    if tokens is None:
        return tx.run(_MOVE.replace("WAITING", _ALL))
    return tx.run(_MOVE.replace("WAITING", _OF_TOKENS), {"tokens": tokens})

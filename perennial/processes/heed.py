"""Follow what instances told each other: a parent goes on when enough of its children are over, and what it began and
waits for ends and comes back with it.

What is to be done is read from the rows as they are, under the locks of all that it concerns: a nudge that is heard
twice, or too late, changes nothing.
"""

from perennial.kernel import Database, Tx, fail_point
from perennial.processes.advance import Advanced, advance, lock
from perennial.processes.ending import end_set, resume_set
from perennial.processes.narrowed import ATTEMPTS, follow_all

_CLAIM = """
WITH claimed AS (
    DELETE FROM processes.nudge WHERE id IN (
        SELECT id FROM processes.nudge WHERE attempts < %(attempts)s AND NOT id = ANY(%(failed)s::bigint[])
         ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED) RETURNING id, child_id
)
SELECT array_agg(id) AS ids, array_agg(DISTINCT child_id) AS children,
       (SELECT array_agg(DISTINCT s.parent_id) FROM processes.sub s
         WHERE s.child_id IN (SELECT child_id FROM claimed) AND s.left_at IS NULL) AS parents
  FROM claimed
"""
_FAILED = "UPDATE processes.nudge SET attempts = attempts + 1, error = %(error)s WHERE id = ANY(%(ids)s::bigint[])"
_OF = "unnest(%(children)s::bigint[]) AS n (id)"
# what was begun by somebody who does not wait for it any longer
_STOPS = f"""
SELECT x.why, array_agg(x.id ORDER BY x.id) AS ids
  FROM (SELECT c.id, min(coalesce(s.why, 'parent')) AS why FROM {_OF}
         CROSS JOIN LATERAL (SELECT * FROM processes.instance c WHERE c.id = n.id OFFSET 0) c
          JOIN processes.sub s ON s.child_id = c.id AND s.begun
          JOIN processes.instance p ON p.id = s.parent_id
         WHERE c.state IN ('open', 'suspended') AND (s.why IS NOT NULL OR s.left_at IS NULL AND p.state <> 'open')
         GROUP BY c.id) x
 GROUP BY x.why ORDER BY x.why
"""
# what ended with somebody who waits for it again; not where another one of its process has begun meanwhile
_BACK = f"""
SELECT array_agg(x.id ORDER BY x.id)
  FROM (SELECT DISTINCT ON (c.process_id, c.record_id) c.id FROM {_OF}
         CROSS JOIN LATERAL (SELECT * FROM processes.instance c WHERE c.id = n.id OFFSET 0) c
          JOIN processes.sub s ON s.child_id = c.id AND s.begun AND s.left_at IS NULL
          JOIN processes.instance p ON p.id = s.parent_id AND p.state = 'open'
         WHERE c.state = 'cancelled' AND c.why IN ('parent', 'migrated')
           AND NOT EXISTS (SELECT FROM processes.instance o WHERE o.process_id = c.process_id
                              AND o.record_id = c.record_id AND o.state IN ('open', 'suspended'))
         ORDER BY c.process_id, c.record_id, c.id DESC) x
"""
_READY = f"""
WITH told AS (
    UPDATE processes.token t SET state = 'ready', wake_at = %(now)s
      FROM {_OF}
      JOIN processes.sub s ON s.child_id = n.id AND s.left_at IS NULL
      JOIN processes.instance c ON c.id = s.child_id AND c.state <> 'open'
      JOIN processes.instance p ON p.id = s.parent_id AND p.state = 'open'
     WHERE t.id = s.token_id AND t.state = 'waiting'
    RETURNING t.instance_id
)
SELECT array_agg(DISTINCT x.id) FROM (
    SELECT instance_id AS id FROM told
    UNION ALL SELECT c.id FROM {_OF} JOIN processes.instance c ON c.id = n.id AND c.state = 'open') x
"""


def heed(database: Database) -> Advanced:
    """Everything that was told is followed; several workers may. What moved by it."""
    return follow_all(database, _some, _FAILED, "a nudge", lambda: fail_point("processes.heeded"))


def _some(tx: Tx, *, failed: list[int], most: int, taken: list[int]) -> Advanced | None:
    row = tx.one(_CLAIM, {"most": most, "failed": failed, "attempts": ATTEMPTS})
    if row is None or not row["children"]:
        return None
    taken[:] = row["ids"]
    # parents and children in one order, by number: nobody who holds one of them waits for another
    lock(tx, sorted({*row["children"], *(row["parents"] or ())}))
    of = {"children": row["children"]}
    done = Advanced()
    for stops in tx.rows(_STOPS, of):  # as many as there are reasons
        done.cancelled += end_set(tx, stops["ids"], "cancelled", stops["why"])
    back: list[int] = tx.value(_BACK, of) or []
    if back:
        resume_set(tx, back)
    scope: list[int] = tx.value(_READY, of) or []
    done.add(advance(tx, sorted({*scope, *back}), ending=True))
    fail_point("processes.heeding")
    return done

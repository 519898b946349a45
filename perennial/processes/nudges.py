"""A child tells its parent by a row, and a parent its children: neither locks the other. `heed` follows."""

from perennial.kernel import Tx

# one look-up per row, whatever the planner believes: counted, since a search for the first is taken for quick without
# an index, and tested outside, since a partial index looks empty to it
_WAITS = """(SELECT count(*) FROM (SELECT * FROM processes.sub s WHERE s.child_id = e.id OFFSET 0) s
                  WHERE s.left_at IS NULL) > 0"""
# whoever waits for `ended` (a CTE with id): to stand in the statement that ends them
TOLD = f"""nudged AS (
    INSERT INTO processes.nudge (child_id)
    SELECT e.id FROM ended e
     WHERE {_WAITS})"""
_CHANGED = f"""
INSERT INTO processes.nudge (child_id)
SELECT e.id FROM unnest(%(ids)s::bigint[]) AS e (id) WHERE {_WAITS}
UNION
SELECT s.child_id FROM unnest(%(ids)s::bigint[]) AS e (id)
 CROSS JOIN LATERAL (SELECT * FROM processes.sub s WHERE s.parent_id = e.id OFFSET 0) s
 WHERE s.left_at IS NULL AND s.begun AND s.child_id IS NOT NULL
"""
_FINISHED = """
UPDATE processes.sub s SET left_at = %(now)s, why = CASE WHEN s.begun THEN 'parent' END
 WHERE s.parent_id IN (SELECT unnest(%(ids)s::bigint[])) AND s.left_at IS NULL
"""
_WAITED = "SELECT EXISTS (SELECT FROM processes.sub WHERE left_at IS NULL)"
_GONE = """
WITH gone AS (
    UPDATE processes.sub s SET left_at = %(now)s, why = CASE WHEN s.begun THEN 'cancelled' END
     WHERE s.parent_id IN (SELECT unnest(%(scope)s::bigint[])) AND s.left_at IS NULL
       AND NOT EXISTS (SELECT FROM processes.token t WHERE t.id = s.token_id)
    RETURNING s.child_id, s.begun
)
INSERT INTO processes.nudge (child_id) SELECT child_id FROM gone WHERE begun AND child_id IS NOT NULL
"""


def changed(tx: Tx, instances: list[int], *, finished: bool = False) -> None:
    """These have stopped, or are open again: who waits for them is told, and those that they have begun and wait for.

    locks   the caller holds the instances
    """
    if tx.value(_WAITED):
        tx.run(_CHANGED, {"ids": instances})
        if finished:
            tx.run(_FINISHED, {"ids": instances})


def let_go(tx: Tx, scope: list[int]) -> None:
    """What nobody waits for any longer, since the token that waited is gone, is told so."""
    if tx.value(_WAITED):
        tx.run(_GONE, {"scope": scope})


def look_at(tx: Tx, instances: list[int]) -> None:
    """These are looked at as soon as the caller has committed."""
    tx.run("INSERT INTO processes.nudge (child_id) SELECT unnest(%(ids)s::bigint[])", {"ids": instances})


# of a migration: where the node stays what it is, its children are waited for there; who goes elsewhere leaves them
_ELSEWHERE = """
WITH gone AS (
    UPDATE processes.sub s SET left_at = %(now)s, why = CASE WHEN s.begun THEN 'migrated' END FROM processes.migrated m
     WHERE m.migration_id = %(migration)s AND m.goes AND s.token_id = m.token_id AND s.left_at IS NULL
    RETURNING s.child_id, s.begun
)
INSERT INTO processes.nudge (child_id) SELECT child_id FROM gone WHERE begun AND child_id IS NOT NULL
"""
MIGRATED = (
    _ELSEWHERE,
    """
    UPDATE processes.sub s SET node_id = m.to_id FROM processes.migrated m
     WHERE m.migration_id = %(migration)s AND NOT m.goes AND s.token_id = m.token_id AND s.left_at IS NULL
    """,
)
MIGRATED_BACK = (
    _ELSEWHERE.replace("AND m.goes", "AND m.back AND m.goes").replace("'migrated'", "'cancelled'"),
    """
    UPDATE processes.sub s SET node_id = m.node_id FROM processes.migrated m
     WHERE m.migration_id = %(migration)s AND m.back AND NOT m.goes AND s.token_id = m.token_id AND s.left_at IS NULL
    """,
    """
    WITH again AS (
        UPDATE processes.sub s SET left_at = NULL, why = NULL
          FROM processes.migrated m JOIN processes.migration g ON g.id = m.migration_id
         WHERE m.migration_id = %(migration)s AND m.back AND m.goes AND s.token_id = m.token_id
           AND s.node_id = m.node_id AND s.left_at = g.at
        RETURNING s.child_id, s.begun
    )
    INSERT INTO processes.nudge (child_id) SELECT child_id FROM again WHERE begun AND child_id IS NOT NULL
    """,
)

# who waits for children has one that is open, or is told; what was begun by somebody who waits no longer is told
_TOLD = "EXISTS (SELECT FROM processes.nudge k WHERE k.child_id = s.child_id)"
SOUND = {
    "sub_waits_for_nothing": f"""
        SELECT t.id AS token_id, t.instance_id, n.key FROM processes.token t
          JOIN processes.node n ON n.id = t.node_id AND n.kind = 'sub'
          JOIN processes.instance i ON i.id = t.instance_id AND i.state = 'open'
         WHERE t.state = 'waiting'
           AND NOT EXISTS (SELECT FROM processes.sub s LEFT JOIN processes.instance c ON c.id = s.child_id
                            WHERE s.token_id = t.id AND s.left_at IS NULL AND (c.state = 'open' OR {_TOLD}))""",
    "sub_of_nobody": f"""
        SELECT s.child_id AS instance_id, s.parent_id, s.why FROM processes.sub s
          JOIN processes.instance c ON c.id = s.child_id AND c.state = 'open'
          JOIN processes.instance p ON p.id = s.parent_id
         WHERE s.begun AND (s.why IS NOT NULL OR s.left_at IS NULL AND p.state <> 'open') AND NOT {_TOLD}""",
}

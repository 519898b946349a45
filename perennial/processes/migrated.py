"""Migrations that were done, and their one way back: who stands as they were put goes back as they stood."""

from typing import Any

from perennial import tasks
from perennial.kernel import Conflict, Missing, Row, Tx
from perennial.processes import nudges
from perennial.processes.advance import lock
from perennial.processes.migrate import SHOWN, go_on
from perennial.processes.plan import readable


def migrations(tx: Tx, key: str, *, limit: int = 20) -> list[Row]:
    """The newest first: id, at, by, number (the version gone to), moved, back, undone_at, undone_by."""
    return tx.rows(
        """
        SELECT m.id, m.at, m.by, v.number, m.undone_at, m.undone_by, c.moved, c.back
          FROM processes.migration m
          JOIN processes.process p ON p.id = m.process_id
          JOIN processes.version v ON v.id = m.version_id
         CROSS JOIN LATERAL (SELECT count(DISTINCT d.instance_id) AS moved,
                                    count(DISTINCT d.instance_id) FILTER (WHERE d.back) AS back
                               FROM processes.migrated d WHERE d.migration_id = m.id) c
         WHERE p.key = %(process)s ORDER BY m.id DESC LIMIT %(limit)s
        """,
        {"process": key, "limit": limit},
    )


def undo(tx: Tx, migration_id: int) -> dict[str, Any]:
    """Every instance that stands as it was put is on its old version again, as it stood; the others stay and are named.

    locks    the instances, by number
    returns  `form`, `moved` (back), `stayed`, `left` (instances that the workers advance), `gone_on` (the first of
             those that stayed: instance, record_id)
    errors   Missing processes.no_migration, Conflict processes.migration_undone
    """
    row = tx.one("SELECT * FROM processes.migration WHERE id = %(id)s FOR UPDATE", {"id": migration_id})
    if row is None:
        raise Missing("processes.no_migration", id=migration_id)
    if row["undone_at"] is not None:
        raise Conflict("processes.migration_undone", id=migration_id)
    of = {"migration": migration_id, "version": row["version_id"], "by": tx.actor.as_json()}
    all_: list[int] = tx.value(
        "SELECT array_agg(DISTINCT instance_id) FROM processes.migrated WHERE migration_id = %(migration)s", of
    )
    lock(tx, sorted(all_))
    moved = tx.run(_BACK, of)
    for statement in _MOVE:
        tx.run(statement, of)
    tasks.move_from_inactive(tx, tx.value(_TOKENS, of) or [])
    left = go_on(tx, migration_id, back=True)
    test, own = readable(tx)
    gone_on = tx.rows(_GONE_ON.format(test=test), {**of, **own, "limit": SHOWN, "zone": tx.zone.key})
    form = tx.value("SELECT form FROM processes.process WHERE id = %(id)s", {"id": row["process_id"]})
    return {"form": form, "moved": moved, "stayed": len(all_) - moved, "left": left, "gone_on": gone_on}


_STANDS = """
    SELECT m.instance_id
      FROM processes.migrated m
      JOIN processes.migration g ON g.id = m.migration_id
      JOIN processes.instance i ON i.id = m.instance_id AND i.state = 'open' AND i.version_id = g.version_id
      LEFT JOIN processes.token t ON t.id = m.token_id AND t.instance_id = m.instance_id AND t.node_id = m.to_id
            AND t.entered_at = CASE WHEN m.goes THEN g.at ELSE m.entered_at END
     WHERE m.migration_id = %(migration)s
     GROUP BY m.instance_id
    HAVING count(*) = count(t.id)
       AND count(*) = (SELECT count(*) FROM processes.token o WHERE o.instance_id = m.instance_id)"""
# marks the tokens that go back, once per instance; how many instances
_BACK = f"""
WITH undone AS (
    UPDATE processes.migration SET undone_at = %(now)s, undone_by = %(by)s::jsonb WHERE id = %(migration)s
), stands AS MATERIALIZED ({_STANDS}
), marked AS (
    UPDATE processes.migrated m SET back = true FROM stands s
     WHERE m.migration_id = %(migration)s AND m.instance_id = s.instance_id
)
UPDATE processes.instance i SET version_id = c.version_id
  FROM (SELECT DISTINCT m.instance_id, m.version_id FROM processes.migrated m JOIN stands s USING (instance_id)
         WHERE m.migration_id = %(migration)s) c
 WHERE i.id = c.instance_id
"""
_TOKENS = "SELECT array_agg(token_id) FROM processes.migrated WHERE migration_id = %(migration)s AND back AND goes"
_OF = "m.migration_id = %(migration)s AND m.back"
_MOVE = (
    f"""
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
    SELECT m.instance_id, m.to_id, m.token_id, t.entered_at, %(now)s, 'migrated_back', jsonb_build_object('to', n.key)
      FROM processes.migrated m JOIN processes.token t ON t.id = m.token_id JOIN processes.node n ON n.id = m.node_id
     WHERE {_OF} AND m.goes
    """,
    f"""
    UPDATE tasks.task k SET kind_id = old.id
      FROM processes.migrated m JOIN tasks.kind old ON old.node_id = m.node_id
     WHERE {_OF} AND NOT m.goes AND k.token_id = m.token_id AND (k.state = 'open' OR k.why = 'sent_back')
    """,
    f"""
    UPDATE tasks.task k SET state = 'closed', why = 'migrated_back', finished_at = %(now)s FROM processes.migrated m
     WHERE {_OF} AND m.goes AND k.token_id = m.token_id AND k.state = 'open'
    """,
    f"""
    UPDATE tasks.task k SET state = CASE WHEN m.state = 'frozen' THEN 'closed' ELSE 'open' END,
           why = CASE WHEN m.state = 'frozen' THEN 'sent_back' END,
           finished_at = CASE WHEN m.state = 'frozen' THEN k.finished_at END
      FROM processes.migrated m JOIN processes.migration g ON g.id = m.migration_id
     WHERE {_OF} AND m.goes AND k.token_id = m.token_id AND k.state = 'closed' AND k.why = 'migrated'
       AND k.finished_at = g.at
    """,
    f"""
    UPDATE processes.vote v SET state = 'closed', counts = false, why = 'migrated_back'
      FROM processes.migrated m JOIN processes.approval a ON a.token_id = m.token_id AND a.state = 'open'
     WHERE {_OF} AND m.goes AND v.approval_id = a.id AND v.state IN ('waiting', 'asked')
    """,
    f"""
    UPDATE processes.approval a SET state = 'closed', decided_at = %(now)s FROM processes.migrated m
     WHERE {_OF} AND m.goes AND a.token_id = m.token_id AND a.state = 'open'
    """,
    f"""
    UPDATE processes.approval a SET node_id = m.node_id FROM processes.migrated m
     WHERE {_OF} AND NOT m.goes AND a.token_id = m.token_id AND a.state = 'open'
    """,
    f"""
    UPDATE processes.approval a SET state = 'open', decided_at = NULL
      FROM processes.migrated m JOIN processes.migration g ON g.id = m.migration_id
     WHERE {_OF} AND m.goes AND a.token_id = m.token_id AND a.node_id = m.node_id AND a.decided_at = g.at
       AND a.state = 'closed'
       AND EXISTS (SELECT FROM processes.vote v WHERE v.approval_id = a.id AND v.why = 'migrated')
    """,
    f"""
    UPDATE processes.vote v SET state = CASE WHEN v.asked_at IS NULL THEN 'waiting' ELSE 'asked' END, counts = true,
           why = NULL
      FROM processes.migrated m JOIN processes.approval a ON a.token_id = m.token_id AND a.state = 'open'
     WHERE {_OF} AND m.goes AND v.approval_id = a.id AND v.state = 'closed' AND v.why = 'migrated'
    """,
    f"""
    UPDATE processes.decision d SET outcome = 'held', reason = NULL, decided_at = d.held_at FROM processes.migrated m
     WHERE {_OF} AND m.goes AND d.id = m.decision_id AND d.outcome = 'skipped' AND d.reason = 'migrated'
    """,
    *nudges.MIGRATED_BACK,
    f"""
    DELETE FROM processes.stuck s USING processes.migrated m WHERE {_OF} AND m.goes AND s.token_id = m.token_id
    """,
    f"""
    UPDATE processes.stuck s SET node_id = m.node_id FROM processes.migrated m WHERE {_OF} AND s.token_id = m.token_id
    """,
    f"""
    UPDATE processes.token t SET node_id = m.node_id, entered_at = m.entered_at,
           state = CASE WHEN n.kind IN ('wait', 'join', 'sub', 'webhook') AND m.state = 'waiting'
                             OR m.goes AND m.state IN ('parked', 'held')
                        THEN 'ready' WHEN m.goes THEN m.state ELSE t.state END,
           wake_at = CASE WHEN n.kind IN ('wait', 'join', 'sub', 'webhook') AND m.state = 'waiting'
                               OR m.goes AND m.state IN ('parked', 'held')
                          THEN %(now)s WHEN m.goes THEN m.wake_at ELSE t.wake_at END,
           decision_id = CASE WHEN m.goes THEN m.decision_id ELSE t.decision_id END
      FROM processes.migrated m JOIN processes.node n ON n.id = m.node_id WHERE {_OF} AND t.id = m.token_id
    """,
)
_GONE_ON = """
SELECT x.instance_id AS instance, x.record_id FROM (
    SELECT DISTINCT m.instance_id, i.record_id, p.form
      FROM processes.migrated m JOIN processes.instance i ON i.id = m.instance_id
      JOIN processes.process p ON p.id = i.process_id
     WHERE m.migration_id = %(migration)s AND NOT m.back) x
 WHERE ({test}) ORDER BY x.instance_id LIMIT %(limit)s
"""

"""How instances stop without having walked to the end, and how they come back.

cancelled   `cancel_when` holds; goes on at `then`, or ends
superseded  a later term took its place; comes back when the date does
suspended   the record is deleted; comes back with it
What stops keeps its tokens, frozen: the way back is to thaw them. Tasks close and unsent messages are withdrawn.
"""

from perennial import actions, tasks
from perennial.kernel import Tx
from perennial.processes.nodes.common import Published
from perennial.processes.versions import Active


def end_set(tx: Tx, instances: list[int], state: str, why: str) -> int:
    """These open instances are finished, cancelled, superseded or suspended; how many were open.

    locks   the caller holds the instances
    """
    ended = tx.value(
        """
        WITH ended AS (
            UPDATE processes.instance SET state = %(state)s, why = %(why)s,
                   ended_at = CASE WHEN %(state)s = 'suspended' THEN NULL ELSE %(now)s::timestamptz END
             WHERE id = ANY(%(ids)s::bigint[]) AND state IN ('open', 'suspended') AND state <> %(state)s RETURNING id
        )
        SELECT array_agg(id) FROM ended
        """,
        {"ids": instances, "state": state, "why": why},
    )
    if not ended:
        return 0
    if state == "finished":
        tx.run("DELETE FROM processes.token WHERE instance_id = ANY(%(ids)s::bigint[])", {"ids": ended})
    else:
        _freeze(tx, ended)
    tasks.close_set(tx, ended, state if state != "suspended" else "deleted")
    if state != "suspended":  # a record may be restored: until then the guard keeps its messages here
        actions.withdraw(tx, ended, state)
    # what fell due in a hold and was to be settled is settled: there is nobody left to do it for
    tx.run(
        "UPDATE processes.decision SET outcome = 'skipped', reason = %(state)s, decided_at = %(now)s"
        " WHERE instance_id = ANY(%(ids)s::bigint[]) AND outcome = 'held' AND %(state)s <> 'suspended'",
        {"ids": ended, "state": state},
    )
    return len(ended)


def open_of(tx: Tx, active: Active, records: list[int], *, past: bool | None = None) -> list[int]:
    """Open instances of these records. `past`: only those behind `then`, or only those that are not.

    locks   the caller holds them
    """
    return (
        tx.value(
            "SELECT array_agg(id ORDER BY id) FROM processes.instance WHERE process_id = %(process)s AND state = 'open'"
            "   AND record_id = ANY(%(records)s::bigint[]) AND (%(past)s::boolean IS NULL OR past_then = %(past)s)",
            {"process": active.version.process_id, "records": records, "past": past},
        )
        or []
    )


def _freeze(tx: Tx, instances: list[int]) -> None:
    tx.run(
        "UPDATE processes.token SET state = 'frozen' WHERE instance_id = ANY(%(ids)s::bigint[]) AND state <> 'frozen'",
        {"ids": instances},
    )


def cancel(tx: Tx, version: Published, instances: list[int]) -> int:
    """`cancel_when` holds for these: what is open is cancelled; each goes on at `then`, or is over."""
    then = version.process.then
    if not then:
        return end_set(tx, instances, "cancelled", "cancel_when")
    tasks.close_set(tx, instances, "cancelled")
    actions.withdraw(tx, instances, "cancelled")
    tx.run(
        "UPDATE processes.decision SET outcome = 'skipped', reason = 'cancelled', decided_at = %(now)s"
        " WHERE instance_id = ANY(%(ids)s::bigint[]) AND outcome = 'held'",
        {"ids": instances},
    )
    return tx.run(
        """
        WITH gone AS (DELETE FROM processes.token WHERE instance_id = ANY(%(ids)s::bigint[]) RETURNING instance_id),
        past AS (UPDATE processes.instance SET past_then = true WHERE id = ANY(%(ids)s::bigint[]))
        INSERT INTO processes.token (instance_id, node_id, wake_at, entered_at, base_at)
        SELECT DISTINCT instance_id, %(then)s::int, %(now)s::timestamptz, %(now)s::timestamptz, %(now)s::timestamptz
          FROM gone
        """,
        {"ids": instances, "then": version.nodes[then]},
    )


def resume_set(tx: Tx, instances: list[int]) -> int:
    """These instances are open again and stand where they stood; waits compute their moment anew, tasks are open again.

    locks   the caller holds the instances; none of their records has another open one
    """
    resumed = tx.value(
        """
        WITH resumed AS (
            UPDATE processes.instance i SET state = 'open', why = NULL, ended_at = NULL
             WHERE i.id = ANY(%(ids)s::bigint[]) AND i.state IN ('suspended', 'superseded', 'cancelled') RETURNING i.id
        )
        SELECT array_agg(id) FROM resumed
        """,
        {"ids": instances},
    )
    if not resumed:
        return 0
    tokens = tx.value(
        """
        WITH thawed AS (
            UPDATE processes.token t
               SET state = CASE WHEN k.id IS NULL THEN 'ready' ELSE 'waiting' END,
                   wake_at = CASE WHEN k.id IS NULL THEN %(now)s::timestamptz ELSE t.wake_at END
              FROM processes.token s
              LEFT JOIN LATERAL (SELECT k.id FROM tasks.task k WHERE k.token_id = s.id AND k.state = 'closed'
                                  ORDER BY k.id DESC LIMIT 1) k ON true
             WHERE s.id = t.id AND t.instance_id = ANY(%(ids)s::bigint[]) AND t.state = 'frozen'
            RETURNING t.id, k.id AS task_id
        )
        SELECT array_agg(id) FILTER (WHERE task_id IS NOT NULL) FROM thawed
        """,
        {"ids": resumed},
    )
    if tokens:
        tasks.reopen_set(tx, tokens)
    return len(resumed)

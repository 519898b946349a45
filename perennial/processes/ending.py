"""How instances stop without having walked to the end, and how they come back.

cancelled   `cancel_when` holds; goes on at `then`, or ends
superseded  a later term took its place; comes back when the date does
suspended   the record is deleted; comes back with it
What stops keeps its tokens, frozen: the way back is to thaw them. Tasks close and unsent messages are withdrawn; they
come back, too.
"""

from perennial import actions, forms, formula, messages, tasks
from perennial.kernel import Tx
from perennial.processes import nudges, versions
from perennial.processes.approvals.gone import close_gone
from perennial.processes.nodes.common import Published
from perennial.processes.versions import Active
from perennial.rules import Wanted, rendered

MOST = 5_000  # instances cancelled in one transaction: people may wait behind it


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
    nudges.changed(tx, ended, finished=state == "finished")
    if state == "finished":
        tx.run("DELETE FROM processes.token WHERE instance_id = ANY(%(ids)s::bigint[])", {"ids": ended})
        close_gone(tx, ended, state)
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
    went = tx.run(
        """
        WITH gone AS (DELETE FROM processes.token WHERE instance_id = ANY(%(ids)s::bigint[]) RETURNING instance_id),
        past AS (UPDATE processes.instance SET past_then = true WHERE id = ANY(%(ids)s::bigint[]))
        INSERT INTO processes.token (instance_id, node_id, wake_at, entered_at, base_at)
        SELECT DISTINCT instance_id, %(then)s::int, %(now)s::timestamptz, %(now)s::timestamptz, %(now)s::timestamptz
          FROM gone
        """,
        {"ids": instances, "then": version.nodes[then]},
    )
    close_gone(tx, instances, "cancelled")
    return went


def by_clock(tx: Tx) -> list[tuple[Published, bool]]:
    """Versions with open instances that time alone can cancel, and whether their moment (not only a new day) has
    come."""
    rows = tx.rows(
        "SELECT v.id, v.cancelled_at < %(now)s AS ago, (v.cancelled_at AT TIME ZONE %(zone)s)::date < %(today)s AS "
        "yesterday FROM processes.version v WHERE v.definition ? 'cancel_when' AND EXISTS ("
        "  SELECT FROM processes.instance i WHERE i.version_id = v.id AND i.state = 'open') ORDER BY v.id",
        {"zone": tx.zone.key},
    )
    found: list[tuple[Published, bool]] = []
    for row in rows:  # as many as there are versions
        published = versions.version(tx, row["id"])
        typed = formula.check(published.process.cancel_when, forms.catalog(tx).scope(published.process.form))
        if typed.volatile:
            found.append((published, row["ago"] if _reads(typed, "NOW") else row["yesterday"]))
    return found


def _reads(typed: formula.Typed, function: str) -> bool:
    return typed.op == function or any(_reads(one, function) for one in typed.args)


def cancel_due(tx: Tx) -> int:
    """Instances whose `cancel_when` the clock made true are cancelled; how many. Called by the tick: it looks once a
    day at versions whose condition reads TODAY(), each time at those that read NOW(), and at no others."""
    return sum(_cancel_due(tx, published) for published, due in by_clock(tx) if due)


def _cancel_due(tx: Tx, version: Published) -> int:
    process = version.process
    query = rendered(tx, process.form, {"cancelled": Wanted(process.cancel_when, "yes_no")})
    over = (
        f"SELECT i.id FROM processes.instance i JOIN ({query.text}) r ON r.rid = i.record_id"
        " WHERE i.version_id = %(version)s AND i.state = 'open' AND NOT i.past_then AND r.cancelled"
    )
    params = {**query.params, "version": version.id, "zone": tx.zone.key, "most": MOST}
    found = tx.rows(f"{over} ORDER BY i.id LIMIT %(most)s", params)
    if found:
        ids = {"ids": [row["id"] for row in found]}
        tx.run("SELECT id FROM processes.instance WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE", ids)
        still = tx.rows(f"{over} AND i.id IN (SELECT unnest(%(ids)s::bigint[])) ORDER BY i.id", {**params, **ids})
        cancel(tx, version, [row["id"] for row in still])
    if len(found) < MOST:
        tx.run("UPDATE processes.version SET cancelled_at = %(now)s WHERE id = %(version)s", {"version": version.id})
    return len(found)


def resume_set(tx: Tx, instances: list[int]) -> int:
    """These instances are open again and stand where they stood; waits compute their moment anew, tasks are open again,
    and what had not left when they stopped may leave.

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
    nudges.changed(tx, resumed)
    messages.resume_set(tx, resumed, ("cancelled", "superseded"))
    tokens = tx.value(
        """
        WITH thawed AS (
            UPDATE processes.token t
               SET state = CASE WHEN k.id IS NULL THEN 'ready' ELSE 'waiting' END,
                   wake_at = CASE WHEN k.id IS NULL THEN %(now)s::timestamptz ELSE t.wake_at END
              FROM processes.token s
              LEFT JOIN LATERAL (SELECT k.id FROM tasks.task k WHERE k.token_id = s.id AND k.state = 'closed'
                                  AND k.why IN ('cancelled', 'superseded', 'deleted')
                                  ORDER BY k.id DESC LIMIT 1) k ON true
             WHERE s.id = t.id AND t.instance_id = ANY(%(ids)s::bigint[]) AND t.state = 'frozen'
               AND t.frozen_by IS NULL
            RETURNING t.id, k.id AS task_id
        )
        SELECT array_agg(id) FILTER (WHERE task_id IS NOT NULL) FROM thawed
        """,
        {"ids": resumed},
    )
    if tokens:
        tasks.reopen_set(tx, tokens)
    tx.run("DELETE FROM processes.stuck WHERE instance_id = ANY(%(ids)s::bigint[])", {"ids": resumed})  # tried again
    return len(resumed)

"""What is stuck tries again at once, and says what came of it."""

from dataclasses import dataclass

from perennial.kernel import Missing, Tx
from perennial.processes import stuck
from perennial.processes.advance import advance, lock
from perennial.processes.plan import readable
from perennial.processes.watch_ways import known

AT_ONCE = 500  # instances that go on while the person waits; workers take on the rest


@dataclass(frozen=True, slots=True)
class Retried:
    """Tokens that tried again, how many of them are stuck again, and how many wait for a worker."""

    tried: int
    again: int
    later: int


def try_again(tx: Tx, key: str, *, node: str | None = None, token: int | None = None) -> Retried:
    """The stuck tokens of a node (of any version), or one of them, try again; a node that had paused goes on.

    errors  Missing processes.no_such_process, no_such_step; a token that is stuck no more, or of a record that the
            actor may not read: processes.not_stuck
    """
    of = known(tx, key)
    if node is not None and node not in of.labels:
        raise Missing("processes.no_such_step", node=node)
    test, own = readable(tx)
    rows = tx.rows(
        f"""
        SELECT x.token, x.instance_id
          FROM (SELECT s.token_id AS token, s.instance_id, i.record_id, p.form
                  FROM processes.stuck s
                  JOIN processes.node n ON n.id = s.node_id AND n.id = ANY (%(nodes)s::int[])
                   AND (%(node)s::text IS NULL OR n.key = %(node)s)
                  JOIN processes.instance i ON i.id = s.instance_id
                  JOIN processes.process p ON p.id = i.process_id
                 WHERE %(token)s::bigint IS NULL OR s.token_id = %(token)s) x
         WHERE ({test}) ORDER BY x.instance_id, x.token
        """,
        {**own, **of.params, "node": node, "token": token},
    )
    if token is not None and not rows:
        raise Missing("processes.not_stuck")
    if token is None:
        tx.run(
            "UPDATE processes.node SET paused_at = NULL WHERE paused_at IS NOT NULL AND id = ANY (%(nodes)s::int[])"
            "   AND (%(node)s::text IS NULL OR key = %(node)s)",
            {**of.params, "node": node},
        )
    instances = sorted({row["instance_id"] for row in rows})
    here = lock(tx, instances[:AT_ONCE])
    tokens = [row["token"] for row in rows]
    stuck.retry(tx, tokens=tokens)
    advance(tx, here, ending=True)
    again = tx.value("SELECT count(*) FROM processes.stuck WHERE token_id = ANY (%(t)s::bigint[])", {"t": tokens})
    return Retried(len(tokens), int(again), sum(row["instance_id"] in set(instances[AT_ONCE:]) for row in rows))

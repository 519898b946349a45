"""Quarantine: one record whose data makes a statement fail must not stop the others.

Only errors of data are narrowed down, by halving the set until a single token is left; it is parked with its error and
shown. Locks, connections, disk and memory are nobody's data: they roll the batch back and are tried again later.
"""

import json
from dataclasses import replace

import psycopg

from perennial.kernel import Invalid, Tx
from perennial.processes import nodes
from perennial.processes.nodes.common import Moved, Standing

MOST = 64  # stuck tokens in one batch; then the node pauses until somebody looks
DATA = (psycopg.DataError, psycopg.IntegrityError, Invalid)

_HERE = """
SELECT array_agg(t.id ORDER BY t.id) FROM processes.token t
 WHERE t.node_id = %(node)s AND t.instance_id IN (SELECT unnest(%(scope)s::bigint[]))
   AND (t.state = 'ready' OR t.state = 'waiting' AND t.wake_at <= %(now)s)
"""


def run(standing: Standing) -> tuple[Moved, dict[str, int]]:
    """What moved, and how many tokens are parked by error code."""
    parked: dict[str, int] = {}
    try:
        with standing.tx.savepoint():
            return nodes.run(standing), parked
    except DATA:
        tokens: list[int] = standing.tx.value(_HERE, standing.params()) or []
        return _halve(standing, tokens, parked), parked


def _halve(standing: Standing, tokens: list[int], parked: dict[str, int]) -> Moved:
    if sum(parked.values()) >= MOST:
        return Moved(0, 0)
    try:
        with standing.tx.savepoint():
            return nodes.run(replace(standing, only=tokens))
    except DATA as error:
        if len(tokens) <= 1:
            _park(standing, tokens, error, parked)
            return Moved(len(tokens), len(tokens))
    middle = len(tokens) // 2
    return _halve(standing, tokens[:middle], parked) + _halve(standing, tokens[middle:], parked)


def _park(standing: Standing, tokens: list[int], error: Exception, parked: dict[str, int]) -> None:
    code = error.code if isinstance(error, Invalid) else getattr(error, "sqlstate", None) or "22000"
    facts = error.facts if isinstance(error, Invalid) else {"error": str(error).splitlines()[0][:300]}
    standing.tx.run(
        """
        WITH parked AS (
            UPDATE processes.token SET state = 'parked' WHERE id = ANY(%(tokens)s::bigint[]) RETURNING id,
              instance_id, node_id
        )
        INSERT INTO processes.stuck (token_id, instance_id, node_id, code, facts, at)
        SELECT id, instance_id, node_id, %(code)s, %(facts)s::jsonb, %(now)s FROM parked
        ON CONFLICT (token_id) DO UPDATE SET code = excluded.code, facts = excluded.facts, at = excluded.at
        """,
        {"tokens": tokens, "code": code, "facts": json.dumps(facts, ensure_ascii=False, default=str)},
    )
    parked[code] = parked.get(code, 0) + len(tokens)
    if sum(parked.values()) >= MOST:
        standing.tx.run(
            "UPDATE processes.node SET paused_at = %(now)s WHERE id = %(node)s",
            {"node": standing.version.nodes[standing.node.key]},
        )


def retry(tx: Tx, node_id: int | None = None, *, tokens: list[int] | None = None) -> list[int]:
    """Parked tokens (of one node, or only these) try again and a paused node goes on; the instances concerned."""
    of = {"node": node_id, "tokens": tokens}
    tx.run(
        "UPDATE processes.node SET paused_at = NULL WHERE paused_at IS NOT NULL AND coalesce(%(node)s, id) = id"
        "   AND (%(tokens)s::bigint[] IS NULL OR id IN (SELECT s.node_id FROM processes.stuck s"
        "                                                WHERE s.token_id = ANY(%(tokens)s::bigint[])))",
        of,
    )
    return (
        tx.value(
            """
            WITH gone AS (
                DELETE FROM processes.stuck WHERE coalesce(%(node)s, node_id) = node_id
                   AND (%(tokens)s::bigint[] IS NULL OR token_id = ANY(%(tokens)s::bigint[])) RETURNING token_id
            ), ready AS (
                UPDATE processes.token t SET state = 'ready', wake_at = %(now)s FROM gone g
                 WHERE t.id = g.token_id AND t.state = 'parked' RETURNING t.instance_id
            )
            SELECT array_agg(DISTINCT instance_id) FROM ready
            """,
            of,
        )
        or []
    )

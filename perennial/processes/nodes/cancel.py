"""cancel: whoever stands at some nodes ends there; other rounds of a split are left alone."""

from perennial import tasks
from perennial.kernel import Query
from perennial.processes.approvals.gone import close_gone
from perennial.processes.definition import Cancel
from perennial.processes.nodes.common import Making, Moved, Standing, moved, stepped, target

# where two paths part, the branches differ and not the visits: they belong to the same round
_TOGETHER = """coalesce((SELECT min(o.n) FROM unnest(t.path) WITH ORDINALITY o (value, n)
                       WHERE o.n <= cardinality(a.path) AND o.value <> a.path[o.n]) %% 2 = 0, true)"""
_TOLD = "SELECT a.id, a.instance_id, a.path FROM at_node a ORDER BY a.id"
_END = f"""
WITH gone AS (
    DELETE FROM processes.token t
     USING unnest(%(ids)s::bigint[], %(instances)s::bigint[], %(paths)s::text[]) AS c (id, instance_id, words),
           LATERAL (SELECT c.words::bigint[] AS path) a
     WHERE t.instance_id = c.instance_id AND t.id <> c.id AND t.node_id = ANY(%(there)s::int[])
       AND t.state <> 'frozen' AND {_TOGETHER}
    RETURNING t.id, t.decision_id
), unheld AS (
    UPDATE processes.decision d SET outcome = 'skipped', reason = 'cancelled', decided_at = %(now)s FROM gone g
     WHERE d.id = g.decision_id AND d.outcome = 'held'
)
SELECT array_agg(id) AS tokens FROM gone
"""


def make(making: Making, node: Cancel) -> dict[str, Query]:
    return {
        "run": making.query(
            f"""WITH {making.at_node()},
{stepped("'cancelled'")},
{moved(target(node.next), told=_TOLD)}"""
        ),
        "end": Query(_END),
    }


def run(standing: Standing) -> Moved:
    node = standing.node
    assert isinstance(node, Cancel)
    rows = standing.rows("run")
    if not rows:
        return Moved(0, 0)
    instances = [row["instance_id"] for row in rows]
    given = {
        "ids": [row["id"] for row in rows], "instances": instances,
        "paths": ["{" + ",".join(map(str, row["path"])) + "}" for row in rows],
        "there": [standing.version.nodes[key] for key in node.nodes],
    }  # fmt: skip
    tokens: list[int] = standing.rows("end", given)[0]["tokens"] or []
    if tokens:
        tasks.close_tokens(standing.tx, tokens, "cancelled")
        close_gone(standing.tx, instances, "cancelled")
    return Moved(len(rows), len(rows), None, len(tokens))

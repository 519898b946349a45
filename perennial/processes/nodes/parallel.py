"""parallel: every branch begins at once and ends by itself."""

from perennial.kernel import Query
from perennial.processes.definition import Parallel
from perennial.processes.nodes.common import EFFECT, Making, Standing, moved, stepped


def make(making: Making, node: Parallel) -> dict[str, Query]:
    first = f"%(to_{node.branches[0]})s::int"
    others = ", ".join(f"(%(to_{key})s::int, {at})" for at, key in enumerate(node.branches[1:], 2))
    return {
        "run": making.query(
            f"""WITH {making.at_node()},
{stepped("'split'")},
spread AS (
    INSERT INTO processes.token
           (instance_id, node_id, wake_at, entered_at, base_at, late, quiet, path, round)
    SELECT a.instance_id, b.node_id, %(now)s, %(now)s, a.base_at, a.late, a.quiet, a.path || b.branch::smallint, a.round
      FROM at_node a CROSS JOIN (VALUES {others}) AS b (node_id, branch)),
{moved(first, sets=EFFECT + ", path = a.path || 1::smallint")}"""
        )
    }


def run(standing: Standing) -> int:
    return standing.value("run")

"""parallel: every branch begins at once and ends by itself.

Two statements that do the same: `run` for tokens that stand here, `begin` for instances that have just begun here and
have no token yet; where a hold or a cancellation keeps one of those, its token stands here, ready.
"""

from perennial.kernel import Query
from perennial.processes.definition import Parallel
from perennial.processes.nodes import arrival
from perennial.processes.nodes.common import EFFECT, LATE, ONWARD, SCOPE, Making, Moved, Standing, moved, stepped

_OTHERS = "SELECT node_id, state FROM moved UNION ALL SELECT node_id, state FROM spread"
_SPREAD = """(instance_id, node_id, state, wake_at, entered_at, base_at, late, quiet, path, round)
    SELECT a.instance_id, b.node_id, {state}, {wake}, %(now)s, a.base_at, a.late, a.quiet, a.path || b.branch::smallint,
           a.round
      FROM at_node a CROSS JOIN (VALUES {branches}) AS b (node_id, branch)"""


def make(making: Making, node: Parallel) -> dict[str, Query]:
    process = making.process
    first = f"%(to_{node.branches[0]})s::int"
    branches = [f"(%(to_{key})s::int, {at})" for at, key in enumerate(node.branches, 1)]
    state, wake = arrival.state(process, node, "b.node_id"), arrival.wake(process, node, "b.node_id")
    more = arrival.moments(process, node)
    move = moved(
        first,
        sets=EFFECT + ", path = a.path || 1::smallint",
        told=f"SELECT count(*) AS n, {ONWARD.format(moved=_OTHERS)} FROM at_node",
        state=arrival.state(process, node, first),
        wake=arrival.wake(process, node, first),
    )
    return {
        "run": making.query(
            f"""WITH {making.at_node(more=more)},
{stepped("'split'")},
spread AS (
    INSERT INTO processes.token {_SPREAD.format(state=state, wake=wake, branches=", ".join(branches[1:]))}
    RETURNING node_id, state),
{move}"""
        ),
        "begin": making.query(
            f"""WITH fresh AS MATERIALIZED (
    SELECT nextval('processes.token_id_seq') AS id, i.id AS instance_id, %(now)s::timestamptz AS entered_at,
           i.due_at AS base_at, i.due_at < %(now)s::timestamptz - {LATE} AS late, i.quiet,
           '{{}}'::smallint[] AS path, 0::smallint AS round, r.*{more},
           (r.rid IS NOT NULL AND {_GOING} {making.free}) AS free
      FROM {SCOPE}
     CROSS JOIN LATERAL (SELECT * FROM processes.instance i WHERE i.id = s.id OFFSET 0) i
      LEFT JOIN LATERAL (SELECT * FROM ({making.record.text}) r WHERE r.rid = i.record_id OFFSET 0) r ON true
), at_node AS NOT MATERIALIZED (SELECT * FROM fresh WHERE free),
{stepped("'split'")},
kept AS (
    INSERT INTO processes.token (id, instance_id, node_id, wake_at, entered_at, base_at, late, quiet)
    OVERRIDING SYSTEM VALUE
    SELECT id, instance_id, %(node)s, %(now)s, entered_at, base_at, late, quiet FROM fresh WHERE free IS NOT TRUE
    RETURNING node_id, state),
moved AS (
    INSERT INTO processes.token {_BEGIN.format(state=state, wake=wake, branches=", ".join(branches))}
    RETURNING node_id, state)
SELECT (SELECT count(*) FROM at_node) AS n, {ONWARD.format(moved=_BEGUN)}"""
        ),
    }


# a paused node keeps whoever comes
_GOING = "NOT EXISTS (SELECT FROM processes.node n WHERE n.id = %(node)s AND n.paused_at IS NOT NULL)"
_BEGUN = "SELECT node_id, state FROM moved UNION ALL SELECT node_id, state FROM kept"
_BEGIN = """(id, instance_id, node_id, state, wake_at, entered_at, base_at, late, quiet, path, round)
    OVERRIDING SYSTEM VALUE
    SELECT CASE b.branch WHEN 1 THEN a.id ELSE nextval('processes.token_id_seq') END, a.instance_id, b.node_id,
           {state}, {wake}, %(now)s, a.base_at, a.late, a.quiet, a.path || b.branch::smallint, a.round
      FROM at_node a CROSS JOIN (VALUES {branches}) AS b (node_id, branch)"""


def run(standing: Standing) -> Moved:
    return standing.moved("run")

"""parallel: every branch begins at once and ends by itself.

Two statements: `run` for tokens that stand here; `begin` for instances that have just begun here and have no token yet.
`begin` also opens the task of the first branch that has one. Where a hold, a cancellation or a pause keeps an instance,
its token stands here, ready.
"""

from perennial import tasks
from perennial.kernel import Query
from perennial.processes.definition import Create, End, Parallel, Process, Task, Update
from perennial.processes.nodes import arrival, task
from perennial.processes.nodes.common import EFFECT, LATE, ONWARD, SCOPE, VISIT, Making, Moved, Standing, moved, stepped
from perennial.rules import Wanted

_SPREAD = "SELECT node_id, state FROM moved UNION ALL SELECT node_id, state FROM spread"
_BEGUN = "SELECT node_id, state FROM moved UNION ALL SELECT node_id, state FROM kept"


def make(making: Making, beginning: Making, node: Parallel) -> dict[str, Query]:
    """`beginning`: with the columns of `begun_columns` too."""
    return {"run": _run(making, node), "begin": _begin(beginning, node)}


def run(standing: Standing) -> Moved:
    return standing.moved("run")


def _run(making: Making, node: Parallel) -> Query:
    process = making.process
    first = f"%(to_{node.branches[0]})s::int"
    others = ", ".join(f"(%(to_{key})s::int, {at})" for at, key in enumerate(node.branches[1:], 2))
    move = moved(
        first,
        sets=EFFECT + ", path = a.path || a.visit || 1::bigint",
        told=f"SELECT count(*) AS n, {ONWARD.format(moved=_SPREAD)} FROM at_node",
        state=arrival.state(process, node, first),
        wake=arrival.wake(process, node, first),
    )
    return making.query(
        f"""WITH {making.at_node(more=VISIT + arrival.moments(process, node))},
{stepped("'split'", visit="a.visit")},
spread AS (
    INSERT INTO processes.token
           (instance_id, node_id, state, wake_at, entered_at, base_at, late, quiet, path, round)
    SELECT a.instance_id, b.node_id, {arrival.state(process, node, "b.node_id")},
           {arrival.wake(process, node, "b.node_id")}, %(now)s, a.base_at, a.late, a.quiet,
           a.path || a.visit || b.branch::bigint, a.round
      FROM at_node a CROSS JOIN (VALUES {others}) AS b (node_id, branch)
    RETURNING node_id, state),
{move}"""
    )


def opened(process: Process, node: Parallel) -> Task | None:
    """The task that `begin` opens: of the first branch that is one; a search for a proposal is left to the task.

    None when a node beside it may end the instance or write records: in the order of the definition it may come first.
    """
    beside = [process.node(key) for key in node.branches]
    if any(isinstance(one, Update | Create) or (isinstance(one, End) and one.scope == "instance") for one in beside):
        return None
    alone = (one for one in beside if isinstance(one, Task) and not (one.propose or one.critical or one.others))
    return next(alone, None)


def begun_columns(process: Process, node: Parallel) -> dict[str, Wanted]:
    first = opened(process, node)
    return task.columns(process, first) if first else {}


def _begin(making: Making, node: Parallel) -> Query:
    process, first = making.process, opened(making.process, node)
    branches = ", ".join(f"(%(to_{key})s::int, {at})" for at, key in enumerate(node.branches, 1))
    at = node.branches.index(first.key) + 1 if first else 0  # the branch whose task is opened
    mine = f"b.branch = {at}"
    standing = {"%(node)s", *([f"%(to_{first.key})s"] if first else [])}
    ctes = f"""fresh AS MATERIALIZED (
    SELECT nextval('processes.token_id_seq') AS id, {"NULL::bigint" if at <= 1 else _NEXT} AS task_token,
           i.id AS instance_id, i.record_id, %(now)s::timestamptz AS entered_at, i.due_at AS base_at,
           i.due_at < %(now)s::timestamptz - {LATE} AS late, i.quiet, r.*{arrival.moments(process, node)},
           {VISIT.lstrip(" ,")},
           (r.rid IS NOT NULL AND {_GOING.format(nodes=", ".join(sorted(standing)))} {making.free}) AS free
      FROM {SCOPE}
     CROSS JOIN LATERAL (SELECT * FROM processes.instance i WHERE i.id = s.id OFFSET 0) i
      LEFT JOIN LATERAL (SELECT * FROM ({making.record.text}) r WHERE r.rid = i.record_id OFFSET 0) r ON true
), at_node AS NOT MATERIALIZED (SELECT * FROM fresh WHERE free),
{stepped("'split'", visit="a.visit")},
kept AS (
    INSERT INTO processes.token (id, instance_id, node_id, wake_at, entered_at, base_at, late, quiet)
    OVERRIDING SYSTEM VALUE
    SELECT id, instance_id, %(node)s, %(now)s, entered_at, base_at, late, quiet FROM fresh WHERE free IS NOT TRUE
    RETURNING node_id, state),
moved AS (
    INSERT INTO processes.token
           (id, instance_id, node_id, state, wake_at, entered_at, base_at, late, quiet, path)
    OVERRIDING SYSTEM VALUE
    SELECT CASE b.branch WHEN 1 THEN a.id {f"WHEN {at} THEN a.task_token" if at > 1 else ""} ELSE {_NEXT} END,
           a.instance_id, b.node_id,
           CASE WHEN {mine} THEN 'waiting' ELSE {arrival.state(process, node, "b.node_id")} END,
           CASE WHEN {mine} THEN {task.wake(first, None) if first else "NULL"}
                ELSE {arrival.wake(process, node, "b.node_id")} END,
           %(now)s, a.base_at, a.late, CASE WHEN {mine} THEN NULL ELSE a.quiet END, ARRAY[a.visit, b.branch]
      FROM at_node a CROSS JOIN (VALUES {branches}) AS b (node_id, branch)
    RETURNING node_id, state)"""
    told = f"SELECT (SELECT count(*) FROM at_node) AS n, {ONWARD.format(moved=_BEGUN)}"
    if first is None:
        return making.query(f"WITH {ctes}\n{told}")
    wanted = making.query(task.wanted(process, first, token="a.id" if at == 1 else "a.task_token"))
    counting = tasks.opening(wanted, ctes)
    text = counting.text.removesuffix(_COUNT)
    assert text != counting.text
    return Query(text + told, dict(counting.params))


_NEXT = "nextval('processes.token_id_seq')"
_COUNT = "SELECT count(*) AS n FROM opened"  # the last line of what opens tasks
# a paused node keeps whoever comes
_GOING = "NOT EXISTS (SELECT FROM processes.node n WHERE n.id IN ({nodes}) AND n.paused_at IS NOT NULL)"

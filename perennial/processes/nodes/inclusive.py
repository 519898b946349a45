"""inclusive: every case that holds begins a branch; when none does, the rest goes on alone."""

from perennial.kernel import Query
from perennial.processes.definition import Inclusive
from perennial.processes.nodes import arrival, condition
from perennial.processes.nodes.common import ONWARD, VISIT, Making, Moved, Standing, stepped, target


def make(making: Making, node: Inclusive, others: dict[str, Query]) -> dict[str, Query]:
    process = making.process
    tests = condition.tests(node)
    cases = ", ".join(
        f"({at}, {target(case.next)}, {test})" for at, (case, test) in enumerate(zip(node.cases, tests, strict=True), 1)
    )
    none = " AND ".join(f"({test}) IS NOT TRUE" for test in tests)
    ways = f"(VALUES {cases}, (0, {target(node.otherwise)}, {none})) AS b (branch, node_id, holds)"
    more = VISIT + condition.looked_up(node, others) + arrival.moments(process, node)
    params = {key: value for other in others.values() for key, value in other.params.items()}
    query = making.query(
        f"""WITH {making.at_node(more=more)},
opened AS MATERIALIZED (
    SELECT a.*, b.branch, b.node_id FROM at_node a CROSS JOIN LATERAL {ways} WHERE b.holds),
{stepped(_OUTCOME, visit="a.visit")},
gone AS (DELETE FROM processes.token t USING at_node a WHERE t.id = a.id),
unmet AS (
    UPDATE processes.decision d SET outcome = 'skipped', reason = 'condition' FROM at_node a
     WHERE d.id = a.decision_id
       AND NOT EXISTS (SELECT FROM opened o WHERE o.id = a.id AND o.node_id IS NOT NULL)),
moved AS (
    INSERT INTO processes.token
           (instance_id, node_id, state, wake_at, entered_at, base_at, late, quiet, path, round)
    SELECT a.instance_id, a.node_id, {arrival.state(process, node, "a.node_id")},
           {arrival.wake(process, node, "a.node_id")}, %(now)s, a.base_at, a.late, a.quiet,
           a.path || a.visit || a.branch::bigint, a.round
      FROM opened a WHERE a.node_id IS NOT NULL
    RETURNING node_id, state)
SELECT count(*) AS n, {ONWARD.format(moved="SELECT node_id, state FROM moved")} FROM at_node"""
    )
    return {"run": Query(query.text, {**query.params, **params})}


# which cases held, in the step: what the split opened
_OUTCOME = """(
        SELECT string_agg(CASE o.branch WHEN 0 THEN 'otherwise' ELSE 'case_' || (o.branch - 1) END, ' '
                          ORDER BY o.branch)
          FROM opened o WHERE o.id = a.id)"""


def run(standing: Standing) -> Moved:
    return standing.moved("run")

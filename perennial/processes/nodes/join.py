"""join: the branches of one visit of a split become one.

A token that stands here early waits without a moment. What decides is who still lives below the visit, read when
something arrives or a branch has ended: nothing is counted in advance, so nothing can disagree with what is there.
"""

from perennial import tasks
from perennial.kernel import Query
from perennial.processes.approvals.gone import close_gone
from perennial.processes.definition import Join
from perennial.processes.nodes.common import ONWARD, Making, Moved, Standing, target

# where in the path the visit of the split stands: by its key, which a migration to another version keeps
_DEPTH = """, t.state AS stood, (SELECT max(o.n)
          FROM unnest(t.path) WITH ORDINALITY o (visit, n)
          JOIN processes.step z ON z.id = o.visit
          JOIN processes.node y ON y.id = z.node_id
         WHERE o.n %% 2 = 1 AND y.key = '{of}')::int AS depth"""
_ONLY = "t.instance_id IN (SELECT instance_id FROM processes.token WHERE id = ANY(%(only)s::bigint[]))"
_LIVES = """EXISTS (SELECT FROM processes.token o
                WHERE o.instance_id = a.instance_id AND o.path[a.depth] = a.path[a.depth] AND o.state <> 'frozen'
                  AND NOT (o.node_id = %(node)s AND o.state IN ('ready', 'waiting')))"""
_JOINED = """EXISTS (SELECT FROM processes.step z JOIN processes.node y ON y.id = z.node_id
                WHERE z.instance_id = a.instance_id AND y.key = '{key}' AND z.outcome = 'joined'
                  AND (z.facts ->> 'visit')::bigint = a.path[a.depth])"""


def make(making: Making, node: Join) -> dict[str, Query]:
    to = target(node.next)
    early = (
        f"WHEN {_JOINED.format(key=node.key)} THEN 'absorbed' WHEN a.n >= {node.need} THEN 'joined'"
        if node.need
        else ""
    )
    standing = making.at_node(state="t.state IN ('ready', 'waiting')", more=_DEPTH.format(of=node.of), only=_ONLY)
    run = f"""WITH {standing},
here AS (
    SELECT a.*, count(*) OVER w AS n, min(a.id) OVER w AS keeps, max(a.base_at) OVER w AS latest,
           bool_or(a.late) OVER w AS any_late, bool_or(a.quiet IS NULL) OVER w AS loud, max(a.round) OVER w AS highest
      FROM at_node a
    WINDOW w AS (PARTITION BY a.instance_id, a.path[a.depth], CASE WHEN a.depth IS NULL THEN a.id END)),
judged AS MATERIALIZED (
    SELECT a.*, CASE {early} WHEN NOT {_LIVES} THEN 'joined' END AS fate FROM here a),
stepped AS (
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
    SELECT a.instance_id, %(node)s, a.id, a.entered_at, %(now)s,
           CASE WHEN a.fate = 'joined' AND a.id <> a.keeps THEN 'arrived' ELSE a.fate END,
           jsonb_build_object('visit', a.path[a.depth])
      FROM judged a WHERE a.fate IS NOT NULL ORDER BY a.id),
gone AS (
    DELETE FROM processes.token t USING judged a
     WHERE t.id = a.id AND (a.fate = 'absorbed' OR a.fate = 'joined' AND (a.id <> a.keeps OR {to} IS NULL))),
stays AS (
    UPDATE processes.token t SET state = 'waiting', wake_at = NULL FROM judged a
     WHERE t.id = a.id AND a.fate IS NULL AND a.stood = 'ready'),
moved AS (
    UPDATE processes.token t SET node_id = {to}, state = 'ready', wake_at = %(now)s, entered_at = %(now)s,
           base_at = a.latest, late = a.any_late, quiet = CASE WHEN a.loud THEN NULL ELSE a.quiet END,
           decision_id = NULL, path = coalesce(a.path[:a.depth - 1], a.path), round = a.highest
      FROM judged a WHERE t.id = a.id AND a.fate = 'joined' AND a.id = a.keeps AND {to} IS NOT NULL
    RETURNING t.node_id, t.state)
SELECT count(*) FILTER (WHERE stood = 'ready' OR fate IS NOT NULL) AS n,
       count(*) FILTER (WHERE stood = 'ready') AS came,
       count(*) FILTER (WHERE fate = 'absorbed' OR fate = 'joined' AND {to} IS NULL) AS ended,
       array_agg(instance_id ORDER BY id) FILTER (WHERE fate = 'joined' AND id = keeps) AS instances,
       array_agg(path[depth] ORDER BY id) FILTER (WHERE fate = 'joined' AND id = keeps) AS visits,
       array_agg(depth ORDER BY id) FILTER (WHERE fate = 'joined' AND id = keeps) AS depths,
       {ONWARD.format(moved="SELECT node_id, state FROM moved")}
  FROM judged"""
    return {"run": making.query(run), **({"rest": Query(_REST)} if node.need and node.rest == "cancel" else {})}


_REST = """
WITH gone AS (
    DELETE FROM processes.token t
     USING unnest(%(instances)s::bigint[], %(visits)s::bigint[], %(depths)s::int[]) AS j (instance_id, visit, depth)
     WHERE t.instance_id = j.instance_id AND t.path[j.depth] = j.visit
    RETURNING t.id, t.decision_id
), unheld AS (
    UPDATE processes.decision d SET outcome = 'skipped', reason = 'cancelled', decided_at = %(now)s FROM gone g
     WHERE d.id = g.decision_id AND d.outcome = 'held'
)
SELECT array_agg(id) AS tokens FROM gone
"""


def run(standing: Standing) -> Moved:
    row = standing.rows("run")[0]
    ended = row["ended"]
    if row["instances"] and "rest" in standing.statements:
        given = {name: row[name] for name in ("instances", "visits", "depths")}
        left = standing.rows("rest", given)[0]["tokens"]
        if left:
            tasks.close_tokens(standing.tx, left, "cancelled")
            close_gone(standing.tx, row["instances"], "cancelled")
            ended += len(left)
    return Moved(row["n"], row["came"], row["onward"] or {}, ended)

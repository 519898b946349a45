"""notify: a message is decided for everyone it concerns. It leaves through the outbox, where the guard asks again.

To a customer (`audience`) it is left out when later than its limit, counted from the last date wait or the start, and
on the first walk of a quiet late entry. A colleague's notice has no limit unless it is set.
"""

from perennial import actions
from perennial.kernel import Query
from perennial.processes.definition import CUSTOMER_LIMIT_DAYS, Notify, Process
from perennial.processes.nodes import arrival
from perennial.processes.nodes.common import ONWARD, Making, Moved, Standing, moved, target
from perennial.rules import Wanted, named, who_columns


def limit_days(node: Notify) -> int | None:
    if node.limit_days is not None:
        return node.limit_days or None
    return CUSTOMER_LIMIT_DAYS if node.who.kind == "audience" else None


def columns(process: Process, node: Notify) -> dict[str, Wanted]:
    owner = {"owner_id": Wanted(process.owner)} if process.owner else {}
    when = {"wanted": Wanted(node.when, "yes_no")} if node.when else {}
    return {**who_columns(node.who), **owner, **when}


def make(making: Making, node: Notify) -> dict[str, Query]:
    tests: list[str] = []
    customer = node.who.kind == "audience"
    if node.when:
        tests.append("WHEN NOT a.wanted THEN 'condition'")
    if customer:
        tests.append("WHEN a.quiet = 'tasks' THEN 'quiet'")
    limit = limit_days(node)
    if limit is not None:
        loud = "a.quiet IS NULL AND " if customer else ""
        tests.append(f"WHEN {loud}a.base_at < %(now)s::timestamptz - interval '{limit} days' THEN 'too_late'")
    skip = f"CASE {' '.join(tests)} END" if tests else "NULL::text"
    role = node.who.name.replace("'", "''")
    person = "NULL::bigint[]"
    if node.who.kind == "role":
        owner = "a.owner_id" if making.process.owner else "NULL::bigint"
        nobody = (
            f"SELECT ARRAY[f.person_id] FROM tasks.resolve(NULL, {owner}, %(today)s) f WHERE f.person_id IS NOT NULL"
        )
        person = f"coalesce(tasks.holders('{role}', {owner}), ({nobody}))"
    elif not customer:
        owner = "a.owner_id" if making.process.owner else "NULL::bigint"
        found = f"tasks.resolve({named(node.who)}, {owner}, %(today)s) f WHERE f.person_id IS NOT NULL"
        person = f"(SELECT ARRAY[f.person_id] FROM {found})"
    next_id = target(node.next)
    onward = ONWARD.format(moved="SELECT node_id, state FROM moved")
    reasoned = f"""reasoned AS (
    UPDATE processes.decision d SET outcome = 'skipped', reason = ({skip}),
           facts = coalesce(d.facts, '{{}}') || jsonb_build_object('node', '{node.key}',
                   'days_late', floor(extract(epoch FROM %(now)s - a.base_at) / 86400))
      FROM at_node a WHERE d.id = a.decision_id AND ({skip}) IS NOT NULL)"""
    return {
        "run": making.query(
            f"""WITH {making.at_node(more=arrival.moments(making.process, node))},
stepped AS (
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
    SELECT a.instance_id, %(node)s, a.id, a.entered_at, %(now)s, coalesce('skipped: ' || ({skip}), 'decided'),
           CASE WHEN ({skip}) IS NULL THEN jsonb_build_object('base_at', CASE WHEN a.quiet IN ('latest', 'all')
                THEN %(now)s ELSE a.base_at END, 'moment', a.base_at, 'quiet', a.quiet, 'to', {person}) END
      FROM at_node a
    RETURNING id, outcome),
{reasoned},
{
                moved(
                    next_id,
                    sets=", decision_id = NULL",
                    told=f"SELECT (SELECT count(*) FROM at_node) AS n, {onward},"
                    " (SELECT array_agg(id) FROM stepped WHERE outcome = 'decided') AS steps",
                    state=arrival.state(making.process, node, next_id),
                    wake=arrival.wake(making.process, node, next_id),
                )
            }"""
        )
    }


def run(standing: Standing) -> Moved:
    node = standing.node
    assert isinstance(node, Notify)
    row = standing.rows("run")[0]
    if row["steps"]:
        limit = limit_days(node)
        actions.notify(
            standing.tx,
            _items(row["steps"], node, limit),
            template=node.template,
            audience=node.who.name if node.who.kind == "audience" else None,
        )
        if node.who.kind == "audience":
            _only_latest(standing, row["steps"])
    return Moved(row["n"], row["n"], row["onward"] or {})


def _only_latest(standing: Standing, steps: list[int]) -> None:
    """Where an import's answer was "the latest", earlier messages of the same walk are taken back again."""
    rows = standing.tx.rows(
        """
        SELECT n.key, array_agg(x.instance_id) AS instances
          FROM (SELECT s.instance_id, s.node_id,
                       row_number() OVER (PARTITION BY s.instance_id
                                          ORDER BY s.facts ->> 'moment' DESC, s.id DESC) AS place
                  FROM processes.step s
                 WHERE s.instance_id IN (SELECT l.instance_id FROM processes.step l
                                          WHERE l.id = ANY(%(steps)s::bigint[]) AND l.facts ->> 'quiet' = 'latest')
                   AND s.outcome = 'decided' AND s.facts ->> 'quiet' = 'latest') x
          JOIN processes.node n ON n.id = x.node_id
         WHERE x.place > 1 GROUP BY n.key
        """,
        {"steps": steps},
    )
    for row in rows:  # as many as there are nodes
        actions.withdraw(standing.tx, row["instances"], "later_one", node=row["key"])


def _items(steps: list[int], node: Notify, limit: int | None) -> Query:
    """One row per decision (and colleague), from the steps just left behind."""
    people = "" if node.who.kind == "audience" else ", p.id AS person_id"
    join = (
        ""
        if node.who.kind == "audience"
        else (
            " CROSS JOIN LATERAL jsonb_array_elements_text(nullif(s.facts -> 'to', 'null')) AS e (id) CROSS "
            "JOIN LATERAL "
            "(SELECT e.id::bigint) AS p (id)"
        )
    )
    after = "NULL::timestamptz" if limit is None else f"x.base_at + interval '{limit} days'"
    return Query(
        f"SELECT 'step:' || s.id AS decision, i.record_id, i.id AS instance_id, %(node_key)s::text AS node,"
        f" %(now)s::timestamptz AS due_at, {after} AS not_after{people}"
        f" FROM processes.step s JOIN processes.instance i ON i.id = s.instance_id"
        f" CROSS JOIN LATERAL (SELECT (s.facts ->> 'base_at')::timestamptz) AS x (base_at){join}"
        f" WHERE s.id = ANY(%(steps)s::bigint[])",
        {"steps": steps, "node_key": node.key},
    )

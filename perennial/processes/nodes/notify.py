"""notify: a message is decided for everyone it concerns. It leaves through the outbox, where the guard asks again.

To a customer (`audience`) it is left out when later than its limit, counted from the last date wait or the start, and
on the first walk of a quiet late entry. A colleague's notice has no limit unless it is set.
"""

from typing import Any

import sqlalchemy as sa

from perennial import actions
from perennial.kernel import Query
from perennial.processes.definition import CUSTOMER_LIMIT_DAYS, Notify, Process
from perennial.processes.nodes.common import Making, Standing, moved, target
from perennial.processes.nodes.task import named, who_columns
from perennial.processes.record import Wanted


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
        person = f"tasks.holders('{role}', {'a.owner_id' if making.process.owner else 'NULL::bigint'})"
    elif not customer:
        owner = "a.owner_id" if making.process.owner else "NULL::bigint"
        person = f"(SELECT ARRAY[f.person_id] FROM tasks.resolve({named(node.who)}, {owner}, %(today)s) f WHERE f.person_id IS NOT NULL)"
    next_id = target(node.next)
    reasoned = f"""reasoned AS (
    UPDATE processes.decision d SET outcome = 'skipped', reason = ({skip}),
           facts = coalesce(d.facts, '{{}}') || jsonb_build_object('node', '{node.key}',
                   'days_late', floor(extract(epoch FROM %(now)s - a.base_at) / 86400))
      FROM at_node a WHERE d.id = a.decision_id AND ({skip}) IS NOT NULL)"""
    return {
        "run": making.query(
            f"""WITH {making.at_node()},
stepped AS (
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
    SELECT a.instance_id, %(node)s, a.id, a.entered_at, %(now)s, coalesce('skipped: ' || ({skip}), 'decided'),
           CASE WHEN ({skip}) IS NULL THEN jsonb_build_object('base_at', CASE WHEN a.quiet IN ('latest', 'all')
                THEN %(now)s ELSE a.base_at END, 'quiet', a.quiet, 'to', {person}) END
      FROM at_node a
    RETURNING id, outcome),
{reasoned},
{
                moved(next_id, sets=", decision_id = NULL").replace(
                    "SELECT count(*) AS n FROM at_node",
                    "SELECT (SELECT count(*) FROM at_node) AS n,"
                    " (SELECT array_agg(id) FROM stepped WHERE outcome = 'decided') AS steps",
                )
            }"""
        )
    }


def run(standing: Standing) -> int:
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
    return int(row["n"])


def _items(steps: list[int], node: Notify, limit: int | None) -> sa.Select[Any]:
    """One row per decision (and colleague), from the steps just left behind."""
    people = "" if node.who.kind == "audience" else ", p.id AS person_id"
    join = (
        ""
        if node.who.kind == "audience"
        else (
            " CROSS JOIN LATERAL jsonb_array_elements_text(s.facts -> 'to') AS e (id) CROSS JOIN LATERAL (SELECT e.id::bigint) AS p (id)"
        )
    )
    after = "NULL::timestamptz" if limit is None else f"x.base_at + interval '{limit} days'"
    text = sa.text(
        f"SELECT 'step:' || s.id AS decision, i.record_id, i.id AS instance_id, CAST(:node_key AS text) AS node,"
        f" CAST(:now AS timestamptz) AS due_at, {after} AS not_after{people}"
        f" FROM processes.step s JOIN processes.instance i ON i.id = s.instance_id"
        f" CROSS JOIN LATERAL (SELECT (s.facts ->> 'base_at')::timestamptz) AS x (base_at){join}"
        f" WHERE s.id = ANY(:steps)"
    ).bindparams(sa.bindparam("steps", steps, sa.ARRAY(sa.BigInteger)), sa.bindparam("node_key", node.key, sa.Text))
    columns = {
        "decision": sa.Text, "record_id": sa.BigInteger, "instance_id": sa.BigInteger, "node": sa.Text,
        "due_at": sa.DateTime(timezone=True), "not_after": sa.DateTime(timezone=True),
        **({"person_id": sa.BigInteger} if people else {}),
    }  # fmt: skip
    return sa.select(text.columns(**columns).subquery("items"))  # type: ignore[arg-type]

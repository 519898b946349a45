"""What a wait looks out for: a record that is created and leads here, or a call of its hook.

In:   new records of a form, or calls, by their ids; tokens that stand at the wait
Out:  `token.came`: what has happened, kept until the token passes, so that a hold only puts it off
Since here: what the reaction handles while the token stands here, and what it was only slow to handle; since the start:
what is there already when the token comes, too. A restored record is not new; an imported one is, unless the import
was to set off nothing.
"""

import sqlalchemy as sa

from perennial import access, forms, formula
from perennial.kernel import SYSTEM, Query, Tx, render
from perennial.processes.definition import Arrival, Process, Wait
from perennial.processes.nodes.common import LATE

NO_EFFECT = "none"  # the answer to an import that sets off nothing


def waits_for_event(node: object) -> bool:
    return isinstance(node, Wait) and bool(node.arrives or node.hook)


def outcome(node: Wait) -> str:
    """What the step says of a token that an event let through."""
    return "met" if node.met else "came" if node.arrives else "called"


def happened(node: Wait, t: str = "t") -> str:
    """SQL: it has, in this visit."""
    return f"coalesce({t}.came ->> 'node' = '{node.key}' AND ({t}.came ->> 'at')::timestamptz >= {t}.entered_at, false)"


def candidates(tx: Tx, process: Process, node: Wait) -> Query:
    """A select of what may be the event: id, target (the record it leads to), at, facts; newest definitions apply."""
    if node.arrives is None:
        return Query(
            "SELECT c.id, c.record_id AS target, c.at, jsonb_build_object('hook', c.name, 'call', c.id) AS facts"
            " FROM processes.called c WHERE c.process = %(of_process)s AND c.name = %(hook)s",
            {"of_process": process.key, "hook": node.hook},
        )
    found = render(_records(tx, node.arrives))
    return Query(
        f"SELECT o.id, o.target, o.at, jsonb_build_object('form', %(came_form)s::text, 'record', o.id) AS facts"
        f" FROM ({found.text}) o WHERE o.target IS NOT NULL AND o.matches"
        "   AND NOT EXISTS (SELECT FROM changes.change c JOIN changes.transaction x ON x.id = c.transaction_id"
        "                    WHERE c.form_id = %(came_form_id)s AND c.record_id = o.id AND c.op = 'I'"
        "                      AND x.reason ->> 'kind' = 'import'"
        f"                     AND x.reason ->> 'answer' = '{NO_EFFECT}')",
        {**found.params, "came_form": node.arrives.form, "came_form_id": forms.catalog(tx).id(node.arrives.form)},
    )


def _records(tx: Tx, arrives: Arrival) -> sa.Select[tuple[object, ...]]:
    rows = access.readable(tx, arrives.form, actor=SYSTEM)
    scope, source = forms.catalog(tx).scope(arrives.form), rows.source
    target = formula.compile(formula.check(arrives.by, scope), source)
    matches = (
        formula.compile_condition(formula.check(arrives.when, scope, "yes_no"), source).is_(sa.true())
        if arrives.when
        else sa.true()
    )
    columns = [source.field("id"), target.label("target"), source.field("created_at").label("at"),
               matches.label("matches")]  # fmt: skip
    return sa.select(*columns).select_from(rows.from_).where(rows.where)


def earlier(found: Query) -> str:
    """SQL over i: what has happened since the instance began, as it is kept of a token; NULL: nothing."""
    return (
        f"(SELECT e.facts FROM ({found.text}) e WHERE e.target = i.record_id AND e.at >= i.started_at"
        " ORDER BY e.id LIMIT 1)"
    )


def kept(node: Wait, facts: str) -> str:
    """SQL: how it is kept."""
    return f"jsonb_build_object('node', '{node.key}', 'at', %(now)s::timestamptz) || {facts}"


def statements(node: Wait, found: Query) -> dict[str, Query]:
    """`whom`: the records that these events lead to. `notice`: tokens that stand at the wait know of it and look again;
    the instances concerned (of those that the caller holds locked)."""
    new = f"SELECT * FROM ({found.text}) e WHERE e.id IN (SELECT unnest(%(ids)s::bigint[]))"
    since = "i.started_at" if node.since == "start" else f"t.entered_at - {LATE}"
    return {
        "whom": Query(f"SELECT array_agg(DISTINCT e.target) FROM ({new}) e", found.params),
        "notice": Query(
            f"""
            WITH new AS MATERIALIZED ({new}),
            found AS MATERIALIZED (
                SELECT DISTINCT ON (t.id) t.id, t.instance_id, e.facts
                  FROM new e
                  JOIN processes.instance i ON i.record_id = e.target AND i.state = 'open'
                       AND i.id IN (SELECT unnest(%(held)s::bigint[]))
                  JOIN processes.token t ON t.instance_id = i.id AND t.node_id = %(node)s
                 WHERE e.at >= {since} AND NOT {happened(node)}
                 ORDER BY t.id, e.id),
            noticed AS (
                UPDATE processes.token t
                   SET came = {kept(node, "f.facts")},
                       state = CASE t.state WHEN 'waiting' THEN 'ready' ELSE t.state END,
                       wake_at = CASE t.state WHEN 'waiting' THEN %(now)s ELSE t.wake_at END
                  FROM found f WHERE t.id = f.id RETURNING t.instance_id)
            SELECT array_agg(DISTINCT instance_id) FROM noticed
            """,
            found.params,
        ),
    }

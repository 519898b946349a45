"""webhook: a call of somebody else's server is written down, and the branch stands here until it is answered.

`ask` writes one call per visit, in the transaction that came here; webhooks.py sends them. `go` lets through whoever is
ready and has an answer. A token that is ready again without one (after a hold, a deletion, a migration, a retry) asks
for what is left of its call. A workspace that sends nothing (a simulation, the demo's clock) records it and goes on.
"""

from perennial import formula
from perennial.formula import Scope
from perennial.kernel import Query, workspace
from perennial.processes.definition import Webhook
from perennial.processes.nodes.common import Making, Moved, Standing, moved, stepped, target
from perennial.rules import Wanted

_NUMBERS = ("number", "money", "percent")
VISIT = "c.token_id = t.id AND c.entered_at = t.entered_at AND c.left_at IS NULL"
_CALL = "".join(
    f", (SELECT c.{name} FROM processes.call c WHERE {VISIT} ORDER BY c.id DESC LIMIT 1) AS call_{name}"
    for name in ("id", "state")
)


def columns(node: Webhook) -> dict[str, Wanted]:
    """What its values read of the record."""
    return {f"value_{at}": Wanted(text) for at, (_, text) in enumerate(node.values) if text != "this"}


def make(making: Making, node: Webhook, scope: Scope) -> dict[str, Query]:
    answered = "('done', 'recorded', 'failed')" if node.on_error else "('done', 'recorded')"
    over = f"coalesce(a.call_state IN {answered}, false)"
    pairs = [f"({at}, %(key_{at})s::text, {_value(node, at, scope)})" for at in range(len(node.values))]
    body = f"(SELECT json_object_agg(p.k, p.v ORDER BY p.n)::text FROM (VALUES {', '.join(pairs)}) AS p (n, k, v))"
    ask = making.query(
        f"""WITH {making.at_node(more=_CALL)},
made AS (
    INSERT INTO processes.call (process_id, node_id, instance_id, token_id, entered_at, record_id, url, body, state,
                                most, try_at, decided_at)
    SELECT a.process_id, %(node)s, a.instance_id, a.id, a.entered_at, a.record_id, %(url)s,
           {body if pairs else "'{}'"}, %(first)s, {node.tries}, %(now)s, %(now)s
      FROM at_node a WHERE a.call_id IS NULL ORDER BY a.id),
again AS (
    UPDATE processes.call c
       SET state = CASE WHEN c.state IN ('cancelled', 'failed') THEN %(first)s ELSE c.state END,
           tries = CASE WHEN c.state = 'failed' THEN 0 ELSE c.tries END, try_at = least(c.try_at, %(now)s),
           why = NULL, settled_at = NULL
      FROM at_node a WHERE c.id = a.call_id AND NOT {over}),
stands AS (
    UPDATE processes.token t SET state = CASE %(first)s WHEN 'queued' THEN 'waiting' ELSE 'ready' END,
           wake_at = CASE %(first)s WHEN 'queued' THEN NULL ELSE t.wake_at END, quiet = NULL, decision_id = NULL
      FROM at_node a WHERE t.id = a.id AND NOT {over})
SELECT count(*) AS n FROM at_node a WHERE NOT {over}"""
    )
    given = {f"key_{at}": key for at, (key, _) in enumerate(node.values)}
    ready = f"EXISTS (SELECT FROM processes.call c WHERE {VISIT} AND c.state IN {answered})"
    outcome = "CASE a.call_state WHEN 'done' THEN 'sent' ELSE a.call_state END"
    facts = (
        "(SELECT jsonb_build_object('call', c.id, 'tries', c.tries, 'status', c.status) FROM processes.call c"
        " WHERE c.id = a.call_id)"
    )
    next_id = f"CASE a.call_state WHEN 'failed' THEN {target(node.on_error)} ELSE {target(node.next)} END"
    return {
        "ask": Query(ask.text, {**ask.params, **given, "url": node.url}),
        "go": making.query(
            f"""WITH {making.at_node(more=_CALL, free=f"{making.free} AND {ready}")},
answered AS (UPDATE processes.call c SET left_at = %(now)s FROM at_node a WHERE c.id = a.call_id),
{stepped(outcome, facts=facts)},
{moved(next_id)}"""
        ),
    }


def _value(node: Webhook, at: int, scope: Scope) -> str:
    """SQL: a value as JSON; numbers as text, so that no reader rounds them."""
    text = node.values[at][1]
    if text == "this":
        return "to_json(a.record_id)"
    kind = formula.check(text, scope).type.kind
    return f"to_json(trim_scale(a.value_{at})::text)" if kind in _NUMBERS else f"to_json(a.value_{at})"


def run(standing: Standing) -> Moved:
    place = workspace(standing.tx)
    silent = place.manual and place.kind != "test"
    asked = standing.value("ask", {"first": "recorded" if silent else "queued"})
    gone = standing.moved("go")
    if silent:
        return gone
    return Moved(asked + gone.count, asked + gone.count, gone.onward)

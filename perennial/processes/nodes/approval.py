"""approval: people decide, by votes. The branch stands still until they have; then it goes on by what they decided.

Entering writes the approval and a vote per slot, `approvals.settle` says what follows from them.
"""

from collections.abc import Iterator

from perennial.kernel import Query
from perennial.processes.approvals.settle import Rule, settle
from perennial.processes.definition import Approval, Process, Who
from perennial.processes.nodes import approval_time, task
from perennial.processes.nodes.common import Making, Moved, Standing
from perennial.rules import Wanted

_FIELDS = ("field", "head_of", "superiors")


def columns(process: Process, node: Approval) -> dict[str, Wanted]:
    found = {f"slot_{at}": Wanted(who.name) for at, who in enumerate(node.who) if who.kind in _FIELDS}
    found |= {f"copy_{at}": Wanted(who.name) for at, who in enumerate(node.copy_to) if who.kind in _FIELDS}
    title = {"title": Wanted(node.title, "text")} if node.title else {}
    owner = {"owner_id": Wanted(process.owner)} if process.owner else {}
    return {**found, **title, **owner}


def _named(people: tuple[Who, ...], name: str) -> Iterator[tuple[str, str]]:
    """SQL over `a`: (person, role) of each slot, in order."""
    for at, who in enumerate(people):
        column = f"a.{name}_{at}"
        if who.kind == "superiors":
            yield from ((f"processes.superior({column}, {level})", "NULL::text") for level in range(1, who.levels + 1))
        elif who.kind == "role":
            yield "NULL::bigint", _text(who.name)
        else:
            yield task.named(who, column=column), "NULL::text"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''").replace("%", "%%") + "'::text"


def _values(people: tuple[Who, ...], name: str) -> str:
    return ", ".join(f"({at}, {person}, {role})" for at, (person, role) in enumerate(_named(people, name), 1))


def _instead(node: Approval) -> tuple[str, str, str, str]:
    """SQL for a slot of nobody: person, role, state, why."""
    match node.empty:
        case "pass":
            return "NULL::bigint", "NULL::text", "'skipped'", "'empty'"
        case "reject":
            return "NULL::bigint", "NULL::text", "'rejected'", "'empty'"
        case "person":
            person = task.named(Who("person", node.instead))
            return person, f"CASE WHEN {person} IS NULL THEN 'business_admin' END", "'waiting'", "'empty'"
        case _:
            return "NULL::bigint", "'business_admin'", "'waiting'", "'empty'"


def make(making: Making, node: Approval) -> dict[str, Query]:
    owner = "a.owner_id" if making.process.owner else "NULL::bigint"
    person, role, state, why = _instead(node)
    decided = "a.empty" if node.empty in ("pass", "reject") else "false"
    text = f"""WITH {making.at_node(more=", nextval('processes.approval_id_seq') AS approval_id")},
opened AS (
    INSERT INTO processes.approval
           (id, instance_id, node_id, token_id, record_id, round, submitter_id, owner_id, title, opened_at, path)
    OVERRIDING SYSTEM VALUE
    SELECT a.approval_id, a.instance_id, %(node)s, a.id, a.record_id, a.round, coalesce({_SUBMITTER}, {owner}), {owner},
           {"a.title" if node.title else "NULL::text"}, %(now)s, a.path
      FROM at_node a),
waiting AS (
    UPDATE processes.token t SET state = 'waiting', wake_at = NULL, quiet = NULL, decision_id = NULL
      FROM at_node a WHERE t.id = a.id),
named AS MATERIALIZED (
    SELECT a.approval_id, {owner} AS owner_id, n.slot, n.person_id, n.role_key
      FROM at_node a CROSS JOIN LATERAL (VALUES {_values(node.who, "slot")}) AS n (slot, person_id, role_key)),
held AS MATERIALIZED (
    SELECT x.role_key, x.owner_id, tasks.holders(x.role_key, x.owner_id) AS people
      FROM (SELECT DISTINCT role_key, owner_id FROM named WHERE role_key IS NOT NULL) x),
filled AS (
    SELECT n.approval_id, n.slot, n.person_id, n.role_key, n.person_id IS NULL AND h.people IS NULL AS empty
      FROM named n
      LEFT JOIN held h ON h.role_key = n.role_key AND coalesce(h.owner_id, 0) = coalesce(n.owner_id, 0)),
slots AS (
    SELECT a.approval_id, a.slot, a.empty, CASE WHEN a.empty THEN {person} ELSE a.person_id END AS person_id,
           CASE WHEN a.empty THEN {role} ELSE a.role_key END AS role_key
      FROM filled a),
once AS (
    SELECT a.*, row_number() OVER (PARTITION BY a.approval_id, a.person_id, a.role_key,
                                                CASE WHEN {decided} THEN a.slot END ORDER BY a.slot) AS nth
      FROM slots a),
voted AS (
    INSERT INTO processes.vote (approval_id, slot, person_id, role_key, state, why, decided_at)
    SELECT a.approval_id, a.slot, a.person_id, a.role_key, CASE WHEN a.empty THEN {state} ELSE 'waiting' END,
           CASE WHEN a.empty THEN {why} END, CASE WHEN {decided} THEN %(now)s::timestamptz END
      FROM once a WHERE a.nth = 1 ORDER BY a.approval_id, a.slot){_copies(node, owner)}
SELECT array_agg(approval_id ORDER BY approval_id) AS approvals FROM at_node"""
    late = {"late": approval_time.make(making, node)} if node.on_timeout else {}
    return {"open": making.query(text), **late}


# who did the last task before; read aside, so that no other index is taken for it
_SUBMITTER = """(SELECT (x.facts ->> 'by')::bigint FROM (
                SELECT s.id, s.facts FROM processes.step s WHERE s.instance_id = a.instance_id OFFSET 0) x
              WHERE x.facts ? 'by' ORDER BY x.id DESC LIMIT 1)"""


def _copies(node: Approval, owner: str) -> str:
    if not node.copy_to:
        return ""
    return f""",
copied AS (
    INSERT INTO processes.copied (approval_id, person_id, at)
    SELECT DISTINCT a.approval_id, p.id, %(now)s::timestamptz
      FROM at_node a CROSS JOIN LATERAL (VALUES {_values(node.copy_to, "copy")}) AS n (nth, person_id, role_key)
     CROSS JOIN LATERAL unnest(coalesce(tasks.holders(n.role_key, {owner}), ARRAY[n.person_id])) AS p (id)
     WHERE p.id IS NOT NULL)"""


def run(standing: Standing) -> Moved:
    node = standing.node
    assert isinstance(node, Approval)
    fresh: list[int] = standing.rows("open")[0]["approvals"] or []
    count = len(fresh)
    if "late" in standing.statements:
        late = standing.rows("late")[0]
        fresh, count = [*fresh, *(late["approvals"] or ())], count + late["n"]
    done = settle(standing.tx, fresh, [Rule(standing.version, node)])
    return Moved(count, count, None if done.decided else {}, done.ended)

"""sub: an instance of another process for each record that is meant; the branch goes on when enough of them are over.

What is meant is fixed when the node is entered: a row each in `processes.sub`. A record whose process runs already is
linked and waited for; the others begin in one statement. Over is whatever is not open any longer, however it ended:
that is read when somebody was told to look (`nudges`), so nothing is counted in advance. A node that means nothing goes
on at once.
"""

import sqlalchemy as sa

from perennial import access, forms, formula
from perennial.kernel import Invalid, Query, Tx, render
from perennial.processes import nudges
from perennial.processes.definition import Process, Sub
from perennial.processes.nodes.common import EFFECT, Making, Moved, Standing, moved, stepped, target
from perennial.processes.nodes.wait import NEW, after, decided, sets
from perennial.rules import Wanted, rendered

INLINE = 500  # children that go on in the transaction of their parent; more are left to the workers


def target_form(tx: Tx, form: str, node: Sub) -> str:
    """The form of the records that are meant.

    errors  Invalid processes.no_such_collection, processes.not_relation, those of formulas
    """
    scope = forms.catalog(tx).scope(form)
    if node.over:
        found = scope.collection(node.over)
        if found is None or found.scope.form not in forms.catalog(tx):
            raise Invalid("processes.no_such_collection", path="over", name=node.over)
        return found.scope.form
    if node.record:
        typed = formula.check(node.record, scope)
        if typed.type.kind != "relation" or typed.type.form not in forms.catalog(tx):
            raise Invalid("processes.not_relation", path="record", field=node.record)
        return str(typed.type.form)
    return form


def meant(tx: Tx, form: str, node: Sub) -> Query:
    """A select of `rid` (a record of the process) and `meant` (a record that it means)."""
    rows = access.everything(tx, form)
    if node.over:
        child, tie = rows.source.children(node.over)
    else:
        child, live = rows.source.rows(target_form(tx, form, node))
        scope = forms.catalog(tx).scope(form)
        way = formula.compile(formula.check(node.record, scope), rows.source) if node.record else None
        wanted = rows.source.field("id") if way is None else way
        tie = sa.and_(child.field("id") == wanted, live)
    tests = [rows.where]
    if node.when:
        typed = formula.check(node.when, forms.catalog(tx).scope(target_form(tx, form, node)), "yes_no")
        tests.append(formula.compile_condition(typed, child))
    select = sa.select(rows.source.field("id").label("rid"), child.field("id").label("meant"))
    return render(select.select_from(rows.from_.join(child.from_, tie)).where(*tests))


# one look-up per row, whatever the planner believes: counted, since a search for the first is taken for quick without
# an index, and tested outside, since a partial index looks empty to it
_SUBS = "(SELECT * FROM processes.sub s WHERE s.token_id = {token}.id OFFSET 0)"
_LIVE = f"(SELECT count(*) FROM {_SUBS.format(token='t')} s WHERE s.left_at IS NULL)"
# not what ended with this process and is told to come back with it
_OVER = """c.state IS DISTINCT FROM 'open' AND (c.state = 'cancelled' AND c.why IN ('parent', 'migrated')
                AND EXISTS (SELECT FROM processes.nudge k WHERE k.child_id = c.id)) IS NOT TRUE"""
_COUNTED = f"""(SELECT {{what}} FROM {_SUBS.format(token="t")} s
        LEFT JOIN LATERAL (SELECT * FROM processes.instance c WHERE c.id = s.child_id OFFSET 0) c ON true
       WHERE s.left_at IS NULL)"""


def _enough(node: Sub) -> str:
    """SQL over `t`: it has waited long enough; those that nothing was meant for (`none`) have."""
    some = f"OR count(*) FILTER (WHERE {_OVER}) >= {node.need}" if node.need else ""
    every = _COUNTED.format(what=f"count(*) > 0 AND (bool_and({_OVER}) {some})")
    return f"(t.id = ANY(%(none)s::bigint[]) OR {every})"


def over(node: Sub, entered: str) -> str:
    """SQL: when its time is over."""
    return after(node.timeout, node.timeout_unit, entered) if node.timeout else "NULL::timestamptz"


def _let_go(node: Sub) -> str:
    """CTEs: nothing is waited for any longer; what was begun and is left ends, or goes on by itself."""
    why = "CASE WHEN x.begun AND c.state IN ('open', 'suspended') THEN 'rest' END" if node.rest == "cancel" else "NULL"
    return f"""let_go AS (
    UPDATE processes.sub s SET left_at = %(now)s, outcome = c.state, why = {why}
      FROM at_node a
     CROSS JOIN LATERAL {_SUBS.format(token="a")} x
      LEFT JOIN LATERAL (SELECT * FROM processes.instance c WHERE c.id = x.child_id OFFSET 0) c ON true
     WHERE s.id = x.id AND x.left_at IS NULL RETURNING s.child_id, s.why),
nudged AS (INSERT INTO processes.nudge (child_id) SELECT child_id FROM let_go WHERE why IS NOT NULL)"""


# who really waited here may talk to customers again, and is late from here on
_WAITED = f"""{EFFECT}, base_at = CASE WHEN a.entered_at < %(now)s THEN %(now)s ELSE t.base_at END,
       quiet = CASE WHEN a.entered_at < %(now)s THEN NULL ELSE t.quiet END"""


def make(making: Making, node: Sub, rows: Query) -> dict[str, Query]:
    """`rows`: what `meant` gives, with parameters of its own."""
    enter = f"""WITH {making.at_node(state=f"t.state = 'ready' AND {_LIVE} = 0")},
meant AS MATERIALIZED (
    SELECT a.id, a.instance_id, m.meant FROM at_node a
     CROSS JOIN LATERAL (SELECT m.meant FROM ({rows.text}) m WHERE m.rid = a.record_id OFFSET 0) m),
called AS (
    INSERT INTO processes.sub (parent_id, node_id, token_id, record_id, at)
    SELECT m.instance_id, %(node)s, m.id, m.meant, %(now)s FROM meant m ORDER BY m.id, m.meant),
waits AS (
    UPDATE processes.token t SET state = 'waiting', wake_at = {over(node, "t.entered_at")}, decision_id = NULL
     WHERE t.id IN (SELECT id FROM meant))
SELECT array_agg(a.id) FILTER (WHERE m.id IS NOT NULL) AS came, array_agg(a.id) FILTER (WHERE m.id IS NULL) AS none
  FROM at_node a LEFT JOIN (SELECT DISTINCT id FROM meant) m ON m.id = a.id"""
    facts = f"jsonb_build_object('of', count(*), 'over', count(*) FILTER (WHERE {_OVER}))"
    standing = making.at_node(
        state="t.state IN ('ready', 'waiting')", free=f"{making.free} AND {_enough(node)}",
        more=f", {_COUNTED.format(what=facts)} AS counted",
    )  # fmt: skip
    go = f"""WITH {standing},
{_let_go(node)},
{stepped("'ended'", facts="a.counted")},
{moved(target(node.next), sets=_WAITED)}"""
    stay = f"""WITH {making.at_node(state=f"t.state = 'ready' AND {_LIVE} > 0")}
UPDATE processes.token t SET state = 'waiting', wake_at = {over(node, "t.entered_at")} FROM at_node a
 WHERE t.id = a.id RETURNING t.id"""
    found = {
        "enter": Query(enter, {**making.record.params, **rows.params}),
        "go": making.query(go),
        "stay": making.query(stay),
    }
    if node.timeout:
        late = f"t.state = 'waiting' AND t.wake_at <= %(now)s AND {over(node, 't.entered_at')} <= %(now)s"
        due = "a.over_at"
        found["over"] = making.query(
            f"""WITH {making.at_node(state=late, more=f"{NEW}, {over(node, 't.entered_at')} AS over_at")},
{_let_go(node)},
{decided("true", due)},
{stepped("'timed out'", due=due)},
{moved(target(node.on_timeout), sets=sets("true", due))}"""
        )
    return found


def columns(process: Process, node: Sub) -> dict[str, Wanted]:
    """What is meant is read beside the record."""
    return {}


def run(standing: Standing) -> Moved:
    node = standing.node
    assert isinstance(node, Sub)
    entered = standing.rows("enter")[0]
    came: list[int] = entered["came"] or []
    begun = _begin(standing, node, came) if came else []
    went = standing.moved("go", {"none": entered["none"] or []})
    stay = len(standing.rows("stay"))
    late = standing.moved("over") if "over" in standing.statements else Moved(0, 0)
    count = len(came) + went.count + stay + late.count
    inline = begun if len(begun) <= INLINE else []
    if len(begun) > INLINE:
        nudges.look_at(standing.tx, begun)
    return Moved(count, count, None if count else {}, begun=tuple(inline))


_MEANT = """
SELECT DISTINCT ON (s.record_id) s.record_id, {basis} AS basis, %(now)s::timestamptz AS base_at, t.quiet,
       NULL::bigint AS instance_id
  FROM processes.sub s
  JOIN processes.token t ON t.id = s.token_id
 CROSS JOIN LATERAL (SELECT * FROM ({record}) r WHERE r.rid = s.record_id OFFSET 0) r
 WHERE s.token_id IN (SELECT unnest(%(tokens)s::bigint[])) AND s.left_at IS NULL AND s.child_id IS NULL
 ORDER BY s.record_id, s.id
"""
# of several that mean the same record, the first has begun it. What runs already may be ending at this moment in a
# transaction that does not see this row yet: it is looked at once more when this one is committed.
_LINK = """
WITH found AS (
    SELECT s.id, i.id AS child_id, row_number() OVER (PARTITION BY i.id ORDER BY s.id) AS nth
      FROM processes.sub s
     CROSS JOIN LATERAL (SELECT i.id FROM processes.instance i
                          WHERE i.process_id = %(process)s AND i.record_id = s.record_id
                            AND i.state IN ('open', 'suspended') LIMIT 1) i
     WHERE s.token_id IN (SELECT unnest(%(tokens)s::bigint[])) AND s.left_at IS NULL AND s.child_id IS NULL
), linked AS (
    UPDATE processes.sub s SET child_id = f.child_id, begun = f.nth = 1 AND b.id IS NOT NULL
      FROM found f LEFT JOIN unnest(%(begun)s::bigint[]) AS b (id) ON b.id = f.child_id
     WHERE s.id = f.id RETURNING s.child_id, s.begun
)
INSERT INTO processes.nudge (child_id) SELECT DISTINCT child_id FROM linked WHERE NOT begun
"""


def _begin(standing: Standing, node: Sub, tokens: list[int]) -> list[int]:
    """The instances that began for these tokens, which have just come."""
    from perennial.processes import versions
    from perennial.processes.start import begin

    tx = standing.tx
    active = next((one for one in versions.active(tx) if one.process.key == node.process), None)
    if active is None:
        raise Invalid("processes.sub_gone", path="process", label=node.label or node.key, process=node.process)
    basis = active.process.basis
    query = rendered(tx, active.process.form, {"basis": Wanted(basis, "date")} if basis else {})
    text = _MEANT.format(record=query.text, basis="r.basis" if basis else "NULL::date")
    begun = begin(tx, active.version, Query(text, {**query.params, "tokens": tokens}), entry="sub").instances
    tx.run(_LINK, {"process": active.version.process_id, "tokens": tokens, "begun": begun})
    return begun

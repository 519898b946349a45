"""wait: until a date, for a duration, until a condition holds or something happens.

Two statements: `enter` computes the moment (again, when a field it reads has changed), `go` lets through what has come.
Entering happens under a hold too, so that what falls due in it has its decision; passing does not.
"""

from perennial.kernel import Query
from perennial.processes.definition import Process, Unit, Wait
from perennial.processes.nodes import event
from perennial.processes.nodes.common import LATE, Making, Moved, Standing, moved, stepped, target
from perennial.rules import Wanted, renamed


def columns(process: Process, node: Wait) -> dict[str, Wanted]:
    if node.met:
        return {"met": Wanted(node.met, "yes_no")}
    if not node.until:
        return {}
    not_before = {"not_before": Wanted(process.not_before, "date")} if process.not_before else {}
    return {"until": Wanted(node.until, "date"), **not_before}


def after(count: int, unit: Unit, entered: str | None) -> str:
    """SQL: the moment `count` units after the token came; `None`: comes now, which is computed once per statement."""
    local = f"({entered or '%(now)s::timestamptz'} AT TIME ZONE %(zone)s)"
    if unit == "workdays":
        text = f"((kernel.workday_offset({local}::date, {count}) + {local}::time) AT TIME ZONE %(zone)s)"
    else:
        text = f"(({local} + interval '{count} days') AT TIME ZONE %(zone)s)"
    return text if entered else f"(SELECT {text})"


def moment(
    process: Process, node: Wait, *, until: str = "a.until", not_before: str = "a.not_before",
    entered: str | None = "a.entered_at",
) -> str:  # fmt: skip
    """SQL: when the wait is over; NULL: not by the clock."""
    if node.lasting:
        return after(node.lasting, node.unit, entered)
    if not node.until:
        return after(node.limit, node.unit, entered) if node.limit else "NULL::timestamptz"
    day = f"greatest({until}, {not_before})" if process.not_before else until
    # greatest() ignores blanks; without `until` there is no moment
    guarded = f"CASE WHEN {until} IS NOT NULL THEN {day} END"
    return f"(({guarded} + time '{node.at:%H:%M}') AT TIME ZONE %(zone)s)"


def make(making: Making, node: Wait, found: Query | None) -> dict[str, Query]:
    """`found`: what may be the event that it waits for."""
    process, outside = making.process, found is not None
    met = "a.met" if node.met else "a.happened" if outside else "false"
    on_time = target(node.next) if node.until or node.lasting else target(node.on_limit)
    next_id = f"CASE WHEN {met} THEN {target(node.next)} ELSE {on_time} END"
    here = "r.met" if node.met else event.happened(node) if outside else "false"
    over = "t.wake_at <= %(now)s" if here == "false" else f"({here} OR t.wake_at <= %(now)s)"
    by_clock = "a.wake_at <= %(now)s" + ("" if here == "false" else f" AND NOT {met}")
    known = f", {event.happened(node)} AS happened, t.came" if outside else ""
    more, came, params = known, "", dict[str, object]()
    if found is not None:
        earlier = renamed(found, "came")
        params = dict(earlier.params)
        more += f", {event.earlier(earlier)} AS earlier" if node.since == "start" else ", NULL::jsonb AS earlier"
        came = f", came = CASE WHEN a.happened THEN a.came ELSE {event.kept(node, 'a.earlier')} END"
    facts = "CASE WHEN a.happened THEN a.came - 'node' - 'at' END" if outside else "NULL::jsonb"
    passed = stepped(
        f"CASE WHEN {by_clock} THEN 'passed' ELSE '{event.outcome(node)}' END", due="a.wake_at", facts=facts
    )
    entered = making.query(
        f"""WITH {making.at_node(free=making.not_cancelled, more=more)},
entered AS (
    UPDATE processes.token t SET state = 'waiting', wake_at = {moment(process, node)}{came}
      FROM at_node a WHERE t.id = a.id
    RETURNING t.wake_at)
SELECT count(*) AS n, count(*) FILTER (WHERE wake_at <= %(now)s) AS due FROM entered"""
    )
    gone = sets(by_clock) + (", came = NULL" if outside else "")
    state = "t.state = 'waiting'"
    return {
        "enter": Query(entered.text, {**entered.params, **params}),
        "go": making.query(
            f"""WITH {making.at_node(state=state, free=f"{making.free} AND {over}", more=NEW + known)},
{decided(by_clock)},
{passed},
{moved(next_id, sets=gone)}"""
        ),
        **(event.statements(node, found) if found is not None else {}),
    }


def decided(by_clock: str, due: str = "a.wake_at") -> str:
    """CTEs: the ledger says that these moments were kept, or kept late; what a hold owed is settled."""
    return f"""decided AS (
    INSERT INTO processes.decision
           (id, process_id, node_id, instance_id, record_id, basis, due_at, decided_at, outcome)
    OVERRIDING SYSTEM VALUE
    SELECT a.new_id, a.process_id, %(node)s, a.instance_id, a.record_id, a.basis, {due}, %(now)s,
           CASE WHEN {due} < %(now)s - {LATE} THEN 'late' ELSE 'fired' END
      FROM at_node a WHERE {by_clock} AND a.decision_id IS NULL),
settled AS (
    UPDATE processes.decision d SET outcome = 'late', decided_at = %(now)s FROM at_node a
     WHERE d.id = a.decision_id AND d.outcome = 'held')"""


NEW = ", nextval('processes.decision_id_seq') AS new_id"


def sets(by_clock: str, due: str = "a.wake_at") -> str:
    """Lateness counts from here; a token that really waited talks to customers again."""
    return f""",
       base_at = CASE WHEN {by_clock} THEN {due} ELSE %(now)s END,
       late = t.late OR ({by_clock} AND {due} < %(now)s - {LATE}),
       quiet = CASE WHEN a.entered_at < %(now)s THEN NULL ELSE t.quiet END,
       decision_id = CASE WHEN {by_clock} THEN coalesce(a.decision_id, a.new_id) END"""


def run(standing: Standing) -> Moved:
    entered, gone = standing.rows("enter")[0], standing.moved("go")
    assert isinstance(standing.node, Wait)
    # whom a condition let through may not have been due: then nothing is known about those who were
    settled = entered["n"] - entered["due"] + gone.count if standing.node.until or standing.node.lasting else 0
    return Moved(entered["n"] + gone.count, settled, gone.onward)

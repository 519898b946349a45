"""wait: until a date, for a duration, or until a condition holds.

Two statements: `enter` computes the moment (again, when a field it reads has changed), `go` lets through what has come.
Entering happens under a hold too, so that what falls due in it has its decision; passing does not.
"""

from perennial.kernel import Query
from perennial.processes.definition import Process, Unit, Wait
from perennial.processes.nodes.common import LATE, Making, Moved, Standing, moved, stepped, target
from perennial.processes.record import Wanted


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
    if node.met:
        return after(node.limit, node.unit, entered) if node.limit else "NULL::timestamptz"
    day = f"greatest({until}, {not_before})" if process.not_before else until
    # greatest() ignores blanks; without `until` there is no moment
    guarded = f"CASE WHEN {until} IS NOT NULL THEN {day} END"
    return f"(({guarded} + time '{node.at:%H:%M}') AT TIME ZONE %(zone)s)"


def make(making: Making, node: Wait) -> dict[str, Query]:
    process = making.process
    met = "a.met" if node.met else "false"
    on_time = target(node.on_limit) if node.met else target(node.next)
    next_id = f"CASE WHEN {met} THEN {target(node.next)} ELSE {on_time} END"
    over = "(r.met OR t.wake_at <= %(now)s)" if node.met else "t.wake_at <= %(now)s"
    by_clock = "a.wake_at <= %(now)s" + (" AND NOT a.met" if node.met else "")
    return {
        "enter": making.query(
            f"""WITH {making.at_node(free=making.not_cancelled)},
entered AS (
    UPDATE processes.token t SET state = 'waiting', wake_at = {moment(process, node)} FROM at_node a WHERE t.id = a.id
    RETURNING t.wake_at)
SELECT count(*) AS n, count(*) FILTER (WHERE wake_at <= %(now)s) AS due FROM entered"""
        ),
        "go": making.query(
            f"""WITH {making.at_node(state="t.state = 'waiting'", free=f"{making.free} AND {over}", more=NEW)},
{decided(by_clock)},
{stepped(f"CASE WHEN {by_clock} THEN 'passed' ELSE 'met' END", due="a.wake_at")},
{moved(next_id, sets=sets(by_clock), ended=_ENDED.format(by_clock=by_clock, next_id=next_id))}"""
        ),
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


_ENDED = ""


def run(standing: Standing) -> Moved:
    entered, gone = standing.rows("enter")[0], standing.moved("go")
    assert isinstance(standing.node, Wait)
    # whom a condition let through may not have been due: then nothing is known about those who were
    settled = 0 if standing.node.met else entered["n"] - entered["due"] + gone.count
    return Moved(entered["n"] + gone.count, settled, gone.onward)

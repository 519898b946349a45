"""task: a person has something to do. The branch stands still until they finish it, and may ask again meanwhile."""

from perennial import tasks
from perennial.kernel import Query
from perennial.processes.definition import Process, Task
from perennial.processes.nodes.common import Making, Moved, Standing, moved, stepped, target
from perennial.processes.nodes.find import found
from perennial.processes.nodes.wait import NEW, after, decided, sets
from perennial.rules import Wanted, named, role_of, who_columns

DONE_BY = "18:00"  # a task is due at the end of a working day
_PRIORITY = {"low": -1, "normal": 0, "high": 1}


def columns(process: Process, node: Task) -> dict[str, Wanted]:
    title = {"title": Wanted(node.title, "text")} if node.title else {}
    owner = {"owner_id": Wanted(process.owner)} if process.owner else {}
    others = {f"named_{at}": Wanted(who.name) for at, who in enumerate(node.others, 1) if who_columns(who)}
    return {**who_columns(node.who), **others, **title, **owner}


def wanted(process: Process, node: Task, *, token: str = "a.id", proposal: str = "NULL::jsonb") -> str:
    """SQL: the task of each row of `at_node`, for `tasks.opening`."""
    owner = "a.owner_id" if process.owner else "NULL::bigint"
    return f"""SELECT %(kind)s::int AS kind_id, a.record_id, a.instance_id, {token} AS token_id,
       {"a.title" if node.title else "NULL::text"} AS title, {_asked(node)},
       {owner} AS owner_id, {due(node)} AS due_at, {_PRIORITY[node.priority]}::smallint AS priority,
       {proposal} AS proposal
  FROM at_node a{_everybody(node)}"""


def _asked(node: Task) -> str:
    if node.others:
        return "w.named_id, w.role_key, w.nth, a.beside"
    return f"{named(node.who)} AS named_id, {role_of(node.who)} AS role_key"


def _everybody(node: Task) -> str:
    """SQL: of several people, a row for each."""
    if not node.others:
        return ""
    people = ((node.who, "a.named"), *((who, f"a.named_{at}") for at, who in enumerate(node.others, 1)))
    rows = ", ".join(f"({nth}, {named(who, column)}, {role_of(who)})" for nth, (who, column) in enumerate(people))
    return f" CROSS JOIN LATERAL (VALUES {rows}) AS w (nth, named_id, role_key)"


TOGETHER = ", nextval('tasks.task_id_seq') AS beside"  # a number that the tasks of several people share


def wake(node: Task, entered: str | None) -> str:
    """SQL: when the task asks again, or its time is over; `entered` as in `wait.after`."""
    again = after_workdays(node.repeat_workdays) if node.repeat_workdays else "NULL::timestamptz"
    return f"least({again}, {over(node, entered)})" if node.timeout else again


def over(node: Task, entered: str | None) -> str:
    """SQL: when its time is over."""
    return after(node.timeout, node.timeout_unit, entered)


def make(making: Making, node: Task, other: Query | None) -> dict[str, Query]:
    proposal, more, params = "NULL::jsonb", "", dict[str, object]()
    if node.propose and other and node.fill:
        more = f", ({found(node.propose, other, name='propose')}) AS proposed"
        proposal = f"CASE WHEN a.proposed IS NOT NULL THEN jsonb_build_object('{node.fill[0].field}', a.proposed) END"
        params = other.params
    rows = making.query(wanted(making.process, node, proposal=proposal))
    free = f"{making.free} AND NOT {_TAKEN}" if node.critical else None
    more += TOGETHER if node.others else ""
    ctes = f"""{making.at_node(more=more, free=free)},
opened_tokens AS (
    UPDATE processes.token t SET state = 'waiting', wake_at = {wake(node, "t.entered_at")}, quiet = NULL,
           decision_id = NULL
      FROM at_node a WHERE t.id = a.id)"""
    opening = tasks.opening(Query(rows.text, {**rows.params, **params}), ctes, several=bool(node.others))
    due_again = "t.state = 'waiting' AND t.wake_at <= %(now)s"
    late = f"{due_again} AND {over(node, 't.entered_at')} <= %(now)s" if node.timeout else ""
    in_time = f"{due_again} AND {over(node, 't.entered_at')} > %(now)s" if node.timeout else due_again
    again = making.query(
        f"""WITH {making.at_node(state=in_time)},
reminded AS (
    UPDATE tasks.task k SET reminders = k.reminders + 1, due_at = {due(node)}
      FROM at_node a WHERE k.token_id = a.id AND k.state = 'open'),
{stepped_again()},
waiting AS (UPDATE processes.token t SET wake_at = {wake(node, "a.entered_at")} FROM at_node a
                WHERE t.id = a.id)
SELECT count(*) AS n FROM at_node"""
    )
    timed_out = {"over": _over(making, node, late)} if node.timeout else {}
    line = {"queue": making.query(f"WITH {making.at_node()} {_QUEUE}")} if node.critical else {}
    return {"open": opening, **line, **timed_out, **({"again": again} if node.repeat_workdays else {})}


# another token of the instance is at work under the same name, or came before; whom a batch looks at first must not
# matter
_TAKEN = """EXISTS (SELECT FROM processes.token o JOIN processes.node m ON m.id = o.node_id
                WHERE o.instance_id = t.instance_id AND o.id <> t.id
                  AND m.critical = (SELECT critical FROM processes.node WHERE id = t.node_id)
                  AND (o.state IN ('waiting', 'held', 'parked')
                       OR o.state IN ('queued', 'ready') AND (o.entered_at, o.id) < (t.entered_at, t.id)))"""
_QUEUE = """
UPDATE processes.token t SET state = 'queued', wake_at = NULL FROM at_node a WHERE t.id = a.id RETURNING t.id
"""


def _over(making: Making, node: Task, late: str) -> Query:
    """Nobody has done it in time: it closes, and the branch goes on."""
    due = "a.over_at"
    return making.query(
        f"""WITH {making.at_node(state=late, more=f"{NEW}, {over(node, 't.entered_at')} AS over_at")},
closed AS (
    UPDATE tasks.task k SET state = 'closed', why = 'timeout', finished_at = %(now)s FROM at_node a
     WHERE k.token_id = a.id AND k.state = 'open'),
{decided("true", due)},
{stepped("'timed out'", due=due)},
{moved(target(node.on_timeout), sets=sets("true", due))}"""
    )


def stepped_again() -> str:
    return """stepped AS (
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, due_at, left_at, outcome)
    SELECT a.instance_id, %(node)s, a.id, a.entered_at, a.wake_at, %(now)s, 'asked again' FROM at_node a)"""


def after_workdays(count: int) -> str:
    """The same time of day, so many working days from now; computed once per statement."""
    local = "(%(now)s::timestamptz AT TIME ZONE %(zone)s)"
    return f"(SELECT (kernel.workday_offset({local}::date, {count}) + {local}::time) AT TIME ZONE %(zone)s)"


def due(node: Task) -> str:
    return (
        f"(SELECT (kernel.workday_offset(%(today)s::date, {node.due_workdays}) + time '{DONE_BY}')"
        " AT TIME ZONE %(zone)s)"
    )


def run(standing: Standing) -> Moved:
    opened = standing.value("open", {"kind": standing.version.kinds[standing.node.key]})
    if "queue" in standing.statements:
        opened += len(standing.rows("queue"))
    again = standing.value("again") if "again" in standing.statements else 0
    here = Moved(opened + again, opened + again)
    return here + standing.moved("over") if "over" in standing.statements else here

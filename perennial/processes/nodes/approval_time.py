"""An approval whose time is over for somebody: they are reminded, or their vote is decided or handed on.

One statement for all that is late at a node, with its decision in the ledger; holds keep it back like everything else.
"""

from perennial.kernel import Query
from perennial.processes.definition import Approval
from perennial.processes.nodes.common import Making
from perennial.processes.nodes.wait import NEW, decided

_NEXT_DAY = "((kernel.workday_offset(%(today)s::date, 1) + time '18:00') AT TIME ZONE %(zone)s)"
_REMIND = f"""reminded AS (
    UPDATE tasks.task k SET reminders = k.reminders + 1 FROM late l WHERE k.id = l.task_id AND {{which}}),
later AS (
    UPDATE processes.vote v SET due_at = {_NEXT_DAY} FROM late l WHERE v.id = l.id AND {{which}})"""
_CLOSED = """closed AS (
    UPDATE tasks.task k SET state = 'closed', why = 'timeout', finished_at = %(now)s
      FROM late l WHERE k.id = l.task_id AND {which})"""
_DECIDE = """voted AS (
    UPDATE processes.vote v SET state = '{state}', why = 'timeout', decided_at = %(now)s
      FROM late l WHERE v.id = l.id)"""
# the next above; there is nobody above the administrators: they are reminded
_ESCALATE = """handed AS (
    UPDATE processes.vote v SET state = 'handed', counts = false, why = 'timeout', decided_at = %(now)s
      FROM late l WHERE v.id = l.id AND NOT l.highest),
above AS (
    INSERT INTO processes.vote (approval_id, slot, rank, kind, person_id, role_key, of_id, why)
    SELECT l.approval_id, l.slot, l.rank, l.kind, s.id, CASE WHEN s.id IS NULL THEN 'business_admin' END, l.id,
           'timeout'
      FROM late l CROSS JOIN LATERAL (SELECT processes.superior(coalesce(l.assignee_id, l.candidates[1]), 1) AS id) s
     WHERE NOT l.highest ORDER BY l.id)"""


def make(making: Making, node: Approval) -> Query:
    match node.on_timeout:
        case "pass":
            acts = [_DECIDE.format(state="approved"), _CLOSED.format(which="true")]
        case "reject":
            acts = [_DECIDE.format(state="rejected"), _CLOSED.format(which="true")]
        case "escalate":
            acts = [_ESCALATE, _CLOSED.format(which="NOT l.highest"), _REMIND.format(which="l.highest")]
        case _:
            acts = [_REMIND.format(which="true")]
    text = f"""WITH {making.at_node(state="t.state = 'waiting' AND t.wake_at <= %(now)s", more=NEW)},
open_here AS MATERIALIZED (
    SELECT p.id, a.id AS token_id FROM at_node a
     CROSS JOIN LATERAL (SELECT * FROM processes.approval p WHERE p.instance_id = a.instance_id OFFSET 0) p
     WHERE p.token_id = a.id AND p.state = 'open'),
late AS MATERIALIZED (
    SELECT v.id, v.approval_id, v.slot, v.rank, v.kind, k.assignee_id, k.candidates, k.id AS task_id,
           coalesce(v.role_key = 'business_admin', false) AS highest
      FROM open_here p
     CROSS JOIN LATERAL (SELECT * FROM processes.vote v WHERE v.approval_id = p.id OFFSET 0) v
      JOIN tasks.task k ON k.vote_id = v.id AND k.state = 'open'
     WHERE v.state = 'asked' AND v.due_at <= %(now)s),
{decided("true", "a.wake_at")},
freed AS (
    UPDATE processes.token t SET wake_at = NULL, decision_id = NULL FROM at_node a WHERE t.id = a.id),
{", ".join(acts)}
SELECT (SELECT count(*) FROM at_node) AS n, (SELECT array_agg(id) FROM open_here) AS approvals"""
    return making.query(text)

"""Check what must always hold: nothing missed, nobody forgotten, and the invariants of instances, tokens and tasks."""

from dataclasses import dataclass, field
from typing import Any

from perennial.kernel import Row, Tx
from perennial.processes.ledger import missing, overdue, uncovered
from perennial.processes.nudges import SOUND

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked. `count` of violations; `examples`: the first of them. `alarm` False: worth a look, allowed."""

    check: str
    count: int
    examples: list[Row] = field(default_factory=list[Row])
    alarm: bool = True

    @property
    def ok(self) -> bool:
        return self.count == 0 or not self.alarm

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "count": self.count, "ok": self.ok, "alarm": self.alarm, "examples": self.examples}


# every fired decision points to its effect; every open instance has a token that can still go on; every task a person
_INVARIANTS = {
    "fired_without_effect": """
        SELECT d.id, d.record_id, d.instance_id FROM processes.decision d
         WHERE d.trigger_id IS NOT NULL AND d.outcome IN ('fired', 'late')
           AND NOT EXISTS (SELECT FROM processes.instance i WHERE i.id = d.instance_id
                              AND i.record_id = d.record_id)""",
    "held_without_hold": """
        SELECT t.id AS token_id, t.instance_id FROM processes.token t
          JOIN processes.instance i ON i.id = t.instance_id AND i.state = 'open'
         WHERE t.state = 'held' AND NOT EXISTS (SELECT FROM processes.hold h WHERE h.ended_at IS NULL)""",
    "open_without_token": """
        SELECT i.id AS instance_id, i.record_id FROM processes.instance i
         WHERE i.state = 'open' AND NOT EXISTS (SELECT FROM processes.token t WHERE t.instance_id = i.id)""",
    "token_without_instance": """
        SELECT t.id AS token_id, t.instance_id, t.state, i.state AS instance FROM processes.token t
          LEFT JOIN processes.instance i ON i.id = t.instance_id
         WHERE i.id IS NULL OR i.state = 'finished'
            OR (t.state = 'frozen') <> (i.state <> 'open') AND (t.frozen_by IS NULL OR i.state <> 'open')""",
    "waits_for_nothing": """
        SELECT t.id AS token_id, t.instance_id, n.key FROM processes.token t
          JOIN processes.node n ON n.id = t.node_id
         WHERE t.state = 'waiting' AND n.kind = 'task'
           AND NOT EXISTS (SELECT FROM tasks.task k WHERE k.token_id = t.id AND k.state = 'open')""",
    "joins_nothing": """
        SELECT t.instance_id, min(n.key) AS key FROM processes.token t
          JOIN processes.instance i ON i.id = t.instance_id AND i.state = 'open'
          JOIN processes.node n ON n.id = t.node_id
         GROUP BY t.instance_id HAVING bool_and(n.kind = 'join' AND t.state = 'waiting')""",
    "queued_for_nothing": """
        SELECT t.id AS token_id, t.instance_id, n.critical FROM processes.token t
          JOIN processes.node n ON n.id = t.node_id
         WHERE t.state = 'queued'
           AND NOT EXISTS (SELECT FROM processes.token o JOIN processes.node m ON m.id = o.node_id
                            WHERE o.instance_id = t.instance_id AND m.critical = n.critical
                              AND o.state IN ('waiting', 'held', 'parked'))""",
    "task_without_token": """
        SELECT k.id AS task_id, k.instance_id FROM tasks.task k
         WHERE k.state = 'open' AND k.token_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM processes.token t WHERE t.id = k.token_id AND t.state = 'waiting')""",
    "task_twice": """
        SELECT k.token_id, count(*) AS n FROM tasks.task k WHERE k.state = 'open' AND k.token_id IS NOT NULL
         GROUP BY k.token_id, k.vote_id
        HAVING count(*) > 1 AND NOT (count(k.beside) = count(*) AND count(DISTINCT k.beside) = 1)""",
    "enough_and_waits": """
        SELECT k.beside, min(k.token_id) AS token_id, count(*) FILTER (WHERE k.state = 'done') AS done
          FROM tasks.task k WHERE k.beside IN (SELECT beside FROM tasks.task WHERE state = 'open')
         GROUP BY k.beside HAVING count(DISTINCT k.token_id) > 1
            OR bool_or(k.why = 'enough')""",
    "task_without_person": """
        SELECT k.id AS task_id, k.assignee_id FROM tasks.task k LEFT JOIN people.person p ON p.id = k.assignee_id
         WHERE k.state = 'open' AND NOT coalesce(p.active, false)
           AND NOT EXISTS (SELECT FROM people.person c WHERE c.id = ANY(k.candidates) AND c.active)""",
    "parked_reactions": "SELECT transaction_id, form_id, error FROM changes.reaction WHERE parked_at IS NOT NULL",
    "open_twice": """
        SELECT process_id, record_id, count(*) AS n FROM processes.instance
         WHERE state IN ('open', 'suspended') GROUP BY process_id, record_id HAVING count(*) > 1""",
}
# who stands at a webhook has a call that can still be made; what came in was followed
_OF_EVENTS = {
    "calls_nobody": """
        SELECT t.id AS token_id, t.instance_id, n.key FROM processes.token t
          JOIN processes.node n ON n.id = t.node_id AND n.kind = 'webhook'
         WHERE t.state = 'waiting'
           AND NOT EXISTS (SELECT FROM processes.call c WHERE c.token_id = t.id AND c.entered_at = t.entered_at
                              AND c.left_at IS NULL AND c.state IN ('queued', 'sending'))""",
    "parked_nudges": "SELECT id, child_id AS instance_id, error FROM processes.nudge WHERE attempts >= 5",
    "parked_calls": "SELECT id, process, name, error FROM processes.called WHERE handled_at IS NULL AND attempts >= 5",
}
# an open approval asks somebody, each vote that is asked is one task, and a decided approval asks nobody
_OF_APPROVALS = {
    "approval_asks_nobody": """
        SELECT t.id AS token_id, t.instance_id, n.key FROM processes.token t
          JOIN processes.node n ON n.id = t.node_id AND n.kind = 'approval'
         WHERE t.state = 'waiting'
           AND NOT EXISTS (SELECT FROM processes.approval a JOIN processes.vote v ON v.approval_id = a.id
                            WHERE a.token_id = t.id AND a.node_id = t.node_id AND a.state = 'open'
                              AND v.state = 'asked' AND v.counts)""",
    "vote_without_task": """
        SELECT v.id AS vote_id, a.instance_id FROM processes.vote v
          JOIN processes.approval a ON a.id = v.approval_id
          JOIN processes.token t ON t.id = a.token_id AND t.state = 'waiting'
         WHERE v.state = 'asked' AND v.counts
           AND 1 <> (SELECT count(*) FROM tasks.task k WHERE k.vote_id = v.id AND k.state = 'open')""",
    "task_without_vote": """
        SELECT k.id AS task_id, k.instance_id FROM tasks.task k
          LEFT JOIN processes.vote v ON v.id = k.vote_id LEFT JOIN processes.approval a ON a.id = v.approval_id
         WHERE k.state = 'open' AND k.vote_id IS NOT NULL
           AND (v.state = 'asked' AND v.counts AND a.state = 'open') IS NOT TRUE""",
    "frozen_for_nothing": """
        SELECT t.id AS token_id, t.instance_id FROM processes.token t
          JOIN processes.instance i ON i.id = t.instance_id AND i.state = 'open'
         WHERE t.frozen_by IS NOT NULL
           AND NOT EXISTS (SELECT FROM processes.token o WHERE o.return_id = t.frozen_by)""",
    "vote_of_decided": """
        SELECT v.id AS vote_id, a.instance_id FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id
         WHERE a.state <> 'open' AND v.state IN ('waiting', 'asked')""",
}
_SHOWN = {
    "stuck": """
        SELECT s.token_id, s.instance_id, n.key, s.code, s.facts, s.at FROM processes.stuck s
          JOIN processes.node n ON n.id = s.node_id ORDER BY s.at DESC""",
    "paused": "SELECT id AS node_id, key, paused_at FROM processes.node WHERE paused_at IS NOT NULL",
}


def doctor(tx: Tx) -> list[Finding]:
    """Every check, in one snapshot per statement, over all records: it is for the system's eyes, whoever asks for it.
    A reaction not handled yet is no violation: it is on its way."""
    busy = tx.value("SELECT EXISTS (SELECT FROM changes.reaction WHERE parked_at IS NULL)")
    forgotten = [] if busy else [row for row in uncovered(tx, everybody=True) if row["reason"] is None]
    found = [
        _finding("missed_occurrence", missing(tx, everybody=True)),
        _finding("overdue_token", overdue(tx, everybody=True)),
        _finding("forgotten_record", forgotten),
    ]
    found += [
        _finding(name, tx.rows(sql)) for name, sql in {**_INVARIANTS, **_OF_EVENTS, **_OF_APPROVALS, **SOUND}.items()
    ]
    found += [_finding(name, tx.rows(sql), alarm=False) for name, sql in _SHOWN.items()]
    return found


def _finding(name: str, rows: list[Row], *, alarm: bool = True) -> Finding:
    return Finding(name, len(rows), rows[:SHOWN], alarm)

"""The end of a task: finished by a person, or closed because its reason went."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perennial.kernel import Conflict, Denied, Invalid, Missing, Tx
from perennial.tasks.acts import designs
from perennial.tasks.move import move_from_inactive


@dataclass(frozen=True, slots=True)
class Needed:
    """A field without which it cannot be finished; `when`: of records where this formula holds."""

    field: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Finishing:
    """A task that its person is about to finish. `seal`: the field that takes the sealed file."""

    id: int
    form: str
    record_id: int
    instance_id: int | None
    token_id: int | None
    fill: tuple[str, ...]
    required: tuple[Needed, ...]
    outcome: str
    seal: str = ""


_TASK = """
SELECT t.id, t.state, t.assignee_id, t.candidates, t.record_id, t.instance_id, t.token_id, t.vote_id,
       k.form, k.key, k.fill, k.outcomes, k.label
  FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
 WHERE t.id = %(id)s
"""


def _open(tx: Tx, task_id: int, *, lock: bool) -> dict[str, Any]:
    row = tx.one(_TASK + (" FOR UPDATE OF t" if lock else ""), {"id": task_id})
    if row is None:
        raise Missing("tasks.no_such", task=task_id)
    if row["state"] != "open":
        raise Conflict("tasks.not_open", task=row["label"])
    return row


def lock(tx: Tx, task_id: int) -> int | None:
    """The instance that a task belongs to: lock it before the task itself."""
    row = tx.one("SELECT instance_id FROM tasks.task WHERE id = %(id)s", {"id": task_id})
    if row is None:
        raise Missing("tasks.no_such", task=task_id)
    return row["instance_id"]


def finish(tx: Tx, task_id: int, values: dict[str, Any], outcome: str | None = None) -> Finishing:
    """The task is done by the actor. The caller writes `values` to the record and moves the instance on.

    errors  Conflict tasks.not_open, Denied tasks.not_yours, Invalid tasks.outcome, tasks.not_asked
    """
    row = _open(tx, task_id, lock=True)
    if not _may(tx, row):
        raise Denied("tasks.not_yours", task=row["label"])
    if row["vote_id"] is not None:
        raise Invalid("tasks.by_vote", task=row["label"])
    outcomes = {item["key"]: item for item in row["outcomes"]}
    if outcomes and (outcome is None or outcome not in outcomes):
        raise Invalid("tasks.outcome", path="outcome", task=row["label"], outcome=outcome or "")
    asked = [*row["fill"], *(outcomes[outcome]["fill"] if outcomes and outcome else [])]
    fields = tuple(item["field"] for item in asked)
    for key in values:
        if key not in fields:
            raise Invalid("tasks.not_asked", path=f"values.{key}", field=key)
    required = tuple(
        Needed(item["field"], item.get("when", "")) for item in asked if item["required"] and not item.get("seal")
    )
    seal = next((item["field"] for item in asked if item.get("seal")), "")
    done = outcome if outcomes and outcome else "done"
    tx.run(
        "UPDATE tasks.task SET state = 'done', outcome = %(outcome)s, finished_at = %(now)s, finished_by = %(me)s,"
        " assignee_id = coalesce(%(me)s, assignee_id) WHERE id = %(id)s",
        {"id": task_id, "outcome": done},
    )
    return Finishing(
        task_id, row["form"], row["record_id"], row["instance_id"], row["token_id"], fields, required, done, seal
    )


def _may(tx: Tx, row: dict[str, Any]) -> bool:
    """The assignee, whoever may claim it, and whoever designs: somebody must be able to mend."""
    if tx.actor.kind == "system" or row["assignee_id"] == tx.actor.id or tx.actor.id in (row["candidates"] or []):
        return True
    return designs(tx)


def close_set(tx: Tx, instances: list[int], why: str) -> int:
    """Open tasks of these instances are closed: nobody needs to do them any more."""
    return tx.run(
        "UPDATE tasks.task SET state = 'closed', why = %(why)s, finished_at = %(now)s"
        " WHERE instance_id = ANY(%(instances)s::bigint[]) AND state = 'open'",
        {"instances": instances, "why": why},
    )


def close_tokens(tx: Tx, tokens: list[int], why: str) -> int:
    """The same for the tasks of tokens that are gone."""
    return tx.run(
        "UPDATE tasks.task SET state = 'closed', why = %(why)s, finished_at = %(now)s"
        " WHERE token_id = ANY(%(tokens)s::bigint[]) AND state = 'open'",
        {"tokens": tokens, "why": why},
    )


def close_alerts(tx: Tx, alerts: list[int], why: str) -> int:
    """The same for what these alerts have set off."""
    return tx.run(
        "UPDATE tasks.task SET state = 'closed', why = %(why)s, finished_at = %(now)s"
        " WHERE alert_id = ANY(%(alerts)s::bigint[]) AND state = 'open'",
        {"alerts": alerts, "why": why},
    )


def reopen_alert(tx: Tx, alert: int, closed_at: dt.datetime) -> int:
    """The tasks of an alert that closed with its dismissal at that moment are open again."""
    return tx.run(
        "UPDATE tasks.task SET state = 'open', why = NULL, finished_at = NULL"
        " WHERE alert_id = %(alert)s AND state = 'closed' AND why = 'dismissed' AND finished_at = %(at)s",
        {"alert": alert, "at": closed_at},
    )


def reopen_alerts(tx: Tx, records: Mapping[int, int], why: str) -> int:
    """Tasks of these alerts (alert -> its record) that closed for this reason are open again, at that record."""
    return tx.run(
        "UPDATE tasks.task t SET state = 'open', why = NULL, finished_at = NULL, record_id = a.record"
        "  FROM unnest(%(alerts)s::bigint[], %(records)s::bigint[]) AS a (id, record)"
        " WHERE t.alert_id = a.id AND t.state = 'closed' AND t.why = %(why)s",
        {"alerts": list(records), "records": list(records.values()), "why": why},
    )


def reopen_set(tx: Tx, tokens: list[int]) -> int:
    """Tasks that were closed when these tokens froze are open again, as they were; a vote that was decided is not."""
    count = tx.run(
        "UPDATE tasks.task SET state = 'open', why = NULL, finished_at = NULL"
        " WHERE token_id = ANY(%(tokens)s::bigint[]) AND state = 'closed'"
        "   AND why IN ('cancelled', 'superseded', 'deleted', 'sent_back')",
        {"tokens": tokens},
    )
    move_from_inactive(tx, tokens)
    return count

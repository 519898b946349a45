"""What each step of a trial did, as its reader may know it: ways taken, tasks, messages, records before and after."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from perennial import access, forms, messages, records
from perennial.kernel import Missing, Row, Tx

MOST = 20  # messages, and records, of one trial that are told in full


@dataclass(frozen=True, slots=True)
class Mark:
    """The last of each when a step began."""

    step: int = 0
    task: int = 0
    message: int = 0
    change: int = 0


@dataclass(slots=True)
class Round:
    """`at`: the moment it began. steps: node, outcome, at · tasks: node, title, people, due_at · messages: node, name,
    channel, outward, state, due_at, subject, body · changes: form, record_id, title, op, fields (key, label, before,
    after), of a new one its values. `unseen`: messages and changes that the reader may not see, or beyond the first."""

    at: dt.datetime
    steps: list[Row] = field(default_factory=list[Row])
    tasks: list[Row] = field(default_factory=list[Row])
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    changes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    unseen: int = 0


def mark(tx: Tx, begun: list[int], since: int) -> Mark:
    row = tx.one(_MARK, {"begun": begun, "since": since})
    assert row is not None
    return Mark(**row)


def first_transaction(tx: Tx) -> int:
    """What is written from here on has larger numbers."""
    return int(tx.value("SELECT coalesce(max(id), 0) FROM changes.transaction"))


def told(tx: Tx, begun: list[int], marks: Sequence[tuple[dt.datetime, Mark]], since: int) -> list[Round]:
    """A round per mark.

    since  the number of `first_transaction`
    """
    rounds = [Round(at) for at, _ in marks]

    def of(number: int, name: str) -> Round:
        return rounds[sum(number > getattr(one, name) for _, one in marks) - 1]

    for row in tx.rows(_STEPS, {"begun": begun}):
        of(row.pop("id"), "step").steps.append(row)
    for row in tx.rows(_TASKS, {"begun": begun}):
        of(row.pop("id"), "task").tasks.append(row)
    for at, row in enumerate(tx.rows(_MESSAGES, {"begun": begun})):
        number = row.pop("id")
        _message(tx, of(number, "message"), number, row, full=at < MOST)
    _changes(tx, rounds, of, since)
    return rounds


def _message(tx: Tx, there: Round, number: int, row: Row, *, full: bool) -> None:
    try:
        said = messages.read_message(tx, number) if full else None
    except Missing:
        said = None
    if said is None:
        there.unseen += 1
    else:
        there.messages.append({**row, **{key: said[key] for key in ("name", "subject", "body")}})


def _changes(tx: Tx, rounds: list[Round], of: Callable[[int, str], Round], since: int) -> None:
    found = forms.catalog(tx)
    rows = tx.rows(_CHANGES, {"since": since})
    touched = [
        (found.by_id(form), record) for form, record in dict.fromkeys((r["form_id"], r["record_id"]) for r in rows)
    ]
    seen: dict[int, dict[str, Any]] = {}
    for of_form, record in touched[:MOST]:
        if of_form is None or not access.may(tx, "read", of_form.key):
            continue
        try:
            now = json.loads(records.read(tx, of_form.key, record))
            past = records.history(tx, of_form.key, record)
        except Missing:
            continue
        base = {"form": of_form.key, "record_id": record, "title": now["title"]}
        for one in past:
            new = {"values": now["values"]} if one.op == "create" else {}
            seen[one.id] = {**base, "op": one.op, "fields": one.fields, **new}
    for row in rows:
        there = of(row["id"], "change")
        if row["id"] in seen:
            there.changes.append(seen[row["id"]])
        else:
            there.unseen += 1


_MARK = """
SELECT coalesce((SELECT max(id) FROM processes.step WHERE instance_id = ANY(%(begun)s::bigint[])), 0) AS step,
       coalesce((SELECT max(id) FROM tasks.task WHERE instance_id = ANY(%(begun)s::bigint[])), 0) AS task,
       coalesce((SELECT max(id) FROM messages.outbox WHERE instance_id = ANY(%(begun)s::bigint[])), 0) AS message,
       coalesce((SELECT max(c.id) FROM changes.transaction t JOIN changes.change c ON c.transaction_id = t.id
                  WHERE t.id > %(since)s AND t.xid = pg_current_xact_id()), 0) AS change
"""
_STEPS = """
SELECT s.id, n.key AS node, s.outcome, s.left_at AS at FROM processes.step s JOIN processes.node n ON n.id = s.node_id
 WHERE s.instance_id = ANY(%(begun)s::bigint[]) ORDER BY s.id
"""
_TASKS = """
SELECT k.id, n.key AS node, coalesce(k.title, n.label) AS title, k.due_at,
       coalesce((SELECT array_agg(p.name ORDER BY p.name) FROM people.person p
                  WHERE p.id = k.assignee_id OR k.assignee_id IS NULL AND p.id = ANY(k.candidates)), '{}') AS people
  FROM tasks.task k JOIN tasks.kind n ON n.id = k.kind_id
 WHERE k.instance_id = ANY(%(begun)s::bigint[]) ORDER BY k.id
"""
_MESSAGES = """
SELECT o.id, o.node, o.channel, o.outward, o.state, o.due_at FROM messages.outbox o
 WHERE o.instance_id = ANY(%(begun)s::bigint[]) ORDER BY o.id
"""
_CHANGES = """
SELECT c.id, c.form_id, c.record_id FROM changes.transaction t JOIN changes.change c ON c.transaction_id = t.id
 WHERE t.id > %(since)s AND t.xid = pg_current_xact_id() ORDER BY c.id
"""

"""A rule on one record, played and rolled back: does it hold, why, and what would it do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perennial import access, records
from perennial.kernel import Missing, Row, Tx
from perennial.rules import versions
from perennial.rules.act import act
from perennial.rules.board import both
from perennial.rules.definition import Rule
from perennial.rules.load import load
from perennial.rules.publish import publish


@dataclass(frozen=True, slots=True)
class Tried:
    """`holds`: whether it would fire; None: its condition asks how a change was. `stopped`: why its actions fail, a
    code. `changes`: (form, record, fields) that it would write; `calls`: (url, body) that it would post."""

    holds: bool | None
    why: records.Why | None
    stopped: str | None
    tasks: list[Row]
    messages: list[Row]
    changes: list[Row]
    calls: list[Row]


class _Back(Exception):
    pass


def trial(tx: Tx, tree: Mapping[str, Any], record_id: int, step: str = "") -> Tried:
    """What the rule would do for this record now, if it fired (of a date: at the offset `step`).

    errors   what loading and publishing it says; Missing records.missing
    """
    rule = load(tree)
    rows = access.readable(tx, rule.form)
    if not 0 < record_id < 2**63 or tx.one(rows.select().where(rows.source.field("id") == record_id)) is None:
        raise Missing("records.missing", form=rule.form)
    found: list[Tried] = []
    try:
        with tx.savepoint():
            found.append(_play(tx, rule, record_id, step or rule.steps[0].key))
            raise _Back
    except _Back:
        tx.memo.pop("rules.active", None)
    return found[0]


def _play(tx: Tx, rule: Rule, record_id: int, key: str) -> Tried:
    publish(tx, rule)
    version = tx.value("SELECT version_id FROM rules.rule WHERE key = %(key)s", {"key": rule.key})
    one = versions.read(tx, version)
    step = next((one for one in rule.steps if one.key == key), rule.steps[0])
    before = tx.one(
        "SELECT (SELECT coalesce(max(id), 0) FROM tasks.task) AS task,"
        " (SELECT coalesce(max(id), 0) FROM messages.outbox) AS message,"
        " (SELECT coalesce(max(id), 0) FROM changes.change) AS change"
    )
    assert before is not None
    event = versions.of_event(tx, rule)
    texts = [text for text in (rule.condition, step.condition) if text]
    why = None if event else records.explain(tx, rule.form, record_id, both(texts))
    firing = tx.value(
        "INSERT INTO rules.firing (rule_id, version_id, record_id, occasion, step, outcome, severity, due_at, at)"
        " VALUES (%(rule)s, %(version)s, %(record)s, 'trial', %(step)s, 'fired', %(severity)s, %(now)s, %(now)s)"
        " RETURNING id",
        {"rule": one.rule_id, "version": one.id, "record": record_id, "step": step.key, "severity": rule.rank(step)},
    )
    act(tx, one, step.key, [firing])
    stopped = tx.value("SELECT reason FROM rules.firing WHERE id = %(id)s AND outcome = 'stopped'", {"id": firing})
    return Tried(
        None if why is None else bool(why.value),
        why,
        stopped,
        tx.rows(
            "SELECT k.label, k.label_en, p.name AS person, t.due_at FROM tasks.task t"
            " JOIN tasks.kind k ON k.id = t.kind_id LEFT JOIN people.person p ON p.id = t.assignee_id"
            " WHERE t.id > %(task)s ORDER BY t.id",
            before,
        ),
        tx.rows(
            "SELECT o.channel, o.template, o.name, o.state, o.not_after FROM messages.outbox o WHERE o.id > %(message)s"
            " ORDER BY o.id",
            before,
        ),
        tx.rows(
            "SELECT c.op::text AS op, c.form_id, c.record_id, c.fields FROM changes.change c WHERE c.id > %(change)s"
            " ORDER BY c.id",
            before,
        ),
        tx.rows("SELECT url, body FROM rules.posting WHERE firing_id = %(firing)s ORDER BY id", {"firing": firing}),
    )

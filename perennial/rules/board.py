"""What people see of rules: alerts of records that they may read, the rules themselves with their counts."""

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa

from perennial import access, records, tasks
from perennial.kernel import Denied, Invalid, Missing, Row, Tx, render
from perennial.rules import versions
from perennial.rules.alerts import OPEN
from perennial.rules.definition import SEVERITIES

View = Literal["mine", "team", "all"]
MOST = 200
_ALERT = sa.table("alert", *(sa.column(name) for name in ("id", "rule_id", "record_id")), schema="rules")
_RULE = sa.table("rule", sa.column("id"), sa.column("form"), schema="rules")

_LOOK = f"""
SELECT a.id, u.key AS rule, v.definition ->> 'label' AS label, v.definition ->> 'label_en' AS label_en, u.form,
       a.record_id, s.title, a.severity, a.state, a.owner_id, p.name AS owner, a.opened_at, a.acknowledged_at,
       a.settled_at, a.why, a.escalate_at, a.escalated_at, e.name AS escalated_to, f.at AS fired_at, f.step, f.outcome,
       (SELECT count(*) FROM tasks.task t WHERE t.alert_id = a.id AND t.state = 'open') AS open_tasks
  FROM ({{shown}}) s JOIN rules.alert a ON a.id = s.id
  JOIN rules.rule u ON u.id = a.rule_id JOIN rules.firing f ON f.id = a.firing_id
  JOIN rules.version v ON v.id = f.version_id
  LEFT JOIN people.person p ON p.id = a.owner_id LEFT JOIN people.person e ON e.id = a.escalated_to
 WHERE (%(among)s::bigint[] IS NULL OR a.owner_id = ANY(%(among)s::bigint[])
        OR a.escalated_to = ANY(%(among)s::bigint[]))
   AND (a.state IN {OPEN}) = %(open)s AND (%(rule)s::text IS NULL OR u.key = %(rule)s)
   AND (%(before)s::bigint IS NULL OR a.id < %(before)s) AND (%(only)s::bigint IS NULL OR a.id = %(only)s)
   AND (%(record)s::bigint IS NULL OR a.record_id = %(record)s)
 ORDER BY a.id DESC LIMIT %(limit)s
"""


def alerts(
    tx: Tx, view: View = "mine", *, settled: bool = False, rule: str | None = None, form: str | None = None,
    record_id: int | None = None, before: int | None = None, limit: int = 50,
) -> list[Row]:  # fmt: skip
    """Newest first, of records that the actor may read: one's own, of those one looks after, or all."""
    among = None
    if view != "all":
        among = [tx.actor.id, *(tasks.team(tx) if view == "team" else [])]
    return _look(
        tx, form, among=among, open=not settled, rule=rule, before=before, only=None, record=record_id,
        limit=min(max(limit, 1), MOST),
    )  # fmt: skip


def _look(tx: Tx, form: str | None, **given: Any) -> list[Row]:
    known = [row["form"] for row in tx.rows("SELECT DISTINCT form FROM rules.rule ORDER BY form")]
    found: list[Row] = []
    for one in known:  # as many statements as there are forms with rules
        if (form is None or one == form) and access.may(tx, "read", one):
            rows = access.readable(tx, one)
            at, where, title = rows.source.table, rows.where, rows.label().label("title")  # then from_ has their joins
            of_form = _ALERT.c.rule_id.in_(sa.select(_RULE.c.id).where(_RULE.c.form == one))
            select = sa.select(_ALERT.c.id, title).select_from(
                rows.from_.join(_ALERT, _ALERT.c.record_id == at.c["id"])
            )
            shown = render(select.where(where, of_form))
            found += tx.rows(_LOOK.format(shown=shown.text), {**shown.params, **given})
    found.sort(key=lambda row: -row["id"])
    return [{**row, "severity": SEVERITIES[row["severity"]]} for row in found[: given["limit"]]]


def alert(tx: Tx, number: int) -> Row:
    """One that the actor may see. errors: Missing rules.no_such_alert"""
    for settled in (False, True):
        every: dict[str, Any] = {"among": None, "rule": None, "before": None, "record": None, "limit": 1}
        if found := _look(tx, None, open=not settled, only=number, **every):
            return found[0]
    raise Missing("rules.no_such_alert", alert=number)


def own(tx: Tx, number: int) -> Row:
    """One that the actor may settle: it is theirs, or of somebody they look after, or was escalated to them.
    errors: Missing rules.no_such_alert, Denied rules.not_your_alert"""
    found = alert(tx, number)
    row = tx.one("SELECT owner_id, escalated_to FROM rules.alert WHERE id = %(id)s", {"id": number})
    assert row is not None
    if not {tx.actor.id, *tasks.team(tx)} & {row["owner_id"], row["escalated_to"]}:
        raise Denied("rules.not_your_alert", rule=found["label"])
    return found


def why(tx: Tx, number: int) -> records.Why | None:
    """The condition with every value at this moment; None where it reads what the actor may not."""
    found = alert(tx, number)
    row = tx.one(
        "SELECT f.version_id, f.step FROM rules.alert a JOIN rules.firing f ON f.id = a.firing_id WHERE a.id = %(id)s",
        {"id": number},
    )
    assert row is not None
    rule = versions.version(tx, row["version_id"]).rule
    texts = [text for text in (rule.condition, rule.step(row["step"]).condition) if text]
    try:
        return records.explain(tx, rule.form, found["record_id"], both(texts))
    except Invalid:
        return None


def both(texts: Sequence[str]) -> str:
    return f"AND({', '.join(texts)})" if len(texts) > 1 else texts[0] if texts else "TRUE"


def listed(tx: Tx) -> list[Row]:
    """Every rule with what it found: open alerts, firings of the last 30 days by outcome, records it is stopped for."""
    return tx.rows(
        f"""
        SELECT u.key, v.number AS version, v.definition ->> 'label' AS label, v.definition ->> 'label_en' AS label_en,
               v.definition AS tree, u.form, v.definition -> 'when' ->> 'kind' AS "when",
               coalesce((v.definition ->> 'active')::boolean, true) AS active, u.paused_at, v.published_at,
               (SELECT count(*) FROM rules.alert a WHERE a.rule_id = u.id AND a.state IN {OPEN}) AS open,
               (SELECT coalesce(jsonb_object_agg(x.outcome, x.n), '{{}}') FROM (
                    SELECT f.outcome, count(*) AS n FROM rules.firing f WHERE f.rule_id = u.id
                       AND f.at > %(now)s::timestamptz - interval '30 days' GROUP BY f.outcome) x) AS fired,
               (SELECT count(*) FROM rules.stopped s WHERE s.rule_id = u.id) AS stopped
          FROM rules.rule u JOIN rules.version v ON v.id = u.version_id ORDER BY u.key
        """
    )


def retry(tx: Tx, key: str) -> int:
    """A rule that was stopped for some records, or paused, works on; for how many. What it left out stays left out.
    errors: Missing rules.no_such_rule"""
    rule = tx.value("UPDATE rules.rule SET paused_at = NULL WHERE key = %(key)s RETURNING id", {"key": key})
    if rule is None:
        raise Missing("rules.no_such_rule", rule=key)
    return tx.run("DELETE FROM rules.stopped WHERE rule_id = %(rule)s", {"rule": rule})

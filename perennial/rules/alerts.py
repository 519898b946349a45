"""Alerts: what a firing asks somebody to look at, until it is settled.

open -> acknowledged -> resolved (by itself, when the condition clears) or dismissed (with a reason). A later firing for
the same record stands in the same alert. What belongs to an alert is settled with it: its tasks close, its messages
that have not left stay here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from perennial import messages, tasks
from perennial.kernel import Conflict, Invalid, Missing, Query, Tx
from perennial.rules.definition import MOST_ACTIONS, SAME_TERM_DAYS
from perennial.rules.selects import Wanted, renamed, rendered
from perennial.rules.versions import Published

OPEN = "('open', 'acknowledged')"
LONGEST = 500


def waiting(tx: Tx, rules: list[int], records: list[int]) -> dict[int, set[int]]:
    """rule -> those of these records that have an open alert of it."""
    if not rules or not records:
        return {}
    rows = tx.rows(
        "SELECT rule_id, array_agg(record_id) AS ids FROM rules.alert"
        f" WHERE rule_id = ANY(%(rules)s::int[]) AND state IN {OPEN}"
        "   AND record_id IN (SELECT unnest(%(records)s::bigint[])) GROUP BY rule_id",
        {"rules": rules, "records": records},
    )
    return {row["rule_id"]: set(row["ids"]) for row in rows}


def clear(tx: Tx, one: Published, records: list[int] | None = None) -> int:
    """Open alerts whose condition holds no more are resolved (of these records only); how many.

    Of a date: the date is gone or belongs to another term, too.
    """
    return clear_set(tx, [(one, records)])


def clear_set(tx: Tx, asked: Sequence[tuple[Published, list[int] | None]]) -> int:
    """The same of several rules, each there once."""
    params: dict[str, Any] = {}
    arms: list[str] = []
    for at, (one, records) in enumerate(asked):
        query, test = _standing(tx, one)
        among = f" AND a.record_id IN (SELECT unnest(%(records_{at})s::bigint[]))" if records is not None else ""
        arms.append(
            f"SELECT a.rule_id, a.record_id FROM rules.alert a JOIN rules.firing f ON f.id = a.firing_id"
            f" WHERE a.rule_id = {one.rule_id} AND a.state IN {OPEN}{among}"
            f" AND NOT EXISTS (SELECT FROM ({query.text}) r WHERE r.rid = a.record_id AND {test})"
        )
        params |= {**query.params, f"records_{at}": records}
    found: dict[int, list[int]] = {}
    for row in tx.rows(" UNION ALL ".join(arms), params) if arms else []:
        found.setdefault(row["rule_id"], []).append(row["record_id"])
    return settle(tx, found, "cleared") if found else 0


def _standing(tx: Tx, one: Published) -> tuple[Query, str]:
    """The select of records with the rule's conditions, and SQL over its row `r` and a firing `f`: it still holds."""
    rule = one.rule
    columns = {"holds": Wanted(rule.condition or "TRUE", "yes_no")}
    test = "r.holds"
    if rule.dated:
        own = [(at, step) for at, step in enumerate(rule.steps) if step.condition]
        columns |= {"basis": Wanted(rule.when.date, "date")}
        columns |= {f"holds_{at}": Wanted(step.condition, "yes_no") for at, step in own}
        cases = " ".join(f"WHEN f.step = '{step.key}' THEN r.holds_{at}" for at, step in own)
        test += f" AND r.basis IS NOT NULL AND abs(r.basis - f.basis) < {SAME_TERM_DAYS}"
        test += f" AND CASE {cases} ELSE true END" if cases else ""
    return renamed(rendered(tx, rule.form, columns), f"v{one.id}"), test


def settle(tx: Tx, found: Mapping[int, list[int]], why: str) -> int:
    """The open alerts of rules for these records are resolved; it holds no more, so a later match is a new one."""
    pairs = [(rule, record) for rule, records in found.items() for record in records]
    given = {"rules": [rule for rule, _ in pairs], "records": [record for _, record in pairs], "why": why}
    tx.run(
        "DELETE FROM rules.matching m USING unnest(%(rules)s::int[], %(records)s::bigint[]) AS x (rule_id, record_id)"
        " WHERE m.rule_id = x.rule_id AND m.record_id = x.record_id",
        given,
    )
    ids = tx.value(
        "WITH standing AS (SELECT a.id FROM unnest(%(rules)s::int[], %(records)s::bigint[]) AS x (rule_id, record_id)"
        "    JOIN rules.alert a ON a.rule_id = x.rule_id AND a.record_id = x.record_id"
        f"  WHERE a.state IN {OPEN} ORDER BY a.rule_id, a.record_id FOR UPDATE OF a),"
        " done AS (UPDATE rules.alert a SET state = 'resolved', why = %(why)s, settled_at = %(now)s"
        "    FROM standing s WHERE a.id = s.id RETURNING a.id)"
        " SELECT array_agg(id ORDER BY id) FROM done",
        given,
    )
    _end(tx, ids or [], why)
    return len(ids or [])


def settle_rules(tx: Tx, rules: list[int], why: str) -> None:
    """Everything open of these rules."""
    ids = tx.value(
        "WITH done AS (UPDATE rules.alert SET state = 'resolved', why = %(why)s, settled_at = %(now)s"
        f" WHERE rule_id = ANY(%(rules)s) AND state IN {OPEN} RETURNING id)"
        " SELECT array_agg(id ORDER BY id) FROM done",
        {"rules": rules, "why": why},
    )
    _end(tx, ids or [], why)


def _end(tx: Tx, ids: list[int], why: str) -> None:
    """What belongs to settled alerts goes with them."""
    if not ids:
        return
    tasks.close_alerts(tx, ids, why)
    messages.withdraw_set(tx, _decisions(ids), why)


def _decisions(ids: list[int]) -> Query:
    """What the firings of these alerts decided to say, since each was opened."""
    return Query(
        "SELECT 'rule:' || f.id || ':' || f.step || '.' || n.at FROM rules.alert a"
        " JOIN rules.firing f ON f.rule_id = a.rule_id AND f.record_id = a.record_id AND f.at >= a.opened_at"
        f" CROSS JOIN generate_series(0, {MOST_ACTIONS - 1}) AS n (at) WHERE a.id = ANY(%(alerts)s::bigint[])",
        {"alerts": ids},
    )


def acknowledge(tx: Tx, alert: int) -> None:
    """The actor has seen it and takes care. errors: Missing rules.no_such_alert, Conflict rules.alert_settled"""
    if _lock(tx, alert) == "open":
        tx.run(
            "UPDATE rules.alert SET state = 'acknowledged', acknowledged_at = %(now)s, acknowledged_by = %(me)s"
            " WHERE id = %(id)s",
            {"id": alert},
        )


def dismiss(tx: Tx, alert: int, why: str) -> None:
    """It is no alert, and why. What it set off is settled; it may fire again when it was clear in between."""
    if not (why := why.strip()):
        raise Invalid("rules.no_reason", path="why")
    if len(why) > LONGEST:
        raise Invalid("rules.reason_long", path="why", most=LONGEST)
    _lock(tx, alert)
    tx.run(
        "UPDATE rules.alert SET state = 'dismissed', why = %(why)s, settled_at = %(now)s, settled_by = %(me)s"
        " WHERE id = %(id)s",
        {"id": alert, "why": why},
    )
    _end(tx, [alert], "dismissed")


def _lock(tx: Tx, alert: int) -> str:
    state = tx.value("SELECT state FROM rules.alert WHERE id = %(id)s FOR UPDATE", {"id": alert})
    if state is None:
        raise Missing("rules.no_such_alert", alert=alert)
    if state not in ("open", "acknowledged"):
        raise Conflict("rules.alert_settled", state=state)
    return str(state)


def escalate(tx: Tx) -> int:
    """Alerts that nobody acknowledged in time go to the head of their owner, who is told once; how many."""
    late = tx.rows(
        """
        WITH late AS (
            UPDATE rules.alert SET escalated_at = %(now)s, escalated_to = tasks.head_of(owner_id)
             WHERE state = 'open' AND escalated_at IS NULL AND escalate_at <= %(now)s
            RETURNING id, rule_id, record_id, firing_id, escalated_to
        )
        SELECT l.id, l.escalated_to, v.definition ->> 'label' AS label, u.form, l.record_id
          FROM late l JOIN rules.rule u ON u.id = l.rule_id JOIN rules.firing f ON f.id = l.firing_id
          JOIN rules.version v ON v.id = f.version_id ORDER BY l.id
        """
    )
    told = [(row["escalated_to"], row["label"], row["form"], row["record_id"]) for row in late if row["escalated_to"]]
    messages.tell_about(tx, "escalated", told)
    return len(late)

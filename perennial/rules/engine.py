"""The doors of the rule engine: what was written, what is due, what comes next, what may still leave.

follow    in the transaction that claimed the changes
due       at each tick, before the processes decide; each rule in a transaction of its own
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from perennial.kernel import SYSTEM, Database, Reason, Tx, fail_point
from perennial.rules import alerts, along, dated, edges, schedule, versions
from perennial.rules.act import Owed, pay
from perennial.rules.changed import Group
from perennial.rules.common import held, holds
from perennial.rules.decided import ALERT_OF, FIRING
from perennial.rules.selects import Wanted, rendered
from perennial.rules.turns import parts
from perennial.rules.versions import Published

PASSES = 10_000


def follow(tx: Tx, groups: list[Group]) -> int:
    """Rules follow these changes, all of them in few statements; how many firings. A rule that reads nothing of what
    changed is not asked."""
    along.follow(tx, groups)
    rules = versions.index(tx).concerned(groups)
    if not rules:
        return 0
    edges.share(tx, [one.rule_id for one in rules])
    concern, owed, due = edges.Concern(tx, groups), list[Owed](), list[Owed]()
    watching = [one for one in rules if one.rule.when.kind == "changed"]
    count = edges.changed(tx, watching, concern, owed)
    count += dated.arrived(tx, [one for one in rules if one.rule.dated], concern, due)
    pay(tx, due)
    _clear(tx, [one for one in rules if one.rule.when.kind != "changed"], concern)
    pay(tx, owed)
    return count


def _clear(tx: Tx, rules: list[Published], concern: edges.Concern) -> None:
    """What no longer holds needs nobody."""
    asked = [(one, {id_ for lot in concern.lots(one.rule, versions.watched(tx, one.rule)).values() for id_ in lot.ids})
             for one in rules]  # fmt: skip
    waiting = alerts.waiting(tx, [one.rule_id for one in rules], sorted({id_ for _, ids in asked for id_ in ids}))
    standing = [(one, sorted(ids & waiting.get(one.rule_id, set()))) for one, ids in asked]
    for part in parts(((one, ids) for one, ids in standing if ids), lambda one: len(one[1])):
        alerts.clear_set(tx, part)


_DUE = """
SELECT (SELECT jsonb_object_agg(r.id, r.watermark) FROM rules.rule r WHERE r.watermark < %(now)s) AS behind,
       (SELECT array_agg(r.id) FROM rules.rule r WHERE r.checked_on < %(today)s) AS unchecked,
       EXISTS (SELECT FROM rules.firing WHERE outcome = 'held') AS held,
       EXISTS (SELECT FROM rules.alert
                WHERE state = 'open' AND escalated_at IS NULL AND escalate_at <= %(now)s) AS late,
       EXISTS (SELECT FROM rules.alert a JOIN people.person p ON p.id = a.owner_id AND NOT p.active
                WHERE a.state IN ('open', 'acknowledged')) AS orphaned
"""


def due(database: Database) -> int:
    """Schedules and offsets whose moment has come are decided, what a hold kept is settled, alerts nobody looked at
    escalate. How much happened; safe to run any number of times and by several workers at once."""
    count = 0
    for act, passes in database.run(SYSTEM, _todo, Reason("tick")):
        for _ in range(passes):
            done = database.run(SYSTEM, act, Reason("tick"))
            fail_point("rules.decided")
            if not done:
                break
            count += done
    return count


def _todo(tx: Tx) -> list[tuple[Callable[[Tx], int | None], int]]:
    """What is to be done, and how often at most: until nothing is left."""
    row = tx.one(_DUE)
    assert row is not None
    acts: list[tuple[Callable[[Tx], int | None], int]] = []
    behind = {int(id_): dt.datetime.fromisoformat(at) for id_, at in (row["behind"] or {}).items()}
    unchecked: set[int] = set(row["unchecked"] or ())
    for one in versions.active(tx):
        key = one.rule.key
        moment = one.rule.scheduled and behind.get(one.rule_id, tx.now) < schedule.latest(one.rule.when, tx.now)
        if row["held"] and not one.rule.scheduled:
            acts.append((lambda tx, key=key: _of(tx, key, _settle_held), PASSES))
        if one.rule_id in unchecked and not moment:  # its moment looks at all of them
            acts.append((lambda tx, key=key: _of(tx, key, _check), 1))
        if one.rule_id in behind and one.rule.dated:
            acts.append((lambda tx, key=key: _of(tx, key, dated.decide), PASSES))
        if moment:
            acts.append((lambda tx, key=key: _of(tx, key, schedule.decide), 1))
    if row["orphaned"]:
        acts.append((along.orphaned, 1))
    if row["late"]:
        acts.append((alerts.escalate, 1))
    return acts


def _of(tx: Tx, key: str, act: Callable[[Tx, Published], int | None]) -> int | None:
    one = versions.standing(tx, key)
    done = None if one is None else act(tx, one)
    fail_point("rules.deciding")
    return done


def _check(tx: Tx, one: Published) -> int:
    """Once a day: conditions that the clock alone has changed. An alert of changes that have passed stays."""
    tx.run("UPDATE rules.rule SET checked_on = %(today)s WHERE id = %(id)s", {"id": one.rule_id})
    return 0 if versions.of_event(tx, one.rule) else alerts.clear(tx, one)


def _settle_held(tx: Tx, one: Published) -> int:
    """What a hold kept is decided again when the hold has ended."""
    rule = one.rule
    query = rendered(tx, rule.form, holds(rule))
    rows = tx.rows(
        f"DELETE FROM rules.firing f USING ({query.text}) r WHERE r.rid = f.record_id AND f.rule_id = %(rule)s"
        f" AND f.outcome = 'held' AND NOT ({held(tx, rule)}) RETURNING f.record_id, f.id",
        {**query.params, "rule": one.rule_id},
    )
    ids = sorted({row["record_id"] for row in rows})
    if not ids:
        return 0
    edges.share(tx, [one.rule_id])
    if rule.dated:
        return dated.settle(tx, one, ids) or 1
    tx.run(
        "DELETE FROM rules.matching WHERE rule_id = %(rule)s AND record_id = ANY(%(ids)s::bigint[])",
        {"rule": one.rule_id, "ids": ids},
    )
    owed: list[Owed] = []
    lot = edges.Lot(ids={*ids}, own={*ids}, transactions={rows[0]["id"]})
    count = edges.follow(tx, [(one, (), lot)], owed)
    pay(tx, owed)
    return count or 1


def next_moment(tx: Tx, until: dt.datetime) -> dt.datetime | None:
    """The earliest moment after now at which a rule has something to do: where a manual clock goes next."""
    found: list[dt.datetime] = []
    for one in versions.active(tx):
        if one.rule.scheduled:
            found.append(schedule.following(one.rule.when, tx.now))
        elif one.rule.dated and (moment := dated.next_due(tx, one, min([until, *found]))) is not None:
            found.append(moment)
    row = tx.one(
        "SELECT min(escalate_at) FILTER (WHERE state = 'open' AND escalated_at IS NULL AND escalate_at > %(now)s)"
        "   AS later, count(*) > 0 AS open FROM rules.alert WHERE state IN ('open', 'acknowledged')"
    )
    assert row is not None
    if row["later"] is not None:
        found.append(row["later"])
    if row["open"]:
        found.append(dt.datetime.combine(tx.today + dt.timedelta(days=1), dt.time(), tx.zone))
    return min((one for one in found if one <= until), default=None)


def guard(tx: Tx, outbox_ids: Sequence[int]) -> Mapping[int, str]:
    """Of these messages, those that a rule decided and that must not leave now: {id: reason}. `hold` and `hold_deleted`
    are to be asked again later; `condition` and `cleared` (its alert is settled) are for good."""
    rows = tx.rows(
        "SELECT f.version_id, f.step, array_agg(o.id) AS ids,"
        f"      array_agg(o.id) FILTER (WHERE NOT EXISTS ({ALERT_OF})) AS settled"
        f" FROM messages.outbox o JOIN rules.firing f ON f.id = {FIRING}"
        " WHERE o.id = ANY(%(ids)s::bigint[]) AND o.decision NOT LIKE '%%:gap'"
        " GROUP BY f.version_id, f.step",
        {"ids": list(outbox_ids)},
    )
    refused: dict[int, str] = {}
    for row in rows:  # as many as there are steps
        refused |= dict.fromkeys(row["settled"] or (), "cleared")
        refused |= _refused(tx, versions.version(tx, row["version_id"]), row["step"], row["ids"])
    return refused


def _refused(tx: Tx, one: Published, key: str, ids: list[int]) -> dict[int, str]:
    rule = one.rule
    if versions.of_event(tx, rule):
        return {}
    step = rule.step(key)
    texts = [text for text in (rule.condition, step.condition) if text]
    columns = {**holds(rule), **{f"wanted_{at}": Wanted(text, "yes_no") for at, text in enumerate(texts)}}
    query = rendered(tx, rule.form, columns)
    wanted = " AND ".join(f"r.wanted_{at}" for at in range(len(texts))) or "true"
    found = tx.rows(
        f"SELECT x.id, x.reason FROM (SELECT o.id, CASE WHEN r.rid IS NULL THEN 'hold_deleted'"
        f" WHEN NOT ({wanted}) THEN 'condition' WHEN {held(tx, rule)} THEN 'hold' END AS reason"
        f" FROM messages.outbox o LEFT JOIN ({query.text}) r ON r.rid = o.record_id"
        f" WHERE o.id = ANY(%(ids)s::bigint[])) x WHERE x.reason IS NOT NULL",
        {**query.params, "ids": ids},
    )
    return {row["id"]: row["reason"] for row in found}

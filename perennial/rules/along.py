"""What an alert goes along with: its record into the bin and out of it, another record that it is merged into, and the
person whose it is.

In:   the claimed changes, before any rule follows them; people who were disabled
Out:  alerts of a deleted record are settled with their tasks, and are as they were when it comes back; of a merged one
      they stand at the winner (where that has one of the same rule, at that), and come back with an undo
Messages stay: of a deleted record they wait (`guard`), and leave when it is back in time.
"""

from collections.abc import Iterable

from perennial import forms, tasks
from perennial.kernel import Query, Tx
from perennial.rules import alerts, versions
from perennial.rules.alerts import OPEN
from perennial.rules.changed import Group, affected
from perennial.rules.common import owner, responsible, whose
from perennial.rules.selects import reads
from perennial.rules.versions import Published

GONE = ("deleted", "merged")
_OF_FORM = "(SELECT id FROM rules.rule WHERE form = %(form)s)"

# What was remembered to hold for one holds for the other; a rule over dates remembers nothing.
_MATCHED = """matched AS (
    INSERT INTO rules.matching (rule_id, record_id)
    SELECT x.rule_id, x.record_id FROM {moved} x
      JOIN rules.rule u ON u.id = x.rule_id JOIN rules.version v ON v.id = u.version_id
     WHERE v.definition -> 'when' ->> 'kind' <> 'offsets' ON CONFLICT DO NOTHING
)"""
# The first of several that are merged into one; where the winner has one of its own, that stands for both.
_MOVE = f"""
WITH way AS (
    SELECT DISTINCT ON (a.rule_id, m.winner_id) a.id, a.rule_id, m.winner_id AS record_id
      FROM records.merged m JOIN rules.alert a ON a.record_id = m.loser_id AND a.state IN {OPEN}
     WHERE m.form = %(form)s AND m.loser_id IN (SELECT unnest(%(ids)s::bigint[])) AND a.rule_id IN {_OF_FORM}
       AND NOT EXISTS (SELECT FROM rules.alert o WHERE o.rule_id = a.rule_id AND o.record_id = m.winner_id
                          AND o.state IN {OPEN})
     ORDER BY a.rule_id, m.winner_id, a.id
), {_MATCHED.format(moved="way")}
UPDATE rules.alert a SET record_id = w.record_id, came_from = a.record_id FROM way w WHERE a.id = w.id
"""
_SETTLE = f"""
WITH done AS (
    UPDATE rules.alert a SET state = 'resolved', settled_at = %(now)s,
           why = CASE WHEN EXISTS (SELECT FROM records.merged m WHERE m.form = %(form)s AND m.loser_id = a.record_id)
                      THEN 'merged' ELSE 'deleted' END
     WHERE a.record_id IN (SELECT unnest(%(ids)s::bigint[])) AND a.state IN {OPEN} AND a.rule_id IN {_OF_FORM}
    RETURNING a.id
), forgotten AS (
    DELETE FROM rules.matching m WHERE m.record_id IN (SELECT unnest(%(ids)s::bigint[])) AND m.rule_id IN {_OF_FORM}
)
SELECT array_agg(id ORDER BY id) FROM done
"""
_RETURN = f"""
WITH moved AS (
    UPDATE rules.alert a SET record_id = a.came_from, came_from = NULL,
           firing_id = coalesce((SELECT max(f.id) FROM rules.firing f WHERE f.rule_id = a.rule_id
                                    AND f.record_id = a.came_from AND f.outcome IN ('fired', 'late')), a.firing_id)
     WHERE a.came_from IN (SELECT unnest(%(ids)s::bigint[])) AND a.state IN {OPEN} AND a.rule_id IN {_OF_FORM}
       AND NOT EXISTS (SELECT FROM rules.alert o WHERE o.rule_id = a.rule_id AND o.record_id = a.came_from
                          AND o.state IN {OPEN})
    RETURNING a.rule_id, a.record_id
), {_MATCHED.format(moved="moved")}
SELECT FROM moved
"""
_REOPEN = f"""
WITH last AS (
    SELECT DISTINCT ON (a.rule_id, a.record_id) a.id, a.state, a.why FROM rules.alert a
     WHERE a.record_id IN (SELECT unnest(%(ids)s::bigint[])) AND a.rule_id IN {_OF_FORM}
     ORDER BY a.rule_id, a.record_id, a.id DESC
), back AS (
    UPDATE rules.alert a SET state = CASE WHEN a.acknowledged_at IS NULL THEN 'open' ELSE 'acknowledged' END,
           why = NULL, settled_at = NULL
      FROM last l WHERE a.id = l.id AND l.state = 'resolved' AND l.why IN {GONE}
    RETURNING a.id, a.rule_id, a.record_id
), {_MATCHED.format(moved="back")}
SELECT jsonb_object_agg(id, record_id) FROM back
"""


def follow(tx: Tx, groups: list[Group]) -> None:
    """Alerts of records that went, came back, or have another owner now."""
    for group in groups:
        about = {"form": group.form, "ids": group.ids}
        if group.deleted:
            tx.run(_MOVE, about)
            tasks.close_alerts(tx, tx.value(_SETTLE, about) or [], "deleted")
        elif group.restored:
            tx.run(_RETURN, about)
            back = tx.value(_REOPEN, about) or {}
            tasks.reopen_alerts(tx, {int(alert): record for alert, record in back.items()}, "deleted")
    for one, ids in _concerned(tx, groups):
        hand_on(tx, one, ids)


def hand_on(tx: Tx, one: Published, records: list[int] | None = None) -> int:
    """Open alerts of a rule (of these records) belong to whom they would belong to if they were opened now; how many
    have changed hands."""
    query, asked, person = whose(tx, one)
    return tx.run(
        Query(
            f"""
        WITH wanted AS MATERIALIZED (
            SELECT a.id, {asked} FROM rules.alert a JOIN ({query.text}) r ON r.rid = a.record_id
             WHERE a.rule_id = %(rule)s AND a.state IN {OPEN}
               AND (%(records)s::bigint[] IS NULL OR a.record_id IN (SELECT unnest(%(records)s::bigint[])))
        ), persons AS MATERIALIZED (
            SELECT x.named_id, x.owner_id, {person} AS person_id
              FROM (SELECT DISTINCT named_id, owner_id FROM wanted) x
        )
        UPDATE rules.alert a SET owner_id = p.person_id
          FROM wanted w JOIN persons p ON coalesce(p.named_id, 0) = coalesce(w.named_id, 0)
                                      AND coalesce(p.owner_id, 0) = coalesce(w.owner_id, 0)
         WHERE a.id = w.id AND a.owner_id IS DISTINCT FROM p.person_id
            """,
            {**query.params, "rule": one.rule_id, "records": records},
        )
    )


def orphaned(tx: Tx) -> int:
    """Alerts of people who were disabled go to the next in order; how many."""
    rules = tx.value(
        "SELECT array_agg(DISTINCT a.rule_id) FROM rules.alert a JOIN people.person p ON p.id = a.owner_id"
        f" WHERE a.state IN {OPEN} AND NOT p.active"
    )
    return sum(hand_on(tx, one) for one in versions.active(tx) if one.rule_id in (rules or ()))


def _concerned(tx: Tx, groups: Iterable[Group]) -> list[tuple[Published, list[int]]]:
    """Rules with the records whose owner these changes may have changed. A change of no person costs nothing."""
    catalog = forms.catalog(tx)
    moved = [
        group for group in groups
        if not (group.created or group.deleted or group.restored)
        and any(field.kind == "person" and field.key in group.fields for field in catalog.form(group.form).fields)
    ]  # fmt: skip
    known: dict[tuple[str, frozenset[str]], list[int]] = {}  # many rules ask for the same
    asked: list[tuple[Published, list[int]]] = []
    for one in versions.active(tx) if moved else ():
        rule = one.rule
        texts = [owner(tx, rule), *([name] if (name := _field(tx, one)) else [])]
        paths = frozenset[str]().union(*(reads(tx, rule.form, text) for text in texts if text))
        if (rule.form, paths) not in known:
            known[rule.form, paths] = [id_ for group in moved for id_ in affected(tx, rule.form, paths, group)]
        if ids := known[rule.form, paths]:
            asked.append((one, ids))
    waiting = alerts.waiting(tx, [one.rule_id for one, _ in asked], sorted({id_ for _, ids in asked for id_ in ids}))
    return [(one, sorted(waiting[one.rule_id])) for one, _ in asked if one.rule_id in waiting]


def _field(tx: Tx, one: Published) -> str:
    who = responsible(tx, one.rule)
    return who.name if versions.read_field(who) else ""

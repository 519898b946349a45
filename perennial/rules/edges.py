"""Rules over changes: a record was created so that it matches, or changed to match.

Matching is remembered as a set of records, so "did not match before, does now" is one comparison of two sets. A
condition that asks how the record was before (CHANGED, PREVIOUS) remembers nothing: it holds for a change. All rules
that changes concern are read by one statement (`arms`): those of many rules differ in their conditions alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from perennial.kernel import Tx
from perennial.rules import alerts, versions
from perennial.rules.act import Owed
from perennial.rules.arms import Arm, arm
from perennial.rules.changed import Group, affected
from perennial.rules.common import LOCK, MOST_IN_A_MINUTE, fired
from perennial.rules.definition import Rule
from perennial.rules.turns import parts, turns
from perennial.rules.versions import Published


@dataclass(slots=True)
class Lot:
    """Records of one rule that changes with one trail concern. `silent`: they may match without being an edge."""

    ids: set[int] = field(default_factory=set[int])
    own: set[int] = field(default_factory=set[int])  # changed themselves
    silent: set[int] = field(default_factory=set[int])
    quiet: set[int] = field(default_factory=set[int])  # imported: tasks, but nothing to customers
    left_out: set[int] = field(default_factory=set[int])  # imported, to set off nothing
    transactions: set[int] = field(default_factory=set[int])

    @property
    def last(self) -> int:
        return max(self.transactions, default=0)


Lots = dict[tuple[str, ...], Lot]
"""trail -> the records that it concerns, in the order of the changes."""


class Concern:
    """What groups of changes concern. Rules that read the same paths of a form share their lots."""

    def __init__(self, tx: Tx, groups: Iterable[Group]) -> None:
        self._tx = tx
        self._groups = sorted(groups, key=lambda one: max(one.transactions, default=0))
        self._known: dict[tuple[str, frozenset[str]], Lots] = {}

    def lots(self, rule: Rule, paths: Iterable[str]) -> Lots:
        key = (rule.form, frozenset(paths))
        if key not in self._known:
            self._known[key] = self._found(*key)
        return self._known[key]

    def _found(self, form: str, paths: frozenset[str]) -> Lots:
        found: Lots = {}
        for group in self._groups:
            ids = set(affected(self._tx, form, paths, group))
            own = group.form == form
            if own and (group.created or group.deleted or group.restored):
                ids |= set(group.ids)
            if not ids:
                continue
            lot = found.setdefault(group.trail, Lot())
            lot.ids |= ids
            lot.own |= ids & set(group.ids) if own else set()
            lot.transactions |= {*group.transactions}
            imported = group.reason == "import" and group.answer != "all"
            if imported or group.reason == "undo" or group.restored:
                lot.silent |= ids
            if imported and group.answer != "latest":
                lot.quiet |= ids
            if imported and group.answer == "none":
                lot.left_out |= ids
        return found


def share(tx: Tx, rules: list[int]) -> None:
    """Nobody publishes or decides these rules until the transaction ends."""
    tx.run(
        "SELECT pg_advisory_xact_lock_shared(%(class)s, x.id) FROM (SELECT unnest(%(ids)s::int[]) AS id ORDER BY 1) x",
        {"class": LOCK, "ids": rules},
    )


Asked = tuple[Published, tuple[str, ...], Lot]
"""One rule, and the records that it is to look at."""


def changed(tx: Tx, rules: Iterable[Published], concern: Concern, owed: list[Owed]) -> int:
    """Firings of rules over changes; what they set off is `owed`: no rule reads what another wrote just now."""
    asked = [
        (one, trail, lot)
        for one in sorted(rules, key=lambda one: one.rule_id)
        for trail, lot in concern.lots(one.rule, versions.watched(tx, one.rule)).items()
        if not versions.of_event(tx, one.rule) or (lot.own - lot.silent and one.rule.in_force(tx.today))
    ]
    return sum(
        follow(tx, part, owed)
        for turn in turns(asked, lambda one: one[0].rule_id)
        for part in parts(turn, lambda one: len(one[2].ids))
    )


def follow(tx: Tx, asked: list[Asked], owed: list[Owed]) -> int:
    """Those that match now and did not before fire; of those that match no more the alert is settled. A rule stands
    there once."""
    numbers: dict[int, int] = {}
    params: dict[str, Any] = {"zone": tx.zone.key}
    arms: list[Arm] = []
    at: list[int] = []
    for one, trail, lot in asked:
        number = numbers.get(id(lot))
        if number is None:
            number = numbers[id(lot)] = len(numbers)
            params |= {
                f"ids_{number}": sorted(lot.ids), f"own_{number}": sorted(lot.own - lot.silent),
                f"silent_{number}": sorted(lot.silent), f"transactions_{number}": sorted(lot.transactions),
                f"change_{number}": f"change:{lot.last}", f"trail_{number}": [*trail],
            }  # fmt: skip
        made = arm(tx, one, number)
        params |= made.params
        arms.append(made)
        at.append(number)
    params |= {
        "rules": [one.rule_id for one, _, _ in asked], "versions": [one.id for one, _, _ in asked], "lots": at,
        "cut": [one.rule.key in trail for one, trail, _ in asked],
        "live": [one.rule.in_force(tx.today) for one, _, _ in asked],
    }  # fmt: skip
    rows = tx.rows(_statement(arms, len(numbers)), params)
    gone = {row["rule_id"]: row["ids"] for row in rows if row["outcome"] is None}
    if gone:
        alerts.settle(tx, gone, "cleared")
    by_rule = {one.rule_id: (one, trail) for one, trail, _ in asked}
    for row in rows:
        if row["outcome"] == "fired":
            one, trail = by_rule[row["rule_id"]]
            owed.append(Owed(one, "", row["ids"], trail))
    return sum(len(row["ids"]) for row in rows if row["outcome"] is not None)


CIRCLE = (
    "(SELECT count(*) FROM rules.firing o WHERE o.rule_id = r.rule_id AND o.record_id = r.rid"
    f" AND o.at > %(now)s::timestamptz - interval '1 minute') >= {MOST_IN_A_MINUTE}"
)


def _statement(arms: list[Arm], lots: int) -> str:
    values = ", ".join(
        f"({n}, %(ids_{n})s::bigint[], %(silent_{n})s::bigint[], %(trail_{n})s::text[])" for n in range(lots)
    )
    return f"""
        WITH lot (n, ids, silent, trail) AS (VALUES {values}), asked AS MATERIALIZED (
            SELECT x.*, l.ids, l.silent, l.trail
              FROM unnest(%(rules)s::int[], %(versions)s::int[], %(lots)s::int[], %(cut)s::bool[], %(live)s::bool[])
                   AS x (rule_id, version_id, lot, cut, live) JOIN lot l ON l.n = x.lot
        ), here AS MATERIALIZED (
            {" UNION ALL ".join(one.text for one in arms)}
        ), left_it AS (
            DELETE FROM rules.matching m USING (SELECT a.rule_id, unnest(a.ids) AS record_id FROM asked a) a
             WHERE m.rule_id = a.rule_id AND m.record_id = a.record_id
               AND NOT EXISTS (SELECT FROM here r WHERE r.rule_id = m.rule_id AND r.rid = m.record_id AND r.matches)
            RETURNING m.rule_id, m.record_id
        ), joined AS (
            INSERT INTO rules.matching (rule_id, record_id)
            SELECT r.rule_id, r.rid FROM here r WHERE r.matches AND NOT r.event ORDER BY r.rule_id, r.rid
            ON CONFLICT DO NOTHING RETURNING rule_id, record_id
        ), edge AS (
            SELECT r.*, a.version_id, a.trail, a.cut OR {CIRCLE} AS loops
              FROM here r JOIN asked a ON a.rule_id = r.rule_id
              LEFT JOIN joined j ON j.rule_id = r.rule_id AND j.record_id = r.rid
             WHERE (r.event OR j.record_id IS NOT NULL) AND a.live AND NOT r.rid = ANY(a.silent)
               AND r.occasion IS NOT NULL
        ), wanted AS (
            SELECT r.rule_id, r.version_id, r.rid AS record_id, r.occasion, ''::text AS step,
                   CASE WHEN r.loops THEN 'cut' WHEN NOT r.held THEN 'fired' WHEN r.event THEN 'skipped' ELSE 'held' END
                       AS outcome,
                   CASE WHEN r.loops THEN 'loop' WHEN r.held AND r.event THEN 'hold' END AS reason, r.severity,
                   NULL::date AS basis, %(now)s::timestamptz AS due_at, false AS quiet, r.facts, r.trail
              FROM edge r ORDER BY r.rule_id, r.rid
        ), {fired("w.rule_id", "w.version_id", "w.trail")}
        SELECT rule_id, outcome, array_agg(id ORDER BY id) AS ids FROM fired GROUP BY rule_id, outcome
        UNION ALL SELECT rule_id, NULL, array_agg(record_id) FROM left_it GROUP BY rule_id
        """

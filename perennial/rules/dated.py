"""Rules over dates: 30, 15 and 7 days before, each offset with its own actions.

The offsets of one date are one group: only the latest passed one fires, and only while the date is ahead; the others
are skipped and say so. Every occurrence that falls due gets one row, whatever becomes of it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from perennial.kernel import Query, Tx
from perennial.rules import offsets
from perennial.rules.act import Owed, pay
from perennial.rules.common import LATE, LOCK, facts, fired, held, holds, told
from perennial.rules.definition import SAME_TERM_DAYS, Rule, Step
from perennial.rules.edges import Concern
from perennial.rules.locks import alone
from perennial.rules.selects import Wanted, reads, renamed, rendered
from perennial.rules.turns import parts, turns
from perennial.rules.versions import Published

BATCH = 20_000


def moment(rule: Rule, step: Step, r: str = "r") -> str:
    """SQL: when the occurrence of this row is due."""
    day = offsets.moment(f"{r}.basis", step.offset, step.unit)
    return f"((({day}) + time '{step.at:%H:%M}') AT TIME ZONE %(zone)s)"


def window(tx: Tx, rule: Rule, after: dt.datetime, until: dt.datetime) -> tuple[str, dict[str, dt.date]]:
    """A range of dates that holds everything due in (after, until], for an index; the moment decides exactly."""
    first, last = after.astimezone(tx.zone).date(), until.astimezone(tx.zone).date()
    reach = [offsets.reach(step.offset, step.unit) for step in rule.steps]
    bounds = {
        "from": offsets.shifted(first, -max(far for _, far in reach) - 1),
        "to": offsets.shifted(last, -min(near for near, _ in reach) + 1),
    }
    return "AND r.basis BETWEEN %(basis_from)s AND %(basis_to)s", {f"basis_{name}": day for name, day in bounds.items()}


def occurrences(tx: Tx, rule: Rule, *, only: str = "") -> Query:
    """Every offset of every record with its moment: rid, basis, step, due_at, severity, wanted, held, not_before,
    facts. `only`: a condition over `r`, inside, where indexes serve it."""
    kept, pairs = facts(tx, rule, *(step.condition for step in rule.steps))
    columns = {"basis": Wanted(rule.when.date, "date"), **kept, **holds(rule)}
    columns["wanted"] = Wanted(rule.condition or "TRUE", "yes_no")
    if rule.when.not_before:
        columns["not_before"] = Wanted(rule.when.not_before, "date")
    columns |= {f"wanted_{at}": Wanted(one.condition, "yes_no") for at, one in enumerate(rule.steps) if one.condition}
    query = rendered(tx, rule.form, columns)
    rows = ", ".join(
        f"('{step.key}', {moment(rule, step)}, {rule.rank(step)}::smallint,"
        f" r.wanted{f' AND r.wanted_{at}' if step.condition else ''})"
        for at, step in enumerate(rule.steps)
    )
    early = "r.not_before" if rule.when.not_before else "NULL::date"
    return Query(
        f"SELECT r.rid, r.basis, s.step, s.due_at, s.severity, s.wanted, ({held(tx, rule)}) AS held,"
        f" {early} AS not_before, {pairs} AS facts FROM ({query.text}) r"
        f" CROSS JOIN LATERAL (VALUES {rows}) AS s (step, due_at, severity, wanted)"
        f" WHERE r.basis IS NOT NULL {only}",
        dict(query.params),
    )


UNDECIDED = (
    "NOT EXISTS (SELECT FROM rules.firing f WHERE f.rule_id = %(rule)s AND f.record_id = o.rid"
    " AND f.occasion = 'date:' || o.basis || ':' || o.step)"
)


@dataclass(frozen=True, slots=True)
class Span:
    """Occurrences of one rule in (after, until], of the records `ids` (None: wherever `only` says). `quiet`: imported;
    nothing goes to customers."""

    one: Published
    after: dt.datetime
    until: dt.datetime
    ids: list[int] | None = None
    quiet: list[int] = field(default_factory=list[int])
    trail: tuple[str, ...] = ()
    only: str = "AND r.rid = ANY(%(ids)s::bigint[])"


def decide(tx: Tx, one: Published) -> int | None:
    """One batch of what has fallen due. None: nothing is left and the watermark is at the clock, or another worker is
    at it."""
    if not alone(tx, LOCK, one.rule_id):
        return None
    watermark: dt.datetime = tx.value("SELECT watermark FROM rules.rule WHERE id = %(id)s", {"id": one.rule_id})
    if watermark >= tx.now:
        return None
    only, bounds = window(tx, one.rule, watermark, tx.now)
    owed: list[Owed] = []
    count = _judge(tx, [Span(one, watermark, tx.now, only=only)], owed, bounds, batch=BATCH)
    pay(tx, owed)
    if not count:
        tx.run("UPDATE rules.rule SET watermark = %(now)s WHERE id = %(id)s", {"id": one.rule_id})
    return count or None


def arrived(tx: Tx, rules: list[Published], concern: Concern, owed: list[Owed]) -> int:
    """Occurrences of changed records that lie at or before the watermark and are undecided; what they set off is
    `owed`."""
    due = [(one, trail, lot) for one in rules for trail, lot in concern.lots(one.rule, _dates(tx, one)).items()]
    known = _watermarks(tx, [one for one, _, _ in due]) if due else {}
    spans = [Span(one, *known[one.rule_id], sorted(lot.ids - lot.left_out), sorted(lot.quiet), trail)
             for one, trail, lot in due if lot.ids - lot.left_out]  # fmt: skip
    return sum(
        _judge(tx, part, owed)
        for turn in turns(spans, lambda span: span.one.rule_id)
        for part in parts(turn, lambda span: len(span.ids or ()))
    )


def _dates(tx: Tx, one: Published) -> frozenset[str]:
    rule = one.rule
    return reads(tx, rule.form, rule.when.date) | reads(tx, rule.form, rule.when.not_before)


def _watermarks(tx: Tx, rules: list[Published]) -> dict[int, tuple[dt.datetime, dt.datetime]]:
    """(published, watermark) of each."""
    rows = tx.rows(
        "SELECT id, published_at, watermark FROM rules.rule WHERE id = ANY(%(ids)s::int[])",
        {"ids": [one.rule_id for one in rules]},
    )
    return {row["id"]: (row["published_at"], row["watermark"]) for row in rows}


def settle(tx: Tx, one: Published, ids: list[int]) -> int:
    """What these records owe up to the watermark is decided and set off; the caller keeps it where it is."""
    owed: list[Owed] = []
    count = _judge(tx, [Span(one, *_watermarks(tx, [one])[one.rule_id], ids)], owed)
    pay(tx, owed)
    return count


def _judge(
    tx: Tx, spans: list[Span], owed: list[Owed], given: Mapping[str, Any] | None = None, batch: int | None = None
) -> int:
    """Each occurrence that has no row yet gets one; what those that fire set off is `owed`. Each rule once."""
    params: dict[str, Any] = {**(given or {}), "zone": tx.zone.key, "batch": batch}
    arms: list[str] = []
    values: list[str] = []
    for at, span in enumerate(spans):
        one = span.one
        query = renamed(occurrences(tx, one.rule, only=span.only.replace("%(ids)s", f"%(ids_{at})s")), f"v{one.id}")
        arms.append(f"SELECT {one.rule_id} AS rule_id, o.* FROM ({query.text}) o WHERE o.due_at <= %(until_{at})s")
        values.append(
            f"({one.rule_id}, {one.id}, %(after_{at})s::timestamptz, %(on_{at})s::bool, %(cut_{at})s::bool,"
            f" %(quiet_{at})s::bigint[], %(trail_{at})s::text[])"
        )
        params |= query.params | {
            f"ids_{at}": span.ids, f"after_{at}": span.after, f"until_{at}": span.until, f"quiet_{at}": span.quiet,
            f"trail_{at}": [*span.trail], f"on_{at}": one.rule.in_force(tx.today),
            f"cut_{at}": one.rule.key in span.trail,
        }  # fmt: skip
    rows = tx.rows(
        f"""
        WITH asked (rule_id, version_id, after, live, cut, quiet, trail) AS MATERIALIZED (
            VALUES {", ".join(values)}
        ), passed AS MATERIALIZED (
            SELECT o.*, max(o.due_at) OVER (PARTITION BY o.rule_id, o.rid) AS latest
              FROM ({" UNION ALL ".join(arms)}) o
        ), due AS MATERIALIZED (
            SELECT o.*, a.version_id, a.live, a.cut, a.trail, o.rid = ANY(a.quiet) AS quiet
              FROM passed o JOIN asked a ON a.rule_id = o.rule_id
             WHERE o.due_at > a.after AND {UNDECIDED.replace("%(rule)s", "o.rule_id")}
             ORDER BY o.rule_id, o.rid LIMIT %(batch)s
        ), judged AS (
            SELECT o.*, CASE WHEN NOT o.live THEN 'not_in_force'
                             WHEN o.due_at < o.latest THEN 'passed_over'
                             WHEN o.basis < %(today)s THEN 'date_passed'
                             WHEN (o.due_at AT TIME ZONE %(zone)s)::date < o.not_before THEN 'before_start'
                             WHEN NOT o.wanted THEN 'condition'
                             WHEN EXISTS (SELECT FROM rules.firing f WHERE f.rule_id = o.rule_id
                                             AND f.record_id = o.rid AND f.step = o.step
                                             AND f.outcome IN ('fired', 'late') AND f.basis <> o.basis
                                             AND abs(f.basis - o.basis) < {SAME_TERM_DAYS}) THEN 'same_term' END AS why
              FROM due o
        ), wanted AS (
            SELECT o.rule_id, o.version_id, o.trail, o.rid AS record_id, o.step,
                   'date:' || o.basis || ':' || o.step AS occasion,
                   CASE WHEN o.cut AND o.why IS NULL THEN 'cut' WHEN o.why IS NULL AND o.held THEN 'held'
                        WHEN o.why IS NOT NULL THEN 'skipped'
                        WHEN o.due_at < %(now)s::timestamptz - {LATE} THEN 'late' ELSE 'fired' END AS outcome,
                   CASE WHEN o.cut AND o.why IS NULL THEN 'loop' ELSE o.why END AS reason, o.severity, o.basis,
                   o.due_at, o.quiet, o.facts
              FROM judged o
        ), {fired("w.rule_id", "w.version_id", "w.trail")}
        SELECT rule_id, step, outcome, array_agg(id ORDER BY id) AS ids FROM fired GROUP BY rule_id, step, outcome
        """,
        params,
    )
    count = 0
    for span in spans:
        found = told([row for row in rows if row["rule_id"] == span.one.rule_id])
        owed += [Owed(span.one, key, firings, span.trail) for key, firings in found.ids.items()]
        count += found.count
    return count


def next_due(tx: Tx, one: Published, until: dt.datetime) -> dt.datetime | None:
    """The next moment after now at which an offset falls due."""
    only, bounds = window(tx, one.rule, tx.now, until)
    query = occurrences(tx, one.rule, only=only)
    return tx.value(
        f"SELECT min(o.due_at) FROM ({query.text}) o WHERE o.due_at > %(now)s AND o.due_at <= %(until)s"
        f" AND {UNDECIDED}",
        {**query.params, **bounds, "rule": one.rule_id, "until": until, "zone": tx.zone.key},
    )

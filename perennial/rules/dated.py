"""Rules over dates: 30, 15 and 7 days before, each offset with its own actions.

The offsets of one date are one group: only the latest passed one fires, and only while the date is ahead; the others
are skipped and say so. Every occurrence that falls due gets one row, whatever becomes of it.
"""

import datetime as dt

from perennial.kernel import Query, Tx
from perennial.rules import offsets
from perennial.rules.act import Owed, pay
from perennial.rules.common import FIRED, LATE, LOCK, TOLD, facts, held, holds, params, told
from perennial.rules.definition import SAME_TERM_DAYS, Rule, Step
from perennial.rules.edges import Concern
from perennial.rules.locks import alone
from perennial.rules.selects import Wanted, reads, rendered
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


def decide(tx: Tx, one: Published) -> int | None:
    """One batch of what has fallen due. None: nothing is left and the watermark is at the clock, or another worker is
    at it."""
    if not alone(tx, LOCK, one.rule_id):
        return None
    watermark: dt.datetime = tx.value("SELECT watermark FROM rules.rule WHERE id = %(id)s", {"id": one.rule_id})
    if watermark >= tx.now:
        return None
    only, bounds = window(tx, one.rule, watermark, tx.now)
    query = occurrences(tx, one.rule, only=only)
    owed: list[Owed] = []
    count = _judge(tx, one, Query(query.text, {**query.params, **bounds}), watermark, tx.now, owed)
    pay(tx, owed)
    if not count:
        tx.run("UPDATE rules.rule SET watermark = %(now)s WHERE id = %(id)s", {"id": one.rule_id})
    return count or None


def arrived(tx: Tx, rules: list[Published], concern: Concern, owed: list[Owed]) -> int:
    """Occurrences of changed records that lie at or before the watermark and are undecided; what they set off is
    `owed`."""
    count = 0
    due = [(one, trail, lot) for one in rules for trail, lot in concern.lots(one.rule, _dates(tx, one)).items()]
    known = _watermarks(tx, [one for one, _, _ in due]) if due else {}
    for one, trail, lot in due:
        ids = sorted(lot.ids - lot.left_out)
        count += _settle(tx, one, known[one.rule_id], ids, sorted(lot.quiet), trail, owed) if ids else 0
    return count


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
    count = _settle(tx, one, _watermarks(tx, [one])[one.rule_id], ids, [], (), owed)
    pay(tx, owed)
    return count


def _settle(
    tx: Tx, one: Published, between: tuple[dt.datetime, dt.datetime], ids: list[int], quiet: list[int],
    trail: tuple[str, ...], owed: list[Owed],
) -> int:  # fmt: skip
    query = occurrences(tx, one.rule, only="AND r.rid = ANY(%(records)s::bigint[])")
    found = Query(query.text, {**query.params, "records": ids})
    return _judge(tx, one, found, *between, owed, quiet, trail)


def _judge(
    tx: Tx, one: Published, query: Query, after: dt.datetime, until: dt.datetime, owed: list[Owed],
    quiet: list[int] | None = None, trail: tuple[str, ...] = (),
) -> int:  # fmt: skip
    """Each occurrence in (after, until] that has no row yet gets one; what those that fire set off is `owed`."""
    on = one.rule.in_force(tx.today)
    rows = tx.rows(
        f"""
        WITH passed AS MATERIALIZED (
            SELECT o.*, max(o.due_at) OVER (PARTITION BY o.rid) AS latest
              FROM ({query.text}) o WHERE o.due_at <= %(until)s
        ), due AS MATERIALIZED (
            SELECT o.* FROM passed o WHERE o.due_at > %(after)s AND {UNDECIDED} ORDER BY o.rid LIMIT {BATCH}
        ), judged AS (
            SELECT o.*, CASE WHEN NOT %(on)s THEN 'not_in_force'
                             WHEN o.due_at < o.latest THEN 'passed_over'
                             WHEN o.basis < %(today)s THEN 'date_passed'
                             WHEN (o.due_at AT TIME ZONE %(zone)s)::date < o.not_before THEN 'before_start'
                             WHEN NOT o.wanted THEN 'condition'
                             WHEN EXISTS (SELECT FROM rules.firing f WHERE f.rule_id = %(rule)s AND f.record_id = o.rid
                                             AND f.step = o.step AND f.outcome IN ('fired', 'late')
                                             AND f.basis <> o.basis
                                             AND abs(f.basis - o.basis) < {SAME_TERM_DAYS}) THEN 'same_term' END AS why
              FROM due o
        ), wanted AS (
            SELECT o.rid AS record_id, 'date:' || o.basis || ':' || o.step AS occasion, o.step,
                   CASE WHEN %(cut)s AND o.why IS NULL THEN 'cut' WHEN o.why IS NULL AND o.held THEN 'held'
                        WHEN o.why IS NOT NULL THEN 'skipped'
                        WHEN o.due_at < %(now)s::timestamptz - {LATE} THEN 'late' ELSE 'fired' END AS outcome,
                   CASE WHEN %(cut)s AND o.why IS NULL THEN 'loop' ELSE o.why END AS reason, o.severity, o.basis,
                   o.due_at, o.rid = ANY(%(quiet)s::bigint[]) AS quiet, o.facts
              FROM judged o
        ), {FIRED}
        {TOLD}
        """,
        params(tx, one, query, after=after, until=until, on=on, quiet=quiet or [], trail=[*trail],
               cut=one.rule.key in trail),
    )  # fmt: skip
    found = told(rows)
    owed += [Owed(one, key, firings, trail) for key, firings in found.ids.items()]
    return found.count


def next_due(tx: Tx, one: Published, until: dt.datetime) -> dt.datetime | None:
    """The next moment after now at which an offset falls due."""
    only, bounds = window(tx, one.rule, tx.now, until)
    query = occurrences(tx, one.rule, only=only)
    return tx.value(
        f"SELECT min(o.due_at) FROM ({query.text}) o WHERE o.due_at > %(now)s AND o.due_at <= %(until)s"
        f" AND {UNDECIDED}",
        {**query.params, **bounds, "rule": one.rule_id, "until": until, "zone": tx.zone.key},
    )

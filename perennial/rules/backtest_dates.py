"""Offsets of a date in the past: each occurrence that fell due is decided once, as `dated` decides it."""

from perennial.rules import offsets
from perennial.rules.backtest_look import Look
from perennial.rules.common import LATE, holds
from perennial.rules.definition import SAME_TERM_DAYS, Rule, Step
from perennial.rules.selects import Wanted, reads

_LAST = 2**63 - 1


def fire(look: Look, rule: Rule) -> None:
    """`bt_fired` has every occurrence that was decided, whatever became of it."""
    _spans(look, rule)
    _due(look, rule)
    _judge(look, rule)
    _same_term(look)
    if _freed(look, rule):
        _judge(look, rule)
        _same_term(look)
    look.keep(
        "bt_fired",
        "SELECT j.rid, j.at, j.at AS was, j.today, j.now, j.step, j.outcome, j.why AS reason, j.severity, j.basis"
        " FROM bt_judged j",
    )


def _spans(look: Look, rule: Rule) -> None:
    """`bt_span`: from which place in the log to which a record had this date. `left_out`: an import said nothing of it
    should be set off."""
    paths = reads(look.tx, rule.form, rule.when.date)
    look.hits("bt_hits", rule.form, paths)
    left_out = "coalesce(p.reason ->> 'kind' = 'import' AND p.reason ->> 'answer' = 'none', false)"
    look.keep(
        "bt_points",
        f"SELECT p.rid, p.at, p.was, p.today, p.now, {left_out} AS left_out FROM bt_hits p"
        f" UNION ALL SELECT a.*, false FROM ({look.always(rule.form, look.since)}) a",
    )
    query = look.read(rule.form, {"basis": Wanted(rule.when.date, "date")}, "bt_points")
    look.keep("bt_read", f"SELECT r.rid, r.at, r.basis FROM ({query.text}) r", query.params)
    look.keep(
        "bt_span",
        f"SELECT y.rid, y.basis, y.at, y.now, y.left_out, coalesce(lead(y.at) OVER (PARTITION BY y.rid ORDER BY y.at),"
        f" {_LAST}) AS until FROM (SELECT p.*, r.basis, lag(r.basis) OVER w AS before, row_number() OVER w AS nth"
        " FROM bt_points p LEFT JOIN bt_read r ON r.rid = p.rid AND r.at = p.at"
        " WINDOW w AS (PARTITION BY p.rid ORDER BY p.at)) y"
        " WHERE y.nth = 1 OR y.basis IS DISTINCT FROM y.before",
    )


def _moment(step: Step, basis: str) -> str:
    day = offsets.moment(basis, step.offset, step.unit)
    return f"((({day}) + time '{step.at:%H:%M}') AT TIME ZONE %(zone)s)"


def _steps(rule: Rule, basis: str, *, conditions: bool = False) -> str:
    return ", ".join(
        f"('{step.key}', {_moment(step, basis)}, {rule.rank(step)}"
        + (f", {f'r.wanted_{at}' if step.condition else 'true'})" if conditions else ")")
        for at, step in enumerate(rule.steps)
    )


def _due(look: Look, rule: Rule) -> None:
    """`bt_points`: each occurrence where it was decided: at its moment, or at the change that made it when that had
    passed."""
    look.keep(
        "bt_points",
        "SELECT DISTINCT ON (x.rid, x.basis, x.step) x.rid, x.at, x.at AS was, x.now,"
        " (x.now AT TIME ZONE %(zone)s)::date AS today, x.basis, x.step, x.due_at, x.severity FROM ("
        " SELECT s.rid, s.basis, k.step, k.due_at, k.severity, s.at AS began, s.until, s.left_out,"
        "        CASE WHEN k.due_at <= s.now AND s.at > 0 THEN s.at ELSE d.at END AS at,"
        "        CASE WHEN k.due_at <= s.now AND s.at > 0 THEN s.now ELSE k.due_at END AS now"
        f"  FROM bt_span s CROSS JOIN LATERAL (VALUES {_steps(rule, 's.basis')}) k (step, due_at, severity)"
        f" CROSS JOIN LATERAL (SELECT {look.place_before('k.due_at')} AS at OFFSET 0) d"
        "  WHERE s.basis IS NOT NULL AND k.due_at > %(since)s AND k.due_at <= %(until)s) x"
        " WHERE x.began <= x.at AND x.at < x.until AND NOT (x.left_out AND x.at = x.began)"
        " ORDER BY x.rid, x.basis, x.step, x.at, x.now",
    )
    look.keep(
        "bt_judged",
        "SELECT p.*, NULL::text AS why, NULL::text AS outcome FROM bt_points p WHERE false",
    )


def _judge(look: Look, rule: Rule) -> None:
    """What stands in `bt_points` is judged as the record was at its moment."""
    columns = {"wanted": Wanted(rule.condition or "TRUE", "yes_no"), **holds(rule)}
    columns |= {f"wanted_{at}": Wanted(one.condition, "yes_no") for at, one in enumerate(rule.steps) if one.condition}
    if rule.when.not_before:
        columns["not_before"] = Wanted(rule.when.not_before, "date")
    early = "r.not_before" if rule.when.not_before else "NULL::date"
    force = [f"p.today < '{rule.since}'::date"] if rule.since else []
    force += [f"p.today > '{rule.until}'::date"] if rule.until else []
    look.keep("bt_moments", "SELECT DISTINCT p.rid, p.at, p.was, p.today, p.now FROM bt_points p")
    query = look.read(rule.form, columns, "bt_moments")
    look.tx.run(
        "INSERT INTO bt_judged (rid, at, was, now, today, basis, step, due_at, severity, why, outcome)"
        " SELECT y.rid, y.at, y.at, y.now, y.today, y.basis, y.step, y.due_at, y.severity, y.why,"
        " CASE WHEN y.why IS NOT NULL THEN 'skipped' WHEN y.held THEN 'held'"
        f" WHEN y.due_at < y.now - {LATE} THEN 'late' ELSE 'fired' END FROM ("
        f" SELECT p.*, ({look.held(rule)}) AS held,"
        f" CASE WHEN {' OR '.join(force) or 'false'} THEN 'not_in_force'"
        f" WHEN p.due_at < (SELECT max(k.due_at) FROM (VALUES {_steps(rule, 'p.basis')}) k (step, due_at, severity)"
        "                     WHERE k.due_at <= p.now) THEN 'passed_over'"
        " WHEN p.basis < p.today THEN 'date_passed'"
        f" WHEN (p.due_at AT TIME ZONE %(zone)s)::date < {early} THEN 'before_start'"
        f" WHEN NOT (r.wanted AND k.wanted) THEN 'condition' END AS why"
        f" FROM bt_points p JOIN ({query.text}) r ON r.rid = p.rid AND r.at = p.at AND r.now = p.now"
        f" JOIN LATERAL (VALUES {_steps(rule, 'p.basis', conditions=True)}) k (step, due_at, severity, wanted)"
        "   ON k.step = p.step) y",
        {**query.params, "zone": look.tx.zone.key},
    )


def _freed(look: Look, rule: Rule) -> int:
    """`bt_points`: what a hold kept is decided at its end, when the date is still that; how many."""
    look.freed(rule, "SELECT j.rid, j.now FROM bt_judged j WHERE j.outcome = 'held'")
    found = look.keep(
        "bt_points",
        "SELECT j.rid, f.at, f.was, f.now, f.today, j.basis, j.step, j.due_at, j.severity FROM bt_judged j"
        " JOIN bt_free f ON f.rid = j.rid AND f.began = j.now WHERE j.outcome = 'held'"
        " AND EXISTS (SELECT FROM bt_span s WHERE s.rid = j.rid AND s.basis = j.basis"
        " AND s.at <= f.at AND f.at < s.until)",
    )
    look.tx.run(
        "DELETE FROM bt_judged j USING bt_free f WHERE f.rid = j.rid AND f.began = j.now AND j.outcome = 'held'"
    )
    return found


def _same_term(look: Look) -> None:
    """A step that fired at a date less than a term's shift away fires no second time; in the order of the decisions."""
    most = look.tx.value(
        "SELECT coalesce(max(x.n), 0) FROM (SELECT count(*) AS n FROM bt_judged c WHERE c.outcome IN ('fired', 'late')"
        " GROUP BY c.rid, c.step) x"
    )
    look.keep(
        "bt_order",
        "SELECT c.rid, c.step, c.basis, row_number() OVER (PARTITION BY c.rid, c.step ORDER BY c.now, c.at, c.basis)"
        " AS nth FROM bt_judged c WHERE c.outcome IN ('fired', 'late')",
    )
    for nth in range(2, most + 1):  # as often as the date of one record moved
        look.tx.run(
            "UPDATE bt_judged j SET why = 'same_term', outcome = 'skipped' FROM bt_order x"
            " WHERE x.nth = %(nth)s AND (x.rid, x.step, x.basis) = (j.rid, j.step, j.basis)"
            "   AND EXISTS (SELECT FROM bt_order e"
            "                 JOIN bt_judged o ON (o.rid, o.step, o.basis) = (e.rid, e.step, e.basis)"
            "                WHERE e.rid = x.rid AND e.step = x.step AND e.nth < x.nth"
            f"                 AND o.outcome IN ('fired', 'late') AND abs(o.basis - j.basis) < {SAME_TERM_DAYS})",
            {"nth": nth},
        )
    look.tx.run(  # that it is the same term is said before that a hold keeps it
        "UPDATE bt_judged j SET why = 'same_term', outcome = 'skipped' WHERE j.outcome = 'held' AND EXISTS ("
        " SELECT FROM bt_judged o WHERE o.rid = j.rid AND o.step = j.step AND o.outcome IN ('fired', 'late')"
        f" AND o.basis <> j.basis AND o.now <= j.now AND abs(o.basis - j.basis) < {SAME_TERM_DAYS})"
    )

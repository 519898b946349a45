"""When a rule would have fired, had it been on since a day: the rows that the engine would have left.

Out:  the temporary table `bt_fired`: rid, at (a place in the log), was, today, now, step, outcome, reason, severity,
      basis. Outcomes and reasons are the engine's (0028); what its actions would have changed is not played
"""

import datetime as dt
from collections.abc import Callable

from perennial.rules import backtest_dates, schedule, versions
from perennial.rules.backtest_look import Look
from perennial.rules.common import holds
from perennial.rules.definition import Rule
from perennial.rules.selects import Wanted

Reached = Callable[[float], None]
_NONE = "NULL::date"


def fire(look: Look, rule: Rule, reached: Reached) -> None:
    """`bt_fired` holds what this rule would have found. `reached`: called with the share that is done."""
    if rule.dated:
        backtest_dates.fire(look, rule)
    elif rule.scheduled:
        _scheduled(look, rule, reached)
    elif versions.of_event(look.tx, rule):
        _events(look, rule)
    else:
        _edges(look, rule)


def in_force(rule: Rule, today: str) -> str:
    """SQL: the rule was in force that day. That it is switched off now means nothing."""
    tests = [f"{today} >= '{rule.since}'::date"] if rule.since else []
    tests += [f"{today} <= '{rule.until}'::date"] if rule.until else []
    return " AND ".join(tests) or "true"


def _again(rule: Rule, each: str) -> str:
    """SQL: what a firing is unique by, beside its record; `each`: where nothing else says so."""
    return {"once": "'once'", "cycle": "f.cycle::text" if rule.cycle else each, "clear": each}[rule.again]


def _columns(look: Look, rule: Rule) -> dict[str, Wanted]:
    columns = dict(holds(rule))
    if rule.again == "cycle" and rule.cycle:
        columns["cycle"] = Wanted(rule.cycle, "date")
    return columns


def _cycle(rule: Rule) -> str:
    return "r.cycle" if rule.again == "cycle" and rule.cycle else _NONE


# --- a schedule


def moments(rule: Rule, since: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
    found: list[dt.datetime] = []
    moment = schedule.following(rule.when, since)
    while moment <= until:
        found.append(moment)
        moment = schedule.following(rule.when, moment)
    return found


def _scheduled(look: Look, rule: Rule, reached: Reached) -> None:
    """At each moment the records for which it holds; of those that held a period ago too, whether it was clear in
    between: at a midnight, or after a change."""
    tx, step = look.tx, rule.steps[0]
    look.keep(
        "bt_here", f"SELECT 0::bigint AS rid, 0 AS n, 0::bigint AS at, {_NONE} AS today, now() AS now, {_NONE} AS cycle"
        " WHERE false",
    )  # fmt: skip
    look.keep("bt_gap", "SELECT 0::bigint AS rid, 0::bigint AS at, NULL::date AS today, now() AS now, NULL::date AS"
               " latest, ''::text AS period WHERE false")  # fmt: skip
    every = moments(rule, look.since, look.until)
    columns = _columns(look, rule)
    for n, moment in enumerate(every):
        look.keep("bt_points", look.always(rule.form, moment))
        query = look.read(rule.form, columns, "bt_points", where=rule.condition)
        tx.run(
            f"INSERT INTO bt_here SELECT r.rid, {n}, r.at, r.today, r.now, {_cycle(rule)} FROM ({query.text}) r"
            f" WHERE {in_force(rule, 'r.today')} AND NOT ({look.held(rule)})",
            query.params,
        )
        gaps(look, rule)
        reached((n + 1) / len(every) * 0.8)
    look.keep(
        "bt_run",
        "SELECT h.*, lag(h.n) OVER w = h.n - 1 AS went_on, lag(h.now) OVER w AS before, lag(h.at) OVER w AS before_at"
        " FROM bt_here h WINDOW w AS (PARTITION BY h.rid ORDER BY h.n)",
    )
    fresh = "true"
    if rule.again == "clear":
        _cleared(look, rule)
        fresh = "NOT coalesce(f.went_on, false) OR EXISTS (SELECT FROM bt_clear c WHERE c.rid = f.rid AND c.n = f.n)"
    look.keep(
        "bt_fired",
        "SELECT x.rid, x.at, x.at AS was, x.today, x.now, ''::text AS step, 'fired'::text AS outcome,"
        f" NULL::text AS reason, {rule.rank(step)} AS severity, {_NONE} AS basis FROM ("
        f" SELECT f.*, row_number() OVER (PARTITION BY f.rid, {_again(rule, 'f.n::text')} ORDER BY f.n) AS nth"
        f" FROM bt_run f WHERE ({fresh}) AND {_again(rule, 'f.n::text')} IS NOT NULL) x WHERE x.nth = 1"
        " UNION ALL SELECT g.rid, g.at, g.at, g.today, g.now, '', 'gap', 'missing_reading', 0, NULL FROM ("
        " SELECT g.*, row_number() OVER (PARTITION BY g.rid, g.latest, g.period ORDER BY g.now) AS nth FROM bt_gap g) g"
        " WHERE g.nth = 1",
    )


def _cleared(look: Look, rule: Rule) -> None:
    """`bt_clear`: for which runs, at which period, it had not held in between."""
    look.hits("bt_hits", rule.form, versions.watched(look.tx, rule))
    look.keep(
        "bt_points",
        "SELECT DISTINCT b.rid, x.at, x.at AS was, x.today, x.now, b.n FROM bt_run b CROSS JOIN LATERAL ("
        f" SELECT {look.place_before('d.now')} AS at, d.day::date AS today, d.now"
        "   FROM (SELECT day, day::date::timestamp AT TIME ZONE %(zone)s AS now"
        "           FROM generate_series((b.before AT TIME ZONE %(zone)s)::date + 1,"
        "                                (b.now AT TIME ZONE %(zone)s)::date, interval '1 day') g (day)) d"
        "  WHERE d.now > b.before AND d.now < b.now"
        " UNION ALL SELECT h.at, h.today, h.now FROM bt_hits h"
        "   WHERE h.rid = b.rid AND h.at > b.before_at AND h.at <= b.at) x WHERE b.went_on",
    )
    query = look.read(rule.form, {}, "bt_points", where=rule.condition)
    look.keep("bt_held", f"SELECT r.rid, r.at, r.now FROM ({query.text}) r", query.params)
    held = "SELECT FROM bt_held h WHERE h.rid = p.rid AND h.at = p.at AND h.now = p.now"
    look.keep("bt_clear", f"SELECT DISTINCT p.rid, p.n FROM bt_points p WHERE NOT EXISTS ({held})")


def gaps(look: Look, rule: Rule) -> None:
    """Runs of readings that stood a period ago and that a missing reading of the last one interrupts."""
    for run, path, period in versions.parts(look.tx, rule.form, rule.condition).runs:
        ran = look.read(rule.form, {}, "bt_points", where=f'STREAK({run}, "{period}") > 0')
        earlier = ran.text.replace("moment.course_today", f"(moment.course_today - {schedule.LENGTH[period]})")
        look.keep("bt_ran", f"SELECT r.rid FROM ({earlier}) r", ran.params)
        missing = look.read(
            rule.form,
            {"latest": Wanted(f'READING_ON({path}, "{period}")', "date"), **holds(rule)},
            "bt_points",
            where=f'COALESCE(READING_ON({path}, "{period}") < {schedule.CLOSED[period]}, TRUE)',
        )
        look.tx.run(
            f"INSERT INTO bt_gap SELECT r.rid, r.at, r.today, r.now, r.latest, '{period}' FROM ({missing.text}) r"
            f" JOIN bt_ran b ON b.rid = r.rid WHERE NOT ({look.held(rule)}) AND {in_force(rule, 'r.today')}",
            missing.params,
        )


# --- changes

# an import is no edge unless its answer was `all`; nor is what is undone or comes back
_SILENT = (
    "(coalesce(p.reason ->> 'kind' = 'import', false) AND coalesce(p.reason ->> 'answer', '') <> 'all'"
    " OR coalesce(p.reason ->> 'kind' = 'undo', false) OR p.restored)"
)


def _cut(rule: Rule) -> str:
    return f"coalesce(p.reason -> 'trail' ? '{rule.key}', false)"


def _edges(look: Look, rule: Rule) -> None:
    """Where a record began to match: at a change, or at the end of the hold in which it began."""
    columns = {"matches": Wanted(rule.condition or "TRUE", "yes_no"), **_columns(look, rule)}
    look.hits("bt_hits", rule.form, versions.watched(look.tx, rule))
    silent = f"{_SILENT} OR NOT ({in_force(rule, 'p.today')})"
    look.keep(
        "bt_points",
        f"SELECT p.rid, p.at, p.was, p.today, p.now, ({silent}) AS silent, {_cut(rule)} AS cut FROM bt_hits p"
        f" UNION ALL SELECT a.*, true, false FROM ({look.always(rule.form, look.since)}) a",
    )
    query = look.read(rule.form, columns, "bt_points")
    look.keep(
        "bt_read",
        f"SELECT r.rid, r.at, r.matches, {_cycle(rule)} AS cycle, ({look.held(rule)}) AS held FROM ({query.text}) r",
        query.params,
    )
    look.keep(
        "bt_edge",
        "SELECT x.* FROM (SELECT p.*, r.cycle, coalesce(r.held, false) AS held,"
        " coalesce(r.matches, false) AS matches, lag(coalesce(r.matches, false)) OVER w AS before"
        " FROM bt_points p LEFT JOIN bt_read r ON r.rid = p.rid AND r.at = p.at"
        " WINDOW w AS (PARTITION BY p.rid ORDER BY p.at)) x"
        " WHERE x.matches AND NOT coalesce(x.before, false) AND x.at > 0 AND NOT x.silent",
    )
    _settled(look, rule, columns)
    _unique(look, rule, "'change:' || f.at")


def _settled(look: Look, rule: Rule, columns: dict[str, Wanted]) -> None:
    """What a hold kept fires at its end if it still matches; once, however often it began to match meanwhile."""
    kept = "SELECT e.rid, e.now FROM bt_edge e WHERE e.held AND NOT e.cut"
    if not look.keep("bt_kept", kept):
        return
    look.freed(rule, "SELECT * FROM bt_kept")
    look.tx.run(
        "DELETE FROM bt_edge e USING bt_free f WHERE f.rid = e.rid AND f.began = e.now AND e.held AND NOT e.cut"
    )
    look.keep("bt_points", "SELECT DISTINCT f.rid, f.at, f.was, f.today, f.now FROM bt_free f")
    query = look.read(rule.form, columns, "bt_points")
    look.tx.run(
        "INSERT INTO bt_edge (rid, at, was, today, now, silent, cut, cycle, held, matches, before)"
        f" SELECT r.rid, r.at, r.at, r.today, r.now, false, false, {_cycle(rule)}, false, true, false"
        f" FROM ({query.text}) r WHERE r.matches AND {in_force(rule, 'r.today')}",
        query.params,
    )


def _unique(look: Look, rule: Rule, each: str) -> None:
    by = _again(rule, each)
    look.keep(
        "bt_fired",
        "SELECT x.rid, x.at, x.was, x.today, x.now, ''::text AS step,"
        " CASE WHEN x.cut THEN 'cut' WHEN x.held THEN 'held' ELSE 'fired' END AS outcome,"
        f" CASE WHEN x.cut THEN 'loop' END AS reason, {rule.rank(rule.steps[0])} AS severity, {_NONE} AS basis"
        f" FROM (SELECT f.*, row_number() OVER (PARTITION BY f.rid, {by} ORDER BY f.at, f.now) AS nth FROM bt_edge f"
        f" WHERE {by} IS NOT NULL) x WHERE x.nth = 1",
    )


def _events(look: Look, rule: Rule) -> None:
    """A condition over what changed: each transaction that wrote the record itself."""
    look.hits("bt_hits", rule.form, versions.watched(look.tx, rule))
    look.keep(
        "bt_points",
        f"SELECT p.rid, p.at, p.was, p.today, p.now, {_cut(rule)} AS cut FROM bt_hits p"
        f" WHERE p.own AND NOT {_SILENT} AND {in_force(rule, 'p.today')}",
    )
    query = look.read(rule.form, holds(rule), "bt_points", where=rule.condition)
    look.keep(
        "bt_edge",
        f"SELECT p.*, {_NONE} AS cycle, ({look.held(rule)}) AS held FROM ({query.text}) r"
        " JOIN bt_points p ON p.rid = r.rid AND p.at = r.at",
        query.params,
    )
    look.tx.run("DELETE FROM bt_edge WHERE held AND NOT cut")  # it left a row that says so, and nothing came of it
    _unique(look, rule, "'change:' || f.at")

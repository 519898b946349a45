"""Rules over a schedule: at a time of day, each day, week or month, all records are looked at at once.

After an outage only the latest period is looked at: what held in between is over. A run of readings that a missing one
interrupts fires nothing; its owner is told of the gap.
"""

import datetime as dt
from calendar import monthrange

from perennial import actions
from perennial.kernel import Query, Tx
from perennial.rules import alerts, versions
from perennial.rules.act import act
from perennial.rules.common import FIRED, LATE, LOCK, TOLD, facts, held, holds, params, told, whose
from perennial.rules.definition import When
from perennial.rules.selects import Wanted, renamed, rendered
from perennial.rules.versions import Published

LENGTH = {"day": 1, "week": 7}
CLOSED = {"day": "TODAY() - 1", "week": "TODAY() - WEEKDAY(TODAY(), 2)"}  # the last day of the latest period


def latest(when: When, now: dt.datetime) -> dt.datetime:
    """The last moment of the schedule at or before now."""
    day = now.date()
    while True:
        moment = dt.datetime.combine(day, when.at, now.tzinfo)
        if moment <= now and _on(when, day):
            return moment
        day -= dt.timedelta(days=1)


def following(when: When, now: dt.datetime) -> dt.datetime:
    """The first moment of the schedule after now."""
    day = now.date()
    while True:
        moment = dt.datetime.combine(day, when.at, now.tzinfo)
        if moment > now and _on(when, day):
            return moment
        day += dt.timedelta(days=1)


def _on(when: When, day: dt.date) -> bool:
    match when.kind:
        case "weekly":
            return day.isoweekday() == when.day
        case "monthly":
            return day.day == min(when.day, monthrange(day.year, day.month)[1])
        case _:
            return True


def decide(tx: Tx, one: Published) -> int | None:
    """What holds at the latest moment of the schedule fires. None: nothing is due, or another worker is at it."""
    due = latest(one.rule.when, tx.now)
    if not tx.value("SELECT pg_try_advisory_xact_lock(%(class)s, %(id)s)", {"class": LOCK, "id": one.rule_id}):
        return None
    watermark: dt.datetime = tx.value("SELECT watermark FROM rules.rule WHERE id = %(id)s", {"id": one.rule_id})
    if due <= watermark:
        return None
    count = _fire(tx, one, due) + (_gaps(tx, one, due) if one.rule.gap else 0)
    tx.run(
        "UPDATE rules.rule SET watermark = %(due)s, checked_on = %(today)s WHERE id = %(id)s",
        {"id": one.rule_id, "due": due},
    )
    return count or None


def _fire(tx: Tx, one: Published, due: dt.datetime) -> int:
    rule, step = one.rule, one.rule.steps[0]
    kept, pairs = facts(tx, rule)
    columns = {"matches": Wanted(rule.condition, "condition"), **kept, **holds(rule)}
    if rule.again == "cycle" and rule.cycle:
        columns["cycle"] = Wanted(rule.cycle, "date")
    query = rendered(tx, rule.form, columns)
    period = f"'period:{due.date()}'"
    occasion = {"once": "'once'", "cycle": "'cycle:' || r.cycle" if rule.cycle else period, "clear": period}[rule.again]
    among = "JOIN joined j ON j.record_id = r.rid" if rule.again == "clear" else "CROSS JOIN (SELECT) j"
    rows = tx.rows(
        f"""
        WITH here AS MATERIALIZED (
            SELECT r.* FROM ({query.text}) r WHERE r.matches AND %(on)s AND NOT ({held(tx, rule)})
        ), left_it AS (
            DELETE FROM rules.matching m WHERE m.rule_id = %(rule)s
               AND NOT EXISTS (SELECT FROM here r WHERE r.rid = m.record_id)
            RETURNING m.record_id
        ), joined AS (
            INSERT INTO rules.matching (rule_id, record_id) SELECT %(rule)s, r.rid FROM here r ORDER BY r.rid
            ON CONFLICT DO NOTHING RETURNING record_id
        ), wanted AS (
            SELECT r.rid AS record_id, {occasion} AS occasion, ''::text AS step,
                   CASE WHEN %(due)s::timestamptz < %(now)s::timestamptz - {LATE} THEN 'late' ELSE 'fired' END
                       AS outcome,
                   NULL::text AS reason, {rule.rank(step)}::smallint AS severity, NULL::date AS basis,
                   %(due)s::timestamptz AS due_at, false AS quiet, {pairs} AS facts
              FROM here r {among} WHERE {occasion} IS NOT NULL
        ), {FIRED}
        {TOLD}
        """,
        params(tx, one, query, due=due, on=rule.in_force(tx.today)),
    )
    found, cleared = told(rows), alerts.clear(tx, one)
    for key, firings in found.ids.items():
        act(tx, one, key, firings)
    return found.count + cleared


def _gaps(tx: Tx, one: Published, due: dt.datetime) -> int:
    """Runs that stood a period ago and whose reading of the latest period is missing: the owner of each is told."""
    rule = one.rule
    if not rule.in_force(tx.today):
        return 0
    count = 0
    for run, path, period in versions.parts(tx, rule.form, rule.condition).runs:
        ran = renamed(rendered(tx, rule.form, {"ran": Wanted(f'STREAK({run}, "{period}") > 0', "yes_no")}), "before")
        before = Query(ran.text.replace("%(today)s", "%(before)s"), dict(ran.params))
        missing = rendered(tx, rule.form, {
            "missing": Wanted(f'COALESCE(READING_ON({path}, "{period}") < {CLOSED[period]}, TRUE)', "yes_no"),
            "latest": Wanted(f'READING_ON({path}, "{period}")', "date"), **holds(rule),
        })  # fmt: skip
        rows = tx.rows(
            f"""
            WITH wanted AS (
                SELECT r.rid AS record_id, 'gap:' || r.latest || ':{period}' AS occasion, ''::text AS step,
                       'gap'::text AS outcome, 'missing_reading'::text AS reason, 0::smallint AS severity,
                       NULL::date AS basis, %(due)s::timestamptz AS due_at, false AS quiet,
                       jsonb_build_object('READING_ON({path}, "{period}")', r.latest) AS facts
                  FROM ({missing.text}) r
                 WHERE r.missing AND NOT ({held(tx, rule)})
                   AND EXISTS (SELECT FROM ({before.text}) b WHERE b.rid = r.rid AND b.ran)
            ), {FIRED}
            {TOLD}
            """,
            {**params(tx, one, missing, due=due), **before.params,
             "before": tx.today - dt.timedelta(days=LENGTH[period])},
        )  # fmt: skip
        ids = [id_ for row in rows for id_ in row["ids"]]
        if ids:
            _tell(tx, one, ids)
        count += len(ids)
    return count


def _tell(tx: Tx, one: Published, ids: list[int]) -> None:
    query, asked, person = whose(tx, one)
    items = Query(
        f"SELECT 'rule:' || f.id || ':gap' AS decision, f.record_id, NULL::bigint AS instance_id, NULL::text AS node,"
        f" %(now)s::timestamptz AS due_at, NULL::timestamptz AS not_after, p.id AS person_id"
        f" FROM rules.firing f JOIN ({query.text}) r ON r.rid = f.record_id"
        f" CROSS JOIN LATERAL (SELECT {asked}) x CROSS JOIN LATERAL (SELECT {person} AS id) p"
        f" WHERE f.id = ANY(%(ids)s::bigint[]) AND p.id IS NOT NULL",
        {**query.params, "ids": ids},
    )
    actions.notify(tx, items, template=one.rule.gap, audience=None)

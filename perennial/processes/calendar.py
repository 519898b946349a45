"""Plan and ledger day by day: what was decided, what people were asked, customers told, and what is still to come."""

import datetime as dt

from perennial.kernel import Invalid, Query, Row, Tx
from perennial.processes.plan import planned, readable

MOST_DAYS = 100


def calendar(
    tx: Tx, since: dt.date, until: dt.date, *, process: str | None = None, owner: int | None = None
) -> list[Row]:
    """A row for each day of [since, until], of records that the actor may read.

    owner    only of records that are this person's

    returns  day, off (no working day), fired, late, held, skipped (for a reason worth telling: not because the
             condition did not hold), tasks (opened that day), mails (decided that day), planned (still owed), expected
             (预计)
    errors   Invalid processes.calendar_span: the last day is before the first, or they are more than 100
    """
    if not 0 <= (until - since).days < MOST_DAYS:
        raise Invalid("processes.calendar_span", path="until", most=MOST_DAYS)
    test, own = readable(tx, owner)
    first = dt.datetime.combine(since, dt.time(), tx.zone)
    last = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), tx.zone)
    after = max(tx.now, first - dt.timedelta(microseconds=1))
    end = last - dt.timedelta(microseconds=1)
    coming = planned(tx, after, end, process=process, owner=owner) if end > tx.now else None
    coming = coming or Query("SELECT NULL::timestamptz AS due_at, false AS wanted, false AS certain WHERE false", {})
    return tx.rows(
        _DAYS.format(test=test, coming=coming.text),
        {
            **own, **coming.params, "first": first, "last": last, "since": since, "until_day": until,
            "process": process, "zone": tx.zone.key,
        },
    )  # fmt: skip


# each part reads its own span by its index on the moment, then asks who may be read
_DAYS = """
WITH decided AS (
    SELECT (x.due_at AT TIME ZONE %(zone)s)::date AS day, count(*) FILTER (WHERE x.outcome = 'fired') AS fired,
           count(*) FILTER (WHERE x.outcome = 'late') AS late, count(*) FILTER (WHERE x.outcome = 'held') AS held,
           count(*) FILTER (WHERE x.outcome = 'skipped' AND x.reason IS DISTINCT FROM 'condition') AS skipped
      FROM (SELECT d.due_at, d.outcome, d.reason, d.record_id, p.form FROM processes.decision d
              JOIN processes.process p ON p.id = d.process_id AND (%(process)s::text IS NULL OR p.key = %(process)s)
             WHERE d.due_at >= %(first)s AND d.due_at < %(last)s) x
     WHERE ({test}) GROUP BY 1),
asked AS (
    SELECT (x.opened_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS tasks
      FROM (SELECT t.opened_at, t.record_id, k.form FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
              LEFT JOIN processes.instance i ON i.id = t.instance_id
              LEFT JOIN processes.process p ON p.id = i.process_id
             WHERE t.opened_at >= %(first)s AND t.opened_at < %(last)s AND t.instance_id IS NOT NULL
               AND (%(process)s::text IS NULL OR p.key = %(process)s)) x
     WHERE ({test}) GROUP BY 1),
told AS (
    SELECT (x.decided_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS mails
      FROM (SELECT o.decided_at, o.record_id, o.form FROM messages.outbox o
              JOIN processes.instance i ON i.id = o.instance_id
              JOIN processes.process p ON p.id = i.process_id AND (%(process)s::text IS NULL OR p.key = %(process)s)
             WHERE o.decided_at >= %(first)s AND o.decided_at < %(last)s AND o.outward) x
     WHERE ({test}) GROUP BY 1),
coming AS (
    SELECT (c.due_at AT TIME ZONE %(zone)s)::date AS day, count(*) FILTER (WHERE c.certain) AS planned,
           count(*) FILTER (WHERE NOT c.certain) AS expected
      FROM ({coming}) c WHERE c.wanted GROUP BY 1)
SELECT g.day::date AS day, NOT kernel.is_workday(g.day::date) AS off, coalesce(d.fired, 0) AS fired,
       coalesce(d.late, 0) AS late, coalesce(d.held, 0) AS held, coalesce(d.skipped, 0) AS skipped,
       coalesce(a.tasks, 0) AS tasks, coalesce(m.mails, 0) AS mails, coalesce(c.planned, 0) AS planned,
       coalesce(c.expected, 0) AS expected
  FROM generate_series(%(since)s::date, %(until_day)s::date, interval '1 day') AS g (day)
  LEFT JOIN decided d ON d.day = g.day::date LEFT JOIN asked a ON a.day = g.day::date
  LEFT JOIN told m ON m.day = g.day::date LEFT JOIN coming c ON c.day = g.day::date
 ORDER BY g.day
"""

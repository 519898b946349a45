"""What a person has to do, and what is to do on a record."""

from perennial.kernel import Row, Tx

# whole working days that have passed since the day it was due
LATE = """CASE WHEN t.state = 'open' AND t.due_at < %(now)s THEN greatest(0, kernel.workdays_between(
           (t.due_at AT TIME ZONE %(zone)s)::date + 1, %(today)s)) ELSE 0 END"""
# put off by whoever has it, and not back yet
SNOOZED = "(t.snoozed_until > %(now)s AND t.snoozed_by = t.assignee_id) IS TRUE"
MINE = "(t.assignee_id = %(me)s OR t.assignee_id IS NULL AND t.candidates @> ARRAY[%(me)s::bigint])"

COLUMNS = f"""t.id, coalesce(t.title, k.label) AS title, k.label, k.label_en, k.key AS kind, k.form, t.record_id,
       t.instance_id, t.assignee_id, p.name AS assignee, t.candidates, t.found_by, t.state, t.why, t.priority,
       t.opened_at, t.due_at, t.reminders, t.outcome, t.finished_at, f.name AS finished_by, k.fill, k.outcomes,
       t.proposal, t.message_id, t.kind_id, t.vote_id, CASE WHEN {SNOOZED} THEN t.snoozed_until END AS snoozed_until,
       {LATE} AS late_workdays,
       CASE WHEN t.beside IS NOT NULL THEN (
           SELECT jsonb_build_object('all', count(*), 'done', count(*) FILTER (WHERE o.state = 'done'))
             FROM tasks.task o WHERE o.beside = t.beside) END AS together"""
FROM = """
  FROM tasks.task t
  JOIN tasks.kind k ON k.id = t.kind_id
  LEFT JOIN people.person p ON p.id = t.assignee_id
  LEFT JOIN people.person f ON f.id = t.finished_by
"""
_TASKS = f"SELECT {COLUMNS} {FROM}"


def mine(tx: Tx, *, done: bool = False, limit: int = 200) -> list[Row]:
    """Open tasks of the actor and those they may claim, the most pressing first; with `done`: what they did last."""
    given = {"limit": limit, "zone": tx.zone.key}
    if done:
        return tx.rows(
            _TASKS + " WHERE t.finished_by = %(me)s AND t.state = 'done' ORDER BY t.finished_at DESC LIMIT %(limit)s",
            given,
        )
    return tx.rows(
        _TASKS + f" WHERE t.state = 'open' AND {MINE} AND NOT {SNOOZED}"
        " ORDER BY t.due_at NULLS LAST, t.priority DESC, t.id LIMIT %(limit)s",
        given,
    )


def of_record(tx: Tx, form: str, record_id: int) -> list[Row]:
    """All tasks of a record, open ones first."""
    return tx.rows(
        _TASKS + " WHERE k.form = %(form)s AND t.record_id = %(record)s"
        " ORDER BY (t.state = 'open') DESC, coalesce(t.finished_at, t.due_at) DESC, t.id DESC LIMIT 200",
        {"form": form, "record": record_id, "zone": tx.zone.key},
    )


def counts(tx: Tx) -> Row:
    """The workbench's figures for the actor: open, overdue, due today, due within 7 days, done today."""
    row = tx.one(
        f"""
        SELECT count(*) FILTER (WHERE t.state = 'open') AS open,
               count(*) FILTER (WHERE t.state = 'open' AND t.due_at < %(now)s) AS overdue,
               count(*) FILTER (WHERE t.state = 'open' AND t.due_at >= %(now)s
                                  AND (t.due_at AT TIME ZONE %(zone)s)::date = %(today)s) AS today,
               count(*) FILTER (WHERE t.state = 'open' AND (t.due_at AT TIME ZONE %(zone)s)::date > %(today)s
                                  AND (t.due_at AT TIME ZONE %(zone)s)::date <= %(today)s::date + 7) AS soon,
               count(*) FILTER (WHERE t.state = 'done' AND (t.finished_at AT TIME ZONE %(zone)s)::date = %(today)s)
                   AS done_today
          FROM tasks.task t
         WHERE t.state = 'open' AND {MINE} AND NOT {SNOOZED}
            OR t.state = 'done' AND t.finished_by = %(me)s AND t.finished_at > %(now)s::timestamptz - interval '2 days'
        """,
        {"zone": tx.zone.key},
    )
    assert row is not None
    return row

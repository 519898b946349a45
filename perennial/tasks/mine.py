"""What a person has to do, and what is to do on a record."""

from perennial.kernel import Row, Tx

_TASKS = """
SELECT t.id, coalesce(t.title, k.label) AS title, k.label, k.label_en, k.key AS kind, k.form, t.record_id,
       t.instance_id, t.assignee_id, p.name AS assignee, t.candidates, t.found_by, t.state, t.why, t.priority,
       t.opened_at, t.due_at, t.reminders, t.outcome, t.finished_at, f.name AS finished_by, k.fill, k.outcomes,
       t.proposal, t.message_id
  FROM tasks.task t
  JOIN tasks.kind k ON k.id = t.kind_id
  LEFT JOIN people.person p ON p.id = t.assignee_id
  LEFT JOIN people.person f ON f.id = t.finished_by
"""


def mine(tx: Tx, *, done: bool = False, limit: int = 200) -> list[Row]:
    """Open tasks of the actor and those they may claim, the most pressing first; with `done`: what they did last."""
    if done:
        return tx.rows(
            _TASKS + " WHERE t.finished_by = %(me)s AND t.state = 'done' ORDER BY t.finished_at DESC LIMIT %(limit)s",
            {"limit": limit},
        )
    return tx.rows(
        _TASKS + " WHERE t.state = 'open' AND (t.assignee_id = %(me)s OR t.assignee_id IS NULL AND"
        " t.candidates @> ARRAY[%(me)s::bigint]) ORDER BY t.due_at NULLS LAST, t.priority DESC, t.id LIMIT %(limit)s",
        {"limit": limit},
    )


def of_record(tx: Tx, form: str, record_id: int) -> list[Row]:
    """All tasks of a record, open ones first."""
    return tx.rows(
        _TASKS + " WHERE k.form = %(form)s AND t.record_id = %(record)s"
        " ORDER BY (t.state = 'open') DESC, coalesce(t.finished_at, t.due_at) DESC, t.id DESC LIMIT 200",
        {"form": form, "record": record_id},
    )


def counts(tx: Tx) -> Row:
    """The workbench's figures for the actor: open, overdue, due today, due within 7 days, done today."""
    row = tx.one(
        """
        SELECT count(*) FILTER (WHERE t.state = 'open') AS open,
               count(*) FILTER (WHERE t.state = 'open' AND t.due_at < %(now)s) AS overdue,
               count(*) FILTER (WHERE t.state = 'open' AND t.due_at >= %(now)s
                                  AND (t.due_at AT TIME ZONE %(zone)s)::date = %(today)s) AS today,
               count(*) FILTER (WHERE t.state = 'open' AND (t.due_at AT TIME ZONE %(zone)s)::date > %(today)s
                                  AND (t.due_at AT TIME ZONE %(zone)s)::date <= %(today)s::date + 7) AS soon,
               count(*) FILTER (WHERE t.state = 'done' AND (t.finished_at AT TIME ZONE %(zone)s)::date = %(today)s)
                   AS done_today
          FROM tasks.task t
         WHERE t.state = 'open' AND (t.assignee_id = %(me)s OR t.assignee_id IS NULL AND t.candidates @>
           ARRAY[%(me)s::bigint])
            OR t.state = 'done' AND t.finished_by = %(me)s AND t.finished_at > %(now)s::timestamptz - interval '2 days'
        """,
        {"zone": tx.zone.key},
    )
    assert row is not None
    return row

"""Records that a rule leaves alone for now: its actions failed for them, or a hold keeps what it has to do."""

import sqlalchemy as sa

from perennial import access
from perennial.kernel import Missing, Row, Tx, render

MOST = 200
_ALL = """
SELECT r.record_id, r.title, x.why, x.code, x.facts, x.at
  FROM (SELECT s.record_id, 'stopped' AS why, s.code, s.facts, s.at FROM rules.stopped s WHERE s.rule_id = %(rule)s
        UNION ALL
        SELECT f.record_id, 'held', NULL, f.facts, f.due_at FROM rules.firing f
         WHERE f.rule_id = %(rule)s AND f.outcome = 'held') x
  JOIN ({readable}) r ON r.record_id = x.record_id
 ORDER BY x.at DESC, r.record_id DESC OFFSET %(skip)s LIMIT %(limit)s
"""


def kept_back(tx: Tx, key: str, *, skip: int = 0, limit: int = 50) -> list[Row]:
    """Those that the actor may read, the latest first. `why`: stopped (then `code` and `facts` are the error, tried
    again by `retry`) or held (decided anew when the hold ends); `at`: since when. errors: Missing rules.no_such_rule"""
    rule = tx.one("SELECT id, form FROM rules.rule WHERE key = %(key)s", {"key": key})
    if rule is None:
        raise Missing("rules.no_such_rule", rule=key)
    if not access.may(tx, "read", rule["form"]):
        return []
    rows = access.readable(tx, rule["form"])
    where, title = rows.where, rows.label().label("title")
    query = render(sa.select(rows.source.table.c["id"].label("record_id"), title).select_from(rows.from_).where(where))
    given = {**query.params, "rule": rule["id"], "skip": skip, "limit": min(max(limit, 1), MOST)}
    return tx.rows(_ALL.format(readable=query.text), given)

"""Take back that an alert was dismissed, while it is fresh."""

from perennial import tasks
from perennial.kernel import Conflict, Tx

MINUTES = 10


def reopen(tx: Tx, alert: int) -> None:
    """The alert that the actor dismissed a moment ago is as it was, its tasks too. Messages that were taken back with
    it stay here. errors: Conflict rules.alert_kept"""
    row = tx.one(
        f"""
        UPDATE rules.alert a
           SET state = CASE WHEN a.acknowledged_at IS NULL THEN 'open' ELSE 'acknowledged' END,
               settled_at = NULL, settled_by = NULL, why = NULL
          FROM rules.alert was
         WHERE was.id = a.id AND a.id = %(id)s AND a.state = 'dismissed' AND a.settled_by = %(me)s
           AND a.settled_at > %(now)s::timestamptz - interval '{MINUTES} minutes'
           AND NOT EXISTS (SELECT FROM rules.alert o WHERE o.rule_id = a.rule_id AND o.record_id = a.record_id
                              AND o.state IN ('open', 'acknowledged'))
        RETURNING was.settled_at AS at
        """,
        {"id": alert},
    )
    if row is None:
        raise Conflict("rules.alert_kept", alert=alert)
    tasks.reopen_alert(tx, alert, row["at"])

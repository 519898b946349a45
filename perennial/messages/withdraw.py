"""Take back messages by the decisions that they stand for."""

from collections.abc import Sequence

from perennial.kernel import Query, Tx

_WITHDRAW = """
UPDATE messages.outbox o
   SET withdrawn = %(withdrawn)s,
       why = CASE WHEN state = 'queued' THEN %(withdrawn)s ELSE why END,
       settled_at = CASE WHEN state = 'queued' THEN %(now)s ELSE settled_at END,
       state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
 WHERE o.state IN ('queued', 'merged', 'sending', 'uncertain')
"""


def withdraw_set(tx: Tx, decisions: Query | Sequence[str], why: str) -> int:
    """What these decisions (a select of one column, or a list) wanted to say and what has not left yet stays here; how
    many. What is on its way at this moment cannot be stopped, but it is not tried again."""
    if isinstance(decisions, Query):
        of = f" AND o.decision IN ({decisions.text})"
        return tx.run(Query(_WITHDRAW + of, {**decisions.params, "withdrawn": why}))
    listed = Query("SELECT unnest(%(decisions)s::text[])", {"decisions": list(decisions)})
    return withdraw_set(tx, listed, why)

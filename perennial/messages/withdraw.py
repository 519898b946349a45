"""Take back messages by the decisions that they stand for."""

from perennial.kernel import Query, Tx

_WITHDRAW = """
UPDATE messages.outbox o
   SET withdrawn = %(why)s,
       why = CASE WHEN o.state = 'queued' THEN %(why)s ELSE o.why END,
       settled_at = CASE WHEN o.state = 'queued' THEN %(now)s ELSE o.settled_at END,
       state = CASE WHEN o.state = 'queued' THEN 'cancelled' ELSE o.state END
 WHERE o.state IN ('queued', 'merged', 'sending', 'uncertain') AND o.decision IN ({decisions})
"""


def withdraw_set(tx: Tx, decisions: Query, why: str) -> int:
    """What these decisions (a select of their texts) wanted to say and what has not left yet stays here; how many.

    What is on its way at this moment cannot be stopped, but it is not tried again.
    """
    return tx.run(Query(_WITHDRAW.format(decisions=decisions.text), {**decisions.params, "why": why}))

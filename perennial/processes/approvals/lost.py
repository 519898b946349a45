"""A return straight back whose step nobody stands at any more: its time ran out, it was cancelled, or a join did
without it. That is another way out of the step, so what is frozen for it is over.
"""

from perennial import tasks
from perennial.kernel import Tx
from perennial.processes.approvals.straight import CLOSE, PUT, UNHELD

_ANY = "SELECT EXISTS (SELECT FROM processes.token WHERE return_id IS NOT NULL OR frozen_by IS NOT NULL)"
# of instances with returns: whoever stands neither at the step nor at an approval that is asked again on the way back
_LEFT = f"""
UPDATE processes.token t SET return_id = NULL
  FROM processes.token s
  JOIN processes.returned r ON r.id = s.return_id
  JOIN processes.node o ON o.id = r.to_id
  JOIN processes.node n ON n.id = s.node_id
  JOIN processes.instance i ON i.id = s.instance_id
 WHERE s.instance_id IN (SELECT unnest(%(scope)s::bigint[])) AND t.id = s.id AND i.state = 'open' AND n.key <> o.key
   AND NOT {PUT.format(token="s.id", entered="s.entered_at")}
   AND NOT EXISTS (SELECT FROM processes.approval a WHERE a.instance_id = s.instance_id AND a.token_id = s.id
                      AND a.state = 'open' AND a.opened_at < r.at)
"""
_LOST = """
SELECT array_agg(t.id) AS tokens, array_agg(DISTINCT t.frozen_by) AS returns
  FROM processes.token t JOIN processes.instance i ON i.id = t.instance_id
 WHERE t.instance_id IN (SELECT unnest(%(scope)s::bigint[])) AND i.state = 'open' AND t.frozen_by IS NOT NULL
   AND NOT EXISTS (SELECT FROM processes.token o WHERE o.instance_id = t.instance_id AND o.return_id = t.frozen_by)
"""


def end(tx: Tx, scope: list[int]) -> int:
    """What nobody comes back for is over; how many tokens. One round for each return within a return.

    locks   the caller holds the instances
    """
    if not tx.value(_ANY):
        return 0
    count = 0
    while True:
        tx.run(_LEFT, {"scope": scope})
        lost = tx.rows(_LOST, {"scope": scope})[0]
        if not lost["tokens"]:
            return count
        count += over(tx, lost["tokens"])
        tx.run("UPDATE processes.returned SET over_at = %(now)s WHERE id = ANY(%(ids)s::bigint[])",
               {"ids": lost["returns"]})  # fmt: skip


def over(tx: Tx, tokens: list[int]) -> int:
    """These tokens of a return go on no more."""
    tasks.close_tokens(tx, tokens, "returned")
    tx.run(CLOSE, {"tokens": tokens, "approval": 0})
    tx.run(UNHELD, {"tokens": tokens})
    return tx.run("DELETE FROM processes.token WHERE id = ANY(%(ids)s::bigint[])", {"ids": tokens})

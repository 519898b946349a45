"""Approvals whose token is gone: cancelled, ended or joined without them. Nobody has to decide them any more."""

from perennial.kernel import Tx

_CLOSE = """
WITH gone AS MATERIALIZED (
    SELECT a.id FROM processes.approval a
     WHERE a.instance_id IN (SELECT unnest(%(instances)s::bigint[])) AND a.state = 'open'
       AND NOT EXISTS (SELECT FROM processes.token t WHERE t.id = a.token_id)
), votes AS (
    UPDATE processes.vote v SET state = 'closed', counts = false, why = %(why)s
      FROM gone g WHERE v.approval_id = g.id AND v.state IN ('waiting', 'asked')
)
UPDATE processes.approval a SET state = 'closed', decided_at = %(now)s FROM gone g WHERE a.id = g.id
"""


def close_gone(tx: Tx, instances: list[int], why: str) -> int:
    """Their tasks were closed by whoever removed the tokens; how many approvals."""
    return tx.run(_CLOSE, {"instances": instances, "why": why})

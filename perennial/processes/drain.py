"""Claim instances whose tokens are ready or due and advance them, batch by batch, each a short transaction.

Any number of workers do this at once: a claim skips what another one holds. A batch adapts to the time that a person
may
have to wait behind it.
"""

import time
from dataclasses import dataclass

from perennial.kernel import SYSTEM, Database, Reason, Tx, fail_point
from perennial.processes.advance import Advanced, advance

LOCK_TARGET_MS = 250  # docs/decisions/0007
LEAST, MOST = 500, 20_000

_CLAIM = """
SELECT i.id
  FROM processes.token t
  JOIN processes.instance i ON i.id = t.instance_id AND i.state = 'open'
  JOIN processes.node n ON n.id = t.node_id AND n.paused_at IS NULL
 WHERE t.state IN ('ready', 'waiting') AND t.wake_at <= %(now)s AND NOT t.instance_id = ANY(%(still)s::bigint[])
 ORDER BY t.wake_at, t.id LIMIT %(batch)s
   FOR UPDATE OF i SKIP LOCKED
"""


@dataclass(slots=True)
class Batch:
    """How many instances at once; grows and shrinks towards the target."""

    size: int = LEAST

    def took(self, seconds: float, count: int) -> None:
        if count >= self.size // 2:
            wanted = int(self.size * min(4.0, max(0.25, LOCK_TARGET_MS / 1000 / max(seconds, 0.001))))
            self.size = min(MOST, max(LEAST, wanted))


_batch = Batch()


def drain(database: Database) -> Advanced:
    """Advance until nothing is ready or due; what cannot move is tried once and left for the next time."""
    total = Advanced()
    still: list[int] = []
    while True:
        began = time.monotonic()
        found = database.run(SYSTEM, lambda tx, still=still: _one(tx, still), Reason("tick"))
        if found is None:
            return total
        scope, done = found
        fail_point("processes.advanced")
        _batch.took(time.monotonic() - began, len(scope))
        total.add(done)
        still = [*still, *scope] if not done.count else still


def _one(tx: Tx, still: list[int]) -> tuple[list[int], Advanced] | None:
    """Claim and advance one batch. Claimed by moment, for fairness; a claim waits for nobody, so its order is free."""
    rows = tx.rows(_CLAIM, {"batch": _batch.size, "still": still})
    if not rows:
        return None
    scope = sorted({row["id"] for row in rows})
    done = advance(tx, scope, swept=False)
    fail_point("processes.advancing")
    return scope, done

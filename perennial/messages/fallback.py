"""What becomes of a message that will not arrive: the next way of the policy, at the end a call.

A way is taken when its channel is set up or released, the template has words for it, and the recipient had an address
there when the message was decided. Where none is left the row says `asks = 'call'`: a room above opens the task.
"""

from collections.abc import Sequence

from perennial.kernel import Tx, statements
from perennial.messages.policy import policy

_SQL = statements(__file__, "fallback.sql")


def fall_back(tx: Tx, ids: Sequence[int]) -> int:
    """Messages to customers that failed, bounced or may not be repeated, and the lines that went with them, take the
    next way, each once; how many do. What was taken back meanwhile takes none."""
    if not ids:
        return 0
    facts = {"ids": list(ids), "order": list(policy(tx).fallback)}
    made = tx.run(_SQL["next_way"], facts)
    tx.run(_SQL["ask"], facts)
    return made

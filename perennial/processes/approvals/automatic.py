"""What the system did in an instance beside people: records it changed and made, told among what they did."""

from collections.abc import Mapping, Sequence
from typing import Any

from perennial.kernel import Tx

_DONE = """
SELECT s.id, s.left_at AS at, n.key AS node, n.label, n.label_en
  FROM processes.step s JOIN processes.node n ON n.id = s.node_id
 WHERE s.instance_id = %(instance)s AND n.kind IN ('update', 'create') AND s.outcome IN ('updated', 'created')
 ORDER BY s.id
"""
_AFTER = {"return": 0, "task": 1, "system": 2, "approval": 3}  # of one moment: an approval is asked for at the end


def with_system(tx: Tx, instance: int, trail: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The trail with the system's steps, `kind` system, in their places."""
    found = [*trail, *({"kind": "system", **row} for row in tx.rows(_DONE, {"instance": instance}))]
    return sorted(found, key=lambda one: (one["at"], _AFTER[one["kind"]], one["id"]))

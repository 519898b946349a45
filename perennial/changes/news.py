"""Which forms were written since the last look: each commit is told once, in whatever order transactions commit."""

import time
from dataclasses import dataclass

from perennial.kernel import Tx

SETTLED_SECONDS = 10.0  # far longer than anybody takes between a transaction's number and its xid
BEHIND = 10_000  # where the first look begins: nobody writes while so many others begin and end

_NEWS = """
SELECT pg_current_snapshot()::text AS snapshot, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS running,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS unborn,
       (SELECT coalesce(max(id), 0) FROM changes.transaction) AS newest,
       ARRAY(SELECT DISTINCT c.form_id FROM changes.transaction t JOIN changes.change c ON c.transaction_id = t.id
              WHERE t.id > %(floor)s
                AND NOT pg_visible_in_snapshot(t.xid, coalesce(%(seen)s, pg_current_snapshot()::text)::pg_snapshot)
       ) AS forms
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look saw. `floor`: transactions up to this number had ended before it, so they are not looked at again.

    mark  the next floor: (once every transaction below this xid has ended, this number, noted at this moment)
    """

    snapshot: str
    floor: int
    mark: tuple[int, int, float]


def news(tx: Tx, before: Look | None = None) -> tuple[Look, set[int]]:
    """This look, and the ids of the forms that were written since the one before; the first look has no news."""
    now = time.monotonic()
    row = tx.one(_NEWS, {"floor": before.floor if before else 2**62, "seen": before and before.snapshot})
    assert row is not None
    mark = row["unborn"], row["newest"], now
    if before is None:
        return Look(row["snapshot"], row["newest"] - BEHIND, mark), set()
    ended, number, noted = before.mark
    if row["running"] >= ended and now - noted > SETTLED_SECONDS:
        return Look(row["snapshot"], number, mark), set(row["forms"])
    return Look(row["snapshot"], before.floor, before.mark), set(row["forms"])

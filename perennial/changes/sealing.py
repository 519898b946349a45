"""Seal the log in numbered batches that nobody can alter unseen, and verify them.

A batch takes every committed, unsealed transaction that one snapshot shows. A transaction with a smaller id that
commits later simply stands in a later batch: ids are not commit order. A batch ends with the workspace's day.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from perennial.changes.claim import SQL
from perennial.kernel import SYSTEM, Database, Reason, Tx, fail_point

HEAD_FILE = "change-log-head.json"  # in the data folder
_LOCK = 0x7365616C  # one sealer at a time; the others have nothing to do


@dataclass(frozen=True, slots=True)
class Head:
    """The last batch. Kept outside the database too: whoever owns the database could rewrite the whole chain."""

    number: int
    hash: str

    def as_json(self) -> str:
        return json.dumps({"number": self.number, "hash": self.hash})


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing in the log that is not as it was sealed.

    what    batch, transaction, change or head
    how     changed, missing or added; for a batch `chain`, for the head `behind` or `changed`
    """

    batch: int
    what: str
    id: int | None
    how: str


def seal(database: Database, head: Path | None = None) -> int:
    """Seal what is committed; return how many batches were written. Another sealer at work: none.

    head    a file outside the database that then names the last batch and its hash
    """
    with database.begin(SYSTEM, Reason("seal")) as tx:
        made = seal_in(tx)
        last = current_head(tx)
        fail_point("changes.sealing")
    fail_point("changes.sealed")
    if head is not None and last is not None and (made or not head.exists()):
        whole = head.with_suffix(head.suffix + ".new")
        whole.write_text(last.as_json() + "\n", encoding="utf-8")
        whole.replace(head)
    return made


def seal_in(tx: Tx) -> int:
    """`seal` inside a transaction of the caller's; what that transaction wrote itself is sealed too."""
    if not tx.value("SELECT pg_try_advisory_xact_lock(%(lock)s)", {"lock": _LOCK}):
        return 0
    last = tx.one(SQL["last_batch"])
    number, previous, floor = (last["number"], last["hash"], last["sealed_at"]) if last else (0, b"", None)
    days = tx.rows(SQL["mark"], {"last": number})
    for row in days:
        # an earlier day ended at its midnight, unless that midnight was sealed already
        sealed_at = min(tx.now, dt.datetime.combine(row["day"] + dt.timedelta(days=1), dt.time(), tx.zone))
        floor = sealed_at if floor is None else max(floor, sealed_at)
        made = tx.one(
            SQL["seal"], {"number": row["batch"], "day": row["day"], "sealed_at": floor, "previous": previous}
        )
        assert made is not None
        previous = made["hash"]
    return len(days)


def current_head(tx: Tx) -> Head | None:
    last = tx.one(SQL["last_batch"])
    return None if last is None else Head(last["number"], bytes(last["hash"]).hex())


def verify(tx: Tx, head: Path | None = None) -> Bad | None:
    """The first bad batch and row, or None when the log is as it was sealed.

    head    the file that `seal` keeps; shows a chain that was cut off or rewritten as a whole
    """
    row = tx.one(SQL["broken_row"])
    chain = tx.value(SQL["broken_chain"])
    if chain is not None and (row is None or chain <= row["batch"]):
        return Bad(chain, "batch", None, "chain")
    if row is not None:
        return Bad(row["batch"], row["what"], row["id"], row["how"])
    if head is None or not head.exists():
        return None
    kept = json.loads(head.read_text(encoding="utf-8"))
    found = tx.value("SELECT encode(hash, 'hex') FROM changes.batch WHERE number = %(number)s", kept)
    if found != kept["hash"]:
        return Bad(kept["number"], "head", None, "behind" if found is None else "changed")
    return None

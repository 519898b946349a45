"""What hangs on a record without being one follows when it is merged: what people said, and to-dos of no process.

In:   the transaction of a merge, or of what takes one back
Out:  comments, their mentions and open tasks at the other record; remembered, so that an undo moves the same ones back
What was said at the winner since stays there.
"""

from perennial.access import everything
from perennial.kernel import Tx


def follow(tx: Tx, transaction: int, form: str, loser: int, winner: int) -> None:
    """All of the loser's, comments that were taken back included."""
    comments = [
        row["id"]
        for row in tx.rows(
            "SELECT id FROM records.comment WHERE form = %(form)s AND record_id = %(loser)s ORDER BY id FOR UPDATE",
            {"form": form, "loser": loser},
        )
    ]
    _move(tx, transaction, form, "comment", comments, loser, winner)
    loose = tx.value("SELECT tasks.loose(%(form)s, %(loser)s)", {"form": form, "loser": loser})
    _move(tx, transaction, form, "task", loose, loser, winner)


def follow_back(tx: Tx, transaction: int, undo: int) -> None:
    """Back to a record that is back; what somebody has moved on since stays."""
    groups = tx.rows(
        "SELECT f.form, f.what, f.from_id, f.to_id, array_agg(f.id ORDER BY f.id) AS ids FROM records.followed f"
        "  LEFT JOIN records.comment c ON f.what = 'comment' AND c.id = f.id"
        "  LEFT JOIN tasks.task t ON f.what = 'task' AND t.id = f.id AND t.state = 'open'"
        " WHERE f.transaction_id = %(of)s AND coalesce(c.record_id, t.record_id) = f.to_id"
        " GROUP BY f.form, f.what, f.from_id, f.to_id",
        {"of": transaction},
    )
    for one in groups:
        table = everything(tx, one["form"]).target
        alive = table.select().where(table.c.id == one["from_id"], table.c.deleted_at.is_(None))
        if tx.one(alive) is not None:
            _move(tx, undo, one["form"], one["what"], one["ids"], one["to_id"], one["from_id"])


def _move(tx: Tx, transaction: int, form: str, what: str, ids: list[int], before: int, after: int) -> None:
    if not ids:
        return
    if what == "task":
        tx.run("SELECT tasks.rehang(%(ids)s, %(to)s)", {"ids": ids, "to": after})
    else:
        tx.run(
            "UPDATE records.comment SET record_id = %(to)s, xid = pg_current_xact_id() WHERE id = ANY(%(ids)s)",
            {"ids": ids, "to": after},
        )
        tx.run("SELECT messages.rehang(%(ids)s, %(to)s)", {"ids": ids, "to": after})
    tx.run(
        "INSERT INTO records.followed (transaction_id, what, id, form, from_id, to_id)"
        " SELECT %(transaction)s, %(what)s, id, %(form)s, %(from)s, %(to)s FROM unnest(%(ids)s::bigint[]) AS id",
        {"transaction": transaction, "what": what, "form": form, "ids": ids, "from": before, "to": after},
    )

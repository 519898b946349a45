"""What people did over there, followed here: by a callback, by Stream, or found by the reconciling."""

import datetime as dt
from typing import Literal

from perennial import processes
from perennial.kernel import Conflict, Denied, Invalid, Missing, Row, Tx, statements

Heard = Literal["finished", "reopened", "late", "unknown"]
_SQL = statements(__file__, "heard.sql")


def heard(tx: Tx, channel: str, *, remote_id: str = "", key: str = "", at: dt.datetime | None = None) -> Heard:
    """The acting person has marked it done there. The task is finished by them with their rights where it needs nothing
    else; else the mirror is open again, with the link. Heard twice, or too late, it changes nothing.

    at       when that was, by the other side's clock: before we opened it there the last time it is the echo of our own
             closing, or overtaken by it
    returns  unknown: none of ours, or none of theirs · late: it was over here already, or open again since
    errors   Busy: another time
    """
    row = _row(tx, channel, remote_id, key)
    if row is None or row["person_id"] != tx.actor.id:
        return "unknown"
    if at is not None and row["opened_at"] is not None and at < row["opened_at"]:
        return "late"
    if not row["is_open"]:
        tx.run(_SQL["over"], {"id": row["id"]})
        return "late"
    if row["wanted"] == "open" and row["stands"] == "closed" and row["try_at"] is not None:
        return "reopened"  # said again before our answer to the first was there
    try:
        with tx.savepoint():
            processes.finish_task(tx, row["task_id"])
    except (Invalid, Denied, Conflict, Missing):  # it asks for something, or is theirs no more
        tx.run(_SQL["again"], {"id": row["id"]})
        return "reopened"
    tx.run(_SQL["over"], {"id": row["id"]})
    return "finished"


def gone(tx: Tx, channel: str, *, remote_id: str = "", key: str = "") -> bool:
    """It was deleted there: made anew when it is still open here. False: none of ours."""
    row = _row(tx, channel, remote_id, key)
    if row is not None:
        tx.run(_SQL["gone"], {"id": row["id"]})
    return row is not None


def fresh_code(tx: Tx, key: str, code: str) -> bool:
    """A pressed button of a WeCom card brings what changes that card once."""
    return bool(tx.run(_SQL["fresh_code"], {"key": key, "code": code}))


def _row(tx: Tx, channel: str, remote_id: str, key: str) -> Row | None:
    return tx.one(_SQL["row"], {"channel": channel, "remote_id": remote_id or None, "key": key or None})

"""Who has a record open, and who of them is changing it: known to who may read the record, and to nobody else.

A window says every `AGAIN_SECONDS` that it is there; one that says nothing any more is forgotten.
"""

from dataclasses import dataclass

from perennial.access import readable, readers
from perennial.kernel import Tx
from perennial.records.read import visible

AGAIN_SECONDS = 10
EXPIRES_SECONDS = 25


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody else at the same record."""

    id: int
    name: str
    editing: bool


def touch(tx: Tx, form: str, record_id: int, window: str, *, editing: bool = False) -> list[Face]:
    """The actor's window has the record open; who else has, by name. Missing when the actor may not read it."""
    visible(tx, readable(tx, form), record_id)
    here = {"form": form, "record": record_id, "window": window, "editing": editing, "expires": EXPIRES_SECONDS}
    tx.run(
        "INSERT INTO records.presence AS p (form, record_id, person_id, window_id, editing, until)"
        " VALUES (%(form)s, %(record)s, %(me)s, %(window)s, %(editing)s,"
        " clock_timestamp() + make_interval(secs => %(expires)s))"
        " ON CONFLICT (form, record_id, person_id, window_id) DO UPDATE SET editing = excluded.editing,"
        " until = excluded.until, xid = CASE WHEN p.editing = excluded.editing AND p.until > clock_timestamp()"
        " THEN p.xid ELSE excluded.xid END",
        here,
    )
    rows = tx.rows(
        "SELECT p.id, p.name, bool_or(r.editing) AS editing FROM records.presence r"
        " JOIN people.person p ON p.id = r.person_id"
        " WHERE r.form = %(form)s AND r.record_id = %(record)s AND r.until > clock_timestamp() AND p.id <> %(me)s"
        " GROUP BY p.id ORDER BY convert_to(p.name, 'GB18030'), p.id",
        here,
    )
    still = readers(tx, form, record_id, [row["id"] for row in rows]) if rows else set[int]()
    return [Face(**row) for row in rows if row["id"] in still]


def leave(tx: Tx, form: str, record_id: int, window: str) -> None:
    """The actor's window has closed the record; windows that went without a word are swept."""
    tx.run(
        "UPDATE records.presence SET until = '-infinity', xid = pg_current_xact_id()"
        " WHERE form = %(form)s AND record_id = %(record)s AND person_id = %(me)s AND window_id = %(window)s",
        {"form": form, "record": record_id, "window": window},
    )
    tx.run(
        "DELETE FROM records.presence p USING (SELECT ctid FROM records.presence"
        " WHERE until < clock_timestamp() - interval '1 minute' AND xid < pg_snapshot_xmin(pg_current_snapshot())"
        " FOR UPDATE SKIP LOCKED) gone WHERE p.ctid = gone.ctid"
    )

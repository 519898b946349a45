"""What nobody named after a day goes: rows of uploads that no record took, then contents without a row.

A content is removed under the lock that an upload of the same content takes, after asking again; so an upload that is
under way keeps it.
"""

from collections.abc import Collection

from perennial.files.file import lock_of
from perennial.files.store import store
from perennial.kernel import SYSTEM, Database, Tx

DAYS_UNNAMED = 1
_BATCH = 1_000


def unnamed(tx: Tx) -> list[int]:
    """Uploads older than a day that no record ever named."""
    return (
        tx.value(
            "SELECT array_agg(id) FROM files.file"
            " WHERE named_at IS NULL AND at < %(now)s - make_interval(days => %(days)s)",
            {"days": DAYS_UNNAMED},
        )
        or []
    )


def remove(tx: Tx, ids: Collection[int]) -> int:
    """These rows are gone; their contents follow with `remove_strays`."""
    return tx.run(
        "DELETE FROM files.file WHERE named_at IS NULL AND id IN (SELECT unnest(%(ids)s::bigint[]))", {"ids": list(ids)}
    )


def remove_strays(database: Database, *, days: float = DAYS_UNNAMED) -> int:
    """Contents that no file has are gone, when they have stood for so long by the clock of the machine. How many."""
    here, gone, batch = store(), 0, list[str]()
    with database.begin(SYSTEM) as tx:
        older = float(tx.value("SELECT extract(epoch FROM clock_timestamp())")) - days * 86_400
    for place in here.places(older_than=older):
        batch.append(place)
        if len(batch) == _BATCH:
            gone, batch = gone + _remove(database, batch), []
    return gone + _remove(database, batch)


def _remove(database: Database, places: list[str]) -> int:
    with database.begin(SYSTEM) as tx:
        strays = _without_row(tx, places)
    removed = 0
    for place in strays:
        with database.begin(SYSTEM) as tx:
            tx.lock(lock_of(place))
            if _without_row(tx, [place]):
                store().remove(place)
                removed += 1
    return removed


def _without_row(tx: Tx, places: list[str]) -> list[str]:
    return (
        tx.value(
            "SELECT array_agg(p) FROM unnest(%(places)s::text[]) p"
            " WHERE NOT EXISTS (SELECT FROM files.file f WHERE f.place = p)"
            " AND NOT EXISTS (SELECT FROM files.file f WHERE f.thumb = p)",
            {"places": places},
        )
        or []
    )

"""Who decides what has fallen due does it alone; reactions keep it from moving for a moment."""

import psycopg

from perennial.kernel import Tx


def alone(tx: Tx, advisory: int, number: int) -> bool:
    """Reactions share the lock for a moment: waited for. Another tick may keep it long: it does our work."""
    try:
        with tx.savepoint():
            tx.run("SELECT pg_advisory_xact_lock(%(class)s, %(id)s)", {"class": advisory, "id": number})
    except psycopg.errors.LockNotAvailable:
        return False
    return True

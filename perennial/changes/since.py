"""What was written after a moment: who publishes a form notes `mark`, and asks later which records people wrote since.

A publication holds its tables exclusively while it asks, so of these tables every earlier change has a smaller number.
"""

from perennial.changes.triggers import quoted
from perennial.kernel import Tx


def mark(tx: Tx) -> int:
    """The number of the newest change so far."""
    return int(tx.value("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM changes.change_id_seq"))


def written_since(form_id: int, field: str, after: int) -> str:
    """SQL: ids of the records that were created since, or whose field was changed since, however often."""
    key = quoted(field).replace("'", "''")
    return (
        f"SELECT record_id FROM changes.change WHERE form_id = {form_id:d} AND id > {after:d}"
        f" AND (op = 'I' OR fields @> '{{{key}}}'::text[])"
    )


def touched_since(tx: Tx, after: int) -> bool:
    """Was any record written since, in any form?"""
    return bool(tx.value("SELECT EXISTS (SELECT FROM changes.change WHERE id > %(after)s)", {"after": after}))

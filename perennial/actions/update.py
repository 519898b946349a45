"""Give records of a set new values."""

from typing import Any

import sqlalchemy as sa

from perennial import records
from perennial.kernel import Tx


def update(tx: Tx, form: str, select: sa.Select[Any]) -> int:
    """The records named by `id` have the values of the other columns; how many really changed."""
    return records.update_set(tx, form, select).count

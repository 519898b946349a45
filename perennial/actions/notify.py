"""Decide messages for a set, and take back those that have not left."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from perennial import messages
from perennial.kernel import Query, Tx


def notify(
    tx: Tx, items: sa.Select[Any] | Query, *, template: str, audience: str | None, channels: Sequence[str] | None = None
) -> int:
    """Outbox rows for every decision and recipient; how many were new.

    items   decision (text, unique), record_id, instance_id, node, due_at, not_after; without an audience also
            person_id, one row per colleague
    channels  instead of the template's own
    """
    return messages.decide_set(tx, items, template_key=template, audience_key=audience, channels=channels)


def withdraw(tx: Tx, instances: Sequence[int], why: str, *, node: str | None = None) -> int:
    """What these instances decided (at one node) and has not left is cancelled."""
    return messages.cancel_set(tx, instances, why, None if node is None else [node])

"""The change log: what happened, who did it and why; sealed, verified, read back, and handed to the reactor."""

from perennial.changes.as_of import as_of, as_of_clause, batch_at
from perennial.changes.claim import Claimed, Event, claim, claimed_changes, failed, unhandled_since
from perennial.changes.history import Of, days, history, last_at, last_of_fields, told, written
from perennial.changes.news import Look, news
from perennial.changes.sealing import HEAD_FILE, Bad, Head, current_head, seal, seal_in, verify
from perennial.changes.since import mark, touched_since, written_since
from perennial.changes.triggers import quoted, triggers

__all__ = [
    "HEAD_FILE", "Bad", "Claimed", "Event", "Head", "Look", "Of", "as_of", "as_of_clause", "batch_at", "claim",
    "claimed_changes", "current_head", "days", "failed", "history", "last_at", "last_of_fields", "mark", "news",
    "quoted", "seal", "seal_in", "told", "touched_since", "triggers", "unhandled_since", "verify", "written",
    "written_since",
]  # fmt: skip

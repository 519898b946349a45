"""People's to-dos: who gets them, until when, and how they end.

A task waits for an active person. Who that is, is found in sets by one order (`tasks.resolve`): the named person, the
deputy, the customer's owner, the department head up the tree, a business administrator; the step taken is kept. A task
of a role is for whoever of its holders nearest up the owner's departments takes it.
Read in this order: open, create, finish, acts (what people do to it before), mine, inbox (pages), load (a team's).
"""

from perennial.tasks.acts import (
    Acted,
    give_back,
    history,
    moved_since,
    set_due,
    set_priority,
    snooze,
    take,
    team,
    transfer,
    transfer_set,
    undo,
    urge,
)
from perennial.tasks.create import create
from perennial.tasks.finish import (
    Finishing,
    Needed,
    close_alerts,
    close_set,
    close_tokens,
    finish,
    lock,
    reopen_alert,
    reopen_alerts,
    reopen_set,
)
from perennial.tasks.inbox import (
    Due,
    Page,
    Sort,
    View,
    Wanted,
    between,
    figures,
    kinds_here,
    page,
    records_of,
    sent,
    sent_open,
)
from perennial.tasks.load import Proposal, even, load, set_capacity, team_open, unclaimed
from perennial.tasks.mine import counts, mine, of_record
from perennial.tasks.move import move_from_inactive
from perennial.tasks.open import Kind, kinds, opening, standing_kind

__all__ = [
    "Acted", "Due", "Finishing", "Kind", "Needed", "Page", "Proposal", "Sort", "View", "Wanted", "between",
    "close_alerts", "close_set", "close_tokens", "counts", "create", "even", "figures", "finish", "give_back",
    "history", "kinds", "kinds_here", "load", "lock", "mine", "move_from_inactive", "moved_since", "of_record",
    "opening", "page", "records_of", "reopen_alert", "reopen_alerts", "reopen_set", "sent", "sent_open", "set_capacity",
    "set_due", "set_priority", "snooze", "standing_kind", "take", "team", "team_open", "transfer", "transfer_set",
    "unclaimed", "undo", "urge",
]  # fmt: skip

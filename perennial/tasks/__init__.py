"""People's to-dos: who gets them, until when, and how they end.

A task waits for an active person. Who that is, is found in sets by one order (`tasks.resolve`): the named person, the
deputy, the customer's owner, the department head up the tree, a business administrator; the step taken is kept. A task
of a role is for whoever of its holders nearest up the owner's departments takes it.
Read in this order: open, finish, mine.
"""

from perennial.tasks.finish import Finishing, close_set, close_tokens, finish, lock, reopen_set, take, transfer
from perennial.tasks.mine import counts, mine, of_record
from perennial.tasks.move import move_from_inactive
from perennial.tasks.open import Kind, kinds, opening, standing_kind

__all__ = [
    "Finishing", "Kind", "close_set", "close_tokens", "counts", "finish", "kinds", "lock", "mine",
    "move_from_inactive", "of_record", "opening", "reopen_set", "standing_kind", "take", "transfer",
]  # fmt: skip

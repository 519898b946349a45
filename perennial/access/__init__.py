"""Grants, row scopes, field masks: the only source of rows and columns.

Read in this order: grant (what a role's file says), publish, view (how several roles add up), scopes (a row scope as
SQL), source (rows as one reader sees them), scope (names as one reader knows them), rows (the door); effects (what
other roles would mean for people), view_as (a record as another person sees it).
Only this room and `forms` learn the physical name of a form's table.
"""

from perennial.access.effects import Disclosure, Effect, Effects, RightsEffect, disclosures, effects, reach
from perennial.access.grant import Grant, Role, dump, load, verify
from perennial.access.publish import publish, recheck, roles
from perennial.access.readers import readable_by, readers
from perennial.access.references import references
from perennial.access.rows import Rows, creatable, everything, may, readable, require, writable
from perennial.access.scopes import owner_field
from perennial.access.source import RowSource
from perennial.access.view_as import FieldSeen, Rule, Seen, note_viewing, seeing_as, view_as, viewings

__all__ = [
    "Disclosure", "Effect", "Effects", "FieldSeen", "Grant", "RightsEffect", "Role", "RowSource", "Rows", "Rule",
    "Seen", "creatable", "disclosures", "dump", "effects", "everything", "load", "may", "note_viewing", "owner_field",
    "publish", "reach", "readable", "readable_by", "readers", "recheck", "references", "require", "roles", "seeing_as",
    "verify", "view_as", "viewings", "writable",
]  # fmt: skip

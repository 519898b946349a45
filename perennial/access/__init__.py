"""Grants, row scopes, field masks: the only source of rows and columns.

Read in this order: grant (what a role's file says), publish, view (how several roles add up), scopes (a row scope as
SQL), source (rows as one reader sees them), scope (names as one reader knows them), rows (the door).
Only this room and `forms` learn the physical name of a form's table.
"""

from perennial.access.grant import Grant, Role, dump, load, verify
from perennial.access.publish import publish, recheck, roles
from perennial.access.references import references
from perennial.access.rows import Rows, creatable, everything, may, readable, require, writable
from perennial.access.source import RowSource

__all__ = [
    "Grant", "Role", "RowSource", "Rows", "creatable", "dump", "everything", "load", "may", "publish", "readable",
    "recheck", "references", "require", "roles", "verify", "writable",
]  # fmt: skip

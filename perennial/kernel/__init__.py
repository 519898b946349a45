"""What every room stands on: settings, the database and its server, `Tx`, the clock, errors, texts, migrations."""

from perennial.kernel.database import SYSTEM, Actor, Database, Reason, Row, Tx
from perennial.kernel.errors import Broken, Busy, Conflict, Denied, Invalid, Missing, Problem
from perennial.kernel.failpoint import fail_point
from perennial.kernel.migrate import migrate
from perennial.kernel.sql import Query, render, statements

__all__ = [
    "SYSTEM", "Actor", "Broken", "Busy", "Conflict", "Database", "Denied", "Invalid", "Missing", "Problem",
    "Query", "Reason", "Row", "Tx", "fail_point", "migrate", "render", "statements",
]  # fmt: skip

"""What every room stands on: settings, the database and its server, `Tx`, the clock, errors, texts, migrations."""

from perennial.kernel import postgres
from perennial.kernel.archive import Manifest, backup, restore
from perennial.kernel.archive import tool as pg_tool
from perennial.kernel.calendar import announce, set_day
from perennial.kernel.database import SYSTEM, Actor, Database, Lookup, Reason, Row, Tx
from perennial.kernel.errors import Broken, Busy, Conflict, Denied, Invalid, Missing, Problem
from perennial.kernel.failpoint import fail_point
from perennial.kernel.home import opened, reached
from perennial.kernel.i18n import LANGUAGES, Language, Words, text, texts
from perennial.kernel.log import configure_log, log
from perennial.kernel.migrate import migrate
from perennial.kernel.queue import defer
from perennial.kernel.settings import Settings, settings
from perennial.kernel.sql import Query, render, statements
from perennial.kernel.workspace import (
    Workspace,
    advance_clock,
    keep_clock,
    make_clock_real,
    set_workspace,
    start_manual_clock,
    workspace,
)

__all__ = [
    "LANGUAGES", "SYSTEM", "Actor", "Broken", "Busy", "Conflict", "Database", "Denied", "Invalid", "Language",
    "Lookup", "Manifest", "Missing", "Problem", "Query", "Reason", "Row", "Settings", "Tx", "Words", "Workspace",
    "advance_clock", "announce", "backup", "configure_log", "defer", "fail_point", "keep_clock", "log",
    "make_clock_real", "migrate", "opened", "pg_tool", "postgres", "reached", "render", "restore", "set_day",
    "set_workspace", "settings", "start_manual_clock", "statements", "text", "texts", "workspace",
]  # fmt: skip

"""Where to look for what is perhaps twice: in a small form at once, in a large one among the pairs that a job has kept.

In:   a form, and a reader who may change its records
Out:  pairs with the moment of which they are; one that was merged, changed or judged since is told no more
The job looks when somebody has asked and records have changed since; what is new since its look is missing until then.
"""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from perennial import forms
from perennial.access import everything, require
from perennial.kernel import SYSTEM, Database, Tx, defer
from perennial.records import duplicates
from perennial.records.duplicates import MOST, Pair

SMALL = 2_000  # records of a form that are compared while somebody waits
KEPT = 10_000  # reasons that are kept
PATIENCE = dt.timedelta(minutes=10)  # after which a look that nobody hears of is asked for again
TASK = "duplicates.look"


@dataclass(frozen=True, slots=True)
class Found:
    """`at`: of when the pairs are; None with `kept` when nobody has looked yet. `stale`: records have changed since.
    `looking`: a job is at it."""

    pairs: list[Pair]
    kept: bool = False
    at: dt.datetime | None = None
    stale: bool = False
    looking: bool = False


def find(tx: Tx, form: str, limit: int = MOST) -> Found:
    """What is perhaps twice in a form, best first. Denied for who may not change its records."""
    require(tx, "update", form)
    if _small(tx, form):
        return Found(duplicates.pairs(tx, form, limit), at=tx.now)
    known = tx.one("SELECT asked_at, found_at, change_id FROM records.suspected WHERE form = %(form)s", {"form": form})
    looking = bool(known and known["asked_at"] and abs(tx.now - known["asked_at"]) < PATIENCE)
    if known is None or known["found_at"] is None:
        return Found([], kept=True, stale=True, looking=looking)
    duplicates.gather_kept(tx, form)
    stale = bool(tx.value(
        "SELECT EXISTS (SELECT FROM changes.change WHERE id > %(seen)s AND form_id = %(form)s)",
        {"seen": known["change_id"], "form": everything(tx, form).catalog.id(form)},
    ))  # fmt: skip
    at = known["found_at"].astimezone(tx.zone)
    return Found(duplicates.told(tx, form, "kept", limit), kept=True, at=at, stale=stale, looking=looking)


def ask(tx: Tx, form: str) -> None:
    """A job looks through the form; once, however many ask."""
    require(tx, "update", form)
    if _small(tx, form):
        return
    mine = tx.run(
        "INSERT INTO records.suspected AS s (form, asked_at) VALUES (%(form)s, %(now)s) ON CONFLICT (form) DO UPDATE"
        " SET asked_at = %(now)s WHERE s.asked_at IS NULL OR s.asked_at NOT BETWEEN %(now)s::timestamptz - %(patience)s"
        " AND %(now)s::timestamptz + %(patience)s",
        {"form": form, "patience": PATIENCE},
    )
    if mine:
        defer(tx, TASK, form=form)


def look(database: Database, form: str) -> None:
    """The job: the whole form is compared and what is alike is kept. Running it twice is harmless."""
    with database.begin(SYSTEM) as tx:
        if form not in forms.catalog(tx) or not tx.try_lock(f"duplicates {form}"):
            return
        seen = tx.value("SELECT coalesce(max(id), 0) FROM changes.change")
        duplicates.keep(tx, form, KEPT)
        tx.run(
            "INSERT INTO records.suspected (form, found_at, change_id) VALUES (%(form)s, %(now)s, %(seen)s)"
            " ON CONFLICT (form) DO UPDATE SET asked_at = NULL, found_at = %(now)s, change_id = %(seen)s",
            {"form": form, "seen": seen},
        )


def _small(tx: Tx, form: str) -> bool:
    table = everything(tx, form).target
    some = sa.select(table.c.id).limit(SMALL + 1).subquery()
    return int(tx.value(sa.select(sa.func.count()).select_from(some))) <= SMALL

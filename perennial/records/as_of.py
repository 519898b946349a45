"""Read the past: inside `as_of`, `page`, `count`, `read`, `related` and `groups` answer as of then.

What is read are the sealed values of then, computed fields by the formulas of today with TODAY as it was. Who may read
it is asked today: today's grants on the row of today, on its last row where the record is deleted. Nothing may be
written inside.
"""

import contextlib
import datetime as dt
import re
from collections.abc import Generator

from psycopg import errors as pg

from perennial import forms
from perennial.kernel import Invalid, Tx

LONGEST_MS = 15_000  # of one question about the past; nobody waits longer, and others want to work

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?")


def moment(tx: Tx, text: str) -> dt.datetime | dt.date:
    """A day (all of it) or a moment of the workspace's zone (all of its minute); later ones are now."""
    try:
        if _DAY.fullmatch(text):
            return min(dt.date.fromisoformat(text), tx.today)
        if _MINUTE.fullmatch(text):
            found = dt.datetime.fromisoformat(text).replace(tzinfo=tx.zone)
            return min(found + dt.timedelta(seconds=0 if len(text) > 16 else 59), tx.now)
    except (ValueError, OverflowError):
        pass
    raise Invalid("records.not_moment", path="at", value=text[:40])


@contextlib.contextmanager
def as_of(tx: Tx, at: str | None) -> Generator[None]:
    """at    2026-09-30 or 2026-09-30T09:42; None: now, and nothing is different"""
    if at is None:
        yield
        return
    then = moment(tx, at)
    with reading(tx, forms.past(tx, then), clock(tx, then)):
        yield


@contextlib.contextmanager
def reading(tx: Tx, was: forms.Past, now: dt.datetime) -> Generator[None]:
    """Invalid records.past_kinds where a value of then is none of the kind that its field has by now, records.past_slow
    where it takes too long: what a formula sums over related rows is added up anew for each row sorted by it."""
    try:
        tx.run(f"SET LOCAL statement_timeout = {LONGEST_MS:d}")
        with forms.reading(tx, was, now):
            yield
    except pg.QueryCanceled as error:
        raise Invalid("records.past_slow", path="at") from error
    except pg.DataError as error:
        raise Invalid("records.past_kinds", path="at") from error
    finally:
        with contextlib.suppress(pg.InFailedSqlTransaction):
            tx.run("SET LOCAL statement_timeout TO DEFAULT")


def clock(tx: Tx, then: dt.datetime | dt.date) -> dt.datetime:
    if isinstance(then, dt.datetime):
        return then
    midnight = dt.datetime.combine(then + dt.timedelta(days=1), dt.time(), tx.zone)
    return min(midnight - dt.timedelta(microseconds=1), tx.now)

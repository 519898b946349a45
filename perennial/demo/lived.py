"""Live the year: day by day, the engine first, then the colleagues."""

import datetime as dt
import sys
import time

from psycopg import conninfo

from perennial import forms, messages, people, processes
from perennial.demo import company, script, story
from perennial.kernel import SYSTEM, Database, make_clock_real, workspace

SEED = 20261121
OPENS, ACTS = dt.time(9), dt.time(10)  # the day's work begins after the 09:00 steps


def prepare(database: Database, seed: int = SEED, *, lived_days: int = company.YEAR_DAYS) -> None:
    """An empty workspace becomes the demo company, with a year behind it; one that is ready is left alone.

    takes    under 120 s on two cores, with a line of progress; then kept
    """
    with database.begin(SYSTEM) as tx:
        here = workspace(tx)
        if here.kind == "real" and (forms.catalog(tx).forms or not people.is_empty(tx)):
            return  # somebody's own workspace
        if here.kind == "demo" and not here.manual:
            return
    # a build that is lost by a crash is made again: no waiting for the disk
    quick = Database(conninfo.make_conninfo(database.url, options="-c synchronous_commit=off"))
    try:
        _build(quick, seed, lived_days)
    finally:
        quick.close()


def _build(database: Database, seed: int, lived_days: int) -> None:
    company.found(database, seed, lived_days)
    channels = {"mail": messages.Recorder()}
    with database.begin(SYSTEM) as tx:
        messages.release(tx, "mail")
        end = dt.datetime.now(tx.zone)  # the only place where the demo asks what time it is outside
        day = tx.today
        days = (end.date() - day).days
    began = time.monotonic()
    while day < end.date():
        moment = dt.datetime.combine(day, ACTS, end.tzinfo)
        processes.tick(database, through=moment)
        messages.deliver(database, channels, guard=processes.delivery_guard)
        if day.weekday() < 5:
            script.act(database, seed, day, story.working_days_left(day, end.date()))
        day += dt.timedelta(days=1)
        if day.day == 1:
            _say(f"{day:%Y-%m}", 1 - (end.date() - day).days / max(days, 1), began)
    processes.tick(database, through=end)
    messages.deliver(database, channels, guard=processes.delivery_guard)
    with database.begin(SYSTEM) as tx:
        messages.release(tx, "mail", released=False)
        make_clock_real(tx)
    _say("ready", 1.0, began)


def _say(what: str, share: float, began: float) -> None:
    print(
        f"perennial: the demo company lives its year: {what} ({share:.0%}, {time.monotonic() - began:.0f} s)",
        file=sys.stderr, flush=True,
    )  # fmt: skip

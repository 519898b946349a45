"""Ask for a run, run it on a copy, read what came out."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Literal

from psycopg.types.json import Jsonb

from perennial import access, messages, processes
from perennial.kernel import SYSTEM, Database, Invalid, Missing, Row, Tx, defer, statements
from perennial.simulation import people
from perennial.simulation.copy import scratch_copy
from perennial.simulation.result import Result, gather

People = Literal["nobody", "median"]
LONGEST_DAYS = 3 * 366
_SQL = statements(__file__, "run.sql")


def simulate(
    url: str, until: dt.date, assumption: People = "median", *, each: Callable[[dt.date], object] | None = None
) -> Result:
    """The days until `until`, lived on a scratch copy of `url`; the copy is gone afterwards.

    each    called with every day reached
    errors  Invalid when the day is not ahead, or too far
    """
    began = time.monotonic()
    with scratch_copy(url) as copy:
        with copy.begin(SYSTEM) as tx:
            start = tx.now
            _check(tx, until)
            known = people.habits(tx) if assumption == "median" else []
        channels = {"mail": messages.Recorder()}
        day = start.date()
        while day < until:
            day += dt.timedelta(days=1)
            evening = dt.datetime.combine(day, dt.time(18), start.tzinfo)
            processes.tick(copy, through=evening)
            messages.deliver(copy, channels, guard=processes.delivery_guard)
            if known and day.weekday() < 5 and people.act(copy, known):
                processes.tick(copy)
            if each:
                each(day)
        with copy.begin(SYSTEM) as tx:
            return gather(tx, start, assumption, known, time.monotonic() - began)


def _check(tx: Tx, until: dt.date) -> None:
    if not 0 < (until - tx.today).days <= LONGEST_DAYS:
        raise Invalid("simulation.until", path="until", until=until, today=tx.today, most=LONGEST_DAYS)


def ask(tx: Tx, until: dt.date, assumption: People) -> int:
    """A run is queued for the background; its id."""
    _check(tx, until)
    id_ = int(tx.value(_SQL["ask"], {"people": assumption, "until": until}))
    defer(tx, "simulation.run", run_id=id_)
    return id_


def run(database: Database, run_id: int) -> None:
    """Work off a queued run; one that fails says why. A run that was interrupted starts anew."""
    with database.begin(SYSTEM) as tx:
        row = tx.one(_SQL["begin"], {"id": run_id})
    if row is None:
        return

    def reached(day: dt.date) -> None:
        if day.day in (1, 11, 21):
            with database.begin(SYSTEM) as tx:
                tx.run(_SQL["reached"], {"id": run_id, "day": day})

    try:
        found = simulate(database.url, row["until_on"], row["people"], each=reached)
    except BaseException as error:
        with database.begin(SYSTEM) as tx:
            tx.run(_SQL["failed"], {"id": run_id, "problem": f"{type(error).__name__}: {error}"[:500]})
        raise
    with database.begin(SYSTEM) as tx:
        tx.run(_SQL["clear"], {"id": run_id})
        tx.run(_SQL["keep"], {"id": run_id, "rows": Jsonb(found.entries)})
        tx.run(
            _SQL["done"],
            {"id": run_id, "copied": found.copied_at, "seconds": found.seconds, "result": Jsonb(found.as_json())},
        )


def runs(tx: Tx, limit: int = 20) -> list[Row]:
    """The last runs, newest first, without their results."""
    return tx.rows(_SQL["runs"], {"limit": limit})


def read(tx: Tx, run_id: int) -> Row:
    """One run with its result."""
    row = tx.one(_SQL["read"], {"id": run_id})
    if row is None:
        raise Missing("simulation.no_run")
    return row


def entries(
    tx: Tx, run_id: int, *, person_id: int | None = None, week: dt.date | None = None, record_id: int | None = None,
    kind: str | None = None, limit: int = 500,
) -> list[Row]:  # fmt: skip
    """Who would get what, when; only about records that the actor may read."""
    rows = tx.rows(
        _SQL["entries"],
        {"id": run_id, "person": person_id, "week": week, "record": record_id, "kind": kind, "limit": limit,
         "zone": tx.zone.key},
    )  # fmt: skip
    readable: dict[str, set[int]] = {}
    for form in sorted({row["form"] for row in rows}):
        if access.may(tx, "read", form):
            seen = access.readable(tx, form)
            ids = [row["record_id"] for row in rows if row["form"] == form and row["record_id"] is not None]
            readable[form] = {one["id"] for one in tx.rows(seen.select().where(seen.source.field("id").in_(ids)))}
    everything = access.may(tx, "delete", rows[0]["form"]) if rows else False
    return [
        row for row in rows
        if row["record_id"] in readable.get(row["form"], set()) or (row["record_id"] is None and everything)
    ]  # fmt: skip

"""Ask for a run, run it on a copy, read what came out."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Literal

from psycopg.types.json import Jsonb

from perennial import access, messages, processes
from perennial.kernel import SYSTEM, Database, Invalid, Missing, Row, Tx, defer, statements
from perennial.simulation import people
from perennial.simulation.copy import scratch_copy, sweep
from perennial.simulation.edits import Edit, make
from perennial.simulation.people import Habit, Line
from perennial.simulation.result import Result, gather

People = Literal["nobody", "median", "script"]
LONGEST_DAYS = 3 * 366
_SQL = statements(__file__, "run.sql")


def simulate(
    url: str,
    until: dt.date,
    assumption: People = "median",
    *,
    script: Sequence[Line] = (),
    each: Callable[[dt.date], object] | None = None,
) -> Result:
    """The days until `until`, lived on a scratch copy of `url`; the copy is gone afterwards, as are those that killed
    programs left.

    script  with the assumption `script`: what people do
    each    called with every day reached
    errors  Invalid when the day is not ahead, or too far, or the script names what there is not
    """
    began = time.monotonic()
    sweep(url)
    with scratch_copy(url) as copy:
        with copy.begin(SYSTEM) as tx:
            start = tx.now
            _check(tx, until, assumption, script)
            known = _habits(tx, assumption, script)
        play(copy, until, known, each=each)
        with copy.begin(SYSTEM) as tx:
            return gather(tx, start, assumption, known, time.monotonic() - began)


def play(
    copy: Database, until: dt.date, known: Sequence[Habit], edits: Sequence[Edit] = (), *,
    each: Callable[[dt.date], object] | None = None,
) -> None:  # fmt: skip
    """Day by day until the evening of `until`: what is due happens, messages go to a recorder, in the evening what the
    script changes is changed, and on workdays people do what their habits say."""
    with copy.begin(SYSTEM) as tx:
        start = tx.now
        channels = {row["key"]: messages.Recorder() for row in tx.rows("SELECT key FROM messages.channel")}
    day = start.date()
    while day < until:
        day += dt.timedelta(days=1)
        evening = dt.datetime.combine(day, dt.time(18), start.tzinfo)
        processes.tick(copy, through=evening)
        messages.deliver(copy, channels, guard=processes.delivery_guard)
        changed = sum(make(copy, edit) for edit in edits if edit.on == day)
        if changed:
            processes.tick(copy)
        if known and day.weekday() < 5 and people.act(copy, known):
            processes.tick(copy)
        if each:
            each(day)


def _habits(tx: Tx, assumption: People, script: Sequence[Line]) -> list[Habit]:
    if assumption == "script":
        return people.scripted(tx, script)
    return people.habits(tx) if assumption == "median" else []


def _check(tx: Tx, until: dt.date, assumption: People, script: Sequence[Line]) -> None:
    if not 0 < (until - tx.today).days <= LONGEST_DAYS:
        raise Invalid("simulation.until", path="until", until=until, today=tx.today, most=LONGEST_DAYS)
    if (assumption == "script") != bool(script):
        raise Invalid("simulation.script", path="script")
    people.scripted(tx, script)


def ask(tx: Tx, until: dt.date, assumption: People, script: Sequence[Line] = ()) -> int:
    """A run is queued for the background; its id.

    errors  Invalid, as `simulate`
    """
    _check(tx, until, assumption, script)
    told = Jsonb([asdict(line) for line in script])
    id_ = int(tx.value(_SQL["ask"], {"people": assumption, "until": until, "script": told}))
    defer(tx, "simulation.run", run_id=id_)
    return id_


def unfinished(tx: Tx) -> list[int]:
    """Runs that somebody asked for and that are not over: each must have a job."""
    return [row["id"] for row in tx.rows(_SQL["unfinished"])]


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
        script = [Line(**line) for line in row["script"]]
        found = simulate(database.url, row["until_on"], row["people"], script=script, each=reached)
    except BaseException as error:
        with database.begin(SYSTEM) as tx:
            tx.run(_SQL["failed"], {"id": run_id, "problem": f"{type(error).__name__}: {error}"[:500]})
        raise
    with database.begin(SYSTEM) as tx:
        tx.run(_SQL["clear"], {"id": run_id})
        tx.run(_SQL["keep"], {"id": run_id, "rows": Jsonb(found.entries)})
        tx.run(
            _SQL["done"],
            {"id": run_id, "copied": found.copied_at, "seconds": found.seconds, "result": Jsonb(found.as_json()),
             "definitions": found.definitions},
        )  # fmt: skip


def runs(tx: Tx, limit: int = 20) -> list[Row]:
    """The last runs, newest first, without their results."""
    return tx.rows(_SQL["runs"], {"limit": limit})


def read(tx: Tx, run_id: int) -> Row:
    """One run with its result. `stale`: what is newer than its copy: whether other definitions are in force now, and
    how many changes of records were made since (1,000 stands for that or more)."""
    row = tx.one(_SQL["read"], {"id": run_id})
    if row is None:
        raise Missing("simulation.no_run", run=run_id)
    row["stale"] = tx.one(_SQL["stale"], {"id": run_id}) if row["state"] == "done" else None
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
    return readable(tx, rows)


def readable(tx: Tx, rows: list[Row]) -> list[Row]:
    """Those about records that the actor may read; about records of the copy alone, for those who may do anything."""
    seen_ids: dict[str, set[int]] = {}
    for form in sorted({row["form"] for row in rows}):
        if access.may(tx, "read", form):
            seen = access.readable(tx, form)
            ids = [row["record_id"] for row in rows if row["form"] == form and row["record_id"] is not None]
            seen_ids[form] = {one["id"] for one in tx.rows(seen.select().where(seen.source.field("id").in_(ids)))}
    everything = access.may(tx, "delete", rows[0]["form"]) if rows else False
    return [
        row for row in rows
        if row["record_id"] in seen_ids.get(row["form"], set()) or (row["record_id"] is None and everything)
    ]  # fmt: skip

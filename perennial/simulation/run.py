"""Ask for a run, run it on a copy (beside what is in force, on two), read what came out."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from psycopg.types.json import Jsonb

from perennial import access, messages, processes
from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Missing, Row, Tx, defer, statements
from perennial.simulation import instead as versions
from perennial.simulation import people
from perennial.simulation.copy import scratch_copies, sweep
from perennial.simulation.edits import Edit, make
from perennial.simulation.edits import check as check_edits
from perennial.simulation.instead import Instead
from perennial.simulation.people import Habit, Line
from perennial.simulation.result import Result, gather

People = Literal["nobody", "median", "script"]
LONGEST_DAYS = 3 * 366
_SQL = statements(__file__, "run.sql")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to simulate. `script` and `edits`: with the assumption `script`; `process`: tell of this one alone;
    `instead`: put this in place of what is in force, and tell the same days without it."""

    until: dt.date
    people: People = "median"
    script: Sequence[Line] = ()
    edits: Sequence[Edit] = ()
    process: str | None = None
    instead: Instead | None = None


class GivenUp(Exception):
    """Somebody has cancelled the run."""


def simulate(
    url: str,
    until: dt.date,
    assumption: People = "median",
    *,
    script: Sequence[Line] = (),
    edits: Sequence[Edit] = (),
    each: Callable[[dt.date], object] | None = None,
) -> Result:
    """The days until `until`, lived on a scratch copy of `url`; the copy is gone afterwards, as are those that killed
    programs left.

    script  with the assumption `script`: what people do
    each    called with every day reached
    errors  Invalid when the day is not ahead, or too far, or the script names what there is not
    """
    return _simulate(url, Asked(until, assumption, script, edits), None, each)[0]


def _simulate(
    url: str, asked: Asked, told: Row | None, each: Callable[[dt.date], object] | None
) -> tuple[Result, Result | None]:
    """With `told` (what stands instead) and beside it without, day by day on two copies of one snapshot."""
    began = time.monotonic()
    sweep(url)
    with scratch_copies(url, 2 if told else 1) as copies:
        with copies[-1].begin(SYSTEM) as tx:
            start = tx.now
            _check(tx, asked, told)
        moved = versions.put(copies[0], told) if told else None
        known = [_known(copy, asked) for copy in copies]
        day = start.date()
        while day < asked.until:
            day += dt.timedelta(days=1)
            for copy, habits in zip(copies, known, strict=True):
                play(copy, day, habits, asked.edits)
            if each:
                each(day)
        found: list[Result] = []
        for copy, habits in zip(copies, known, strict=True):
            with copy.begin(SYSTEM) as tx:
                found.append(gather(tx, start, asked.people, habits, time.monotonic() - began, asked.process))
    found[0].assumption["migrated"] = moved
    found[0].definitions = found[-1].definitions  # what was in force, not what stood instead
    return found[0], found[1] if told else None


def _known(copy: Database, asked: Asked) -> list[Habit]:
    """What people do there. A script may name steps that only the other definition has."""
    with copy.begin(SYSTEM) as tx:
        if asked.people != "script":
            return people.habits(tx) if asked.people == "median" else []
        there = {(one.form, one.key): {way.key for way in one.outcomes} for one in people.habits(tx)}
        return people.scripted(tx, [
            one for one in asked.script
            if (one.form, one.key) in there and (one.outcome is None or one.outcome in there[one.form, one.key])
        ])  # fmt: skip


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
        if sum(make(copy, edit) for edit in edits if edit.on == day):
            processes.tick(copy)
        if known and day.weekday() < 5 and people.act(copy, known):
            processes.tick(copy)
        if each:
            each(day)


def _check(tx: Tx, asked: Asked, told: Row | None) -> None:
    if not 0 < (asked.until - tx.today).days <= LONGEST_DAYS:
        raise Invalid("simulation.until", path="until", until=asked.until, today=tx.today, most=LONGEST_DAYS)
    if (asked.people == "script") != bool(asked.script or asked.edits):
        raise Invalid("simulation.script", path="script")
    people.scripted(tx, asked.script, versions.definition(told))
    check_edits(tx, asked.edits)
    known = {one.key for one in processes.current(tx)} | ({told["process"]} if told else set())
    if asked.process is not None and asked.process not in known:
        raise Missing("processes.no_such_process", process=asked.process)


def ask(
    tx: Tx, until: dt.date, assumption: People, script: Sequence[Line] = (), *, edits: Sequence[Edit] = (),
    process: str | None = None, instead: Instead | None = None,
) -> int:  # fmt: skip
    """A run is queued for the background; its id.

    errors  Invalid, as `simulate`, and as `instead.drawn`
    """
    asked = Asked(until, assumption, script, edits, process, instead)
    told = versions.drawn(tx, instead) if instead else None
    _check(tx, asked, told)
    base = _queue(tx, asked, None, None) if told else None
    id_ = _queue(tx, asked, told, base)
    defer(tx, "simulation.run", run_id=id_)
    return id_


def _queue(tx: Tx, asked: Asked, told: Row | None, base: int | None) -> int:
    edits = [{**asdict(one), "on": one.on.isoformat(), "values": dict(one.values)} for one in asked.edits]
    return int(tx.value(_SQL["ask"], {
        "people": asked.people, "until": asked.until, "process": asked.process, "base": base,
        "script": Jsonb([asdict(line) for line in asked.script]), "edits": Jsonb(edits),
        "instead": Jsonb(told) if told else None,
    }))  # fmt: skip


def cancel(tx: Tx, run_id: int) -> None:
    """It is given up where it is; nothing of it is kept.

    errors  Missing simulation.no_run · Conflict simulation.over
    """
    read(tx, run_id)
    if not tx.run(_SQL["cancel"], {"id": run_id}):
        raise Conflict("simulation.over", run=run_id)


def unfinished(tx: Tx) -> list[int]:
    """Runs that somebody asked for and that are not over: each must have a job."""
    return [row["id"] for row in tx.rows(_SQL["unfinished"])]


def run(database: Database, run_id: int) -> None:
    """Work off a queued run; one that fails says why. A run that was interrupted starts anew."""
    with database.begin(SYSTEM) as tx:
        row = tx.one(_SQL["begin"], {"id": run_id})
        if row and row["base_id"]:
            tx.one(_SQL["begin"], {"id": row["base_id"]})
    if row is None:
        return

    def reached(day: dt.date) -> None:
        with database.begin(SYSTEM) as tx:
            if not tx.run(_SQL["reached"], {"id": run_id, "day": day}):
                raise GivenUp

    asked = Asked(
        row["until_on"], row["people"], [Line(**line) for line in row["script"]],
        [Edit(dt.date.fromisoformat(one["on"]), one["form"], one["values"], one["when"]) for one in row["edits"]],
        row["process"],
    )  # fmt: skip
    try:
        found, base = _simulate(database.url, asked, row["instead"], reached)
    except GivenUp:
        return
    except BaseException as error:
        with database.begin(SYSTEM) as tx:
            tx.run(_SQL["failed"], {"id": run_id, "problem": f"{type(error).__name__}: {error}"[:500]})
        raise
    with database.begin(SYSTEM) as tx:
        if base is not None:
            _keep(tx, row["base_id"], base)
        _keep(tx, run_id, found)


def _keep(tx: Tx, run_id: int, found: Result) -> None:
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
    """One run with its result. `stale`: what is newer than its copy: whether other definitions are in force now, or the
    draft is another, and how many changes of records were made since (1,000 stands for that or more)."""
    row = tx.one(_SQL["read"], {"id": run_id})
    if row is None:
        raise Missing("simulation.no_run", run=run_id)
    told: dict[str, Any] | None = row["instead"]
    row["stale"] = None
    if row["state"] == "done":
        newer = tx.one(_SQL["stale"], {"id": run_id}) or {}
        row["stale"] = {**newer, "draft": bool(told and versions.outdated(tx, told))}
    if told:
        del told["tree"]
    return row


def entries(
    tx: Tx, run_id: int, *, person_id: int | None = None, week: dt.date | None = None, record_id: int | None = None,
    form: str | None = None, kind: str | None = None, limit: int = 500,
) -> list[Row]:  # fmt: skip
    """Who would get what, when; only about records that the actor may read."""
    rows = tx.rows(
        _SQL["entries"],
        {"id": run_id, "person": person_id, "week": week, "record": record_id, "form": form, "kind": kind,
         "limit": limit, "zone": tx.zone.key},
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

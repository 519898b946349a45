"""The tick: decide what is due and move it on, until nothing is left to do at this moment.

On a manual clock `--at T` acts like a service that was away until T; `--through T` goes from due moment to due moment.
Safe to run any number of times and by several workers at once: each does what the others do not hold.
"""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from perennial import changes, tasks
from perennial.kernel import SYSTEM, Database, Reason, Tx, advance_clock, fail_point, keep_clock
from perennial.processes import versions
from perennial.processes.advance import Advanced, advance
from perennial.processes.coverage import check_all, enter_late
from perennial.processes.drain import drain
from perennial.processes.ending import cancel_due
from perennial.processes.fallback import call_instead
from perennial.processes.graph import writes_at_once
from perennial.processes.holds import end_due
from perennial.processes.react import Reacted, react
from perennial.processes.triggers import Decided, decide, share
from perennial.processes.upcoming import next_moment

ATTEMPTS = 3
PASSES = 10_000  # a catch-up decides what it creates; a chain of terms is long, but not that long
MANY = 5_000  # rows after which the planner's idea of a table may be too old
BATCH = 20_000  # occurrences decided in one transaction: it only writes rows of its own, so nobody waits behind it


@dataclass(slots=True)
class Ticked:
    """What one tick did. `decided`: outcome -> how many; `moved`: "process.node" -> tokens."""

    at: dt.datetime | None = None
    decided: dict[str, int] = field(default_factory=dict[str, int])
    started: int = 0
    late_entries: int = 0
    holds_ended: int = 0
    reactions: int = 0
    reassigned: int = 0
    moments: int = 0
    advanced: Advanced = field(default_factory=Advanced)

    def add(self, other: "Ticked") -> None:
        self.at = other.at or self.at
        for outcome, count in other.decided.items():
            self.decided[outcome] = self.decided.get(outcome, 0) + count
        self.started += other.started
        self.late_entries += other.late_entries
        self.holds_ended += other.holds_ended
        self.reactions += other.reactions
        self.reassigned += other.reassigned
        self.advanced.add(other.advanced)

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat() if self.at else None, "moments": self.moments, "decided": self.decided,
            "started": self.started, "late_entries": self.late_entries, "holds_ended": self.holds_ended,
            "reactions": self.reactions, "reassigned": self.reassigned, "moved": self.advanced.moved,
            "stuck": self.advanced.stuck, "cancelled": self.advanced.cancelled, "held": self.advanced.held,
            "finished": self.advanced.finished,
        }  # fmt: skip


def tick(
    database: Database, *, at: dt.datetime | None = None, through: dt.datetime | None = None,
    each: Callable[[dt.datetime], object] | None = None,
) -> Ticked:  # fmt: skip
    """Everything due is decided and done.

    at       a manual clock is set to this moment first, as if the service had been away until then
    through  a manual clock goes to this moment, stopping at every due one
    each     called after every moment of `through` (and once otherwise): deliver, let scripted colleagues act …;
             what it sets off is done before the clock goes on
    """
    total = Ticked()
    if at is not None:
        _set_clock(database, at)
    _settle(database, total, each)
    while through is not None:
        with database.begin(SYSTEM, Reason("tick")) as tx:
            last = through if through.tzinfo else through.replace(tzinfo=tx.zone)
            now, upcoming = tx.now, next_moment(tx, last)
        if now >= last:
            break
        _set_clock(database, min(upcoming, last) if upcoming else last)
        _settle(database, total, each)
    return total


def _settle(database: Database, total: Ticked, each: Callable[[dt.datetime], object] | None) -> None:
    """This moment is done: nothing is due, nothing ready, nothing unhandled."""
    total.moments += 1
    while True:
        done = _moment(database)
        total.add(done)
        if each is None or done.at is None or each(done.at) is None:
            break
    changes.seal(database)


def _moment(database: Database) -> Ticked:
    total = Ticked()
    for _ in range(PASSES):
        done = _pass(database)
        total.add(done)
        if not (done.reactions or done.decided or done.started or done.late_entries or done.holds_ended
                or done.reassigned or done.advanced.count or _others_react(database)):  # fmt: skip
            return total
    return total


def _others_react(database: Database) -> bool:
    """Another worker holds a reaction of this moment: wait for it, up to a second, then look again."""
    for _ in range(20):
        with database.begin(SYSTEM, Reason("tick")) as tx:
            busy = tx.value("SELECT EXISTS (SELECT FROM changes.reaction WHERE parked_at IS NULL AND attempts = 0)")
        if not busy:
            return False
        time.sleep(0.05)
    return True


def _pass(database: Database) -> Ticked:
    done = Ticked()
    reacted = _react(database)
    done.reactions, done.started = reacted.count, reacted.started
    done.advanced.add(reacted.advanced)
    done.holds_ended = end_due(database)
    done.advanced.cancelled += database.run(SYSTEM, cancel_due, Reason("tick"))
    plan, covering = database.run(SYSTEM, lambda tx: _begin(tx, done), Reason("tick"))
    for process, start in plan:
        _decide(database, process, start, done)
    done.advanced.add(drain(database))
    for process in covering:
        done.late_entries += database.run(SYSTEM, lambda tx, key=process: _cover(tx, key), Reason("tick"))
    if done.late_entries:
        done.advanced.add(drain(database))
    return done


def _react(database: Database) -> Reacted:
    """A reaction that met a lock is repeated."""
    for _ in range(ATTEMPTS - 1):
        try:
            return react(database)
        except psycopg.OperationalError:
            time.sleep(0.05)
    return react(database)


def _begin(tx: Tx, done: Ticked) -> tuple[list[tuple[str, str]], list[str]]:
    """Who must move moves; the date triggers to decide, and the processes that cover records."""
    keep_clock(tx)
    done.at = tx.now
    done.reassigned = tasks.move_from_inactive(tx)
    call_instead(tx)
    actives = versions.active(tx)
    plan = [
        (active.process.key, start.key)
        for active in actives
        for start in active.process.starts
        if start.on == "date" and start.key in active.triggers
    ]
    return plan, [active.process.key for active in actives if active.process.covers]


def _cover(tx: Tx, process: str) -> int:
    active = _active(tx, process)
    if active is None:
        return 0
    share(tx, list(active.triggers.values()))
    return len(check_all(tx, active))


def _decide(database: Database, process: str, start_key: str, done: Ticked) -> None:
    """All batches of one trigger."""
    while True:
        found = database.run(SYSTEM, lambda tx: _batch(tx, process, start_key), Reason("tick"))
        if found is None:
            return
        decided, advanced, late = found
        done.advanced.add(advanced)
        done.late_entries += late
        fail_point("processes.decided")
        for outcome, count in decided.counts.items():
            done.decided[outcome] = done.decided.get(outcome, 0) + count
        done.started += len(decided.started)
        if decided.total >= MANY:
            analyze(database)


def _batch(tx: Tx, process: str, start_key: str) -> tuple[Decided, Advanced, int] | None:
    active = _active(tx, process)
    start = next((one for one in active.process.starts if one.key == start_key), None) if active else None
    if active is None or start is None or start.on != "date":
        return None
    decided = decide(tx, active, start, batch=BATCH)
    if decided is None:
        return None
    advanced, late = Advanced(), 0
    if not writes_at_once(active.process):
        # nobody can be waiting for instances that this transaction makes: no need for small batches
        here = {active.version.id: {**decided.began.ready}}
        advanced = advance(tx, decided.started, swept=False, at=here)
        for node, count in decided.began.went.items():
            advanced.moved[f"{process}.{node}"] = advanced.moved.get(f"{process}.{node}", 0) + count
    if decided.counts.get("skipped") and active.process.covers:
        late = len(enter_late(tx, active, decided.skipped))
    fail_point("processes.deciding")
    return decided, advanced, late


def analyze(database: Database) -> None:
    """After a mass start the planner learns how large the tables have become; autovacuum would take a minute."""
    with database.begin(SYSTEM, Reason("tick")) as tx:
        for table in ("instance", "token", "decision"):
            tx.run(f"ANALYZE processes.{table}")


def _active(tx: Tx, process: str) -> versions.Active | None:
    return next((one for one in versions.active(tx) if one.process.key == process), None)


def _set_clock(database: Database, to: dt.datetime) -> None:
    with database.begin(SYSTEM, Reason("tick")) as tx:
        advance_clock(tx, to)

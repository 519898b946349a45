"""The tick: decide what is due and move it on, until nothing is left to do at this moment.

On a manual clock `--at T` acts like a service that was away until T; `--through T` goes from due moment to due moment.
Safe to run any number of times and by several workers at once: each does what the others do not hold.
"""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg

from perennial import changes, forms, rules, tasks
from perennial.kernel import SYSTEM, Database, Reason, Tx, advance_clock, fail_point, keep_clock
from perennial.processes import versions
from perennial.processes.advance import Advanced, advance
from perennial.processes.by_rule import call, grant
from perennial.processes.coverage import check_all, enter_late
from perennial.processes.drain import drain
from perennial.processes.ending import cancel_due
from perennial.processes.fallback import ask_instead
from perennial.processes.graph import writes_at_once
from perennial.processes.holds import end_due
from perennial.processes.react import Reacted, react
from perennial.processes.triggers import Decided, decide, loud, share
from perennial.processes.upcoming import next_moment

ATTEMPTS = 3
PASSES = 10_000  # a catch-up decides what it creates; a chain of terms is long, but not that long
MANY = 5_000  # rows after which the planner's idea of a table may be too old
# occurrences decided in one transaction: it writes only rows of its own, but reactions wait for its trigger, up to 3 s
LEAST, MOST, TARGET_SECONDS = 20_000, 100_000, 2.0


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
    ruled: int = 0  # what rules have decided, and processes that they began
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
        self.ruled += other.ruled
        self.advanced.add(other.advanced)

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat() if self.at else None, "moments": self.moments, "decided": self.decided,
            "started": self.started, "late_entries": self.late_entries, "holds_ended": self.holds_ended,
            "reactions": self.reactions, "reassigned": self.reassigned, "ruled": self.ruled,
            "moved": self.advanced.moved, "stuck": self.advanced.stuck, "cancelled": self.advanced.cancelled,
            "held": self.advanced.held, "finished": self.advanced.finished,
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
        upcoming = database.run(SYSTEM, lambda tx, to=through: _upcoming(tx, to), Reason("tick"))
        if upcoming is None:
            break
        _set_clock(database, upcoming)
        _settle(database, total, each)
    return total


def _upcoming(tx: Tx, through: dt.datetime) -> dt.datetime | None:
    """The next stop on the way to `through`; None: the clock is there."""
    last = through if through.tzinfo else through.replace(tzinfo=tx.zone)
    if tx.now >= last:
        return None
    return min(next_moment(tx, last) or last, last)


def _settle(database: Database, total: Ticked, each: Callable[[dt.datetime], object] | None) -> None:
    """This moment is done: nothing is due, nothing ready, nothing unhandled."""
    total.moments += 1
    database.run(SYSTEM, forms.take_readings, Reason("readings"))  # first: what this moment writes is of its day
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
                or done.reassigned or done.ruled or done.advanced.count or _others_react(database)):  # fmt: skip
            return total
    return total


def _others_react(database: Database) -> bool:
    """Another worker holds a reaction of this moment: wait for it, up to a second, then look again."""
    busy = "SELECT EXISTS (SELECT FROM changes.reaction WHERE parked_at IS NULL AND attempts = 0)"
    for _ in range(20):
        if not database.run(SYSTEM, lambda tx: tx.value(busy), Reason("tick")):
            return False
        time.sleep(0.05)
    return True


def _pass(database: Database) -> Ticked:
    done = Ticked()
    reacted = _react(database)
    done.reactions, done.started = reacted.count, reacted.started
    done.ruled = rules.due(database)
    done.advanced.add(reacted.advanced)
    todo = database.run(SYSTEM, _begin, Reason("tick"))
    done.at, done.reassigned = todo.at, todo.reassigned
    done.ruled += todo.granted
    done.advanced.cancelled += todo.cancelled
    if todo.holds:
        done.holds_ended = end_due(database)
        done.advanced.cancelled += database.run(SYSTEM, cancel_due, Reason("tick"))
    for process, start in todo.decide:
        _decide(database, process, start, done)
    done.advanced.add(drain(database))
    for process in todo.cover:
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


@dataclass(frozen=True, slots=True)
class _Todo:
    """What a pass finds to do: (process, start) whose occurrences are to be decided, processes whose coverage is to be
    looked at, whether holds have come to their end."""

    at: dt.datetime
    reassigned: int
    granted: int
    cancelled: int
    holds: bool
    decide: list[tuple[str, str]]
    cover: list[str]


_DUE = """
SELECT EXISTS (SELECT FROM processes.hold WHERE ended_at IS NULL AND until <= %(now)s) AS holds,
       (SELECT array_agg(t.id ORDER BY t.id) FROM processes.trigger t
         WHERE t.active AND t.kind = 'date' AND t.watermark < %(now)s) AS triggers,
       (SELECT array_agg(p.id) FROM processes.process p
         WHERE p.version_id IS NOT NULL AND (p.covered_on IS DISTINCT FROM %(today)s OR EXISTS (
               SELECT FROM processes.instance i WHERE i.process_id = p.id AND i.ended_at >= p.covered_at))) AS covering
"""


def _begin(tx: Tx) -> _Todo:
    """Who must move moves; what there is to do. Triggers with nothing due are done here, all of them at once."""
    keep_clock(tx)
    row = tx.one(_DUE)
    assert row is not None
    reassigned = tasks.move_from_inactive(tx)
    ask_instead(tx)
    begun = grant(tx)
    call(tx)
    actives = versions.active(tx)
    dated = [
        (active, start)
        for active in actives
        for start in active.process.starts
        if start.on == "date" and active.triggers.get(start.key) in (row["triggers"] or ())
    ]
    left = dated if row["holds"] else loud(tx, dated)  # the end of a hold comes before the dates
    return _Todo(
        tx.now,
        reassigned,
        len(begun),
        0 if row["holds"] else cancel_due(tx),
        row["holds"],
        [(active.process.key, start.key) for active, start in left],
        [a.process.key for a in actives if a.process.covers and a.version.process_id in (row["covering"] or ())],
    )


def _cover(tx: Tx, process: str) -> int:
    active = _active(tx, process)
    if active is None:
        return 0
    share(tx, list(active.triggers.values()))
    return len(check_all(tx, active))


def _decide(database: Database, process: str, start_key: str, done: Ticked) -> None:
    """All batches of one trigger; after the last one a look at what has come up behind them."""
    many, size, beyond = 0, LEAST, None
    while True:
        began = time.monotonic()
        batch = partial(_batch, process=process, start_key=start_key, size=size, beyond=beyond)
        found = database.run(SYSTEM, batch, Reason("tick"))
        if found is None:
            break
        decided, advanced, late = found
        beyond = decided.last
        if beyond is not None:
            size = min(MOST, max(LEAST, int(size * min(5.0, TARGET_SECONDS / (time.monotonic() - began)))))
        done.advanced.add(advanced)
        done.late_entries += late
        fail_point("processes.decided")
        for outcome, count in decided.counts.items():
            done.decided[outcome] = done.decided.get(outcome, 0) + count
        done.started += len(decided.started)
        many += decided.total
    if many >= MANY:
        database.run(SYSTEM, analyze, Reason("tick"))


def _batch(tx: Tx, process: str, start_key: str, size: int, beyond: int | None) -> tuple[Decided, Advanced, int] | None:
    active = _active(tx, process)
    start = next((one for one in active.process.starts if one.key == start_key), None) if active else None
    if active is None or start is None or start.on != "date":
        return None
    decided = decide(tx, active, start, batch=size, beyond=beyond)
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


# Of the tables that a mass start fills, those that are twice as large as the planner last saw them.
_GROWN = """
SELECT c.relname FROM pg_class c
 WHERE c.oid IN ('processes.instance'::regclass, 'processes.token'::regclass, 'processes.decision'::regclass,
                 'processes.approval'::regclass, 'processes.vote'::regclass, 'processes.sub'::regclass,
                 'tasks.task'::regclass)
   AND pg_relation_size(c.oid) > 2 * current_setting('block_size')::bigint * greatest(c.relpages, 100)
"""


def analyze(tx: Tx) -> None:
    """After a mass start the planner learns how large the tables have become; autovacuum would take a minute."""
    for row in tx.rows(_GROWN):
        tx.run(f"ANALYZE (SKIP_LOCKED) {'tasks' if row['relname'] == 'task' else 'processes'}.{row['relname']}")


def _active(tx: Tx, process: str) -> versions.Active | None:
    return next((one for one in versions.active(tx) if one.process.key == process), None)


def _set_clock(database: Database, to: dt.datetime) -> None:
    database.run(SYSTEM, lambda tx: advance_clock(tx, to), Reason("tick"))

"""The database and the transaction `Tx`: who acts, and when it is.

`with database.begin(actor) as tx:` is the only way to a `Tx`; it commits at the edge. Triggers read the actor, the
reason and the clock from transaction-local settings, so a write without an actor is refused by the database itself.
"""

import contextlib
import datetime as dt
import itertools
import json
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, LiteralString, TypeVar, cast
from zoneinfo import ZoneInfo

import psycopg
from psycopg import errors as pg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from sqlalchemy.sql.expression import ClauseElement

from perennial.kernel.errors import Busy, Missing
from perennial.kernel.notify import CHANGES, Notifier, listening
from perennial.kernel.pool import Pool
from perennial.kernel.sql import Query, render

T = TypeVar("T")
Row = dict[str, Any]
Sql = str | Query | ClauseElement

LOCK_TIMEOUT_MS = 3_000  # how long a person's act waits behind somebody else's
ATTEMPTS = 3
AWAY_SECONDS = 15.0  # how long a transaction waits for a database that restarts
_REPEATABLE = (pg.DeadlockDetected, pg.SerializationFailure, pg.LockNotAvailable)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes: a person (`id` = people.person.id) or the system on whose behalf."""

    kind: Literal["person", "system"]
    id: int | None = None
    label: str = ""

    def as_json(self) -> str:
        return json.dumps({"kind": self.kind, "id": self.id, "label": self.label}, ensure_ascii=False)


SYSTEM = Actor("system", None, "system")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a change was made: `kind` user, import, process, task, tick, publish, undo, sync …; facts name the cause."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_json(self) -> str:
        return json.dumps({"kind": self.kind, **self.facts}, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Who acts, found while the transaction begins: a SELECT of one row with `kind`, `id`, `label` and anything more.

    It may name the moment, `c.at`. Its row is `tx.entered`; no row raises Missing("kernel.nobody").
    """

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])


_ACTOR = "SELECT %(actor_kind)s::text AS kind, %(actor_id)s::bigint AS id, %(actor_label)s::text AS label"

# one round trip: parameters are bound by the client, so that two statements travel together
_BEGIN = """
BEGIN;
SELECT w.zone AS _zone, w.catalog_version AS _catalog_version, c.at AS _now, who.*,
       set_config('perennial.actor', json_build_object('kind', who.kind, 'id', who.id, 'label', who.label)::text, true),
       set_config('perennial.actor_id', coalesce(who.id::text, ''), true),
       set_config('perennial.reason', %(reason)s, true),
       set_config('perennial.tx', '', true), set_config('perennial.now', c.at::text, true),
       set_config('perennial.today', (c.at AT TIME ZONE w.zone)::date::text, true),
       set_config('lock_timeout', %(lock_timeout)s, true)
  FROM kernel.workspace w, LATERAL (SELECT CASE w.clock_kind WHEN 'manual' THEN w.clock_at
                                           ELSE greatest(now(), w.clock_at) END AS at) c,
       LATERAL ({who}) who
"""


class Tx:
    """One transaction of one actor at one moment."""

    def __init__(self, connection: "psycopg.Connection[Row]", entered: Row) -> None:
        self.connection = connection
        self.entered = entered
        """The row that began the transaction, with whatever a `Lookup` selected."""
        self.actor = Actor(entered["kind"], entered["id"], entered["label"] or "")
        self.catalog_version: int = entered["_catalog_version"]
        """Of the definitions at the start of the transaction; what depends on them is cached by it."""
        self.zone = ZoneInfo(entered["_zone"])
        self.now: dt.datetime = entered["_now"].astimezone(self.zone)
        self.today = self.now.date()
        self.memo: dict[Any, Any] = {}
        """What rooms remember for the length of the transaction."""
        self._after_commit: list[Callable[[], None]] = []

    def _execute(self, sql: Sql, params: Mapping[str, Any] | None) -> "psycopg.Cursor[Row]":
        if isinstance(sql, ClauseElement):
            sql = render(sql)
        known: Mapping[str, Any] = sql.params if isinstance(sql, Query) else {}
        text = sql.text if isinstance(sql, Query) else sql
        values = {"today": self.today, "now": self.now, "me": self.actor.id, **known, **(params or {})}
        return self.connection.execute(cast(LiteralString, text), values)

    def rows(self, sql: Sql, params: Mapping[str, Any] | None = None) -> list[Row]:
        """All rows, each a dict by column name."""
        return self._execute(sql, params).fetchall()

    def one(self, sql: Sql, params: Mapping[str, Any] | None = None) -> Row | None:
        """The first row, or None."""
        return self._execute(sql, params).fetchone()

    def value(self, sql: Sql, params: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        row = self._execute(sql, params).fetchone()
        return None if row is None else next(iter(row.values()))

    def run(self, sql: Sql, params: Mapping[str, Any] | None = None) -> int:
        """Execute; return how many rows were touched."""
        return self._execute(sql, params).rowcount

    @contextlib.contextmanager
    def because(self, reason: Reason) -> Generator[None]:
        """What is written inside carries `reason`, as a change-log transaction of its own."""
        before = self.one(
            "SELECT current_setting('perennial.reason', true) AS reason, current_setting('perennial.tx', true) AS tx"
        )
        assert before is not None
        set_both = "SELECT set_config('perennial.reason', %(reason)s, true), set_config('perennial.tx', %(tx)s, true)"
        self.run(set_both, {"reason": reason.as_json(), "tx": ""})
        try:
            yield
        finally:
            # a failed transaction takes no statement; rolling back, to a savepoint or wholly, restores both as well
            if self.connection.info.transaction_status == TransactionStatus.INTRANS:
                self.run(set_both, {"reason": before["reason"] or "", "tx": before["tx"] or ""})

    @contextlib.contextmanager
    def savepoint(self) -> Generator[None]:
        """Roll back only what is inside when it raises."""
        with self.connection.transaction():
            yield

    def lock(self, name: str) -> None:
        """Nobody else is past this line with the same name until we are done. Waits at most the lock timeout."""
        self.run("SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": name})

    def try_lock(self, name: str) -> bool:
        """As `lock`, but False at once when somebody holds it."""
        return bool(self.value("SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": name}))

    def after_commit(self, act: Callable[[], None]) -> None:
        """Run `act` once the transaction has committed, never when it rolls back."""
        self._after_commit.append(act)


class Database:
    """A pool of connections to one workspace's database."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        self.url = url
        self._pool = Pool(url, size)
        self._notifier = Notifier(url)

    @contextlib.contextmanager
    def begin(
        self, who: Actor | Lookup, reason: Reason | None = None, *, lock_timeout_ms: int = LOCK_TIMEOUT_MS
    ) -> Generator[Tx]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        by_hand = isinstance(who, Lookup) or who.kind == "person"
        values: dict[str, Any] = {
            "reason": (reason or Reason("user" if by_hand else "system")).as_json(),
            "lock_timeout": str(lock_timeout_ms),
        }
        if isinstance(who, Lookup):
            sql, values = who.sql, {**who.params, **values}
        else:
            sql, values = _ACTOR, {**values, "actor_kind": who.kind, "actor_id": who.id, "actor_label": who.label}
        with contextlib.ExitStack() as stack:
            tx = Tx(*self._first(stack, _BEGIN.replace("{who}", sql), values))
            yield tx
        for act in tx._after_commit:
            act()

    def _first(
        self, stack: contextlib.ExitStack, sql: str, values: dict[str, Any]
    ) -> "tuple[psycopg.Connection[Row], Row]":
        """A connection with the transaction begun; one lost while idle is replaced, nothing has run on it yet."""
        until = time.monotonic() + AWAY_SECONDS
        for attempts in itertools.count(1):
            attempt, pool = contextlib.ExitStack(), self._pool.current
            try:
                connection = attempt.enter_context(pool.connection(timeout=AWAY_SECONDS))
                attempt.enter_context(_explicit(connection))
                cursor = psycopg.ClientCursor(connection, row_factory=dict_row)
                cursor.execute(cast(LiteralString, sql), values)
                cursor.nextset()
                row = cursor.fetchone()
                if row is None:
                    raise Missing("kernel.nobody")
            except psycopg.OperationalError as error:
                attempt.__exit__(type(error), error, None)
                if time.monotonic() > until:
                    raise Busy("kernel.database_away") from error
                self._pool.recover(pool, until, again=attempts > 1)
            except BaseException as error:
                attempt.__exit__(type(error), error, None)
                raise
            else:
                stack.push(attempt)
                return connection, row
        raise AssertionError("unreachable")

    def run(self, who: Actor | Lookup, act: Callable[[Tx], T], reason: Reason | None = None) -> T:
        """`act` in a transaction, repeated as a whole on deadlock, serialisation failure and lock timeout."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.begin(who, reason) as tx:
                    return act(tx)
            except _REPEATABLE as error:
                if attempt == ATTEMPTS:
                    raise Busy("kernel.busy") from error
                time.sleep(0.05 * attempt)
        raise AssertionError("unreachable")

    @contextlib.contextmanager
    def connection(self) -> Generator["psycopg.Connection[Row]"]:
        """A bare connection, for what stands outside any actor (COPY to a scratch database, probes)."""
        with self._pool.current.connection() as connection:
            yield connection

    def notify_soon(self, channel: str = CHANGES) -> None:
        """Listeners of `channel` wake within some milliseconds; many calls become one NOTIFY. Never blocks."""
        self._notifier.wake(channel)

    def listening(self, *channels: str) -> contextlib.AbstractContextManager[Callable[[float], bool]]:
        """`with database.listening() as wait: wait(2.0)`: True when notified, False after so many seconds."""
        return listening(self.url, channels or (CHANGES,))

    def close(self) -> None:
        self._notifier.close()
        self._pool.close()


@contextlib.contextmanager
def _explicit(connection: "psycopg.Connection[Any]") -> Generator[None]:
    """Our own BEGIN, so that it travels with the first statement; committed or rolled back when the block ends."""
    connection.autocommit = True
    try:
        yield
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise
    else:
        connection.commit()
    finally:
        if not connection.closed:
            connection.autocommit = False

"""The transaction of a trial: the same one, at a moment that can be moved, in the name of whoever acts, for so long."""

import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy.sql.expression import ClauseElement

from perennial import people
from perennial.kernel import SYSTEM, Actor, Query, Row, Tx

SLACK = 0.1  # seconds by which the server's limit may exceed what is left


class Slow(Exception):
    """The time is over."""


class Walking(Tx):
    """What a trial runs in. Clock, name and limit are those of before once it is rolled back; what shall happen after a
    commit never does."""

    def __init__(self, tx: Tx, seconds: float) -> None:
        super().__init__(tx.connection, tx.entered)
        people.forget_standing(self)
        self._until = time.monotonic() + seconds
        self._limit = 0.0

    def _execute(self, sql: str | Query | ClauseElement, params: Mapping[str, Any] | None) -> "psycopg.Cursor[Row]":
        left = self._until - time.monotonic()
        if left <= 0:
            raise Slow
        if not left <= self._limit <= left + SLACK:
            self.connection.execute(b"SET LOCAL statement_timeout = %d" % max(1, int(left * 1000)))
            self._limit = left
        return super()._execute(sql, params)

    def go_to(self, moment: dt.datetime) -> None:
        self.now = moment.astimezone(self.zone)
        self.today = self.now.date()
        self.run(
            "SELECT set_config('perennial.now', %(now)s::timestamptz::text, true),"
            " set_config('perennial.today', %(today)s::date::text, true), set_config('perennial.tx', '', true)"
        )

    def act_as(self, who: people.Person | Actor | None) -> None:
        """What is written from now on is written by them; None: by the system."""
        self.actor = who if isinstance(who, Actor) else Actor("person", who.id, who.name) if who else SYSTEM
        people.forget_standing(self)
        self.run(
            "SELECT set_config('perennial.actor', %(actor)s, true), set_config('perennial.actor_id', %(id)s, true),"
            " set_config('perennial.tx', '', true)",
            {"actor": self.actor.as_json(), "id": "" if self.actor.id is None else str(self.actor.id)},
        )

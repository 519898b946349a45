"""Connections to the database, and what happens when they are lost.

The pool of psycopg tries again after 1, 2, 4 seconds; a person would notice. So a lost connection is answered by asking
whether the database is there, waiting until it is, and then starting with a new pool.
"""

import threading
import time

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from perennial.kernel.errors import Busy

Connections = ConnectionPool["psycopg.Connection[DictRow]"]
_PROBE_SECONDS = 0.1


class Pool:
    """The current pool of a URL. Take `current` once per attempt, and give it to `recover` when that failed."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._replacing = threading.Lock()
        self.current = self._new()

    def _new(self) -> Connections:
        return ConnectionPool(
            self._url,
            min_size=1,
            max_size=self._size,
            open=True,
            # a prepared statement fails for ever on its connection after ALTER TABLE
            kwargs={"row_factory": dict_row, "prepare_threshold": None},
            connection_class=psycopg.Connection[DictRow],
        )

    def recover(self, failed: Connections, until: float, *, again: bool) -> None:
        """The database answers; its idle connections were tested, or replaced when it had been away.

        until   a monotonic moment; after it Busy("kernel.database_away")
        again   testing them was not enough
        """
        away = False
        while not self._answers():
            away = True
            if time.monotonic() > until:
                raise Busy("kernel.database_away")
            time.sleep(_PROBE_SECONDS)
        if not away and not again:
            failed.check()
            return
        with self._replacing:
            if self.current is failed:
                self.current = self._new()
                failed.close(timeout=1)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url, connect_timeout=2).close()
            return True
        except psycopg.OperationalError:
            return False

    def close(self) -> None:
        self.current.close()

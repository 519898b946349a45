"""Waking listeners after commits: one debounced sender per process.

A NOTIFY inside every commit takes a global lock and costs two thirds of the commits at 24 clients; so writers only set
a flag, and a thread sends one NOTIFY for all of them. A lost one costs the listener's poll interval, nothing more.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Sequence

import psycopg
from psycopg import sql

CHANGES = "perennial_changes"
PAUSE_SECONDS = 0.03
_IDLE_SECONDS = 60.0  # then the connection is given up


class Notifier:
    """Sends; its thread and its connection start with the first call."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pending: set[str] = set()
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def wake(self, channel: str) -> None:
        with self._condition:
            self._pending.add(channel)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._loop, name="notify", daemon=True)
                self._thread.start()
            self._condition.notify()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        connection: psycopg.Connection[tuple[object, ...]] | None = None
        try:
            while True:
                with self._condition:
                    self._condition.wait_for(lambda: self._pending or self._closed, timeout=_IDLE_SECONDS)
                    channels, self._pending = self._pending, set()
                    if self._closed:
                        return
                    if not channels:
                        self._thread = None
                        return
                try:
                    if connection is None or connection.closed:
                        connection = psycopg.connect(self._url, autocommit=True)
                    for channel in channels:
                        connection.execute("SELECT pg_notify(%s, '')", [channel])
                except psycopg.OperationalError:
                    # the listeners' poll is the backstop
                    connection = None
                time.sleep(PAUSE_SECONDS)
        finally:
            if connection is not None:
                connection.close()


@contextlib.contextmanager
def listening(url: str, channels: Sequence[str]) -> Generator[Callable[[float], bool]]:
    """A connection of its own that hears the channels. Raises psycopg.OperationalError when it is lost."""
    with psycopg.connect(url, autocommit=True) as connection:
        for channel in channels:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

        def wait(seconds: float) -> bool:
            return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))

        yield wait

"""The worker's threads. One that fails is logged and goes on with its next turn; it never takes the others along."""

import threading
import time
from collections.abc import Callable

import psycopg

from perennial import changes, connect, processes
from perennial.jobs.pace import Pace
from perennial.jobs.queue import run_queue
from perennial.kernel import SYSTEM, Busy, Database, log, settings, workspace

MOST_PAUSE_S = 60.0
LET_GO_S = 2.0


def run_worker(database: Database, stop: threading.Event, pace: Pace | None = None) -> None:
    """Work until `stop` is set; return when every thread has ended."""
    pace = pace or Pace()
    head = settings().home / changes.HEAD_FILE
    head.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    woken = threading.Event()
    threads = [
        threading.Thread(target=target, args=args, name=name, daemon=True)
        for name, target, args in (
            ("reactor", _repeat, (stop, pace.react_s, lambda: processes.react(database), woken)),
            ("listener", _listen, (database, stop, woken)),
            ("tick", _repeat, (stop, pace.tick_s, lambda: tick(database), None)),
            ("sealer", _repeat, (stop, pace.seal_s, lambda: changes.seal(database, head), None)),
            ("mirror", _repeat, (stop, pace.mirror_s, lambda: connect.work(database, stopped=stop.is_set), None)),
            ("events", _repeat, (stop, pace.event_s, lambda: connect.follow(database, stop.is_set), None)),
            ("cards", _repeat, (stop, pace.mirror_s, lambda: connect.show_cards(database, stop.is_set), None)),
            ("stream", connect.listen, (database, stop)),
            ("queue", run_queue, (database, stop, pace)),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:  # an exchange that nobody answers is not waited for: what it began is committed as begun
        thread.join(LET_GO_S if thread.name in ("mirror", "cards") else None)


def tick(database: Database) -> None:
    """Decide and do what is due. A manual clock is moved by whoever set it, and ticks with that."""
    with database.begin(SYSTEM) as tx:
        if workspace(tx).manual:
            return
    processes.tick(database)


def _repeat(stop: threading.Event, every_s: float, act: Callable[[], object], woken: threading.Event | None) -> None:
    failures = 0
    while not stop.is_set():
        try:
            act()
            failures = 0
        except (psycopg.OperationalError, Busy) as error:  # somebody's lock, a restart: rolled back, and soon again
            failures += 1
            log.warning(
                "worker turn repeats", thread=threading.current_thread().name, failures=failures, why=str(error)
            )
        except Exception:
            failures += 1
            log.exception("worker turn failed", thread=threading.current_thread().name, failures=failures)
        _sleep(stop, min(0.5 * 2**failures, MOST_PAUSE_S) if failures else every_s, woken)


def _sleep(stop: threading.Event, seconds: float, woken: threading.Event | None) -> None:
    """Until the time is over, somebody wakes us, or the worker stops."""
    if woken is None:
        stop.wait(seconds)
        return
    deadline = time.monotonic() + seconds
    while not stop.is_set() and time.monotonic() < deadline:
        if woken.wait(0.25):
            woken.clear()
            return


def _listen(database: Database, stop: threading.Event, woken: threading.Event) -> None:
    """Wake the reactor when some process has committed changes; a lost connection only costs the 2 s poll."""
    while not stop.is_set():
        try:
            with database.listening() as wait:
                while not stop.is_set():
                    if wait(0.5):
                        woken.set()
        except psycopg.Error as error:
            log.warning("listener reconnects", error=str(error))
            stop.wait(5)

"""The worker's threads. One that fails is logged and goes on with its next turn; it never takes the others along."""

import threading
import time
from collections.abc import Callable

import psycopg

from perennial import changes, processes
from perennial.jobs.queue import run_queue
from perennial.kernel import Database, log

TICK_S = 60.0
REACT_S = 2.0
SEAL_S = 1.0


def run_worker(database: Database, stop: threading.Event) -> None:
    """Work until `stop` is set; return when every thread has ended."""
    woken = threading.Event()
    threads = [
        threading.Thread(target=target, args=args, name=name, daemon=True)
        for name, target, args in (
            ("reactor", _repeat, (stop, REACT_S, lambda: processes.react(database), woken)),
            ("listener", _listen, (database, stop, woken)),
            ("tick", _repeat, (stop, TICK_S, lambda: processes.tick(database), None)),
            ("sealer", _repeat, (stop, SEAL_S, lambda: changes.seal(database), None)),
            ("queue", run_queue, (database, stop)),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _repeat(stop: threading.Event, every_s: float, act: Callable[[], object], woken: threading.Event | None) -> None:
    failures = 0
    while not stop.is_set():
        try:
            act()
            failures = 0
        except Exception:
            failures += 1
            log.exception("worker turn failed", thread=threading.current_thread().name, failures=failures)
        pause = min(every_s * 2**failures, 60.0) if failures else every_s
        _sleep(stop, pause, woken)


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

"""A program that works and is killed.

It reads orders from standard input, a line of JSON each, forks, and works one off in the child: `pid` is printed when
it begins, its exit code when it is over.

An order is a day: imports that are waiting, what people write that day, the clock at 09:00 and 18:00, mail. All of it
may be ordered again after a kill: it does what is left.
"""

import datetime as dt
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perennial import access, jobs, processes, records
from perennial.jobs import queue
from perennial.kernel import SYSTEM, Actor, Database, Tx
from perennial.records import imports

PACE = jobs.Pace(react_s=0.2, tick_s=60, seal_s=0.1, rescue_s=0.2, heartbeat_s=0.4, stalled_s=2)
PATIENCE_S = 90


def until(condition: Callable[[], object]) -> None:
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE_S:
            raise TimeoutError("not in time")
        time.sleep(0.03)


def work(order: dict[str, Any]) -> None:
    """The day is over when this returns."""
    os.environ["PERENNIAL_SMTP_URL"] = order["smtp"]
    os.environ["PERENNIAL_HOME"] = order["home"]
    if order.get("fail_point"):
        os.environ["PERENNIAL_FAIL_POINT"] = order["fail_point"]
    database = Database(order["url"], size=14)
    stop = threading.Event()
    thread = threading.Thread(target=jobs.run_worker, args=(database, stop, PACE), daemon=True)
    thread.start()
    until(lambda: idle(database))
    for one in order["writes"]:
        write(database, order, one)
    database.notify_soon()
    until(lambda: idle(database))
    for moment in map(dt.datetime.fromisoformat, order["moments"]):
        if now(database) > moment:
            continue  # that one was over when the program was killed
        processes.tick(database, at=moment)
        until(lambda: idle(database))
        until(lambda: delivered(database))
    stop.set()
    thread.join(15)
    database.close()


def now(database: Database) -> dt.datetime:
    with database.begin(SYSTEM) as tx:
        return tx.now


def write(database: Database, order: dict[str, Any], one: dict[str, Any]) -> None:
    """A person saves, unless it was saved before the kill; what the database acknowledged is noted outside it."""
    with database.begin(Actor("person", order["person"], "somebody")) as tx:
        row = found(tx, one["number"])
        if one["do"] == "create" and row is None:
            records.create(tx, "contract", one["values"] | {"number": one["number"]})
        elif one["do"] == "renew" and row is not None and row["status"] != "renewed":
            records.update(tx, "contract", row["id"], row["version"], {"status": "renewed"})
    with Path(order["acknowledged"]).open("a", encoding="utf-8") as file:
        file.write(f"{one['do']} {one['number']}\n")


def found(tx: Tx, number: str) -> dict[str, Any] | None:
    rows = access.readable(tx, "contract", actor=SYSTEM)
    table = rows.source.table
    return tx.one(table.select().where(table.c["number"] == number))


def idle(database: Database) -> bool:
    """No import is waiting, no change without its reaction."""
    with database.begin(SYSTEM) as tx:
        left = tx.value("SELECT count(*) FROM changes.reaction WHERE parked_at IS NULL")
        return not left and not imports.unfinished(tx)


def delivered(database: Database) -> bool:
    queue.deliver(database)
    with database.begin(SYSTEM) as tx:
        left = tx.value(
            "SELECT count(*) FROM messages.outbox WHERE state = 'sending' OR state = 'queued' AND try_at <= %(now)s"
            " OR state = 'uncertain' AND repeats = 0 AND withdrawn IS NULL"
        )
    return not left


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is logged stands on standard error
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 0
            try:
                work(json.loads(line))
            except BaseException:
                traceback.print_exc()
                code = 1
            os._exit(code)
        print(pid, file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""100,000 contracts reach T-90: decided, an instance each, four lines, an open task for the owner; against hand-written
INSERT..SELECT of the same rows into tables with the same indexes.

Ours is one tick: occurrences found, conditions read, the ledger written, tokens moved by the compiled statements. Rows
written by our side are counted table by table and the raw side writes as many of each.

Besides: what a tick costs when nothing is due while all of them wait, and (up to 100,000) three workers that share the
tick of T-60. From a million rows on, 10,000 and 100,000 are measured before: what one instance costs must not grow.
"""

import datetime as dt
import json
import subprocess
import sys
from typing import Any

import psycopg

from perennial import processes
from perennial.bench.scratch import PEOPLE, Scratch, timed
from perennial.kernel import SYSTEM, Reason, advance_clock, start_manual_clock

DAYS_AHEAD = 30  # after the publication, so that nothing of it is backlog
SMALLER = (10_000, 100_000)
WORKERS = 3
TABLES = ("processes.decision", "processes.instance", "processes.step", "processes.token", "tasks.task")


def smaller(rows: int) -> tuple[int, ...]:
    """The numbers of rows to measure before."""
    return SMALLER if rows >= 10 * max(SMALLER) else ()


def run(place: Scratch, rows: int) -> dict[str, Any]:
    raw = place.raw("process.sql")
    with place.database.begin(SYSTEM) as tx:
        day = tx.today + dt.timedelta(days=DAYS_AHEAD)
        start_manual_clock(tx, "test", dt.datetime.combine(day - dt.timedelta(days=1), dt.time(12), tx.zone))
    processes.tick(place.database)
    place.say(f"filling {rows} contracts")
    with place.database.begin(SYSTEM, Reason("setup")) as tx:
        tx.run(raw["persons"], {"people": PEOPLE})
        tx.run(raw["customers"], {"customers": max(1, rows // 10)})
        tx.run(
            raw["contracts"],
            {"rows": rows, "customers": max(1, rows // 10), "people": PEOPLE, "end": day + dt.timedelta(days=90)},
        )
    processes.tick(place.database)
    before = _counts(place)
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute(raw["tables"].encode())
    moment = dt.datetime.combine(day, dt.time(9, 1), dt.timezone(dt.timedelta(hours=8)))
    told: dict[str, Any] = {}
    ours = timed(lambda: told.update(processes.tick(place.database, at=moment).as_json()))
    written = {name: count - before[name] for name, count in _counts(place).items()}
    place.say(f"rows written: {written}")
    assert written["processes.instance"] == written["tasks.task"] == rows, written
    per = {name: count // rows for name, count in written.items()}
    values = {"end": day + dt.timedelta(days=90), "now": moment, "decisions": per["processes.decision"],
              "tokens": per["processes.token"], "steps": per["processes.step"]}  # fmt: skip
    seconds: list[float] = []
    for _ in range(3):
        with psycopg.connect(place.url) as connection:
            connection.execute(raw["empty"].encode())
            connection.commit()
            seconds.append(timed(lambda connection=connection: _write(connection, raw, values)))
    for name in TABLES:
        copied = place.sql(f"SELECT count(*) FROM bench.{name.partition('.')[2]}")[0][0]
        assert copied == written[name], (name, copied)
    for name in ("decision", "instance", "step", "token", "task"):
        place.say(raw[name])
    idle = min(timed(lambda: processes.tick(place.database)) for _ in range(3))
    return {
        "ours_s": ours, "raw_s": min(seconds), "ratio": ours / min(seconds), "instances_per_s": round(rows / ours),
        "us_per_instance": ours / rows * 1e6, "raw_us_per_instance": min(seconds) / rows * 1e6,
        "idle_s": idle, "idle_share": idle / ours, "workers": _shared(place, rows, day) if rows <= max(SMALLER) else [],
        "rows_written": sum(written.values()), "moved": told["moved"],
    }  # fmt: skip


def _shared(place: Scratch, rows: int, day: dt.date) -> list[int]:
    """Thirty days on the intent mail of each is due: three programs tick at once; how many waits each let pass. Every
    wait passed once, with one decision and one message."""
    with place.database.begin(SYSTEM) as tx:
        advance_clock(tx, dt.datetime.combine(day + dt.timedelta(days=30), dt.time(9, 1), tx.zone))
    program = [sys.executable, "-c", _WORKER, place.url]
    workers = [subprocess.Popen(program, stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)]
    passed = [int(json.loads(worker.communicate()[0])) for worker in workers]
    counted = place.sql(_PASSED)[0]
    assert sum(passed) == rows and set(counted) == {rows}, (passed, counted)
    return passed


_PASSED = """
SELECT (SELECT count(*) FROM processes.decision d JOIN processes.node n ON n.id = d.node_id WHERE n.key = 'wait_t60'),
       (SELECT count(*) FROM processes.step s JOIN processes.node n ON n.id = s.node_id WHERE n.key = 'wait_t60'),
       (SELECT count(DISTINCT instance_id) FROM messages.outbox), (SELECT count(*) FROM messages.outbox)
"""
_WORKER = """
import json, sys
from perennial import processes
from perennial.kernel import Database
database = Database(sys.argv[1])
print(json.dumps(processes.tick(database).advanced.moved.get("renewal.wait_t60", 0)))
database.close()
"""


def _write(connection: "psycopg.Connection[Any]", raw: dict[str, str], values: dict[str, Any]) -> None:
    for name in ("decision", "instance", "step", "token", "analyze", "task"):
        connection.execute(raw[name].encode(), values)
    connection.commit()


def _counts(place: Scratch) -> dict[str, int]:
    return {name: int(place.sql(f"SELECT count(*) FROM {name}")[0][0]) for name in TABLES}

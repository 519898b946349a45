"""100,000 contracts reach T-90: decided, an instance each, four lines, an open task for the owner; against hand-written
INSERT..SELECT of the same rows into tables with the same indexes.

Ours is one tick: occurrences found, conditions read, the ledger written, tokens moved by the compiled statements. Rows
written by our side are counted table by table and the raw side writes as many of each.
"""

import datetime as dt
from typing import Any

import psycopg

from perennial import processes
from perennial.bench.scratch import PEOPLE, Scratch, timed
from perennial.kernel import SYSTEM, Reason, start_manual_clock

DAYS_AHEAD = 30  # after the publication, so that nothing of it is backlog
TABLES = ("processes.decision", "processes.instance", "processes.step", "processes.token", "tasks.task")


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
    return {
        "ours_s": ours, "raw_s": min(seconds), "ratio": ours / min(seconds), "instances_per_s": round(rows / ours),
        "rows_written": sum(written.values()), "moved": told["moved"],
    }  # fmt: skip


def _write(connection: "psycopg.Connection[Any]", raw: dict[str, str], values: dict[str, Any]) -> None:
    for name in ("decision", "instance", "step", "token", "task"):
        connection.execute(raw[name].encode(), values)
    connection.commit()


def _counts(place: Scratch) -> dict[str, int]:
    return {name: int(place.sql(f"SELECT count(*) FROM {name}")[0][0]) for name in TABLES}

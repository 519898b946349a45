"""Twenty rules look at every contract at their moment, against the same conditions written by hand: who matches, a
firing and an alert for each, into tables with the same indexes.

Besides: what a save costs with two hundred rules over changes beside one with none, and how soon after a single save
those that it concerns have reacted: `reacted_s` when all two hundred fire, `heard_s` when none does.
"""

import datetime as dt
import statistics
from typing import Any

import psycopg

from perennial import processes, records, rules
from perennial.bench.scratch import PEOPLE, Scratch, timed
from perennial.kernel import SYSTEM, Reason, start_manual_clock

RULES, WATCHING, SAVES, ROUNDS = 20, 200, 20, 4
TABLES = ("rules.firing", "rules.matching", "rules.alert")


def run(place: Scratch, rows: int) -> dict[str, Any]:
    raw = place.raw("rules.sql")
    with place.database.begin(SYSTEM) as tx:
        day = tx.today + dt.timedelta(days=1)
        start_manual_clock(tx, "test", dt.datetime.combine(tx.today, dt.time(12), tx.zone))
        rules.remove(tx, [rule.key for rule in rules.current(tx)])  # the shipped ones
    place.say(f"filling {rows} contracts")
    with place.database.begin(SYSTEM, Reason("setup")) as tx:
        tx.run(raw["persons"], {"people": PEOPLE})
        tx.run(raw["customers"], {"customers": max(1, rows // 10)})
        tx.run(raw["contracts"], {"rows": rows, "customers": max(1, rows // 10), "people": PEOPLE})
    place.sql("DELETE FROM changes.reaction")
    part = rows // 50
    with place.database.begin(SYSTEM, Reason("publish")) as tx:
        for at in range(RULES):
            rules.publish(tx, rules.load({
                "rule": f"r{at}", "label": f"r{at}", "form": "contract", "when": {"kind": "daily", "at": "09:00"},
                "condition": f'AND(status = "pending", amount > {at * part}, amount <= {(at + 1) * part})',
            }))  # fmt: skip
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute(raw["tables"].encode())
    moment = dt.datetime.combine(day, dt.time(9), dt.timezone(dt.timedelta(hours=8)))
    place.sql("UPDATE kernel.workspace SET clock_at = %s", [moment])
    ours = timed(lambda: rules.due(place.database))
    written = {name: place.sql(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES}
    place.say(f"rows written: {written}")
    seconds: list[float] = []
    for _ in range(3):
        with psycopg.connect(place.url) as connection:
            connection.execute(raw["empty"].encode())
            connection.commit()
            seconds.append(timed(lambda connection=connection: _by_hand(connection, raw, part, moment)))
    for name in TABLES:
        copied = place.sql(f"SELECT count(*) FROM bench.{name.partition('.')[2]}")[0][0]
        assert copied == written[name] == RULES * part, (name, copied, written[name])
    for name in ("matching", "firing", "alert"):
        place.say(raw[name])
    return {"ours_s": ours, "raw_s": min(seconds), "ratio": ours / min(seconds), **_saves(place, rows)}


def _by_hand(connection: psycopg.Connection[Any], raw: dict[str, str], part: int, now: dt.datetime) -> None:
    for at in range(RULES):
        given = {"rule": at, "from": at * part, "to": (at + 1) * part, "now": now}
        for name in ("matching", "firing", "alert"):
            connection.execute(raw[name].encode(), given)
    connection.commit()


def _saves(place: Scratch, rows: int) -> dict[str, Any]:
    """The median save without and with rules over changes; the time until they have reacted to one."""
    with place.database.begin(SYSTEM) as tx:
        rules.remove(tx, [f"r{at}" for at in range(RULES)])
    processes.react(place.database)
    with place.database.begin(SYSTEM, Reason("publish")) as tx:
        for at in range(WATCHING):
            rules.publish(tx, rules.load({
                "rule": f"w{at}", "label": f"w{at}", "form": "contract", "when": {"kind": "changed"},
                "condition": f"AND(amount > {10**9 + at}, NOT(ISBLANK(end_date)))",
            }))  # fmt: skip
    none: list[float] = []
    many: list[float] = []
    for at in range(ROUNDS):  # in turn, so that both have the same of whatever else the machine does
        for side, off in ((none, "now()"), (many, "NULL")):
            place.sql(f"UPDATE rules.rule SET paused_at = {off}")
            side += _taken(place, rows, at * SAVES, off)
            processes.react(place.database)
    _save(place, 2, {"amount": "3000000000"})
    processes.react(place.database)  # a running worker knows its rules
    place.sql("DELETE FROM rules.alert; DELETE FROM rules.firing WHERE occasion LIKE 'change:%'")
    _save(place, 1, {"amount": "3000000000"})
    reacted = timed(lambda: processes.react(place.database))
    _save(place, 1, {"amount": "3000000001"})
    heard = timed(lambda: processes.react(place.database))
    fired = place.sql("SELECT count(*) FROM rules.firing WHERE occasion LIKE 'change:%'")[0][0]
    assert fired == WATCHING, fired
    return {
        "save_s": statistics.median(none), "save_with_rules_s": statistics.median(many),
        "save_ratio": statistics.median(many) / statistics.median(none), "reacted_s": reacted,
        "heard_s": heard,
    }  # fmt: skip


def _taken(place: Scratch, rows: int, first: int, note: str) -> list[float]:
    ids = [3 + (first + at) % (rows - 3) for at in range(SAVES)]
    return [timed(lambda id_=id_: _save(place, id_, {"note": note})) for id_ in ids]


def _save(place: Scratch, id_: int, values: dict[str, Any]) -> None:
    with place.database.begin(SYSTEM, Reason("user")) as tx:
        version = tx.value("SELECT version FROM data_read.contract WHERE id = %(id)s", {"id": id_})
        records.update(tx, "contract", id_, version, values)

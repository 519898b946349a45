"""One box over all forms, for a director who reads every row, against a plain ILIKE scan over the texts of two of them.

Both sides find the same records; the scan cannot know pinyin, so that one is compared with the scan for the name's own
characters. `ratio` is our mean time to the scan's; `most_ms` is our slowest search, `scoped_ms` the slowest of a
salesperson, who reads a fortieth of the rows; `common_ms` looks for a word that every customer's name holds.
"""

import json
from typing import Any

import psycopg

from perennial import people, records
from perennial.bench.scratch import Scratch, best_of, populate, timed
from perennial.kernel import SYSTEM, Actor

DIRECTOR, SALESPERSON = 9, 8
WARM = 20  # twice on each connection of the pool
# what is typed -> what the scan looks for
SEARCHES = {"b-{n}": "%b-{n}%", "屿岸": "%屿岸%", "xmya": "%厦门屿岸%", "05927774321": "%0592-777 4321%",
            "客户{c}号": "%客户{c}号%", "没有": "%没有%"}  # fmt: skip


def run(place: Scratch, rows: int) -> dict[str, Any]:
    populate(place, rows)
    raw = place.raw("search.sql")
    with place.database.begin(SYSTEM) as tx:
        people.assign(tx, DIRECTOR, ["director"])
        ids = tx.rows("SELECT id FROM data.customer WHERE sales = %(me)s ORDER BY id LIMIT 2", {"me": SALESPERSON})
        for name in ("marked", "second"):
            tx.run(raw[name], {"id": ids[name == "second"]["id"]})
        number = tx.value("SELECT max(substr(number, 3)::bigint) FROM data.contract")
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    place.say(raw["scan"])
    place.explain(raw["scan"], {"like": f"%{number}%"})
    times: dict[str, dict[str, float]] = {}
    with psycopg.connect(place.url) as connection:
        for text, like in SEARCHES.items():
            typed, pattern = (one.format(n=number, c=ids[1]["id"]) for one in (text, like))
            scanned: list[Any] = []
            found: list[tuple[str, int]] = []

            def scan(pattern: str = pattern, scanned: list[Any] = scanned) -> None:
                scanned[:] = connection.execute(raw["scan"].encode(), {"like": pattern}).fetchall()

            def ours(typed: str = typed) -> list[tuple[str, int]]:
                return _find(place, DIRECTOR, typed)

            for _ in range(WARM):  # compiled once and planned once on each connection, as for all but the first readers
                found = ours()
            taken = best_of({"ours": lambda ours=ours: timed(ours), "scan": lambda scan=scan: timed(scan)}, rounds=5)
            times[typed] = {side: min(seconds) for side, seconds in taken.items()}
            assert found[: len(scanned)] == scanned, typed
            assert bool(scanned) == (typed != "没有") == bool(found), typed
            place.say(f"{typed}: ours {times[typed]['ours'] * 1000:.1f} ms, scan {times[typed]['scan'] * 1000:.0f} ms")
    alone = {(who, typed): best_of({"ours": lambda who=who, typed=typed: timed(lambda: _find(place, who, typed))}, WARM)
             for who, typed in [(DIRECTOR, "客户"), *((SALESPERSON, typed) for typed in times)]}  # fmt: skip
    slowest = {key: min(taken["ours"]) for key, taken in alone.items()}
    mean = {side: sum(one[side] for one in times.values()) / len(times) for side in ("ours", "scan")}
    return {
        "ours_s": mean["ours"], "raw_s": mean["scan"], "ratio": mean["ours"] / mean["scan"],
        "most_ms": max(one["ours"] for one in times.values()) * 1000,
        "scoped_ms": max(seconds for (who, _), seconds in slowest.items() if who == SALESPERSON) * 1000,
        "common_ms": slowest[DIRECTOR, "客户"] * 1000,
        "ms": {typed: {side: round(one[side] * 1000, 1) for side in one} for typed, one in times.items()},
    }  # fmt: skip


def _find(place: Scratch, who: int, typed: str) -> list[tuple[str, int]]:
    with place.database.begin(Actor("person", who)) as tx:
        return [(one["form"], one["id"]) for one in json.loads(records.find(tx, typed))]

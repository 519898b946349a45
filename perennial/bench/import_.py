"""A CSV of contracts through the whole import, against COPY of the same file into a table of the same shape.

Ours: the file read in a child process, staging, the dry run with every cell validated, relations matched, set writes,
change log. The file holds customers' codes and colleagues' accounts; both are the digits of their ids, so that COPY can
load it too.
"""

import csv
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from perennial.bench.scratch import PEOPLE, Scratch, best_of, timed
from perennial.kernel import SYSTEM, Reason
from perennial.records import imports

COLUMNS = (
    "customer",
    "number",
    "product_line",
    "amount",
    "start_date",
    "end_date",
    "status",
    "renew_mode",
    "owner",
    "note",
)
MAPPING: dict[str, Any] = {
    "targets": [
        {
            "form": "contract", "key": ["number"],
            "fields": [
                {"field": "customer", "column": "customer", "match": "code"},
                *({"field": name, "column": name} for name in COLUMNS[1:]),
            ],
        }
    ]
}  # fmt: skip


def run(place: Scratch, rows: int) -> dict[str, Any]:
    customers = max(1, rows // 10)
    raw = place.raw("import.sql")
    with place.database.begin(SYSTEM, Reason("setup")) as tx:
        tx.run(raw["persons"], {"people": PEOPLE})
        tx.run(raw["customers"], {"customers": customers})
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(raw["table"].encode())
        connection.execute("ANALYZE")
    place.say(raw["copy"])
    with tempfile.TemporaryDirectory() as room:
        file = Path(room) / "contracts.csv"
        write(file, rows, customers)
        place.say(f"{file.stat().st_size / 1e6:.1f} MB")
        steps: dict[str, float] = {}

        def ours() -> float:
            _empty(place)
            steps["upload_s"] = timed(lambda: _upload(place, file))
            steps["dry_run_s"] = timed(lambda: _check(place))
            steps["write_s"] = timed(lambda: imports.run_now(place.database, _id(place)))
            return sum(steps.values())

        def copy() -> float:
            with psycopg.connect(place.url) as connection:
                connection.execute("TRUNCATE bench.contract")
                connection.commit()
                return timed(lambda: _copy(connection, raw["copy"], file))

        taken = best_of({"ours": ours, "raw": copy})
        same = place.sql(raw["same"])
        assert same == [(rows, rows, 0)], same
    return {
        "ours_s": min(taken["ours"]), "raw_s": min(taken["raw"]), "ratio": min(taken["ours"]) / min(taken["raw"]),
        "rows_per_s": round(rows / min(taken["ours"])), **{name: round(value, 2) for name, value in steps.items()},
    }  # fmt: skip


def write(file: Path, rows: int, customers: int) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(COLUMNS)
        for n in range(rows):
            month, day = n % 12 + 1, n % 28 + 1
            out.writerow((
                n * 7919 % customers + 1, f"B-{n:07d}", ("crm", "erp", "hr", "bi")[n % 4], f"{1000 + n % 9000}.50",
                f"2025-{month:02d}-{day:02d}", f"2028-{month:02d}-{day:02d}", ("pending", "confirmed")[n % 2],
                ("auto", "manual")[n % 2], n % PEOPLE + 1, "按年付款，含实施",
            ))  # fmt: skip


def _upload(place: Scratch, file: Path) -> None:
    with place.database.begin(SYSTEM) as tx:
        imports.set_mapping(tx, imports.upload(tx, "contract", file.name, file), MAPPING)


def _check(place: Scratch) -> None:
    with place.database.begin(SYSTEM) as tx:
        told = imports.check(tx, _id(place))
        assert told["bad"] == 0, told
        imports.start(tx, _id(place))


def _id(place: Scratch) -> int:
    return int(place.sql("SELECT max(id) FROM imports.import")[0][0])


def _copy(connection: "psycopg.Connection[Any]", sql: str, file: Path) -> None:
    with connection.cursor().copy(sql.encode()) as copy, file.open("rb") as stream:
        while block := stream.read(1 << 20):
            copy.write(block)
    connection.commit()


def _empty(place: Scratch) -> None:
    """Both sides start from an empty table."""
    with place.database.begin(SYSTEM, Reason("setup")) as tx:
        tx.run("DELETE FROM data.contract")
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("TRUNCATE changes.change, changes.reaction")
        connection.execute("VACUUM data.contract")

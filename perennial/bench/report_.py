"""A dashboard's aggregate as a scoped salesperson, against the same GROUP BY written by hand."""

from typing import Any

import psycopg

from perennial import reports
from perennial.bench.scratch import Scratch, best_of, populate, timed
from perennial.kernel import Actor

ME = 8
CHART = reports.Chart(
    "due", "到期", "bar", "contract", by="due_month", limit=500,
    measures=(
        reports.Measure("due", "到期份数"),
        reports.Measure("renewed", "已续份数", when='status = "renewed"'),
        reports.Measure("expected", "应续金额", aggregate="sum", of="expected_amount"),
    ),
)  # fmt: skip


def run(place: Scratch, rows: int) -> dict[str, Any]:
    populate(place, rows)
    sql = place.raw("report.sql")["sums"]
    place.say(sql)
    place.explain(sql, {"me": ME})
    found: dict[str, Any] = {}

    def ours() -> None:
        with place.database.begin(Actor("person", ME)) as tx:
            answer = reports.run(tx, CHART)
        found["ours"] = [
            (row["by"], *(row["values"][key]["value"] for key in ("due", "renewed", "expected")))
            for row in answer["rows"]
        ]

    with psycopg.connect(place.url) as connection:

        def raw() -> None:
            found["raw"] = connection.execute(sql.encode(), {"me": ME}).fetchall()

        raw()
        ours()  # compiled once, as for every reader but the first
        taken = best_of({"ours": lambda: timed(ours), "raw": lambda: timed(raw)}, rounds=5)
    assert found["ours"] == found["raw"]
    assert len(found["ours"]) > 12
    return {
        "ours_s": min(taken["ours"]), "raw_s": min(taken["raw"]), "ratio": min(taken["ours"]) / min(taken["raw"]),
        "groups": len(found["raw"]),
    }  # fmt: skip

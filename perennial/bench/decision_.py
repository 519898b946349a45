"""A decision table of a thousand rows that answers every contract in one statement, against the same look-up by hand.

By hand the rows stand in a table of ranges with an index over product line and amount; both sides give every contract's
answer. `checked_s` is how long the table takes to be checked for gaps and overlaps, `published_s` to be published.
"""

from typing import Any

import psycopg

from perennial import forms, formula
from perennial.bench.scratch import Scratch, best_of, populate, timed
from perennial.forms import decisions
from perennial.kernel import SYSTEM, Reason, render

LINES, STEP, YEARS = ("crm", "erp", "hr", "bi"), 180, 5  # 4 product lines, 50 amounts, 5 years: 1,000 rows


def _table() -> tuple[decisions.Decision, list[tuple[Any, ...]]]:
    rules: list[dict[str, Any]] = []
    rows: list[tuple[Any, ...]] = []
    for line in LINES:
        for at in range(50):
            low, high = 1000 + at * STEP, 1000 + (at + 1) * STEP
            for year in range(2025, 2025 + YEARS):
                answer = f"{line}{at}-{year}"
                rules.append({"when": [f'"{line}"', f"[{low}..{high})", f"[{year}-01-01..{year + 1}-01-01)"],
                              "give": [answer]})  # fmt: skip
                rows.append((len(rows) + 1, line, low, high, f"{year}-01-01", f"{year + 1}-01-01", answer))
    return decisions.load({
        "decision": "bench", "label": "bench", "policy": "U", "outputs": [{"key": "is", "label": "is", "kind": "text"}],
        "inputs": [
            {"key": "line", "label": "line", "kind": "option", "options": list(LINES)},
            {"key": "amount", "label": "amount", "kind": "money", "least": "1000", "most": "9999"},
            {"key": "until", "label": "until", "kind": "date", "least": "2025-01-01", "most": "2029-12-31"},
        ],
        "rules": rules,
    }), rows  # fmt: skip


def run(place: Scratch, rows: int) -> dict[str, Any]:
    populate(place, rows)
    table, lines = _table()
    raw = place.raw("decision.sql")
    place.sql(raw["rules"])
    with psycopg.connect(place.url) as connection:
        connection.cursor().executemany(b"INSERT INTO bench_rules VALUES (%s, %s, %s, %s, %s, %s, %s)", lines)
        connection.execute(raw["index"].encode())
    checked = timed(lambda: decisions.check(table))
    with place.database.begin(SYSTEM, Reason("publish")) as tx:
        published = timed(lambda: decisions.publish(tx, [table]))
    with place.database.begin(SYSTEM) as tx:
        catalog = forms.catalog(tx)
        source = catalog.source("contract")
        typed = formula.check('DECIDE("bench", product_line, amount, end_date)', source.scope)
        answer, key = formula.compile(typed, source), source.field("id")
        live = source.field("deleted_at").is_(None)
        query = render(formula.select(key.label("id"), answer.label("is"), source=source).where(live).order_by(key))
    place.say(raw["answers"])
    place.explain(raw["answers"])
    place.explain(query.text, query.params)
    found: dict[str, Any] = {}
    with psycopg.connect(place.url) as connection:

        def ours() -> None:
            found["ours"] = connection.execute(query.text.encode(), query.params).fetchall()

        def by_hand() -> None:
            found["raw"] = connection.execute(raw["answers"].encode()).fetchall()

        ours()
        by_hand()
        taken = best_of({"ours": lambda: timed(ours), "raw": lambda: timed(by_hand)})
    assert found["ours"] == found["raw"]
    assert len(found["ours"]) == rows and all(row[1] for row in found["ours"])
    return {
        "ours_s": min(taken["ours"]), "raw_s": min(taken["raw"]), "ratio": min(taken["ours"]) / min(taken["raw"]),
        "checked_s": checked, "published_s": published, "rules": len(table.rules),
    }  # fmt: skip

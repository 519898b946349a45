"""Pages of ids: in order, complete, blanks last, served by an index."""

import os
import random
from typing import Any

import pytest
from sqlalchemy import BigInteger, Date, Integer, Text, column, table

from perennial.kernel import Tx, render
from perennial.records.keyset import Key, page_of_ids

SOAK = int(os.environ.get("PERENNIAL_SOAK", "1"))
THING = table("thing", column("id", BigInteger), column("a", Integer), column("b", Text), column("c", Date), schema="t")


def walk(tx: Tx, keys: list[Key], limit: int) -> list[int]:
    """All ids, page by page."""
    found: list[int] = []
    after: dict[str, Any] = {}
    blanks: list[bool] | None = None
    while True:
        page = tx.rows(render(page_of_ids(THING, [], THING.c.id, keys, blanks)), {"limit": limit, **after})
        assert [row["n"] for row in page] == list(range(1, len(page) + 1))
        found += [row["id"] for row in page]
        if len(page) < limit:
            return found
        last = page[-1]
        values = [last[f"k{at}"] for at in range(len(keys))]
        blanks = [value is None for value in values]
        after = {f"after_{at}": None if value is None else str(value) for at, value in enumerate(values)}
        after["after_id"] = last["id"]


def expected(rows: list[dict[str, Any]], sort: list[tuple[str, bool]]) -> list[int]:
    """The same order by Python's stable sort, last key first."""
    ordered = sorted(rows, key=lambda row: row["id"], reverse=bool(sort) and sort[0][1])
    for name, descending in reversed(sort):
        filled = [row for row in ordered if row[name] is not None]
        blank = [row for row in ordered if row[name] is None]
        filled.sort(key=lambda row: row[name], reverse=descending)

        ordered = filled + blank
    return [row["id"] for row in ordered]


def fill(tx: Tx, rows: int, seed: int) -> list[dict[str, Any]]:
    tx.run("CREATE SCHEMA IF NOT EXISTS t")
    tx.run("DROP TABLE IF EXISTS t.thing")
    tx.run("CREATE TABLE t.thing (id bigint PRIMARY KEY, a int, b text, c date)")
    chance = random.Random(seed)
    for at in range(rows):
        tx.run(
            "INSERT INTO t.thing VALUES (%(id)s, %(a)s, %(b)s, date '2026-01-01' + %(c)s::int)",
            {
                "id": at + 1,
                "a": chance.choice([None, 1, 2, 3]),
                "b": chance.choice([None, "x", "y", "续"]),
                "c": chance.choice([None, 0, 5, 9]),
            },
        )
    return tx.rows("SELECT * FROM t.thing")


@pytest.mark.parametrize("seed", range(3 * SOAK))
def test_pages_put_together_are_the_whole_table_in_order_with_blanks_last(tx: Tx, seed: int) -> None:
    rows = fill(tx, 40, seed)
    sorts = [[], [("a", False)], [("a", True)], [("a", True), ("b", False)], [("c", False), ("a", True), ("b", True)]]
    for sort in sorts:
        keys = [Key(THING.c[name], descending, True) for name, descending in sort]
        for limit in (1, 3, 7, 100):
            assert walk(tx, keys, limit) == expected(rows, sort), (sort, limit)


def test_pages_of_a_required_field_need_no_branch_for_blanks(tx: Tx) -> None:
    rows = fill(tx, 40, 1)
    tx.run("UPDATE t.thing SET a = 0 WHERE a IS NULL")
    rows = tx.rows("SELECT * FROM t.thing")
    for descending in (False, True):
        keys = [Key(THING.c.a, descending, False), Key(THING.c.b, not descending, True)]
        assert walk(tx, keys, 7) == expected(rows, [("a", descending), ("b", not descending)])
        assert "UNION" not in render(page_of_ids(THING, [], THING.c.id, keys, None)).text


@pytest.mark.parametrize("descending", [False, True])
def test_a_page_in_the_middle_reads_only_its_rows_from_the_index(tx: Tx, descending: bool) -> None:
    fill(tx, 1, 1)
    tx.run("INSERT INTO t.thing SELECT i, CASE WHEN mod(i, 10) > 0 THEN i END, 'x' FROM generate_series(2, 20000) i")
    tx.run("CREATE INDEX ON t.thing (a)")
    tx.run("ANALYZE t.thing")
    statement = render(page_of_ids(THING, [], THING.c.id, [Key(THING.c.a, descending, True)], [False]))
    plan = tx.rows(
        f"EXPLAIN (ANALYZE, FORMAT TEXT) {statement.text}", {"limit": 51, "after_0": "9001", "after_id": 9001}
    )
    text = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Index Scan" in text and "never executed" in text, text
    assert "Seq Scan" not in text.replace("never executed", ""), text

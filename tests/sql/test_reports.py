"""Every figure of the bundled dashboard against SQL written by hand over data.*, and the records behind it."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from perennial import access, forms, people, records, reports
from perennial.kernel import SYSTEM, Actor, Database, Tx

BUNDLED = Path(__file__).parents[2] / "perennial" / "bundled" / "renewal"
TODAY = dt.date(2026, 11, 21)


def trees(kind: str) -> list[dict]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((BUNDLED / kind).glob("*.yaml"))]


@pytest.fixture
def company(database: Database) -> Database:
    """300 contracts of every status around today, owned by two people of two departments."""
    rng = Random(7)
    with database.begin(SYSTEM) as tx:
        forms.apply(tx, forms.propose(tx, forms.load_all(trees("forms"))))
        access.publish(tx, [access.load(tree) for tree in trees("roles")])
        for tree in trees("dashboards"):
            reports.publish(tx, reports.Dashboard.load(tree))
        tx.run("INSERT INTO people.department (key, name) VALUES ('one', '客户成功一部'), ('big', '大客户部')")
        tx.run(
            "INSERT INTO people.person (account, name, department_id) VALUES ('lin', '林晓棠', 1), ('xu', '许子衿', 2)"
        )
        people.assign(tx, 1, ["csm"])
        tx.run("INSERT INTO data.customer (name, code) SELECT '客户' || n, 'KH-' || n FROM generate_series(1, 40) n")
        for n in range(300):
            end = TODAY + dt.timedelta(days=rng.randrange(-420, 200))
            status = rng.choice([None, "pending", "confirmed", "renewed", "renewed", "lost"])
            tx.run(
                "INSERT INTO data.contract (customer, number, start_date, end_date, amount, renewed_amount,"
                " forecast_amount, status, owner, product_line, churn_reason) VALUES (%(c)s, %(n)s, %(s)s, %(e)s, %(a)s,"
                " %(r)s, %(f)s, %(st)s, %(o)s, %(p)s, %(ch)s)",
                {
                    "c": rng.randrange(1, 41), "n": f"HT-{n}", "s": end - dt.timedelta(days=365), "e": end,
                    "a": rng.choice([None, Decimal(rng.randrange(1, 900)) * 100]),
                    "r": Decimal(rng.randrange(1, 900)) * 100 if status == "renewed" else None,
                    "f": rng.choice([None, Decimal(rng.randrange(1, 900)) * 100]), "st": status,
                    "o": rng.choice([None, 1, 2]), "p": rng.choice([None, "crm", "erp", "bi"]),
                    "ch": rng.choice([None, "price", "competitor"]) if status == "lost" else None,
                },
            )  # fmt: skip
    return database


EXPECTED = (
    "CASE WHEN status = 'renewed' THEN coalesce(renewed_amount, amount) ELSE coalesce(forecast_amount, amount) END"
)
THIS_MONTH = "end_date BETWEEN '2026-11-01' AND '2026-11-30'"
LAST_12 = "end_date BETWEEN '2025-12-01' AND '2026-11-30'"
OPEN = "(status IS NULL OR status NOT IN ('renewed', 'lost'))"
# chart, measure -> (grouping, figure, condition), by hand
BY_HAND: dict[tuple[str, str], tuple[str | None, str, str]] = {
    ("expected_this_month", "expected"): (None, f"coalesce(sum({EXPECTED}), 0)", f"{THIS_MONTH} AND status IS DISTINCT FROM 'lost'"),
    ("expected_this_month", "contracts"): (None, "count(*)", f"{THIS_MONTH} AND status IS DISTINCT FROM 'lost'"),
    ("completed_this_month", "completed"): (None, "coalesce(sum(coalesce(renewed_amount, amount)), 0)", f"{THIS_MONTH} AND status = 'renewed'"),
    ("completed_this_month", "contracts"): (None, "count(*)", f"{THIS_MONTH} AND status = 'renewed'"),
    ("rate_this_month", "rate"): (None, "round(count(*) FILTER (WHERE status = 'renewed')::numeric / nullif(count(*), 0), 6)", THIS_MONTH),
    ("due_60", "contracts"): (None, "count(*)", f"{OPEN} AND end_date BETWEEN '2026-11-21' AND '2027-01-20'"),
    ("due_60", "amount"): (None, f"coalesce(sum({EXPECTED}), 0)", f"{OPEN} AND end_date BETWEEN '2026-11-21' AND '2027-01-20'"),
    ("overdue", "contracts"): (None, "count(*)", f"{OPEN} AND end_date < '2026-11-21'"),
    ("overdue", "amount"): (None, f"coalesce(sum({EXPECTED}), 0)", f"{OPEN} AND end_date < '2026-11-21'"),
    ("open_arr", "amount"): (None, "coalesce(sum(amount), 0)", f"{OPEN} AND start_date <= '2026-11-21' AND end_date >= '2026-11-21'"),
    ("open_arr", "contracts"): (None, "count(*)", f"{OPEN} AND start_date <= '2026-11-21' AND end_date >= '2026-11-21'"),
    ("expected_completed", "expected"): ("to_char(end_date, 'YYYY-MM')", f"coalesce(sum({EXPECTED}) FILTER (WHERE status IS DISTINCT FROM 'lost'), 0)", "end_date BETWEEN '2026-05-01' AND '2027-04-30'"),
    ("expected_completed", "completed"): ("to_char(end_date, 'YYYY-MM')", f"coalesce(sum({EXPECTED}) FILTER (WHERE status = 'renewed'), 0)", "end_date BETWEEN '2026-05-01' AND '2027-04-30'"),
    ("monthly_rate", "rate"): ("to_char(end_date, 'YYYY-MM')", "round(count(*) FILTER (WHERE status = 'renewed')::numeric / count(*), 6)", LAST_12),
    ("churn_reasons", "contracts"): ("churn_reason", "count(*)", f"{LAST_12} AND status = 'lost'"),
    ("teams", "completed"): ("(SELECT p.department_id FROM people.person p WHERE p.id = owner)", f"coalesce(sum({EXPECTED}), 0)", f"{LAST_12} AND status = 'renewed'"),
    ("product_lines", "due"): ("product_line", "count(*)", LAST_12),
    ("product_lines", "renewed"): ("product_line", "count(*) FILTER (WHERE status = 'renewed')", LAST_12),
    ("product_lines", "rate"): ("product_line", "round(count(*) FILTER (WHERE status = 'renewed')::numeric / count(*), 6)", LAST_12),
    ("product_lines", "completed"): ("product_line", f"coalesce(sum({EXPECTED}) FILTER (WHERE status = 'renewed'), 0)", LAST_12),
}  # fmt: skip
READERS = {"system": (SYSTEM, "TRUE"), "csm": (Actor("person", 1, "林晓棠"), "owner = 1")}


def board(tx: Tx) -> reports.Dashboard:
    return reports.dashboard(tx, "cockpit")


def by_hand(tx: Tx, chart: str, measure: str, scope: str) -> dict[Any, Any]:
    by, figure, where = BY_HAND[chart, measure]
    sql = f"SELECT {by or 'NULL'} AS by, {figure} AS figure FROM data.contract WHERE deleted_at IS NULL AND {scope} AND {where}"
    return {row["by"]: row["figure"] for row in tx.rows(sql + (" GROUP BY 1" if by else ""))}


def test_every_measure_has_its_sql_by_hand(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        shown = {(chart.key, measure.key) for chart in board(tx).charts for measure in chart.measures}
    assert shown == set(BY_HAND)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("chart", "measure"), BY_HAND)
def test_a_figure_equals_the_sql_written_by_hand(company: Database, reader: str, chart: str, measure: str) -> None:
    actor, scope = READERS[reader]
    with company.begin(actor) as tx:
        found = board(tx).chart(chart)
        assert found is not None
        shown = {row["by"]: row["values"][measure]["value"] for row in reports.run(tx, found)["rows"]}
        expected = by_hand(tx, chart, measure, scope)
        assert len(expected) >= 1
        assert shown == expected


@pytest.mark.parametrize("reader", READERS)
def test_a_drill_down_lists_exactly_the_records_behind_a_figure(company: Database, reader: str) -> None:
    actor, scope = READERS[reader]
    with company.begin(actor) as tx:
        looked_at = 0
        for chart in board(tx).charts:
            by, _, where = BY_HAND[chart.key, chart.measures[0].key]
            for row in reports.run(tx, chart)["rows"]:
                asked = reports.drill(tx, chart, by=row["by"], grouped=bool(chart.by))
                page = records.page(tx, asked["form"], records.Query(filter=asked["filter"], limit=500))
                import json

                shown = {one["id"] for one in json.loads(page)["rows"]}
                group = f"AND {by} IS NOT DISTINCT FROM %(by)s" if by else ""
                ids = tx.rows(
                    f"SELECT id FROM data.contract WHERE deleted_at IS NULL AND {scope} AND {where} {group}",
                    {"by": row["by"]},
                )
                assert shown == {one["id"] for one in ids}, (chart.key, row["by"])
                looked_at += 1
        assert looked_at > 20


def test_changing_one_amount_changes_the_figure(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        chart = board(tx).chart("open_arr")
        assert chart is not None
        before = reports.run(tx, chart)["rows"][0]["values"]["amount"]["value"]
        tx.run(
            f"UPDATE data.contract SET amount = coalesce(amount, 0) + 7 WHERE id = (SELECT min(id) FROM data.contract"
            f" WHERE {OPEN} AND start_date <= '2026-11-21' AND end_date >= '2026-11-21')"
        )
        assert reports.run(tx, chart)["rows"][0]["values"]["amount"]["value"] == before + 7


def test_a_chart_over_a_hidden_field_says_so_and_the_others_answer(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        role = access.load(
            {
                "role": "csm", "label": "客户成功经理",
                "forms": {"contract": {"rows": "all", "rights": ["read"], "fields": {"*": "read", "amount": "hidden"}}},
            }
        )  # fmt: skip
        access.publish(tx, [role])
    with company.begin(READERS["csm"][0]) as tx:
        answers = {answer["key"]: answer for answer in reports.run_all(tx, board(tx))}
    assert "problem" in answers["open_arr"]
    assert answers["due_60"]["rows"]

"""Every figure of the bundled dashboard against SQL written by hand over data.*, and the records behind it."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from builders import at, run
from worlds import built_once

from perennial import access, forms, people, records, reports
from perennial.kernel import SYSTEM, Actor, Database, Invalid, Problem, Tx

BUNDLED = Path(__file__).parents[2] / "perennial" / "bundled" / "renewal"
TODAY = dt.date(2026, 11, 21)


def trees(kind: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((BUNDLED / kind).glob("*.yaml"))]


@pytest.fixture
@built_once
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
        run(tx, "INSERT INTO data.customer (name, code) SELECT '客户' || n, 'KH-' || n FROM generate_series(1, 40) n")
        for n in range(300):
            end = TODAY + dt.timedelta(days=rng.randrange(-420, 200))
            status = rng.choice([None, "pending", "confirmed", "renewed", "renewed", "lost"])
            run(
                tx,
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
    return {row["by"]: row["figure"] for row in tx.rows(at(tx, sql + (" GROUP BY 1" if by else "")))}


def ids_by_hand(tx: Tx, where: str, by: Any = None) -> set[int]:
    rows = tx.rows(at(tx, f"SELECT id FROM data.contract WHERE deleted_at IS NULL AND {where}"), {"by": by})
    return {row["id"] for row in rows}


def listed(tx: Tx, asked: dict[str, str]) -> set[int]:
    """The records that the list shows under a drill-down's filter."""
    page = json.loads(records.page(tx, asked["form"], records.Query(filter=asked["filter"], limit=500)))
    assert len(page["rows"]) < 500
    return {one["id"] for one in page["rows"]}


def test_every_measure_has_its_sql_by_hand(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        shown = {(chart.key, measure.key) for chart in board(tx).charts for measure in chart.measures}
    assert shown == set(BY_HAND)


@pytest.mark.parametrize("reader", READERS)
def test_a_figure_equals_the_sql_written_by_hand(company: Database, reader: str) -> None:
    actor, scope = READERS[reader]
    with company.begin(actor) as tx:
        for chart, measure in BY_HAND:
            found = board(tx).chart(chart)
            assert found is not None
            shown = {row["by"]: row["values"][measure]["value"] for row in reports.run(tx, found)["rows"]}
            expected = by_hand(tx, chart, measure, scope)
            assert len(expected) >= 1
            assert shown == expected, (chart, measure)


# the condition inside a measure, by hand; TRUE where it counts every row of its group
WHEN = {
    ("expected_completed", "expected"): "status IS DISTINCT FROM 'lost'",
    ("expected_completed", "completed"): "status = 'renewed'",
    ("product_lines", "renewed"): "status = 'renewed'",
    ("product_lines", "completed"): "status = 'renewed'",
}


@pytest.mark.parametrize("reader", READERS)
def test_a_drill_down_lists_exactly_the_records_behind_each_figure(company: Database, reader: str) -> None:
    actor, scope = READERS[reader]
    with company.begin(actor) as tx:
        looked_at = 0
        for chart in board(tx).charts:
            for row in reports.run(tx, chart)["rows"]:
                for measure in chart.measures:
                    by, _, where = BY_HAND[chart.key, measure.key]
                    asked = reports.drill(tx, chart, by=row["by"], grouped=bool(chart.by), measure=measure.key)
                    group = f"AND {by} IS NOT DISTINCT FROM %(by)s" if by else ""
                    when = WHEN.get((chart.key, measure.key), "TRUE")
                    expected = ids_by_hand(tx, f"{scope} AND {where} AND {when} {group}", row["by"])
                    assert listed(tx, asked) == expected, (chart.key, measure.key, row["by"])
                    assert row["values"][measure.key]["rows"] == len(expected)
                    looked_at += 1
        assert looked_at > 40


@pytest.mark.parametrize("reader", READERS)
def test_both_terms_of_a_ratio_open_the_records_that_they_count(company: Database, reader: str) -> None:
    actor, scope = READERS[reader]
    with company.begin(actor) as tx:
        chart = board(tx).chart("monthly_rate")
        assert chart is not None
        by, _, where = BY_HAND["monthly_rate", "rate"]
        unlike = 0
        for row in reports.run(tx, chart)["rows"]:
            figure = row["values"]["rate"]
            terms = {
                term: listed(tx, reports.drill(tx, chart, by=row["by"], grouped=True, measure="rate", term=term))
                for term in ("over", "base")
            }
            month = f"{scope} AND {where} AND {by} = %(by)s"
            assert terms["base"] == ids_by_hand(tx, month, row["by"])
            assert terms["over"] == ids_by_hand(tx, f"{month} AND status = 'renewed'", row["by"])
            assert (figure["rows"], figure["over_rows"]) == (len(terms["base"]), len(terms["over"]))
            assert (figure["base"], figure["over"]) == (len(terms["base"]), len(terms["over"]))
            unlike += terms["base"] != terms["over"]
        assert unlike > 3


def test_a_ratio_with_a_base_of_its_own_counts_and_lists_that_base(company: Database) -> None:
    decided = reports.Measure("won", "赢单率", "ratio", when='status = "renewed"', base="NOT(open)")
    chart = reports.Chart("won", "赢单率", "metric", "contract", (decided,))
    with company.begin(SYSTEM) as tx:
        figure = reports.run(tx, chart)["rows"][0]["values"]["won"]
        base = ids_by_hand(tx, "status IN ('renewed', 'lost')")
        over = ids_by_hand(tx, "status = 'renewed'")
        assert listed(tx, reports.drill(tx, chart, measure="won")) == base
        assert listed(tx, reports.drill(tx, chart, measure="won", term="over")) == over
        assert (figure["rows"], figure["over_rows"]) == (len(base), len(over))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", ["pie", "bar", "table"])
def test_groups_beyond_the_limit_are_one_more_and_the_sum_stays_equal(
    company: Database, reader: str, kind: Any
) -> None:
    actor, scope = READERS[reader]
    measures = (
        reports.Measure("amount", "金额", "sum", of="amount"),
        reports.Measure("contracts", "份数"),
        reports.Measure("largest", "最大", "max", of="amount"),
        reports.Measure("rate", "续费率", "ratio", when='status = "renewed"'),
    )
    chart = reports.Chart("customers", "客户", kind, "contract", measures, by="customer", sort="value", limit=5)
    with company.begin(actor) as tx:
        rows = reports.run(tx, chart)["rows"]
        assert [row["other"] for row in rows] == [False] * 5 + [True]
        shown = [row["by"] for row in rows[:5]]
        hidden = f"{scope} AND customer NOT IN ({', '.join(map(str, shown))})"
        figures = "coalesce(sum(amount), 0) AS amount, count(*) AS contracts, max(amount) AS largest"
        rate = "round(count(*) FILTER (WHERE status = 'renewed')::numeric / count(*), 6) AS rate"
        by_hand = tx.one(at(tx, f"SELECT {figures}, {rate} FROM data.contract WHERE {hidden}"))
        assert {key: figure["value"] for key, figure in rows[5]["values"].items()} == by_hand
        everything = tx.one(at(tx, f"SELECT {figures} FROM data.contract WHERE {scope}"))
        assert everything is not None
        for key in ("amount", "contracts"):
            assert sum(row["values"][key]["value"] for row in rows) == everything[key]
        asked = reports.drill(tx, chart, besides=shown, measure="contracts")
        assert listed(tx, asked) == ids_by_hand(tx, hidden)
        over = reports.drill(tx, chart, besides=shown, measure="rate", term="over")
        assert listed(tx, over) == ids_by_hand(tx, f"{hidden} AND status = 'renewed'")


def test_a_blank_group_stands_among_the_shown_or_in_the_rest_but_never_in_both(company: Database) -> None:
    chart = reports.Chart(
        "lines", "产品线", "pie", "contract", (reports.Measure("n", "份数"),), by="product_line", limit=1
    )
    with company.begin(SYSTEM) as tx:
        everything = ids_by_hand(tx, "TRUE")
        rest = listed(tx, reports.drill(tx, chart, besides=[None, "crm"]))
        assert rest == ids_by_hand(tx, "product_line IN ('erp', 'bi')")
        rest = listed(tx, reports.drill(tx, chart, besides=["crm"]))
        assert rest == ids_by_hand(tx, "product_line IS DISTINCT FROM 'crm'")
        assert sum(row["values"]["n"]["value"] for row in reports.run(tx, chart)["rows"]) == len(everything)


def test_one_group_beyond_the_limit_is_shown_itself_and_a_line_keeps_all_its_points(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        chart = board(tx).chart("monthly_rate")
        assert chart is not None
        assert len(reports.run(tx, replace(chart, limit=3))["rows"]) == 12
        four = reports.run(tx, replace(chart, kind="table", by="product_line", limit=3))["rows"]
        assert [row["other"] for row in four] == [False] * 4


def test_groups_of_dates_and_numbers_open_their_records_though_they_travel_as_text(company: Database) -> None:
    for by, column in (("end_date", "end_date"), ("amount", "amount")):
        chart = reports.Chart("c", "c", "table", "contract", (reports.Measure("n", "份数"),), by=by, limit=900)
        with company.begin(SYSTEM) as tx:
            for row in reports.run(tx, chart)["rows"][::40]:
                value = None if row["by"] is None else str(row["by"])
                asked = reports.drill(tx, chart, by=value, grouped=True)
                assert listed(tx, asked) == ids_by_hand(tx, f"{column} IS NOT DISTINCT FROM %(by)s", row["by"])


def test_what_a_chart_has_not_got_cannot_be_opened(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        teams, tile = board(tx).chart("teams"), board(tx).chart("rate_this_month")
        assert teams is not None and tile is not None
        for problem, code, facts in (
            (lambda: reports.dashboard(tx, "nowhere"), "reports.no_dashboard", {"dashboard": "nowhere"}),
            (lambda: reports.drill(tx, teams, measure="x"), "reports.no_measure", {"measure": "x", "chart": "teams"}),
            (
                lambda: reports.drill(tx, tile, by="a", grouped=True),
                "reports.not_grouped",
                {"chart": "rate_this_month"},
            ),
            (
                lambda: reports.drill(tx, replace(teams, by="end_date"), by="morgen", grouped=True),
                "reports.group",
                {"value": "morgen"},
            ),
        ):
            with pytest.raises(Problem) as caught:
                problem()
            assert (caught.value.code, caught.value.facts) == (code, facts)


@pytest.mark.parametrize(
    ("charts", "code", "path", "facts"),
    [
        ([{"kind": "pie", "measures": [{"key": "n", "label": "n"}]}], "reports.chart_shape", "d.charts[0]", {"chart": "c"}),
        ([{"kind": "donut", "by": "status", "measures": [{"key": "n", "label": "n"}]}], "reports.chart_shape", "d.charts[0]", {"chart": "c"}),
        ([{"kind": "metric"}], "reports.chart_shape", "d.charts[0]", {"chart": "c"}),
        ([{"kind": "metric", "measures": [{"key": "n", "label": "n", "aggregate": "sum"}]}], "reports.measure_shape", "d.charts[0]", {"measure": "n"}),
        ([{"kind": "metric", "measures": [{"key": "n", "lable": "n"}]}], "reports.attribute", "d.charts[0].measures[0]", None),
    ],
)  # fmt: skip
def test_a_chart_without_what_it_needs_is_refused_with_its_place(
    charts: list[dict[str, Any]], code: str, path: str, facts: dict[str, Any] | None
) -> None:
    tree = {"dashboard": "d", "label": "d", "charts": [{"key": "c", "label": "c", "form": "contract", **charts[0]}]}
    with pytest.raises(Invalid) as caught:
        reports.Dashboard.load(tree)
    assert (caught.value.code, caught.value.path) == (code, path)
    assert facts is None or caught.value.facts == facts
    assert facts is not None or "lable" in caught.value.facts["detail"]


def test_changing_one_amount_changes_the_figure(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        chart = board(tx).chart("open_arr")
        assert chart is not None
        before = reports.run(tx, chart)["rows"][0]["values"]["amount"]["value"]
        run(
            tx,
            f"UPDATE data.contract SET amount = coalesce(amount, 0) + 7 WHERE id = (SELECT min(id) FROM data.contract"
            f" WHERE {OPEN} AND start_date <= '2026-11-21' AND end_date >= '2026-11-21')",
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

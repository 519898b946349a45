"""Dashboards over HTTP: what travels, and what is refused in words."""

from pathlib import Path

import pytest
import yaml
from builders import install_renewal
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import people, records, reports
from perennial.kernel import SYSTEM, Database

BOARDS = Path(__file__).parents[2] / "perennial" / "bundled" / "renewal" / "dashboards"
TERMS = [("2026-11-05", "renewed", "crm"), ("2026-11-25", "pending", "crm"), ("2026-11-30", "renewed", "erp")]


@pytest.fixture
@built_once
def boss(database: Database) -> Database:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
        for path in BOARDS.glob("*.yaml"):
            reports.publish(tx, reports.Dashboard.load(yaml.safe_load(path.read_text(encoding="utf-8"))))
        customer = records.create(tx, "customer", {"name": "厦门屿岸"})
        for end, status, line in TERMS:
            given = {"customer": customer, "start_date": "2025-12-01", "end_date": end, "amount": "100"}
            records.create(tx, "contract", {**given, "status": status, "product_line": line})
    return database


def test_a_rate_travels_with_both_terms_and_each_opens_its_records(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        charts = {one["key"]: one for one in client.get("/api/dashboards/cockpit").json()["charts"]}
        figure = charts["rate_this_month"]["rows"][0]["values"]["rate"]
        assert figure == {"value": "0.666667", "rows": 3, "over": "2", "base": "3", "over_rows": 2}
        for term, count in (("base", 3), ("over", 2)):
            asked = {"chart": "rate_this_month", "measure": "rate", "term": term}
            drill = client.post("/api/dashboards/cockpit/drill", json=asked).json()
            found = client.post("/api/forms/contract/count", json={"filter": drill["filter"]}).json()
            assert found["count"] == count
        lines = client.post(
            "/api/dashboards/cockpit/drill", json={"chart": "product_lines", "measure": "due", "besides": ["crm"]}
        ).json()
        assert client.post("/api/forms/contract/count", json={"filter": lines["filter"]}).json()["count"] == 1


def test_a_chart_that_is_not_there_is_named(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        missing = client.post("/api/dashboards/cockpit/drill", json={"chart": "pareto"})
        assert (missing.status_code, missing.json()["error"]["text"]) == (404, "看板里没有图表「pareto」")
        assert client.get("/api/dashboards/board").json()["error"]["text"] == "找不到看板「board」"

"""Records over HTTP: what travels, and how errors read."""

import pytest
from builders import install_renewal
from builders_records import contract, customer
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import people
from perennial.kernel import SYSTEM, Database


@pytest.fixture
@built_once
def boss(database: Database) -> Database:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    return database


def test_a_list_is_paged_counted_and_summed(boss: Database) -> None:
    with boss.begin(SYSTEM) as tx:
        who = customer(tx, name="厦门屿岸")
        for day in range(1, 6):
            contract(tx, customer=who, end_date=f"2026-12-0{day}", amount=str(day))
    with logged_in(boss, "boss") as client:
        asked = {"filter": 'status = "待续费"', "sort": [{"field": "end_date", "descending": True}], "limit": 3,
                 "columns": ["customer", "end_date", "amount"]}  # fmt: skip
        first = client.post("/api/forms/contract/page", json=asked).json()
        assert [row["end_date"] for row in first["rows"]] == ["2026-12-05", "2026-12-04", "2026-12-03"]
        assert first["rows"][0]["customer"] == {"id": who, "label": "厦门屿岸"}
        assert first["rows"][0]["amount"] == "5.00"
        second = client.post("/api/forms/contract/page", json={**asked, "after": first["next"]}).json()
        assert ([row["end_date"] for row in second["rows"]], second["next"]) == (["2026-12-02", "2026-12-01"], None)
        counted = client.post("/api/forms/contract/count", json={"filter": "amount > 1", "sums": ["amount"]}).json()
        assert counted == {"count": 4, "sums": {"amount": "14.00"}}


def test_a_record_lives_from_creation_to_restoration(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        who = client.post("/api/forms/customer", json={"values": {"name": "厦门屿岸"}})
        assert who.status_code == 201
        new = {"customer": who.json()["id"], "start_date": "2026-01-01", "end_date": "2026-12-31"}
        made = client.post("/api/forms/contract", json={"values": new}).json()["id"]
        at = f"/api/forms/contract/{made}"
        assert client.patch(at, json={"version": 1, "values": {"status": "confirmed"}}).json() == {"version": 2}
        read = client.get(at).json()
        assert (read["version"], read["title"], read["may"]) == (2, "HT-2026-0001", ["update", "delete"])
        assert (read["values"]["status"], read["fields"]["status"], read["fields"]["open"]) == (
            "confirmed",
            "write",
            "read",
        )
        assert read["updated_by"]["name"] == "周予安"
        related = client.post(f"/api/forms/customer/{who.json()['id']}/related/contracts", json={}).json()
        assert [row["id"] for row in related["rows"]] == [made]
        assert client.delete(at, params={"version": 2}).status_code == 204
        gone = client.get(at)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "records.missing")
        assert client.post(f"{at}/restore").status_code == 204
        history = client.get(f"{at}/history").json()
        assert [change["op"] for change in history] == ["restore", "delete", "update", "create"]
        assert history[2]["fields"] == [
            {"key": "status", "label": "续费状态", "before": "pending", "after": "confirmed"}]  # fmt: skip
        assert (history[2]["actor"], history[2]["reason"]) == ("周予安", "user")


def test_errors_name_the_field_in_the_readers_language(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        wrong = {"values": {"amount": "面议", "start_date": "2026-01-01"}}
        error = client.post("/api/forms/contract", json=wrong).json()["error"]
        assert {one["field"]: one["text"] for one in error["facts"]["errors"]} == {
            "amount": "「面议」不是金额，合同金额请填数字，例如 120000",
            "customer": "请填写关联客户",
            "end_date": "请填写合同结束日期",
        }
        preview = client.post("/api/forms/contract/preview", json=wrong).json()
        assert {one["field"] for one in preview["errors"]} == {"amount", "customer", "end_date"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"filter": "nope = 1"}, "formula.unknown_name"),
        ({"filter": "amount +"}, "formula."),
        ({"filter": "amount"}, "formula."),
        ({"sort": [{"field": "nope"}]}, "formula.unknown_name"),
        ({"sort": [{"field": "1 + 1"}]}, "records.sort"),
        ({"columns": ["nope"]}, "records.unknown_field"),
        ({"columns": ["customer.nope"]}, "records.unknown_field"),
        ({"columns": ["customer; drop table x"]}, "records.unknown_field"),
        ({"after": "???"}, "records.cursor"),
        ({"after": "WyJ4IixbXSwxXQ"}, "records.cursor"),
        ({"limit": 501}, "http.input"),
        ({"search": "x" * 101}, "http.input"),
    ],
)
def test_a_wrong_query_is_a_clear_error(boss: Database, query: dict[str, object], code: str) -> None:
    with logged_in(boss, "boss") as client:
        reply = client.post("/api/forms/contract/page", json=query)
        assert reply.status_code == 422
        assert reply.json()["error"]["code"].startswith(code)


def test_an_unknown_form_is_not_found(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        assert client.post("/api/forms/nope/page", json={}).status_code == 404
        assert client.get("/api/forms/contract/99999999999999999999").status_code in (404, 422)

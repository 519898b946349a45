"""Formulas over HTTP: checked, completed, explained."""

import pytest
from builders import install_renewal
from builders_records import contract, payment
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


def test_a_right_formula_comes_back_with_keys_type_and_tree(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        asked = {"form": "contract", "text": '[续费状态] = "待续费" 且'.replace(" 且", ""), "want": "yes_no"}
        found = client.post("/api/formula/check", json=asked).json()
        assert (found["ok"], found["text"], found["type"]) == (True, 'status = "pending"', "yes_no")
        assert found["tree"] == {
            "kind": "binary", "op": "=", "left": {"kind": "name", "parts": ["status"]},
            "right": {"kind": "text", "value": "pending"},
        }  # fmt: skip
        days = client.post("/api/formula/check", json={"form": "contract", "text": "DAYS(end_date, TODAY())"}).json()
        assert (days["volatile"], days["reads"], days["tree"]["name"]) == (True, ["end_date"], "DAYS")


def test_a_wrong_formula_is_an_answer_with_place_and_suggestion(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        found = client.post("/api/formula/check", json={"form": "contract", "text": "DAYS(end_dat, TODAY())"}).json()
        assert found["ok"] is False
        assert (found["error"]["code"], found["error"]["position"]) == ("formula.unknown_name", 6)
        assert found["error"]["facts"]["suggestion"] == "end_date"
        assert "end_date" in found["error"]["text"]
        number = client.post("/api/formula/check", json={"form": "contract", "text": "amount", "want": "yes_no"}).json()
        assert number["ok"] is False
        assert client.post("/api/formula/check", json={"form": "nope", "text": "1"}).status_code == 404


def test_what_may_stand_at_the_cursor_is_proposed(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        asked = {"form": "contract", "text": "end_", "cursor": 4}
        found = client.post("/api/formula/complete", json=asked).json()
        assert ("合同结束日期", "end_date", 0) in [(one["label"], one["insert"], one["start"]) for one in found]


def test_why_a_computed_field_has_its_value(boss: Database) -> None:
    with boss.begin(SYSTEM) as tx:
        made = contract(tx, end_date="2026-11-20", status="pending")
        payment(tx, made, "12", purpose="renewal")
    with logged_in(boss, "boss") as client:
        asked = {"form": "contract", "record_id": made, "text": "overdue"}
        found = client.post("/api/formula/explain", json=asked).json()
        assert (found["value"], found["label"], found["hidden"]) == (True, "已过期", 0)
        condition = found["parts"][0]
        assert [part["value"] for part in condition["parts"]] == [True, True]
        assert {change["subject"] for way in found["flips"] for change in way} >= {"end_date"}
        gone = client.post("/api/formula/explain", json={**asked, "record_id": made + 1})
        assert gone.status_code == 404


def test_a_condition_becomes_rows_and_rows_become_text(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        found = client.post(
            "/api/formula/tree", json={"form": "contract", "text": "[合同结束日期] <= TODAY() + 60"}
        ).json()
        assert found["text_only"] is False and found["text"] == "end_date <= TODAY() + 60"
        assert found["tree"] == {
            "join": "and",
            "rows": [{"path": ["end_date"], "op": "le", "value": {"today": 60}, "kind": "date"}],
        }
        again = client.post("/api/formula/from-tree", json={"form": "contract", "tree": found["tree"]}).json()
        assert again["text"] == "end_date <= TODAY() + 60"
        more = client.post("/api/formula/tree", json={"form": "contract", "text": "amount * 2 > 5"}).json()
        assert more == {"text_only": True, "text": "amount * 2 > 5", "tree": None}
        wrong = {"join": "and", "rows": [{"path": ["amount"], "op": "starts", "value": "1"}]}
        refused = client.post("/api/formula/from-tree", json={"form": "contract", "tree": wrong})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "formula.unknown_operator")
        operators = client.get("/api/formula/operators").json()
        assert {"key": "next_days", "zh": "在未来 N 天内", "en": "is in the next N days", "takes": "days"} in operators[
            "date"
        ]


def test_conditions_are_written_over_a_form_as_it_is_drawn(boss: Database) -> None:
    tree = {
        "form": "visit", "label": "回访",
        "fields": [
            {"key": "mood", "label": "满意度", "kind": "select", "options": [{"key": "good", "label": "满意"}]},
            {"key": "customer", "label": "客户", "kind": "relation", "to": "customer"},
            {"key": "left", "label": "剩余", "kind": "formula", "formula": "SUM("},
        ],
    }  # fmt: skip
    with logged_in(boss, "boss") as client:
        asked = {"form": "visit", "text": '[满意度] = "满意"', "drawn": [tree]}
        found = client.post("/api/formula/tree", json=asked).json()
        assert found["tree"]["rows"] == [{"path": ["mood"], "op": "eq", "value": "good", "kind": "select"}]
        beyond = {"join": "and", "rows": [{"path": ["customer", "name"], "op": "contains", "value": "屿岸"}]}
        again = client.post("/api/formula/from-tree", json={"form": "visit", "tree": beyond, "drawn": [tree]}).json()
        assert again["text"] == 'CONTAINS(customer.name, "屿岸")'
        typed = {"form": "visit", "text": "满", "cursor": 1, "drawn": [tree]}
        assert [one["insert"] for one in client.post("/api/formula/complete", json=typed).json()] == ["mood"]
        assert client.post("/api/formula/tree", json={**asked, "drawn": []}).status_code == 404
    with boss.begin(SYSTEM) as tx:
        people.create(tx, "tang", "唐可", password=PASSWORD)
    with logged_in(boss, "tang") as client:
        assert client.post("/api/formula/tree", json=asked).status_code == 403


def test_the_argument_that_is_being_written_is_hinted(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        found = client.post(
            "/api/formula/hint", json={"form": "contract", "text": "ROUND(amount, ", "cursor": 14}
        ).json()
        assert (found["function"], found["arguments"][found["argument"]]) == ("ROUND", "小数位")
        assert client.post("/api/formula/hint", json={"form": "contract", "text": "1", "cursor": 1}).json() is None
        functions = {one["name"]: one for one in client.get("/api/formula/functions").json()}
        assert functions["RMB"]["group"] == "text" and ["RMB(6000)", "陆仟元整"] in functions["RMB"]["examples"]

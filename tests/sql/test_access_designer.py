"""The access designer's doors: the matrix, who gains and who loses by name, what a formula tells, the view as."""

from collections.abc import Iterator
from typing import Any

import pytest
from web_client import PASSWORD, TestClient, logged_in
from worlds import built_once

from perennial import access, people, records
from perennial.kernel import SYSTEM, Database
from tests.builders import field, form, install

Json = dict[str, Any]
CUSTOMER = form(
    "customer", "name: text", "csm: person", "phone: phone", "amount: number",
    field("twice: formula", formula="amount * 2"), title="name", owner="csm",
)  # fmt: skip
SALES: Json = {
    "role": "sales", "label": "销售",
    "forms": {"customer": {
        "rows": "own", "rights": ["read", "update"], "fields": {"*": "write", "amount": "hidden", "phone": "masked"},
    }},
}  # fmt: skip
CLERK: Json = {
    "role": "clerk", "label": "文员",
    "forms": {"customer": {"rows": "amount > 50", "rights": ["read"], "fields": {"*": "read"}}},
}  # fmt: skip


class Company:
    """Three customers: two are Tang's (10 and 100), one is Lin's (200). Tang sells, Lin sells and is a clerk."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.begin(SYSTEM) as tx:
            install(tx, CUSTOMER)
            access.publish(tx, [access.load(SALES), access.load(CLERK)])
            self.boss = people.create(tx, "boss", "周予安", password=PASSWORD, roles=["business_admin"])
            self.tang = people.create(tx, "tang", "唐可", password=PASSWORD, roles=["sales"])
            self.lin = people.create(tx, "lin", "林晓棠", password=PASSWORD, roles=["sales", "clerk"])
            rows = (("甲", self.tang, 10), ("乙", self.tang, 100), ("丙", self.lin, 200))
            self.customers = [
                records.create(tx, "customer", {"name": name, "csm": csm, "amount": amount, "phone": "13812348888"})
                for name, csm, amount in rows
            ]


@pytest.fixture
@built_once
def company(database: Database) -> Company:
    return Company(database)


@pytest.fixture
def admin(company: Company) -> Iterator[TestClient]:
    with logged_in(company.database, "boss") as client:
        yield client


def draft(client: TestClient, tree: Json) -> int:
    reply = client.put(f"/api/design/drafts/role/{tree['role']}", json={"tree": tree, "version": None})
    assert reply.status_code == 200, reply.text
    return reply.json()["draft"]["id"]


def rows_of(tree: Json, rows: str) -> Json:
    return {**tree, "forms": {"customer": {**tree["forms"]["customer"], "rows": rows}}}


def test_the_matrix_has_each_role_by_each_form_and_its_draft(admin: TestClient) -> None:
    draft(admin, rows_of(CLERK, "all"))
    found = admin.get("/api/access/matrix").json()
    assert [one["key"] for one in found["forms"]] == ["customer"]
    lines = {one["key"]: one for one in found["roles"]}
    assert {key: one["holders"] for key, one in lines.items()} == {"business_admin": 1, "sales": 2, "clerk": 1}
    assert (lines["clerk"]["state"], lines["sales"]["state"]) == ("changed", "published")
    assert lines["clerk"]["current"]["forms"]["customer"]["rows"] == "amount > 50"
    assert lines["clerk"]["draft"]["forms"]["customer"]["rows"] == "all"


def test_what_the_holders_of_a_role_read_together_is_counted_once_each(admin: TestClient, company: Company) -> None:
    """The first is deleted. Own: one of Tang's, one of Lin's. Over 50: both. All: two for two holders; nobody: none."""
    with company.database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load({**rows_of(CLERK, "all"), "role": "reader", "label": "只读"})])
        people.assign(tx, company.tang, ["sales", "reader"])
        people.assign(tx, company.lin, ["sales", "clerk", "reader"])
        access.publish(tx, [access.load({**CLERK, "role": "nobody", "label": "无人"})])
        records.delete(tx, "customer", company.customers[0], 1)
    told = {
        role: admin.get(f"/api/access/reach/{role}/customer").json()["records"]
        for role in ("sales", "clerk", "reader", "nobody", "missing")
    }
    assert told == {"sales": 2, "clerk": 2, "reader": 2, "nobody": 0, "missing": 0}


def test_who_gains_and_who_loses_is_said_by_name_before_it_is_published(admin: TestClient, company: Company) -> None:
    """Lin reads the third as hers and, as a clerk, those over 50: two. Losing "own" leaves her the same two."""
    number = draft(admin, rows_of(SALES, "amount < 50"))
    told = admin.post("/api/access/effects", json={"drafts": [number]}).json()
    assert [(one["name"], one["before"], one["after"], one["gained"], one["lost"]) for one in told["people"]] == [
        ("唐可", 2, 1, 0, 1),
        ("林晓棠", 2, 3, 1, 0),
    ]
    assert (told["rights"], told["own_administration"], told["uncounted"]) == ([], False, [])
    assert admin.post("/api/design/publish", json={"drafts": [number]}).status_code == 200
    with logged_in(company.database, "lin") as lin:
        assert lin.post("/api/forms/customer/count", json={}).json()["count"] == 3


def test_a_condition_over_a_field_that_is_not_there_yet_is_said_to_be_uncounted(admin: TestClient) -> None:
    number = draft(admin, rows_of(CLERK, "region = 1"))
    assert admin.post("/api/access/effects", json={"drafts": [number]}).json()["uncounted"] == ["customer"]


def test_taking_away_one_s_own_administration_is_told_and_refused(admin: TestClient) -> None:
    tree = admin.get("/api/design/definitions/role/business_admin").json()["current"]
    number = draft(admin, {**tree, "may": ["people"]})
    told = admin.post("/api/access/effects", json={"drafts": [number]}).json()
    assert told["own_administration"] is True
    assert [(one["name"], one["lost"]) for one in told["rights"]] == [("周予安", ["design", "import", "release"])]
    refused = admin.post("/api/design/publish", json={"drafts": [number]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "access.own_administration")
    assert "design" in admin.get("/api/me").json()["may"]


def test_a_computed_field_that_tells_what_its_inputs_hide_is_named_until_somebody_decides(admin: TestClient) -> None:
    def told() -> Any:
        lines = admin.get("/api/access/matrix").json()["roles"]
        return next(one["disclosures"] for one in lines if one["key"] == "sales")

    inputs = [{"form": "customer", "field": "amount"}]
    assert told() == [{"form": "customer", "field": "twice", "inputs": inputs, "kept": False}]
    fields = SALES["forms"]["customer"]["fields"]
    grant = {**SALES["forms"]["customer"], "fields": {**fields, "twice": "read"}}
    draft(admin, {**SALES, "forms": {"customer": grant}})
    assert [one["kept"] for one in told()] == [True]
    saved = {**SALES, "forms": {"customer": {**grant, "fields": {**fields, "twice": "hidden"}}}}
    admin.put("/api/design/drafts/role/sales", json={"tree": saved, "version": 1})
    assert told() == []


def look(client: TestClient, person: int, record: int) -> Json:
    reply = client.post("/api/access/view-as", json={"person": person, "form": "customer", "record": record})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_view_as_tells_every_rule_the_one_that_decided_and_each_value_as_seen(
    admin: TestClient, company: Company
) -> None:
    mine = look(admin, company.tang, company.customers[1])
    assert (mine["visible"], mine["total"], mine["visible_count"]) == (True, 3, 2)
    assert [(one["role"], one["holds"], one["decided"]) for one in mine["rules"]] == [("sales", True, True)]
    seen = {one["key"]: (one["level"], one["value"]) for one in mine["fields"]}
    assert seen["name"] == ("write", "乙")
    assert seen["phone"] == ("masked", "138****8888")
    assert seen["amount"] == ("hidden", None)
    assert seen["twice"][0] == "read"
    assert {one["key"]: one["hidden_inputs"] for one in mine["fields"]}["twice"] == [
        {"form": "customer", "field": "amount"}
    ]
    both = look(admin, company.lin, company.customers[1])
    assert [(one["role"], one["holds"], one["decided"]) for one in both["rules"]] == [
        ("sales", False, False),
        ("clerk", True, True),
    ]
    assert {one["key"]: (one["level"], one["role"]) for one in both["fields"]}["amount"] == ("read", "文员")


def test_view_as_shows_no_value_of_what_the_person_may_not_see_and_is_kept(admin: TestClient, company: Company) -> None:
    other = look(admin, company.tang, company.customers[2])
    assert (other["visible"], other["fields"], other["title"], other["owner"]) == (False, [], None, "林晓棠")
    kept = admin.get("/api/access/viewings").json()
    assert [(one["by"], one["person"], one["record_id"], one["visible"]) for one in kept] == [
        ("周予安", "唐可", company.customers[2], False)
    ]
    nobody = admin.post("/api/access/view-as", json={"person": company.tang, "form": "customer", "record": 999})
    assert nobody.status_code == 404
    nothing = admin.post("/api/access/view-as", json={"person": company.tang, "form": "secret", "record": 1})
    assert nothing.status_code == 404


def test_only_who_may_design_looks_at_access(company: Company) -> None:
    with logged_in(company.database, "tang") as client:
        for method, path in (("GET", "matrix"), ("POST", "effects"), ("POST", "view-as"), ("GET", "viewings")):
            body = {"drafts": [1], "person": 1, "form": "customer", "record": 1}
            body = {"drafts": [1]} if path == "effects" else {key: body[key] for key in ("person", "form", "record")}
            refused = client.request(method, f"/api/access/{path}", json=None if method == "GET" else body)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "people.may"), path

"""What a person learns of the forms: fields with grants, rights, collections, and nothing of what is hidden."""

from typing import Any

import pytest
import yaml
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, people
from perennial.kernel import SYSTEM, Database
from tests.builders import RENEWAL, field, form, install, install_renewal


@pytest.fixture
@built_once
def renewal(database: Database) -> Database:
    """The shipped forms and roles, one person per role: the account is the role's key."""
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        trees = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (RENEWAL.parent / "roles").glob("*.yaml")]
        access.publish(tx, [access.load(tree) for tree in trees])
        for tree in trees:
            people.create(tx, tree["role"], tree["label"], password=PASSWORD, roles=[tree["role"]])
        people.create(tx, "nobody", "新人", password=PASSWORD)
    return database


def forms_of(database: Database, account: str) -> dict[str, dict[str, Any]]:
    with logged_in(database, account) as client:
        return {form["key"]: form for form in client.get("/api/forms").json()}


def grants(form: dict[str, Any]) -> dict[str, str]:
    return {field["key"]: field["grant"] for field in form["fields"]}


def test_the_administrator_knows_every_form_and_may_do_everything(renewal: Database) -> None:
    forms = forms_of(renewal, "business_admin")
    assert len(forms) == 13
    assert all(form["may"] == ["create", "update", "delete"] for form in forms.values())
    contract = forms["contract"]
    assert (contract["title"], contract["owner"], contract["noun"]) == ("number", "owner", "份")
    fields = {field["key"]: field for field in contract["fields"]}
    assert fields["status"]["options"][0] == {"key": "pending", "label": "待续费", "label_en": "Pending"}
    assert (fields["days_left"]["kind"], fields["days_left"]["type"], fields["days_left"]["grant"]) == (
        "formula", "number", "read")  # fmt: skip
    contracts = next(one for one in forms["customer"]["collections"] if one["key"] == "contracts")
    assert contracts == {"key": "contracts", "form": "contract", "field": "customer", "label": "续费合同",
                         "label_en": "Contracts", "sub_table": False}  # fmt: skip


def test_days_left_stand_at_their_formula_or_at_the_date_that_counts_down(renewal: Database) -> None:
    fields = {field["key"]: field["counts"] for field in forms_of(renewal, "business_admin")["contract"]["fields"]}
    assert {key: counts for key, counts in fields.items() if counts} == {
        "days_left": {"date": "end_date", "during": "open"}
    }
    grant = {"rights": ["read"], "fields": {"*": "read"}}
    paper = field("due: date", counts_down=True), field("sent: date"), field("done: yes_no")
    with renewal.begin(SYSTEM) as tx:
        install(tx, form("paper", *paper))
        access.publish(tx, [access.load({"role": "clerk", "label": "内勤", "forms": {"paper": grant}})])
        people.create(tx, "clerk", "小内", password=PASSWORD, roles=["clerk"])
    told = {field["key"]: field["counts"] for field in forms_of(renewal, "clerk")["paper"]["fields"]}
    assert told == {"due": {"date": "due", "during": None}, "sent": None, "done": None}


def test_finance_reads_contracts_and_what_it_reviews_writes_payments_and_knows_of_nothing_else(
    renewal: Database,
) -> None:
    forms = forms_of(renewal, "finance")
    assert set(forms) == {"customer", "contract", "payment", "quote", "quote_line", "annual_review"}
    assert (forms["contract"]["may"], forms["payment"]["may"]) == ([], ["create", "update", "delete"])
    assert set(grants(forms["contract"]).values()) == {"read"}
    assert not any(field["fill_in"] for field in forms["contract"]["fields"])
    assert {one["form"] for one in forms["customer"]["collections"]} <= set(forms)


def test_a_csm_reads_but_does_not_write_the_credit_code(renewal: Database) -> None:
    customer = forms_of(renewal, "csm")["customer"]
    assert (customer["may"], grants(customer)["credit_code"], grants(customer)["name"]) == (
        ["create", "update"], "read", "write")  # fmt: skip


def test_who_has_no_role_knows_of_no_form(renewal: Database) -> None:
    assert forms_of(renewal, "nobody") == {}
    with logged_in(renewal, "nobody") as client:
        unknown, ungranted = (
            client.post(f"/api/forms/{form}/page", json={}).json() for form in ("nonsense", "contract")
        )
        assert unknown["error"]["code"] == ungranted["error"]["code"] == "forms.no_such_form"


def test_a_formula_is_told_only_to_whom_every_name_in_it_is_known(renewal: Database) -> None:
    tree = {"role": "guest", "label": "访客", "forms": {
        "contract": {"rights": ["read"], "fields": {"*": "read", "end_date": "hidden"}}}}  # fmt: skip
    with renewal.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(tree)])
        people.create(tx, "guest", "访客", password=PASSWORD, roles=["guest"])
    fields = {field["key"]: field for field in forms_of(renewal, "guest")["contract"]["fields"]}
    assert "end_date" not in fields and fields["days_left"]["formula"] is None
    assert "end_date" not in str(fields)


def test_the_shipped_roles_come_back_from_the_workspace_as_they_were_written(renewal: Database) -> None:
    with renewal.begin(SYSTEM) as tx:
        stored = {role.key: access.dump(role) for role in access.roles(tx)}
    for path in (RENEWAL.parent / "roles").glob("*.yaml"):
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert access.load(stored[tree["role"]]) == access.load(tree)

"""What one reader sees, may write, and learns from errors."""

import json
from typing import Any

import pytest
from builders_records import acting, contract, customer, payment, representatives
from worlds import built_once

from perennial import access, records
from perennial.kernel import SYSTEM, Conflict, Database, Denied, Invalid, Missing
from perennial.records import Query

ROLE: dict[str, Any] = {
    "role": "rep", "label": "代表",
    "forms": {
        "customer": {"rows": "own", "rights": ["read", "update"],
                     "fields": {"*": "write", "phone": "masked", "note": "hidden", "tier": "read"}},
        "contract": {"rows": "own", "rights": ["read", "create", "update"],
                     "fields": {"*": "write", "forecast_amount": "hidden", "amount": "masked"}},
    },
}  # fmt: skip


class Office:
    """Two representatives; each has a customer with a contract."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.begin(SYSTEM) as tx:
            self.he, self.yu = representatives(tx, ROLE)
            self.mine = customer(tx, name="厦门屿岸", csm=self.he, phone="13800001234", note="secret", tier="a")
            self.theirs = customer(tx, name="苏州云帆", csm=self.yu, phone="13900005678", tier="b")
            self.contract = contract(tx, customer=self.mine, owner=self.he, number="C-1", amount="77")
            self.other = contract(tx, customer=self.theirs, owner=self.yu, number="C-2", amount="88")
            # a contract of mine with a customer that I may not see
            self.mixed = contract(tx, customer=self.theirs, owner=self.he, number="C-3", forecast_amount="5")


@pytest.fixture
@built_once
def office(database: Database) -> Office:
    return Office(database)


def test_a_page_and_its_count_hold_only_my_rows_and_mask_what_i_may_not_read(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        found = json.loads(records.page(tx, "customer", Query()))["rows"]
        assert [row["id"] for row in found] == [office.mine]
        assert found[0]["phone"] == "138****1234"
        assert "note" not in found[0]
        assert records.count(tx, "customer").count == 1
        fields = json.loads(records.read(tx, "customer", office.mine))["fields"]
        assert (fields["phone"], fields["tier"], fields["name"]) == ("masked", "read", "write")


def test_a_related_record_i_may_not_see_has_no_name_and_no_id(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        asked = Query(sort=(("number", False),), columns=("customer", "customer.name", "number"))
        found = json.loads(records.page(tx, "contract", asked))["rows"]
        assert [row["customer"] for row in found] == [
            {"id": office.mine, "label": "厦门屿岸"}, {"id": None, "label": None}]  # fmt: skip
        assert [row["customer.name"] for row in found] == ["厦门屿岸", None]


@pytest.mark.parametrize("field", ["forecast_amount", "amount", "customer.phone", "customer.note"])
def test_filter_and_sort_by_what_i_may_not_read_are_errors_of_an_unknown_name(office: Office, field: str) -> None:
    with acting(office.database, office.he) as tx:
        for query in (Query(filter=f"ISBLANK({field})"), Query(sort=((field, False),))):
            with pytest.raises(Invalid) as caught:
                records.page(tx, "contract", query)
            assert caught.value.code == "formula.unknown_name"


def test_a_hidden_column_is_as_unknown_as_one_that_does_not_exist(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        errors: list[tuple[str, Any]] = []
        for column in ("note", "nothing_of_the_kind"):
            with pytest.raises(Invalid) as caught:
                records.page(tx, "customer", Query(columns=(column,)))
            errors.append((caught.value.code, {**caught.value.facts, "field": ""}))
        assert errors[0] == errors[1]


def test_search_finds_nothing_in_fields_and_records_that_i_may_not_read(office: Office) -> None:
    with acting(office.database, office.he) as tx:

        def ids(form: str, word: str) -> list[int]:
            return [row["id"] for row in json.loads(records.page(tx, form, Query(search=word)))["rows"]]

        assert ids("customer", "屿岸") == [office.mine]
        assert ids("customer", "云帆") == []
        assert ids("customer", "13800001234") == []  # masked
        assert ids("contract", "云帆") == []  # the name of a customer that I may not see
        assert ids("contract", "屿岸") == [office.contract]


def test_what_i_cannot_see_is_not_there_and_what_i_cannot_do_is_denied(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        for attempt in (
            lambda: records.read(tx, "customer", office.theirs),
            lambda: records.update(tx, "customer", office.theirs, 1, {"name": "x"}),
            lambda: records.delete(tx, "customer", office.theirs, 1),
            lambda: records.history(tx, "customer", office.theirs),
            lambda: records.related(tx, "customer", office.theirs, "contracts", Query()),
            lambda: records.page(tx, "payment", Query()),
            lambda: records.explain(tx, "customer", office.theirs, "name"),
        ):
            with pytest.raises(Missing):
                attempt()
        for attempt in (
            lambda: records.delete(tx, "customer", office.mine, 1),
            lambda: records.create(tx, "customer", {"name": "x"}),
            lambda: records.update(tx, "customer", office.mine, 1, {"tier": "b"}),
            lambda: records.update(tx, "customer", office.mine, 1, {"phone": "13900000000"}),
        ):
            with pytest.raises(Denied):
                attempt()
        with pytest.raises(Invalid) as caught:
            records.update(tx, "customer", office.mine, 1, {"note": "x"})
        assert caught.value.code == "records.unknown_field"


def test_what_others_must_refer_to_stays_though_i_do_not_see_them(office: Office) -> None:
    with office.database.begin(SYSTEM) as tx:
        contract(tx, customer=office.mine, owner=office.yu, number="C-4")
        records.delete(tx, "contract", office.contract, 1)
        forms = {**ROLE["forms"], "customer": {**ROLE["forms"]["customer"], "rights": ["read", "update", "delete"]}}
        access.publish(tx, [access.load({**ROLE, "forms": forms})])
    with acting(office.database, office.he) as tx, pytest.raises(Invalid) as caught:
        records.delete(tx, "customer", office.mine, 1)
    assert (caught.value.code, caught.value.facts) == ("records.still_used_unseen", {})


def test_a_relation_can_only_name_what_i_may_see(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        for wrong in (office.theirs, 999_999):
            with pytest.raises(Invalid) as caught:
                contract(tx, customer=wrong)
            assert (caught.value.code, caught.value.path) == ("records.reference", "customer")
        assert contract(tx, customer=office.mine)


def test_a_relation_that_i_do_not_see_survives_my_change(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        records.update(tx, "contract", office.mixed, 1, {"intent": "yes"})
    with office.database.begin(SYSTEM) as tx:
        assert json.loads(records.read(tx, "contract", office.mixed))["values"]["customer"]["id"] == office.theirs


def test_history_hides_and_masks_by_my_grants_of_today(office: Office) -> None:
    with office.database.begin(SYSTEM) as tx:
        records.update(tx, "customer", office.mine, 1, {"phone": "13700007777", "note": "x", "tier": "b"})
        records.update(tx, "contract", office.contract, 1, {"customer": office.theirs})
    with acting(office.database, office.he) as tx:
        change = records.history(tx, "customer", office.mine)[0]
        assert {one["key"]: (one["before"], one["after"]) for one in change.fields} == {
            "phone": ("138****1234", "137****7777"), "tier": ("a", "b")}  # fmt: skip
        moved = records.history(tx, "contract", office.contract)[0].fields[0]
        assert (moved["before"], moved["after"]) == (
            {"id": office.mine, "label": "厦门屿岸"}, {"id": None, "label": None})  # fmt: skip


def test_a_conflict_tells_only_what_i_may_read(office: Office) -> None:
    with office.database.begin(SYSTEM) as tx:
        records.update(tx, "customer", office.mine, 1, {"phone": "13700007777", "note": "x", "name": "新名"})
    with acting(office.database, office.he) as tx:
        with pytest.raises(Conflict) as caught:
            records.update(tx, "customer", office.mine, 1, {"name": "我的"})
        fields = caught.value.facts["fields"]
        assert set(fields) == {"name", "phone"}
        assert (fields["name"]["base"], fields["name"]["theirs"], fields["name"]["mine"]) == (
            "厦门屿岸",
            "新名",
            "我的",
        )
        assert (fields["phone"]["base"], fields["phone"]["theirs"]) == ("138****1234", "137****7777")


def test_taken_says_nothing_about_whose_it_is(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        with pytest.raises(Invalid) as caught:
            contract(tx, customer=office.mine, number="C-2")
        assert (caught.value.code, set(caught.value.facts)) == ("records.taken", {"field", "value"})


def test_a_preview_shows_no_computed_field_that_i_may_not_read(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        found = records.preview(tx, "contract", {"end_date": "2026-12-01"}, id=office.contract)
        assert found.computed["days_left"] == "10"
        with pytest.raises(Missing):
            records.preview(tx, "contract", {}, id=office.other)


def test_a_preview_follows_no_relation_to_a_record_that_i_may_not_read(office: Office) -> None:
    """The default of the owner is the customer's CSM: of one that is hidden it is as of one that never was."""
    with acting(office.database, office.he) as tx:
        seen, hidden, none = (records.preview(tx, "contract", {"customer": id_})
                              for id_ in (office.mine, office.theirs, 999_999))  # fmt: skip
        assert seen.defaults["owner"] == {"id": office.he, "name": "何知远"}
        assert "owner" not in hidden.defaults or hidden.defaults["owner"] is None
        assert (hidden.defaults, hidden.computed, hidden.states) == (none.defaults, none.computed, none.states)
        assert [(one.path, one.code) for one in hidden.errors] == [(one.path, one.code) for one in none.errors]


def test_why_shows_the_factors_that_i_may_see_and_counts_the_others(office: Office) -> None:
    with office.database.begin(SYSTEM) as tx:
        payment(tx, office.contract, "9", purpose="renewal")
        whole = records.explain(tx, "contract", office.contract, "expected_amount")
        assert (whole.value, whole.label) == (77, "应续金额")
    with acting(office.database, office.he) as tx:
        mine = records.explain(tx, "contract", office.contract, "overdue")
        assert (mine.value, mine.hidden) == (False, 0)
        assert [part.text for part in mine.parts] != []

        def texts(part: records.Why) -> list[str]:
            return [part.text, *(text for one in part.parts for text in texts(one))]

        seen = records.explain(tx, "contract", office.contract, "expected_amount")
        assert "forecast_amount" not in texts(seen) and "amount" not in texts(seen)


def test_why_of_a_formula_of_ones_own_knows_no_more_than_one_may_read(office: Office) -> None:
    with office.database.begin(SYSTEM) as tx:
        contract(tx, customer=office.mine, owner=office.yu, amount="1000")
    with acting(office.database, office.he) as tx:
        assert records.explain(tx, "contract", office.mixed, "customer.name").value is None
        assert records.explain(tx, "customer", office.mine, "COUNTIF(contracts)").value == 1
        with pytest.raises(Invalid):
            records.explain(tx, "contract", office.contract, "amount + 0")
        # a published sum is told whole, its parts over rows that are partly hidden are not
        whole = records.explain(tx, "customer", office.mine, "open_contracts")
        assert whole.value == 2
        assert all(part.value is None or part.text != "COUNTIF(contracts, open)" for part in whole.parts)

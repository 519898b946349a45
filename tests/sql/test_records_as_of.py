"""Lists and records as of an earlier moment: the values of then, for those who may see them today."""

import json
from typing import Any

import pytest
from builders import install_renewal
from builders_records import acting, contract, customer, payment, representatives
from error_codes import refused
from worlds import built_once

from perennial import changes, records
from perennial.kernel import SYSTEM, Database, Missing, Tx
from perennial.records import Query

THEN = "2026-11-21"
ROLE: dict[str, Any] = {
    "role": "rep", "label": "代表",
    "forms": {
        "customer": {"rows": "own", "rights": ["read", "update", "delete"],
                     "fields": {"*": "write", "phone": "masked", "note": "hidden"}},
        "contract": {"rows": "end_date >= TODAY()", "rights": ["read", "update"], "fields": {"*": "write"}},
    },
}  # fmt: skip


def days_pass(database: Database, days: int = 3) -> None:
    changes.seal(database)
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + make_interval(days => %(n)s)", {"n": days})


class Office:
    """A customer with a contract on 21 November, changed three days later."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.begin(SYSTEM) as tx:
            self.he, self.yu = representatives(tx, ROLE)
            self.customer = customer(tx, name="厦门屿岸", csm=self.he, phone="13800001234", note="secret")
            self.given_away = customer(tx, name="苏州云帆", csm=self.he)
            self.contract = contract(
                tx, customer=self.customer, owner=self.he, number="C-1", amount="100", end_date="2026-12-01"
            )
            self.over = contract(
                tx, customer=self.customer, owner=self.he, number="C-2", amount="50", end_date="2026-11-22"
            )
            self.gone = contract(
                tx, customer=self.customer, owner=self.he, number="C-3", amount="7", end_date="2026-12-03"
            )
            self.payment = payment(tx, self.contract, "5")
        days_pass(database)
        with database.begin(SYSTEM) as tx:
            records.update(tx, "customer", self.customer, 1, {"name": "厦门新名", "phone": "13700005555"})
            records.update(tx, "customer", self.given_away, 1, {"csm": self.yu})
            records.update(tx, "contract", self.contract, 1, {"amount": "900", "end_date": "2027-12-01"})
            records.delete(tx, "contract", self.gone, 1)
            self.new = contract(tx, customer=self.customer, owner=self.he, number="C-9", amount="1")
        days_pass(database, 1)


@pytest.fixture
@built_once
def office(database: Database) -> Office:
    return Office(database)


def page(tx: Tx, form: str, at: str | None, **asked: Any) -> list[dict[str, Any]]:
    with records.as_of(tx, at):
        return json.loads(records.page(tx, form, Query(**asked)))["rows"]


def test_a_list_of_then_has_the_rows_and_values_of_then(office: Office) -> None:
    columns = ("number", "amount", "customer", "customer.name", "days_left")
    with office.database.begin(SYSTEM) as tx:
        found = page(tx, "contract", THEN, columns=columns, sort=(("number", False),))
        assert [(row["number"], row["amount"], row["customer"]["label"], row["customer.name"], row["days_left"])
                for row in found] == [("C-1", "100.00", "厦门屿岸", "厦门屿岸", "10"),
                                      ("C-2", "50.00", "厦门屿岸", "厦门屿岸", "1"),
                                      ("C-3", "7.00", "厦门屿岸", "厦门屿岸", "12")]  # fmt: skip
        now = page(tx, "contract", None, columns=("number",), sort=(("number", False),))
        assert [row["number"] for row in now] == ["C-1", "C-2", "C-9"]
        assert page(tx, "contract", "2026-11-20") == []
        assert page(tx, "contract", "2030-01-01", columns=("number",), sort=(("number", False),)) == now


def test_filters_sorts_searches_counts_sums_and_groups_read_the_past(office: Office) -> None:
    with office.database.begin(SYSTEM) as tx:
        within = page(tx, "contract", THEN, filter="DAYS(end_date, TODAY()) <= 10", sort=(("amount", True),))
        assert [row["number"] for row in within] == ["C-1", "C-2"]
        assert [row["id"] for row in page(tx, "contract", THEN, search="屿岸", limit=2)] == [
            office.contract,
            office.over,
        ]
        assert page(tx, "customer", THEN, search="新名") == []
        with records.as_of(tx, "2026-11-21T09:00"):
            counted = records.count(tx, "contract", filter='customer.name = "厦门屿岸"', sums=("amount",))
            months = records.groups(tx, "contract", "end_date", sums=("amount",))
        assert (counted.count, counted.sums) == (3, {"amount": "157.00"})
        assert [(one.key, one.count, one.sums["amount"]) for one in months] == [
            ("2026-11", 1, "50.00"), ("2026-12", 2, "107.00")]  # fmt: skip


def test_pages_of_the_past_go_on_where_they_ended(office: Office) -> None:
    with office.database.begin(SYSTEM) as tx, records.as_of(tx, THEN):
        first = json.loads(records.page(tx, "contract", Query(sort=(("amount", False),), limit=2)))
        rest = json.loads(records.page(tx, "contract", Query(sort=(("amount", False),), limit=2, after=first["next"])))
        assert [row["number"] for row in first["rows"]] == ["C-3", "C-2"]
        assert [row["number"] for row in rest["rows"]] == ["C-1"]


def test_a_record_of_then_can_be_read_and_not_written(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        with records.as_of(tx, THEN):
            then = json.loads(records.read(tx, "customer", office.customer))
            related = json.loads(records.related(tx, "customer", office.customer, "contracts", Query()))["rows"]
        now = json.loads(records.read(tx, "customer", office.customer))
        assert (then["title"], then["version"], then["values"]["phone"]) == ("厦门屿岸", 1, "138****1234")
        assert (then["may"], now["may"]) == ([], ["update", "delete"])
        assert "write" not in then["fields"].values()
        assert "note" not in then["values"]
        assert (now["title"], now["values"]["phone"]) == ("厦门新名", "137****5555")
        assert {row["number"] for row in related} == {"C-1", "C-3"}
        assert records.read(tx, "customer", office.customer)  # and the present is back


def test_who_may_see_the_past_is_asked_of_the_row_of_today(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        assert [row["name"] for row in page(tx, "customer", THEN)] == ["厦门屿岸"]
        with records.as_of(tx, THEN), pytest.raises(Missing):
            records.read(tx, "customer", office.given_away)
        # a scope that asks for the day: C-2 ended meanwhile, by the clock of today it is out of sight
        assert [row["number"] for row in page(tx, "contract", THEN, sort=(("number", False),))] == ["C-1", "C-3"]
    with acting(office.database, office.yu) as tx:
        assert [row["name"] for row in page(tx, "customer", THEN)] == ["苏州云帆"]


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-11-21T25:00", "2026-11-21 09:00", ""])
def test_what_is_no_moment_is_told(database: Database, text: str) -> None:
    with (
        database.begin(SYSTEM) as tx,
        refused("records.not_moment", f"「{text}」不是时刻，请写成 2026-09-30 或 2026-09-30T09:42", path="at"),
        records.as_of(tx, text),
    ):
        raise AssertionError


def test_an_unsealed_write_is_of_now_and_not_of_then(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        one = customer(tx, name="a")
    changes.seal(database)
    with database.begin(SYSTEM) as tx:
        records.update(tx, "customer", one, 1, {"name": "b"})
        assert [row["name"] for row in page(tx, "customer", THEN)] == ["a"]

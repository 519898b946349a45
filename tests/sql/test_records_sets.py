"""Many records at once: the same rules as for one, in a number of statements that does not grow."""

import json
from typing import Any

import pytest
from builders_records import contract, customer, payment
from sqlalchemy import Date, Integer, Numeric, String, cast, column, func, literal, select, values

from perennial import records
from perennial.kernel import Database, Invalid, Tx


@pytest.fixture
def crm(renewal: Database, tx: Tx) -> Tx:
    return tx


def contracts(who: int, count: int) -> Any:
    """A select of contracts of one customer, numbered by hand on every second."""
    n = func.generate_series(1, count).column_valued("n")
    number = func.nullif(func.concat("X-", n * func.mod(n, 2)), "X-0")
    return select(
        literal(who).label("customer"), number.label("number"), cast("2026-01-01", Date).label("start_date"),
        (cast("2026-12-01", Date) + cast(n, Integer)).label("end_date"), cast(n, Numeric).label("amount"),
        literal("", String).label("note"),
    )  # fmt: skip


def statements(tx: Tx, act: Any) -> int:
    """How many statements `act` sends."""
    sent: list[Any] = []
    inner = tx.connection.execute

    def counted(*args: Any, **options: Any) -> Any:
        sent.append(args[0])
        return inner(*args, **options)

    tx.connection.execute = counted  # type: ignore[method-assign]
    try:
        act()
    finally:
        del tx.connection.execute
    return len(sent)


def test_a_set_is_created_with_numbers_blanks_and_sums(crm: Tx) -> None:
    who = customer(crm)
    made = records.create_set(crm, "contract", contracts(who, 6), returning=["id", "number"])
    assert made.count == 6
    assert sorted(row["number"] for row in made.rows) == [
        "HT-2026-0001", "HT-2026-0002", "HT-2026-0003", "X-1", "X-3", "X-5"]  # fmt: skip
    assert crm.value("SELECT count(*) FROM data_read.contract WHERE note IS NULL AND version = 1 AND open") == 6
    found = crm.one("SELECT open_contracts, open_amount FROM data_read.customer")
    assert found == {"open_contracts": 6, "open_amount": 21}


def test_a_set_may_bring_its_ids(crm: Tx) -> None:
    who = customer(crm)
    wanted = select(records.new_id(crm, "contract").label("id"), *contracts(who, 3).subquery().c)
    made = records.create_set(crm, "contract", wanted, returning=["amount"])
    assert len({row["id"] for row in made.rows}) == 3
    assert contract(crm, customer=who) > max(made.ids)


def test_a_set_changes_only_what_differs(crm: Tx) -> None:
    who = customer(crm)
    one, two, three = (contract(crm, customer=who, amount=amount) for amount in ("1", "2", "3"))
    gone = contract(crm, customer=who, amount="4")
    records.delete(crm, "contract", gone, 1)
    given = values(column("id", Integer), column("amount", Numeric), name="given").data(
        [(one, 1), (two, 20), (three, 30), (gone, 40)]
    )
    written = records.update_set(crm, "contract", select(given))
    assert sorted(written.ids) == [two, three]
    rows = crm.rows("SELECT id, amount, version FROM data_read.contract ORDER BY id")
    assert [(row["amount"], row["version"]) for row in rows] == [(1, 1), (20, 2), (30, 2)]
    assert crm.value("SELECT open_amount FROM data_read.customer") == 51
    assert records.update_set(crm, "contract", select(given)).count == 0
    assert crm.value("SELECT count(*) FROM changes.change WHERE op = 'U' AND after ? 'amount'") == 2


def test_children_moved_as_a_set_mend_the_parents_they_left_and_reached(crm: Tx) -> None:
    first, second = contract(crm), contract(crm)
    paid = [payment(crm, first, "5", purpose="renewal") for _ in range(3)]
    given = values(column("id", Integer), column("contract", Integer), name="given").data(
        [(one, second) for one in paid]
    )
    records.update_set(crm, "payment", select(given))
    sums = "SELECT paid_for_renewal AS paid FROM data_read.contract ORDER BY id"
    assert [row["paid"] for row in crm.rows(sums)] == [0, 15]
    assert sorted(records.delete_set(crm, "payment", paid[:2]).ids) == paid[:2]
    assert records.delete_set(crm, "payment", paid[:2]).count == 0
    assert [row["paid"] for row in crm.rows(sums)] == [0, 5]
    assert records.restore_set(crm, "payment", select(literal(paid[0]))).ids == [paid[0]]
    assert [row["paid"] for row in crm.rows(sums)] == [0, 10]


def test_a_set_takes_as_many_statements_as_one_row(crm: Tx) -> None:
    who = customer(crm)
    few = statements(crm, lambda: records.create_set(crm, "contract", contracts(who, 2)))
    other = customer(crm, name="另一家")
    wanted = select(*(c for c in contracts(other, 400).subquery().c if c.name != "number"))
    many = statements(crm, lambda: records.create_set(crm, "contract", wanted))
    assert many <= few
    ids = crm.value("SELECT array_agg(id) FROM data_read.contract")
    given = lambda some: values(column("id", Integer), column("amount", Numeric), name="given").data(  # noqa: E731
        [(one, 1000 + one) for one in some]
    )
    little = statements(crm, lambda: records.update_set(crm, "contract", select(given(ids[:2]))))
    large = statements(crm, lambda: records.update_set(crm, "contract", select(given(ids))))
    assert large == little


def test_a_taken_value_in_a_set_says_which_field(crm: Tx) -> None:
    who = customer(crm)
    contract(crm, customer=who, number="X-3")
    with pytest.raises(Invalid) as caught:
        records.create_set(crm, "contract", contracts(who, 4))
    assert (caught.value.code, caught.value.path) == ("records.taken", "number")


@pytest.mark.parametrize("name", ["nope", "open", "version"])
def test_a_set_names_only_fields_that_can_be_written(crm: Tx, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        records.create_set(crm, "contract", select(literal(1).label(name)))
    assert caught.value.path == name


def test_a_number_is_never_given_twice_after_a_set_brought_it(crm: Tx) -> None:
    who = customer(crm)
    given = select(
        literal(who).label("customer"), literal("HT-2026-0041").label("number"),
        cast("2026-01-01", Date).label("start_date"), cast("2026-12-31", Date).label("end_date"),
    )  # fmt: skip
    records.create_set(crm, "contract", given)
    made = contract(crm, customer=who)
    assert json.loads(records.read(crm, "contract", made))["values"]["number"] == "HT-2026-0042"

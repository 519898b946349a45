"""Create, change, delete and restore one record."""

import contextlib
import datetime as dt
import json
import threading
from decimal import Decimal
from typing import Any

import pytest
from builders import install_renewal
from builders_records import contract, customer, payment

from perennial import records
from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Missing, Tx
from perennial.records import Query


@pytest.fixture
def crm(renewal: Database, tx: Tx) -> Tx:
    return tx


def values(tx: Tx, form: str, record_id: int) -> dict[str, Any]:
    return json.loads(records.read(tx, form, record_id))["values"]


def test_a_new_contract_gets_its_number_its_defaults_and_its_computed_fields(crm: Tx) -> None:
    owner = crm.value("INSERT INTO people.person (account, name) VALUES ('he', '何知远') RETURNING id")
    made = contract(crm, customer=customer(crm, csm=owner), amount="1200.5", end_date="2026-12-31")
    found = values(crm, "contract", made)
    assert found["number"] == "HT-2026-0001"
    assert (found["status"], found["owner"]) == ("pending", {"id": owner, "name": "何知远"})
    assert (found["open"], found["overdue"], found["days_left"]) == (True, False, "40")
    assert (found["amount"], found["expected_amount"], found["paid_for_renewal"]) == ("1200.50", "1200.50", "0.00")
    assert found["customer"]["label"] == "厦门屿岸"


def test_numbers_run_on_skip_those_given_by_hand_and_keep_them(crm: Tx) -> None:
    numbers = [values(crm, "contract", contract(crm, **given))["number"] for given in
               ({}, {"number": "HT-2026-0007"}, {}, {"number": "2019/33"}, {})]  # fmt: skip
    assert numbers == ["HT-2026-0001", "HT-2026-0007", "HT-2026-0008", "2019/33", "HT-2026-0009"]


def test_everything_wrong_is_told_at_once_with_its_field(crm: Tx) -> None:
    with pytest.raises(Invalid) as caught:
        records.create(
            crm, "contract",
            {"amount": "面议", "start_date": "2026-02-30", "status": "nope", "customer": 999, "colour": "red",
             "open": True},
        )  # fmt: skip
    told = {error["field"]: error["code"] for error in caught.value.facts["errors"]}
    assert caught.value.code == "records.fields"
    assert told == {
        "amount": "records.not_money", "start_date": "records.not_date", "status": "records.option",
        "customer": "records.reference", "colour": "records.unknown_field", "open": "records.computed",
        "end_date": "records.required",
    }  # fmt: skip
    assert crm.value("SELECT count(*) FROM data_read.contract") == 0


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        ("amount", "1e20", "large"), ("amount", "NaN", "not_money"), ("amount", 1.005, "decimals"),
        ("amount", True, "not_money"),
        ("note", "a\x00b", "character"), ("note", "x" * 32_768, "long"), ("note", ["x"], "not_text"),
        ("end_date", "1899-12-31", "range"), ("end_date", "31.12.2026", "not_date"), ("owner", 77, "reference"),
        ("owner", "abc", "reference"), ("renew_mode", "手动", "option"), ("number", "x" * 601, "long"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_at_its_field(crm: Tx, field: str, raw: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        contract(crm, **{field: raw})
    assert (caught.value.code, caught.value.path) == (f"records.{code}", field)


@pytest.mark.parametrize(
    ("field", "raw", "stored"),
    [
        ("amount", " １，２３４.5 ", "1234.50"), ("amount", 99999999999999999999, None), ("notice_days", "30.0", "30"),
        ("status", "已确认", "confirmed"), ("end_date", "2026/3/5", "2026-03-05"), ("note", "   ", None),
        ("note", "a\nb", "a\nb"), ("note", None, None),
    ],
)  # fmt: skip
def test_a_value_is_stored_as_a_person_means_it(crm: Tx, field: str, raw: Any, stored: Any) -> None:
    if raw == 99999999999999999999:
        stored = "99999999999999999999.00"
    assert values(crm, "contract", contract(crm, **{field: raw}))[field] == stored


def test_a_unique_value_is_taken_until_its_record_is_deleted(crm: Tx) -> None:
    first = contract(crm, number="A-1")
    with pytest.raises(Invalid) as caught:
        contract(crm, number="A-1")
    assert (caught.value.code, caught.value.path, caught.value.facts["value"]) == ("records.taken", "number", "A-1")
    records.delete(crm, "contract", first, 1)
    second = contract(crm, number="A-1")
    assert second != first
    with pytest.raises(Invalid) as again, crm.savepoint():
        records.restore(crm, "contract", first)
    assert again.value.code == "records.taken"


def test_two_fields_together_are_unique(crm: Tx) -> None:
    who = customer(crm)
    records.create(crm, "usage", {"customer": who, "week_on": "2026-11-16"})
    records.create(crm, "usage", {"customer": who, "week_on": "2026-11-09"})
    with pytest.raises(Invalid) as caught:
        records.create(crm, "usage", {"customer": who, "week_on": "2026-11-16"})
    assert caught.value.facts["field"] == "关联客户、周（周一）"


def test_a_change_raises_the_version_and_is_logged_and_no_change_is_nothing(crm: Tx) -> None:
    made = contract(crm, amount="100")
    assert records.update(crm, "contract", made, 1, {"amount": "100.00", "note": " "}) == 1
    assert crm.value("SELECT count(*) FROM changes.change WHERE op = 'U' AND before ? 'amount'") == 0
    assert records.update(crm, "contract", made, 1, {"amount": "120", "status": "confirmed"}) == 2
    change = records.history(crm, "contract", made)[0]
    assert change.op == "update"
    assert change.fields == [
        {"key": "amount", "label": "合同金额", "before": "100.00", "after": "120.00"},
        {"key": "status", "label": "续费状态", "before": "pending", "after": "confirmed"},
    ]


def test_a_required_field_cannot_be_emptied_and_others_can(crm: Tx) -> None:
    made = contract(crm, amount="100", note="x")
    with pytest.raises(Invalid) as caught:
        records.update(crm, "contract", made, 1, {"end_date": None})
    assert (caught.value.code, caught.value.path) == ("records.required", "end_date")
    records.update(crm, "contract", made, 1, {"note": "", "amount": None})
    found = values(crm, "contract", made)
    assert (found["note"], found["amount"]) == (None, None)


def test_a_stale_version_is_refused_with_both_values_and_merges_when_other_fields_changed(crm: Tx) -> None:
    who = customer(crm, name="厦门屿岸")
    made = contract(crm, customer=who, amount="100", note="old")
    records.update(crm, "contract", made, 1, {"note": "theirs"})
    with pytest.raises(Conflict) as one_sided:
        records.update(crm, "contract", made, 1, {"amount": "90"})
    facts = one_sided.value.facts
    assert (one_sided.value.code, facts["mergeable"], facts["version"]) == ("records.stale", True, 2)
    assert facts["fields"]["note"] | {"label": ""} == {
        "label": "", "base": "old", "theirs": "theirs", "mine": None, "sent": False, "both": False}  # fmt: skip
    with pytest.raises(Conflict) as both:
        records.update(crm, "contract", made, 1, {"note": "mine"})
    assert not both.value.facts["mergeable"]
    assert both.value.facts["fields"]["note"]["both"]
    assert records.update(crm, "contract", made, 2, {"amount": "90"}) == 3
    assert records.update(crm, "contract", made, 1, {"amount": "90"}) == 3  # has it already


def test_a_stored_sum_follows_its_payments(crm: Tx) -> None:
    made, other = contract(crm), contract(crm)
    paid = payment(crm, made, "30", purpose="renewal")
    payment(crm, made, "12.5", purpose="renewal")
    payment(crm, made, "99")
    sums = lambda: [values(crm, "contract", one)["paid_for_renewal"] for one in (made, other)]  # noqa: E731
    assert sums() == ["42.50", "0.00"]
    records.update(crm, "payment", paid, 1, {"contract": other})
    assert sums() == ["12.50", "30.00"]
    records.delete(crm, "payment", paid, 2)
    assert sums() == ["12.50", "0.00"]
    records.restore(crm, "payment", paid)
    assert sums() == ["12.50", "30.00"]
    assert json.loads(records.read(crm, "contract", made))["version"] == 1  # people wrote nothing there


def test_a_deleted_record_is_gone_from_lists_but_has_its_history(crm: Tx) -> None:
    made = contract(crm, number="A-1")
    records.delete(crm, "contract", made, 1)
    with pytest.raises(Missing):
        records.read(crm, "contract", made)
    with pytest.raises(Missing):
        records.update(crm, "contract", made, 1, {"note": "x"})
    assert json.loads(records.page(crm, "contract", Query()))["rows"] == []
    assert [change.op for change in records.history(crm, "contract", made)] == ["delete", "create"]
    records.restore(crm, "contract", made)
    assert values(crm, "contract", made)["number"] == "A-1"


def test_a_customer_with_contracts_is_not_deleted(crm: Tx) -> None:
    who = customer(crm)
    made = contract(crm, customer=who)
    with pytest.raises(Invalid) as caught:
        records.delete(crm, "customer", who, 1)
    assert (caught.value.code, caught.value.facts["count"]) == ("records.still_used", 1)
    records.delete(crm, "contract", made, 1)
    records.delete(crm, "customer", who, 1)


def test_two_payments_at_once_lose_nothing(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        made = contract(tx)
    together(database, [lambda tx: payment(tx, made, "10", purpose="renewal")] * 2, rounds=6)
    with database.begin(SYSTEM) as tx:
        assert values(tx, "contract", made)["paid_for_renewal"] == "120.00"


def test_two_people_cannot_overwrite_each_other(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        made = contract(tx, note="0")
    results = together(
        database,
        [lambda tx, n=n: records.update(tx, "contract", made, 1, {"note": f"by {n}"}) for n in (1, 2)],
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "int"]


def test_numbers_given_out_at_once_are_all_different(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        who = customer(tx)
    together(database, [lambda tx: contract(tx, customer=who)] * 3, rounds=3)
    with database.begin(SYSTEM) as tx:
        numbers = tx.value("SELECT array_agg(number ORDER BY number) FROM data_read.contract")
    assert len(set(numbers)) == 9


def together(database: Database, acts: list[Any], rounds: int = 1) -> list[Any]:
    """Run the acts at the same moment on connections of their own; what each returned or raised."""
    found: list[Any] = []
    for _ in range(rounds):
        barrier = threading.Barrier(len(acts))

        def run(act: Any, barrier: threading.Barrier = barrier) -> None:
            def inside(tx: Tx) -> Any:
                if not barrier.broken and barrier.n_waiting < barrier.parties:
                    with contextlib.suppress(threading.BrokenBarrierError):
                        barrier.wait(timeout=2)
                return act(tx)

            try:
                found.append(database.run(SYSTEM, inside))
            except (Conflict, Invalid) as error:
                found.append(error)

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return found


def test_a_preview_computes_and_tells_what_is_missing_without_writing(crm: Tx) -> None:
    owner = crm.value("INSERT INTO people.person (account, name) VALUES ('he', '何知远') RETURNING id")
    who = customer(crm, csm=owner)
    found = records.preview(crm, "contract", {"customer": who, "end_date": "2026-12-01", "amount": "abc"})
    assert (found.computed["days_left"], found.computed["open"], found.computed["next_start"]) == (
        "10",
        True,
        "2026-12-02",
    )
    assert found.defaults == {"status": "pending", "owner": {"id": owner, "name": "何知远"}}
    assert {(fault.path, fault.code) for fault in found.errors} == {
        ("amount", "records.not_money"), ("start_date", "records.required")}  # fmt: skip
    assert crm.value("SELECT count(*) FROM data_read.contract") == 0


def test_a_preview_of_an_existing_record_keeps_what_is_not_given_and_counts_its_children(crm: Tx) -> None:
    made = contract(crm, amount="80", end_date="2026-12-31")
    payment(crm, made, "30", purpose="renewal")
    found = records.preview(crm, "contract", {"status": "renewed", "renewed_amount": "90"}, id=made)
    assert found.computed["open"] is False
    assert found.computed["expected_amount"] == "90.00"
    assert found.computed["paid_for_renewal"] == "30.00"
    assert found.defaults == {}
    assert values(crm, "contract", made)["open"] is True


def test_dates_and_decimals_are_compared_as_values(crm: Tx) -> None:
    made = contract(crm, amount=Decimal("10"), end_date=dt.date(2026, 12, 31))
    assert records.update(crm, "contract", made, 1, {"amount": "10.0", "end_date": "2026-12-31"}) == 1

"""Maintained columns: what reads a written field is true again when `recompute` returns."""

import threading
from decimal import Decimal

from perennial import forms
from perennial.forms import Catalog, catalog
from perennial.kernel import SYSTEM, Database, Tx
from tests.builders import at, field, form, install, run

CUSTOMER = form(
    "customer",
    "name: text",
    "discount: percent",
    field("open_amount: formula", formula="SUMIF(contracts, open, net)", stored=True),
    field("big: formula", formula="open_amount > 100", stored=True),
)
CONTRACT = form(
    "contract",
    field("customer: relation", to="customer", reverse="contracts"),
    "amount: money",
    "status: text",
    "end_date: date",
    field("open: formula", formula='status <> "renewed"'),
    field("net: formula", formula="amount * (1 - COALESCE(customer.discount, 0))", tracked=True),
    field("paid: formula", formula="SUMIF(payments, TRUE, amount)", stored=True),
    field("late: formula", formula="AND(open, end_date < TODAY())", tracked=True),
)
PAYMENT = form("payment", field("contract: relation", to="contract", reverse="payments"), "amount: money")


def prepared(tx: Tx) -> Catalog:
    made = install(tx, CUSTOMER, CONTRACT, PAYMENT)
    run(tx, "INSERT INTO data.customer (name, discount) VALUES ('a', NULL), ('b', 0.5)")
    run(tx, "INSERT INTO data.contract (customer, amount) VALUES (1, 100), (1, 20), (2, 40)")
    run(tx, "INSERT INTO data.payment (contract, amount) VALUES (1, 7), (1, 8), (3, 9)")
    for form_, ids in (("customer", [1, 2]), ("contract", [1, 2, 3]), ("payment", [1, 2, 3])):
        forms.recompute(tx, form_, ids)
    return made


def customers(tx: Tx) -> list[tuple[Decimal, bool]]:
    return [(row["open_amount"], row["big"]) for row in tx.rows(at(tx, "SELECT * FROM data.customer ORDER BY id"))]


def contracts(tx: Tx) -> list[tuple[Decimal, Decimal]]:
    return [(row["net"], row["paid"]) for row in tx.rows(at(tx, "SELECT * FROM data.contract ORDER BY id"))]


def test_created_records_fill_their_own_columns_and_those_above(tx: Tx) -> None:
    prepared(tx)
    assert contracts(tx) == [(100, 15), (20, 0), (20, 9)]
    assert customers(tx) == [(120, True), (20, False)]


def test_a_changed_field_reaches_everything_that_reads_it_over_two_levels(tx: Tx) -> None:
    prepared(tx)
    run(tx, "UPDATE data.customer SET discount = 0.25 WHERE id = 1")
    forms.recompute(tx, "customer", [1], ["discount"])
    assert contracts(tx) == [(75, 15), (15, 0), (20, 9)]
    assert customers(tx) == [(90, False), (20, False)]


def test_a_condition_inside_an_aggregate_counts_as_read(tx: Tx) -> None:
    prepared(tx)
    run(tx, "UPDATE data.contract SET status = 'renewed' WHERE id = 1")
    forms.recompute(tx, "contract", [1], ["status"])
    assert customers(tx) == [(20, False), (20, False)]


def test_the_parent_that_a_child_left_is_mended_too(tx: Tx) -> None:
    prepared(tx)
    run(tx, "UPDATE data.contract SET customer = 2 WHERE id = 1")
    forms.recompute(tx, "contract", [1], ["customer"], {"customer": [1]})
    assert contracts(tx)[0] == (50, 15)
    assert customers(tx) == [(20, False), (70, False)]


def test_a_child_in_the_bin_no_longer_counts_and_counts_again_when_restored(tx: Tx) -> None:
    prepared(tx)
    run(tx, "UPDATE data.payment SET deleted_at = %(now)s WHERE id = 1")
    forms.recompute(tx, "payment", [1])
    assert contracts(tx)[0] == (100, 8)
    run(tx, "UPDATE data.payment SET deleted_at = NULL WHERE id = 1")
    forms.recompute(tx, "payment", [1])
    assert contracts(tx)[0] == (100, 15)


def test_recomputing_changes_no_version_and_writes_nothing_when_nothing_changed(tx: Tx) -> None:
    prepared(tx)
    logged = tx.value("SELECT count(*) FROM changes.change")
    forms.recompute(tx, "contract", [1, 2, 3], ["amount", "status"])
    assert tx.value("SELECT count(*) FROM changes.change") == logged
    assert tx.value(at(tx, "SELECT max(version) FROM data.contract")) == 1


def test_nothing_is_asked_of_the_database_when_nothing_reads_the_field(tx: Tx) -> None:
    made = prepared(tx)
    assert forms.recompute_plan(made, "customer", ["name"]) == []
    assert forms.recompute_plan(made, "contract", ["end_date"]) == []
    assert [(step.form, step.fields) for step in forms.recompute_plan(made, "contract", ["amount"])] == [
        ("contract", ("net",)),
        ("customer", ("open_amount",)),
        ("customer", ("big",)),
    ]


def test_a_formula_that_reads_today_has_no_column(tx: Tx) -> None:
    made = prepared(tx)
    assert not made.maintained("contract", "late")
    assert "late" not in made.table("contract").c


def test_publishing_a_maintained_field_fills_it_and_what_reads_it(tx: Tx) -> None:
    prepared(tx)
    doubled = field("net: formula", formula="amount * 2", tracked=True)
    changed = form("contract", *(doubled if one.key == "net" else one for one in CONTRACT.fields))
    extra = field("share: formula", formula="amount / customer.open_amount", stored=True)
    install(tx, form("contract", *changed.fields, extra))
    assert [net for net, _ in contracts(tx)] == [200, 40, 80]
    assert customers(tx) == [(240, True), (80, False)]
    shares = [row["share"] for row in tx.rows(at(tx, "SELECT share FROM data.contract ORDER BY id"))]
    assert [round(share, 4) for share in shares] == [Decimal("0.4167"), Decimal("0.0833"), Decimal("0.5")]
    assert catalog(tx).maintained("contract", "share")


def test_the_number_of_statements_does_not_depend_on_the_number_of_records(tx: Tx) -> None:
    prepared(tx)
    run(tx, "INSERT INTO data.contract (customer, amount) SELECT 1, n FROM generate_series(1, 500) n")
    counts: list[int] = []
    for ids in ([4], list(range(4, 504))):
        seen = 0
        original = tx._execute

        def counting(*arguments: object, run: object = original) -> object:
            nonlocal seen
            seen += 1
            return run(*arguments)  # type: ignore[operator]

        tx._execute = counting  # type: ignore[method-assign,assignment]
        forms.recompute(tx, "contract", ids)
        tx._execute = original  # type: ignore[method-assign]
        counts.append(seen)
    assert counts[0] == counts[1]
    assert customers(tx)[0][0] == 120 + 500 * 501 // 2


def test_two_payments_at_once_lose_nothing(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        prepared(tx)
    start = threading.Barrier(2)

    def pay(amount: int) -> None:
        with database.begin(SYSTEM) as tx:
            run(tx, f"INSERT INTO data.payment (id, contract, amount) VALUES ({amount}, 1, {amount})")
            start.wait(5)
            forms.recompute(tx, "payment", [amount])

    threads = [threading.Thread(target=pay, args=[amount]) for amount in (100, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    with database.begin(SYSTEM) as tx:
        assert contracts(tx)[0] == (100, 1115)


def test_a_new_record_starts_with_its_rollups_over_no_children_and_is_written_once(tx: Tx) -> None:
    prepared(tx)
    logged = tx.value("SELECT count(*) FROM changes.change")
    run(tx, "INSERT INTO data.customer (id, name) VALUES (9, 'new')")
    forms.recompute(tx, "customer", [9])
    assert customers(tx)[-1] == (0, False)
    run(tx, "INSERT INTO data.payment (contract, amount) VALUES (1, 1)")
    assert tx.value("SELECT count(*) FROM changes.change") == logged + 3  # two inserts; big, which reads open_amount


def test_a_bulk_insert_without_statistics_is_mended_by_index(tx: Tx) -> None:
    prepared(tx)
    run(tx, "INSERT INTO data.customer (name) SELECT 'c' FROM generate_series(1, 3000)")
    run(tx, "INSERT INTO data.contract (customer, amount) SELECT n %% 3000 + 1, 1 FROM generate_series(1, 30000) n")
    run(tx, "SET LOCAL statement_timeout = '20s'")
    forms.recompute(tx, "contract", list(range(4, 30004)))
    assert customers(tx)[2] == (10, False)
    assert tx.value("SHOW enable_seqscan") == "on"

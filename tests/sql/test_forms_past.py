"""Formulas over the past and over the state before a change give what they gave then."""

import datetime as dt
import sys
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from perennial import changes, forms
from perennial.forms import catalog
from perennial.formula import check, compile_condition
from perennial.formula import compile as compile_formula
from perennial.kernel import SYSTEM, Database, Tx
from tests.builders import field, form, install, run

CUSTOMER = form(
    "customer", "name: text",
    field("total: formula", formula="SUMIF(deals, NOT(done), amount)", stored=True),
    field("doubled: formula", formula="total * 2", tracked=True),
)  # fmt: skip
DEAL = form("deal", field("customer: relation", to="customer", reverse="deals"), "amount: money", "done: yes_no")


def write(database: Database, *statements: str, of: str = "deal") -> None:
    with database.begin(SYSTEM) as tx:
        for statement in statements:
            run(tx, statement)
        forms.recompute(tx, of, [1, 2, 3])


def prepared(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, CUSTOMER, DEAL)
    write(database, "INSERT INTO data.customer (name) VALUES ('a')", of="customer")
    write(database, "INSERT INTO data.deal (customer, amount) VALUES (1, 10), (1, 20)")


def total(tx: Tx, of: forms.Catalog, text: str = "total") -> Decimal:
    source = of.source("customer")
    value = compile_formula(check(text, of.scope("customer")), source).label("value")
    return tx.value(select(value).select_from(source.from_).where(source.field("deleted_at").is_(None)))


def test_a_sum_over_the_past_reads_the_past(database: Database) -> None:
    prepared(database)
    changes.seal(database)
    with database.begin(SYSTEM) as tx:
        then = tx.now
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + interval '2 days'")
    write(
        database,
        "UPDATE data.deal SET amount = 15 WHERE id = 1",
        "INSERT INTO data.deal (customer, amount) VALUES (1, 1)",
    )
    write(database, "UPDATE data.deal SET deleted_at = kernel.now() WHERE id = 2")
    changes.seal(database)
    with database.begin(SYSTEM) as tx:
        was = forms.past(tx, then)
        assert (total(tx, catalog(tx)), total(tx, was)) == (16, 30)
        assert (total(tx, catalog(tx), "doubled"), total(tx, was, "doubled")) == (32, 60)
        assert total(tx, forms.past(tx, dt.date(2026, 11, 22)), "COUNTIF(deals, TRUE)") == 2
        assert total(tx, forms.past(tx, dt.date(2026, 11, 23)), "COUNTIF(deals, TRUE)") == 2
        assert total(tx, forms.past(tx, dt.date(2026, 11, 23)), "MAXIF(deals, TRUE, amount)") == 15
        assert total(tx, forms.past(tx, dt.date(2026, 11, 20)), "COUNTIF(deals, TRUE)") is None


def test_changed_to_match_compares_now_with_before_the_claimed_changes(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as tx:
        changes.claim(tx)
    write(database, "UPDATE data.deal SET amount = 100 WHERE id = 1", "UPDATE data.deal SET done = true WHERE id = 1")
    write(database, "UPDATE data.deal SET done = true WHERE id = 2", "INSERT INTO data.deal (amount) VALUES (50)")
    with database.begin(SYSTEM) as tx:
        claimed = changes.claim(tx)
        assert claimed is not None
        of = catalog(tx)
        big = check("amount >= 50", of.scope("deal"))
        now, before = of.source("deal"), forms.previous(of, "deal")
        matched = select(before.field("id")).where(compile_condition(big, before))
        net = changes.claimed_changes(of.id("deal")).subquery("net")
        newly = (
            select(now.field("id"))
            .join(net, net.c.record_id == now.field("id"))
            .where(compile_condition(big, now), now.field("id").not_in(matched))
            .order_by(now.field("id"))
        )
        assert [row["id"] for row in tx.rows(newly, {"transactions": claimed.transactions})] == [1, 3]
        was = tx.rows(
            select(before.field("id"), before.field("amount"), before.field("done")).order_by(before.field("id")),
            {"transactions": claimed.transactions},
        )
        assert was == [{"id": 1, "amount": 10, "done": None}, {"id": 2, "amount": 20, "done": None}]


def test_of_two_readers_of_a_moment_at_once_both_have_the_clause_of_the_first(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(database)
    past = sys.modules["perennial.forms.past"]
    with database.begin(SYSTEM) as tx:
        was = forms.past(tx, tx.now)
        made = past.as_of_clause
        other: list[object] = []

        def slow(*given: Any, **more: Any) -> Any:
            if not other:
                other.append(None)
                other.append(was.rows("deal"))  # the other reader comes while this one is at it
            return made(*given, **more)

        monkeypatch.setattr(past, "as_of_clause", slow)
        assert was.rows("deal") is other[1]

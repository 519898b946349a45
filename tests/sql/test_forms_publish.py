"""A publication: what it says it will do, what it does, and that nothing is lost by it."""

from decimal import Decimal
from typing import Any

import pytest

from perennial import forms
from perennial.forms import Form, Option, Unique, catalog
from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Tx
from tests.builders import at, field, form, install, renewal_forms

DEAL = form("deal", "name: text", "amount: money", "due: date", title="name")


def told(tx: Tx, *wanted: Form) -> list[tuple[str, str | None, str]]:
    return [(one.act, one.field, one.grade) for one in forms.propose(tx, wanted).operations]


def rows(tx: Tx, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in tx.rows(at(tx, f"SELECT {columns} FROM data.deal ORDER BY id"))]


def with_field(base: Form, *extra: Any, without: str = "") -> Form:
    kept = [one for one in base.fields if one.key != without]
    return form(base.key, *kept, *extra, title="name")


def test_publishing_the_same_again_does_nothing(tx: Tx) -> None:
    wanted = renewal_forms()
    install(tx, *wanted)
    plan = forms.propose(tx, wanted)
    assert plan.empty
    version = catalog(tx).version
    forms.apply(tx, plan)
    assert catalog(tx).version == version


def test_a_definition_survives_the_way_through_its_tree_and_the_database(tx: Tx) -> None:
    wanted = renewal_forms()
    install(tx, *wanted)
    assert set(catalog(tx).forms) == set(wanted)
    assert [forms.load(forms.dump(one)) for one in wanted] == list(wanted)


def test_a_new_field_is_instant_and_blank(tx: Tx) -> None:
    install(tx, DEAL)
    tx.run(at(tx, "INSERT INTO data.deal (name) VALUES ('a')"))
    wanted = with_field(DEAL, "seats: number")
    assert told(tx, wanted) == [("add_field", "seats", "instant")]
    install(tx, wanted)
    assert rows(tx, "name, seats") == [("a", None)]
    tx.run(at(tx, "UPDATE data.deal SET seats = 3"))
    assert tx.value("SELECT fields FROM changes.change ORDER BY id DESC LIMIT 1") == ["seats"]


def test_a_removed_field_goes_out_of_sight_and_comes_back_with_its_values(tx: Tx) -> None:
    install(tx, DEAL)
    tx.run(at(tx, "INSERT INTO data.deal (name, amount) VALUES ('a', 5), ('b', NULL)"))
    [gone] = forms.propose(tx, [with_field(DEAL, without="amount")]).operations
    assert (gone.act, gone.grade, gone.facts) == ("hide_field", "lossy", {"values": 1})
    install(tx, with_field(DEAL, without="amount"))
    assert "amount" not in catalog(tx).table("deal").c
    assert told(tx, DEAL)[-1] == ("restore_field", "amount", "instant")
    install(tx, DEAL)
    assert rows(tx, "name, amount") == [("a", Decimal(5)), ("b", None)]


def test_a_key_used_again_for_another_kind_starts_blank_and_keeps_the_old_column(tx: Tx) -> None:
    install(tx, DEAL)
    tx.run(at(tx, "INSERT INTO data.deal (name, amount) VALUES ('a', 5)"))
    install(tx, with_field(DEAL, without="amount"))
    install(tx, with_field(DEAL, "amount: text", without="amount"))
    assert rows(tx, "amount, amount__1") == [(None, Decimal(5))]


CONVERSIONS: list[tuple[str, str, list[tuple[Any, Any]]]] = [
    (
        "text",
        "number",
        [("12.5", Decimal("12.5")), ("zwölf", None), (" 7 ", Decimal(7)), ("NaN", None), ("1e30", None)],
    ),
    ("text", "money", [("12.345", Decimal("12.35")), ("x", None)]),
    ("text", "date", [("2026-12-01", "2026-12-01"), ("0001-01-01", None), ("soon", None)]),
    ("text", "yes_no", [("是", True), ("no", False), ("perhaps", None)]),
    ("number", "text", [(Decimal("12.50"), "12.5"), (Decimal(7), "7")]),
    ("number", "money", [(Decimal("1.239"), Decimal("1.24"))]),
    ("date", "text", [("2026-12-01", "2026-12-01")]),
    ("yes_no", "text", [(True, "是"), (False, "否")]),
    ("date", "datetime", [("2026-12-01", "2026-11-30 16:00")]),
]


@pytest.mark.parametrize(("before", "after", "values"), CONVERSIONS, ids=[f"{c[0]} to {c[1]}" for c in CONVERSIONS])
def test_a_conversion_reads_what_it_can_and_keeps_the_old_column(
    tx: Tx, before: str, after: str, values: list[tuple[Any, Any]]
) -> None:
    install(tx, form("deal", f"x: {before}"))
    for old, _ in values:
        tx.run(at(tx, "INSERT INTO data.deal (x) VALUES (%(x)s)"), {"x": old})
    [operation] = forms.propose(tx, [form("deal", f"x: {after}")]).operations
    lost = sum(new is None for _, new in values)
    assert operation.facts == {"values": len(values), "lost": lost}
    assert (operation.act, operation.grade) == ("convert_field", "lossy" if lost else "rewrite")
    install(tx, form("deal", f"x: {after}"))
    shown = "to_char(x AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')" if after == "datetime" else "x"
    shown = "x::text" if after == "date" else shown
    assert [new for (new,) in rows(tx, shown)] == [new for _, new in values]
    assert len(rows(tx, "x__1")) == len(values)
    assert tx.value("SELECT count(*) FROM changes.change WHERE op = 'U'") == 0


def test_a_select_becomes_its_labels_and_labels_become_a_select(tx: Tx) -> None:
    choice = field("x: select", options=(Option("p", "待续费"), Option("r", "100%'续费")))
    install(tx, form("deal", choice))
    tx.run(at(tx, "INSERT INTO data.deal (x) VALUES ('p'), ('r'), ('old')"))
    install(tx, form("deal", "x: text"))
    assert rows(tx, "x") == [("待续费",), ("100%'续费",), ("old",)]
    install(tx, form("deal", choice))
    assert rows(tx, "x") == [("p",), ("r",), (None,)]


def test_a_conversion_that_means_nothing_is_refused(tx: Tx) -> None:
    install(tx, form("deal", "x: date"))
    with pytest.raises(Invalid) as refused:
        forms.propose(tx, [form("deal", "x: number")])
    assert refused.value.code == "forms.no_conversion"
    assert refused.value.facts == {"field": "x", "before": "date", "after": "number"}


def test_options_still_held_by_records_are_counted_before_they_go(tx: Tx) -> None:
    both = (Option("p", "P"), Option("q", "Q"))
    install(tx, form("deal", field("x: select", options=both), field("y: multi_select", options=both)))
    tx.run(at(tx, "INSERT INTO data.deal (x, y) VALUES ('p', '{p,q}'), ('q', '{q}')"))
    one = (Option("q", "Q"),)
    found = forms.propose(tx, [form("deal", field("x: select", options=one), field("y: multi_select", options=one))])
    assert [(o.field, o.grade, o.facts) for o in found.operations] == [
        ("x", "lossy", {"options": ["p"], "values": 1}),
        ("y", "lossy", {"options": ["p"], "values": 1}),
    ]


def test_live_records_share_no_unique_value_but_deleted_ones_do_not_count(tx: Tx) -> None:
    install(tx, form("deal", "a: text", "b: number", unique=(Unique(("a", "b")),)))
    tx.run(at(tx, "INSERT INTO data.deal (a, b, deleted_at) VALUES ('x', 1, NULL), ('x', 1, %(now)s), ('x', 2, NULL)"))
    index = tx.value("SELECT indexname FROM pg_indexes WHERE schemaname = 'data' AND indexdef LIKE '%%WHERE%%'")
    assert forms.unique_of(catalog(tx), index) == ("deal", ("a", "b"))


def test_values_that_are_shared_already_forbid_a_unique_field(tx: Tx) -> None:
    install(tx, DEAL)
    tx.run(at(tx, "INSERT INTO data.deal (name) VALUES ('a'), ('a'), ('b'), (NULL), (NULL)"))
    unique = form("deal", field("name: text", unique=True), "amount: money", "due: date", title="name")
    with pytest.raises(Invalid) as refused:
        forms.propose(tx, [unique])
    assert (refused.value.code, refused.value.facts["count"]) == ("forms.not_distinct", 1)
    tx.run(at(tx, "DELETE FROM data.deal WHERE id = 2"))
    install(tx, unique)
    install(tx, DEAL)
    tx.run(at(tx, "INSERT INTO data.deal (name) VALUES ('a'), (repeat('x', 700))"))
    tx.run(at(tx, "DELETE FROM data.deal WHERE id = 1"))
    with pytest.raises(Invalid) as refused:
        forms.propose(tx, [unique])
    assert (refused.value.code, refused.value.facts["count"]) == ("forms.too_long_for_unique", 1)


def test_a_formula_elsewhere_that_would_break_blocks_the_publication(tx: Tx) -> None:
    back = field("deal: relation", to="deal", reverse="items")
    install(tx, DEAL, form("item", back, field("x: formula", formula="deal.amount * 2")))
    with pytest.raises(Invalid) as refused:
        forms.propose(tx, [with_field(DEAL, without="amount")])
    assert refused.value.facts["name"] == "amount"
    assert refused.value.path == "item.fields[1].formula"
    [operation] = forms.propose(tx, [with_field(DEAL, field("amount: number"), without="amount")]).operations[-1:]
    assert operation.dependents == ("item.x",)


def test_computed_fields_that_need_each_other_are_refused_with_the_circle(tx: Tx) -> None:
    parent = form("deal", field("total: formula", formula="SUMIF(items, TRUE, share)"))
    item = form(
        "item", field("deal: relation", to="deal", reverse="items"), field("share: formula", formula="deal.total / 2")
    )
    with pytest.raises(Invalid) as refused:
        forms.propose(tx, [parent, item])
    assert refused.value.code == "forms.cycle"
    assert refused.value.facts["cycle"] == "deal.total → item.share → deal.total"


def test_a_plan_that_somebody_overtook_is_not_applied(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        plan = forms.propose(tx, [DEAL])
    with database.begin(SYSTEM) as tx:
        install(tx, form("other", "name: text"))
    with pytest.raises(Conflict) as refused, database.begin(SYSTEM) as tx:
        forms.apply(tx, plan)
    assert refused.value.code == "forms.stale_plan"


def test_a_hidden_form_keeps_its_records_and_its_number(tx: Tx) -> None:
    number = install(tx, DEAL).id("deal")
    tx.run(at(tx, "INSERT INTO data.deal (name, amount) VALUES ('a', 1)"))
    forms.apply(tx, forms.propose(tx, [], hide=["deal"]))
    assert "deal" not in catalog(tx)
    back = with_field(DEAL, "seats: number", without="due")
    assert told(tx, back)[0] == ("restore_form", None, "instant")
    assert install(tx, back).id("deal") == number
    assert rows(tx, "name, amount, seats") == [("a", Decimal(1), None)]
    tx.run(at(tx, "UPDATE data.deal SET seats = 1"))
    assert tx.value("SELECT count(*) FROM changes.change") == 2


def test_every_publication_is_kept_with_who_did_it(tx: Tx) -> None:
    install(tx, DEAL)
    install(tx, with_field(DEAL, "seats: number"))
    kept = tx.rows(
        "SELECT number, actor->>'label' AS who, operations->0->>'act' AS act FROM forms.version ORDER BY number"
    )
    assert kept == [
        {"number": 1, "who": "system", "act": "create_form"},
        {"number": 2, "who": "system", "act": "add_field"},
    ]


LIMITS = {
    "number": ["NaN", "Infinity", "1e20"],
    "money": ["NaN", "100000000000000000000"],
    "text": ["", "x" * 32_768],
    "date": ["1899-12-31", "infinity"],
    "datetime": ["1800-01-01", "infinity"],
    "multi_select": ["{}"],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in LIMITS.items() for value in values])
def test_what_would_break_a_formula_cannot_be_stored(tx: Tx, kind: str, value: str) -> None:
    import psycopg

    options = (Option("a", "A"),) if kind == "multi_select" else ()
    install(tx, form("deal", field(f"x: {kind}", options=options)))
    with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.NumericValueOutOfRange)):
        tx.run(at(tx, "INSERT INTO data.deal (x) VALUES (%(x)s)"), {"x": value})


def test_the_view_shows_computed_fields_to_a_client_without_a_clock_of_ours(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "due: date", field("left: formula", formula="DAYS(due, TODAY())"),
                         field("note: formula", formula='IF(due < TODAY(), "100% late", "ok")')))  # fmt: skip
        tx.run(at(tx, "INSERT INTO data.deal (due) VALUES ('2026-12-01'), ('2026-11-01'), (NULL)"))
    with database.connection() as bare:
        found = bare.execute('SELECT due::text, "left", note FROM data_read.deal ORDER BY id').fetchall()
    assert [tuple(row.values()) for row in found] == [
        ("2026-12-01", 10, "ok"), ("2026-11-01", -20, "100% late"), (None, None, "ok"),
    ]  # fmt: skip

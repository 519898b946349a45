"""Why a formula gave what it gave, what would flip it, what may stand at the cursor, and that indexes serve."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from perennial import formula
from perennial.kernel import Tx, render
from tests.sql.test_formula_rows import ROWS
from tests.unit.formula.company import company

WORLD = company()


@pytest.fixture(autouse=True)
def rows(tx: Tx) -> None:
    tx.run(ROWS)


def explained(tx: Tx, text: str, row: int = 1, form: str = "contract") -> formula.Explained:
    scope = WORLD.scopes[form]
    source = formula.TableSource(WORLD.tables[form], scope, WORLD.tables.__getitem__)
    found = formula.explain(formula.check(text, scope), source, tx, row)
    assert found is not None
    return found


def flips(found: formula.Explained) -> list[list[tuple[str, str, Any]]]:
    return [[(change.subject, change.op, change.value) for change in way] for way in found.flips]


def test_every_part_carries_its_value(tx: Tx) -> None:
    found = explained(tx, "ROUND(amount * (1 - rate), 0)")
    assert (found.text, found.value) == ("ROUND(amount * (1 - rate), 0)", 1080)
    product = found.parts[0]
    assert (product.text, product.value) == ("amount * (1 - rate)", Decimal("1080.45"))
    assert [(part.text, part.value) for part in product.parts] == [
        ("amount", Decimal("1200.50")),
        ("1 - rate", Decimal("0.9")),
    ]


def test_a_computed_field_is_opened_where_it_is_read(tx: Tx) -> None:
    found = explained(tx, "urgent")
    assert found.value is True and found.path == ("urgent",)
    condition = found.parts[0]
    days = condition.parts[1].parts[0]
    assert (days.text, days.value) == ("days_left", 10)
    assert [part.text for part in days.parts[0].parts] == ["end_date", "TODAY()"]
    assert days.parts[0].parts[0].value == dt.date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "row", "why"),
    [
        ("amount / 0", 1, "zero_divisor"),
        ("amount * rate", 2, "blank_part"),
        ("(0 - amount) ^ 0.5", 1, "no_answer"),
        ("rate", 2, None),
        ("amount", 1, None),
    ],
)
def test_a_blank_result_says_why(tx: Tx, text: str, row: int, why: str | None) -> None:
    assert explained(tx, text, row).why == why


def test_what_would_flip_a_true_and(tx: Tx) -> None:
    found = explained(tx, 'AND(status = "pending", DAYS(end_date, TODAY()) <= 30)')
    assert found.value is True
    assert flips(found) == [[("status", "<>", "pending")], [("end_date", ">", dt.date(2026, 12, 21))]]


def test_what_would_flip_a_false_and_is_everything_that_stands_against_it(tx: Tx) -> None:
    found = explained(tx, 'AND(status = "pending", amount >= 1000, auto)', 2)
    assert flips(found) == [[("status", "=", "pending"), ("amount", ">=", 1000), ("auto", "=", True)]]


def test_what_would_flip_reaches_through_not_or_paths_and_computed_fields(tx: Tx) -> None:
    found = explained(tx, 'OR(NOT(ISBLANK(customer.owner)), urgent, IN(status, "lost", "pending"))', 2)
    assert found.value is True
    assert flips(found) == [[("customer.owner", "ISBLANK", None)]]
    found = explained(tx, "customer.score >= 60")
    assert flips(found) == [[("customer.score", ">=", 60)]]
    assert found.flips[0][0].path == ("customer", "score")
    assert flips(explained(tx, "60 <= customer.score")) == [[("customer.score", ">=", 60)]]


def test_the_same_computed_field_of_two_records_keeps_two_values(tx: Tx) -> None:
    WORLD.scopes["customer"].field_list.append(
        formula.FieldInfo("label", "标识", formula.Type("text"), formula='name & "!"')
    )
    try:
        found = explained(tx, "customer.label")
    finally:
        WORLD.scopes["customer"].field_list.pop()
    assert found.value == "云帆!"
    assert found.parts[0].parts[0].path == ("customer", "name")


def test_a_wide_formula_is_explained(tx: Tx) -> None:
    text = "OR(" + ", ".join(f"amount = {number}" for number in range(250)) + ")"
    found = explained(tx, text)
    assert len(found.parts) == 250 and found.value is False


def test_a_missing_row_has_no_explanation(tx: Tx) -> None:
    scope = WORLD.scopes["contract"]
    source = formula.TableSource(WORLD.tables["contract"], scope, WORLD.tables.__getitem__)
    assert formula.explain(formula.check("amount", scope), source, tx, 99) is None


@pytest.mark.parametrize(
    ("text", "first", "kind"),
    [
        ("AND(end", "end_date", "field"),
        ("AND([合同结", "end_date", "field"),
        ("customer.sc", "score", "field"),
        ("customer.owner.", "name", "field"),
        ("SUMIF(customer.cont", "contracts", "rows"),
        ("SUMIF(customer.contracts, am", "amount", "field"),
        ("ROU", "ROUND(", "function"),
        ("四舍", "ROUND(", "function"),
        ('status = "待', '"pending"', "option"),
        ('IN(status, "已续', '"renewed"', "option"),
    ],
)
def test_the_cursor_is_offered_what_fits(text: str, first: str, kind: str) -> None:
    items = formula.complete(text, len(text), WORLD.scopes["contract"])
    assert (items[0].insert, items[0].kind) == (first, kind)


def test_completion_replaces_what_was_begun() -> None:
    item = formula.complete("amount + [折", 11, WORLD.scopes["contract"])[0]
    assert (item.insert, item.start) == ("rate", 9)


def test_completion_never_fails_on_half_a_formula() -> None:
    text = 'IF(SUMIF([关联客户].[合同], "x" & (amount, [a]) = ".'
    for cursor in range(len(text) + 1):
        formula.complete(text, cursor, WORLD.scopes["contract"])


@pytest.mark.parametrize(
    "text", ["end_date - 60 <= TODAY()", 'AND(status = "pending", days_left <= 60)', "NOT(end_date - 60 > TODAY())"]
)
def test_an_index_serves_a_date_condition(tx: Tx, text: str) -> None:
    tx.run("""INSERT INTO t.contract (id, end_date, status)
              SELECT i, '2027-01-01'::date + i, 'pending' FROM generate_series(10, 20000) i""")
    tx.run("CREATE INDEX ON t.contract (end_date); ANALYZE t.contract")
    scope = WORLD.scopes["contract"]
    source = formula.TableSource(WORLD.tables["contract"], scope, WORLD.tables.__getitem__)
    condition = formula.compile_condition(formula.check(text, scope), source)
    query = render(formula.select(source.field("id"), source=source).where(condition))
    plan = "\n".join(row["QUERY PLAN"] for row in tx.rows(f"EXPLAIN {query.text}", query.params))
    assert ("Index Cond" in plan) == ("NOT" not in text), plan

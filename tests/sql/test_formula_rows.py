"""Formulas over a small company: two customers, their contracts, a person."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from perennial import formula
from perennial.kernel import Invalid, Tx, render
from tests.unit.formula.company import company

pytestmark = pytest.mark.usefixtures("rows")

ROWS = """
CREATE SCHEMA t;
CREATE TABLE t.person (id bigint PRIMARY KEY, name text);
CREATE TABLE t.customer (id bigint PRIMARY KEY, name text, score numeric, owner bigint, deleted_at timestamptz);
CREATE TABLE t.contract (id bigint PRIMARY KEY, number text, end_date date, status text, amount numeric, rate numeric,
    customer bigint, auto boolean, tags text[], signed_at timestamptz, deleted_at timestamptz);
INSERT INTO t.person VALUES (1, '王芳');
INSERT INTO t.customer VALUES (1, '云帆', 55, 1, NULL), (2, '海纳', NULL, NULL, now());
INSERT INTO t.contract VALUES
    (1, 'HT-001', '2026-12-01', 'pending', 1200.50, 0.1, 1, true,  '{vip}', '2026-11-20 17:30+00', NULL),
    (2, 'HT-002', '2027-03-01', 'renewed', 800,     NULL, 1, false, NULL,   NULL, NULL),
    (3, 'HT-003', '2026-11-01', 'pending', 5000,    NULL, 1, NULL,  NULL,   NULL, now()),
    (4, NULL,     NULL,         NULL,      NULL,    NULL, 2, NULL,  NULL,   NULL, NULL);
"""


@pytest.fixture
def rows(tx: Tx) -> None:
    tx.run(ROWS)


def value(tx: Tx, text: str, row: int = 1, form: str = "contract") -> Any:
    world = company()
    typed = formula.check(text, world.scopes[form])
    source = formula.TableSource(world.tables[form], world.scopes[form], world.tables.__getitem__)
    expression = formula.compile(typed, source).label("it")
    statement = formula.select(expression, source=source).where(source.field("id") == row)
    return tx.value(render(statement))


def matching(tx: Tx, text: str, form: str = "contract") -> list[int]:
    world = company()
    typed = formula.check(text, world.scopes[form], "yes_no")
    source = formula.TableSource(world.tables[form], world.scopes[form], world.tables.__getitem__)
    condition = formula.compile_condition(typed, source)
    statement = formula.select(source.field("id"), source=source).where(condition).order_by(source.field("id"))
    return [row["id"] for row in tx.rows(render(statement))]


def test_the_example_of_the_design_is_urgent_inside_thirty_days(tx: Tx) -> None:
    text = 'IF(AND(status = "pending", DAYS(end_date, TODAY()) <= 30), "urgent", "normal")'
    assert [value(tx, text, row) for row in (1, 2, 4)] == ["urgent", "normal", "normal"]


def test_a_blank_status_is_not_renewed(tx: Tx) -> None:
    assert matching(tx, 'status <> "renewed"') == [1, 3, 4]
    assert matching(tx, 'NOT(status <> "renewed")') == [2]
    assert matching(tx, 'status = ""') == [4]
    assert matching(tx, 'IN(status, "已续费", "")') == [2, 4]


def test_order_with_a_blank_is_false_and_so_its_negation_is_true(tx: Tx) -> None:
    assert matching(tx, "amount > 1000") == [1, 3]
    assert matching(tx, "NOT(amount > 1000)") == [2, 4]
    assert matching(tx, "end_date - 30 <= TODAY()") == [1, 3]
    assert matching(tx, "NOT(end_date - 30 <= TODAY())") == [2, 4]


def test_a_path_follows_relations_and_a_deleted_parent_still_resolves(tx: Tx) -> None:
    assert value(tx, "customer.owner.name") == "王芳"
    assert value(tx, "[关联客户].[客户名称]", 4) == "海纳"
    assert value(tx, "customer.owner.name", 4) is None


def test_aggregates_count_live_children_only(tx: Tx) -> None:
    assert value(tx, "SUMIF(contracts, TRUE, amount)", 1, "customer") == Decimal("2000.5")
    assert value(tx, "COUNTIF(contracts)", 1, "customer") == 2
    assert value(tx, 'COUNTIF([合同], status <> "renewed")', 1, "customer") == 1
    assert value(tx, "MAXIF(contracts, TRUE, end_date)", 1, "customer") == dt.date(2027, 3, 1)
    assert value(tx, "AVERAGEIF(contracts, TRUE, amount)", 1, "customer") == Decimal("1000.25")


def test_sums_over_no_rows_are_zero_and_extremes_blank(tx: Tx) -> None:
    assert value(tx, "SUMIF(contracts, FALSE, amount)", 2, "customer") == 0
    assert value(tx, "COUNTIF(contracts, FALSE)", 2, "customer") == 0
    assert value(tx, "MINIF(contracts, TRUE, amount)", 2, "customer") is None
    assert value(tx, "AVERAGEIF(contracts, FALSE, amount)", 2, "customer") is None


def test_a_child_condition_may_look_back_at_its_parent(tx: Tx) -> None:
    assert value(tx, "SUMIF(customer.contracts, customer.score < 60, amount)") == Decimal("2000.5")


def test_a_computed_field_is_read_in_place(tx: Tx) -> None:
    assert value(tx, "days_left") == 10
    assert value(tx, "[剩余天数] * 2") == 20
    assert matching(tx, "days_left <= 30") == [1, 3]
    assert value(tx, "COUNTIF(contracts, urgent)", 1, "customer") == 1


def test_arithmetic_with_a_blank_is_blank(tx: Tx) -> None:
    assert value(tx, "amount * rate") == Decimal("120.05")
    assert value(tx, "amount * rate", 2) is None
    assert value(tx, "amount * COALESCE(rate, 5%)", 2) == 40


def test_a_moment_becomes_a_date_in_the_zone_of_the_workspace(tx: Tx) -> None:
    assert value(tx, "DAY(signed_at)") == 21
    assert value(tx, "signed_at < DATE(2026, 11, 21)") is False
    assert value(tx, 'TEXT(signed_at, "yyyy-mm-dd hh:mm")') == "2026-11-21 01:30"


def test_a_multiple_select_contains_an_option_by_key_or_label(tx: Tx) -> None:
    assert matching(tx, 'CONTAINS(tags, "重点")') == [1]
    assert matching(tx, 'NOT(CONTAINS(tags, "vip"))') == [2, 3, 4]
    assert matching(tx, "ISBLANK(tags)") == [2, 3, 4]


def test_a_draft_is_computed_by_the_same_sql(tx: Tx) -> None:
    world = company()
    typed = formula.check('days_left & "/" & customer.name', world.scopes["contract"])
    draft = formula.DraftSource(
        {"end_date": dt.date(2026, 11, 30), "customer": 1}, world.scopes["contract"], world.tables.__getitem__
    )
    query = render(formula.select(formula.compile(typed, draft).label("it"), source=draft))
    assert tx.value(query) == "9/云帆"
    assert tx.value(query, {"v_end_date": dt.date(2026, 11, 22), "v_customer": None}) == "1/"


def test_a_draft_of_a_stored_record_sees_its_children(tx: Tx) -> None:
    world = company()
    typed = formula.check("SUMIF(contracts, TRUE, amount)", world.scopes["customer"])
    for row, sum_ in ((1, Decimal("2000.5")), (None, 0)):
        draft = formula.DraftSource({"id": row}, world.scopes["customer"], world.tables.__getitem__)
        query = render(formula.select(formula.compile(typed, draft).label("it"), source=draft))
        assert tx.value(query) == sum_


def test_the_system_is_nobody_and_owns_no_blank_relation(tx: Tx) -> None:
    assert matching(tx, "owner = ME()", "customer") == []
    assert matching(tx, "NOT(owner = ME())", "customer") == [1, 2]
    assert tx.value("SELECT 1 WHERE %(me)s::bigint IS NULL") == 1


def test_a_criterion_is_a_condition_and_wildcards_are_characters(tx: Tx) -> None:
    assert value(tx, 'COUNTIF(contracts, number = "HT-00?")', 1, "customer") == 0
    assert value(tx, 'COUNTIF(contracts, STARTSWITH(number, "HT-00"))', 1, "customer") == 2


def test_a_file_column_has_any_label(tx: Tx) -> None:
    tx.run("""CREATE TEMP TABLE staging (row_no int, "签约 日期[1]" text, "100%%_金额" text)""")
    tx.run("""INSERT INTO staging VALUES (1, NULL, '￥1,200')""")
    columns = [formula.FieldInfo(name, name, formula.Type("text")) for name in ("签约 日期[1]", "100%_金额")]
    scope = formula.StaticScope("staging", columns)
    table = sa.table("staging", *(sa.column(column.key, sa.Text) for column in columns))
    source = formula.TableSource(table, scope, lambda form: table)
    typed = formula.check("IF(ISBLANK([签约 日期[1]]]), VALUE([100%_金额]) * 2, 0)", scope)
    assert formula.print_(typed) == "IF(ISBLANK([签约 日期[1]]]), VALUE([100%_金额]) * 2, 0)"
    assert tx.value(render(formula.select(formula.compile(typed, source).label("it"), source=source))) == 2400


def test_a_relation_equals_a_record_by_its_id(tx: Tx) -> None:
    assert matching(tx, "customer = 2") == [4]
    assert matching(tx, "customer <> 1") == [4]
    assert matching(tx, "IN(customer, 2, 7)") == [4]
    assert matching(tx, "1 = owner", "customer") == [1]
    assert formula.print_(formula.check("customer=2", company().scopes["contract"])) == "customer = 2"
    for wrong in ("customer = 1.5", "customer = amount", "customer < 2"):
        with pytest.raises(Invalid):
            formula.check(wrong, company().scopes["contract"])

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


def test_a_column_of_related_rows_is_summed_as_a_range(tx: Tx) -> None:
    assert value(tx, "SUM(contracts.amount)", 1, "customer") == Decimal("2000.5")
    assert value(tx, "SUM(contracts.amount, 100, score)", 1, "customer") == Decimal("2155.5")
    assert value(tx, "AVERAGE(contracts.amount, 0)", 1, "customer") == Decimal("666.8333333333")
    assert value(tx, "MEDIAN(contracts.amount, 1, 2)", 1, "customer") == 401  # 1 2 800 1200.5
    assert value(tx, "MAX(contracts.end_date)", 1, "customer") == dt.date(2027, 3, 1)
    assert value(tx, "MIN(contracts.amount, 5)", 1, "customer") == 5
    assert value(tx, "COUNT(contracts) & COUNT(contracts.rate) & COUNTBLANK(contracts.rate)", 1, "customer") == "211"
    assert value(tx, "LARGE(contracts.amount, 2)", 1, "customer") == 800
    assert value(tx, "SMALL(contracts.amount, 3)", 1, "customer") is None
    assert value(tx, 'TEXTJOIN("、", TRUE, contracts.number)', 1, "customer") == "HT-001、HT-002"
    assert value(tx, "CONCAT(contracts.number)", 2, "customer") is None
    assert value(tx, "SUM(contracts.amount)", 2, "customer") == 0


def test_several_conditions_as_excel_spells_them(tx: Tx) -> None:
    assert value(tx, 'COUNTIFS(contracts, status = "pending", amount > 1000)', 1, "customer") == 1
    assert value(tx, "SUMIFS(contracts.amount, auto, amount > 1000)", 1, "customer") == Decimal("1200.5")
    assert value(tx, "MAXIFS(contracts.end_date, NOT(auto))", 1, "customer") == dt.date(2027, 3, 1)
    assert value(tx, "AVERAGEIFS(contracts.amount, amount > 9000)", 1, "customer") is None
    assert value(tx, "SUMPRODUCT(contracts, amount, COALESCE(rate, 1))", 1, "customer") == Decimal("920.05")


def test_a_look_up_finds_the_first_live_row_or_the_default(tx: Tx) -> None:
    assert value(tx, 'XLOOKUP("HT-002", customer.contracts.number, customer.contracts.amount)') == 800
    assert value(tx, 'XLOOKUP("HT-002", contract.number, contract.end_date)') == dt.date(2027, 3, 1)
    assert value(tx, 'XLOOKUP("HT-003", contract.number, contract.amount, -1)') == -1  # deleted
    assert value(tx, 'XLOOKUP("已续费", contract.status, contract.number)') == "HT-002"
    assert value(tx, "XLOOKUP(TRUE, contract.auto, contract.rate, 5)") == Decimal("0.1")
    assert value(tx, "XLOOKUP(FALSE, contract.auto, contract.rate, 5)") is None  # found, and blank
    assert value(tx, "XLOOKUP(number, contract.number, contract.amount, 7)", 4) == 7  # a blank finds nothing
    assert value(tx, "XLOOKUP(customer, contract.customer, contract.number)", 2) == "HT-001"


def test_a_rank_counts_who_is_above_and_a_percentile_who_is_below(tx: Tx) -> None:
    assert [value(tx, "RANK(amount, contract.amount)", row) for row in (1, 2, 4)] == [1, 2, None]
    assert value(tx, "RANK(amount, contract.amount, 1)", 1) == 2
    assert value(tx, "RANK(amount, customer.contracts.amount)", 2) == 2
    assert value(tx, "RANK(5, contract.amount)") is None  # not in the set, as in Excel
    assert [value(tx, "PERCENTRANK(contract.amount, amount)", row) for row in (1, 2)] == [1, 0]
    tx.run("INSERT INTO t.contract (id, amount) VALUES (11, 800), (12, 1000), (13, 10)")
    # 10 800 800 1000 1200.5
    assert [value(tx, "RANK(amount, contract.amount)", row) for row in (1, 2, 11, 12, 13)] == [1, 3, 3, 2, 5]
    assert [value(tx, "RANK(amount, contract.amount, 1)", row) for row in (1, 2, 11, 12, 13)] == [5, 2, 2, 4, 1]
    assert value(tx, "PERCENTRANK(contract.amount, amount)", 12) == Decimal("0.75")


def test_a_running_total_goes_up_to_this_row_in_its_order(tx: Tx) -> None:
    tx.run("""INSERT INTO t.contract (id, customer, amount, end_date) VALUES
        (21, 1, 5, '2026-12-01'), (22, 1, 1, '2026-01-01'), (23, 1, NULL, '2028-01-01'), (24, 1, 9, NULL)""")
    text = "RUNNINGTOTAL(customer.contracts.amount, customer.contracts.end_date)"
    # 22: 1; 1 (1200.5) and 21 (5) on one day, by id; 2: 800; 23: nothing; 24 has no place
    assert [value(tx, text, row) for row in (22, 1, 21, 2, 23, 24)] == [
        1, Decimal("1201.5"), Decimal("1206.5"), Decimal("2006.5"), Decimal("2006.5"), None]  # fmt: skip


NOTED = """
CREATE TABLE t.reading (record_id bigint, day date, value numeric);
INSERT INTO t.reading VALUES
    (1, '2026-11-15', 50), (1, '2026-11-08', 55), (1, '2026-11-01', 70), (1, '2026-10-25', 40), (1, '2026-11-22', 1),
    (2, '2026-11-15', 50), (2, '2026-11-01', 40), (2, '2026-10-25', 40);
"""


def test_a_streak_counts_closed_weeks_back_to_the_first_that_is_otherwise_or_missing(tx: Tx) -> None:
    tx.run(NOTED)  # today is Saturday 2026-11-21: the week of Sunday the 15th is the latest closed one
    text = 'STREAK(score < 60, "week")'
    assert value(tx, text, 1, "customer") == 2  # 50, 55, then 70
    assert value(tx, text, 2, "customer") == 1  # 50, then no reading on the 8th
    tx.run("INSERT INTO t.customer (id) VALUES (3)")
    assert value(tx, text, 3, "customer") == 0
    assert matching(tx, 'HELD(score < 60, 2, "week")', "customer") == [1]
    assert matching(tx, 'NOT(HELD(score < 60, 2, "week"))', "customer") == [2, 3]
    assert value(tx, 'HELD(customer.score < 60, 2, "周")', 1) is True  # through a relation
    tx.run("DELETE FROM t.reading WHERE day = '2026-11-15'")
    assert value(tx, text, 1, "customer") == 0  # the latest closed week has none


def test_an_average_over_weeks_passes_over_missing_ones(tx: Tx) -> None:
    tx.run(NOTED)
    assert value(tx, 'AVG_OVER(score, 2, "week")', 1, "customer") == Decimal("52.5")
    assert value(tx, 'AVG_OVER(score, 3, "week")', 2, "customer") == 45
    assert value(tx, 'AVG_OVER(score, 0, "week")', 2, "customer") is None
    assert value(tx, 'READING(score, "week") & READING_ON(score, "week")', 1, "customer") == "502026-11-15"


def test_changed_and_previous_say_where_they_may_stand(tx: Tx) -> None:
    for text in ("CHANGED(amount)", "PREVIOUS(amount) > 5"):
        with pytest.raises(Invalid) as caught:
            value(tx, text)
        assert (caught.value.code, caught.value.facts["position"]) == ("formula.no_changes", 1)

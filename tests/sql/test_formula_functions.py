"""The examples of every function are true, and the documented differences from Excel are what they say."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from perennial import formula
from perennial.kernel import Invalid, Tx, render

EMPTY = formula.StaticScope(
    "none",
    [formula.FieldInfo("n", "n", formula.Type("number")), formula.FieldInfo("yes", "yes", formula.Type("yes_no"))],
)
ONE_ROW = sa.select(
    sa.cast(sa.null(), sa.Numeric()).label("n"), sa.cast(sa.null(), sa.Boolean()).label("yes")
).subquery()


def value(tx: Tx, text: str) -> Any:
    source = formula.TableSource(ONE_ROW, EMPTY, lambda form: ONE_ROW)
    expression = formula.compile(formula.check(text, EMPTY), source)
    return tx.value(render(formula.select(expression.label("it"), source=source)))


def shown(found: Any) -> str:
    if found is None:
        return ""
    if isinstance(found, bool):
        return "TRUE" if found else "FALSE"
    return f"{found:f}" if isinstance(found, Decimal) else str(found)


@pytest.fixture(scope="module")
def examples() -> list[tuple[str, str]]:
    return [example for fn in formula.functions() for example in fn.examples]


def test_every_example_of_every_function_is_true(tx: Tx, examples: list[tuple[str, str]]) -> None:
    wrong = {text: got for text, wanted in examples if (got := shown(value(tx, text))) != wanted}
    assert not wrong
    assert len(examples) >= 50


def test_every_function_has_an_example_unless_it_reads_the_clock_the_calendar_or_rows() -> None:
    without = {fn.name for fn in formula.functions() if not fn.examples}
    rows = {"COUNTIF", "SUMIF", "AVERAGEIF", "MAXIF", "MINIF"}
    assert without == {"TODAY", "NOW", "ME", "WORKDAY", "NETWORKDAYS"} | rows


def test_today_and_now_are_those_of_the_transaction(tx: Tx) -> None:
    assert value(tx, "TODAY()") == dt.date(2026, 11, 21)
    assert value(tx, "NOW()") == tx.now
    assert value(tx, "NOW() - 0.5") == tx.now - dt.timedelta(hours=12)


def test_workdays_follow_the_chinese_calendar(tx: Tx) -> None:
    tx.run("DELETE FROM kernel.calendar")
    tx.run("INSERT INTO kernel.calendar VALUES ('2026-10-01', 'holiday', '国庆节'), ('2026-10-10', 'workday', NULL)")
    assert value(tx, "WORKDAY(DATE(2026, 9, 30), 1)") == dt.date(2026, 10, 2)
    assert value(tx, "NETWORKDAYS(DATE(2026, 9, 30), DATE(2026, 10, 2))") == 2
    assert value(tx, "WORKDAY(DATE(2026, 10, 9), 1)") == dt.date(2026, 10, 10)
    assert value(tx, "WORKDAY(DATE(9999, 12, 30), 900)") is None


@pytest.mark.parametrize(
    ("text", "date"),
    [("2015-01-01|2016-12-31", 364), ("2016-02-29|2017-02-28", 365), ("2015-02-28|2016-02-29", 0)],
)
def test_days_over_the_year_are_counted_in_the_year_of_the_start(tx: Tx, text: str, date: int) -> None:
    a, b = (f"DATE({', '.join(str(int(part)) for part in day.split('-'))})" for day in text.split("|"))
    assert value(tx, f'DATEDIF({a}, {b}, "YD")') == date


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        ("1234.5", "0", "1235"),
        ("1234.5", "#,##0", "1,235"),
        ("0.126", "0%", "13%"),
        ("0.126", "0.0%", "12.6%"),
        ("7", "000", "007"),
        ("-1234.567", "¥#,##0.00", "-¥1,234.57"),
        ("1.5", "0.##", "1.5"),
        ("12", '0"天"', "12天"),
        ("-0.001", "0.00", "0.00"),
    ],
)
def test_a_number_is_written_in_a_format(tx: Tx, number: str, form: str, text: str) -> None:
    quoted = form.replace('"', '""')
    assert value(tx, f'TEXT({number}, "{quoted}")') == text


@pytest.mark.parametrize(
    ("form", "text"),
    [("yyyy-mm-dd", "2026-03-01"), ("yyyy年m月", "2026年3月"), ("yy/mm", "26/03"), ("m\\/d", "3/1")],
)
def test_a_date_is_written_in_a_format(tx: Tx, form: str, text: str) -> None:
    assert value(tx, f'TEXT(DATE(2026, 3, 1), "{form}")') == text


# what differs from Excel, one test per reason of docs/decisions/0002-formula-and-excel.md


def refused(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        formula.check(text, EMPTY)
    return caught.value.code


def test_a_truth_value_is_not_a_number() -> None:
    assert refused("ABS(TRUE)") == "formula.argument_type"
    assert refused("NOT(0)") == "formula.argument_type"


def test_text_is_not_a_number_until_value_reads_it(tx: Tx) -> None:
    assert refused('ABS("35.51")') == "formula.argument_type"
    assert value(tx, 'ABS(VALUE("-35.51"))') == Decimal("35.51")


def test_text_is_not_a_date_unless_a_literal_in_iso_form(tx: Tx) -> None:
    assert refused('YEAR("22269.0")') == "formula.not_date"
    assert value(tx, 'YEAR("2026-03-01")') == 2026


def test_a_blank_is_not_zero(tx: Tx) -> None:
    assert value(tx, "MOD(n, 5)") is None
    assert value(tx, "n + 1") is None
    assert value(tx, 'VALUE("")') is None
    assert value(tx, "n = 0") is False


def test_a_blank_condition_is_false(tx: Tx) -> None:
    assert value(tx, "AND(TRUE, yes)") is False
    assert value(tx, "NOT(yes)") is True


def test_an_argument_is_never_left_empty() -> None:
    assert refused("ROUND(, 0)") == "formula.unexpected"


def test_results_are_of_one_kind() -> None:
    assert refused('IF(yes, 1, "ABC")') == "formula.mixed_types"
    assert refused('MAX(1, "27")') == "formula.mixed_types"


def test_the_29th_of_february_1900_never_was(tx: Tx) -> None:
    assert value(tx, "DATE(1900, 2, 29)") == dt.date(1900, 3, 1)
    assert value(tx, "WEEKDAY(DATE(1900, 2, 5), 2)") == 1  # a Monday; Excel says Sunday


def test_holidays_come_from_the_calendar_not_from_an_argument() -> None:
    assert refused("WORKDAY(TODAY(), 10, DATE(2026, 12, 25))") == "formula.argument_count"


def test_a_formula_in_a_text_is_text(tx: Tx) -> None:
    assert value(tx, 'LEN("=1/0")') == 4


def test_the_sign_stands_before_the_currency(tx: Tx) -> None:
    assert value(tx, 'TEXT(-123.456, "$#,##0.00")') == "-$123.46"


def test_there_is_no_scientific_format() -> None:
    assert refused('TEXT(n, "0.00E+00")') == "formula.unknown_format"


def test_there_are_no_error_values_but_blanks(tx: Tx) -> None:
    assert value(tx, "1 / 0") is None
    assert value(tx, "0 ^ -1") is None
    assert value(tx, "0 ^ 0") is None
    assert value(tx, "(-8) ^ 0.5") is None
    assert value(tx, "10 ^ 20") is None
    assert value(tx, 'LEFT("abc", -1)') is None


def test_comparison_of_texts_knows_capitals(tx: Tx) -> None:
    assert value(tx, '"abc" = "ABC"') is False


def test_an_emoji_is_one_character(tx: Tx) -> None:
    assert value(tx, 'LEN("a😀b")') == 3


def test_a_date_joins_a_text_as_it_is_read(tx: Tx) -> None:
    assert value(tx, '"到期 " & DATE(2026, 3, 1)') == "到期 2026-03-01"


def test_a_date_plus_part_of_a_day_is_that_day(tx: Tx) -> None:
    assert value(tx, "DATE(2026, 3, 1) + 1.9") == dt.date(2026, 3, 2)


def test_if_without_else_is_blank(tx: Tx) -> None:
    assert value(tx, "IF(yes, 1)") is None

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
    assert len(examples) >= 150


def test_every_function_says_in_chinese_what_it_does_and_what_it_takes() -> None:
    for fn in formula.functions():
        assert fn.about and fn.zh and all(arg.hint != arg.name for arg in fn.args), fn.name
        assert fn.signature.startswith(fn.name + "(")


def test_every_function_has_an_example_unless_it_reads_the_clock_the_calendar_tables_or_rows() -> None:
    without = {fn.name for fn in formula.functions() if not fn.examples}
    rows = {fn.name for fn in formula.functions() if fn.group in ("rows", "history")} | {
        "LARGE",
        "SMALL",
        "PERCENTILE",
        "QUARTILE",
    }
    workdays = {"WORKDAY", "NETWORKDAYS", "WORKDAY.INTL", "NETWORKDAYS.INTL"}
    assert without == {"TODAY", "NOW", "ME", "DECIDE"} | workdays | rows


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
    ("text", "wanted"),
    [
        # October 2026 begins on a Thursday; the 1st is a holiday, Saturday the 10th is made up
        ("NETWORKDAYS.INTL(DATE(2026, 10, 1), DATE(2026, 10, 11))", "7"),
        ("NETWORKDAYS.INTL(DATE(2026, 10, 1), DATE(2026, 10, 11), 1)", "7"),
        ("NETWORKDAYS.INTL(DATE(2026, 10, 1), DATE(2026, 10, 11), 11)", "8"),  # only Sundays off
        ('NETWORKDAYS.INTL(DATE(2026, 10, 11), DATE(2026, 10, 1), "0000001")', "-8"),
        ('NETWORKDAYS.INTL(DATE(2026, 10, 1), DATE(2026, 10, 11), "0000000")', "10"),
        ('NETWORKDAYS.INTL(DATE(2026, 10, 12), DATE(2026, 10, 18), "1111110")', "1"),
        ("WORKDAY.INTL(DATE(2026, 9, 30), 1, 11)", "2026-10-02"),
        ("WORKDAY.INTL(DATE(2026, 9, 30), 2, 11)", "2026-10-03"),
        ("WORKDAY.INTL(DATE(2026, 10, 9), 1)", "2026-10-10"),
        ("WORKDAY.INTL(DATE(2026, 10, 12), -2)", "2026-10-09"),
        ("WORKDAY.INTL(DATE(2026, 10, 12), 0, 2)", "2026-10-12"),
        ("WORKDAY.INTL(DATE(2026, 10, 5), 1, 7)", "2026-10-06"),
        ("WORKDAY.INTL(DATE(9999, 12, 30), 9)", ""),
        ("WORKDAY.INTL(DATE(1900, 1, 1), -1)", ""),
    ],
)
def test_a_working_week_may_have_another_shape_and_keeps_the_calendar(tx: Tx, text: str, wanted: str) -> None:
    tx.run("DELETE FROM kernel.calendar")
    tx.run("INSERT INTO kernel.calendar VALUES ('2026-10-01', 'holiday', '国庆节'), ('2026-10-10', 'workday', NULL)")
    assert shown(value(tx, text)) == wanted


def test_the_usual_week_is_the_same_by_either_function(tx: Tx) -> None:
    differing = tx.value(
        "SELECT count(*) FROM generate_series(timestamp '2019-12-20', '2027-02-01', '9 days') d,"
        " generate_series(-40, 40, 9) n"
        " WHERE formula.workday_offset(d::date, n, '0000011') IS DISTINCT FROM kernel.workday_offset(d::date, n)"
        " OR formula.workdays_between(d::date, d::date + n, '0000011') <> kernel.workdays_between(d::date, d::date + n)"
    )
    assert differing == 0


def test_a_thousand_values_are_no_deeper_than_ten(tx: Tx) -> None:
    assert value(tx, "XOR(" + ",".join(["TRUE"] * 1301) + ")") is True
    assert value(tx, "COUNTA(" + ",".join(["1"] * 1500) + ")") == 1500


def test_a_constant_may_be_sorted_and_grouped_by(tx: Tx) -> None:
    source = formula.TableSource(ONE_ROW, EMPTY, lambda form: ONE_ROW)
    for text in ("TRUE", "1", '"x"', "DATE(2026, 1, 1)"):
        constant = formula.compile(formula.check(text, EMPTY), source)
        assert tx.rows(
            render(formula.select(sa.func.count().label("n"), source=source).order_by(constant).group_by(constant))
        )


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
        ("1234567", "0.0,", "1234.6"),
        ("1234567", '#,##0.00,,"百万"', "1.23百万"),
        ("-5", "#,##0;[Red](#,##0)", "(5)"),
        ("-5.6", "0.0_);(0.0)", "(5.6)"),
        ("0", '0;-0;"—"', "—"),
        ("5", '0;-0;"—"', "5"),
        ("1234.5", "[$¥-804]#,##0.00", "¥1,234.50"),
        ("1", "General", "1"),
        ("-1.5", "@", "-1.5"),
        ("10203", "[DBNum2]", "壹万零贰佰零叁"),
        ("10203", "[DBNum1]General", "一万〇二百〇三"),
        ("2026", "[DBNum1]0", "二〇二六"),
        ("1.05", "[DBNum2]0.00", "壹.零伍"),
    ],
)
def test_a_number_is_written_in_a_format(tx: Tx, number: str, form: str, text: str) -> None:
    quoted = form.replace('"', '""')
    assert value(tx, f'TEXT({number}, "{quoted}")') == text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("yyyy-mm-dd", "2026-03-01"),
        ("yyyy年m月", "2026年3月"),
        ("yy/mm", "26/03"),
        ("m\\/d", "3/1"),
        ("aaaa", "星期日"),
        ("m月d日（aaa）", "3月1日（日）"),
        ("[DBNum1]yyyy年m月d日", "二〇二六年三月一日"),
        ("[DBNum2]yyyy年mm月dd日", "贰零贰陆年叁月壹日"),
        ("[$-804]yyyy/m/d", "2026/3/1"),
    ],
)
def test_a_date_is_written_in_a_format(tx: Tx, form: str, text: str) -> None:
    assert value(tx, f'TEXT(DATE(2026, 3, 1), "{form}")') == text


# the amounts and their words stand in 《正确填写票据和结算凭证的基本规定》, where a 零 may be left out the shorter form
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角整"), ("6007.14", "陆仟零柒元壹角肆分"), ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"), ("16409.02", "壹万陆仟肆佰零玖元零贰分"), ("325.04",
        "叁佰贰拾伍元零肆分"),
        ("0", "零元整"), ("0.05", "伍分"), ("0.5", "伍角整"), ("10", "壹拾元整"), ("100000001", "壹亿零壹元整"),
        ("1234567890123.45", "壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分"), ("-12.3",
        "负壹拾贰元叁角整"),
        ("1000000000000", "壹万亿元整"), ("100010001000", "壹仟亿壹仟万壹仟元整"), ("0.005", "壹分"), ("0.004",
        "零元整"),
        ("-0.004", "零元整"), ("20000300", "贰仟万零叁佰元整"),
    ],
)  # fmt: skip
def test_an_amount_in_capital_words(tx: Tx, amount: str, words: str) -> None:
    assert value(tx, f"RMB({amount})") == words


@pytest.mark.parametrize(
    ("text", "mask"),
    [("MASK(\"ab@perennial.cn\", \"mail\")", "a****@perennial.cn"), ('MASK("110101199003070000", "id")',
    "110***********0000"),
     ('MASK("123", "phone")', "****"), ('MASK("", "all")', None)],
)  # fmt: skip
def test_a_masked_text_shows_what_one_knows(tx: Tx, text: str, mask: str | None) -> None:
    assert value(tx, text) == mask


def test_the_hour_of_a_moment_is_that_of_the_workspace(tx: Tx) -> None:
    assert value(tx, "HOUR(NOW())") == 9 and value(tx, "MINUTE(NOW())") == 0
    assert value(tx, "HOUR(DATE(2026, 3, 1))") == 0


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


def test_a_date_in_a_text_says_its_year_first_or_names_its_month(tx: Tx) -> None:
    assert value(tx, 'DATEVALUE("2026.3.1")') == value(tx, 'DATEVALUE("1-Mar-2026")') == dt.date(2026, 3, 1)
    assert value(tx, 'DATEVALUE("6-7-2026")') is None
    assert value(tx, 'DATEVALUE("10/32")') is None


def test_the_code_of_a_character_is_that_of_unicode(tx: Tx) -> None:
    assert value(tx, 'CODE("中")') == 20013  # Excel in Chinese says 54992
    assert value(tx, "CHAR(200)") == "È"


def test_a_result_is_never_an_error_so_iferror_catches_blanks(tx: Tx) -> None:
    assert value(tx, "IFERROR(n, 5)") == 5  # Excel: a blank cell is 0, no error
    assert value(tx, "IFNA(1 / 0, 5)") == 5  # Excel: #DIV/0! is not #N/A


def test_there_is_no_day_0(tx: Tx) -> None:
    assert refused("WEEKNUM(0)") == "formula.argument_type"


def test_a_value_is_one_value_and_a_field_of_one_kind() -> None:
    assert refused("CHOOSE(1, n, yes)") == "formula.mixed_types"
    assert refused("{1,2}") == "formula.character"


def test_a_long_text_behind_the_mask_of_a_phone_is_hidden_whole(tx: Tx) -> None:
    assert value(tx, 'MASK("+86 138-1234-5678", "phone")') == "+86 138-1****5678"
    assert value(tx, 'MASK("联系人王芳，家住人民路三号，电话 13812345678", "phone")') == "****"

"""Names, kinds and results are right when a formula is written, or the error says where, what and what was meant."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from perennial import formula
from perennial.formula import FieldInfo, StaticScope, Type
from perennial.kernel import Invalid
from perennial.kernel.i18n import text as sentence
from tests.unit.formula.company import STATUS, company

CONTRACT = company().scopes["contract"]

# formula -> code, position, words that the Chinese and the English sentence hold
WRONG: list[tuple[str, str, int, str, str]] = [
    ("", "formula.empty", 1, "公式", "formula"),
    ("1" * 8193, "formula.too_long", 8193, "8192", "8192"),
    ("(" * 70 + "1", "formula.too_deep", 65, "64", "64"),
    ("a ; b", "formula.character", 3, ";", ";"),
    ("1e40", "formula.number_range", 1, "20", "20"),
    ('"abc', "formula.unclosed_text", 1, "引号", "quote"),
    ("[合同", "formula.unclosed_label", 1, "[", "["),
    ("ABS(amount", "formula.unclosed_bracket", 4, "括号", "bracket"),
    ("amount)", "formula.extra_bracket", 7, "右括号", "closing"),
    ("amount amount", "formula.unexpected", 8, "amount", "amount"),
    ("amount +", "formula.end", 9, "没写完", "early"),
    ("[]", "formula.empty_label", 1, "字段名", "name"),
    ("结束日 > TODAY()", "formula.unknown_name", 1, "合同结束日期", "合同结束日期"),
    ("IF(amuont > 1, 2)", "formula.unknown_name", 4, "是不是「amount」", 'Did you mean "amount"?'),
    ("xyzzy", "formula.unknown_name", 1, "没有「xyzzy」这个字段", 'no field "xyzzy"'),
    ("customer.scroe", "formula.unknown_name", 10, "score", "score"),
    ("DAY(end_date) + DAYZ(1)", "formula.unknown_function", 17, "DAY", "DAY"),
    ('status = "待续约"', "formula.unknown_option", 10, "待续费", "待续费"),
    ("SUMIF(contrats, TRUE, amount)", "formula.unknown_collection", 7, "contrats", "contrats"),
    ("COUNTIF(1)", "formula.collection_wanted", 9, "COUNTIF", "COUNTIF"),
    ("LARGE(amount, 1)", "formula.column_wanted", 7, "contracts.amount", "contracts.amount"),
    ('TEXTJOIN("", TRUE, customer.contracts.number, 1)', "formula.column_alone", 20, "TEXTJOIN", "only value"),
    ("XLOOKUP(1, customer.contracts.amount, contract.rate)", "formula.other_rows", 39, "同样的记录", "same records"),
    ("RUNNINGTOTAL(contract.amount, contract.end_date)", "formula.not_siblings", 14, "同组", "among"),
    ("PREVIOUS(amount + 1)", "formula.field_wanted", 10, "PREVIOUS", "PREVIOUS"),
    ('STREAK(rate > 1, "week")', "formula.not_tracked", 8, "「折扣」没有跟踪。跟踪的字段：合同金额",
     '"折扣" is not tracked'),
    ('HELD(1 > 0, 2, "week")', "formula.one_tracked", 6, "一个跟踪的字段", "one tracked field"),
    ('STREAK(amount > 1, "month")', "formula.unknown_unit", 20, "week", "day"),
    ('MASK(number, "fax")', "formula.unknown_unit", 14, "phone", "phone"),
    ("customer.contracts", "formula.many_rows", 10, "汇总", "records"),
    ("amount.name", "formula.not_relation", 1, "金额", "money"),
    ("ROUND(amount)", "formula.argument_count", 1, "需要 2 个参数，现在有 1 个", "2 arguments, not 1"),
    ("TODAY(1)", "formula.argument_count", 1, "需要 0 个", "takes 0"),
    ("IFS(TRUE, 1, FALSE)", "formula.argument_pairs", 1, "成对", "pairs"),
    ("DAYS(end_date, number)", "formula.argument_type", 16, "DAYS 的第 2 个参数要日期，现在是文本",
     "argument 2 of DAYS must be a date; it is text"),
    ("IF(amount, 1, 2)", "formula.argument_type", 4, "第 1 个参数要条件", "must be a condition"),
    ("TEXT(amount, number)", "formula.literal_wanted", 14, "第 2 个", "argument 2"),
    ('TEXT(amount, "qq")', "formula.unknown_format", 14, "qq", "qq"),
    ('DATEDIF(end_date, TODAY(), "W")', "formula.unknown_unit", 28, "YM", "YM"),
    ('NETWORKDAYS.INTL(end_date, TODAY(), "1111111")', "formula.weekend", 37, "七位 0 和 1", "seven 0 and 1"),
    ("WORKDAY.INTL(end_date, 1, 8)", "formula.weekend", 27, "1–7、11–17", "11-17"),
    ("end_date * 2", "formula.operand_type", 1, "日期", "date"),
    ("amount + number", "formula.operand_type", 10, "文本", "text"),
    ("customer & 1", "formula.operand_type", 1, "关联", "record"),
    ("amount > number", "formula.compare_types", 10, "左边是金额，右边是文本", "money with text"),
    ("customer = customer.owner", "formula.compare_types", 12, "关联", "record"),
    ("auto > TRUE", "formula.no_order", 1, "条件不分大小", "no order"),
    ('IF(auto, 1, "x")', "formula.mixed_types", 13, "同一种类型", "one kind"),
    ('end_date > "明天"', "formula.not_date", 12, "明天", "明天"),
]  # fmt: skip


def caught(text: str, scope: Any = CONTRACT, want: Any = None) -> Invalid:
    with pytest.raises(Invalid) as found:
        formula.check(text, scope, want)
    return found.value


def test_what_would_be_too_long_to_read_once_it_is_stored_is_refused_when_written() -> None:
    within = "AND(" + ",".join(["auto"] * 1300) + ")"
    assert len(formula.print_(formula.check(within, CONTRACT))) <= 8192
    assert caught("AND(" + ",".join(["auto"] * 1500) + ")").code == "formula.too_long"


def test_a_function_may_be_typed_in_full_width_or_by_another_name_of_excel() -> None:
    for typed, kept in [
        ("ＳＵＭ（amount，１）", "SUM(amount, 1)"),
        ("RANK.EQ(amount, contract.amount)", "RANK(amount, contract.amount)"),
        ("percentile.inc(contract.amount, 0.9)", "PERCENTILE(contract.amount, 0.9)"),
        ("networkdays.intl(end_date, TODAY(), 11)", "NETWORKDAYS.INTL(end_date, TODAY(), 11)"),
    ]:
        assert formula.print_(formula.check(typed, CONTRACT)) == kept
        assert formula.print_(formula.check(kept, CONTRACT)) == kept
    assert formula.print_(formula.parse("[ＴＲＵＥ]")) == "[ＴＲＵＥ]"


@pytest.mark.parametrize(("text", "code", "position", "zh", "en"), WRONG)
def test_an_error_says_where_and_what_in_both_languages(text: str, code: str, position: int, zh: str, en: str) -> None:
    found = caught(text)
    assert (found.code, found.facts["position"]) == (code, position)
    assert zh in sentence(found, "zh")
    assert en in sentence(found, "en")
    assert "{" not in sentence(found, "zh") + sentence(found, "en")
    assert "?" not in sentence(found, "zh")  # a fact that nobody gave


def test_every_error_code_is_triggered_here() -> None:
    path = Path(formula.__file__).parent / "errors.yaml"
    codes = set(yaml.safe_load(path.read_text(encoding="utf-8")))
    here = {code for _, code, *_ in WRONG} | {"formula.cycle", "formula.wrong_result"}
    here |= {"formula.unknown_operator", "formula.wrong_value"}  # test_formula_visual
    assert codes - here == {
        "formula.source",
        "formula.unknown_kind",
        "formula.no_changes",
        "formula.unknown_decision",
        "formula.unknown_output",
        "formula.decision_inputs",
    }  # of compilation, of the edge; of decision tables (tests/sql/test_decisions.py)


def test_a_cycle_of_computed_fields_is_printed() -> None:
    one = FieldInfo("one", "甲", Type("number"), formula="two + 1")
    two = FieldInfo("two", "乙", Type("number"), formula="[甲] * 2")
    found = caught("one", StaticScope("loop", [one, two]))
    assert found.code == "formula.cycle"
    assert found.facts["chain"] == ["甲", "乙", "甲"]
    assert "甲、乙、甲" in sentence(found, "zh")


def test_a_condition_is_wanted_where_rows_are_chosen() -> None:
    found = caught("amount", want="yes_no")
    assert found.code == "formula.wrong_result"
    assert sentence(found, "zh") == "这里需要条件，公式给出的是金额"


@pytest.mark.parametrize(
    ("text", "type_", "volatility", "reads"),
    [
        ("1 + 2 * 3", "number?", "constant", ""),
        ("amount * 2", "money?", "immutable", "amount"),
        ("amount / customer.score", "money?", "immutable", "amount customer customer.score"),
        ("amount / amount", "number?", "immutable", "amount"),
        ("amount * 10%", "money?", "immutable", "amount"),
        ("end_date + 30", "date?", "immutable", "end_date"),
        ("end_date - TODAY()", "number?", "stable", "end_date"),
        ("DAYS(end_date, TODAY())", "number?", "stable", "end_date"),
        ("NOW()", "datetime", "stable", ""),
        ("days_left", "number?", "stable", "days_left end_date"),
        ("urgent", "yes_no?", "stable", "days_left end_date status urgent"),
        ('status = "待续费"', "yes_no", "immutable", "status"),
        ("COALESCE(amount, 0)", "money", "immutable", "amount"),
        ("customer.owner", "relation?", "immutable", "customer customer.owner"),
        ('IF(auto, status, "lost")', "select?", "immutable", "auto status"),
        ('IF(auto, status, "other")', "text?", "immutable", "auto status"),
        ("SUMIF(customer.contracts, auto, amount)", "money", "immutable",
         "customer.contracts customer.contracts.amount customer.contracts.auto"),
        ("MAXIF(customer.contracts, TRUE, end_date)", "date?", "immutable",
         "customer.contracts customer.contracts.end_date"),
        ("owner", "relation?", "immutable", "owner"),
    ],
)  # fmt: skip
def test_a_typed_tree_knows_kind_volatility_and_what_it_reads(
    text: str, type_: str, volatility: str, reads: str
) -> None:
    scope = company().scopes["customer"] if text == "owner" else CONTRACT
    typed = formula.check(text, scope)
    assert (str(typed.type), typed.volatility, " ".join(sorted(typed.reads))) == (type_, volatility, reads)


def test_labels_become_keys_when_printed() -> None:
    typed = formula.check('IF([续费状态]="已续费",[关联客户].[健康度评分],0)', CONTRACT)
    assert formula.print_(typed) == 'IF(status = "renewed", customer.score, 0)'


def test_labels_of_options_become_keys_inside_functions_too() -> None:
    typed = formula.check('OR(IN([续费状态],"待续费","已流失"),CONTAINS([标签],"重点"))', CONTRACT)
    assert formula.print_(typed) == 'OR(IN(status, "pending", "lost"), CONTAINS(tags, "vip"))'
    typed = formula.check('SUMIF([关联客户].[合同],[续费状态]<>"已续费",[合同金额])', CONTRACT)
    assert formula.print_(typed) == 'SUMIF(customer.contracts, status <> "renewed", amount)'
    typed = formula.check('SWITCH([续费状态],"已续费",1,"已流失",2,0)', CONTRACT)
    assert formula.print_(typed) == 'SWITCH(status, "renewed", 1, "lost", 2, 0)'


def test_a_wanted_select_reads_labels_as_its_options() -> None:
    want = Type("select", options=STATUS)
    assert formula.print_(formula.check('IF(auto, "已续费", "lost")', CONTRACT, want)) == 'IF(auto, "renewed", "lost")'
    assert caught('IF(auto, "已续费", "没有")', CONTRACT, want).code == "formula.unknown_option"


def test_a_stored_computed_field_is_read_as_a_column() -> None:
    scope = StaticScope("one", [FieldInfo("sum", "合计", Type("number"), formula="nonsense(", stored=True)])
    assert formula.check("sum + 1", scope).reads == {"sum"}


def test_a_label_equal_to_another_fields_key_means_the_key() -> None:
    scope = StaticScope("two", [FieldInfo("a", "b", Type("number")), FieldInfo("b", "c", Type("text"))])
    assert formula.check("[b]", scope).type.kind == "text"

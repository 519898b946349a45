"""Decision tables as data: cells, what is refused and where, files there and back."""

import xml.etree.ElementTree as xml
from decimal import Decimal
from typing import Any

import pytest

from perennial.forms import decisions
from perennial.forms.decisions.cells import Span
from perennial.forms.decisions.cells import Test as Cell
from perennial.forms.decisions.cells import test as read_cell
from perennial.forms.decisions.written import tests as feel
from perennial.kernel import Invalid
from perennial.kernel.i18n import text

OPTIONS = [{"key": "a", "label": "重点客户"}, {"key": "b", "label": "普通客户"}]
TREE: dict[str, Any] = {
    "decision": "discount", "label": "折扣审批", "policy": "U",
    "inputs": [
        {"key": "rate", "label": "折扣", "kind": "percent", "least": "0%", "most": "100%"},
        {"key": "amount", "label": "续费金额", "kind": "money", "least": "0"},
        {"key": "tier", "label": "客户等级", "kind": "option", "options": OPTIONS},
    ],
    "outputs": [
        {"key": "approver", "label": "审批人", "kind": "text"},
        {"key": "days", "label": "时限", "kind": "number"},
    ],
    "rules": [
        {"when": ["< 5%", "-", "-"], "give": ["自动通过", "0"]},
        {"when": ["5%–10%", "< ¥200,000", "-"], "give": ["团队主管", "1"]},
        {"when": ["5%–10%", ">= 20万", "-"], "give": ["销售总监", "1"], "note": "金额大"},
        {"when": [">= 10%", "-", "not(重点客户)"], "give": ["不允许", "-"]},
        {"when": [">= 10%", "-", "重点客户"], "give": ["总经理", "5"]},
    ],
}  # fmt: skip


def column(kind: str, **more: Any) -> decisions.Column:
    tree = {**TREE, "inputs": [{"key": "x", "label": "列", "kind": kind, **more}], "rules": []}
    return decisions.load(tree).inputs[0]


def number(text: str) -> Decimal:
    return Decimal(text)


def test_a_table_without_gap_and_overlap_is_right() -> None:
    found = decisions.check(decisions.load(TREE))
    assert found == decisions.Checked(())
    assert decisions.dump(decisions.load(TREE)) == TREE


@pytest.mark.parametrize(("cell", "kind", "wanted"), [
    ("< 5", "number", Cell((Span(None, False, number("5"), False),))),
    ("≤ 5", "number", Cell((Span(None, False, number("5"), True),))),
    ("[1..5)", "number", Cell((Span(number("1"), True, number("5"), False),))),
    ("]1..5]", "number", Cell((Span(number("1"), False, number("5"), True),))),
    ("15%–20%", "percent", Cell((Span(number("0.15"), True, number("0.20"), False),))),
    ("15-20%", "percent", Cell((Span(number("0.15"), True, number("0.2"), False),))),
    ("1, [3..4], (4..6)", "number", Cell((Span(number("1"), True, number("1"), True),
                                          Span(number("3"), True, number("6"), False)))),
    ("null", "number", Cell(blank=True)),
    ("not(null)", "number", Cell((Span(None, False, None, False),))),
    ("not([1..2])", "number", Cell((Span(None, False, number("1"), False), Span(number("2"), False, None, False)),
                                   blank=True)),
    ("-1.5", "number", Cell((Span(number("-1.5"), True, number("-1.5"), True),))),
    ("1900-01-03", "date", Cell((Span(number("2"), True, number("2"), True),))),
    ('[date("1900-01-01")..1900/1/3)', "date", Cell((Span(number("0"), True, number("2"), False),))),
    ('"a", "b,c"', "text", Cell(words=frozenset({"a", "b,c"}))),
    ("重点客户", "option", Cell(words=frozenset({"a"}))),
    ('not("a")', "text", Cell(words=frozenset({"a"}), but=True, blank=True)),
    ("非 普通客户", "option", Cell(words=frozenset({"b"}), but=True, blank=True)),
    ("是", "yes_no", Cell(words=frozenset({"true"}))),
])  # fmt: skip
def test_a_cell_means_the_values_that_dmn_and_people_mean(cell: str, kind: str, wanted: Cell) -> None:
    more = {"options": OPTIONS} if kind == "option" else {}
    assert read_cell(cell, column(kind, **more)) == wanted


@pytest.mark.parametrize(("kind", "cell", "code", "zh"), [
    ("number", "面议", "decisions.not_number", "第 1 行「列」：「面议」不是数字"),
    ("date", "2026-02-30", "decisions.not_date", "第 1 行「列」：「2026-02-30」不是日期"),
    ("yes_no", "也许", "decisions.not_truth", "第 1 行「列」：「也许」要写成 是 或 否"),
    ("option", "重点", "decisions.not_option", "第 1 行「列」：没有「重点」这个选项，可选：重点客户、普通客户"),
    ("number", "[5..1]", "decisions.not_range", "第 1 行「列」：「[5..1]」里没有任何值"),
    ("text", '"a', "decisions.not_readable", "第 1 行「列」：看不懂「\"a」"),
])  # fmt: skip
def test_a_cell_that_cannot_be_read_is_named_with_its_row_and_column(kind: str, cell: str, code: str, zh: str) -> None:
    options = {"options": OPTIONS} if kind == "option" else {}
    inputs = [{"key": "x", "label": "列", "kind": kind, **options}]
    found = decisions.check(decisions.load({**TREE, "inputs": inputs, "rules": [{"when": [cell], "give": ["a", "1"]}]}))
    severity, problem = found.problems[0]
    assert (severity, problem.code, problem.path) == ("error", code, "rules[0].when[0]")
    assert text(problem).startswith(zh)


def test_a_gap_and_an_overlap_are_told_with_an_example_and_the_row_that_would_close_it() -> None:
    rules = [*TREE["rules"][:3], {"when": ["(10%..100%]", "-", "not(重点客户)"], "give": ["不允许", ""]},
             {"when": [">= 9%", "< 100", "重点客户"], "give": ["总经理", "5"]}]  # fmt: skip
    found = decisions.check(decisions.load({**TREE, "rules": rules}))
    assert [(one.cells, one.after) for one in found.gaps] == [
        (("10%", "[0..100)", '"普通客户"'), 5), (("10%", ">= 100", "-"), 5),
        (("(10%..100%]", ">= 100", '"重点客户"'), 5),
    ]  # fmt: skip
    assert [(one.first, one.second, one.cells) for one in found.overlaps] == [
        (1, 4, ("[9%..10%)", "[0..100)", '"重点客户"')),
    ]  # fmt: skip
    told = {problem.code: text(problem) for _, problem in found.problems}
    assert told["decisions.overlap"] == (
        "第 2 行和第 5 行重叠：折扣 9%，续费金额 0，客户等级 重点客户 同时命中两行，而命中方式是唯一"
    )
    assert told["decisions.gap"].startswith("空缺：没有一行管到 折扣 55%，续费金额 100，客户等级 重点客户")
    said = decisions.check(decisions.load({**TREE, "rules": rules[:3], "otherwise": ["转给管理员", "2"]}))
    assert {severity for severity, _ in said.problems} == {"hint"}


def test_days_that_follow_each_other_leave_no_gap_between_them() -> None:
    inputs = [{"key": "d", "label": "日", "kind": "date"}]
    rules = [{"when": ["<= 2026-01-31"], "give": ["a", "1"]}, {"when": [">= 2026-02-01"], "give": ["b", "1"]}]
    assert decisions.check(decisions.load({**TREE, "inputs": inputs, "rules": rules})).problems == ()


def test_rules_that_meet_may_not_differ_where_any_may_answer() -> None:
    rules = [{"when": ["-", "-", "-"], "give": ["a", "1"]}, {"when": ["5%", "-", "-"], "give": ["b", "1"]}]
    found = decisions.check(decisions.load({**TREE, "policy": "A", "rules": rules}))
    assert [problem.code for _, problem in found.problems] == ["decisions.differs"]
    same = [rules[0], {**rules[1], "give": ["a", "1"]}]
    assert decisions.check(decisions.load({**TREE, "policy": "A", "rules": same})).problems == ()


@pytest.mark.parametrize(("change", "code"), [
    ({"policy": "X"}, "decisions.policy"),
    ({"inputs": [{"key": "x", "label": "x", "kind": "file"}]}, "decisions.kind"),
    ({"inputs": []}, "decisions.columns"),
    ({"inputs": [TREE["inputs"][0], TREE["inputs"][0]]}, "decisions.twice"),
    ({"rules": [{"when": ["-"], "give": ["a", "1"]}]}, "decisions.cells"),
    ({"rules": [{"when": ["-", "-", 5], "give": ["a", "1"]}]}, "decisions.cell"),
    ({"otherwise": ["a"]}, "decisions.otherwise"),
    ({"rules": [{"when": ["-", "-", "-"], "give": ["a", "1"]}] * 5001}, "decisions.too_many"),
])  # fmt: skip
def test_what_is_no_table_is_refused_with_its_place(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        decisions.load({**TREE, **change})
    assert caught.value.code == code and caught.value.path and "?" not in text(caught.value)


@pytest.mark.parametrize(("change", "code"), [
    ({"policy": "C+"}, "decisions.aggregate"),
    ({"policy": "P"}, "decisions.priority"),
    ({"policy": "C#", "otherwise": ["a", "1"]}, "decisions.otherwise_counted"),
    ({"outputs": [{"key": "a", "label": "结果", "kind": "option"}, TREE["outputs"][1]]}, "decisions.no_options"),
])  # fmt: skip
def test_what_a_hit_policy_needs_is_said(change: dict[str, Any], code: str) -> None:
    found = decisions.check(decisions.load({**TREE, "rules": [], **change}))
    assert code in [problem.code for _, problem in found.problems]
    assert all("?" not in text(problem, "en") for _, problem in found.problems)


def test_a_thousand_rows_are_checked_in_a_second() -> None:
    import time

    lines = [(tier, at, year) for tier in "ab" for at in range(50) for year in range(10)]
    rules = [{"when": [f"[{at / 50}..{(at + 1) / 50})", f"[{year}000..{year + 1}000)", tier], "give": ["x", "1"]}
             for tier, at, year in lines]  # fmt: skip
    began = time.process_time()
    found = decisions.check(decisions.load({**TREE, "rules": rules}))
    assert time.process_time() - began < 1
    assert {one.cells for one in found.gaps} == {("100%", "-", "-"), ("[0%..100%)", ">= 10000", "-")}


def test_rows_that_cross_without_order_are_not_searched_for_ever() -> None:
    import random

    pick, rules = random.Random(5), []
    for _ in range(1000):
        low, least = pick.random(), pick.random() * 1e6
        rules.append({"when": [f"[{low:.9f}..{low + 0.3:.9f})", f"[{least:.3f}..{least + 3e5:.3f})", "-"],
                      "give": ["x", "1"]})  # fmt: skip
    inputs = [{**TREE["inputs"][0], "most": None}, TREE["inputs"][1], TREE["inputs"][2]]
    inputs[0] = {key: value for key, value in inputs[0].items() if value}
    found = decisions.check(decisions.load({**TREE, "inputs": inputs, "rules": rules}))
    assert not found.whole and "decisions.unfinished" in [problem.code for _, problem in found.problems]


# files


def _same(one: decisions.Decision, other: decisions.Decision) -> None:
    assert [[feel(cell, c) for cell, c in zip(rule.when, one.inputs, strict=True)] for rule in one.rules] == [
        [feel(cell, c) for cell, c in zip(rule.when, other.inputs, strict=True)] for rule in other.rules
    ]
    assert (one.inputs, one.outputs, one.policy, one.label) == (other.inputs, other.outputs, other.policy, other.label)


@pytest.mark.parametrize(("policy", "hit", "aggregation"), [
    ("U", "UNIQUE", None), ("A", "ANY", None), ("F", "FIRST", None), ("P", "PRIORITY", None), ("R", "RULE ORDER", None),
    ("O", "OUTPUT ORDER", None), ("C", "COLLECT", None), ("C+", "COLLECT", "SUM"), ("C<", "COLLECT", "MIN"),
    ("C>", "COLLECT", "MAX"), ("C#", "COLLECT", "COUNT"),
])  # fmt: skip
def test_a_table_goes_to_dmn_and_comes_back(policy: str, hit: str, aggregation: str | None) -> None:
    one = decisions.load({**TREE, "policy": policy, "otherwise": ["转给管理员", "null"], "note": "说明"})
    content = decisions.as_dmn(one)
    root = xml.fromstring(content)
    space = "{https://www.omg.org/spec/DMN/20230324/MODEL/}"
    table = root.find(f"{space}decision/{space}decisionTable")
    assert table is not None and (table.get("hitPolicy"), table.get("aggregation")) == (hit, aggregation)
    # the order in which the schema of DMN 1.5 wants them
    assert [child.tag.removeprefix(space) for child in table] == (
        ["input"] * 3 + ["output"] * 2 + ["annotation"] + ["rule"] * 5
    )
    assert [child.tag.removeprefix(space) for child in table[0]] == ["extensionElements", "inputExpression"]
    assert [child.tag.removeprefix(space) for child in table[6]] == (
        ["inputEntry"] * 3 + ["outputEntry"] * 2 + ["annotationEntry"]
    )
    entries = [node.text for node in table[7].iter(f"{space}text")]
    assert entries == ["[0.05..0.1)", "< 200000", "-", '"团队主管"', "1", None]
    back = decisions.load(decisions.from_dmn(content))
    _same(one, back)
    assert back.otherwise == ('"转给管理员"', "null") and back.note == "说明" and back.key == "discount"
    assert decisions.as_dmn(back) == content


def test_dmn_of_another_tool_is_read_by_its_types() -> None:
    tree = decisions.from_dmn(
        b"""<?xml version="1.0"?>
      <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
        <decision id="Dish" name="Dish"><decisionTable hitPolicy="FIRST">
          <input id="i1" label="Season"><inputExpression typeRef="string"><text>season</text></inputExpression>
            <inputValues><text>"Spring","Winter"</text></inputValues></input>
          <input id="i2" label="Guests"><inputExpression typeRef="integer"><text>guest count</text>
            </inputExpression></input>
          <output id="o1" label="Dish" name="dish" typeRef="string"/>
          <rule id="r1"><description>warm</description><inputEntry id="a"><text>not("Winter")</text></inputEntry>
            <inputEntry id="b"><text>&lt;= 8</text></inputEntry>
            <outputEntry id="c"><text>"Salad"</text></outputEntry></rule>
        </decisionTable></decision></definitions>"""
    )
    one = decisions.load(tree)
    assert [(c.key, c.kind) for c in one.inputs] == [("season", "option"), ("guests", "number")]
    assert (one.policy, one.rules[0].when, one.rules[0].then, one.rules[0].note) == (
        "F", ('not("Winter")', "<= 8"), ('"Salad"',), "warm",
    )  # fmt: skip


@pytest.mark.parametrize(("content", "code"), [
    (b"<a", "decisions.not_xml"),
    (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "decisions.not_xml"),
    (b"<definitions/>", "decisions.no_table"),
    (b'<d><decision><decisionTable hitPolicy="LAST"/></decision></d>', "decisions.hit"),
])  # fmt: skip
def test_a_file_that_is_no_table_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        decisions.from_dmn(content)
    assert caught.value.code == code and "?" not in text(caught.value)


def test_a_plain_sheet_brings_the_rules_of_a_table_that_is_there() -> None:
    known = decisions.load(TREE)
    heads = ["折扣", "续费金额", "tier", "审批人", "时限", "备注"]
    rows = [
        (2, ["< 5%", "-", "重点客户", "甲", "1", ""]),
        (3, ["", "", "", "", "", ""]),
        (4, ["-", "", "", "乙", "", "注"]),
    ]
    tree = decisions.from_sheet(heads, rows, known)
    assert tree["rules"] == [
        {"when": ["< 5%", "-", "重点客户"], "give": ["甲", "1"]},
        {"when": ["-", "", ""], "give": ["乙", ""], "note": "注"},
    ]  # fmt: skip
    for columns, lines, code in (
        (heads[1:], rows, "decisions.sheet_missing"), ([*heads, "别的"], rows, "decisions.sheet_column"),
        (heads, [], "decisions.sheet_empty"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as caught:
            decisions.from_sheet(columns, lines, known)
        assert caught.value.code == code and "?" not in text(caught.value)

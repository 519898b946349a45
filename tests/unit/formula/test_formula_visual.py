"""A condition as rows: what has rows comes back as the same condition, what says more stays text."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial import formula
from perennial.formula import Group, Row
from perennial.kernel import Invalid
from perennial.kernel.i18n import text as sentence
from tests.unit.formula.company import company

SCOPE = company().scopes["contract"]


def rows(text: str) -> Any:
    found = formula.tree(text, SCOPE)
    return None if found is None else (found.join, [_plain(row) for row in found.rows])


def _plain(item: Any) -> Any:
    if isinstance(item, Group):
        return item.join, [_plain(row) for row in item.rows]
    return ".".join(item.path), item.op, item.value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('[续费状态] = "待续费"', ("and", [("status", "eq", "pending")])),
        ('AND(status <> "lost", amount >= 1000)', ("and", [("status", "ne", "lost"), ("amount", "ge", "1000")])),
        ('OR(CONTAINS(number, "HT"), NOT(CONTAINS(customer.name, "云")))',
         ("or", [("number", "contains", "HT"), ("customer.name", "not_contains", "云")])),
        ("AND(end_date >= TODAY(), end_date <= TODAY() + 30)", ("and", [("end_date", "next_days", 30)])),
        ("AND(auto, end_date >= TODAY() - 7, end_date <= TODAY())",
         ("and", [("auto", "true", None), ("end_date", "past_days", 7)])),
        ('AND(end_date < "2026-12-31", end_date > TODAY() + 5)',
         ("and", [("end_date", "lt", "2026-12-31"), ("end_date", "gt", {"today": 5})])),
        ('AND(IN(status, "pending", "lost"), NOT(IN(customer, 1, 2)))',
         ("and", [("status", "in", ["pending", "lost"]), ("customer", "not_in", ["1", "2"])])),
        ("OR(ISBLANK(number), NOT(ISBLANK(rate)), NOT(auto))",
         ("or", [("number", "blank", None), ("rate", "filled", None), ("auto", "false", None)])),
        ("customer.owner = ME()", ("and", [("customer.owner", "eq", {"me": True})])),
        ("AND(auto, OR(amount < -5, days_left <= 30))",
         ("and", [("auto", "true", None), ("or", [("amount", "lt", "-5"), ("days_left", "le", "30")])])),
        ('CONTAINS(tags, "vip")', ("and", [("tags", "contains", "vip")])),
        ('AND(STARTSWITH(number, "HT"), ENDSWITH(number, "1"))',
         ("and", [("number", "starts", "HT"), ("number", "ends", "1")])),
        ("NOT(IN(amount, 5, 6))", ("and", [("amount", "not_in", ["5", "6"])])),
        ("TRUE", ("and", [])),
    ],
)  # fmt: skip
def test_a_condition_of_rows_is_shown_and_written_again(text: str, tree: Any) -> None:
    assert rows(text) == tree
    found = formula.tree(text, SCOPE)
    assert found is not None
    written = formula.from_tree(found, SCOPE)
    assert formula.check(written, SCOPE).node == formula.check(text, SCOPE).node


def test_an_and_within_an_and_is_read_as_one_and_written_so() -> None:
    nested = "AND(auto, AND(end_date >= TODAY() - 7, end_date <= TODAY()))"
    assert rows(nested) == ("and", [("auto", "true", None), ("end_date", "past_days", 7)])
    found = formula.tree(nested, SCOPE)
    assert found is not None
    assert formula.from_tree(found, SCOPE) == "AND(auto, end_date >= TODAY() - 7, end_date <= TODAY())"


@pytest.mark.parametrize(
    "text",
    [
        "amount * 2 > 5", "amount > rate", "5 < amount", "NOT(amount > 5)", "XOR(auto, urgent)", "AND(auto)",
        "COUNTIF(customer.contracts) > 1", "IF(auto, urgent, FALSE)", "FALSE", "end_date >= DATE(2026, 1, 1)",
        'STREAK(amount > 5, "week") > 2', "end_date > TODAY() + 2900000", "NOT(IN(end_date, TODAY()))",
    ],
)  # fmt: skip
def test_what_says_more_stays_text(text: str) -> None:
    assert rows(text) is None


def test_rows_become_text_with_the_operators_of_their_kind() -> None:
    inner = Group("and", (Row(("amount",), "gt", 1000), Row(("customer", "score"), "filled")))
    tree = Group("or", (Row(("status",), "in", ["待续费"]), Row(("end_date",), "next_days", 30), inner))
    assert formula.from_tree(tree, SCOPE) == (
        'OR(IN(status, "pending"), AND(end_date >= TODAY(), end_date <= TODAY() + 30), '
        "AND(amount > 1000, NOT(ISBLANK(customer.score))))"
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (Row(("amount",), "contains", "1"), "formula.unknown_operator"),
        (Row(("amount",), "gt", "许多"), "formula.wrong_value"),
        (Row(("end_date",), "next_days", 0), "formula.wrong_value"),
        (Row(("nothing",), "eq", "1"), "formula.unknown_name"),
        (Row(("status",), "eq", "gone"), "formula.unknown_option"),
        (Row(("end_date",), "lt", "明天"), "formula.not_date"),
    ],
)
def test_a_wrong_row_says_why(row: Row, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        formula.from_tree(Group("and", (row,)), SCOPE)
    assert caught.value.code == code
    assert "{" not in sentence(caught.value, "zh") + sentence(caught.value, "en")


VALUES: dict[str, list[Any]] = {
    "text": ["a", '"', "云 帆"], "number": ["0", "-5", "0.25", "100000"],
    "date": ["2026-03-01", {"today": 0}, {"today": -9}],
    "select": ["pending", "lost"], "relation": ["3", {"me": True}], "multi_select": ["vip"],
}  # fmt: skip
FIELDS = {"number": "text", "customer.name": "text", "amount": "number", "rate": "number", "end_date": "date",
          "status": "select", "tags": "multi_select", "customer": "relation", "customer.owner": "relation",
          "auto": "yes_no", "signed_at": "date", "urgent": "yes_no"}  # fmt: skip


@st.composite
def any_row(draw: st.DrawFn) -> Row:
    path = draw(st.sampled_from(sorted(FIELDS)))
    kind = FIELDS[path]
    operator = draw(st.sampled_from(formula.OPERATORS[kind]))
    values = [one for one in VALUES.get(kind, [None]) if path != "customer" or one != {"me": True}]
    one = st.sampled_from(values)
    value = {"none": st.none(), "one": one, "many": st.lists(one, min_size=1, max_size=3, unique_by=str),
             "days": st.integers(1, 900)}[operator.takes]  # fmt: skip
    return Row(tuple(path.split(".")), operator.key, draw(value))


def groups(levels: int = 2) -> st.SearchStrategy[Group]:
    items: st.SearchStrategy[Any] = any_row() if levels == 0 else st.one_of(any_row(), groups(levels - 1))
    return st.builds(Group, st.sampled_from(["and", "or"]), st.lists(items, min_size=2, max_size=4).map(tuple))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
@given(groups())
def test_rows_survive_their_text(tree: Group) -> None:
    text = formula.from_tree(tree, SCOPE)
    again = formula.tree(text, SCOPE)
    assert again is not None, text
    assert formula.check(formula.from_tree(again, SCOPE), SCOPE).node == formula.check(text, SCOPE).node


def test_a_hint_names_the_argument_that_is_being_written() -> None:
    text = "IF(amount > 5, ROUND(amount, "
    found = formula.hint(text, len(text))
    assert found is not None
    assert (found.function, found.arguments, found.argument) == ("ROUND", ("数值", "小数位"), 1)
    assert formula.hint("amount > 5", 10) is None
    summed = formula.hint("SUM(1, 2, 3, ", 13)
    assert summed is not None and (summed.signature, summed.argument) == ("SUM(数值或相关记录的字段, …)", 0)


def test_fields_of_related_rows_and_of_other_forms_are_proposed_behind_the_dot() -> None:
    here = "SUM(customer.contracts."
    assert {"amount", "rate"} <= {item.insert for item in formula.complete(here, len(here), SCOPE)}
    there = "XLOOKUP(number, contract.num"
    assert formula.complete(there, len(there), SCOPE)[0].insert == "number"
    inside = "SUMIFS(customer.contracts.amount, stat"
    assert "status" in {item.insert for item in formula.complete(inside, len(inside), SCOPE)}
    item = next(item for item in formula.complete("XLOO", 4, SCOPE) if item.label == "XLOOKUP")
    assert "查找 · XLOOKUP(要找的值, 在哪个字段找, 取哪个字段, [找不到时])" in item.detail and item.about.startswith(
        "在相关记录"
    )


def test_nothing_opens_within_or_right_behind_a_text_and_options_only_where_one_is_begun() -> None:
    def offered(text: str) -> list[str]:
        return [item.insert for item in formula.complete(text, len(text), SCOPE)]

    assert offered('number & "amo') == offered('number & "amount"') == offered('status = "pending"') == []
    assert offered('status = "待') == ['"pending"']
    assert "amount" in offered('status = "pending" & amo')
    assert offered("NETWORKDAYS.INT") == [] and "NETWORKDAYS.INTL(" in offered("NETWORKD")
    found = formula.hint("IF(TRUE, networkdays.intl(end_date, ", 36)
    assert found is not None and (found.function, found.argument) == ("NETWORKDAYS.INTL", 1)

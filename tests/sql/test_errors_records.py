"""What the records room refuses, in its own words: the field, the value and the limit stand in the sentence."""

from decimal import Decimal
from typing import Any

import pytest
from builders import field, form, install
from error_codes import refused

from perennial import records
from perennial.kernel import Tx
from perennial.records import Query
from perennial.records import hot as sent

THING = form(
    "thing", "name: text", "due: datetime", "page: link", "mail: mail", "seats: number", "tags: multi_select",
    "share: percent", "phone: phone", "paid: yes_no", title="name",
)  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "code", "sentence"),
    [
        ("due", "明天", "not_datetime", "「明天」不是时间，due请填日期和时间，例如 2026-11-21 09:00"),
        ("page", "某某 网站", "not_link", "「某某 网站」不是网址，page例如 https://example.com"),
        ("mail", "a@b", "not_mail", "「a@b」不是邮箱地址，mail例如 name@example.com"),
        ("seats", "约 12", "not_number", "「约 12」不是数字，seats请填数字，例如 12.5"),
        ("tags", "x", "not_options", "tags要填一组选项，现在是 x"),
        ("share", "一半", "not_percent", "「一半」不是百分比，share请填数字"),
        ("phone", "总机", "not_phone", "「总机」不是电话号码，phone请填数字，例如 13800000000"),
        ("paid", "也许", "not_yes_no", "paid请选「是」或「否」，现在是 也许"),
    ],
)
def test_a_value_of_a_wrong_kind_is_named_with_its_field(
    tx: Tx, key: str, value: Any, code: str, sentence: str
) -> None:
    install(tx, THING)
    with refused(f"records.{code}", sentence, path=key):
        records.create(tx, "thing", {"name": "a", key: value})
    assert records.count(tx, "thing").count == 0


def test_a_page_has_limits_and_says_them(tx: Tx) -> None:
    install(tx, THING)
    with refused("records.limit", "一页最多 500 行，现在是 501", path="limit"):
        records.page(tx, "thing", Query(limit=501))
    with refused("records.search", "搜索文字最多 100 个字符", path="search"):
        records.page(tx, "thing", Query(search="x" * 101))
    with refused("records.too_many_columns", "一次最多显示 100 列，现在是 101 列", path="columns"):
        records.page(tx, "thing", Query(columns=("name",) * 101))


def test_a_sum_and_a_related_list_need_something_to_sum_and_to_list(tx: Tx) -> None:
    install(tx, THING)
    made = records.create(tx, "thing", {"name": "a"})
    with refused("records.sum", "「name」不是数字，不能合计", path="sums"):
        records.count(tx, "thing", sums=("name",))
    with refused("records.collection", "没有「parts」这个关联列表"):
        records.related(tx, "thing", made, "parts", Query())


def test_a_number_pattern_without_its_running_number_at_the_end_is_refused(tx: Tx) -> None:
    install(tx, form("bill", field("no: auto_number", pattern="{seq:4}-{year}"), "name: text"))
    with refused("records.number_pattern", "自动编号「{seq:4}-{year}」写错了，例如 HT-{year}-{seq:4}", path="pattern"):
        records.create(tx, "bill", {"name": "a"})


def test_a_parameter_that_cannot_travel_is_ours_to_mend() -> None:
    with refused("records.bind", "内部错误：查询参数的类型 Decimal 不能发送"):
        sent._text(Decimal(1))

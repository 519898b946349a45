"""What a cell means. Expected values from the issue and by hand."""

import datetime as dt
import random
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from perennial.kernel import Tx

NUMBERS: dict[str, str | None] = {
    "1234": "1234",
    "１２３４": "1234",
    "1,234.50": "1234.5",
    "￥1,234.50": "1234.5",
    "¥ 1,234.50": "1234.5",
    "12万": "120000",
    "1.2亿": "120000000",
    "1.2亿元": "120000000",
    "３.５万元": "35000",
    "(1,200.00)": "-1200",
    "（1,200.00）": "-1200",
    "-1,200": "-1200",
    "12%": "0.12",
    "１２％": "0.12",
    "-12.5%": "-0.125",
    "0.1": "0.1",
    "46082": "46082",
    "1e3": "1000",
    "¥-5": "-5",
    "-¥5": "-5",
    "RMB 300": "300",
    "300元": "300",
    "12,3456.78": "123456.78",
    ".5": "0.5",
    "5.": "5",
    "面议": None,
    "1,23": None,
    "12,34,567": None,
    "25,5": None,
    "1.2.3": None,
    "12万3千": None,
    "NaN": None,
    "Infinity": None,
    "1e99": None,
    "999999999999999999999": None,
    "1-2": None,
    "--5": None,
    "%": None,
    "": None,
    "十二": None,
    "0x1F": None,
}

DATES: dict[str, str | None] = {
    "2026-03-01": "2026-03-01",
    "2026/3/1": "2026-03-01",
    "2026.3.1": "2026-03-01",
    "2026年3月1日": "2026-03-01",
    "二〇二六年三月一日": "2026-03-01",
    "二零二六年十二月二十五日": "2026-12-25",
    "二〇二六年十月三十一日": "2026-10-31",
    "二〇二六年十一月十日": "2026-11-10",
    "二〇二六年二月二十日": "2026-02-20",
    "20260301": "2026-03-01",
    "46082": "2026-03-01",
    "46082.75": "2026-03-01",
    "２０２６－０３－０１": "2026-03-01",
    "2026-03-01 08:30": "2026-03-01",
    "2026-03-01T08:27:48.765Z": "2026-03-01",
    "2026年3月1日 星期日": "2026-03-01",
    "2026年03月01日08时30分": "2026-03-01",
    "2024-02-29": "2024-02-29",
    "1-Mar-2026": "2026-03-01",
    "Mar 1, 2026": "2026-03-01",
    "2026 年 3 月 1 日": "2026-03-01",
    "2026-02-29": None,
    "2026.13.5": None,
    "2026-02-30": None,
    "0000-00-00": None,
    "3/4/2026": None,
    "2026-3": None,
    "2026年3月": None,
    "2026": None,
    "26-3-1": None,
    "2026/3.1": None,
    "今天": None,
    "today": None,
    "infinity": None,
    "epoch": None,
    "1899-12-31": None,
    "10000-01-01": None,
    "7": None,
    "999999": None,
    "二〇二六年十三月一日": None,
    "20261301": None,
    "2026-03-01 25:00": None,
    "2026-03-01 garbage": None,
    "长期": None,
}


def read(tx: Tx, expression: str, texts: Iterable[str]) -> dict[str, Any]:
    """What `expression` over t makes of each text."""
    rows = tx.rows(f"SELECT t, {expression} AS value FROM unnest(%(texts)s::text[]) t", {"texts": list(texts)})
    return {row["t"]: row["value"] for row in rows}


def test_numbers_as_people_write_them(tx: Tx) -> None:
    want = {text: None if value is None else Decimal(value) for text, value in NUMBERS.items()}
    assert read(tx, "imports.to_number(t)", want) == want


def test_dates_as_people_write_them(tx: Tx) -> None:
    want = {text: None if value is None else dt.date.fromisoformat(value) for text, value in DATES.items()}
    assert read(tx, "imports.to_date(t, NULL)", want) == want


def test_moments_stand_in_the_workspace_zone_unless_they_say_otherwise(tx: Tx) -> None:
    moments = [
        ("2026-03-01 08:30", "2026-03-01T08:30:00+08:00"),
        ("2026-03-01", "2026-03-01T00:00:00+08:00"),
        ("2026-03-01T08:27:48Z", "2026-03-01T16:27:48+08:00"),
        ("2026-03-01T08:00:00+02:00", "2026-03-01T14:00:00+08:00"),
        ("2026年3月1日 下午3:05", "2026-03-01T15:05:00+08:00"),
        ("46082.5", "2026-03-01T12:00:00+08:00"),
        ("2026/3/1 9:05:06 PM", "2026-03-01T21:05:06+08:00"),
        ("昨天", None),
        ("2026-03-01 24:00", None),
    ]
    want = {text: None if value is None else dt.datetime.fromisoformat(value) for text, value in moments}
    assert read(tx, "imports.to_moment(t, NULL, 'Asia/Shanghai')", want) == want


def test_the_order_of_day_and_month_is_decided_per_column_and_never_guessed(tx: Tx) -> None:
    text = "3/4/2026"
    assert read(tx, "imports.to_date(t, NULL)", [text]) == {text: None}
    assert read(tx, "imports.to_date(t, 'mdy')", [text]) == {text: dt.date(2026, 3, 4)}
    assert read(tx, "imports.to_date(t, 'dmy')", [text]) == {text: dt.date(2026, 4, 3)}


def test_a_date_that_is_none_has_a_named_reason(tx: Tx) -> None:
    want = {
        "3/4/2026": "imports.date_order",
        "2026.13.5": "imports.no_such_day",
        "2026年3月": "imports.date_no_day",
        "#N/A": "imports.error_cell",
        "面议": "imports.not_a_date",
    }
    assert read(tx, "imports.why_date(t, NULL)", want) == want


def test_yes_and_no(tx: Tx) -> None:
    want = {**dict.fromkeys(["是", "Y", "yes", "TRUE", "√", "1", "✔", "有"], True), "也许": None}
    want |= dict.fromkeys(["否", "N", "no", "FALSE", "×", "0", "无"], False)
    assert read(tx, "imports.to_yes_no(t)", want) == want


def test_several_options_are_taken_by_label_or_key(tx: Tx) -> None:
    known = '{"a": "a", "甲": "a", "b": "b", "乙": "b"}'
    sql = "SELECT imports.to_options(%(t)s, %(k)s::jsonb, '{b,a}')"
    assert tx.value(sql, {"t": "甲、B", "k": known}) == ["b", "a"]  # as they are defined
    assert tx.value(sql, {"t": "甲，丙", "k": known}) is None


def test_no_text_whatever_makes_a_cast_raise(tx: Tx) -> None:
    """Hostile cells in one statement: one raising cell would lose them all."""
    dice = random.Random(5)
    alphabet = "0123456789.,-/年月日:万亿%()¥ 十二〇TZeE+#\\'\"\u3000\u200b\U0001f363aPM下午"
    cells = ["".join(dice.choices(alphabet, k=dice.randint(1, 24))) for _ in range(20_000)]
    for _ in range(3_000):
        day = f"{dice.choice([0, 1900, 2026, 9999])}-{dice.randint(0, 14)}-{dice.randint(0, 33)}"
        cells += [
            day,
            f"{day} {dice.randint(0, 30)}:{dice.randint(0, 70)}",
            f"{day}T1:1{dice.choice(['Z', '+99:99', '-02'])}",
        ]
    cells += ["9" * 60, "9" * 10_000, "1e" + "9" * 40, "二" * 4 + "年", "99991231", "109574.999999999"]
    cells += ["2026-03-01 1:1:1.99999999999999"]
    row = tx.one(
        "SELECT count(imports.to_number(c)) n, count(imports.to_date(c, 'dmy')) d, count(imports.to_date(c, 'mdy')) m,"
        " count(imports.to_moment(c, NULL, 'Asia/Shanghai')) t, count(imports.to_yes_no(c)) y,"
        " count(imports.to_phone(c)) p,"
        " count(imports.to_mail(c)) e, count(imports.to_link(c)) l, count(imports.why_date(c, NULL)) w,"
        " count(imports.to_options(c, '{}', '{}')) o FROM unnest(%(cells)s::text[]) c",
        {"cells": cells},
    )
    assert row is not None and row["n"] > 200 and row["d"] > 100 and row["w"] == len(cells), row

"""Fields that are shown, required and locked under a condition, and checks, in every way that a record is written."""

from typing import Any

import pytest
import sqlalchemy as sa

from perennial import forms, records
from perennial.forms import Check
from perennial.kernel import Invalid, Tx, text
from tests.builders import field, form, install

DEAL = form(
    "deal",
    "name: text",
    "start: date",
    "stop: date",
    field("state: select"),
    field("why: text", label="原因", label_en="Reason", required_when='state = "x"'),
    field("hint: text", required=True, visible_when='state = "y"'),
    field("amount: money", label="金额", label_en="Amount", read_only_when='state = "y"'),
    field("days: formula", formula="DAYS(stop, start)"),
    checks=(
        Check(
            "OR(ISBLANK(start), ISBLANK(stop), days >= 0)", "结束不能早于开始", "The end is before the start", "stop"
        ),
        Check("COALESCE(amount, 0) < 1000", "金额要小于一千"),
    ),
)


@pytest.fixture
def tx(tx: Tx) -> Tx:
    install(tx, DEAL)
    return tx


def refused(tx: Tx, act: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as caught, tx.savepoint():
        act()
    if caught.value.code != "records.fields":
        return [(caught.value.code, caught.value.path)]
    return [(one["code"], one["field"]) for one in caught.value.facts["errors"]]


def test_a_broken_check_says_its_sentence_at_its_field_in_the_readers_language(tx: Tx) -> None:
    with pytest.raises(Invalid) as caught:
        records.create(tx, "deal", {"start": "2026-01-02", "stop": "2026-01-01"})
    assert (caught.value.code, caught.value.path) == ("records.check", "stop")
    assert text(caught.value, "zh") == "结束不能早于开始"
    assert text(caught.value, "en") == "The end is before the start"
    with pytest.raises(Invalid) as caught:
        records.create(tx, "deal", {"amount": 1000})
    assert (caught.value.path, text(caught.value, "en")) == (None, "金额要小于一千")


def test_required_under_a_condition_counts_when_the_condition_comes_true(tx: Tx) -> None:
    assert refused(tx, lambda: records.create(tx, "deal", {"state": "x"})) == [("records.required", "why")]
    deal = records.create(tx, "deal", {"name": "一"})
    assert refused(tx, lambda: records.update(tx, "deal", deal, 1, {"state": "x"})) == [("records.required", "why")]
    assert records.update(tx, "deal", deal, 1, {"state": "x", "why": "价格"}) == 2
    assert refused(tx, lambda: records.update(tx, "deal", deal, 2, {"why": None})) == [("records.required", "why")]


def test_what_is_not_shown_is_not_required(tx: Tx) -> None:
    deal = records.create(tx, "deal", {"name": "一"})
    assert refused(tx, lambda: records.update(tx, "deal", deal, 1, {"state": "y"})) == [("records.required", "hint")]


def test_a_locked_field_is_not_changed(tx: Tx) -> None:
    deal = records.create(tx, "deal", {"amount": 5})
    both = {"state": "y", "hint": "h", "amount": 6}
    assert refused(tx, lambda: records.update(tx, "deal", deal, 1, both)) == [("records.read_only", "amount")]
    version = records.update(tx, "deal", deal, 1, {"state": "y", "hint": "h"})
    assert refused(tx, lambda: records.update(tx, "deal", deal, version, {"amount": 6})) == [
        ("records.read_only", "amount")
    ]
    assert records.update(tx, "deal", deal, version, {"amount": 5, "name": "n"}) == 3  # as it stands is no change


def test_what_stood_wrong_before_does_not_stop_another_change(tx: Tx) -> None:
    free = form("deal", *(f for f in DEAL.fields if f.key != "days"), "days: number")
    install(tx, free)
    deal = records.create(tx, "deal", {"start": "2026-01-02", "stop": "2026-01-01", "amount": 5000})
    install(
        tx,
        form(
            "deal",
            *(f for f in DEAL.fields if f.key != "days"),
            checks=(
                Check("start <= stop", "结束不能早于开始", field="stop"),
                Check("amount < 1000", "金额要小于一千"),
            ),
        ),
    )
    assert records.update(tx, "deal", deal, 1, {"name": "neu"}) == 2
    assert refused(tx, lambda: records.update(tx, "deal", deal, 2, {"start": "2026-01-03"})) == [
        ("records.check", "stop")
    ]


def test_the_preview_tells_how_fields_stand_and_what_is_broken(tx: Tx) -> None:
    found = records.preview(tx, "deal", {"state": "y", "start": "2026-01-02", "stop": "2026-01-01"})
    states = {key: (one.visible, one.required, one.read_only) for key, one in found.states.items()}
    assert states == {"why": (True, False, False), "hint": (True, True, False), "amount": (True, False, True)}
    assert [(one.code, one.path) for one in found.errors] == [("records.required", "hint"), ("records.check", "stop")]
    deal = records.create(tx, "deal", {"name": "一"})
    found = records.preview(tx, "deal", {"state": "x"}, id=deal)
    assert [(one.code, one.path) for one in found.errors] == [("records.required", "why")]
    assert found.states["hint"].visible is False


def rows(**columns: list[Any]) -> sa.Select[Any]:
    types = {"id": sa.BigInteger(), "amount": sa.Numeric(), "start": sa.Date(), "stop": sa.Date()}
    made = sa.values(*(sa.column(key, types.get(key, sa.Text())) for key in columns), name="given").data(
        list(zip(*columns.values(), strict=True))
    )
    return sa.select(*(sa.cast(made.c[key], types.get(key, sa.Text())).label(key) for key in columns))


def test_a_set_write_obeys_checks_and_what_is_required_when(tx: Tx) -> None:
    cases = [
        (rows(amount=[1, 1000, 2000]), "records.set_check", None, 2),
        (rows(state=["x", "y"], hint=["h", "h"]), "records.set_required", "why", 1),
    ]
    for given, code, path, count in cases:
        with pytest.raises(Invalid) as caught, tx.savepoint():
            records.create_set(tx, "deal", given)
        assert (caught.value.code, caught.value.path, caught.value.facts["count"]) == (code, path, count)
    ids = records.create_set(tx, "deal", rows(amount=[1, 2])).ids
    with pytest.raises(Invalid) as caught, tx.savepoint():
        records.update_set(tx, "deal", rows(id=ids, state=["x", "x"]))
    assert (caught.value.code, caught.value.facts["count"]) == ("records.set_required", 2)
    assert records.update_set(tx, "deal", rows(id=ids, name=["a", "b"])).count == 2


def test_a_set_write_obeys_formats(tx: Tx) -> None:
    install(tx, form("firm", field("code: text", format="credit_code", label="代码")))
    with pytest.raises(Invalid) as caught, tx.savepoint():
        records.create_set(tx, "firm", rows(code=["91350100M000100Y43", "91350100M000100Y44"]))
    assert (caught.value.code, caught.value.facts["count"]) == ("records.set_check", 1)


def test_definitions_are_read_and_written_back(tx: Tx) -> None:
    layout = [
        {
            "tab": "基本",
            "tab_en": "Basics",
            "sections": [
                {
                    "section": "一",
                    "columns": 3,
                    "closed": True,
                    "rows": [["name", {"field": "start", "span": 2}], ["stop"]],
                },
                {"rows": [[{"text": "请核对", "text_en": "Check"}]]},
            ],
        },
    ]
    tree = {**forms.dump(DEAL), "layout": layout}
    assert forms.dump(forms.load(tree)) == tree
    assert install(tx, forms.load(tree)).form("deal").layout[0].sections[0].rows[0][1].span == 2


WRONG: list[tuple[dict[str, Any], str, str]] = [
    (
        {"layout": [{"sections": [{"rows": [["name", "name"]]}]}]},
        "forms.placed_twice",
        "layout[0].sections[0].rows[0][1]",
    ),
    (
        {"layout": [{"sections": [{"rows": [[{"field": "name", "text": "x"}]]}]}]},
        "forms.cell",
        "layout[0].sections[0].rows[0][0]",
    ),
    ({"layout": [{"tabs": []}]}, "forms.unknown_attribute", "layout[0].tabs"),
    ({"layout": [{"sections": [{"columns": 9}]}]}, "forms.attribute", "layout[0].sections[0].columns"),
    (
        {"layout": [{"sections": [{"rows": [[{"sub_table": "items"}]]}]}]},
        "forms.no_sub_table",
        "deal.layout[0].sections[0].rows[0][0]",
    ),
    ({"checks": [{"formula": "amount > 0"}]}, "forms.attribute", "checks[0].message"),
    ({"checks": [{"formula": "amount + 1", "message": "x"}]}, "formula.wrong_result", "deal.checks[0].formula"),
    ({"checks": [{"formula": "TRUE", "message": "x", "field": "no"}]}, "forms.no_such_field", "checks[0].field"),
    (
        {"fields": [{"key": "a", "label": "A", "kind": "text", "visible_when": "b = 1"}]},
        "formula.unknown_name",
        "deal.fields[0].visible_when",
    ),
    ({"fields": [{"key": "a", "label": "A", "kind": "text", "format": "iban"}]}, "forms.format", "fields[0].format"),
    (
        {"fields": [{"key": "a", "label": "A", "kind": "rating", "unique": True}]},
        "forms.not_unique",
        "fields[0].unique",
    ),
    (
        {"fields": [{"key": "a", "label": "A", "kind": "image", "default": "1"}]},
        "forms.not_for_kind",
        "fields[0].default",
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), WRONG)
def test_a_wrong_definition_is_refused_with_its_place(tx: Tx, change: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(Invalid) as caught, tx.savepoint():
        install(tx, forms.load({**forms.dump(DEAL), **({"checks": []} if "fields" in change else {}), **change}))
    assert (caught.value.code, caught.value.path) == (code, path)

"""A draft table over last year's records, and two of its inputs as a map."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from builders import field, form, install
from error_codes import refused

from perennial import apps, records
from perennial.forms import Option, decisions
from perennial.kernel import Tx
from tests.unit.test_decisions import TREE

QUOTE = form(
    "quote", "name: text", "rate: percent", "amount: money",
    field("tier: select", options=(Option("a", "重点客户"), Option("b", "普通客户"))), label="报价", title="name",
)  # fmt: skip
INPUTS = [{**one, "formula": one["key"]} for one in TREE["inputs"]]
ASKED: dict[str, Any] = {**TREE, "form": "quote", "inputs": INPUTS}


def expected(rules: list[dict[str, Any]], rate: Decimal, amount: int, tier: str | None) -> list[int]:
    """By hand, for the five rules of the table; `rules[3]` may have been narrowed to ≥ 20 %."""
    narrowed = rules[3]["when"][0] == ">= 20%"
    found = [
        rate < Decimal("0.05"),
        Decimal("0.05") <= rate < Decimal("0.1") and amount < 200_000,
        Decimal("0.05") <= rate < Decimal("0.1") and amount >= 200_000,
        rate >= Decimal("0.2" if narrowed else "0.1") and tier != "a",
        rate >= Decimal("0.1") and tier == "a",
    ]
    return [at for at, one in enumerate(found, start=1) if one]


def test_a_draft_says_what_it_would_have_answered(tx: Tx) -> None:
    install(tx, QUOTE)
    apps.publish(tx, apps.propose(tx, [apps.Change("decision", "discount", ASKED)]))
    chance = random.Random(2026)
    made: list[tuple[int, Decimal, int, str | None]] = []
    for at in range(60):
        rate = Decimal(chance.choice(["0.04", "0.05", "0.09", "0.1", "0.15", "0.2", "0.3"]))
        amount, tier = chance.choice([1, 199_999, 200_000]), chance.choice(["a", "b", None])
        values = {"name": f"报价{at}", "rate": str(rate), "amount": amount, "tier": tier}
        made.append((records.create(tx, "quote", values), rate, amount, tier))
    old, *_ = made.pop()
    physical = tx.value("SELECT 'data.' || quote_ident(physical) FROM forms.form WHERE key = 'quote'")
    tx.run(f"UPDATE {physical} SET created_at = now() - interval '3 years' WHERE id = %(id)s", {"id": old})

    rules = [*TREE["rules"][:3], {**TREE["rules"][3], "when": [">= 20%", "-", "not(重点客户)"]}, TREE["rules"][4]]
    found = records.deciding.effect(tx, decisions.load({**ASKED, "rules": rules}))
    then = {number: expected(rules, rate, amount, tier) for number, rate, amount, tier in made}
    assert (found.total, found.whole, found.compared, found.form) == (59, True, True, "quote")
    assert found.hits == Counter(rule for hits in then.values() for rule in hits)
    fallen = {number for number, hits in then.items() if not hits}
    assert fallen
    assert (found.missing, found.same) == (len(fallen), 59 - len(fallen))
    [case] = found.cases
    assert (case.now, case.drawn, case.same, case.count) == ((4,), (), False, len(fallen))
    assert [number for number, _ in case.some] == sorted(fallen, reverse=True)[:5]
    assert dict(case.some) == {number: f"报价{[one[0] for one in made].index(number)}" for number, _ in case.some}
    # nothing of the draft stays, and a table that nobody has published has nothing to be compared with
    assert tx.value("SELECT count(*) FROM forms.decision_version") == 1
    fresh = records.deciding.effect(tx, decisions.load({**ASKED, "decision": "fresh"}))
    assert (fresh.compared, fresh.missing, {one.now for one in fresh.cases}) == (False, 0, set())


def test_a_table_that_does_not_say_whose_records_it_asks_is_not_tried_on_them(tx: Tx) -> None:
    sentence = "先说明这张表用于哪个表单，并给每个条件列写上取值公式，才能用历史数据试算"
    with refused("decisions.no_form", sentence, path="form"):
        records.deciding.effect(tx, decisions.load(TREE))


def test_the_map_shows_the_row_that_each_case_meets() -> None:
    """Every field of the map, asked with a value out of its middle, is what the rules say by hand."""
    for tier in ("重点客户", "普通客户", ""):
        found = decisions.landscape(decisions.load(TREE), "rate", "amount", {"tier": tier})
        assert [(one.low, one.high) for one in found.across if one.kind == "range"] == [
            ("0%", "5%"), ("5%", "10%"), ("10%", "100%"),
        ]  # fmt: skip
        assert [(one.low, one.high) for one in found.up if one.kind == "range"] == [("0", "200000"), ("200000", None)]
        known = {"重点客户": "a", "普通客户": "b", "": None}[tier]
        for y, amount in ((0, 100), (1, 300_000)):
            for x, rate in ((0, "0.02"), (1, "0.07"), (2, "0.5")):
                wanted = expected(TREE["rules"], Decimal(rate), amount, known)
                assert found.rules[y][x] == wanted, (tier, amount, rate)
        assert found.whole
    words = decisions.landscape(decisions.load(TREE), "tier", "", {"rate": "12%", "amount": "5"})
    assert ([one.word for one in words.across], words.rules) == (["重点客户", "普通客户"], [[[5], [4]]])


def test_the_map_is_of_two_inputs_of_the_table() -> None:
    sentence = "决策表没有「{}」这个条件列，或两边选了同一列"
    with refused("decisions.no_input", sentence.format("rate"), path="across"):
        decisions.landscape(decisions.load(TREE), "rate", "rate", {})
    with refused("decisions.no_input", sentence.format("x"), path="up"):
        decisions.landscape(decisions.load(TREE), "rate", "x", {})


@pytest.mark.parametrize("seed", range(6))
def test_gaps_and_overlaps_of_a_map_are_those_of_the_check(seed: int) -> None:
    """Two numeric inputs, random boxes: a field of the map without a row is in a gap, one with two in an overlap."""
    chance = random.Random(seed)

    def cell() -> str:
        low, high = sorted(chance.sample(range(11), 2))
        return f"[{low}..{high})"

    rules = [{"when": [cell(), cell()], "give": ["1"]} for _ in range(4)]
    column = {"kind": "number", "least": "0", "most": "10"}
    tree = {
        "decision": "boxes", "label": "箱", "policy": "U", "rules": rules,
        "inputs": [{"key": "x", "label": "横", **column}, {"key": "y", "label": "纵", **column}],
        "outputs": [{"key": "z", "label": "果", "kind": "number"}],
    }  # fmt: skip
    found = decisions.landscape(decisions.load(tree), "x", "y", {})
    checked = decisions.check(decisions.load(tree))
    fields = [rows for line in found.rules for rows in line]
    assert any(not rows for rows in fields) == bool(checked.gaps)
    pairs = {(a - 1, b - 1) for rows in fields for a in rows for b in rows if a < b}
    assert pairs == {(one.first, one.second) for one in checked.overlaps}

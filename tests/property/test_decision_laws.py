"""Laws of decision tables: SQL answers as a small evaluator does; gaps and overlaps are those of brute force."""

import datetime as dt
import os
import random
import sys
from collections import Counter
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from perennial.forms import decisions
from perennial.formula import FieldInfo, StaticScope, TableSource, Type, check, explain, select
from perennial.formula import compile as compiled
from perennial.kernel import Tx

sys.path.insert(0, str(Path(__file__).parent.parent / "reference"))
from deciding import DAYS, OPTIONS, Line, answers, grid, table

TABLES = int(os.environ.get("PERENNIAL_SOAK", "0")) or 10
INPUTS = [
    {"key": "n", "label": "数", "kind": "number", "optional": True, "least": "-0.5", "most": "4.5"},
    {"key": "d", "label": "日", "kind": "date", "optional": True, "least": str(DAYS[0]), "most": str(DAYS[-1])},
    {"key": "w", "label": "词", "kind": "text", "optional": True},
]
WORD = {"key": "o", "label": "级", "kind": "option", "options": OPTIONS}
NUMBER = {"key": "o", "label": "值", "kind": "number"}


def made(lines: list[Line], policy: str, otherwise: Any = None) -> decisions.Decision:
    numbers = policy in ("C+", "C<", "C>")
    return decisions.load({
        "decision": "t", "label": "表", "policy": policy, "inputs": INPUTS, "outputs": [NUMBER if numbers else WORD],
        "rules": [{"when": [text for text, _ in line.cells], "give": [str(line.number) if numbers else line.word]}
                  for line in lines],
        **({"otherwise": [str(otherwise)]} if otherwise is not None else {}),
    })  # fmt: skip


def cases(one: decisions.Decision, number: int) -> TableSource:
    """The grid as rows."""
    kinds = {"id": sa.BigInteger(), "n": sa.Numeric(), "d": sa.Date(), "w": sa.Text()}
    rows = sa.values(*(sa.column(name, kind) for name, kind in kinds.items()), name="cases").data(
        [(at, *values) for at, values in enumerate(grid())]
    )
    typed = sa.select(*(sa.cast(rows.c[name], kind).label(name) for name, kind in kinds.items())).subquery("typed")
    fields = [FieldInfo("n", "n", Type("number")), FieldInfo("d", "d", Type("date")), FieldInfo("w", "w", Type("text"))]
    scope = StaticScope("case", fields, decisions=[decisions.interface(number, decisions.dump(one))])
    return TableSource(typed, scope, lambda key: typed)


def test_sql_answers_every_case_as_a_small_evaluator_does(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    met: Counter[str] = Counter()
    monkeypatch.setattr("perennial.forms.decisions.publishing.refuse", lambda one: None)  # gaps and overlaps included
    for seed in range(TABLES):
        pick = random.Random(seed)
        policy = ["U", "F", "P", "O", "R", "C+", "C<", "C>", "C#", "A"][seed % 10]
        lines = table(pick, pick.choice([1, 3, 9, 17]))
        otherwise = pick.randint(20, 30) if policy in ("C+", "C<", "C>") and pick.random() < 0.5 else None
        one = made(lines, policy, otherwise)
        decisions.put(tx, [one])
        number = tx.value("SELECT id FROM forms.decision WHERE key = 't'")
        source = cases(one, number)
        typed = check('DECIDE("t", n, d, w)', source.scope)
        found = tx.rows(select(source.field("id").label("id"), compiled(typed, source).label("is"), source=source))
        for row in found:
            values = grid()[row["id"]]
            wanted = answers(lines, policy, values, otherwise)
            assert row["is"] == wanted, (seed, policy, values, [[text for text, _ in line.cells] for line in lines])
            met["none" if wanted is None else "some"] += 1
        at = pick.randrange(len(grid()))
        told = explain(typed, cases(one, number), tx, at)
        hit = [place for place, line in enumerate(lines, 1) if line.holds(grid()[at])]
        assert told is not None and sorted(told.rules) == (hit or ([0] if otherwise is not None else []))
    assert min(met.values()) > 100, met


def test_gaps_and_overlaps_are_exactly_those_of_brute_force() -> None:
    """Numbers and days on the grid stand for all between two cuts; a word that no cell names is one of many."""
    met: Counter[str] = Counter()
    for seed in range(TABLES * 4):
        pick = random.Random(1000 + seed)
        lines = table(pick, pick.choice([1, 2, 4, 8, 14]))
        found = decisions.check(made(lines, "U"))
        assert found.whole
        covered = [any(line.holds(values) for line in lines) for values in grid()]
        inside = grid()
        gaps = [made_lines(gap.cells) for gap in found.gaps]
        for values, is_covered in zip(inside, covered, strict=True):
            assert (
                any(all(means(value) for means, value in zip(one, values, strict=True)) for one in gaps) != is_covered
            )
        for gap in found.gaps:
            example = [known(kind, text) for kind, text in zip("ndw", gap.example, strict=True)]
            assert not any(line.holds(example) for line in lines), gap
        meeting = {
            (first, second) for first, second in combinations(range(len(lines)), 2)
            if any(lines[first].holds(values) and lines[second].holds(values) for values in grid())
        }  # fmt: skip
        assert {(one.first, one.second) for one in found.overlaps} == meeting
        for one in found.overlaps:
            example = [known(kind, text) for kind, text in zip("ndw", one.example, strict=True)]
            assert lines[one.first].holds(example) and lines[one.second].holds(example), one
        met.update(gaps=bool(gaps), whole=not gaps, overlaps=bool(meeting), apart=not meeting)
    assert min(met.values()) >= 4, met


def made_lines(cells: tuple[str, ...]) -> list[Any]:
    """What the cells of a gap mean, read as they are written there: a second, plain reader of the few forms."""
    return [_means(cell, kind) for cell, kind in zip(cells, "ndw", strict=True)]


def _means(cell: str, kind: str) -> Any:
    if cell == "-":
        return lambda value: True
    if cell.startswith("not("):
        inner = [known(kind, one) for one in cell[4:-1].split(", ") if one]
        return lambda value: value not in inner
    parts = [_part(one.strip(), kind) for one in cell.split(", ")]
    return lambda value: any(part(value) for part in parts)


def _part(text: str, kind: str) -> Any:
    if text == "null":
        return lambda value: value is None
    for sign, holds in (("<=", lambda a, b: a <= b), (">=", lambda a, b: a >= b),
                        ("<", lambda a, b: a < b), (">", lambda a, b: a > b)):  # fmt: skip
        if text.startswith(sign):
            end = known(kind, text[len(sign) :].strip())
            return lambda value, holds=holds, end=end: value is not None and holds(value, end)
    if ".." in text:
        low, high = (known(kind, one) for one in text[1:-1].split(".."))
        return lambda value: value is not None and (low < value or (low == value and text[0] == "[")) and (
            value < high or (value == high and text[-1] == "]")
        )  # fmt: skip
    only = known(kind, text)
    return lambda value: value == only


def known(kind: str, text: str | None) -> Any:
    """A value as it is written in a cell."""
    if text is None or text == "null":
        return None
    if kind == "d":
        return dt.date.fromisoformat(text)

    return Decimal(text) if kind == "n" else text.strip('"')

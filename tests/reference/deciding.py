"""A decision table in Python, for comparison: cells are made together with what they mean, nothing is read.

It knows plain values only: numbers, dates, words, None for blank.
"""

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Value = Any
Means = Callable[[Value], bool]
NUMBERS = [Decimal(one) / 2 for one in range(-1, 10)]
DAYS = [dt.date(2026, 2, 26) + dt.timedelta(days=one) for one in range(6)]
WORDS = ["a", "b", "c"]
OPTIONS = ["高", "中", "低"]


@dataclass(frozen=True)
class Line:
    """A rule: the text of each cell with its meaning, and what it answers."""

    cells: tuple[tuple[str, Means], ...]
    word: str
    number: Decimal

    def holds(self, values: Sequence[Value]) -> bool:
        return all(means(value) for (_, means), value in zip(self.cells, values, strict=True))


def cell(pick: random.Random, kind: str) -> tuple[str, Means]:
    """A random cell of an input of this kind."""
    if pick.random() < 0.25:
        return pick.choice(["-", ""]), lambda value: True
    if pick.random() < 0.1:
        return "null", lambda value: value is None
    if pick.random() < 0.15:
        text, means = cell(pick, kind)
        if text not in ("-", "", "null") and not text.startswith("not("):
            return f"not({text})", lambda value: not means(value)
    if kind == "words":
        chosen = sorted(pick.sample(WORDS, pick.randint(1, 2)))
        return ", ".join(f'"{one}"' for one in chosen), lambda value: value in chosen
    made = [
        _span(pick, DAYS if kind == "days" else [Decimal(one) for one in range(5)])
        for _ in range(pick.choice([1, 1, 2]))
    ]
    return ", ".join(text for text, _ in made), lambda value: any(means(value) for _, means in made)


def _span(pick: random.Random, points: list[Any]) -> tuple[str, Means]:
    low, high = sorted(pick.sample(points, 2))
    match pick.randint(0, 6):
        case 0:
            return f"< {low}", lambda value: value is not None and value < low
        case 1:
            return f">= {low}", lambda value: value is not None and value >= low
        case 2:
            return f"[{low}..{high})", lambda value: value is not None and low <= value < high
        case 3:
            return f"({low}..{high}]", lambda value: value is not None and low < value <= high
        case 4:
            return f"[{low}..{high}]", lambda value: value is not None and low <= value <= high
        case 5:
            return f"{low}–{high}", lambda value: value is not None and low <= value < high
        case _:
            return f"{low}", lambda value: value == low


def table(pick: random.Random, rows: int) -> list[Line]:
    kinds = ("numbers", "days", "words")
    return [
        Line(tuple(cell(pick, kind) for kind in kinds), pick.choice(OPTIONS), Decimal(pick.randint(-3, 9)))
        for _ in range(rows)
    ]


def grid() -> list[tuple[Value, Value, Value]]:
    """Every case that can differ: the points, what lies between them and beyond, blank."""
    return [(n, d, w) for n in [None, *NUMBERS] for d in [None, *DAYS] for w in [None, *WORDS, "z"]]


def answers(lines: Sequence[Line], policy: str, values: Sequence[Value], otherwise: Decimal | None) -> Any:
    """What the table says: the word of the first hit by U A F P, numbers folded by C…, words one behind the other."""
    hit = [line for line in lines if line.holds(values)]
    if policy == "C#":
        return Decimal(len(hit))
    if policy in ("C+", "C<", "C>"):
        numbers = [line.number for line in hit] or ([] if otherwise is None else [otherwise])
        if not numbers:
            return Decimal(0) if policy == "C+" else None
        return {"C+": sum, "C<": min, "C>": max}[policy](numbers)
    if policy in ("P", "O"):
        hit = sorted(hit, key=lambda line: OPTIONS.index(line.word))
    if policy in ("O", "R", "C"):
        return "、".join(line.word for line in hit) or None
    return hit[0].word if hit else None

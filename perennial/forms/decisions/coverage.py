"""Gaps and overlaps of a table, exact, each with one example.

In:   the axes of a table
Out:  boxes that no rule covers, pairs of rules that meet
A gap is looked for axis by axis among the rules that are still possible; equal questions are answered once. A table
whose rules cross each other without any order could ask too many: the search then ends and says so.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from perennial.forms.decisions.axes import Axis, Part, spans_of
from perennial.forms.decisions.cells import EPOCH, EVERYTHING, Span
from perennial.forms.decisions.definition import NUMBERS, Column

MOST_STEPS = 400_000  # pieces that a search for gaps looks at
MOST_FOUND = 100
_Box = tuple[tuple[int, ...] | None, ...]  # parts per axis; None: all of it


@dataclass(frozen=True, slots=True)
class Gap:
    """Values that no rule covers. `cells` would be the row that covers them; it belongs behind row `after` (from 1)."""

    cells: tuple[str, ...]
    example: tuple[str | None, ...]
    after: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules (from 0) that meet: at `example`, in `cells`."""

    first: int
    second: int
    cells: tuple[str, ...]
    example: tuple[str | None, ...]


class _Enough(Exception):
    pass


def gaps(axes: Sequence[Axis], rows: int) -> tuple[list[Gap], bool]:
    """The gaps (the first hundred), and whether the search came to its end."""
    search = _Search(axes, rows)
    try:
        boxes, whole = search.below(0, (1 << rows) - 1), True
    except _Enough:
        boxes, whole = [], False
    return [_gap(axes, box) for box in boxes[:MOST_FOUND]], whole and len(boxes) <= MOST_FOUND


class _Search:
    def __init__(self, axes: Sequence[Axis], rows: int) -> None:
        self.axes = axes
        self.known: dict[tuple[int, int], list[_Box]] = {}
        self.steps = 0
        free = (1 << rows) - 1
        self.free = [free]  # rules that nothing restricts from this axis on
        for axis in reversed(axes):
            for part, mask in zip(axis.parts, axis.masks, strict=True):
                free &= mask if part.inside else free
            self.free.insert(0, free)

    def below(self, at: int, active: int) -> list[_Box]:
        if not active:
            return [(None,) * (len(self.axes) - at)]
        if active & self.free[at]:
            return []
        if (at, active) in self.known:
            return self.known[at, active]
        alike: dict[int, list[int]] = {}
        axis = self.axes[at]
        self.steps += len(axis.parts)
        if self.steps > MOST_STEPS:
            raise _Enough
        for number, mask in enumerate(axis.masks):
            if axis.parts[number].inside:
                alike.setdefault(mask & active, []).append(number)
        tails: dict[_Box, list[int]] = {}
        for rest, numbers in alike.items():
            for tail in self.below(at + 1, rest):
                tails.setdefault(tail, []).extend(numbers)
        found: list[_Box] = [(tuple(sorted(numbers)), *tail) for tail, numbers in tails.items()]
        self.known[at, active] = found
        return found


def _gap(axes: Sequence[Axis], box: _Box) -> Gap:
    cells: list[str] = []
    example: list[str | None] = []
    after, possible = 0, -1
    for axis, numbers in zip(axes, box, strict=True):
        inside = [part for part in axis.parts if part.inside]
        parts = inside if numbers is None else [axis.parts[number] for number in numbers]
        cells.append("-" if len(parts) == len(inside) else written(parts, axis))
        example.append(shown(parts[0], axis) if parts else None)
        if numbers is not None and possible == -1:
            # it stands behind the last rule that reaches up to it on the first axis it is bounded on
            before = 0
            for mask in axis.masks[: numbers[0]]:
                before |= mask
            possible = before
            after = before.bit_length()
    return Gap(tuple(cells), tuple(example), after)


def overlaps(axes: Sequence[Axis], rows: int, *, most: int = MOST_FOUND) -> tuple[list[Overlap], bool]:
    """Pairs of rules that meet, and whether these are all."""
    found: list[Overlap] = []
    meets: dict[tuple[int, tuple[int, int]], int] = {}
    ranges = [_ranges(axis, rows) for axis in axes]
    for row in range(rows):
        others = ((1 << rows) - 1) >> (row + 1) << (row + 1)
        for at, axis in enumerate(axes):
            if not others:
                break
            mine = 0
            for first, last in ranges[at][row]:
                key = (at, (first, last))
                if key not in meets:
                    union = 0
                    for number in range(first, last):
                        if axis.parts[number].inside or axis.parts[number].kind != "span":
                            union |= axis.masks[number]
                    meets[key] = union
                mine |= meets[key]
            others &= mine
        while others:
            other = (others & -others).bit_length() - 1
            others &= others - 1
            if len(found) == most:
                return found, False
            found.append(_overlap(axes, row, other))
    return found, True


def _ranges(axis: Axis, rows: int) -> list[list[tuple[int, int]]]:
    """Per rule the stretches of parts that it meets."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(rows)]
    began = [0] * rows
    before = 0
    for number, mask in enumerate([*axis.masks, 0]):
        turned = before ^ mask
        while turned:
            row = (turned & -turned).bit_length() - 1
            turned &= turned - 1
            if mask >> row & 1:
                began[row] = number
            else:
                found[row].append((began[row], number))
        before = mask
    return found


def _overlap(axes: Sequence[Axis], first: int, second: int) -> Overlap:
    both = (1 << first) | (1 << second)
    cells: list[str] = []
    example: list[str | None] = []
    for axis in axes:
        parts = [
            part for part, mask in zip(axis.parts, axis.masks, strict=True)
            if mask & both == both and (part.inside or part.kind != "span")
        ]  # fmt: skip
        parts = [part for part in parts if part.inside] or parts
        cells.append("-" if len(parts) == sum(part.inside for part in axis.parts) else written(parts, axis))
        example.append(shown(parts[0], axis))
    return Overlap(first, second, tuple(cells), tuple(example))


def written(parts: Sequence[Part], axis: Axis) -> str:
    """The cell that means these parts."""
    column = axis.column
    found = [_span(one, column) for one in spans_of(parts, axis.parts)]
    if any(one.kind == "other" for one in parts):
        named = {one.word for one in axis.parts if one.kind == "word"} - {one.word for one in parts}
        words = ", ".join(_word(word, column) for word in sorted(named))
        found.append(f"not({words}{', ' if words else ''}null)" if named else "not(null)")
    else:
        found += [_word(one.word, column) for one in parts if one.kind == "word"]
    if any(one.kind == "blank" for one in parts):
        found.append("null")
    return ", ".join(found) or "-"


def _span(span: Span, column: Column) -> str:
    if span == EVERYTHING:
        return "not(null)"
    if span.low is None:
        return f"{'<=' if span.with_high else '<'} {plain(span.high, column)}"
    if span.high is None:
        return f"{'>=' if span.with_low else '>'} {plain(span.low, column)}"
    if span.low == span.high:
        return plain(span.low, column)
    low, high = plain(span.low, column), plain(span.high, column)
    return f"{'[' if span.with_low else '('}{low}..{high}{']' if span.with_high else ')'}"


def _word(word: str, column: Column) -> str:
    label = next((one.label for one in column.options if one.key == word), word)
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"' if column.kind != "yes_no" else word


def plain(number: Decimal | None, column: Column) -> str:
    """A number or day as a cell has it."""
    assert number is not None
    if column.kind == "date":
        return (EPOCH + dt.timedelta(days=int(number))).isoformat()
    if column.kind == "percent":
        return f"{(number * 100).normalize():f}%"
    return f"{number.normalize():f}" if number else "0"


def shown(part: Part, axis: Axis) -> str | None:
    """One value of a part; None is blank."""
    column = axis.column
    if part.kind == "blank":
        return None
    if part.kind == "word":
        return part.word
    if part.kind == "other" or part.span is None:
        known = {one.word for one in axis.parts}
        found = "其他"
        while found in known:
            found += "…"
        return found
    return plain(_within(part.span, column), column)


def _within(span: Span, column: Column) -> Decimal:
    step = Decimal("0.01") if column.kind == "percent" else Decimal(1)
    if span.low is None and span.high is None:
        return Decimal(0)
    if span.low is None:
        return (span.high or Decimal(0)) - (step if not span.with_high else 0)
    if span.high is None or span.low == span.high:
        return span.low + (step if not span.with_low else 0)
    if column.kind not in NUMBERS:
        return span.low + (1 if not span.with_low else 0)
    return span.low if span.with_low else (span.low + span.high) / 2

"""The cells of a table laid side by side: each input as an axis, cut where any cell begins or ends.

Between two cuts all values meet the same rules; which ones is a number with a bit per rule. What is asked of a table
(gaps, overlaps, the rows that answer in SQL) is asked of these masks, so it is exact whatever the values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from perennial.forms.decisions.cells import EVERYTHING, Span, Test, Unreadable, joined, value
from perennial.forms.decisions.definition import Column


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an axis. `inside`: rules must cover it.

    span   of numbers and days: a point, or what lies between two points without them
    word   of words; other: every word that no cell names
    """

    kind: Literal["span", "word", "other", "blank"]
    span: Span | None = None
    word: str = ""
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """Parts in order, numbers from below; `masks[i]` has a bit per rule that part i meets."""

    column: Column
    parts: tuple[Part, ...]
    masks: tuple[int, ...]


def axis(column: Column, tests: Sequence[Test]) -> Axis:
    blanks = sum(1 << row for row, one in enumerate(tests) if one.blank)
    blank = Part("blank", inside=column.optional)
    if column.kind in ("text", "option", "yes_no"):
        return _of_words(column, tests, blank, blanks)
    return _of_numbers(column, tests, blank, blanks)


def _of_words(column: Column, tests: Sequence[Test], blank: Part, blanks: int) -> Axis:
    known = ("true", "false") if column.kind == "yes_no" else tuple(option.key for option in column.options)
    named = dict.fromkeys([*known, *sorted(set[str]().union(*(one.words for one in tests)))])
    others = sum(1 << row for row, one in enumerate(tests) if one.but)
    masks = dict.fromkeys(named, others)
    for row, one in enumerate(tests):
        for word in one.words:
            masks[word] ^= 1 << row  # named: within what is listed, without what is excepted
    listed = column.kind == "yes_no" or bool(column.options)
    parts = [Part("word", word=word, inside=not listed or word in known) for word in named]
    return Axis(column, (*parts, Part("other", inside=not listed), blank), (*masks.values(), others, blanks))


def _of_numbers(column: Column, tests: Sequence[Test], blank: Part, blanks: int) -> Axis:
    domain = bounds(column)
    ends = {end for one in tests for span in one.spans for end in (span.low, span.high) if end is not None}
    points = sorted(ends | {end for end in (domain.low, domain.high) if end is not None})
    place = {point: 2 * at + 1 for at, point in enumerate(points)}
    turns = [0] * (2 * len(points) + 2)
    for row, one in enumerate(tests):
        for span in one.spans:
            first = 0 if span.low is None else place[span.low] + (not span.with_low)
            last = 2 * len(points) if span.high is None else place[span.high] - (not span.with_high)
            turns[first] ^= 1 << row
            turns[last + 1] ^= 1 << row
    parts: list[Part] = []
    masks: list[int] = []
    mask = 0
    for at in range(2 * len(points) + 1):
        mask ^= turns[at]
        span = _piece(points, at)
        parts.append(Part("span", span, inside=_inside(span, domain) and not _nothing_between(column, span)))
        masks.append(mask)
    return Axis(column, (*parts, blank), (*masks, blanks))


def _piece(points: Sequence[Decimal], at: int) -> Span:
    if at % 2:
        return Span(points[at // 2], True, points[at // 2], True)
    low = points[at // 2 - 1] if at else None
    return Span(low, False, points[at // 2] if at // 2 < len(points) else None, False)


def _inside(span: Span, domain: Span) -> bool:
    low = domain.low is None or (span.low is not None and span.low >= domain.low)
    return low and (domain.high is None or (span.high is not None and span.high <= domain.high))


def _nothing_between(column: Column, span: Span) -> bool:
    """No day lies between two that follow each other."""
    return column.kind == "date" and not span.with_low and None not in (span.low, span.high) and (
        (span.high or 0) - (span.low or 0) == 1
    )  # fmt: skip


def bounds(column: Column) -> Span:
    """Where the values of an input lie at all. Unreadable."""
    low = None if column.least is None else value(column.least, column)
    high = None if column.most is None else value(column.most, column)
    if isinstance(low, str) or isinstance(high, str) or (low is not None and high is not None and low > high):
        raise Unreadable("range")
    return Span(low, low is not None, high, high is not None)


def spans_of(parts: Sequence[Part], within: Sequence[Part]) -> tuple[Span, ...]:
    """Parts of an axis as spans, joined over places where there is nothing."""
    chosen = set(parts)
    known = [one for one in within if one.kind == "span"]
    found: list[Span] = []
    for at, one in enumerate(known):
        between = not one.inside and 0 < at < len(known) - 1 and {known[at - 1], known[at + 1]} <= chosen
        if one.span is not None and (one in chosen or (between and not one.span.with_low)):
            found.append(one.span)
    return joined(found) if found else ()


__all__ = ["EVERYTHING", "Axis", "Part", "axis", "bounds", "spans_of"]

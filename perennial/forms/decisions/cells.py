"""Cells read by hand: the unary tests of DMN, and the ways in which people write them.

In:   `-`, `< 5`, `[1..5)`, `15%–20%`, `"a", "b"`, `not("a")`, `null`, dates, options by key or label
Out:  a set: spans of numbers (days are numbers from 1900-01-01) or words, and whether blank belongs to it
`not(…)` is the exact complement, so blank belongs to it as it does to `<>` in formulas; `< 5` knows no blank.
"""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from perennial.forms.decisions.definition import NUMBERS, Column
from perennial.formula import nearest
from perennial.kernel import Invalid

LONGEST_WORD = 500  # an index holds it
EPOCH = dt.date(1900, 1, 1)
LAST = dt.date(9999, 12, 31)
ANY = ("", "-", "–", "—", "任意", "any", "Any")
BLANK = ("null", "空", "blank", "NULL", "为空")
TRUE, FALSE = ("true", "是", "yes", "TRUE", "Yes"), ("false", "否", "no", "FALSE", "No")

Bound = Decimal | None  # None: without end


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `low` to `high`; whether the ends belong to it."""

    low: Bound
    with_low: bool
    high: Bound
    with_high: bool

    @property
    def empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.with_low and self.with_high))


EVERYTHING = Span(None, False, None, False)


@dataclass(frozen=True, slots=True)
class Test:
    """What a cell lets through. Of numbers and days `spans`, apart and in order; of words `words`, or all but them."""

    spans: tuple[Span, ...] = ()
    words: frozenset[str] = frozenset()
    but: bool = False
    blank: bool = False

    @property
    def any(self) -> bool:
        return self.blank and (self.spans == (EVERYTHING,) or (self.but and not self.words))


class Unreadable(Exception):
    """`why`: the end of the error's code; `facts` for its text."""

    def __init__(self, why: str, **facts: object) -> None:
        super().__init__(why)
        self.why, self.facts = why, facts


def test(text: str, column: Column) -> Test:
    """The set of a cell; Unreadable."""
    text = text.strip()
    worded = column.kind in ("text", "option", "yes_no")
    if text in ANY:
        return Test(but=True, blank=True) if worded else Test((EVERYTHING,), blank=True)
    negated = re.fullmatch(r"(?:not\s*[(（](.*)[)）]|(?:非|!=|<>|≠|不是)\s*(.*))", text, re.DOTALL)
    if negated is not None and (negated[1] or negated[2]):
        return _opposite(test(negated[1] or negated[2], column), worded)
    found = [_part(part, column) for part in _split(text)]
    if worded:
        return Test(words=frozenset[str]().union(*(one.words for one in found)), blank=any(one.blank for one in found))
    return Test(joined([span for one in found for span in one.spans]), blank=any(one.blank for one in found))


def value(text: str, column: Column) -> Decimal | str | None:
    """One value: a number, a day as a number, a word; None for blank. Unreadable."""
    text = text.strip()
    if text in ("", "-", "—", "–", *BLANK):
        return None
    if column.kind in NUMBERS:
        return _number(text)
    if column.kind == "date":
        return _day(text)
    if column.kind == "yes_no":
        return _truth(text)
    text = _unquoted(text)
    if len(text) > LONGEST_WORD:
        _unreadable()
    return _option(text, column) if column.options else text


def refuse(error: Unreadable, text: str, column: Column, row: int, path: str) -> Invalid:
    """The error as people read it: row, column, what stands there."""
    return Invalid(f"decisions.not_{error.why}", path=path, row=row, column=column.words, text=text, **error.facts)


def joined(spans: list[Span]) -> tuple[Span, ...]:
    """The same set as spans that stand apart, in order."""
    found: list[Span] = []
    for one in sorted((one for one in spans if not one.empty), key=_start):
        last = found[-1] if found else None
        if last is not None and _meets(last, one):
            found[-1] = max(last, Span(last.low, last.with_low, one.high, one.with_high), key=_end)
        else:
            found.append(one)
    return tuple(found)


def _start(one: Span) -> tuple[Decimal, bool]:
    return (Decimal("-Infinity") if one.low is None else one.low, not one.with_low)


def _end(one: Span) -> tuple[Decimal, bool]:
    return (Decimal("Infinity") if one.high is None else one.high, one.with_high)


def _meets(one: Span, other: Span) -> bool:
    if one.high is None or other.low is None:
        return True
    return other.low < one.high or (other.low == one.high and (one.with_high or other.with_low))


def _opposite(one: Test, worded: bool) -> Test:
    if worded:
        return Test(words=one.words, but=not one.but, blank=not one.blank)
    found: list[Span] = []
    low: Bound = None
    closed, open_end = False, True
    for span in one.spans:
        if span.low is not None:
            found.append(Span(low, closed, span.low, not span.with_low))
        low, closed = span.high, not span.with_high
        open_end = span.high is not None
    if open_end:
        found.append(Span(low, closed, None, False))
    return Test(joined(found), blank=not one.blank)


def _split(text: str) -> list[str]:
    """By commas outside quotes and brackets; behind ¥ a comma groups digits."""
    found, quoted, depth, start = [""], False, 0, 0
    for at, sign in enumerate(text):
        if sign == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        elif not quoted and sign in "([（":
            depth += 1
        elif not quoted and sign in ")]）":
            depth -= 1
        if sign in ",，、;；" and not quoted and depth <= 0 and not _groups(text, start, at):
            found.append("")
            start = at + 1
        else:
            found[-1] += sign
    if quoted:
        raise Unreadable("readable")
    return [one.strip() for one in found]


def _groups(text: str, start: int, at: int) -> bool:
    return bool(re.search(r"[¥￥][\d,]*$", text[start:at]) and re.match(r",\d{3}(?!\d)", text[at:]))


_ORDER = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "≤": "<=", "≥": ">=", "＜": "<", "＞": ">", "⩽": "<=", "⩾": ">=",
          "小于": "<", "大于": ">", "不超过": "<=", "不少于": ">=", "=": "="}  # fmt: skip
_SIGNED = re.compile(rf"({'|'.join(sorted(_ORDER, key=len, reverse=True))})\s*(.+)", re.DOTALL)
_RANGE = re.compile(r"([\[\](（])\s*(.+?)\s*\.\.\s*(.+?)\s*([\[\])）])", re.DOTALL)
_FROM_TO = re.compile(r"(.+?)\s*(?:–|—|~|～|至|到)\s*(.+)", re.DOTALL)
_MINUS = re.compile(r"([¥￥]?[\d.,]+\s*[%万亿]?)\s*-\s*([¥￥]?[\d.,]+\s*[%万亿]?)")


def _part(text: str, column: Column) -> Test:
    if not text:
        raise Unreadable("readable")
    if text in BLANK:
        return Test(blank=True)
    if column.kind in ("text", "option", "yes_no"):
        word = value(text.removeprefix("=").strip(), column)
        if word is None:
            raise Unreadable("readable")
        return Test(words=frozenset([str(word)]))
    if (found := _RANGE.fullmatch(text)) is not None:
        low, high = _point(found[2], column), _point(found[3], column)
        return _between(Span(low, found[1] == "[", high, found[4] == "]"))
    if (found := _SIGNED.fullmatch(text)) is not None:
        at, sign = _point(found[2], column), _ORDER[found[1]]
        if sign == "=":
            return Test((Span(at, True, at, True),))
        below = sign in ("<", "<=")
        return Test((Span(None, False, at, sign == "<=") if below else Span(at, sign == ">=", None, False),))
    found = _FROM_TO.fullmatch(text) or (_MINUS.fullmatch(text) if column.kind in NUMBERS else None)
    if found is not None:
        first, last = found[1].strip(), found[2].strip()
        if last.endswith("%") and not first.endswith("%"):
            first += "%"
        return _between(Span(_point(first, column), True, _point(last, column), False))
    at = _point(text, column)
    return Test((Span(at, True, at, True),))


def _between(span: Span) -> Test:
    if span.empty:
        raise Unreadable("range")
    return Test((span,))


def _point(text: str, column: Column) -> Decimal:
    return _day(text) if column.kind == "date" else _number(text)


_NUMBER = re.compile(r"([+\-−]?)\s*[¥￥]?\s*(\d+(?:\.\d+)?|\.\d+)\s*(%|万|亿)?")
_TIMES = {None: Decimal(1), "%": Decimal("0.01"), "万": Decimal(10_000), "亿": Decimal(100_000_000)}


def _number(text: str) -> Decimal:
    bare = text.strip()
    if "¥" in bare or "￥" in bare or re.fullmatch(r"[+\-−]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    found = _NUMBER.fullmatch(bare)
    if found is None or len(found[2]) > 30:
        raise Unreadable("number")
    number = Decimal(found[2]) * _TIMES[found[3]] * (-1 if found[1] in ("-", "−") and found[1] else 1)
    if abs(number) >= Decimal(10) ** 20 or number != round(number, 10):
        raise Unreadable("number")
    return number.normalize() if number else Decimal(0)


def _day(text: str) -> Decimal:
    bare = _unquoted(re.sub(r'^date\s*\(\s*("[^"]*")\s*\)$', r"\1", text.strip()))
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", bare)
    try:
        day = dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not EPOCH <= day <= LAST:
        raise Unreadable("date")
    return Decimal((day - EPOCH).days)


def _truth(text: str) -> str:
    bare = _unquoted(text)
    if bare in TRUE:
        return "true"
    if bare in FALSE:
        return "false"
    raise Unreadable("truth")


def _option(text: str, column: Column) -> str:
    for option in column.options:
        if text == option.key:
            return option.key
    for option in column.options:
        if text == option.label:
            return option.key
    labels = [option.label for option in column.options]
    raise Unreadable("option", options=labels, suggestion=nearest(text, labels) or "")


def _unquoted(text: str) -> str:
    text = text.strip()
    if not text.startswith(('"', "“")):
        if '"' in text:
            _unreadable()
        return text
    found = re.fullmatch(r'"((?:[^"\\]|\\.)*)"|“([^”]*)”', text, re.DOTALL)
    if found is None or not (inner := found[1] if found[1] is not None else found[2]):
        _unreadable()
    return re.sub(r"\\(.)", r"\1", inner)


def _unreadable() -> NoReturn:
    raise Unreadable("readable")

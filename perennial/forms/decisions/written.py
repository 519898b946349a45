"""Cells as others read them: the unary tests and literals of FEEL, whatever way they were written here."""

import datetime as dt
from decimal import Decimal

from perennial.forms.decisions.cells import EPOCH, EVERYTHING, Span, test, value
from perennial.forms.decisions.definition import Column


def tests(cell: str, column: Column) -> str:
    """A cell of an input in FEEL. Unreadable."""
    found = test(cell, column)
    if found.any:
        return "-"
    if column.kind in ("text", "option", "yes_no"):
        words = [_word(word, column) for word in sorted(found.words)]
        if found.but:
            return f"not({', '.join([*words, *([] if found.blank else ['null'])])})"
        return ", ".join([*words, *(["null"] if found.blank else [])])
    if found.spans == (EVERYTHING,):
        return "not(null)"
    return ", ".join([*(_span(span, column) for span in found.spans), *(["null"] if found.blank else [])])


def literal(cell: str, column: Column) -> str:
    """A value of an output in FEEL. Unreadable."""
    found = value(cell, column)
    if found is None:
        return "null"
    return _word(found, column) if isinstance(found, str) else _number(found, column)


def _word(word: str, column: Column) -> str:
    return word if column.kind == "yes_no" else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(number: Decimal | None, column: Column) -> str:
    assert number is not None
    if column.kind == "date":
        return f'date("{(EPOCH + dt.timedelta(days=int(number))).isoformat()}")'
    return f"{number:f}"


def _span(span: Span, column: Column) -> str:
    if span.low is None:
        return f"{'<=' if span.with_high else '<'} {_number(span.high, column)}"
    if span.high is None:
        return f"{'>=' if span.with_low else '>'} {_number(span.low, column)}"
    if span.low == span.high:
        return _number(span.low, column)
    low, high = _number(span.low, column), _number(span.high, column)
    return f"{'[' if span.with_low else '('}{low}..{high}{']' if span.with_high else ')'}"

"""Errors that help: where, what was meant, and the kinds of values in people's words."""

from collections.abc import Iterable
from typing import Any

from perennial.formula.nodes import Span
from perennial.kernel import Invalid

KINDS = {
    "number": ("数字", "a number"), "money": ("金额", "an amount of money"), "percent": ("百分比", "a percentage"),
    "text": ("文本", "text"), "select": ("选项", "an option"), "multi_select": ("多个选项", "several options"),
    "date": ("日期", "a date"), "datetime": ("日期时间", "a date with time"), "yes_no": ("条件", "a condition"),
    "relation": ("关联记录", "a related record"),
}  # fmt: skip


def problem(code: str, start: int, end: int | None = None, **facts: Any) -> Invalid:
    """An `Invalid` that says where: `position` counts characters from 1, `start` and `end` are offsets.

    Facts `wants` and `has` are kinds; their words go along, as a `suggestion` does as a whole question.
    """
    for fact in ("wants", "has"):
        if facts.get(fact) in KINDS:
            facts[f"{fact}_zh"], facts[f"{fact}_en"] = KINDS[facts[fact]]
    if "suggestion" in facts:
        found = facts["suggestion"]
        facts["hint_zh"] = f"，是不是「{found}」？" if found else "。" if code == "formula.unknown_option" else ""
        facts["hint_en"] = f' Did you mean "{found}"?' if found else ""
    return Invalid(code, position=start + 1, start=start, end=start + 1 if end is None else end, **facts)


def at(code: str, span: Span, **facts: Any) -> Invalid:
    """A problem with one part of the tree."""
    return problem(code, span.start, max(span.end, span.start + 1), **facts)


def nearest(name: str, words: Iterable[str], *, least: float = 0.5) -> str | None:
    """The best of `words` by edit distance and characters in common, or None when none can be meant."""
    best: tuple[float, str] | None = None
    lower = name.lower()
    for word in words:
        score = _likeness(lower, word.lower())
        if score >= least and (best is None or score > best[0]):
            best = (score, word)
    return None if best is None else best[1]


def _likeness(a: str, b: str) -> float:
    """1 for equal, 0 for nothing in common."""
    if not a or not b or len(a) > 80 or len(b) > 80:
        return 0.0
    edits = 1 - distance(a, b) / max(len(a), len(b))
    if a in b or b in a:
        return max(edits, 0.5 + min(len(a), len(b)) / max(len(a), len(b)) / 2)
    if not a.isascii():  # a Chinese label is short; its characters say more than their order
        edits = max(edits, len(set(a) & set(b)) / len(set(a)) * 0.75 - 0.01)
    return edits


def distance(a: str, b: str) -> int:
    """Levenshtein's."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (left != right))
    return row[-1]

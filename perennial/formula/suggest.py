"""The known word nearest to an unknown one, by edit distance; Chinese labels count characters in common as well."""

from collections.abc import Iterable


def nearest(name: str, words: Iterable[str]) -> str | None:
    """The best of `words`, or None when nothing is near enough to be meant."""
    best: tuple[float, str] | None = None
    lower = name.lower()
    for word in words:
        score = _likeness(lower, word.lower())
        if score >= 0.5 and (best is None or score > best[0]):
            best = (score, word)
    return None if best is None else best[1]


def _likeness(a: str, b: str) -> float:
    """1 for equal, 0 for nothing in common."""
    if not a or not b or len(a) > 80 or len(b) > 80:
        return 0.0
    edits = 1 - distance(a, b) / max(len(a), len(b))
    if a in b or b in a:
        return max(edits, 0.5 + min(len(a), len(b)) / max(len(a), len(b)) / 2)
    if not a.isascii():
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

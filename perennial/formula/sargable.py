"""Date arithmetic beside a comparison, moved to the side without columns, so that an index on the column serves.

`end_date - 60 <= TODAY()`, `DAYS(end_date, TODAY()) <= 60` and `TODAY() - end_date >= -60` all become
`end_date <= today + 60`. Measured: the written forms scan a table of any size, the moved one reads what is due.
"""

from dataclasses import dataclass

from perennial.formula.typed import Typed

LONGEST_DAYS = 2_400_000  # a date of ours plus or minus this is still one for PostgreSQL
_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Moved:
    """column op bound + days; the bound reads no column and is never blank."""

    op: str
    column: Typed
    bound: Typed
    days: int


def moved(op: str, left: Typed, right: Typed) -> Moved | None:
    """The comparison in moved form, or None when it is not of these shapes."""
    left, right = _through(left), _through(right)
    if left.type.family == right.type.family == "date":
        found = _dates(op, left, right)
    elif left.type.family == right.type.family == "number":
        found = _difference(op, left, right) or _difference(_FLIPPED[op], right, left)
    else:
        return None
    return found if found is not None and abs(found.days) <= LONGEST_DAYS else None


def _dates(op: str, left: Typed, right: Typed) -> Moved | None:
    a, a_days = _shift(left)
    b, b_days = _shift(right)
    if _column(a) and _bound(b):
        return Moved(op, a, b, b_days - a_days)
    if _column(b) and _bound(a):
        return Moved(_FLIPPED[op], b, a, a_days - b_days)
    return None


def _difference(op: str, left: Typed, right: Typed) -> Moved | None:
    """date - date op n; also as DAYS(date, date)."""
    days = _whole(right)
    if (
        left.op not in ("-", "DAYS")
        or days is None
        or left.args[0].type.kind != "date"
        or left.args[1].type.kind != "date"
    ):
        return None
    (a, a_days), (b, b_days) = _shift(left.args[0]), _shift(left.args[1])
    if _column(a) and _bound(b):  # a + i - (b + j) op n
        return Moved(op, a, b, days + b_days - a_days)
    if _column(b) and _bound(a):  # a + i - (b + j) op n  <=>  b flipped(op) a + i - j - n
        return Moved(_FLIPPED[op], b, a, a_days - b_days - days)
    return None


def _shift(t: Typed) -> tuple[Typed, int]:
    """A date expression as (the rest, whole days added)."""
    t = _through(t)
    if t.op in ("+", "-") and t.type.kind == "date":
        first, second = t.args
        if first.type.family == "number":
            first, second = second, first
        days = _whole(second)
        if days is not None:
            rest, more = _shift(first)
            return rest, more + (days if t.op == "+" else -days)
    return t, 0


def _whole(t: Typed) -> int | None:
    if t.op == "-1":
        inner = _whole(t.args[0])
        return None if inner is None else -inner
    if t.op == "number" and t.value == int(t.value):
        return int(t.value)
    return None


def _column(t: Typed) -> bool:
    return t.op == "field" and t.type.kind == "date" and not t.args


def _through(t: Typed) -> Typed:
    """A computed field of the same row is what its formula says."""
    while t.op == "field" and t.args and len(t.value) == 1:
        t = t.args[0]
    return t


def _bound(t: Typed) -> bool:
    return t.op in ("TODAY", "date")

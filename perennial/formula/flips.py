"""What would turn a condition over, told in its own comparisons."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from perennial.formula.printer import print_
from perennial.formula.sargable import moved
from perennial.formula.typed import Typed

OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
Known = Callable[[Typed, tuple[str, ...]], Any]


@dataclass(frozen=True, slots=True)
class Change:
    """`subject` (a path or an expression) must stand to `value` as `op` says: = <> < <= > >= IN, ISBLANK, FILLED …

    path    of the subject when it is a field that could be edited, else empty
    """

    subject: str
    op: str
    value: Any
    path: tuple[str, ...] = ()


def flips(t: Typed, wanted: bool, known: Known, prefix: tuple[str, ...] = ()) -> list[list[Change]]:
    """Alternatives that make `t` be `wanted`, shortest first; empty when it already is or nothing simple does."""
    if bool(known(t, prefix)) == wanted:
        return []
    if t.op == "NOT":
        return flips(t.args[0], not wanted, known, prefix)
    if t.op in ("AND", "OR"):
        found = [flips(arg, wanted, known, prefix) for arg in t.args if bool(known(arg, prefix)) != wanted]
        if (t.op == "AND") == wanted:  # every part that stands against it must turn
            return [[change for ways in found for change in ways[0]]] if found and all(found) else []
        return sorted((way for ways in found for way in ways), key=len)
    if t.op == "field":
        path = (*prefix, *t.value)
        if t.args:
            return flips(t.args[0], wanted, known, path[:-1])
        return [[Change(".".join(path), "=", wanted, path)]]
    change = _leaf(t, wanted, known, prefix)
    return [] if change is None else [[change]]


def _leaf(t: Typed, wanted: bool, known: Known, prefix: tuple[str, ...]) -> Change | None:
    if t.op in OPPOSITE:
        return _comparison(t, t.op if wanted else OPPOSITE[t.op], known, prefix)
    if t.op == "ISBLANK":
        return _change(t.args[0], "ISBLANK" if wanted else "FILLED", None, prefix)
    if t.op == "IN":
        return _change(t.args[0], "IN" if wanted else "NOT IN", [known(arg, prefix) for arg in t.args[1:]], prefix)
    if t.op in ("CONTAINS", "STARTSWITH"):
        return _change(t.args[0], t.op if wanted else f"NOT {t.op}", known(t.args[1], prefix), prefix)
    return None


def _comparison(t: Typed, op: str, known: Known, prefix: tuple[str, ...]) -> Change:
    left, right = t.args
    found = moved(op, left, right)
    if found is not None:
        bound = known(found.bound, prefix)
        value = bound + timedelta(days=found.days) if isinstance(bound, date) and _near(bound, found.days) else bound
        return _change(found.column, found.op, value, prefix)
    if right.reads and not left.reads:
        left, right, op = right, left, FLIPPED[op]
    return _change(left, op, known(right, prefix), prefix)


def _near(day: date, days: int) -> bool:
    return 1 <= day.toordinal() + days <= date.max.toordinal()


def _change(t: Typed, op: str, value: Any, prefix: tuple[str, ...]) -> Change:
    while t.op in ("to_text", "to_date", "to_datetime"):
        t = t.args[0]
    if t.op != "field":
        return Change(".".join((*prefix, print_(t))) if prefix else print_(t), op, value)
    path = (*prefix, *t.value)
    return Change(".".join(path), op, value, () if t.args else path)

"""Two inputs of a table laid as a map: which rules each field of it meets, the other inputs held at one value each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from perennial.forms.decisions.axes import Axis, Part
from perennial.forms.decisions.cells import Unreadable, refuse, value
from perennial.forms.decisions.coverage import plain
from perennial.forms.decisions.definition import Decision
from perennial.forms.decisions.problems import Read, Value, labelled, read
from perennial.kernel import Invalid

MOST = 60  # pieces of an input


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an input that rules must cover: between two values as cells write them (None: without end), or one
    word. `point`: a single value whose rules are not those beside it."""

    kind: Literal["range", "point", "word", "other", "blank"]
    low: str | None = None
    high: str | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Landscape:
    """`rules[y][x]`: rows from 1 that piece y of `up` and piece x of `across` meet. `whole`: every piece is shown."""

    across: list[Piece]
    up: list[Piece]
    rules: list[list[list[int]]]
    whole: bool


def landscape(decision: Decision, across: str, up: str, held: Mapping[str, str]) -> Landscape:
    """`up` may be empty: one row. `held`: the others' values, as in a cell; blank is a value.

    errors   Invalid decisions.no_input · the first cell or value that cannot be read
    """
    understood = read(decision)
    if not isinstance(understood, Read):
        raise understood[0]
    places = {column.key: at for at, column in enumerate(decision.inputs)}
    for key in (across, *([up] if up else [])):
        if key not in places or across == up:
            raise Invalid("decisions.no_input", path="across" if key == across else "up", key=key)
    rest = (1 << len(decision.rules)) - 1
    for key, at in places.items():
        if key not in (across, up):
            rest &= _mask(understood.axes[at], held.get(key, ""))
    columns = _pieces(understood.axes[places[across]])
    rows = _pieces(understood.axes[places[up]]) if up else [(Piece("word"), rest)]
    rules = [[_rows(mine & other & rest) for _, mine in columns[:MOST]] for _, other in rows[:MOST]]
    whole = len(columns) <= MOST and len(rows) <= MOST
    return Landscape([one for one, _ in columns[:MOST]], [one for one, _ in rows[:MOST]], rules, whole)


def _rows(mask: int) -> list[int]:
    return [at + 1 for at in range(mask.bit_length()) if mask >> at & 1]


def _pieces(axis: Axis) -> list[tuple[Piece, int]]:
    """Without single values that meet what a neighbour meets."""
    parts: Sequence[tuple[Part, int]] = [
        one for one in zip(axis.parts, axis.masks, strict=True) if one[0].inside
    ]  # fmt: skip
    found: list[tuple[Piece, int]] = []
    for at, (part, mask) in enumerate(parts):
        if part.span is None:
            kind = part.kind if part.kind != "span" else "other"
            found.append((Piece(kind, word=labelled(axis.column, part.word) if part.word else None), mask))
            continue
        around = {parts[near][1] for near in (at - 1, at + 1) if 0 <= near < len(parts) and parts[near][0].span}
        single = part.span.low is not None and part.span.low == part.span.high
        if not single or mask not in around:
            low, high = (_told(end, axis) for end in (part.span.low, part.span.high))
            found.append((Piece("point" if single else "range", low, high), mask))
    return found


def _told(end: Decimal | None, axis: Axis) -> str | None:
    return None if end is None else plain(end, axis.column)


def _mask(axis: Axis, text: str) -> int:
    try:
        wanted: Value = value(text, axis.column)
    except Unreadable as error:
        raise refuse(error, text, axis.column, 0, axis.column.key) from None
    return next(
        (mask for part, mask in zip(axis.parts, axis.masks, strict=True) if _holds(part, wanted)),
        next((mask for part, mask in zip(axis.parts, axis.masks, strict=True) if part.kind == "other"), 0),
    )


def _holds(part: Part, wanted: Value) -> bool:
    if wanted is None:
        return part.kind == "blank"
    if isinstance(wanted, str):
        return part.kind == "word" and part.word == wanted
    span = part.span
    if span is None:
        return False
    above = span.low is None or wanted > span.low or (span.with_low and wanted == span.low)
    return above and (span.high is None or wanted < span.high or (span.with_high and wanted == span.high))

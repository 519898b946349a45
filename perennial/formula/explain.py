"""Why a formula gave what it gave: the tree with every value at that moment, and what would flip a condition.

In:   a typed tree, a source, an executor with `one(statement)`, the row
Out:  `Explained`; the values come from PostgreSQL in one statement (a wide tree: a few), not from a second evaluator
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

from perennial.formula.compile import Compiler
from perennial.formula.compile_history import DAYS, closed, recent
from perennial.formula.decide import hits
from perennial.formula.flips import Change, flips
from perennial.formula.history import OPS
from perennial.formula.pieces import FLIPPED
from perennial.formula.printer import print_
from perennial.formula.source import Source, select
from perennial.formula.typed import Typed

WIDEST = 500  # columns of one statement; PostgreSQL takes 1,664
_LITERALS = ("number", "text", "yes_no", "date", "id", "blank")
_SKIPPED = ("to_text", "to_date", "to_datetime")


_RECENT = 12  # readings that are shown

_CHOOSING = ("field", "IF", "IFS", "SWITCH", "COALESCE", "CHOOSE", "XLOOKUP", "DECIDE", *OPS, *FLIPPED)

# a computed field's formula is one tree however often it is read, so a part is known by the record it stands on as well
_Known = dict[tuple[int, tuple[str, ...]], Any]


class Executor(Protocol):
    def one(self, sql: Any) -> dict[str, Any] | None: ...


@dataclass(slots=True)
class Explained:
    """One part: its text with keys, its value, and for a blank result why: `blank_part`, `zero_divisor`, `no_answer`.

    path    of a field, from the row; `parts` of a computed field are those of its formula, of STREAK and the like the
            latest readings, newest first, a missing one with why `missing`
    rules   of DECIDE: the rows of the table that are hit, from 1; 0 when none is
    flips   at the root of a condition: alternatives, each a list of changes that together turn it over
    """

    text: str
    kind: str
    value: Any
    parts: list["Explained"]
    path: tuple[str, ...] = ()
    why: str | None = None
    reads: frozenset[str] = frozenset()
    flips: list[list[Change]] = field(default_factory=list[list[Change]])
    rules: tuple[int, ...] = ()


def explain(typed: Typed, source: Source, tx: Executor, row_id: int | None = None) -> Explained | None:
    """The explanation for the row `row_id` of `source` (None: the one row of a draft); None when it is not there."""
    known: _Known = {}
    places = list(_places(typed, ()))
    for start in range(0, len(places), WIDEST):
        found = _values(places[start : start + WIDEST], source, tx, row_id)
        if found is None:
            return None
        known |= found
    root = _explained(typed, (), known)
    if typed.type.family == "yes_no":
        root.flips = flips(typed, not root.value, lambda part, prefix: known.get((id(part), prefix)))
    return root


def _places(t: Typed, prefix: tuple[str, ...]) -> Iterator[tuple[Typed, tuple[str, ...]]]:
    """Every part with the path of the record it stands on. The insides of aggregates have no single row."""
    yield t, prefix
    if t.op == "field":
        for definition in t.args:
            yield from _places(definition, (*prefix, *t.value[:-1]))
    else:
        for arg in _here(t):
            yield from _places(arg, prefix)


def _here(t: Typed) -> tuple[Typed, ...]:
    """The arguments that are read on the same record: not those of an aggregate, of readings, no columns."""
    if t.op in ("COUNTIF", "SUMIF", "AVERAGEIF", "MAXIF", "MINIF"):
        return ()
    return tuple(arg for arg in (t.args[1:] if t.op in OPS else t.args) if arg.op != "column")


def _values(
    places: list[tuple[Typed, tuple[str, ...]]], source: Source, tx: Executor, row_id: int | None
) -> _Known | None:
    columns: list[Any] = []
    for number, (part, prefix) in enumerate(places):
        compiler = Compiler(Compiler(source).at(prefix))
        columns.append(compiler.value(part).label(f"v{number}"))
        if part.op in OPS:
            columns += [recent(compiler, part, _RECENT).label(f"r{number}"), closed(part.value[1]).label(f"d{number}")]
        if part.op == "DECIDE":
            columns.append(hits(compiler, part).label(f"h{number}"))
    statement = select(*columns, source=source)
    if row_id is not None:
        statement = statement.where(source.field("id") == row_id)
    row = tx.one(statement)
    if row is None:
        return None
    known: _Known = {(id(part), prefix): row[f"v{number}"] for number, (part, prefix) in enumerate(places)}
    for number, (part, prefix) in enumerate(places):
        if part.op in OPS:
            known[id(part), (*prefix, "readings")] = (row[f"r{number}"] or [], row[f"d{number}"])
        if part.op == "DECIDE":
            known[id(part), (*prefix, "rules")] = row[f"h{number}"]
    return known


def _explained(t: Typed, prefix: tuple[str, ...], known: _Known) -> Explained:
    while t.op in _SKIPPED:
        t = t.args[0]
    path = (*prefix, *t.value) if t.op == "field" else ()
    inner = path[:-1] if t.op == "field" else prefix
    below = t.args if t.op == "field" else _here(t)
    parts = [_explained(arg, inner, known) for arg in below if arg.op not in _LITERALS or t.op not in ("field",)]
    if t.op in OPS:
        parts += _noted(t, *known[id(t), (*prefix, "readings")])
    value = known.get((id(t), prefix))
    reads = frozenset(".".join((*prefix, read)) for read in t.reads if "!decision/" not in read)
    return Explained(
        print_(t), t.type.kind, value, parts, path, _why(t, value, parts), reads,
        rules=tuple(known.get((id(t), (*prefix, "rules"))) or ()),
    )  # fmt: skip


def _noted(t: Typed, rows: list[dict[str, Any]], last: date) -> list[Explained]:
    """The latest periods, as far back as the first reading or to where a run breaks."""
    path, period = t.value
    kind = t.args[0].type.kind if t.op not in ("STREAK", "HELD") else "number"
    noted = {row["day"]: row["value"] for row in rows}
    found: list[Explained] = []
    for back in range(_RECENT if noted else 1):
        day = (last - timedelta(days=back * DAYS[period])).isoformat()
        value, missing = noted.get(day), day not in noted
        reads = frozenset(".".join(path[: length + 1]) for length in range(len(path)))
        found.append(Explained(f"{'.'.join(path)} {day}", kind, value, [], (), "missing" if missing else None, reads))
        if missing and t.op in ("STREAK", "HELD"):
            break
        if noted and day <= min(noted):
            break
    return found


def _why(t: Typed, value: Any, parts: list[Explained]) -> str | None:
    """Why a calculated value is blank."""
    if value is not None or not parts or t.op in _CHOOSING:
        return None
    if any(part.value is None for part in parts):
        return "blank_part"
    return "zero_divisor" if t.op in ("/", "MOD") and parts[-1].value == 0 else "no_answer"

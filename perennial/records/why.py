"""Why a formula gives what it gives for one record, told to one reader.

A formula that the reader wrote is evaluated over what they may read, so nothing in it needs hiding. A computed field
that they may read is a published fact: its values are those over all rows, and a part that reads a field, a record or
rows which this reader may not see here is left out and counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from perennial import formula
from perennial.access import Rows, everything, readable
from perennial.formula import Change, Explained
from perennial.kernel import Missing, Tx

Path = tuple[str, ...]


@dataclass(slots=True)
class Why:
    """One part: its text with keys, its value, and why it is blank. `label`: of a field, in the words of its form;
    `rules`: of DECIDE, the rows that are hit."""

    text: str
    kind: str
    value: Any
    parts: list["Why"]
    label: str | None = None
    path: Path = ()
    why: str | None = None
    hidden: int = 0
    flips: list[list[Change]] = field(default_factory=list[list[Change]])
    rules: tuple[int, ...] = ()


def explain(tx: Tx, form: str, record_id: int, text: str) -> Why:
    """The tree of `text` (a formula, or the key of a computed field) with every value at this moment.

    errors   Missing when the actor may not see the record · Invalid formula.… for a formula they may not write
    """
    rows = readable(tx, form)
    typed = formula.check(text, rows.scope)
    key = typed.value[0] if typed.op == "field" and len(typed.value) == 1 else None
    computed = key is not None and rows.catalog.field(form, key).kind == "formula"
    where = rows.where
    sees = rows.source.sees(key) if key is not None else true()
    there = select(sees.label("sees")).select_from(rows.from_).where(where, rows.source.table.c.id == record_id)
    row = tx.one(there) if 0 < record_id < 2**63 else None
    if row is None:
        raise Missing("records.missing")
    if computed and key is not None and row["sees"]:
        published = formula.check(key, rows.catalog.scope(form))
        found = formula.explain(published, everything(tx, form).source, tx, record_id)
        seen = _seen(tx, form, record_id, set(_paths(found))) if found is not None else {}
    else:
        found = formula.explain(typed, readable(tx, form).source, tx, record_id)
        seen = None
    if found is None:
        raise Missing("records.missing")
    return _told(rows, found, seen)


def _told(rows: Rows, part: Explained, seen: dict[Path, bool] | None) -> Why:
    """`seen`: which paths are visible; None: all."""

    def visible(one: Explained) -> bool:
        if seen is None:
            return True
        # a field is a published fact with a grant of its own, whatever it reads
        return all(seen[path] for path in ([one.path] if one.path else _read(one)))

    shown = [one for one in part.parts if visible(one)]
    flips = [
        way for way in part.flips if seen is None or all(seen.get(change.path, False) for change in way if change.path)
    ]
    return Why(
        part.text, part.kind, part.value, [_told(rows, one, seen) for one in shown], _label(rows, part.path),
        part.path, part.why, len(part.parts) - len(shown), flips, part.rules,
    )  # fmt: skip


def _read(part: Explained) -> list[Path]:
    return [tuple(read.split(".")) for read in part.reads]


def _paths(part: Explained) -> Iterator[Path]:
    if part.path:
        yield part.path
    yield from _read(part)
    for way in part.flips:
        yield from (change.path for change in way if change.path)
    for one in part.parts:
        yield from _paths(one)


def _seen(tx: Tx, form: str, record_id: int, paths: set[Path]) -> dict[Path, bool]:
    """Which paths this reader sees from this record, in one statement."""
    rows = readable(tx, form)
    order = sorted(paths)
    columns = [_visible(rows, path).label(f"p{at}") for at, path in enumerate(order)]
    if not columns:
        return {}
    row = tx.one(select(*columns).select_from(rows.from_).where(rows.source.table.c.id == record_id)) or {}
    return {path: bool(row.get(f"p{at}")) for at, path in enumerate(order)}


def _visible(rows: Rows, path: Path) -> ColumnElement[bool]:
    """Every field on the way and every record that it leads to may be read."""
    if path[0].startswith("!"):  # a whole form
        return _all_rows(rows, path[0][1:], path[1:])
    at = rows.source
    scope = rows.catalog.scope(rows.form)
    steps: list[ColumnElement[bool]] = []
    for place, key in enumerate(path):
        collection = scope.collection(key)
        if collection is not None:
            steps.append(_all_rows(rows, collection.scope.form, path[place + 1 :]))
            break
        if scope.field(key) is None or not rows.view.may(at.form, "read"):
            return false()
        steps.append(at.sees(key))
        if place + 1 == len(path):
            break
        further = scope.relation(key)
        if further is None:
            return false()
        parent = at.parent(key)
        steps.append(or_(parent.table.c["id"].is_not(None), at.field(key).is_(None)))
        at, scope = parent, further
    return and_(true(), *steps)


def _all_rows(rows: Rows, form: str, rest: Path) -> ColumnElement[bool]:
    """A count over rows of which some are hidden would tell of them."""
    view = rows.view
    whole = view.everything or any(grant.rows == "all" for grant in view.grants(form, "read"))
    return true() if whole and len(rest) < 2 and all(view.always(form, key) for key in rest) else false()


def _label(rows: Rows, path: Path) -> str | None:
    if not path:
        return None
    scope = rows.catalog.scope(rows.form)
    labels: list[str] = []
    for key in path:
        info = scope.field(key)
        collection = scope.collection(key)
        labels.append(info.label if info else collection.label if collection else key)
        scope = scope.relation(key) or (collection.scope if collection else scope)
    return " · ".join(labels)

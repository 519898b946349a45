"""The record a statement reads: one select over `access.readable`, made once per definition.

In:   a form and named formulas
Out:  a select whose columns are `rid` (the record) and one per name; a statement joins it as `r`
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perennial import access, forms, formula
from perennial.kernel import SYSTEM, Query, Tx, render

KEPT = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A formula text and the kind it must give; None: whatever it gives. `yes_no` is never NULL; `condition` is bare,
    for a WHERE that an index may serve."""

    text: str
    kind: str | None = None


_Key = tuple[int, str, tuple[tuple[str, Wanted], ...]]
_selects: dict[_Key, sa.Select[Any]] = {}
_queries: dict[_Key, Query] = {}
_reads: dict[tuple[int, str, str], frozenset[str]] = {}


def record(tx: Tx, form: str, columns: Mapping[str, Wanted]) -> sa.Select[Any]:
    """The select of live records with these columns; the system reads every row."""
    catalog = forms.catalog(tx)
    key = (catalog.version, form, tuple(columns.items()))
    if key not in _selects:
        if len(_selects) > KEPT:
            _selects.clear()
        rows = access.readable(tx, form, actor=SYSTEM)
        scope = catalog.scope(form)
        made = [_compiled(one, scope, rows.source).label(name) for name, one in columns.items()]
        _selects[key] = sa.select(rows.source.field("id").label("rid"), *made).select_from(rows.from_).where(rows.where)
    return _selects[key]


def rendered(tx: Tx, form: str, columns: Mapping[str, Wanted]) -> Query:
    """The same as text, to stand inside a statement."""
    key = (forms.catalog(tx).version, form, tuple(columns.items()))
    if key not in _queries:
        if len(_queries) > KEPT:
            _queries.clear()
        _queries[key] = render(record(tx, form, columns))
    return _queries[key]


def _compiled(one: Wanted, scope: formula.Scope, source: formula.Source) -> sa.ColumnElement[Any]:
    want = "yes_no" if one.kind == "condition" else one.kind
    typed = formula.check(one.text, scope, want)  # type: ignore[arg-type]
    if one.kind == "condition":
        return formula.compile_condition(typed, source)
    if one.kind == "yes_no":
        return formula.compile_condition(typed, source).is_(sa.true())
    return formula.compile(typed, source)


def reads(tx: Tx, form: str, text: str) -> frozenset[str]:
    """Paths of the fields that a formula over `form` reads, through computed fields too."""
    catalog = forms.catalog(tx)
    key = (catalog.version, form, text)
    if key not in _reads:
        if len(_reads) > KEPT:
            _reads.clear()
        _reads[key] = formula.check(text, catalog.scope(form)).reads if text else frozenset()
    return _reads[key]


def values(tx: Tx, target: str, given: Iterable[tuple[str, str]]) -> dict[str, Wanted]:
    """What fields of `target` are to be, each of its field's kind, so that a blank is a blank of that kind."""
    scope = forms.catalog(tx).scope(target)
    found: dict[str, Wanted] = {}
    for key, text in given:
        field = scope.field(key)
        found[key] = Wanted(text, field.type.kind if field and field.type.kind != "yes_no" else None)
    return found


def renamed(query: Query, mark: str) -> Query:
    """The same query with parameters of its own, to stand beside another one in a statement."""
    text, params = query.text, dict[str, Any]()
    for name, value in query.params.items():
        if name in ("today", "now", "me", "zone"):
            continue
        text = text.replace(f"%({name})s", f"%({mark}_{name})s")
        params[f"{mark}_{name}"] = value
    return Query(text, params)

"""What a script changes on records by itself: on a day, those that meet a condition have other values."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perennial import access, actions, forms, formula
from perennial.kernel import SYSTEM, Database, Invalid, Reason, Tx


@dataclass(frozen=True, slots=True)
class Edit:
    """On the evening of `on` records of the form are changed: those that meet `when` (blank: all), each field to what
    its formula says."""

    on: dt.date
    form: str
    values: Mapping[str, str]
    when: str = ""


def check(tx: Tx, edits: Sequence[Edit]) -> None:
    """errors  Invalid simulation.edit with its place: no such form or field · what `formula.check` says"""
    for at, edit in enumerate(edits):
        catalog = forms.catalog(tx)
        if edit.form not in catalog:
            raise Invalid("simulation.edit", path=f"edits[{at}].form", name=edit.form)
        _select(tx, edit, f"edits[{at}]")


def make(database: Database, edit: Edit) -> int:
    """It has happened; how many records really changed."""
    with database.begin(SYSTEM, Reason("simulation", {"edit": edit.on.isoformat()})) as tx:
        return actions.update(tx, edit.form, _select(tx, edit, ""))


def _select(tx: Tx, edit: Edit, path: str) -> sa.Select[Any]:
    scope = forms.catalog(tx).scope(edit.form)
    rows = access.readable(tx, edit.form, actor=SYSTEM)
    columns: list[sa.Label[Any]] = []
    for key, text in edit.values.items():
        known = scope.field(key)
        if known is None:
            raise Invalid("simulation.edit", path=f"{path}.values.{key}", name=key)
        typed = formula.check(text, scope, known.type.kind)
        columns.append(formula.compile(typed, rows.source).label(key))
    where = [rows.where]
    if edit.when:
        where.append(formula.compile_condition(formula.check(edit.when, scope, "yes_no"), rows.source))
    return sa.select(rows.source.field("id").label("id"), *columns).select_from(rows.from_).where(*where)

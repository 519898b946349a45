"""A record before it is saved: its computed fields, the defaults of what was left out, and what is wrong so far."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, func, literal_column, select

from perennial import formula
from perennial.access import Rows, creatable, readable, writable
from perennial.kernel import Missing, Problem, Tx, render
from perennial.records.attached import settled
from perennial.records.behaviour import State
from perennial.records.check import Draft, accepted, examine
from perennial.records.check import stored as as_stored
from perennial.records.compiled import kept
from perennial.records.names import shown
from perennial.records.present import present


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one field; the text is chosen at the edge."""

    path: str | None
    code: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])

    @staticmethod
    def of(problem: Problem) -> "Fault":
        return Fault(problem.path, problem.code, problem.facts)


@dataclass(frozen=True, slots=True)
class Preview:
    """`computed`: field -> value as in a page; `defaults`: what a new record gets where nothing was given."""

    computed: dict[str, Any]
    defaults: dict[str, Any]
    errors: list[Fault]
    states: dict[str, State]  # of readable fields that a condition speaks about


def preview(tx: Tx, form: str, values: Mapping[str, Any], *, id: int | None = None) -> Preview:
    """Computed with the SQL that computes stored records; nothing is written.

    id    the record being edited: fields that are not given keep their stored values, its children count
    """
    rows = readable(tx, form)
    acting = creatable(tx, form) if id is None else writable(tx, form)
    given, errors = accepted(tx, acting, values, writes=False)
    stored = {} if id is None else stored_values(tx, rows, id)
    given, more = settled(tx, rows.catalog.form(form), given, stored)
    errors += more
    draft = {**stored, **given}
    named = [key for key in values if key in given or id is None]
    changed = named if id is None else [key for key in named if draft[key] != stored.get(key)]
    wrong = {error.path for error in errors if error.path}
    examined = examine(tx, acting, draft, id=id, given=changed, before=stored, wrong=wrong)
    errors += [error for error in examined.errors if error.path not in wrong]
    denied = {error.path for error in examined.errors if error.code == "records.reference" and error.path}
    if denied:  # nothing follows from a record that this person may not read, as from one that is not there
        draft = {key: None if key in denied else value for key, value in draft.items()}
        examined = examine(tx, acting, draft, id=id, given=changed, before=stored, wrong={*wrong, *denied})
    keys = tuple(key for key in rows.readable_fields(masked=False) if _is_computed(rows, key))
    computed: dict[str, Any] = {}
    if keys:
        fresh = frozenset(draft) if id is None else None
        query = kept(("preview", rows.key, keys, fresh), lambda: render(_computed(tx, rows, keys, fresh)))
        fields = rows.catalog.form(form).fields
        binds = {f"v_{field_.key}": as_stored(field_, draft.get(field_.key)) for field_ in fields}
        computed = json.loads(tx.value(query, {**binds, "v_id": id, "zone": tx.zone.key}))
    shows = present(tx, rows, id or 0, list(examined.defaults.items())) if examined.defaults else None
    readable_keys = rows.readable_fields(masked=False)
    defaults = {k: shows(k, v) for k, v in examined.defaults.items() if k in readable_keys} if shows else {}
    states = {key: one for key, one in examined.states.items() if key in rows.readable_fields()}
    return Preview(computed, defaults, [Fault.of(error) for error in errors], states)


def _computed(tx: Tx, rows: Rows, keys: tuple[str, ...], given: frozenset[str] | None) -> Any:
    """One row of JSON; `given` None: an existing record, whose blanks get no defaults."""
    form = rows.catalog.form(rows.form)
    draft = Draft(tx, rows.catalog, form, frozenset(f.key for f in form.fields) if given is None else given)
    columns: list[Any] = []
    for key in keys:
        typed = rows.catalog.typed(rows.form, key)
        kind = form.field(key).type or typed.type.kind  # pyright: ignore[reportOptionalMemberAccess]
        columns.append(shown(formula.compile(typed, draft), kind).label(key))
    inner = select(*columns).select_from(draft.from_).subquery("r")
    return select(func.row_to_json(literal_column("r")).cast(Text)).select_from(inner)


def stored_values(tx: Tx, rows: Rows, record_id: int) -> dict[str, Any]:
    """The stored row, if the actor may see the record at all."""

    def build() -> Any:
        fresh = readable(tx, rows.form)
        where = fresh.where
        columns = [fresh.source.table.c[key] for key in rows.catalog.columns(rows.form)]
        own = fresh.source.table.c.id == bindparam("v_id", type_=BigInteger)
        return render(select(*columns).select_from(fresh.from_).where(where, own))

    row = tx.one(kept(("stored", rows.key), build), {"v_id": record_id}) if 0 < record_id < 2**63 else None
    if row is None:
        raise Missing("records.missing")
    return row


def _is_computed(rows: Rows, key: str) -> bool:
    return rows.catalog.field(rows.form, key).kind == "formula"

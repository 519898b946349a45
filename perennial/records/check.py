"""What must hold of one record before it is written: rights on fields, kinds of values, references, uniqueness.

All that is wrong is told at once, each at its field. What only the database knows (defaults, whether a related record
exists for this reader, whether a value is taken) is asked in one statement over the draft, compiled once per shape.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    any_,
    bindparam,
    cast,
    column,
    exists,
    false,
    func,
    or_,
    select,
    table,
)

from perennial import forms, formula
from perennial.access import Rows, everything, may, readable
from perennial.forms import Catalog, Field, Form
from perennial.formula import DraftSource
from perennial.kernel import Denied, Invalid, Query, Tx, Words, render
from perennial.records import behaviour
from perennial.records.attached import structured
from perennial.records.behaviour import State, became_required, broken, governed, has_format, state, widened
from perennial.records.compiled import kept
from perennial.records.names import unknown
from perennial.records.values import parse

_REFERENCES = ("relation", "person", "department")
_LISTS = ("persons", "relations")
_PEOPLE = {kind: table(kind, column("id"), column("active"), schema="people") for kind in ("person", "department")}


@dataclass(frozen=True, slots=True)
class Examined:
    """Defaults of fields that were not given, what is wrong, in the order of the fields, and how fields stand that a
    condition speaks about."""

    defaults: dict[str, Any]
    errors: list[Invalid]
    states: dict[str, State]


def accepted(
    tx: Tx, rows: Rows, values: Mapping[str, Any], *, writes: bool = True
) -> tuple[dict[str, Any], list[Invalid]]:
    """The stored values of what was sent, and what is wrong with the rest.

    writes   False: nothing will be written, so fields that the actor may only read are left out in silence
    errors   Denied records.denied_field for a field that the actor may see and not write
    """
    form = forms.catalog(tx).form(rows.form)
    found: dict[str, Any] = {}
    errors: list[Invalid] = []
    for key, raw in values.items():
        field = form.field(key)
        grant = rows.fields.get(key, "hidden")
        if field is None or grant == "hidden":
            errors.append(unknown(rows, key, path=key))
            continue
        if not writes and (field.kind == "formula" or grant != "write"):
            continue
        if field.kind != "formula" and grant != "write":
            raise Denied("records.denied_field", path=key, field=field.words)
        try:
            found[key] = parse(field, raw, tx)
        except Invalid as error:
            errors.append(error)
    return found, errors


def refuse(errors: list[Invalid]) -> None:
    """Raise what is wrong: one error as itself, several together, each with its path."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        told = [{"field": one.path, "code": one.code, "facts": one.facts} for one in errors]
        raise Invalid("records.fields", path=errors[0].path, count=len(errors), errors=told)


def examine(
    tx: Tx, rows: Rows, values: Mapping[str, Any], *, id: int | None, given: Iterable[str],
    before: Mapping[str, Any] | None = None, later: Collection[str] = (), wrong: Collection[str] = (),
) -> Examined:  # fmt: skip
    """Ask the database about a draft.

    values  the draft: all fields of the record that are known, as stored
    given   those that the actor set now; only they are examined, and for a new record the rest gets its default
    before  the record as it stands: what a list of references holds already is not asked for again
    later   collections whose rows are written after this: checks that read them are asked then (`obey_one`)
    wrong   fields that were sent and could not be read
    """
    catalog = forms.catalog(tx)
    form = catalog.form(rows.form)
    keys = frozenset(given)
    filled = frozenset(key for key in keys if values.get(key) is not None)
    shape = ("examine", rows.key, form.key, keys, filled, id is None)
    query, asked = kept(shape, lambda: _compile(tx, catalog, rows, form, keys, filled, id is None))
    answers: Mapping[str, Any] = {}
    if asked:
        binds = {f"v_{field.key}": stored(field, values.get(field.key)) for field in form.fields}
        binds |= {f"b_{field.key}": (before or {}).get(field.key) for field in form.fields if field.kind in _LISTS}
        answers = tx.one(query, {**binds, "v_id": id}) or {}
    defaults = {name[2:]: answers[name] for name in asked if name.startswith("d_")}
    now = {**defaults, **values}
    errors: list[Invalid] = []
    rules = catalog.behaviour(form.key)
    moved = keys if rules.empty else widened(catalog, form, keys)
    for field in form.fields:
        value = now.get(field.key)
        stands = state(rules, field, answers)
        touched = id is None or field.key in keys or became_required(rules, field, moved)
        if stands.required and value is None and field.kind != "formula" and touched:
            errors.append(Invalid("records.required", path=field.key, field=field.words))
        if stands.read_only and field.key in keys and (id is not None or value is not None):
            errors.append(Invalid("records.read_only", path=field.key, field=field.words))
        if answers.get(f"f_{field.key}") is False:
            code = f"records.not_{field.format}"
            errors.append(Invalid(code, path=field.key, field=field.words, value=str(value)[:80]))
        if answers.get(f"m_{field.key}") is not None:
            missing = answers[f"m_{field.key}"]
            errors.append(Invalid("records.reference", path=field.key, field=field.words, value=missing))
        if answers.get(f"r_{field.key}") is False:
            errors.append(Invalid("records.reference", path=field.key, field=field.words, value=value))
    for at, group in enumerate(forms.unique_groups(form)):
        if answers.get(f"u_{at}"):
            errors.append(taken(form, group, now))
    faulty = {*wrong, *(one.path for one in errors if one.path)}
    errors += broken(
        rules, answers, widened(catalog, form, later) if later else (), widened(catalog, form, faulty) if faulty else ()
    )
    states = {key: state(rules, field, answers) for key in governed(rules) if (field := form.field(key))}
    return Examined(defaults, errors, states)


def stored(field: Field, value: Any) -> Any:
    """A value as the driver takes it."""
    return Jsonb(value) if value is not None and structured(field) else value


def taken(form: Form, group: tuple[str, ...], values: Mapping[str, Any]) -> Invalid:
    """Taken, and nothing else: not by whom."""
    fields = [field for key in group if (field := form.field(key)) is not None]
    plain = [str(values[field.key]) for field in fields if field.kind not in _REFERENCES and field.key in values]
    labels = Words.joined(field.words for field in fields)
    return Invalid("records.taken", path=group[-1], field=labels, value=" ".join(plain))


def _compile(
    tx: Tx, catalog: Catalog, rows: Rows, form: Form, keys: frozenset[str], filled: frozenset[str], new: bool
) -> tuple[Query, tuple[str, ...]]:
    draft = Draft(tx, catalog, form, keys if new else frozenset(field.key for field in form.fields))
    asked: dict[str, ColumnElement[Any]] = {}
    if new:
        asked = {f"d_{key}": draft.field(key) for key in draft.defaults}
    for field in form.fields:
        if field.kind in _REFERENCES and field.key in filled:
            asked[f"r_{field.key}"] = _readable(tx, field, draft.field(field.key))
        if field.kind in _LISTS and field.key in filled:
            asked[f"m_{field.key}"] = _first_missing(tx, field, draft.field(field.key))
        if field.format is not None and field.key in filled:
            asked[f"f_{field.key}"] = has_format(field, draft.field(field.key))
    for name, truth in behaviour.asked(catalog, form, draft, None if new else keys).items():
        asked[name] = truth
    target = rows.target
    for at, group in enumerate(forms.unique_groups(form)):
        if keys & set(group) or (new and set(group) & set(draft.defaults)):
            same = [target.c[key] == draft.field(key) for key in group]
            other = [] if new else [target.c.id != bindparam("v_id", type_=BigInteger)]
            asked[f"u_{at}"] = exists(select(target.c.id).where(target.c.deleted_at.is_(None), *same, *other))
    if not asked:
        return Query(""), ()
    return render(select(*(value.label(name) for name, value in asked.items())).select_from(draft.from_)), tuple(asked)


class Draft(DraftSource):
    """An unsaved record whose absent fields have their defaults; a default may read another one."""

    def __init__(self, tx: Tx, catalog: Catalog, form: Form, given: frozenset[str]) -> None:
        super().__init__({}, catalog.scope(form.key), lambda of: everything(tx, of).target)
        self.defaults = {field.key: field.default for field in form.fields if field.default and field.key not in given}
        self._catalog, self._form = catalog, form
        self._open: set[str] = set()

    def field(self, key: str) -> ColumnElement[Any]:
        own = self._form.field(key)
        if own is not None and own.kind == "formula":  # a maintained column: not written yet, so computed here
            return formula.compile(self._catalog.typed(self._form.key, key), self)
        default = self.defaults.get(key)
        if default is None or key in self._open:  # two defaults that read each other see blanks
            return super().field(key)
        self._open.add(key)
        info = self.scope.field(key)
        assert info is not None
        found = formula.compile(formula.check(default, self.scope, info.type), self)
        self._open.discard(key)
        return cast(found, formula.SQL_TYPES[info.type.kind])


def _first_missing(tx: Tx, field: Field, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first of a list of references that does not exist for this actor. One that stands there already may stay."""
    own = "person" if field.kind == "persons" else "relation"
    one = replace(field, kind=own)
    before = cast(bindparam(f"b_{field.key}"), ARRAY(BigInteger))
    wanted = func.unnest(value).table_valued("id", with_ordinality="n").render_derived(f"u_{field.key}")
    number = cast(wanted.c.id, BigInteger)
    there = or_(_readable(tx, one, number), func.coalesce(number == any_(before), false()))
    return select(number).where(~there).order_by(wanted.c.n).limit(1).scalar_subquery()


def _readable(tx: Tx, field: Field, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """The record exists for this actor; a person or department is active."""
    if field.kind != "relation":
        there = _PEOPLE[field.kind]
        return exists(select(there.c.id).where(there.c.id == value, there.c.active))
    if not may(tx, "read", field.to or ""):
        return false()
    target = readable(tx, field.to or "")
    where = target.where
    return exists(
        select(target.source.field("id")).select_from(target.from_).where(where, target.source.field("id") == value)
    )

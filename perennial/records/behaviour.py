"""What a form's formulas say of a draft: which fields are shown, required and locked, and which checks it breaks.

The same trees are compiled over one unsaved record (`asked`, a part of the statement that examines it) and over records
that a set write has just written (`obey`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    or_,
    select,
    true,
)

from perennial import forms, formula
from perennial.access import everything
from perennial.forms import Behaviour, Catalog, Field, Form
from perennial.formula import Source, Typed
from perennial.kernel import Invalid, Query, Tx, render
from perennial.records.compiled import kept

VISIBLE, REQUIRED, READ_ONLY = "visible_when", "required_when", "read_only_when"
_SHORT = {VISIBLE: "w", REQUIRED: "q", READ_ONLY: "l"}


def touches(typed: Typed, keys: Collection[str] | None) -> bool:
    """The formula reads one of these fields of the record itself. None: everything is new."""
    return keys is None or any(path.partition(".")[0] in keys for path in typed.reads)


def widened(of: Catalog, form: Form, keys: Collection[str]) -> frozenset[str]:
    """These fields and collections, and the computed fields of the form that rest on them."""
    found, reads = set(keys), dict[str, frozenset[str]]()
    for field in form.fields:
        if field.kind == "formula":
            heads = (path.partition(".")[0] for path in of.typed(form.key, field.key).reads)
            reads[field.key] = frozenset(heads)
    while more := {key for key, heads in reads.items() if key not in found and heads & found}:
        found |= more
    return frozenset(found)


def asked(of: Catalog, form: Form, source: Source, keys: Collection[str] | None) -> dict[str, ColumnElement[Any]]:
    """One truth per condition and check that matters when `keys` change, named by `_SHORT` and `k_<number>`.

    A field that became required because of another one is asked for too; what stood wrong before and has nothing to do
    with this write does not stop it.
    """
    found: dict[str, ColumnElement[Any]] = {}
    behaviour = of.behaviour(form.key)
    keys = None if keys is None else widened(of, form, keys)
    for attribute, trees in behaviour.conditions.items():
        for key, typed in trees.items():
            found[f"{_SHORT[attribute]}_{key}"] = _truth(typed, source)
    for at, (_, typed) in enumerate(behaviour.checks):
        if touches(typed, keys):
            found[f"k_{at}"] = _truth(typed, source)
    return found


def _truth(typed: Typed, source: Source) -> ColumnElement[bool]:
    return func.coalesce(formula.compile_condition(typed, source), false())


@dataclass(frozen=True, slots=True)
class State:
    """How one field stands in a draft."""

    visible: bool
    required: bool
    read_only: bool


def state(behaviour: Behaviour, field: Field, answers: Mapping[str, Any]) -> State:
    """What is not shown is not required either."""
    said = {attribute: answers.get(f"{short}_{field.key}") for attribute, short in _SHORT.items()}
    visible = said[VISIBLE] is not False
    required = (field.required or bool(said[REQUIRED])) and visible
    return State(visible, required, bool(said[READ_ONLY]))


def governed(behaviour: Behaviour) -> list[str]:
    """Fields that some condition speaks about."""
    return list(dict.fromkeys(key for trees in behaviour.conditions.values() for key in trees))


def became_required(behaviour: Behaviour, field: Field, keys: Collection[str]) -> bool:
    """A write of these fields (`widened`) may have made it required."""
    trees = [behaviour.conditions[name].get(field.key) for name in (REQUIRED, VISIBLE)]
    return any(typed is not None and touches(typed, keys) for typed in trees)


def broken(
    behaviour: Behaviour, answers: Mapping[str, Any], later: Collection[str] = (), wrong: Collection[str] = ()
) -> list[Invalid]:
    """later  collections (`widened`) whose rows are still to be written: what reads them cannot be judged yet
    wrong  fields (`widened`) that have a fault of their own: what reads them says nothing more"""
    unknown = {*later, *wrong}
    return [
        Invalid("records.check", path=check.field, message=check.words)
        for at, (check, typed) in enumerate(behaviour.checks)
        if answers.get(f"k_{at}") is False and not (unknown and touches(typed, unknown)) and check.field not in wrong
    ]


def obey_one(tx: Tx, form: str, record_id: int, collections: Collection[str]) -> None:
    """The record's checks that read these collections hold, now that their rows are written."""
    try:
        obey(tx, form, [record_id], collections)
    except Invalid as error:
        if error.code != "records.set_check":
            raise
        raise Invalid("records.check", path=error.path, message=error.facts["message"]) from error


def obey(tx: Tx, form: str, ids: Sequence[int], keys: Collection[str] | None) -> None:
    """These records, just written by a set, obey checks, formats and what is required when; else Invalid with how many
    do not, of the first rule that is broken. One statement, and none where no rule speaks of these fields.

    keys  what was written; None: the records are new
    """
    if not ids:
        return
    catalog = forms.catalog(tx)
    shape = ("obey", catalog.version, form, None if keys is None else frozenset(keys))
    query, rules = kept(shape, lambda: _obeying(tx, catalog, catalog.form(form), keys))
    if not rules:
        return
    counts = tx.one(query, {"ids": list(ids)}) or {}
    for at, rule in enumerate(rules):
        if counts[f"n_{at}"]:
            facts = {**rule.facts, "count": counts[f"n_{at}"], "record": counts[f"r_{at}"]}
            raise Invalid(rule.code, path=rule.path, **facts)


def breaches(tx: Tx, form: str, ids: Sequence[int], keys: Collection[str]) -> "list[tuple[int, Rule]]":
    """Which of these records, just written, break a rule that speaks of `keys`: each with the first that it breaks."""
    catalog = forms.catalog(tx)
    source = everything(tx, form).source
    found = rules(catalog, catalog.form(form), source, keys) if ids else []
    if not found:
        return []
    first = case(*((~rule.holds, at) for at, rule in enumerate(found)))
    own = source.field("id")
    asked = select(own.label("id"), first.label("rule")).select_from(source.from_)
    asked = asked.where(own == any_(cast(list(ids), ARRAY(BigInteger))), or_(*(~rule.holds for rule in found)))
    return [(row["id"], found[row["rule"]]) for row in tx.rows(asked.order_by(own))]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a record breaks when `holds` is not true."""

    code: str
    path: str | None
    facts: Mapping[str, Any]
    holds: ColumnElement[bool]
    far: bool = False  # it looks at other records
    format: bool = False


def rules(of: Catalog, form: Form, source: Source, keys: Collection[str] | None) -> list[Rule]:
    """What records of a set must hold: checks, formats, and fields that are required under a condition."""
    behaviour = of.behaviour(form.key)
    keys = None if keys is None else widened(of, form, keys)
    found = [
        Rule(
            "records.set_check",
            check.field,
            {"message": check.words, "form": form.words},
            _truth(typed, source),
            _far(typed),
        )
        for check, typed in behaviour.checks
        if touches(typed, keys)
    ]
    for field in form.fields:
        if field.format is not None and (keys is None or field.key in keys):
            value = source.field(field.key)
            facts = {"message": field.words, "form": form.words}
            holds = or_(value.is_(None), has_format(field, value))
            found.append(Rule("records.set_check", field.key, facts, holds, format=True))
        wanted = behaviour.conditions[REQUIRED].get(field.key)
        if wanted is None or not (keys is None or field.key in keys or became_required(behaviour, field, keys)):
            continue
        shown = behaviour.conditions[VISIBLE].get(field.key)
        needed = and_(_truth(wanted, source), true() if shown is None else _truth(shown, source))
        facts = {"field": field.words, "form": form.words}
        holds = or_(source.field(field.key).is_not(None), ~needed)
        found.append(Rule("records.set_required", field.key, facts, holds, _far(wanted)))
    return found


def _far(typed: Typed) -> bool:
    return any("." in path or path.startswith("!") for path in typed.reads)


def has_format(field: Field, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """The text has the format of its field; the one place that says so, in the database."""
    return func.forms.has_format(field.format, value)


def _obeying(tx: Tx, catalog: Catalog, form: Form, keys: Collection[str] | None) -> tuple[Query, list[Rule]]:
    source = everything(tx, form.key).source
    found = rules(catalog, form, source, keys)
    if not found:
        return Query(""), []
    own = source.field("id")
    columns: list[ColumnElement[Any]] = []
    for at, rule in enumerate(found):
        columns.append(func.count().filter(~rule.holds).label(f"n_{at}"))
        columns.append(func.min(own).filter(~rule.holds).label(f"r_{at}"))
    written = own == any_(cast(bindparam("ids"), ARRAY(BigInteger)))
    return render(select(*columns).select_from(source.from_).where(written)), found

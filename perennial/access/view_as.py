"""View as: one record as another person sees it, every rule that was tried and the one that decided.

Whoever designs a form is trusted with it, so they may ask; each look is kept (`access.viewing`). Read-only: inside
`seeing_as` the rooms answer as they would answer that person.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perennial import people
from perennial.access.grant import LEVELS, Grant, Role
from perennial.access.publish import roles
from perennial.access.rows import everything
from perennial.access.scopes import owner_field
from perennial.access.source import RowSource, solid
from perennial.access.view import View, supposed, system_view
from perennial.forms import Catalog, catalog
from perennial.kernel import Actor, Missing, Row, Tx


@dataclass(frozen=True, slots=True)
class Rule:
    """One role's grant on the form. `rows` None: the role grants nothing here. `holds`: the record lies in its rows."""

    role: str
    label: str
    label_en: str | None
    rows: str | None
    rights: tuple[str, ...]
    holds: bool
    decided: bool


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """`role`: the label of the role whose grant gave the level; None when no rule holds."""

    key: str
    level: str
    role: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """`owner`: who keeps the record, what the scopes "own" and "department" look at."""

    visible: bool
    rules: list[Rule]
    fields: list[FieldSeen]
    owner: str | None
    total: int


@contextmanager
def seeing_as(tx: Tx, person_id: int) -> Generator[None]:
    """Inside, rows and fields are those of that person. For reading alone."""
    me, tx.actor = tx.actor, Actor("person", person_id, people.find(tx, person_id).name)
    try:
        yield
    finally:
        tx.actor = me


def view_as(tx: Tx, person_id: int, form: str, record_id: int) -> Seen:
    """How a person stands to a record; Missing when there is no such live record.

    Every role that they hold is tried, in the order of the roles; the first whose rows hold the record decides that it
    is seen. A field has the highest level among the rules that hold.
    """
    found = catalog(tx)
    if form not in found:
        raise Missing("forms.no_such_form", form=form)
    person = people.find(tx, person_id)
    held = [role for role in roles(tx) if role.key in person.roles]
    grants = [(role, _grant(found, role, form)) for role in held]
    source = RowSource(system_view(found), form)
    tried = [solid(source.in_any([grant.rows])) if grant else sa.false() for _, grant in grants]
    owner = owner_field(found.form(form))
    keeper = source.field("created_by") if owner is None else sa.func.coalesce(
        source.field(owner), source.field("created_by")
    )  # fmt: skip
    columns = [one.label(f"rule_{at}") for at, one in enumerate(tried)]
    row = tx.one(
        sa.select(keeper.label("keeper"), *columns)
        .where(source.undeleted, source.table.c["id"] == record_id)
        .select_from(source.from_),
        {"me": person_id},
    )
    if row is None:
        raise Missing("records.missing")
    rules: list[Rule] = []
    for at, (role, grant) in enumerate(grants):
        holds = bool(row[f"rule_{at}"])
        decided = holds and "read" in (grant.rights if grant else ()) and not any(one.decided for one in rules)
        rules.append(Rule(
            role.key, role.head.label, role.head.label_en, grant.rows if grant else None,
            grant.rights if grant else (), holds, decided,
        ))  # fmt: skip
    visible = any(one.decided for one in rules)
    counting = [role for role, rule in zip(held, rules, strict=True) if rule.holds and "read" in rule.rights]
    fields = _fields(found, form, counting) if visible else []
    return Seen(visible, rules, fields, _name(tx, row["keeper"]), _total(tx, form))


def note_viewing(tx: Tx, person_id: int, form: str, record_id: int, *, visible: bool) -> None:
    """The look is kept, under the name of who really looked."""
    tx.run(
        "INSERT INTO access.viewing (by, person_id, form, record_id, visible)"
        " VALUES (%(me)s, %(person)s, %(form)s, %(record)s, %(visible)s)",
        {"person": person_id, "form": form, "record": record_id, "visible": visible},
    )


def viewings(tx: Tx, *, limit: int = 50) -> list[Row]:
    """The newest looks first."""
    return tx.rows(
        "SELECT v.id, v.at, b.name AS by, p.name AS person, v.form, v.record_id, v.visible FROM access.viewing v"
        " JOIN people.person b ON b.id = v.by JOIN people.person p ON p.id = v.person_id ORDER BY v.id DESC"
        " LIMIT %(limit)s",
        {"limit": limit},
    )


def _grant(found: Catalog, role: Role, form: str) -> Grant | None:
    return next(iter(_alone(found, role).all_grants(form)), None)


def _alone(found: Catalog, role: Role) -> View:
    return supposed(found, frozenset(), [role])


def _fields(found: Catalog, form: str, holding: list[Role]) -> list[FieldSeen]:
    """Per field the highest level among the roles whose rows hold the record, and the first role that gives it."""
    views = [(role, _alone(found, role)) for role in holding]
    told: list[FieldSeen] = []
    for one in found.form(form).fields:
        levels = [(view.level(form, one.key), role.head.label) for role, view in views]
        level, label = max(levels, key=lambda pair: LEVELS.index(pair[0]))
        told.append(FieldSeen(one.key, "read" if level == "write" and one.kind == "formula" else level, label))
    return told


def _name(tx: Tx, person_id: Any) -> str | None:
    return tx.value("SELECT name FROM people.person WHERE id = %(id)s", {"id": person_id})


def _total(tx: Tx, form: str) -> int:
    rows = everything(tx, form)
    return int(tx.value(sa.select(sa.func.count()).where(rows.where).select_from(rows.from_)))

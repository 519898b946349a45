"""What other roles would mean for people, before they are published: who gains and who loses how many records.

In:   roles as they would be
Out:  per holder and form the records read before and after; the system rights that come and go; computed fields that
      would tell what their inputs hide
One statement counts for all people who hold the same roles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from perennial import people
from perennial.access.grant import Role
from perennial.access.publish import roles
from perennial.access.source import RowSource, solid
from perennial.access.view import PEOPLE, View, supposed, system_view
from perennial.forms import Catalog, Reference, catalog, reads
from perennial.kernel import Invalid, Row, Tx, render

_FULL = ("read", "write")


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one person on one form: how many records they read before and after, how many come and go."""

    person_id: int
    name: str
    form: str
    before: int
    after: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class RightsEffect:
    """System rights that a person gains or loses."""

    person_id: int
    name: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(slots=True)
class Effects:
    """`uncounted`: forms whose new rows cannot be counted, since the condition does not hold with the forms in force.
    `own_administration`: the acting person would lose the right to design, so publishing is refused."""

    people: list[Effect] = field(default_factory=list[Effect])
    rights: list[RightsEffect] = field(default_factory=list[RightsEffect])
    uncounted: list[str] = field(default_factory=list[str])
    own_administration: bool = False


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A computed field that a role reads, and what it is computed from that the role does not. `kept`: the role names
    the field, so somebody has decided that it may be read all the same."""

    form: str
    field: str
    inputs: tuple[tuple[str, str], ...]
    kept: bool


def effects(tx: Tx, changed: Mapping[str, Role | None]) -> Effects:
    """What publishing these roles (None: it goes) would change for their holders. Nothing is written."""
    found = catalog(tx)
    now = {role.key: role for role in roles(tx)}
    ids = {key: role.head.id or 0 for key, role in now.items()}
    then = {key: role for key, role in {**now, **changed}.items() if role is not None}
    told = Effects()
    for group in _groups(tx, [ids[key] for key in changed if key in ids]):
        held = [key for key, number in ids.items() if number in group["roles"]]
        before = [now[key] for key in held]
        after = [then[key] for key in held if key in then]
        members: dict[int, str] = dict(zip(group["ids"], group["names"], strict=True))
        _rights(tx, told, members, before, after)
        number = frozenset(group["roles"])
        _rows(tx, told, members, supposed(found, number, before), supposed(found, number, after))
    told.people.sort(key=lambda one: (-(one.gained + one.lost), one.name, one.form))
    return told


def disclosures(found: Catalog, *held: Role) -> list[Disclosure]:
    """Computed fields that show whoever holds these roles what their inputs hide."""
    view = supposed(found, frozenset(), held)
    told: list[Disclosure] = []
    for form in found.forms:
        for one in form.fields:
            if not one.formula or not view.may(form.key, "read") or view.level(form.key, one.key) not in _FULL:
                continue
            inputs = sorted(
                (at, key)
                for at, key in reads(found, Reference(f"fields.{one.key}", form.key, one.formula))
                if at not in PEOPLE and key and (at, key) != (form.key, one.key)
                if at in found and found.form(at).field(key)
                if not view.may(at, "read") or view.level(at, key) not in _FULL
            )
            kept = any(grant.form == form.key and one.key in grant.fields for role in held for grant in role.grants)
            if inputs:
                told.append(Disclosure(form.key, one.key, tuple(inputs), kept))
    return told


def reach(tx: Tx, key: str, form: str) -> int:
    """How many records of a form the holders of this role read today by it alone, each counted once."""
    found = catalog(tx)
    role = next((one for one in roles(tx) if one.key == key), None)
    scopes = [grant.rows for grant in supposed(found, frozenset(), [role] if role else []).grants(form)]
    readers = people.holders(tx, key)
    if not scopes or not readers:
        return 0
    source = RowSource(system_view(found), form)
    held = solid(source.in_any(scopes))
    query = render(sa.select(source.table.c["id"]).where(source.undeleted, held).select_from(source.from_))
    return tx.value(
        "SELECT count(DISTINCT x.id) FROM unnest(%(readers)s::bigint[]) AS reader (id)"
        f" CROSS JOIN LATERAL ({query.text.replace('%(me)s', 'reader.id')}) AS x",
        {**query.params, "readers": readers[:1] if "all" in scopes else readers},
    )


def _groups(tx: Tx, roles: Sequence[int]) -> list[Row]:
    """Active holders of any of these roles, by the set of all roles that they hold."""
    return tx.rows(
        "SELECT h.roles, array_agg(h.id ORDER BY h.id) AS ids, array_agg(h.name ORDER BY h.id) AS names FROM ("
        " SELECT p.id, p.name, array_agg(m.role_id ORDER BY m.role_id) AS roles"
        "   FROM people.person p JOIN people.membership m ON m.person_id = p.id WHERE p.active GROUP BY p.id"
        " HAVING array_agg(m.role_id) && %(roles)s::bigint[]) h GROUP BY h.roles ORDER BY h.roles",
        {"roles": list(roles)},
    )


def _rights(tx: Tx, told: Effects, members: Mapping[int, str], before: Sequence[Role], after: Sequence[Role]) -> None:
    had = {right for role in before for right in role.head.may}
    has = {right for role in after for right in role.head.may}
    if had == has:
        return
    told.own_administration |= "design" in had - has and tx.actor.id in members
    told.rights += [
        RightsEffect(id_, name, tuple(sorted(has - had)), tuple(sorted(had - has))) for id_, name in members.items()
    ]


def _rows(tx: Tx, told: Effects, names: Mapping[int, str], before: View, after: View) -> None:
    for form in before.catalog.forms:
        scopes = [list(dict.fromkeys(grant.rows for grant in view.grants(form.key))) for view in (before, after)]
        if set(scopes[0]) == set(scopes[1]):
            continue
        try:
            query = render(_counts(before.catalog, form.key, *scopes))
        except Invalid:
            if form.key not in told.uncounted:
                told.uncounted.append(form.key)
            continue
        # the reader of each row scope is a column here, so that one statement counts for all of them
        text = query.text.replace("%(me)s", "reader.id")
        counted = tx.rows(
            "SELECT reader.id, x.* FROM unnest(%(readers)s::bigint[]) AS reader (id)"
            f" CROSS JOIN LATERAL ({text}) AS x WHERE x.gained > 0 OR x.lost > 0",
            {**query.params, "readers": list(names)},
        )
        told.people += [
            Effect(row["id"], names[row["id"]], form.key, row["before"], row["after"], row["gained"], row["lost"])
            for row in counted
        ]


def _counts(found: Catalog, form: str, had: list[str], has: list[str]) -> Any:
    source = RowSource(system_view(found), form)
    before, after = solid(source.in_any(had)), solid(source.in_any(has))
    counts = {
        "before": before, "after": after,
        "gained": sa.and_(after, sa.not_(before)), "lost": sa.and_(before, sa.not_(after)),
    }  # fmt: skip
    columns: list[Any] = [sa.func.count().filter(condition).label(name) for name, condition in counts.items()]
    return sa.select(*columns).where(source.undeleted).select_from(source.from_)

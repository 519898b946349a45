"""Who reads: the grants of a set of roles, merged per form, cached until the next publication.

How several roles add up. Each role's grant on a form is (rows, rights, fields).
- A person may do an act to a record when one of their grants has the right and its rows hold the record.
- A field of a record has the highest level among the grants whose rows hold that record. A grant without update cannot
  raise a level above read for existing records, one without create not for new ones.
- The system has every right on every row, and every field.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from perennial.access.grant import EVERY, LEVELS, Grant, Role
from perennial.access.scopes import through
from perennial.forms import Catalog, catalog
from perennial.kernel import Tx
from perennial.people import standing

T = TypeVar("T")
KEPT = 256  # views in memory: role sets times publications
PEOPLE = ("person", "department")  # known to everybody: a colleague's name is no secret


@dataclass(slots=True)
class View:
    """`roles` None: the system. Equal `key` means equal SQL for everything compiled from here."""

    catalog: Catalog
    roles: frozenset[int] | None
    _granted: Mapping[str, tuple[Grant, ...]]
    _kept: dict[Hashable, Any] = field(default_factory=dict[Hashable, Any])

    @property
    def key(self) -> tuple[int, frozenset[int] | None]:
        return self.catalog.version, self.roles

    @property
    def everything(self) -> bool:
        return self.roles is None

    def grants(self, form: str, right: str = "read") -> tuple[Grant, ...]:
        """The grants with `right` on a form."""
        return tuple(grant for grant in self._granted.get(form, ()) if right in grant.rights)

    def all_grants(self, form: str) -> tuple[Grant, ...]:
        """The grants on a form, whatever their rights."""
        return self._granted.get(form, ())

    def may(self, form: str, right: str) -> bool:
        if form in PEOPLE:
            return right == "read" or self.everything
        return self.everything or bool(self.grants(form, right))

    def levels(self, form: str, key: str, right: str = "read") -> dict[str, list[str]]:
        """level -> the row scopes in which the field has it, among the grants with `right`; highest level first."""
        found: dict[str, list[str]] = {}
        for grant in self.grants(form, right):
            level = grant.level(key)
            if level == "write" and right == "read" and "update" not in grant.rights:
                level = "read"
            found.setdefault(level, []).append(grant.rows)
        return {level: found[level] for level in reversed(LEVELS) if level in found}

    def level(self, form: str, key: str, right: str = "read") -> str:
        """The highest level that the field has on any record."""
        if self.everything or form in PEOPLE:
            return "write" if self.everything else "read"
        return next(iter(self.levels(form, key, right)), "hidden")

    def always(self, form: str, key: str, least: str = "read") -> bool:
        """The field has at least this level on every record that the person may read."""
        if self.everything or form in PEOPLE:
            return True
        enough = LEVELS[LEVELS.index(least) :]
        levels = self.levels(form, key)
        return any("all" in scopes for level, scopes in levels.items() if level in enough) or (
            bool(levels) and all(level in enough for level in levels)
        )

    def kept(self, name: Hashable, make: Callable[[], T]) -> T:
        """What follows from this view alone is made once."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]


_views: "OrderedDict[Hashable, View]" = OrderedDict()


def view(tx: Tx) -> View:
    """How the actor of this transaction sees the workspace. No round trip when this process met it before."""
    return view_of(tx, None if tx.actor.kind == "system" else standing(tx).roles)


def view_of(tx: Tx, roles: frozenset[int] | None) -> View:
    """How whoever holds these roles sees the workspace; None: the system."""
    found = catalog(tx)
    key = (found.version, roles)
    known = _views.get(key)
    if known is None:
        known = _views[key] = View(found, roles, {} if roles is None else _granted(tx, found, roles))
        while len(_views) > KEPT:
            _views.popitem(last=False)
    return known


def system_view(catalog: Catalog) -> View:
    """Everything; what published definitions are computed over."""
    key = (catalog.version, None)
    if key not in _views:
        _views[key] = View(catalog, None, {})
    return _views[key]


def _granted(tx: Tx, catalog: Catalog, roles: frozenset[int]) -> dict[str, tuple[Grant, ...]]:
    """form -> grants of all roles; a role's "*" stands for the forms that it does not name."""
    rows = tx.rows(
        "SELECT role_id, form, rows, rights, fields FROM access.form_grant WHERE role_id = ANY(%(roles)s)"
        " ORDER BY role_id, form",
        {"roles": sorted(roles)},
    )
    by_role: dict[int, dict[str, Grant]] = {}
    for row in rows:
        grant = Grant(row["form"], row["rows"], tuple(row["rights"]), row["fields"])
        by_role.setdefault(row["role_id"], {})[row["form"]] = grant
    return merged(catalog, by_role.values())


def merged(catalog: Catalog, roles: Iterable[Mapping[str, Grant]]) -> dict[str, tuple[Grant, ...]]:
    """form -> the grants of these roles on it; each role is form -> its grant."""
    mine = list(roles)
    found: dict[str, tuple[Grant, ...]] = {}
    for form in catalog.forms:
        grants = [_grant(catalog, form.key, grants) for grants in mine]
        found[form.key] = tuple(grant for grant in grants if grant)
    return found


def supposed(catalog: Catalog, ids: frozenset[int], roles: Iterable[Role]) -> View:
    """How somebody with these roles would see the workspace; never cached, since nothing is published."""
    return View(catalog, ids, merged(catalog, [{grant.form: grant for grant in role.grants} for role in roles]))


def _grant(catalog: Catalog, form: str, grants: Mapping[str, Grant]) -> Grant | None:
    """One role's grant on a form. Rows of a sub-table that it does not name are as its parent's: who may change the
    parent may add, change and remove them."""
    place = catalog.place_within(form)
    if form in grants or place is None:
        return grants.get(form) or grants.get(EVERY)
    parent, back = place
    above = _grant(catalog, parent, grants)
    if above is None:
        return None
    rights = ("read", "create", "update", "delete") if "update" in above.rights else ("read",)
    if "create" in above.rights and "create" not in rights:
        rights = (*rights, "create")  # a new parent comes with its rows
    readable = rights if "read" in above.rights else ()
    return Grant(form, through(back, above.rows), readable, {EVERY: above.level(EVERY)}, derived=True)

"""A row scope as a condition over a source of raw rows.

The owner of a record is its owner field (`Form.owner`, else the first person field), and while that is blank who
created it. "Department" means the owner's department or the one in the form's first department field; a form with
neither asks the record that its first fitting relation points to (contact -> customer), else who created it. My
departments are mine and those I head. People come by IN (SELECT …): a list of ids would change the plan with its
length.
"""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import ColumnElement

from perennial.forms import Catalog, Form
from perennial.formula import check, compile_condition

if TYPE_CHECKING:
    from perennial.access.source import RowSource

ME = sa.bindparam("me", type_=sa.BigInteger())  # bound by every Tx
_HERE = """SELECT d.id FROM people.department d
 WHERE d.head_id = :me OR d.id = (SELECT p.department_id FROM people.person p WHERE p.id = :me)"""
_BELOW = f"SELECT t.department_id FROM people.department_tree t WHERE t.above_id IN ({_HERE})"


_OF = "of "  # no formula begins so


def through(relation: str, scope: str) -> str:
    """The scope of rows whose record at `relation` lies in `scope`: a sub-table's rows are those of its parent."""
    return scope if scope == "all" else f"{_OF}{relation}: {scope}"


def holds(scope: str, source: "RowSource") -> ColumnElement[bool]:
    """The record of `source` lies in the scope. `source` must be raw: scopes are tested on what is stored."""
    if scope == "all":
        return sa.true()
    if scope.startswith(_OF):
        relation, _, above = scope.removeprefix(_OF).partition(":")
        return holds(above.strip(), source.parent(relation))
    if scope == "own":
        return _owned(source, lambda person: person == ME)
    if scope in ("department", "department_below"):
        return _department(source, _BELOW if scope == "department_below" else _HERE, set())
    typed = check(scope, source.view.catalog.scope(source.form), want="yes_no")
    return compile_condition(typed, source)


def owner_field(form: Form) -> str | None:
    return form.owner or _first(form, "person")


def _owned(source: "RowSource", mine: Any) -> ColumnElement[bool]:
    owner = owner_field(source.view.catalog.form(source.form))
    creator = source.field("created_by")
    if owner is None:
        return mine(creator)
    return sa.or_(mine(source.field(owner)), sa.and_(source.field(owner).is_(None), mine(creator)))


def _department(source: "RowSource", departments: str, seen: set[str]) -> ColumnElement[bool]:
    catalog = source.view.catalog
    form = catalog.form(source.form)
    own = _first(form, "department")
    if own is None and owner_field(form) is None:
        relation = _relation(catalog, form, seen | {form.key})
        if relation is not None:
            return _department(source.parent(relation), departments, seen | {form.key})

    def member(person: ColumnElement[Any]) -> ColumnElement[bool]:
        colleagues = f"SELECT p.id FROM people.person p WHERE p.department_id IN ({departments})"
        return person.in_(_ids(colleagues))

    if own is None:
        return _owned(source, member)
    return sa.or_(source.field(own).in_(_ids(departments)), _owned(source, member))


def _relation(catalog: Catalog, form: Form, seen: set[str]) -> str | None:
    """The first relation to a form that knows whose its records are."""
    for field in form.fields:
        if field.kind == "relation" and field.to and field.to not in seen:
            target = catalog.form(field.to)
            if _first(target, "department") or owner_field(target) or _relation(catalog, target, seen | {field.to}):
                return field.key
    return None


def _first(form: Form, kind: str) -> str | None:
    return next((field.key for field in form.fields if field.kind == kind), None)


def _ids(text: str) -> Any:
    return sa.text(text).bindparams(ME).columns(sa.column("id", sa.BigInteger())).scalar_subquery()

"""How a form behaves while it is filled in: what is shown, required and locked when, and what its records must hold.

Every formula of a form with its place is found here (`places`), typed once per catalog.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perennial.forms.definition import Check, Field, Form
from perennial.forms.layout import cells
from perennial.formula import Kind, Type, Typed, check, without_changes
from perennial.kernel import Invalid

if TYPE_CHECKING:
    from perennial.forms.catalog import Catalog

CONDITIONS = ("visible_when", "required_when", "read_only_when")


@dataclass(frozen=True, slots=True)
class Place:
    """One formula text of a form. `field` None: a check of the form."""

    path: str
    attribute: str  # formula, default, visible_when, required_when, read_only_when, counts_down_while, check
    text: str
    field: Field | None = None
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`conditions`: attribute -> field -> tree. `checks`: what must hold, in the order of the definition."""

    conditions: Mapping[str, Mapping[str, Typed]]
    checks: tuple[tuple[Check, Typed], ...]

    @property
    def empty(self) -> bool:
        return not self.checks and not any(self.conditions.values())


def places(form: Form) -> Iterator[Place]:
    """Every formula of the definition, in its order."""
    for at, field in enumerate(form.fields):
        texts = {"formula": field.formula, "default": field.default}
        texts |= {name: getattr(field, name) for name in (*CONDITIONS, "counts_down_while")}
        for attribute, text in texts.items():
            if text is not None:
                yield Place(f"{form.key}.fields[{at}].{attribute}", attribute, text, field)
    for at, one in enumerate(form.checks):
        yield Place(f"{form.key}.checks[{at}].formula", "check", one.formula, form.field(one.field or ""), one)


def typed(of: "Catalog", form: Form, place: Place) -> Typed:
    """The tree of one of them; the error names form, field and place."""
    scope = of.scope(form.key)
    key = place.field.key if place.field else ""
    try:
        if place.attribute == "formula":
            found = without_changes(of.typed(form.key, key))
            if found.type.family in ("references", "relation"):  # a field of those says where its records stand
                raise Invalid("forms.no_result", kind=found.type.kind, field=place.field.label if place.field else "")
            return found
        known = scope.field(key) if place.attribute == "default" else None
        want: Type | Kind = known.type if known is not None else "yes_no"
        return without_changes(check(place.text, scope, want=want))
    except Invalid as error:
        label = place.field.label if place.field else place.check.message if place.check else ""
        raise Invalid(error.code, path=place.path, **{**error.facts, "form": form.label, "field": label}) from error


def behaviour(of: "Catalog", form: Form) -> Behaviour:
    conditions: dict[str, dict[str, Typed]] = {name: {} for name in CONDITIONS}
    checks: list[tuple[Check, Typed]] = []
    for place in places(form):
        if place.check is not None:
            checks.append((place.check, typed(of, form, place)))
        elif place.attribute in CONDITIONS and place.field is not None:
            conditions[place.attribute][place.field.key] = typed(of, form, place)
    return Behaviour(conditions, tuple(checks))


def check_formulas(of: "Catalog", form: Form) -> None:
    """`Invalid` for the first formula of the form that does not type."""
    for place in places(form):
        typed(of, form, place)


def within(of: "Catalog", form: str) -> tuple[str, str] | None:
    """Of a sub-table: the form that it lives in and the relation that says in which record."""
    definition = of.form(form)
    if definition.within is None:
        return None
    back = next(
        (
            field.key
            for field in definition.fields
            if field.kind == "relation" and field.to == definition.within and field.required and field.reverse
        ),
        None,
    )
    return None if back is None else (definition.within, back)


def check_within(of: "Catalog", form: Form) -> None:
    """A sub-table has its place in a form that stands, sub-tables that the layout names exist."""
    if form.within is not None:
        path = f"{form.key}.within"
        if form.within not in of:
            raise Invalid("forms.no_such_form", path=path, form=form.within)
        if within(of, form.key) is None:
            raise Invalid("forms.within", path=path, form=form.label, parent=of.form(form.within).label)
        above: str | None = form.within
        while above is not None:
            if above == form.key:
                raise Invalid("forms.within_itself", path=path, form=form.label)
            above = of.form(above).within if above in of else None
    for path, cell in cells(form.layout):
        if cell.sub_table is not None and cell.sub_table not in of.sub_tables(form.key):
            raise Invalid("forms.no_sub_table", path=f"{form.key}.{path}", form=form.label, collection=cell.sub_table)

"""Places in definitions that name fields: what a change of a form touches, and what must still hold afterwards.

A definition of any kind lists its references without looking anything up; `reads` and `verify` then ask one catalog,
the one in force or the one that would be.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from perennial.forms.catalog import Catalog
from perennial.forms.definition import Field, Form
from perennial.forms.layout import cells
from perennial.formula import Collection, Deciding, FieldInfo, Kind, Scope, Type, check
from perennial.kernel import Invalid, Missing

Place = tuple[str, str]  # (form, field)


@dataclass(frozen=True, slots=True)
class Reference:
    """One place: a formula over `form`, the key of a field of it, or the form itself.

    path     where it stands in the definition's tree
    through  the key belongs to the form that this relation path leads to; a formula is one over that form
    want     formula: the kind that it must give
    fits     formula: it becomes the value of this field: (form, through, key)
    place    a person's word for it: the field, the node
    loose    it may lose its field: then it says nothing any longer (a field grant)
    """

    path: str
    form: str
    text: str = ""
    what: Literal["formula", "field", "form"] = "formula"
    through: str = ""
    want: Kind | None = None
    fits: tuple[str, str, str] | None = None
    place: str = ""
    loose: bool = False


def references(form: Form) -> list[Reference]:
    """What a form's definition names, of itself and of others."""
    found: list[Reference] = []
    for at, field in enumerate(form.fields):
        path = f"fields[{at}]"
        own = (form.key, "", field.key)
        if field.kind == "formula" and field.formula:
            found.append(Reference(f"{path}.formula", form.key, field.formula, place=field.label))
        if field.default:
            found.append(Reference(f"{path}.default", form.key, field.default, fits=own, place=field.label))
        for name in ("visible_when", "required_when", "read_only_when", "counts_down_while"):
            if text := getattr(field, name):
                found.append(Reference(f"{path}.{name}", form.key, text, want="yes_no", place=field.label))
        if field.to:
            found.append(Reference(f"{path}.to", field.to, what="form", place=field.label))
    for at, one in enumerate(form.checks):
        found.append(Reference(f"checks[{at}].formula", form.key, one.formula, want="yes_no", place=one.message))
        if one.field:
            found.append(Reference(f"checks[{at}].field", form.key, one.field, "field", place=one.message))
    if form.within:
        found.append(Reference("within", form.within, what="form"))
    for path, cell in cells(form.layout):
        if cell.sub_table:  # it stands for the rows, as an aggregate does
            found.append(Reference(path, form.key, f"COUNTIF({cell.sub_table}, TRUE)", place=cell.sub_table))
    named = [("title", form.title), ("owner", form.owner)]
    named += [(f"card[{at}]", key) for at, key in enumerate(form.card)]
    named += [(f"unique[{at}]", key) for at, unique in enumerate(form.unique) for key in unique.fields]
    found += [Reference(path, form.key, key, "field") for path, key in named if key]
    return found


def verify(catalog: Catalog, reference: Reference) -> None:
    """Invalid when the place would be left without its form or field, or its formula does not type."""
    try:
        _verify(catalog, reference)
    except Missing as error:
        raise Invalid(error.code, path=reference.path, **error.facts) from error
    except Invalid as error:
        raise Invalid(error.code, path=reference.path, **error.facts) from error


def _verify(catalog: Catalog, one: Reference) -> None:
    scope = _scope(catalog, one.form, one.through)
    if one.what == "field":
        info = scope.field(one.text)
        if info is None or info.key != one.text:
            raise Invalid("forms.no_such_field", field=one.text, form=scope.form)
    if one.what == "formula":
        want: Type | Kind | None = one.want
        if one.fits is not None:
            form, through, key = one.fits
            field = _scope(catalog, form, through).field(key)
            want = None if field is None else field.type  # that the field is gone is said where it is named
        check(one.text, _Seen(catalog, scope), want)


def reads(catalog: Catalog, reference: Reference) -> frozenset[tuple[str, str]]:
    """The fields that the place names itself, those of the relations on the way included; computed fields are not
    looked into. A place that does not hold in this catalog reads nothing."""
    try:
        if reference.what == "form":
            return frozenset({(reference.form, "")})
        if reference.what == "field":
            form = _scope(catalog, reference.form, reference.through).form
            through = _paths(catalog, reference.form, reference.through) if reference.through else frozenset()
            return frozenset({(form, reference.text), *through})
        if reference.through:
            way = _paths(catalog, reference.form, reference.through)
            return way | _paths(catalog, _scope(catalog, reference.form, reference.through).form, reference.text)
        return _paths(catalog, reference.form, reference.text)
    except (Invalid, Missing):
        return frozenset()


def _paths(catalog: Catalog, form: str, text: str) -> frozenset[Place]:
    typed = check(text, _Seen(catalog, catalog.scope(form), opaque=True))
    return frozenset(step for path in typed.reads for step in steps(catalog, form, path))


def steps(catalog: Catalog, form: str, path: str) -> list[Place]:
    """`catalog.steps`, for paths over a whole form (`!contract.amount`) and of decision tables too."""
    way, asks, table = path.rpartition("!decision/")
    if asks:
        return [*(catalog.steps(form, way.rstrip(".")) if way else ()), (f"decision/{table}", "")]
    if not path.startswith("!"):
        return catalog.steps(form, path)
    other, _, rest = path[1:].partition(".")
    return [(other, ""), *(catalog.steps(other, rest) if rest else ())]


def _scope(catalog: Catalog, form: str, through: str) -> Scope:
    scope = catalog.scope(form)
    if not through:
        return scope
    target = check(through, scope).type.form
    if target is None:
        raise Invalid("forms.no_such_form", form=through)
    return catalog.scope(target)


class _Seen:
    """A scope that lists its fields even where one of them has a fault of its own: the fault that is looked for comes
    first. `opaque`: a computed field is a field like any other, reading it is not reading what it reads."""

    def __init__(self, catalog: Catalog, inner: Scope, *, opaque: bool = False) -> None:
        self._catalog = catalog
        self._inner = inner
        self._opaque = opaque

    @property
    def form(self) -> str:
        return self._inner.form

    def field(self, name: str) -> FieldInfo | None:
        found = self._inner.field(name)
        return found if found is None or not self._opaque else replace(found, formula=None, stored=True)

    def relation(self, name: str) -> Scope | None:
        found = self._inner.relation(name)
        return None if found is None else _Seen(self._catalog, found, opaque=self._opaque)

    def collection(self, name: str) -> Collection | None:
        found = self._inner.collection(name)
        return None if found is None else replace(found, scope=_Seen(self._catalog, found.scope, opaque=self._opaque))

    def fields(self) -> Iterable[FieldInfo]:
        if self.form not in self._catalog:
            return self._inner.fields()
        return [self._listed(field) for field in self._catalog.form(self.form).fields]

    def _listed(self, field: Field) -> FieldInfo:
        try:
            return self.field(field.key) or FieldInfo(field.key, field.label, Type("text"))
        except Invalid:
            return FieldInfo(field.key, field.label, Type("text"))

    def collections(self) -> Iterator[Collection]:
        for one in self._inner.collections():
            yield replace(one, scope=_Seen(self._catalog, one.scope, opaque=self._opaque))

    def other(self, name: str) -> Scope | None:
        found = self._inner.other(name)
        return None if found is None else _Seen(self._catalog, found, opaque=self._opaque)

    def decision(self, name: str) -> Deciding | None:
        return self._inner.decision(name)

    def readings(self, key: str, period: str) -> Any:
        return self._inner.readings(key, period)

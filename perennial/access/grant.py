"""What a role may do, as data: read from and written to the plain dict of `roles/<key>.yaml`.

    role: csm
    label: 客户成功经理
    may: [import]                       # system rights: design, import, release, people
    forms:
      customer: {rows: own, rights: [read, create, update], fields: {"*": write, credit_code: read, phone: masked}}
      contact: {rows: "customer.csm = ME()", rights: [read], fields: {"*": read}}
      "*": {rows: department_below, rights: [read], fields: {"*": read}}    # every form that is not named

`rows` is a scope (all, own, department, department_below) or a condition over the form, in which `ME()` is the reader.
A field that is not named has the grant of `"*"`; without one it is hidden.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from perennial.forms import Catalog
from perennial.formula import check
from perennial.kernel import Invalid
from perennial.people import Role as Head

RIGHTS = ("read", "create", "update", "delete")
LEVELS = ("hidden", "masked", "read", "write")  # each holds what stands before it
SCOPES = ("all", "own", "department", "department_below")
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role's grant on one form. `rows`: a scope or a formula. `fields`: key (or "*") -> level."""

    form: str
    rows: str
    rights: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    derived: bool = False  # of a sub-table that the role does not name: what it has on the parent

    def level(self, key: str) -> str:
        return self.fields.get(key, self.fields.get(EVERY, "hidden"))


@dataclass(frozen=True, slots=True)
class Role:
    """A role with everything that its file says."""

    head: Head
    grants: tuple[Grant, ...] = ()

    @property
    def key(self) -> str:
        return self.head.key


def load(tree: Mapping[str, Any]) -> Role:
    """The role that a YAML tree describes, or Invalid with the path of the first wrong attribute."""
    _known(tree, ("role", "label", "label_en", "may", "menu", "landing", "forms"), "")
    for needed in ("role", "label"):
        if not isinstance(tree.get(needed), str) or not tree[needed]:
            raise Invalid("access.attribute", path=needed, attribute=needed)
    head = Head(
        tree["role"], tree["label"], tree.get("label_en"), _words(tree, "may", ""), _words(tree, "menu", ""),
        tree.get("landing"),
    )  # fmt: skip
    forms = _mapping(tree.get("forms") or {}, "forms")
    return Role(head, tuple(_grant(form, forms[form]) for form in sorted(forms)))


def dump(role: Role) -> dict[str, Any]:
    """The tree that `load` turns into an equal role; what says nothing is left out."""
    head = role.head
    tree: dict[str, Any] = {
        "role": head.key, "label": head.label, "label_en": head.label_en, "may": list(head.may),
        "menu": list(head.menu), "landing": head.landing,
        "forms": {
            grant.form: {"rows": grant.rows, "rights": list(grant.rights), "fields": dict(grant.fields)}
            for grant in role.grants
        },
    }  # fmt: skip
    return {key: value for key, value in tree.items() if value}


def verify(role: Role, catalog: Catalog) -> None:
    """Everything that a role names exists and every condition types, or Invalid with the path."""
    for grant in role.grants:
        path = f"forms.{grant.form}"
        forms = [form.key for form in catalog.forms] if grant.form == EVERY else [grant.form]
        if grant.form != EVERY and grant.form not in catalog:
            raise Invalid("access.no_such_form", path=path, form=grant.form, role=role.key)
        if grant.rows not in SCOPES:
            if grant.form == EVERY:
                raise Invalid("access.rows_of_every", path=f"{path}.rows", rows=grant.rows, role=role.key)
            _condition(grant, catalog, path)
        for key in grant.fields:
            if key != EVERY and not any(catalog.form(form).field(key) for form in forms):
                raise Invalid("access.no_such_field", path=f"{path}.fields.{key}", field=key, form=grant.form)


def verify_rows(role: Role, catalog: Catalog) -> None:
    """Every row condition of the role still types, as a publication of forms must leave it. Forms and fields that are
    gone are passed over: nothing is granted on them."""
    for grant in role.grants:
        if grant.rows not in SCOPES and grant.form in catalog:
            _condition(grant, catalog, f"roles.{role.key}.forms.{grant.form}")


def _condition(grant: Grant, catalog: Catalog, path: str) -> None:
    try:
        check(grant.rows, catalog.scope(grant.form), want="yes_no")
    except Invalid as error:
        raise Invalid(error.code, path=f"{path}.rows", **error.facts) from error


def _grant(form: str, raw: Any) -> Grant:
    path = f"forms.{form}"
    tree = _mapping(raw, path)
    _known(tree, ("rows", "rights", "fields"), path)
    rows = tree.get("rows", "all")
    if not isinstance(rows, str) or not rows.strip():
        raise Invalid("access.attribute", path=f"{path}.rows", attribute="rows")
    rights = _words(tree, "rights", path)
    for right in rights:
        if right not in RIGHTS:
            raise Invalid("access.unknown_right", path=f"{path}.rights", right=right)
    if rights and "read" not in rights:
        raise Invalid("access.read_first", path=f"{path}.rights", form=form)
    fields = _mapping(tree.get("fields") or {}, f"{path}.fields")
    for key, level in fields.items():
        if level not in LEVELS:
            raise Invalid("access.unknown_level", path=f"{path}.fields.{key}", level=level)
    return Grant(form, rows.strip(), rights, cast("Mapping[str, str]", fields))


def _known(tree: Mapping[str, Any], names: tuple[str, ...], path: str) -> None:
    for name in tree:
        if name not in names:
            raise Invalid("access.unknown_attribute", path=f"{path}.{name}".lstrip("."), attribute=name)


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid("access.attribute", path=path, attribute=path)
    return cast("Mapping[str, Any]", value)


def _words(tree: Mapping[str, Any], name: str, path: str) -> tuple[str, ...]:
    value: Any = tree.get(name) or []
    if not isinstance(value, list) or not all(isinstance(word, str) for word in cast("list[Any]", value)):
        raise Invalid("access.attribute", path=f"{path}.{name}".lstrip("."), attribute=name)
    return tuple(cast("list[str]", value))

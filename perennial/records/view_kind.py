"""Shared views as definitions: one YAML tree each, published, undone and exported with the rest of an app.

A person's own view is no definition. It is only named when a publication would leave it without a field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from psycopg.types.json import Jsonb

from perennial.forms import Reference, catalog, verify
from perennial.kernel import Invalid, Tx

_KEY = "coalesce(v.key, 'view_' || v.id)"
_ATTRIBUTES = ("view", "form", "label", "roles")
_SHOWN = ("kind", "filter", "search", "sort", "group", "columns", "colours")


@dataclass(frozen=True, slots=True)
class SharedView:
    """A view that everyone sees (`roles` empty) or the holders of some roles."""

    key: str
    form: str
    label: str
    roles: tuple[str, ...] = ()
    tree: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def load(cls, tree: Mapping[str, Any]) -> "SharedView":
        """What the tree says, or Invalid with the attribute that is wrong."""
        for name in tree:
            if name not in (*_ATTRIBUTES, *_SHOWN):
                raise Invalid("records.view_shape", path=str(name), attribute=str(name))
        for name in ("view", "form", "label"):
            if not isinstance(tree.get(name), str) or not tree[name]:
                raise Invalid("records.view_shape", path=name, attribute=name)
        for name in ("sort", "columns", "colours", "roles"):
            if not isinstance(tree.get(name) or [], list):
                raise Invalid("records.view_shape", path=name, attribute=name)
        roles = tuple(str(role) for role in cast("list[Any]", tree.get("roles") or []))
        shown = {name: tree[name] for name in _SHOWN if tree.get(name)}
        return cls(tree["view"], tree["form"], tree["label"], roles, shown)

    def dump(self) -> dict[str, Any]:
        own = {"view": self.key, "form": self.form, "label": self.label, "roles": list(self.roles), **self.tree}
        return {name: value for name, value in own.items() if value}


def shared_views(tx: Tx) -> list[SharedView]:
    """Those that stand in lists now, by form and age."""
    return [_view(row) for row in tx.rows(_SELECT + " AND v.roles IS NOT NULL ORDER BY v.form, v.id")]


def own_views(tx: Tx) -> list[SharedView]:
    """Persons' own; the key tells them apart, nothing else is made of it."""
    return [_view(row) for row in tx.rows(_SELECT + " AND v.roles IS NULL ORDER BY v.form, v.id")]


_SELECT = (
    f"SELECT {_KEY} AS key, v.form, v.label, coalesce(v.roles, '{{}}') AS roles, v.tree FROM records.view v"
    " WHERE v.deleted_at IS NULL"
)


def _view(row: Mapping[str, Any]) -> SharedView:
    shown = {name: row["tree"][name] for name in _SHOWN if row["tree"].get(name)}
    return SharedView(row["key"], row["form"], row["label"], tuple(row["roles"]), shown)


def view_references(view: SharedView) -> list[Reference]:
    """Its form, and the paths and conditions by which it shows records."""
    form, tree = view.form, view.tree
    found = [Reference("form", form, what="form")]
    if tree.get("filter"):
        found.append(Reference("filter", form, tree["filter"], want="yes_no"))
    if tree.get("group"):
        found.append(Reference("group", form, tree["group"]))
    for name, attribute in (("sort", "field"), ("columns", "path")):
        found += [
            Reference(f"{name}[{at}].{attribute}", form, one[attribute]) for at, one in enumerate(tree.get(name) or ())
        ]
    for at, one in enumerate(tree.get("colours") or ()):
        found.append(Reference(f"colours[{at}].when", form, one["when"], want="yes_no"))
        if one.get("field"):
            found.append(Reference(f"colours[{at}].field", form, one["field"]))
    return found


def publish_view(tx: Tx, view: SharedView) -> None:
    """Everyone concerned sees it as given; Invalid for the first thing that does not hold."""
    for reference in view_references(view):
        verify(catalog(tx), reference)
    values = {"key": view.key, "form": view.form, "label": view.label, "roles": list(view.roles),
              "tree": Jsonb(dict(view.tree)), "me": tx.actor.id}  # fmt: skip
    known = tx.run(
        "UPDATE records.view v SET key = %(key)s, form = %(form)s, label = %(label)s, roles = %(roles)s::text[],"
        f" tree = %(tree)s, deleted_at = NULL WHERE {_KEY} = %(key)s",
        values,
    )
    if not known:
        tx.run(
            "INSERT INTO records.view (key, form, label, owner, roles, tree)"
            " VALUES (%(key)s, %(form)s, %(label)s, %(me)s, %(roles)s::text[], %(tree)s)",
            values,
        )


def remove_views(tx: Tx, keys: Sequence[str]) -> None:
    """They leave the lists; publishing one again brings it back with whoever had it as their default."""
    tx.run(
        f"UPDATE records.view v SET deleted_at = %(now)s WHERE v.roles IS NOT NULL AND {_KEY} = ANY(%(keys)s)",
        {"keys": list(keys)},
    )

"""The door to rows: what a reader may see of a form, ready to be put into a SELECT.

    rows = readable(tx, "contract")
    keep = compile_condition(check(filter, rows.scope, want="yes_no"), rows.source)
    rows.select("number", "customer", "amount").where(keep)        # id first, FROM and WHERE are there

By hand: columns and `rows.where` first, `rows.from_` last, since it then has the joins that they needed. For cached
SQL: build once per `(rows.key, shape)`; nothing of the person stands in the text, `me` is bound by the Tx. Sources
collect joins, so take a new `readable` for each statement built.
"""

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import ColumnElement, FromClause

from perennial.access.scope import readable_scope
from perennial.access.source import RowSource, solid
from perennial.access.view import PEOPLE, View, system_view, view
from perennial.forms import SYSTEM_FIELDS, Catalog, catalog
from perennial.formula import Scope
from perennial.kernel import Actor, Denied, Invalid, Missing, Tx


class Rows:
    """The rows of one form that the actor may read (or, with another `right`, update or delete)."""

    def __init__(self, view: View, form: str, right: str = "read", *, deleted: bool | None = False) -> None:
        self.view = view
        self.form = form
        self.right = right
        self.deleted = deleted

    @property
    def key(self) -> Hashable:
        """Equal keys, equal SQL: part of the key of every cache of compiled statements, counts and results."""
        return (*self.view.key, self.form, self.right, self.deleted)

    @property
    def catalog(self) -> Catalog:
        return self.view.catalog

    @cached_property
    def source(self) -> RowSource:
        """A formula `Source`; its `from_` grows with what is compiled over it."""
        return RowSource(self.view, self.form)

    @cached_property
    def where(self) -> ColumnElement[bool]:
        """Live rows in the actor's scope (`deleted=True`: deleted ones, `None`: both)."""
        found = self.source.readable
        if self.right != "read":
            found = sa.and_(found, self.source.within(self.right))
        if self.form in PEOPLE or self.deleted is None:
            return found
        gone = self.source.table.c["deleted_at"]
        return sa.and_(gone.is_not(None) if self.deleted else gone.is_(None), found)

    @property
    def from_(self) -> FromClause:
        return self.source.from_

    @property
    def scope(self) -> Scope:
        """What names mean in a formula that this reader supplies; `check` in it, not in the catalog's."""
        return readable_scope(self.view, self.form)

    @property
    def fields(self) -> Mapping[str, str]:
        """Field key -> the highest level (hidden, masked, read, write) that it has on any of the rows."""
        return self.view.kept(("fields", self.form, self.right), self._fields)

    def _fields(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for field in self.catalog.form(self.form).fields:
            level = self.view.level(self.form, field.key, self.right)
            found[field.key] = "read" if level == "write" and field.kind == "formula" else level
        return found

    def check(self, *keys: str) -> None:
        """Each key may be named by this reader (to sort or choose columns), or the error of an unknown field."""
        for key in keys:
            if key not in SYSTEM_FIELDS and self.fields.get(key, "hidden") == "hidden":
                raise Invalid("access.no_such_field", path=key, field=key, form=self.form)

    def readable_fields(self, *, masked: bool = True) -> list[str]:
        """Keys of the fields that are shown, in the form's order; without `masked`, those that may be filtered by."""
        shown = ("masked", "read", "write") if masked else ("read", "write")
        return [key for key, level in self.fields.items() if level in shown]

    def over(self, source: RowSource) -> "Rows":
        """The same right over the alias of another Rows of this form."""
        other = Rows(self.view, self.form, self.right, deleted=self.deleted)
        other.__dict__["source"] = source
        return other

    # -- columns to show

    def column(self, key: str) -> ColumnElement[Any]:
        """What is shown of a field: the value, its mask (then it is text), or blank."""
        if key in SYSTEM_FIELDS or self.view.always(self.form, key):
            return self.source.value(key)
        levels = self.view.levels(self.form, key)
        if "masked" not in levels:
            return self.source.field(key)
        masked = sa.func.access.mask(
            sa.literal_column(f"'{self._kind(key)}'", sa.Text()),
            sa.cast(self.source.value(key), sa.Text()),
            type_=sa.Text(),
        )
        full = [scope for level in ("write", "read") for scope in levels.get(level, [])]
        branches: list[tuple[ColumnElement[bool], Any]] = []
        if full:
            branches.append((self.source.in_any(full), sa.cast(self.source.value(key), sa.Text())))
        if "hidden" not in levels or "all" in levels["masked"]:
            return sa.case(*branches, else_=masked) if branches else masked
        branches.append((self.source.in_any(levels["masked"]), masked))
        return sa.case(*branches, else_=sa.null())

    def is_text(self, key: str) -> bool:
        """`column(key)` is text whatever the field's kind, because it is masked for this reader somewhere."""
        return not (key in SYSTEM_FIELDS or self.view.always(self.form, key)) and "masked" in self.view.levels(
            self.form, key
        )

    def reference(self, key: str) -> ColumnElement[Any]:
        """A relation, person or department as JSON: {"id", "label"}, {"denied": true} when the reader may not read what
        it points to (无权查看), null when blank or not shown. It joins the target once."""
        target = self.source.parent(key)
        label = Rows(self.view, target.form).label(target)
        known = sa.func.json_build_object("id", target.table.c["id"], "label", label)
        return sa.case(
            (self.source.field(key).is_(None), sa.null()),
            (target.table.c["id"].is_(None), sa.func.json_build_object("denied", sa.true())),
            else_=known,
        )

    def label(self, source: RowSource | None = None) -> ColumnElement[Any]:
        """What a record is called, as text: its title field as the reader sees it, else its number."""
        at = source or self.source
        if at.form in PEOPLE:
            return at.table.c["name"]
        title = self.catalog.form(at.form).title
        rows = Rows(self.view, at.form).over(at)
        number = sa.cast(at.table.c["id"], sa.Text())
        return number if title is None else sa.func.coalesce(sa.cast(rows.column(title), sa.Text()), number)

    def select(self, *keys: str) -> sa.Select[Any]:
        """`id` and the named columns as shown, of the rows in scope. Keys must be known to the reader."""
        self.check(*keys)
        columns = [self.column(key).label(key) for key in keys if key != "id"]
        where = self.where
        return sa.select(self.source.table.c["id"], *columns).select_from(self.from_).where(where)

    # -- writing

    @property
    def target(self) -> sa.Table:
        """The table for INSERT and UPDATE. Which rows and fields may be written is said by `where` and `may_write`."""
        return self.catalog.table(self.form)

    def may_write(self, *keys: str) -> ColumnElement[bool]:
        """The actor may write all these fields of the row at hand; constant when it does not depend on the row."""
        if self.view.everything:
            return sa.true()
        parts: list[ColumnElement[bool]] = []
        for key in keys:
            scopes = self.view.levels(self.form, key, self.right).get("write", [])
            parts.append(solid(self.source.in_any(scopes)))
        return sa.and_(sa.true(), *parts)

    def _kind(self, key: str) -> str:
        return self.catalog.field(self.form, key).kind


def readable(tx: Tx, form: str, *, deleted: bool | None = False, actor: Actor | None = None) -> Rows:
    """The rows of a form that the actor may read. A form without any is Missing, exactly as one that does not exist.

    actor    SYSTEM for automation inside a person's transaction: `everything`
    """
    if actor is not None and actor.kind == "system":
        return everything(tx, form, deleted=deleted)
    return _rows(tx, form, "read", deleted)


def everything(tx: Tx, form: str, *, deleted: bool | None = False) -> Rows:
    """The system's view, whoever acts: for automation, and for what is a published fact (defaults, computed fields)."""
    found = catalog(tx)
    if form not in PEOPLE and form not in found:
        raise Missing("forms.no_such_form", form=form)
    return Rows(system_view(found), form, deleted=deleted)


def writable(tx: Tx, form: str, right: str = "update", *, deleted: bool | None = False) -> Rows:
    """The rows that the actor may both read and `right` (update, delete); `fields` and `may_write` are those of the
    right. Denied when the form is readable but the right is missing."""
    require(tx, right, form)
    return _rows(tx, form, right, deleted)


def creatable(tx: Tx, form: str) -> Rows:
    """For a new record: `target`, and `fields` with level write where the actor may fill them in. Where the record will
    lie is not tested: who may create may hand on."""
    require(tx, "create", form)
    return _rows(tx, form, "create", False)


def may(tx: Tx, right: str, form: str) -> bool:
    """The actor has the right on some rows of the form (read, create, update, delete)."""
    found = view(tx)
    return (form in found.catalog or form in PEOPLE) and found.may(form, right)


def require(tx: Tx, right: str, form: str) -> None:
    """`may`, or Denied; Missing when the actor may not even know of the form."""
    if not may(tx, "read", form):
        raise Missing("forms.no_such_form", form=form)
    if not may(tx, right, form):
        raise Denied("access.no_right", right=right, form=view(tx).catalog.form(form).words)


def _rows(tx: Tx, form: str, right: str, deleted: bool | None) -> Rows:
    found = view(tx)
    if form not in PEOPLE and (form not in found.catalog or not found.may(form, "read")):
        raise Missing("forms.no_such_form", form=form)
    return Rows(found, form, right, deleted=deleted)

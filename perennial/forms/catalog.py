"""Everything published, as one immutable value: definitions, what names mean in formulas, physical tables.

A process keeps the catalogs it met by `kernel.workspace.catalog_version`; a publication makes that number new in every
database (`forms.apply`), so equal numbers mean equal definitions. Formulas are typed when first asked for; `check`
types all of them.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, FromClause, Integer, MetaData, Table

from perennial.forms.behaviour import Behaviour, behaviour, check_formulas, check_within, within
from perennial.forms.definition import Field, Form, load
from perennial.forms.kinds import KINDS, RESULT_KINDS
from perennial.forms.scope import PEOPLE_TABLES, PSEUDO_SCOPES, FormScope, list_target
from perennial.formula import Deciding, Scope, TableSource, Typed, check
from perennial.kernel import Invalid, Missing, Tx

KEPT = 16  # catalogs in memory; a test run meets many
READING = "forms.reading"  # in a transaction's memo: the past catalog that it reads just now


@dataclass(frozen=True, slots=True)
class Stored:
    """A form and where it lives. `id` stands in the change log; `physical` is its table in schema data."""

    id: int
    physical: str
    number: int
    form: Form


class Catalog:
    """All forms in force. Equal `version` means equal content."""

    def __init__(self, version: int, stored: Iterable[Stored], decisions: Iterable[Deciding] = ()) -> None:
        self.version = version
        self.decisions: Mapping[str, Deciding] = {one.key: one for one in decisions}
        self._stored = {one.form.key: one for one in stored}
        self._by_id = {one.id: one for one in self._stored.values()}
        self._scopes: dict[str, FormScope] = {}
        self._typed: dict[tuple[str, str], Typed] = {}
        self._typing: list[tuple[str, str]] = []
        self._behaviours: dict[str, Behaviour] = {}
        self._tables: dict[str, Table] = {}
        self._metadata = MetaData()
        self._lock = threading.RLock()  # a catalog is shared by all threads; types and tables are found out once

    # -- definitions

    @property
    def forms(self) -> tuple[Form, ...]:
        return tuple(one.form for one in self._stored.values())

    def __contains__(self, key: object) -> bool:
        return key in self._stored

    def stored(self, key: str) -> Stored:
        found = self._stored.get(key)
        if found is None:
            raise Missing("forms.no_such_form", form=key)
        return found

    def form(self, key: str) -> Form:
        return self.stored(key).form

    def id(self, key: str) -> int:
        """The number that stands in the change log."""
        return self.stored(key).id

    def by_id(self, form_id: int) -> Form | None:
        """None for a form that is hidden now."""
        found = self._by_id.get(form_id)
        return None if found is None else found.form

    def field(self, form: str, key: str) -> Field:
        found = self.form(form).field(key)
        if found is None:
            raise Missing("forms.no_such_field", path=key, field=key, form=form)
        return found

    def collections(self, form: str) -> dict[str, tuple[str, str]]:
        """What points here: collection key -> (child form, the key of its relation field)."""
        return self._collections.get(form, {})

    @cached_property
    def _collections(self) -> dict[str, dict[str, tuple[str, str]]]:
        found: dict[str, dict[str, tuple[str, str]]] = {}
        for form in self.forms:
            for field in form.fields:
                if field.kind in ("relation", "relations") and field.reverse and field.to:
                    found.setdefault(field.to, {})[field.reverse] = (form.key, field.key)
        return found

    def lists(self, form: str) -> dict[str, str]:
        """Fields that list persons or records: key -> whose ids stand there. In formulas they are collections too."""
        found = {field.key: list_target(field) for field in self.form(form).fields}
        return {key: target for key, target in found.items() if target is not None}

    def sub_tables(self, form: str) -> dict[str, tuple[str, str]]:
        """The collections whose rows live within records of `form`: collection key -> (child form, its relation)."""
        children = self.collections(form).items()
        return {key: (child, back) for key, (child, back) in children if self.place_within(child) == (form, back)}

    def place_within(self, form: str) -> tuple[str, str] | None:
        """Of a sub-table: (its parent form, the relation that says in which record); None for other forms."""
        return within(self, form)

    # -- formulas

    def scope(self, form: str) -> Scope:
        """What names mean in formulas of `form`; people and departments are forms here."""
        if form in PSEUDO_SCOPES:
            return PSEUDO_SCOPES[form]
        if form not in self._scopes:
            self._scopes[form] = FormScope(self, self.form(form))
        return self._scopes[form]

    def typed(self, form: str, key: str) -> Typed:
        """The checked tree of a formula field. Refuses a field that needs itself, and says the way."""
        at = (form, key)
        if at in self._typed:
            return self._typed[at]
        with self._lock:
            return self._type(at)

    def _type(self, at: tuple[str, str]) -> Typed:
        form, key = at
        if at in self._typed:
            return self._typed[at]
        if at in self._typing:
            way = [*self._typing[self._typing.index(at) :], at]
            raise Invalid("forms.cycle", path=key, form=form, field=key, cycle=" → ".join(f"{f}.{k}" for f, k in way))
        self._typing.append(at)
        try:
            found = check(self.field(form, key).formula or "", self.scope(form))
        finally:
            self._typing.pop()
        self._typed[at] = found
        return found

    def behaviour(self, form: str) -> Behaviour:
        """When fields of `form` are shown, required and locked, and what its records must hold, as typed trees."""
        if form not in self._behaviours:
            with self._lock:
                self._behaviours[form] = behaviour(self, self.form(form))
        return self._behaviours[form]

    def typing(self, form: str, key: str) -> bool:
        """True while this thread is finding out the type of this formula."""
        with self._lock:
            return (form, key) in self._typing

    def maintained(self, form: str, key: str) -> bool:
        """True for a formula kept in a column: tracked or stored, and free of today and now."""
        field = self.field(form, key)
        if field.kind != "formula" or not (field.tracked or field.stored):
            return False
        found = self.typed(form, key)
        return not found.volatile and found.type.family in RESULT_KINDS

    def maintained_fields(self, form: str) -> tuple[str, ...]:
        return tuple(field.key for field in self.form(form).fields if self.maintained(form, field.key))

    def steps(self, form: str, path: str) -> list[tuple[str, str]]:
        """The fields that reading `path` from a record of `form` meets: (form, field) each; relations included."""
        found: list[tuple[str, str]] = []
        at = form
        for name in path.split("."):
            if name.startswith("!"):
                at = name[1:]  # a whole form, wherever it is read from
                continue
            if at not in self:
                break  # a person or department: nothing of ours
            if (child := self.collections(at).get(name)) is not None:
                found.append(child)
                at = child[0]
                continue
            field = self.form(at).field(name)
            if field is None:
                break  # a system column
            found.append((at, name))
            at = field.to or ("person" if field.kind == "persons" else field.kind)
        return found

    # -- tables

    def column_kind(self, form: str, field: Field) -> str | None:
        """The kind whose column holds the field, or None when it has none."""
        if field.kind != "formula":
            return field.kind
        if not self.maintained(form, field.key):
            return None
        return RESULT_KINDS[self.typed(form, field.key).type.family]

    def columns(self, form: str) -> dict[str, str]:
        """Field key -> kind of its column, for every field that has one."""
        kinds = {field.key: self.column_kind(form, field) for field in self.form(form).fields}
        return {key: kind for key, kind in kinds.items() if kind is not None}

    def logged(self, form: str) -> tuple[str, ...]:
        """Fields whose values the change log keeps: what people may write, and tracked ones."""
        fields = self.form(form).fields
        return tuple(
            field.key
            for field in fields
            if field.kind != "formula" or (field.tracked and self.maintained(form, field.key))
        )

    def table(self, form: str) -> Table:
        """The physical table, system columns included. For `forms` and `access` only."""
        if form in PEOPLE_TABLES:
            return PEOPLE_TABLES[form]
        if form in self._tables:
            return self._tables[form]
        with self._lock:
            return self._make_table(form)

    def _make_table(self, form: str) -> Table:
        if form not in self._tables:
            self._tables[form] = Table(
                self.stored(form).physical,
                self._metadata,
                Column("id", BigInteger, primary_key=True),
                Column("version", Integer, nullable=False),
                Column("created_at", DateTime(timezone=True), nullable=False),
                Column("created_by", BigInteger),
                Column("updated_at", DateTime(timezone=True), nullable=False),
                Column("updated_by", BigInteger),
                Column("deleted_at", DateTime(timezone=True)),
                *(Column(key, KINDS[kind].type()) for key, kind in self.columns(form).items()),
                schema="data",
            )
        return self._tables[form]

    @property
    def now(self) -> "Catalog":
        """The catalog in force: this one, unless it shows the past."""
        return self

    def rows(self, form: str) -> FromClause:
        """What stands for the table when it is read."""
        return self.table(form)

    def source(self, form: str) -> TableSource:
        """A fresh source over all rows of `form`, deleted ones too. For `forms` and `access` only."""
        return TableSource(self.table(form).alias(), self.scope(form), self.table)

    def check(self) -> None:
        """`Invalid` for the first thing that does not fit together: targets, collections, formulas, defaults."""
        for form in self.forms:
            taken: set[str] = {field.key for field in form.fields}
            for collection in self.collections(form.key):
                if collection in taken:
                    raise Invalid("forms.collection_taken", path=collection, collection=collection, form=form.key)
            reverses: set[tuple[str | None, str]] = set()
            for at, field in enumerate(form.fields):
                path = f"{form.key}.fields[{at}]"
                if field.kind in ("relation", "relations") and field.to not in self._stored:
                    raise Invalid("forms.no_such_form", path=f"{path}.to", form=field.to)
                if field.reverse and (field.to, field.reverse) in reverses:
                    raise Invalid(
                        "forms.collection_taken", path=f"{path}.reverse", collection=field.reverse, form=field.to
                    )
                reverses.add((field.to, field.reverse or ""))
            check_formulas(self, form)
            check_within(self, form)
        self._check_collections()

    def _check_collections(self) -> None:
        """Two forms may not call their children on a third by one name."""
        seen: dict[tuple[str, str], str] = {}
        for form in self.forms:
            for field in form.fields:
                if field.kind not in ("relation", "relations") or not field.reverse or not field.to:
                    continue
                if (other := seen.setdefault((field.to, field.reverse), form.key)) != form.key:
                    raise Invalid(
                        "forms.collection_taken", path=f"{form.key}.{field.key}.reverse",
                        collection=field.reverse, form=field.to, other=other,
                    )  # fmt: skip


_kept: "OrderedDict[int, Catalog]" = OrderedDict()


def catalog(tx: Tx) -> Catalog:
    """The definitions in force in this transaction; no round trip when this process met them before."""
    return tx.memo.get(READING) or _kept.get(tx.catalog_version) or _read(tx)


def deciding(number: int, head: Mapping[str, Any]) -> Deciding:
    """What formulas see of a decision table."""
    from perennial.forms.decisions import interface  # it is made of what is below and above this module

    return interface(number, head)


def _read(tx: Tx) -> Catalog:
    """Definitions and their number in one statement: somebody may have published since the transaction began."""
    rows = tx.rows(
        "SELECT w.catalog_version, f.id, f.physical, f.number, f.definition,"
        " CASE row_number() OVER (ORDER BY f.id) WHEN 1 THEN"
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'head', d.definition - 'rules') ORDER BY d.key),"
        " '[]') FROM forms.decision d) END AS decisions FROM kernel.workspace w"
        " LEFT JOIN forms.form f ON f.hidden_at IS NULL ORDER BY f.id"
    )
    decisions = [deciding(row["id"], row["head"]) for row in rows[0]["decisions"]]
    tx.catalog_version = rows[0]["catalog_version"]
    stored = [Stored(row["id"], row["physical"], row["number"], load(row["definition"])) for row in rows if row["id"]]
    found = _kept[tx.catalog_version] = Catalog(tx.catalog_version, stored, decisions)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return found

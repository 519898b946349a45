"""How the columns of a file become fields: checked against the file, the forms and the rights of the person.

A mapping is JSON:

    {"targets": [
       {"form": "customer", "key": ["code"], "mode": "upsert",
        "fields": [{"field": "code", "column": "customerID"},
                   {"field": "since", "formula": "EDATE(DATE(2026,11,1), -tenure)"}]},
       {"form": "contract", "key": ["number"],
        "fields": [{"field": "customer", "from": "customer"},
                   {"field": "owner", "column": "负责人"},
                   {"field": "predecessor", "column": "上一份", "match": "number", "create": false}]}],
     "date_order": {"日期": "mdy"}}

target   `key`: the fields that say which record a row is about; none: each row is a new record. `mode`: upsert
         (default), create (existing ones stay as they are), update (nothing is created). `name`: what `from` says,
         by default the form.
field    its value: a column, a formula over the columns, or `from` another target of the same row. A relation's column
         holds the `match` field of the other form (default: its title); `create` makes it when absent.
"""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from perennial import access, forms
from perennial.forms import Catalog, Field
from perennial.formula import FieldInfo, StaticScope, Type, Typed, check
from perennial.kernel import Invalid, Tx

Mode = Literal["upsert", "create", "update", "find", "missing"]  # the last two: what a relation's column points at
_TYPES = {"number": Type("number"), "date": Type("date"), "logical": Type("yes_no")}


@dataclass(frozen=True, slots=True)
class Column:
    """One field's value. Exactly one of position, typed and target is set."""

    field: Field
    position: int | None = None  # the column in the file, from 1
    typed: Typed | None = None
    text: str | None = None  # of the formula
    target: int | None = None  # index of the target that the relation points to


@dataclass(frozen=True, slots=True)
class Target:
    """One form that each row of the file feeds."""

    name: str
    form: str
    key: tuple[str, ...]
    mode: Mode
    columns: tuple[Column, ...]
    main: bool  # no other target points here: two rows about one record are a mistake
    asked_by: tuple[int, str] | None = None  # implicit: the relation (position in the file, field key) behind it

    def at(self, key: str) -> int:
        return next(i for i, column in enumerate(self.columns) if column.field.key == key)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Targets in the order in which they are written: what is pointed at comes first."""

    targets: tuple[Target, ...]
    scope: StaticScope  # names of the file's columns, with their types
    positions: Dict[str, int]  # name -> position
    date_order: Dict[int, str] = field(default_factory=dict[int, str])

    @property
    def used(self) -> set[int]:
        columns = [column for target in self.targets for column in target.columns]
        read = {name for column in columns if column.typed is not None for name in column.typed.reads}
        return {c.position for c in columns if c.position} | {self.positions[name] for name in read}

    @property
    def computed_from(self) -> dict[int, FieldInfo]:
        """Columns that formulas read as something else than text: their cells must be that."""
        columns = [column for target in self.targets for column in target.columns if column.typed is not None]
        read = {name for column in columns if column.typed for name in column.typed.reads}
        infos = [(self.positions[name], self.scope.field(name)) for name in sorted(read)]
        return {position: info for position, info in infos if info is not None and info.type.kind != "text"}


def file_scope(about: Dict[str, Any]) -> tuple[StaticScope, dict[str, int]]:
    """The names of the columns. A column is what nearly all of its cells are, else text."""
    infos: list[FieldInfo] = []
    positions: dict[str, int] = {}
    for column in about["columns"]:
        kinds: dict[str, int] = column["kinds"]
        total = sum(kinds.values())
        kind = next((k for k, count in kinds.items() if k in _TYPES and count >= 0.95 * total), None)
        infos.append(FieldInfo(column["name"], column["name"], _TYPES[kind] if kind else Type("text")))
        positions[column["name"]] = column["position"]
    return StaticScope("file", infos), positions


def load(tx: Tx, tree: Dict[str, Any], about: Dict[str, Any]) -> Mapping:
    """The mapping that the JSON means, or Invalid with the path of the first thing wrong in it."""
    scope, positions = file_scope(about)
    loader = _Loader(tx, forms.catalog(tx), scope, positions)
    raw = _list(tree.get("targets"), "targets")
    if not raw:
        raise Invalid("imports.no_target", path="targets")
    for at, item in enumerate(raw):
        loader.target(item, f"targets[{at}]")
    order: dict[int, str] = {}
    for name, value in cast("dict[str, Any]", tree.get("date_order") or {}).items():
        if value not in ("mdy", "dmy"):
            raise Invalid("imports.date_order_word", path=f"date_order.{name}", value=str(value))
        order[loader.position(name, f"date_order.{name}")] = value
    pointed = {column.target for target in loader.targets for column in target.columns if column.target is not None}
    targets = tuple(
        Target(t.name, t.form, t.key, t.mode, t.columns, i not in pointed, t.asked_by)
        for i, t in enumerate(loader.targets)
    )
    return Mapping(targets, scope, positions, order)


class _Loader:
    def __init__(self, tx: Tx, catalog: Catalog, scope: StaticScope, positions: dict[str, int]) -> None:
        self.tx, self.catalog, self.scope, self.positions = tx, catalog, scope, positions
        self.targets: list[Target] = []

    def position(self, name: Any, path: str) -> int:
        if name not in self.positions:
            raise Invalid("imports.no_such_column", path=path, column=str(name))
        return self.positions[name]

    def target(self, item: Any, path: str) -> None:
        tree = _dict(item, path, {"form", "name", "key", "mode", "fields", "sure"})
        form = str(tree.get("form"))
        if form not in self.catalog:
            raise Invalid("imports.no_such_form", path=f"{path}.form", form=form)
        mode = cast(Mode, tree.get("mode") or "upsert")
        if mode not in ("upsert", "create", "update"):
            raise Invalid("imports.mode", path=f"{path}.mode", mode=str(mode))
        name = str(tree.get("name") or form)
        if any(target.name == name for target in self.targets):
            raise Invalid("imports.target_twice", path=f"{path}.name", name=name)
        rights = self._rights(form, mode)
        columns: list[Column] = []
        for at, raw in enumerate(_list(tree.get("fields"), f"{path}.fields")):
            column = self._column(form, raw, f"{path}.fields[{at}]", rights)
            if any(other.field.key == column.field.key for other in columns):
                raise Invalid("imports.field_twice", path=f"{path}.fields[{at}]", field=column.field.label)
            columns.append(column)
        if not columns:
            raise Invalid("imports.no_field", path=f"{path}.fields", form=self.catalog.form(form).label)
        key = tuple(str(one) for one in _list(tree.get("key") or [], f"{path}.key"))
        for one in key:
            if one not in {column.field.key for column in columns}:
                raise Invalid("imports.key_unmapped", path=f"{path}.key", field=self._label(form, one))
        if mode == "update" and not key:
            raise Invalid("imports.key_needed", path=f"{path}.key", form=self.catalog.form(form).label)
        if mode != "update":
            self._required(form, columns, path)
        self.targets.append(Target(name, form, key, mode, tuple(columns), True))

    def _rights(self, form: str, mode: Mode) -> dict[str, str]:
        """Levels of the fields; Denied without the right."""
        found: dict[str, str] = {}
        if mode != "update":
            found = dict(access.creatable(self.tx, form).fields)
        if mode != "create":
            fields = access.writable(self.tx, form).fields if access.may(self.tx, "update", form) else {}
            found = {**fields, **{key: level for key, level in found.items() if level == "write"}}
            if not found:
                access.require(self.tx, "update", form)
        return found

    def _label(self, form: str, key: str) -> str:
        found = self.catalog.form(form).field(key)
        return found.label if found else key

    def _required(self, form: str, columns: Sequence[Column], path: str) -> None:
        mapped = {column.field.key for column in columns}
        for one in self.catalog.form(form).fields:
            if (
                one.required
                and one.default is None
                and one.key not in mapped
                and one.kind not in ("formula", "auto_number")
            ):
                raise Invalid("imports.required_unmapped", path=f"{path}.fields", field=one.label, key=one.key)

    def _column(self, form: str, raw: Any, path: str, rights: dict[str, str]) -> Column:
        tree = _dict(raw, path, {"field", "column", "formula", "from", "match", "create"})
        key = str(tree.get("field"))
        found = self.catalog.form(form).field(key)
        level = rights.get(key, "hidden")
        if found is None or level == "hidden":
            raise Invalid("imports.no_such_field", path=f"{path}.field", field=key, form=self.catalog.form(form).label)
        if found.kind == "formula" or level != "write":
            raise Invalid("imports.not_writable", path=f"{path}.field", field=found.label)
        given = [name for name in ("column", "formula", "from") if tree.get(name) is not None]
        if len(given) != 1:
            raise Invalid("imports.one_value", path=path, field=found.label)
        if "from" in given:
            return self._from(found, tree, path)
        if "formula" in given:
            return self._formula(found, str(tree["formula"]), path)
        position = self.position(tree["column"], f"{path}.column")
        if found.kind == "relation":
            return self._relation(form, found, position, tree, path)
        return Column(found, position=position)

    def _from(self, found: Field, tree: Dict[str, Any], path: str) -> Column:
        for at, target in enumerate(self.targets):
            if target.name == tree["from"] and found.kind == "relation" and target.form == found.to:
                return Column(found, target=at)
        raise Invalid("imports.no_such_target", path=f"{path}.from", name=str(tree["from"]), field=found.label)

    def _formula(self, found: Field, text: str, path: str) -> Column:
        if found.kind in ("relation", "person", "department", "multi_select"):
            raise Invalid("imports.no_formula", path=f"{path}.formula", field=found.label)
        try:
            typed = check(text, self.scope)
        except Invalid as error:
            raise Invalid(error.code, path=f"{path}.formula", **error.facts) from error
        return Column(found, typed=typed, text=text)

    def _relation(self, form: str, found: Field, position: int, tree: Dict[str, Any], path: str) -> Column:
        """The record that a cell names: a target of its own, found or made by its match field."""
        to = self.catalog.form(found.to or "")
        match = str(tree.get("match") or to.title or "")
        known = to.field(match)
        readable = access.readable(self.tx, to.key).fields
        if known is None or known.kind == "formula" or readable.get(match, "hidden") not in ("read", "write"):
            raise Invalid("imports.no_such_field", path=f"{path}.match", field=match, form=to.label)
        create = bool(tree.get("create"))
        if create:
            access.require(self.tx, "create", to.key)
            self._required(to.key, [Column(known, position=position)], path)
        name = f"{form}.{found.key}"
        made = Target(
            name, to.key, (match,), "missing" if create else "find", (Column(known, position=position),), False,
            (position, found.key),
        )  # fmt: skip
        self.targets.append(made)
        return Column(found, target=len(self.targets) - 1)


def _dict(item: Any, path: str, known: set[str]) -> Dict[str, Any]:
    if not isinstance(item, dict):
        raise Invalid("imports.shape", path=path)
    tree = cast("dict[str, Any]", item)
    for name in tree:
        if name not in known:
            raise Invalid("imports.unknown_word", path=f"{path}.{name}", word=str(name))
    return tree


def _list(item: Any, path: str) -> list[Any]:
    if not isinstance(item, list):
        raise Invalid("imports.shape", path=path)
    return cast("list[Any]", item)

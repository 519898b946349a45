"""Where the columns of a formula come from: a stored table, the readable rows of an actor, a draft of parameters."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as sap
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import ColumnElement, FromClause

from perennial.formula.typed import Collection, Kind, PartsScope, Scope
from perennial.kernel import Broken

Resolve = Callable[[str], FromClause]

SQL_TYPES: dict[Kind, Any] = {
    "number": sa.Numeric(), "money": sa.Numeric(), "percent": sa.Numeric(), "text": sa.Text(), "select": sa.Text(),
    "multi_select": ARRAY(sa.Text()), "date": sa.Date(), "datetime": sa.DateTime(timezone=True), "yes_no": sa.Boolean(),
    "relation": sa.BigInteger(), "references": ARRAY(sa.BigInteger()),
}  # fmt: skip


class Source(Protocol):
    """Gives columns. `from_` names the tables with the joins that the compiled expressions needed: read it last."""

    @property
    def from_(self) -> FromClause: ...
    def field(self, key: str) -> ColumnElement[Any]: ...
    def parent(self, key: str) -> "Source": ...
    def children(self, key: str) -> "tuple[TableSource, ColumnElement[bool]]": ...
    def rows(self, form: str) -> "tuple[Source, ColumnElement[bool]]":
        """All live rows of another form, and the condition that makes them live."""
        ...

    def readings(self, key: str, period: str) -> tuple[FromClause, ColumnElement[bool]]:
        """`day` and `value` of the readings of a tracked field, and what ties them to this row."""
        ...

    def before(self) -> "Source | None":
        """The same rows as they were before the changes at hand; None where there are no changes."""
        ...


class TableSource:
    """The rows of a table, an alias or a subquery. `resolve` gives the rows of another form by its key.

    What may be read (access, a past moment, the rows of a tick) is decided by what `table` and `resolve` are.
    """

    def __init__(self, table: FromClause, scope: Scope, resolve: Resolve, *, root: "TableSource | None" = None) -> None:
        self.table, self.scope, self.resolve = table, scope, resolve
        self._parents: dict[str, TableSource] = {}
        self._root = root or self
        self._joins: list[tuple[FromClause, ColumnElement[bool]]] = []

    def field(self, key: str) -> ColumnElement[Any]:
        return self.table.c[key]

    def parent(self, key: str) -> "TableSource":
        """The record a relation points to: one LEFT JOIN per path, however often it is read."""
        known = self._parents.get(key)
        if known is None:
            scope = _reached(self.scope.relation(key), key)
            if isinstance(scope, PartsScope):
                return PartsSource(self.field(key), scope)  # type: ignore[return-value]
            table = self.resolve(scope.form).alias()
            known = self._parents[key] = TableSource(table, scope, self.resolve, root=self._root)
            self._root._joins.append((table, table.c["id"] == self.field(key)))
        return known

    def children(self, key: str) -> "tuple[TableSource, ColumnElement[bool]]":
        """The live rows of a collection and what ties them to this row."""
        found = _reached(self.scope.collection(key), key)
        table = self.resolve(found.scope.form).alias()
        child = TableSource(table, found.scope, self.resolve)
        tie = tied(found, table.c["id"], None if found.inside else table.c[found.back], self)
        if "deleted_at" in table.c:
            tie = tie & table.c["deleted_at"].is_(None)
        return child, tie

    def rows(self, form: str) -> "tuple[Source, ColumnElement[bool]]":
        scope = _reached(self.scope.other(form), form)
        table = self.resolve(form).alias()
        live = table.c["deleted_at"].is_(None) if "deleted_at" in table.c else sa.true()
        return TableSource(table, scope, self.resolve), live

    def readings(self, key: str, period: str) -> tuple[FromClause, ColumnElement[bool]]:
        found = _reached(self.scope.readings(key, period), key).alias()
        return found, found.c.record_id == self.field("id")

    def before(self) -> "Source | None":
        return None

    @property
    def from_(self) -> FromClause:
        joined: FromClause = self._root.table
        for table, condition in self._root._joins:
            joined = joined.outerjoin(table, condition)
        return joined


def tied(found: Collection, child_id: Any, back: Any, parent: Source) -> ColumnElement[bool]:
    """A row of a collection belongs to the row at hand."""
    if found.inside:
        return child_id == sa.any_(parent.field(found.key))
    own = parent.field("id")
    return (
        back.op("@>", is_comparison=True)(sa.cast(sap.array([own]), ARRAY(sa.BigInteger())))
        if found.many
        else back == own
    )


class PartsSource:
    """The parts of a stored object, read as if it were the record that a relation points to. It needs no join."""

    def __init__(self, value: ColumnElement[Any], scope: PartsScope) -> None:
        self.value, self.scope, self.form = value, scope, scope.form

    @property
    def from_(self) -> FromClause:
        raise Broken("formula.source", key=self.scope.form)

    def field(self, key: str) -> ColumnElement[Any]:
        return self.scope.parts[key](self.value)

    def parent(self, key: str) -> "Source":
        raise Broken("formula.source", key=key)

    def children(self, key: str) -> "tuple[TableSource, ColumnElement[bool]]":
        raise Broken("formula.source", key=key)

    def rows(self, form: str) -> "tuple[Source, ColumnElement[bool]]":
        raise Broken("formula.source", key=form)

    def readings(self, key: str, period: str) -> tuple[FromClause, ColumnElement[bool]]:
        raise Broken("formula.source", key=key)

    def before(self) -> "Source | None":
        return None


class DraftSource(TableSource):
    """One unsaved row: every field is a parameter `v_<key>` with the given value, blank when absent.

    The SQL depends on the scope alone, so it may be cached and run with other values. `id` is that of the record being
    edited; without it there are no children.
    """

    def __init__(self, values: Mapping[str, Any], scope: Scope, resolve: Resolve) -> None:
        one_row = sa.select(sa.literal_column("1", sa.Integer).label("one")).subquery()
        super().__init__(one_row, scope, resolve)
        self.values = values

    def field(self, key: str) -> ColumnElement[Any]:
        known = self.scope.field(key)
        type_ = sa.BigInteger() if known is None else known.column or SQL_TYPES[known.type.kind]
        return sa.cast(sa.bindparam(f"v_{key}", self.values.get(key), type_), type_)  # a bare NULL has no type


def select(*columns: ColumnElement[Any], source: Source) -> sa.Select[Any]:
    """A SELECT of compiled expressions from the tables they need, whatever else they mention."""
    return sa.select(*columns).select_from(source.from_)


def _reached(found: Any, key: str) -> Any:
    if found is None:
        raise Broken("formula.source", key=key)
    return found

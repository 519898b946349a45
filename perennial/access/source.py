"""The rows of a form as one reader sees them: a formula `Source` whose columns are safe to compute with.

A field that the reader may not read in full is blank here, whether hidden or masked. A parent that they may not read is
absent, children that they may not read do not count. A computed field is a published fact: with a grant of its own it
is computed over the raw row. Soft-deleted records are absent everywhere.
"""

from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from sqlalchemy.sql.expression import ColumnElement, FromClause
from sqlalchemy.sql.visitors import replacement_traverse

from perennial import formula
from perennial.access.scopes import holds
from perennial.access.view import PEOPLE, View, system_view
from perennial.forms import SYSTEM_FIELDS

if TYPE_CHECKING:
    from perennial.formula import PartsSource, TableSource

_FULL = ("write", "read")


class RowSource:
    """One alias of a form's table. `raw`: the same alias without any grant, for scopes and published formulas."""

    def __init__(self, view: View, form: str, *, twin: "RowSource | None" = None) -> None:
        self.view = view
        self.form = form
        self.table: FromClause = twin.table if twin else view.catalog.rows(form).alias()
        self._joins: list[tuple[RowSource, ColumnElement[bool]]] = twin._joins if twin else []
        self._parents: dict[str, RowSource] = {}
        self._raw: RowSource | None = None
        self._today: RowSource | None = None

    @property
    def raw(self) -> "RowSource":
        if self.view.everything:
            return self
        if self._raw is None:
            self._raw = RowSource(system_view(self.view.catalog), self.form, twin=self)
        return self._raw

    @property
    def from_(self) -> FromClause:
        """The table with every join that was needed so far; read it last."""
        joined = self.table
        for parent, condition in self._joins:
            joined = joined.outerjoin(parent.from_, condition)
        return joined

    @property
    def live(self) -> ColumnElement[bool]:
        """Not deleted, and within the rows that the reader may read."""
        return sa.and_(self.undeleted, self.readable)

    @property
    def undeleted(self) -> ColumnElement[bool]:
        return sa.true() if self.form in PEOPLE else self.table.c["deleted_at"].is_(None)

    @property
    def readable(self) -> ColumnElement[bool]:
        if self.form in PEOPLE:
            return sa.true()
        return self.within("read")

    def within(self, right: str) -> ColumnElement[bool]:
        """The record lies in a row scope that carries `right`. For reading a bare condition, which indexes serve (NULL
        counts as false); for the other rights also a value, never NULL."""
        if self.view.everything:
            return sa.true()
        scopes = dict.fromkeys(grant.rows for grant in self.view.grants(self.form, right))
        found = self.in_any(list(scopes))
        return found if right == "read" else solid(found)

    def in_any(self, scopes: list[str]) -> ColumnElement[bool]:
        if "all" in scopes:
            return sa.true()
        return sa.or_(sa.false(), *(self._holds(scope) for scope in scopes))

    def _holds(self, scope: str) -> ColumnElement[bool]:
        """Whatever moment is read, scopes are tested on the row of today (a deleted one's last), by today's clock."""
        now = self.view.catalog.now
        if now is self.view.catalog:
            return holds(scope, self.raw)
        if self._today is None:
            self._today = RowSource(system_view(now), self.form)
            self._joins.append((self._today, self._today.table.c["id"] == self.table.c["id"]))
        return replacement_traverse(holds(scope, self._today), {}, _by_the_clock)

    # -- the formula source

    def field(self, key: str) -> ColumnElement[Any]:
        """The value where the reader may read it in full, blank elsewhere."""
        value, seen = self.value(key), self.sees(key)
        if isinstance(seen, sa.True_):
            return value
        blank = sa.cast(sa.null(), value.type)
        return blank if isinstance(seen, sa.False_) else sa.case((seen, value), else_=blank)

    def sees(self, key: str) -> ColumnElement[bool]:
        """The reader may read the field of this row in full; constant when it does not depend on the row."""
        if self.view.everything or key in SYSTEM_FIELDS or self.view.always(self.form, key):
            return sa.true()
        levels = self.view.levels(self.form, key)
        scopes = [scope for level in _FULL for scope in levels.get(level, [])]
        return solid(self.in_any(scopes)) if scopes else sa.false()

    def value(self, key: str) -> ColumnElement[Any]:
        """The stored or computed value, whoever asks. For access alone."""
        if key in self.table.c:
            return self.table.c[key]
        return formula.compile(self.view.catalog.typed(self.form, key), cast(Any, self.raw))

    def parent(self, key: str) -> "RowSource":
        """The record that a relation points to, all blank when it is deleted or the reader may not read it."""
        if self.form not in PEOPLE and self.view.catalog.field(self.form, key).kind == "certificate":
            return cast("RowSource", self.parts(key))
        known = self._parents.get(key)
        if known is None:
            known = self._parents[key] = RowSource(self.view, self.target(key))
            reference = self.field(key)
            self._joins.append((known, sa.and_(known.table.c["id"] == reference, known.live)))
        return known

    def children(self, key: str) -> "tuple[TableSource, ColumnElement[bool]]":
        """The live rows of a collection that the reader may read, and what ties them to this row."""
        found = self.view.catalog.scope(self.form).collection(key)
        assert found is not None
        child = RowSource(self.view, found.scope.form)
        back = None if found.inside else child.field(found.back)
        tie = sa.and_(formula.tied(found, child.table.c["id"], back, cast("TableSource", self)), child.live)
        return cast("TableSource", child), tie

    def rows(self, form: str) -> "tuple[RowSource, ColumnElement[bool]]":
        """All live rows of another form that the reader may read."""
        other = RowSource(self.view, form)
        return other, other.live

    def readings(self, key: str, period: str) -> tuple[FromClause, ColumnElement[bool]]:
        """The readings of a tracked field, of rows on which the reader may read it."""
        found = self.view.catalog.scope(self.form).readings(key, period).alias()
        return found, sa.and_(found.c.record_id == self.table.c["id"], self.sees(key))

    def before(self) -> None:
        """A reader sees no changes, only what is."""

    def parts(self, key: str) -> "PartsSource":
        """What a certificate says, all blank where the reader may not read it in full."""
        scope = self.view.catalog.scope(self.form).relation(key)
        assert isinstance(scope, formula.PartsScope)
        return formula.PartsSource(self.field(key), scope)

    def target(self, key: str) -> str:
        """The form that a relation, person or department field points to."""
        if self.form in PEOPLE:
            return "department" if key in ("department", "parent") else "person"
        field = self.view.catalog.field(self.form, key)
        return field.to or ("person" if field.kind == "persons" else field.kind)


_CLOCK: dict[str, Any] = {"today": sa.Date(), "now": sa.DateTime(timezone=True)}


def _by_the_clock(element: Any, **_: Any) -> Any:
    """The transaction's own TODAY and NOW, whatever they are bound to; aliases stay the ones that they are."""
    if isinstance(element, sa.BindParameter) and element.key in _CLOCK:
        return sa.cast(sa.func.current_setting(f"perennial.{element.key}"), _CLOCK[element.key])
    return element if isinstance(element, sa.Alias | sa.TableClause) else None


def solid(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition as a value: false where it is not known to be true."""
    if isinstance(condition, sa.True_ | sa.False_):
        return condition
    return sa.func.coalesce(condition, sa.false())

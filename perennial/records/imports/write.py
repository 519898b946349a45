"""What is written of each target: one select of records to create, one of records to change."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.expression import ColumnElement

from perennial import access, formula
from perennial.forms import KINDS, Form
from perennial.formula import SQL_TYPES, TableSource, check
from perennial.kernel import SYSTEM, Tx
from perennial.records.imports.match import Match
from perennial.records.imports.problems import Problems


class Writes:
    """The records behind the good rows."""

    def __init__(self, tx: Tx, match: Match, problems: Problems) -> None:
        self.tx, self.match, self.problems = tx, match, problems
        self.values = match.values

    def given(self, i: int) -> "sa.Subquery":
        """One row per record of target i: id, fresh and the mapped fields. Where several rows speak of one record, the
        first one that says something counts."""
        target, m, v = self.values.mapping.targets[i], self.match.tables[i], self.values.v
        source = self.match.joined(i, m.join(v, v.c.row == m.c.row))
        good = sa.and_(self.problems.good(m.c.row), m.c.id.is_not(None))
        columns = [(column.field, self.match.value(i, j)) for j, column in enumerate(target.columns)]
        if not self._shared(i):
            shown = [value.label(field.key) for field, value in columns]
            return sa.select(m.c.id, m.c.fresh, m.c.row, *shown).select_from(source).where(good).subquery("g")
        shown = [_first(value, field.kind, m.c.row).label(field.key) for field, value in columns]
        one = sa.select(m.c.id, sa.func.bool_and(m.c.fresh).label("fresh"), sa.func.min(m.c.row).label("row"), *shown)
        return one.select_from(source).where(good).group_by(m.c.id).subquery("g")

    def _shared(self, i: int) -> bool:
        m = self.match.tables[i]
        if self.values.mapping.targets[i].main:
            return False
        return bool(self.tx.value(sa.select(sa.func.count(m.c.id) != sa.func.count(m.c.id.distinct()))))

    def differing(self, i: int) -> None:
        """A hint where rows say different things about one record."""
        target, m, v = self.values.mapping.targets[i], self.match.tables[i], self.values.v
        if target.asked_by is not None or not self._shared(i):
            return
        source = self.match.joined(i, m.join(v, v.c.row == m.c.row))
        for j, column in enumerate(target.columns):
            value = self.match.value(i, j)
            several = sa.select(
                sa.func.max(m.c.row).label("row"), sa.cast(sa.func.max(value), sa.Text()).label("value")
            )
            if column.field.kind in ("yes_no", "multi_select"):
                several = sa.select(sa.func.max(m.c.row).label("row"))
            several = several.select_from(source).where(self.problems.good(m.c.row)).group_by(m.c.id)
            several = several.having(sa.func.count(value.distinct()) > 1)
            where: dict[str, Any] = {"form": target.form, "field": column.field.key, "position": column.position}
            self.problems.add("hint", "imports.rows_differ", several, **where)

    def creates(self, i: int) -> "sa.Select[*tuple[Any, ...]]":
        """id and every field with a value or a default, of the records to create."""
        target = self.values.mapping.targets[i]
        form = self.match.catalog.form(target.form)
        given = self.given(i)
        source = _Filled(self.match, form, given)
        mapped = {column.field.key for column in target.columns}
        keys = [f.key for f in form.fields if f.key in mapped or (f.default is not None and f.kind != "formula")]
        columns = [source.field(key).label(key) for key in keys]
        return sa.select(given.c.id, *columns).select_from(source.from_).where(given.c.fresh)

    def updates(self, i: int) -> "sa.Select[*tuple[Any, ...]]":
        """id and the mapped fields of the records that exist; a blank cell leaves what is there."""
        given, now, keys = self._beside(i)
        columns = [sa.func.coalesce(given.c[key], now.c[key]).label(key) for key in keys]
        return (
            sa.select(given.c.id, *columns).select_from(given.join(now, now.c.id == given.c.id)).where(~given.c.fresh)
        )

    def _beside(self, i: int) -> "tuple[sa.Subquery, sa.Subquery, list[str]]":
        target = self.values.mapping.targets[i]
        keys = [column.field.key for column in target.columns]
        rows = access.readable(self.tx, target.form, actor=SYSTEM)
        return self.given(i), rows.select(*keys).subquery("now"), keys

    def counts(self, i: int) -> dict[str, int]:
        """What a run would do: created, updated, unchanged."""
        target = self.values.mapping.targets[i]
        given, now, keys = self._beside(i)
        differs = sa.or_(
            sa.false(), *(given.c[key].is_not(None) & given.c[key].is_distinct_from(now.c[key]) for key in keys)
        )
        changes = sa.and_(~given.c.fresh, differs) if target.mode in ("upsert", "update") else sa.false()
        asked = sa.select(
            sa.func.count().filter(given.c.fresh).label("created"),
            sa.func.count().filter(changes).label("updated"),
            sa.func.count().filter(~given.c.fresh & ~changes).label("unchanged"),
        ).select_from(given.outerjoin(now, now.c.id == given.c.id))
        return dict(self.tx.one(asked) or {})

    def sums(self, i: int) -> dict[str, str]:
        """Totals of the amounts of target i, as text, over the good rows."""
        target, m, v = self.values.mapping.targets[i], self.match.tables[i], self.values.v
        columns = [
            sa.cast(sa.func.sum(self.match.value(i, j)), sa.Text()).label(column.field.key)
            for j, column in enumerate(target.columns)
            if column.field.kind == "money"
        ]
        if not columns:
            return {}
        source = m.join(v, v.c.row == m.c.row)
        found = self.tx.one(sa.select(*columns).select_from(source).where(self.problems.good(m.c.row))) or {}
        return {key: value for key, value in found.items() if value is not None}


def _first(value: ColumnElement[Any], kind: str, row: ColumnElement[Any]) -> ColumnElement[Any]:
    if kind == "multi_select":
        return sa.func.min(value, type_=value.type)
    found = sa.func.array_agg(aggregate_order_by(value, row), type_=ARRAY(value.type))
    return sa.type_coerce(found.filter(value.is_not(None)), ARRAY(value.type))[1]


class _Filled(TableSource):
    """Records to be created, with defaults where they are blank; a default may read another one."""

    def __init__(self, match: Match, form: Form, given: "sa.Subquery") -> None:
        super().__init__(given, match.catalog.scope(form.key), match.catalog.table)
        self.form, self._open = form, set[str]()

    def field(self, key: str) -> ColumnElement[Any]:
        if key in self.table.c:
            known: Any = self.table.c[key]
        else:
            field = self.form.field(key)
            known = None if field is None or field.kind == "formula" else sa.cast(sa.null(), KINDS[field.kind].type())
            known = sa.cast(sa.null(), sa.BigInteger()) if known is None else known
        field = self.form.field(key)
        if field is None or field.default is None or key in self._open:
            return known
        self._open.add(key)
        info = self.scope.field(key)
        assert info is not None
        default = formula.compile(check(field.default, self.scope, info.type), self)
        self._open.discard(key)
        return sa.func.coalesce(known, sa.cast(default, SQL_TYPES[info.type.kind]))

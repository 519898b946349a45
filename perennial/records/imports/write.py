"""What is written of each target: one select of records to create, one of records to change."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.expression import ColumnElement

from perennial import access, forms, formula
from perennial.forms import KINDS, Form
from perennial.formula import SQL_TYPES, TableSource, check
from perennial.kernel import SYSTEM, Tx
from perennial.records.imports.match import Match, as_text
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

    def collide(self, i: int) -> None:
        """Groups of fields that must differ together, some of which the file does not give: what stands in the record
        or is its default counts. The row is at fault, not the whole run."""
        target = self.values.mapping.targets[i]
        form = self.match.catalog.form(target.form)
        mapped = [column.field.key for column in target.columns]
        for group in forms.unique_groups(form):
            given = [key for key in mapped if key in group]
            fields = [field for field in form.fields if field.key in group]
            if set(group) == set(target.key) or any(field.kind == "auto_number" for field in fields):
                continue
            if not given and not all(field.default is not None for field in fields):
                continue  # new records are blank in it, and others keep what they have
            if len(group) == 1 and given:
                continue  # Match has looked
            shown = next((column for column in reversed(target.columns) if column.field.key in group), None)
            where: dict[str, Any] = {"form": target.form}
            if shown is not None:
                where |= {"field": shown.field.key, "position": shown.position}
            self._collide(i, form, list(group), given[-1] if given else group[-1], where)

    def _collide(self, i: int, form: Form, group: list[str], told: str, where: dict[str, Any]) -> None:
        m = self.match.tables[i]
        new = self.creates(i, rows=True).subquery("new")
        old, now, _ = self.beside(i, group)
        null = sa.null()
        made = sa.select(new.c.row, new.c.id, *(new.c[key] if key in new.c else null.label(key) for key in group))
        kept = sa.select(
            old.c.row, old.c.id,
            *((sa.func.coalesce(old.c[key], now.c[key]) if key in old.c else now.c[key]).label(key) for key in group),
        ).select_from(old.join(now, now.c.id == old.c.id)).where(~old.c.fresh)  # fmt: skip
        both = sa.union_all(made, kept).subquery("both")
        whole = sa.and_(*(both.c[key].is_not(None) for key in group))
        keys = [both.c[key] for key in group]
        first = sa.func.min(both.c.row).over(partition_by=keys).label("first")
        value = as_text(both.c[told], form.field(told)).label("value")
        ranked = sa.select(both.c.row, both.c.id, value, first, *keys).where(whole).subquery("ranked")
        facts = sa.func.jsonb_build_object(sa.literal_column("'other'"), ranked.c.first).label("facts")
        twice = sa.select(ranked.c.row, ranked.c.value, facts).where(ranked.c.row != ranked.c.first)
        self.problems.add("error", "imports.same_value", twice, **where)
        others = access.readable(self.tx, form.key, actor=SYSTEM)
        other = others.source.field("id")
        taken = sa.and_(*(others.source.field(key) == ranked.c[key] for key in group))
        clash = sa.select(ranked.c.row, ranked.c.value).select_from(others.from_.join(ranked, taken))
        clash = clash.where(others.where, other != ranked.c.id, other.not_in(sa.select(m.c.id).where(~m.c.fresh)))
        self.problems.add("error", "imports.taken", clash.where(ranked.c.row == ranked.c.first), **where)

    def creates(self, i: int, *, rows: bool = False) -> "sa.Select[*tuple[Any, ...]]":
        """id and every field with a value or a default, of the records to create; `rows`: also the row that says so."""
        target = self.values.mapping.targets[i]
        form = self.match.catalog.form(target.form)
        given = self.given(i)
        source = Filled(self.match, form, given)
        mapped = {column.field.key for column in target.columns}
        keys = [f.key for f in form.fields if f.key in mapped or (f.default is not None and f.kind != "formula")]
        columns = [source.field(key).label(key) for key in keys]
        about = [given.c.row, given.c.id] if rows else [given.c.id]
        return sa.select(*about, *columns).select_from(source.from_).where(given.c.fresh)

    def updates(self, i: int) -> "sa.Select[*tuple[Any, ...]]":
        """id and the mapped fields of the records that exist; a blank cell leaves what is there."""
        given, now, keys = self.beside(i)
        columns = [sa.func.coalesce(given.c[key], now.c[key]).label(key) for key in keys]
        return (
            sa.select(given.c.id, *columns).select_from(given.join(now, now.c.id == given.c.id)).where(~given.c.fresh)
        )

    def beside(self, i: int, keys: list[str] | None = None) -> "tuple[sa.Subquery, sa.Subquery, list[str]]":
        """What is given and what stands there, in `keys` (all mapped fields)."""
        target = self.values.mapping.targets[i]
        keys = keys or [column.field.key for column in target.columns]
        rows = access.readable(self.tx, target.form, actor=SYSTEM)
        return self.given(i), rows.select(*keys).subquery("now"), keys

    def stored(self, i: int) -> "sa.Subquery":
        """The records as they stand, with every stored field."""
        form = self.values.mapping.targets[i].form
        rows = access.readable(self.tx, form, actor=SYSTEM)
        catalog = self.match.catalog
        keys = [field.key for field in catalog.form(form).fields if field.kind != "formula"]
        return rows.select(*keys).subquery("stored")

    def counts(self, i: int) -> dict[str, int]:
        """What a run would do: created, updated, unchanged."""
        target = self.values.mapping.targets[i]
        given, now, keys = self.beside(i)
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


class Filled(TableSource):
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

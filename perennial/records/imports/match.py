"""Which record each row is about. `imp_m<target>` (temporary): row, id, fresh (to be created), first (its first row).

Records are found by their key among those that the person may read; rows that agree in the key are one record. A fresh
record has its id already, so that others can point at it: of the sequence in a run, negative in a dry run.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import ColumnElement

from perennial import access, forms
from perennial.forms import Catalog, Field
from perennial.kernel import SYSTEM, Tx
from perennial.records.imports.mapping import Target
from perennial.records.imports.problems import Problems
from perennial.records.imports.values import Values, temporary
from perennial.records.sets import new_id


class Match:
    """The matched rows of all targets so far."""

    def __init__(self, tx: Tx, values: Values, problems: Problems, *, dry: bool) -> None:
        self.tx, self.values, self.problems, self.dry = tx, values, problems, dry
        self.catalog: Catalog = forms.catalog(tx)
        self.tables: list[sa.Table] = []

    # -- columns over imp_v

    def joined(self, i: int, base: Any = None) -> Any:
        """imp_v with the records that target i points at; `base` is joined already."""
        source: Any = self.values.v if base is None else base
        wanted = {column.target for column in self.values.mapping.targets[i].columns if column.target is not None}
        for d in sorted(wanted):
            source = source.outerjoin(self.tables[d], self.tables[d].c.row == self.values.v.c.row)
        return source

    def value(self, i: int, j: int) -> ColumnElement[Any]:
        column = self.values.mapping.targets[i].columns[j]
        return self.values.value(i, j) if column.target is None else self.tables[column.target].c.id

    def _keys(self, i: int) -> list[ColumnElement[Any]]:
        target = self.values.mapping.targets[i]
        return [self.value(i, target.at(key)).label(f"k{n}") for n, key in enumerate(target.key)]

    # -- matching

    def target(self, i: int) -> None:
        """Fill imp_m<i>; say what is wrong with the rows that cannot be placed."""
        target = self.values.mapping.targets[i]
        v = self.values.v
        table = temporary(
            self.tx, f"imp_m{i}", sa.Column("row", sa.Integer, primary_key=True), sa.Column("id", sa.BigInteger),
            sa.Column("fresh", sa.Boolean), sa.Column("first", sa.Integer), sa.Column("found", sa.Integer),
        )  # fmt: skip
        self.tables.append(table)
        keys = self._keys(i)
        good = self.problems.good(v.c.row)
        if keys:
            self._by_key(target, table, sa.select(v.c.row, *keys).select_from(self.joined(i)).where(good))
        if target.asked_by is None:
            self._without_key(i, target, table, keys, good)
        self.tx.run(f"ANALYZE {table.name}")
        self._misplaced(i, target, table)
        self.problems.close_rows()

    def _fresh_id(self, form: str, first: ColumnElement[Any]) -> ColumnElement[Any]:
        return -sa.cast(first, sa.BigInteger) if self.dry else new_id(self.tx, form)

    def _by_key(self, target: Target, table: sa.Table, keyed_select: "sa.Select[*tuple[Any, ...]]") -> None:
        keyed = keyed_select.cte("keyed")
        names = [c.name for c in keyed.c if c.name != "row"]
        some = sa.or_(*(keyed.c[name].is_not(None) for name in names))
        group = sa.select(*(keyed.c[name] for name in names), sa.func.min(keyed.c.row).label("first")).where(some)
        group = group.group_by(*(keyed.c[name] for name in names)).cte("grouped")
        rows = access.readable(self.tx, target.form)
        same = [rows.source.field(key) == group.c[name] for key, name in zip(target.key, names, strict=True)]
        id_ = rows.source.field("id")
        there = sa.select(group.c.first, sa.func.min(id_).label("id"), sa.func.count().label("found"))
        where = rows.where
        there = (
            there.select_from(rows.from_.join(group, sa.and_(*same))).where(where).group_by(group.c.first).cte("there")
        )
        fresh = there.c.id.is_(None)
        creates = target.mode in ("upsert", "create", "missing")
        made = self._fresh_id(target.form, group.c.first) if creates else sa.null()
        done = sa.select(
            *(group.c[name] for name in names), group.c.first, fresh.label("fresh"),
            sa.case((fresh, made), else_=there.c.id).label("id"), sa.func.coalesce(there.c.found, 0).label("found"),
        ).select_from(group.outerjoin(there, there.c.first == group.c.first)).cte("done")  # fmt: skip
        agree = sa.and_(*(keyed.c[name].is_not_distinct_from(done.c[name]) for name in names))
        if len(names) == 1:
            agree = keyed.c[names[0]] == done.c[names[0]]  # blank keys stand in no group: let it be a hash join
        chosen = sa.select(keyed.c.row, done.c.id, done.c.fresh, done.c.first, done.c.found)
        chosen = chosen.select_from(keyed.join(done, agree))
        self.tx.run(sa.insert(table).from_select([c.name for c in table.c], chosen))

    def _without_key(
        self, i: int, target: Target, table: sa.Table, keys: list[ColumnElement[Any]], good: ColumnElement[bool]
    ) -> None:
        """A row without a key is a record of its own; where only existing ones are wanted it is an error."""
        v = self.values.v
        blank = sa.and_(sa.true(), *(key.element.is_(None) for key in keys))  # pyright: ignore[reportAttributeAccessIssue]
        lone = sa.select(v.c.row).select_from(self.joined(i)).where(good, blank)
        if target.mode == "update":
            self.problems.add("error", "imports.key_blank", lone, **self._at(target))
            return
        if keys and not self._whole_file(target) and not target.main:
            return  # a row that says nothing of a related record has none
        made = self._fresh_id(target.form, v.c.row)
        chosen = lone.add_columns(made, sa.true(), v.c.row, sa.literal_column("0"))
        self.tx.run(sa.insert(table).from_select([c.name for c in table.c], chosen))

    def _whole_file(self, target: Target) -> bool:
        """An automatic number as key may be left blank: the record is new."""
        return all(self.catalog.field(target.form, key).kind == "auto_number" for key in target.key)

    def _at(self, target: Target) -> dict[str, Any]:
        """Where a problem with the key is shown."""
        if target.asked_by is not None:
            return {"form": target.name.split(".")[0], "field": target.asked_by[1], "position": target.asked_by[0]}
        if not target.key:
            return {"form": target.form}
        column = target.columns[target.at(target.key[0])]
        return {"form": target.form, "field": column.field.key, "position": column.position}

    def _misplaced(self, i: int, target: Target, table: sa.Table) -> None:
        m, at = table, self._at(target)
        v = self.values.v
        keys = self._keys(i)
        value = sa.cast(keys[0].element, sa.Text()).label("value") if keys else sa.null().label("value")  # pyright: ignore[reportAttributeAccessIssue]
        source = self.joined(i, m.join(v, v.c.row == m.c.row)) if keys else m
        found = sa.select(m.c.row, value).select_from(source)
        label = self.catalog.form(target.form).label
        self.problems.add("error", "imports.several_records", found.where(m.c.found > 1), facts={"to": label}, **at)
        if target.mode in ("find", "update"):
            self.problems.add("error", "imports.not_found", found.where(m.c.fresh), facts={"to": label}, **at)
        if target.mode == "missing":
            fresh = found.where(m.c.fresh, m.c.found == 0)
            self.problems.add("hint", "imports.will_create", fresh, facts={"to": label}, **at)
        if target.main and not target.key:
            self._same_rows(i, target)
        if target.main and target.key:
            first = sa.func.jsonb_build_object(sa.literal_column("'other'"), m.c.first).label("facts")
            self.problems.add("error", "imports.same_key", found.add_columns(first).where(m.c.row != m.c.first), **at)
        if target.mode in ("upsert", "update") and target.asked_by is None:
            self._rights(target, m, found, at)
        if target.mode in ("upsert", "create", "missing"):
            self._required(i, target, m)
        if target.asked_by is None:
            self._unique(i, target, m)

    def _same_rows(self, i: int, target: Target) -> None:
        """Rows that say the same in everything that is mapped, where no key tells them apart: imported, with a hint."""
        v = self.values.v
        columns = [self.value(i, j) for j in range(len(target.columns))]
        first = sa.func.min(v.c.row).over(partition_by=columns).label("first")
        rows = sa.select(v.c.row, first).select_from(self.joined(i)).where(self.problems.good(v.c.row)).subquery("same")
        facts = sa.func.jsonb_build_object(sa.literal_column("'other'"), rows.c.first).label("facts")
        again = sa.select(rows.c.row, facts).where(rows.c.row != rows.c.first)
        self.problems.add("hint", "imports.same_row", again, form=target.form)

    def _rights(self, target: Target, m: sa.Table, found: "sa.Select[*tuple[Any, ...]]", at: dict[str, Any]) -> None:
        """Records that the person sees and may not change."""
        if not self.tx.value(sa.select(sa.exists().where(~m.c.fresh))):
            return
        if not access.may(self.tx, "update", target.form):
            self.problems.add("error", "imports.no_right", found.where(~m.c.fresh), **at)
            return
        rows = access.writable(self.tx, target.form)
        allowed = sa.and_(rows.where, rows.may_write(*(column.field.key for column in target.columns)))
        writable = sa.select(rows.source.field("id")).select_from(rows.from_).where(allowed)
        self.problems.add("error", "imports.no_right", found.where(~m.c.fresh, m.c.id.not_in(writable)), **at)

    def _required(self, i: int, target: Target, m: sa.Table) -> None:
        """A new record needs a value in one of its rows."""
        v = self.values.v
        for j, column in enumerate(target.columns):
            field = column.field
            if not field.required or field.default is not None or field.kind == "auto_number":
                continue
            source = self.joined(i, m.join(v, v.c.row == m.c.row))
            value = self.value(i, j)
            if target.main:
                blank = sa.select(m.c.row).select_from(source).where(m.c.fresh, value.is_(None))
            else:
                blank = sa.select(sa.func.min(m.c.row).label("row")).select_from(source).where(m.c.fresh)
                blank = blank.group_by(m.c.id).having(sa.func.count(value) == 0)
            where: dict[str, Any] = {"form": target.form, "field": field.key, "position": column.position}
            if target.asked_by is None or field.key not in target.key:
                self.problems.add("error", "imports.required", blank, **where)

    def _unique(self, i: int, target: Target, m: sa.Table) -> None:
        """Values that must be different and are not: inside the file, or taken by another record."""
        mapped = [column.field.key for column in target.columns]
        v = self.values.v
        for group in forms.unique_groups(self.catalog.form(target.form)):
            if set(group) == set(target.key) or not set(group) <= set(mapped):
                continue
            values = [self.value(i, target.at(key)) for key in group]
            source = self.joined(i, m.join(v, v.c.row == m.c.row))
            column = target.columns[target.at(group[-1])]
            where: dict[str, Any] = {"form": target.form, "field": column.field.key, "position": column.position}
            told = as_text(values[-1], column.field).label("value")
            every = sa.and_(self.problems.good(v.c.row), *(value.is_not(None) for value in values))
            ids = sa.select(v.c.row, told, m.c.id, *(x.label(f"u{n}") for n, x in enumerate(values)))
            ids = ids.select_from(source).where(every).subquery()
            keys = [ids.c[f"u{n}"] for n in range(len(values))]
            firsts = sa.select(*keys, sa.func.min(ids.c.row).label("first"), sa.func.min(ids.c.id).label("low"))
            firsts = firsts.group_by(*keys).having(sa.func.count(ids.c.id.distinct()) > 1).subquery()
            same = sa.and_(*(firsts.c[f"u{n}"] == key for n, key in enumerate(keys)))
            row = sa.func.jsonb_build_object(sa.literal_column("'other'"), firsts.c.first).label("facts")
            twice = (
                sa.select(ids.c.row, ids.c.value, row)
                .select_from(ids.join(firsts, same))
                .where(ids.c.row != firsts.c.first)
            )
            self.problems.add("error", "imports.same_value", twice, **where)
            others = access.readable(self.tx, target.form, actor=SYSTEM)
            taken = [others.source.field(key) == value for key, value in zip(group, keys, strict=True)]
            free = sa.or_(ids.c.id < 0, others.source.field("id") != ids.c.id)
            clash = sa.select(ids.c.row, ids.c.value).select_from(others.from_.join(ids, sa.and_(*taken)))
            self.problems.add("error", "imports.taken", clash.where(others.where, free), **where)


def as_text(value: ColumnElement[Any], field: Field | None) -> ColumnElement[Any]:
    """A value as people write it: 2 and not 2.0000000000."""
    if field is not None and field.kind in ("number", "percent"):
        return sa.cast(sa.func.trim_scale(value, type_=sa.Numeric()), sa.Text())
    return sa.cast(value, sa.Text())

"""The first pass over a file: every mapped cell as the value of its field, in one statement.

`imp_v` (temporary): row, bad, v<target>_<column> (the value), r<target>_<column> (the text behind a formula's value).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import ColumnElement

from perennial import formula
from perennial.forms import KINDS, Field
from perennial.formula import SQL_TYPES, TableSource
from perennial.kernel import Tx
from perennial.records.imports import cast
from perennial.records.imports.linked import linked
from perennial.records.imports.mapping import Column
from perennial.records.imports.mapping import Mapping as Mapped
from perennial.records.imports.stage import rows_table

_FAMILY = {
    "number": "number",
    "percent": "number",
    "money": "number",
    "date": "date",
    "datetime": "datetime",
    "yes_no": "yes_no",
}


@dataclass
class Values:
    """The temporary tables of one check or run."""

    import_id: int
    mapping: Mapped
    names: cast.Names
    rows: sa.TableClause  # the file: row, skip, c1 …
    v: sa.Table

    def raw(self, position: int) -> ColumnElement[Any]:
        return self.rows.c[f"c{position}"]

    def value(self, target: int, column: int) -> ColumnElement[Any]:
        return self.v.c[f"v{target}_{column}"]

    def order(self, position: int | None) -> str | None:
        return self.mapping.date_order.get(position or 0)


class _FileSource(TableSource):
    """The columns of the file by name, as what formulas take them for."""

    def __init__(self, table: sa.FromClause, mapping: Mapped, typed: Callable[[int], ColumnElement[Any]]) -> None:
        super().__init__(table, mapping.scope, lambda form: table)
        self.mapping, self.typed = mapping, typed

    def field(self, key: str) -> ColumnElement[Any]:
        return self.typed(self.mapping.positions[key])


def file_table(import_id: int, positions: set[int]) -> sa.TableClause:
    schema, name = rows_table(import_id).split(".")
    cells = [sa.column(f"c{position}", sa.Text()) for position in sorted(positions)]
    return sa.table(name, sa.column("row", sa.Integer()), sa.column("skip", sa.Boolean()), *cells, schema=schema)


def typed_cell(kind: str, raw: ColumnElement[Any], order: str | None) -> ColumnElement[Any]:
    """A cell as a formula reads it."""
    if kind == "number":
        return sa.func.formula.num(cast.number(raw), type_=sa.Numeric())
    if kind == "date":
        return cast.date(raw, order)
    if kind == "yes_no":
        return sa.func.imports.to_yes_no(raw, type_=sa.Boolean())
    return raw


def take(tx: Tx, import_id: int, mapping: Mapped) -> Values:
    """Fill imp_v from the rows that are not skipped."""
    rows = file_table(import_id, mapping.used)
    known = replace(cast.names(tx), records=linked(tx, rows, mapping))
    mapping = replace(mapping, date_order={**_orders(tx, rows, mapping), **mapping.date_order})
    orders = mapping.date_order

    # level 0: the cells, and those that formulas read, in their type (computed once: OFFSET 0 keeps levels apart)
    computed = mapping.computed_from
    typed = {
        p: typed_cell(info.type.kind, rows.c[f"c{p}"], orders.get(p)).label(f"t{p}") for p, info in computed.items()
    }
    inner = (
        sa.select(*rows.c, *typed.values()).where(sa.not_(rows.c.skip)).offset(sa.literal_column("0")).subquery("s0")
    )
    source = _FileSource(inner, mapping, lambda p: inner.c[f"t{p}"] if p in computed else inner.c[f"c{p}"])

    # level 1: the values
    columns: list[ColumnElement[Any]] = []
    wrong: list[Callable[[sa.FromClause], ColumnElement[bool]]] = []
    made: list[sa.Column[Any]] = [sa.Column("row", sa.Integer, primary_key=True), sa.Column("bad", sa.Boolean)]
    for i, target in enumerate(mapping.targets):
        for j, column in enumerate(target.columns):
            if column.target is not None:
                continue
            name, field = f"v{i}_{j}", column.field
            kind = KINDS[field.kind].type()
            if column.typed is not None:
                result, text = _computed(column, field, source, known, orders)
                columns.append(result.label(name))
                if text is not None:
                    columns.append(text.label(f"r{i}_{j}"))
                    made.append(sa.Column(f"r{i}_{j}", sa.Text))
                    wrong.append(lambda s, n=name, r=f"r{i}_{j}": s.c[r].is_not(None) & s.c[n].is_(None))
            else:
                raw = inner.c[f"c{column.position}"]
                columns.append(cast.value(field, raw, known, orders.get(column.position or 0)).label(name))
                wrong.append(lambda s, n=name, c=raw.name: s.c[c].is_not(None) & s.c[n].is_(None))
            made.append(sa.Column(name, sa.Numeric() if field.kind == "money" else kind))
    for p in computed:
        wrong.append(lambda s, p=p: s.c[f"c{p}"].is_not(None) & s.c[f"t{p}"].is_(None))
    middle = sa.select(*inner.c, *columns).offset(sa.literal_column("0")).subquery("s1")

    table = temporary(tx, "imp_v", *made)
    bad = sa.or_(sa.false(), *(test(middle) for test in wrong))
    kept = {"row": middle.c.row, "bad": bad} | {c.name: middle.c[c.name] for c in made[2:]}
    tx.run(sa.insert(table).from_select(list(kept), sa.select(*kept.values())))
    keys = [f"v{i}_{t.at(k)}" for i, t in enumerate(mapping.targets) for k in t.key if f"v{i}_{t.at(k)}" in table.c]
    tx.run(f"ANALYZE imp_v ({', '.join(['row', 'bad', *keys])})")
    return Values(import_id, mapping, known, rows, table)


_SHORT = r"^\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"


def _orders(tx: Tx, rows: sa.TableClause, mapping: Mapped) -> dict[int, str]:
    """What 3/4/2026 means in each column of dates, where some value of that column leaves only one reading."""
    dates = {p for p, info in mapping.computed_from.items() if info.type.kind == "date"}
    dates |= {
        column.position
        for target in mapping.targets
        for column in target.columns
        if column.position and column.field.kind in ("date", "datetime")
    }
    found: dict[int, str] = {}
    for position in sorted(dates - set(mapping.date_order)):
        part = f"split_part(translate(c{position}, '-.', '//'), '/', %s)::int > 12"
        row = tx.one(
            f"SELECT bool_or({part % 1}) AS dmy, bool_or({part % 2}) AS mdy"
            f" FROM (SELECT c{position} FROM {rows.schema}.{rows.name} WHERE NOT skip"
            f" AND substr(c{position}, 5, 1) <> '-' AND c{position} ~ %(short)s OFFSET 0) s",
            {"short": _SHORT},
        )
        if row and bool(row["dmy"]) != bool(row["mdy"]):
            found[position] = "dmy" if row["dmy"] else "mdy"
    return found


def _computed(
    column: Column, field: Field, source: TableSource, known: cast.Names, orders: Mapping[int, str]
) -> tuple[ColumnElement[Any], ColumnElement[Any] | None]:
    """(value, the text it was read from or None). A formula that gives text is read like a cell."""
    assert column.typed is not None
    result = sa.type_coerce(formula.compile(column.typed, source), SQL_TYPES[column.typed.type.kind])
    family = column.typed.type.family
    wanted = _FAMILY.get(field.kind)
    if wanted is not None and (family == wanted or (wanted, family) == ("datetime", "date")):
        return (sa.func.round(result, 2) if field.kind == "money" else result), None
    if family == "number":
        result = sa.func.formula.num_text(result, type_=sa.Text())
    elif family != "text":
        result = sa.cast(result, sa.Text())
    return cast.value(field, result, known, orders.get(0)), result


def temporary(tx: Tx, name: str, *columns: sa.Column[Any]) -> sa.Table:
    """An empty temporary table that goes with the transaction."""
    table = sa.Table(name, sa.MetaData(), *columns)
    types = ", ".join(f"{c.name} {_ddl(c.type)}{' PRIMARY KEY' if c.primary_key else ''}" for c in columns)
    tx.run(f"DROP TABLE IF EXISTS pg_temp.{name}")
    tx.run(f"CREATE TEMPORARY TABLE {name} ({types}) ON COMMIT DROP")
    return table


def _ddl(type_: Any) -> str:
    from sqlalchemy.dialects import postgresql

    return type_.compile(dialect=postgresql.dialect())

"""What is wrong in a file, cell by cell: collected in `imp_p` while checking, shown from imports.problem afterwards.

A row with an error takes no further part (`imp_bad`): nothing is matched, created or counted because of it.
"""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import ColumnElement

from perennial.forms import Field
from perennial.kernel import Row, Tx
from perennial.records.imports import cast
from perennial.records.imports.values import Values, temporary

SHOWN_PER_KIND = 2_000  # rows kept of one code and field; the count is exact
_CODES = {"number": "imports.not_a_number", "yes_no": "imports.not_yes_no"}


class Problems:
    """Everything found so far."""

    def __init__(self, tx: Tx, values: Values) -> None:
        self.tx, self.values = tx, values
        self.table = temporary(
            tx, "imp_p", sa.Column("severity", sa.Text), sa.Column("code", sa.Text), sa.Column("row", sa.Integer),
            sa.Column("form", sa.Text), sa.Column("field", sa.Text), sa.Column("position", sa.Integer),
            sa.Column("value", sa.Text), sa.Column("facts", JSONB),
        )  # fmt: skip
        self.bad = temporary(tx, "imp_bad", sa.Column("row", sa.Integer, primary_key=True))

    def good(self, row: ColumnElement[Any]) -> ColumnElement[bool]:
        return ~sa.exists().where(self.bad.c.row == row)

    def add(
        self, severity: str, code: "str | ColumnElement[Any]", found: "sa.Select[*tuple[Any, ...]]", *, form: str,
        field: str | None = None, position: int | None = None, facts: dict[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """`found` selects row, optionally value and facts. How many there were."""
        given = found.subquery("found")
        own = sa.cast(sa.literal(json.dumps(facts or {}, ensure_ascii=False), sa.Text()), JSONB)
        more = own.op("||")(given.c.facts) if "facts" in given.c else own
        value = given.c.value if "value" in given.c else sa.null()
        named = sa.literal(code, sa.Text()) if isinstance(code, str) else given.c.code
        select = sa.select(
            sa.literal(severity, sa.Text()), named, given.c.row, sa.literal(form, sa.Text()),
            sa.literal(field, sa.Text()), sa.literal(position, sa.Integer()),
            sa.func.left(sa.cast(value, sa.Text()), 200), more,
        )  # fmt: skip
        return self.tx.run(sa.insert(self.table).from_select([c.name for c in self.table.c], select))

    def close_rows(self) -> int:
        """Rows with an error so far take no further part."""
        count = self.tx.run(
            "INSERT INTO imp_bad SELECT DISTINCT row FROM imp_p WHERE severity = 'error' ON CONFLICT DO NOTHING"
        )
        if count:
            self.tx.run("ANALYZE imp_bad")
        return count

    # -- cells

    def cells(self) -> None:
        """Cells that have no value, and those whose value is not what stands in them."""
        values, mapping = self.values, self.values.mapping
        v, rows = values.v, values.rows
        joined = v.join(rows, rows.c.row == v.c.row)
        any_bad = self.tx.value("SELECT EXISTS (SELECT FROM imp_v WHERE bad)")
        read: set[int] = set()
        for i, target in enumerate(mapping.targets):
            for j, column in enumerate(target.columns):
                if column.target is not None:
                    continue
                value = values.value(i, j)
                if column.position is None:
                    if any_bad and f"r{i}_{j}" in v.c:
                        self._wrong(v, v.c[f"r{i}_{j}"], value, target.form, column.field, None)
                    continue
                raw = values.raw(column.position)
                if any_bad:
                    self._wrong(joined, raw, value, target.form, column.field, column.position)
                read.add(column.position)
                self._converted(joined, raw, value, target.form, column.field, column.position)
        if any_bad:
            for position, info in mapping.computed_from.items():
                if position not in read:
                    self._unread(rows, position, info.type.kind)
        self.close_rows()

    def _wrong(
        self,
        source: Any,
        raw: ColumnElement[Any],
        value: ColumnElement[Any],
        form: str,
        field: Field,
        position: int | None,
    ) -> None:
        v, order = self.values.v, self.values.order(position)
        code = cast.reason(field, raw, self.values.names, order).label("code")
        found = sa.select(v.c.row, raw.label("value"), code).select_from(source)
        found = found.where(v.c.bad, raw.is_not(None), value.is_(None))
        self.add("error", code, found, form=form, field=field.key, position=position, facts=cast.facts(field))

    def _unread(self, rows: sa.TableClause, position: int, kind: str) -> None:
        """A cell that a formula needs as a number, a date or a yes."""
        from perennial.records.imports.values import typed_cell

        raw, order = self.values.raw(position), self.values.order(position)
        code: Any = _CODES.get(kind, "imports.not_a_date")
        if kind == "date":
            code = sa.func.imports.why_date(raw, cast._order(order), type_=sa.Text()).label("code")
        found = sa.select(rows.c.row, raw.label("value"), *([] if isinstance(code, str) else [code]))
        found = found.where(sa.not_(rows.c.skip), raw.is_not(None), typed_cell(kind, raw, order).is_(None))
        self.add("error", code, found, form="", position=position)

    def _converted(
        self, source: Any, raw: ColumnElement[Any], value: ColumnElement[Any], form: str, field: Field, position: int
    ) -> None:
        row = self.values.v.c.row
        for code, when in cast.converted(field, raw):
            facts = sa.func.jsonb_build_object(sa.literal_column("'became'"), sa.cast(value, sa.Text())).label("facts")
            found = sa.select(row, raw.label("value"), facts).select_from(source).where(value.is_not(None), when)
            self.add("hint", code, found, form=form, field=field.key, position=position)

    # -- afterwards

    def summary(self) -> list[Row]:
        """One entry per kind: severity, code, form, field, position, count, rows, samples (three values)."""
        return self.tx.rows(
            "SELECT severity, code, form, field, position, count(*)::int AS count, count(DISTINCT row)::int AS rows,"
            " (array_agg(DISTINCT value) FILTER (WHERE value IS NOT NULL))[1:3] AS samples,"
            " (array_agg(facts ORDER BY row))[1] AS facts, min(row) AS first"
            " FROM imp_p GROUP BY 1, 2, 3, 4, 5 ORDER BY severity, count(*) DESC, first"
        )

    def keep(self) -> None:
        """For the pages that show them."""
        self.tx.run("DELETE FROM imports.problem WHERE import_id = %(id)s", {"id": self.values.import_id})
        self.tx.run(
            "INSERT INTO imports.problem (import_id, severity, code, row, form, field, position, value, facts)"
            " SELECT %(id)s, severity, code, row, form, field, position, value, facts FROM (SELECT p.*,"
            " row_number() OVER (PARTITION BY severity, code, form, field, position ORDER BY row) AS n FROM imp_p p) q"
            " WHERE n <= %(most)s",
            {"id": self.values.import_id, "most": SHOWN_PER_KIND},
        )

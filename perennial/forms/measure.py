"""What an operation of a publication costs and loses: rows, time, values that become blank, values that collide.

In:   an operation, the catalogs before and after
Out:  the same operation with its grade, its figures, and the column that it will fill as SQL (`Measuring.value`)
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func

from perennial.changes import quoted, written_since
from perennial.forms.catalog import Catalog
from perennial.forms.convert import conversion
from perennial.forms.definition import Field
from perennial.forms.kinds import KINDS, UNIQUE_TEXT_LIMIT
from perennial.forms.plan import Kept, Lost, Operation, unique_groups
from perennial.forms.rates import expected_ms
from perennial.forms.references import steps
from perennial.formula import check, select
from perennial.formula import compile as compile_formula
from perennial.kernel import Invalid, Tx, Words

EXAMPLES = 5
# microseconds a row, measured over 100,000 contracts; a guess until this form was rewritten here (rates)
REWRITE_US, INDEX_US, COMPUTE_US = 50, 10, 40


@dataclass(frozen=True)
class Measuring:
    """All operations of one form, and both catalogs (`now` with the forms out of sight)."""

    tx: Tx
    now: Catalog
    after: Catalog
    form: str
    operations: tuple[Operation, ...]

    @property
    def table(self) -> str:
        return f"data.{quoted(self.now.stored(self.form).physical)}"

    def value(self, key: str) -> str | None:
        """SQL over the present table: what the field's column will hold; None: blank in every row."""
        for one in self.operations:
            if one.field != key or one.act not in ("add_field", "restore_field", "convert_field"):
                continue
            if one.act == "restore_field" and one.kept:
                return quoted(one.kept.column)
            if one.act == "convert_field" and one.before and one.after:
                return converted(self.now.id(self.form), one.before, one.after, one.kept, quoted(key))
            return None
        return quoted(key)


def converted(form_id: int, before: Field, after: Field, kept: Kept | None, column: str) -> str | None:
    """SQL for the new value. A column that comes back holds for every record that nobody wrote since it went."""
    expression = None if "formula" in (before.kind, after.kind) else conversion(before, after, column)
    if kept is None:
        return expression
    old = quoted(kept.column)
    if expression is None:
        return old
    return f"CASE WHEN id IN ({written_since(form_id, before.key, kept.mark)}) THEN {expression} ELSE {old} END"


def measured(about: Measuring, operation: Operation) -> Operation:
    """The operation with its grade and what it touches; Invalid when it cannot be done."""
    act, key, form = operation.act, operation.field, about.form
    if act == "set_unique":
        return _distinct(about, operation)
    if act == "hide_field" and key is not None and about.now.column_kind(form, about.now.field(form, key)):
        filled = _filled(about, key)
        return replace(operation, grade="lossy" if filled else "instant", facts={"values": filled}, rows=filled)
    if act == "convert_field":
        return _converted(about, operation)
    if act in ("add_field", "set_formula", "restore_field") and key is not None:
        operation = _short(about, operation)
        rows = row_count(about.tx, about.now, form)
        if about.after.maintained(form, key):
            return replace(operation, grade="rewrite", facts={"rows": rows}, rows=rows, ms=_ms(rows, COMPUTE_US))
        return replace(operation, rows=rows)
    if act == "change_field":
        return _options(about, _short(about, operation))
    if act == "change_form":
        return _violating(about, operation)
    return operation


def _violating(about: Measuring, operation: Operation) -> Operation:
    """How many live records do not meet a check that is new. One that reads what this publication changes is left out:
    its values do not stand yet."""
    form = about.form
    new = [one for one in about.after.form(form).checks if one not in about.now.form(form).checks]
    moved = {(form, one.field) for one in about.operations if one.act not in ("change_field", "hide_field")}
    first: list[Lost] = []
    short = 0
    for one in new:
        typed = check(one.formula, about.after.scope(form), want="yes_no")
        reads = {step for path in typed.reads for step in steps(about.after, form, path)}
        if reads & moved or any(at not in about.now for at, _ in reads):
            continue
        source = about.after.source(form)
        holds = compile_formula(typed, source)
        records = select(source.field("id"), func.count().over().label("n"), source=source).where(
            source.field("deleted_at").is_(None), holds.is_distinct_from(True)
        )
        rows = about.tx.rows(records.order_by(source.field("id")).limit(EXAMPLES))
        short += rows[0]["n"] if rows else 0
        first += [Lost(row["id"], f"#{row['id']}", one.message) for row in rows]
    return replace(operation, short=short, first_short=tuple(first[:EXAMPLES]))


def _short(about: Measuring, operation: Operation) -> Operation:
    """How many live records have nothing in a field that is required from now on. They stay as they are."""
    before, after = operation.before, operation.after
    if after is None or not after.required or (before is not None and before.required and operation.act[:3] != "add"):
        return operation
    value = about.value(after.key)
    rows = about.tx.rows(
        f"SELECT id, {title(about.now, about.form)} AS label, count(*) OVER () AS n FROM {about.table}"
        f" WHERE deleted_at IS NULL AND {f'({value}) IS NULL' if value else 'true'} ORDER BY id LIMIT {EXAMPLES}"
    )
    first = tuple(Lost(row["id"], row["label"], "") for row in rows)
    return replace(operation, short=rows[0]["n"] if rows else 0, first_short=first)


def _converted(about: Measuring, operation: Operation) -> Operation:
    before, after, key = operation.before, operation.after, operation.field
    assert before is not None and after is not None and key is not None
    operation = _short(about, operation)
    facts: dict[str, Any]
    if "formula" in (before.kind, after.kind):
        rows = row_count(about.tx, about.now, about.form)
        if operation.kept is not None:  # a formula was never written by a person: the column comes back as it is
            return replace(operation, grade="instant", facts={"rows": rows}, rows=rows)
        had_column = about.now.column_kind(about.form, before) is not None
        facts = {"values": _filled(about, key) if had_column else rows}
        ms = _ms(rows, COMPUTE_US) if about.after.maintained(about.form, key) else 0
        return replace(operation, grade="lossy", facts=facts, rows=rows, ms=ms)
    column = quoted(key)
    expression = conversion(before, after, column)
    if expression is None:
        raise Invalid(
            "forms.no_conversion", path=f"{about.form}.{key}", field=after.label, before=before.kind, after=after.kind
        )
    lost = f"{column} IS NOT NULL AND ({expression}) IS NULL"
    visited = f"{column} IS NOT NULL"
    if operation.kept is not None:  # a column that comes back: only what was written since is converted
        visited = f"id IN ({written_since(about.now.id(about.form), key, operation.kept.mark)})"
        lost += f" AND {visited}"
    row = about.tx.one(
        f"SELECT count({column}) AS values, count(*) FILTER (WHERE {lost}) AS lost,"
        f" count(*) FILTER (WHERE {visited}) AS visited FROM {about.table}"
    )
    facts = {**(row or {})}
    visits = int(facts.pop("visited", 0))
    for group in unique_groups(about.after.form(about.form)):
        if key in group:
            _apart(about, group)
    ms = expected_ms(about.tx, about.form, "convert_field", visits, REWRITE_US)
    grade = "instant" if operation.kept is not None and not visits else "rewrite"
    return replace(
        operation, grade="lossy" if facts["lost"] else grade, facts=facts, rows=visits, ms=ms,
        lost=_lost(about, column, lost) if facts["lost"] else (),
    )  # fmt: skip


def _lost(about: Measuring, column: str, lost: str) -> tuple[Lost, ...]:
    rows = about.tx.rows(
        f"SELECT id, {title(about.now, about.form)} AS label, ({column})::text AS value FROM {about.table}"
        f" WHERE {lost} ORDER BY id LIMIT {EXAMPLES}"
    )
    return tuple(Lost(row["id"], row["label"], row["value"]) for row in rows)


def title(now: Catalog, form: str) -> str:
    """SQL for a record's name, as far as it stands in a column of its own."""
    named = now.form(form).title
    field = now.form(form).field(named) if named else None
    stored = field is not None and KINDS[field.kind].value == "text" and now.column_kind(form, field)
    return f"coalesce({quoted(named or '')}, '#' || id)" if stored else "'#' || id"


def _distinct(about: Measuring, operation: Operation) -> Operation:
    """Refused when live records would share the values, or hold a text too long for an index."""
    _apart(about, operation.fields)
    rows = row_count(about.tx, about.now, about.form)
    return replace(operation, rows=rows, ms=expected_ms(about.tx, about.form, "set_unique", rows, INDEX_US))


def _apart(about: Measuring, group: tuple[str, ...]) -> None:
    """Invalid unless no two live records will agree in these fields, with the values in which they do."""
    values = [about.value(key) for key in group]
    if any(value is None for value in values):
        return  # a new field is blank everywhere
    given = [f"({value})" for value in values]
    fields = [about.after.field(about.form, key) for key in group]
    labels = Words.joined(field.words for field in fields)
    shown = [
        f"trim_scale({value})::text" if KINDS[field.kind].value == "number" else f"{value}::text"
        for field, value in zip(fields, given, strict=True)
    ]
    row = about.tx.one(
        f"SELECT count(*) AS n, (array_agg(shown ORDER BY shown))[:{EXAMPLES}] AS first FROM (SELECT concat_ws(' + ',"
        f" {', '.join(shown)}) AS shown FROM {about.table} WHERE deleted_at IS NULL"
        f" AND {' AND '.join(f'{value} IS NOT NULL' for value in given)}"
        f" GROUP BY {', '.join(given)} HAVING count(*) > 1) shared"
    )
    if row and row["n"]:
        raise Invalid(
            "forms.not_distinct", path=f"{about.form}.unique", fields=labels, count=row["n"], values=row["first"]
        )
    for field, value in zip(fields, given, strict=True):
        if KINDS[field.kind].value != "text":
            continue
        long = about.tx.value(
            f"SELECT count(*) FROM {about.table} WHERE char_length({value}::text) > {UNIQUE_TEXT_LIMIT}"
        )
        if long:
            raise Invalid("forms.too_long_for_unique", path=f"{about.form}.{field.key}.unique", field=field.words,
                          count=long, longest=UNIQUE_TEXT_LIMIT)  # fmt: skip


def _options(about: Measuring, operation: Operation) -> Operation:
    """Options that go while records still hold them: their values stay, shown as they are."""
    before, after = operation.before, operation.after
    assert before is not None and after is not None
    gone = [option.key for option in before.options if after.option(option.key) is None]
    if not gone:
        return operation
    column = quoted(before.key)
    overlap = f"{column} && %(gone)s::text[]" if before.kind == "multi_select" else f"{column} = ANY(%(gone)s)"
    held = about.tx.value(f"SELECT count(*) FROM {about.table} WHERE {overlap}", {"gone": gone})
    return replace(operation, grade="lossy" if held else "instant", facts={"options": gone, "values": held}, rows=held)


def row_count(tx: Tx, now: Catalog, form: str) -> int:
    return tx.value(f"SELECT count(*) FROM data.{quoted(now.stored(form).physical)}")


def _filled(about: Measuring, key: str) -> int:
    return about.tx.value(f"SELECT count({quoted(key)}) FROM {about.table}")


def _ms(rows: int, each_us: int) -> int:
    return round(rows * each_us / 1000)

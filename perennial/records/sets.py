"""Write many records of one form at once: what import, actions and engines use, and the single record too.

A set is a SQLAlchemy select. The number of statements does not depend on the number of its rows, and no statement
writes one form twice. Rows are locked in id order first, by a statement of its own; the write then reads what is
committed by then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from psycopg import errors as pg
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Select,
    String,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REGCLASS

from perennial import forms
from perennial.access import everything
from perennial.forms import Catalog, Form
from perennial.kernel import Invalid, Query, Row, Tx, Words, render
from perennial.records.behaviour import obey
from perennial.records.numbers import next_number, prefixes, reserve
from perennial.records.subrows import living_in

_TEXTS = ("text", "long_text", "phone", "mail", "link", "select", "auto_number", "address")
MANY = 2_000  # new rows after which old statistics would give the statements that follow a plan for an empty table
ME = cast(bindparam("me"), BigInteger)
NOW = cast(bindparam("now"), DateTime(timezone=True))
IDS = cast(bindparam("ids"), ARRAY(BigInteger))


Given: TypeAlias = Select[*tuple[Any, ...]]  # any number of columns


@dataclass(frozen=True, slots=True)
class Written:
    """Which records were written. `rows`: the returned columns, one row per record, in no order."""

    ids: list[int]
    rows: list[Row] = field(default_factory=list[Row])

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def array(self) -> ColumnElement[Any]:
        """The ids inside another statement: `table.c.id == any_(written.array)`."""
        return cast(self.ids, ARRAY(BigInteger))


def new_id(tx: Tx, form: str) -> ColumnElement[int]:
    """An id for a record to be created: a select that carries it as `id` knows which row became which record."""
    table = everything(tx, form).target
    sequence = cast(func.pg_get_serial_sequence(f'{table.schema}."{table.name}"', "id"), REGCLASS)
    return func.nextval(select(sequence).scalar_subquery(), type_=BigInteger)  # looked up once, not per row


def create_set(tx: Tx, form: str, given: Given, *, returning: Sequence[str] = ()) -> Written:
    """One record per row of `given`, whose columns are fields (and optionally `id`, from `new_id`).

    Blank text is stored as NULL, automatic numbers are filled where blank, computed fields of the form and of every
    form that reads it are right afterwards. Required fields and rights are the caller's to check; a value that is
    taken raises Invalid records.taken, one record that breaks a check or lacks what is required when records.set_check
    or records.set_required.
    """
    catalog = forms.catalog(tx)
    definition = catalog.form(form)
    table = everything(tx, form).target
    columns = [column.name for column in given.selected_columns]
    _refuse_unknown(definition, [name for name in columns if name != "id"])
    statement = insertion(table, definition, given, returning)
    written = execute(tx, catalog, statement, prefixes(definition, tx), returning=returning)
    if written.count > MANY:
        tx.run(f'ANALYZE {table.schema}."{table.name}"')
    after_create(tx, table, definition, columns, written.ids)
    obey(tx, form, written.ids, None)
    return written


def insertion(table: Table, form: Form, given: Given, returning: Sequence[str] = ()) -> Any:
    source = given.subquery("given")
    values: dict[str, ColumnElement[Any]] = {}
    for field_ in form.fields:
        if field_.key in source.c:
            values[field_.key] = _clean(field_.kind, source.c[field_.key])
        if field_.kind == "auto_number":
            number = next_number(table, form.key, field_)
            values[field_.key] = func.coalesce(values[field_.key], number) if field_.key in values else number
    if "id" in source.c:
        values["id"] = source.c["id"]
    values |= {"created_at": NOW, "created_by": ME, "updated_at": NOW, "updated_by": ME}
    made = insert(table).from_select([table.c[name] for name in values], select(*values.values()).select_from(source))
    return _touched(made.returning(table.c.id, *(table.c[name] for name in returning if name != "id")), returning)


def after_create(tx: Tx, table: Table, form: Form, columns: Collection[str], ids: Sequence[int]) -> None:
    """Numbers that were given are kept from being generated; computed fields are right."""
    for field_ in form.fields:
        if field_.kind == "auto_number" and field_.key in columns and ids:
            reserve(tx, table, form.key, field_, ids)
    if ids:
        forms.recompute(tx, form.key, ids, None)


def update_set(tx: Tx, form: str, given: Given, *, returning: Sequence[str] = (), judged: bool = True) -> Written:
    """The records named by the column `id` of `given` have the values of its other columns; a record in it once.

    Deleted records are left alone; those that already have the values are not written: no version, no log, not among
    the ids returned. Computed fields are right afterwards, here and in every form that reads this one.

    judged  False: the caller asks what they break (`behaviour.breaches`)
    """
    catalog = forms.catalog(tx)
    definition = catalog.form(form)
    table = everything(tx, form).target
    keys = [column.name for column in given.selected_columns if column.name != "id"]
    _refuse_unknown(definition, keys)
    lock_set(tx, table, table.c.id.in_(select(given.subquery("given").c.id)))
    source = given.subquery("given")
    values = {key: _clean(definition.field(key).kind, source.c[key]) for key in keys}  # pyright: ignore[reportOptionalMemberAccess]
    differs = or_(*(table.c[key].is_distinct_from(value) for key, value in values.items()))
    same = [table.c.id == source.c.id, table.c.deleted_at.is_(None)]
    left = _left(tx, catalog, form, keys, select(table).join(source, same[0]).where(same[1], differs))
    changed = (
        update(table)
        .values({**{table.c[key]: value for key, value in values.items()}, **stamp(table)})
        .where(*same, differs)
        .returning(table.c.id, *(table.c[name] for name in returning if name != "id"))
    )
    written = execute(tx, catalog, _touched(changed, returning), {}, returning=returning)
    after_update(tx, table, definition, keys, written.ids, left)
    if judged:
        obey(tx, form, written.ids, keys)
    return written


def after_update(
    tx: Tx, table: Table, form: Form, keys: Collection[str], ids: Sequence[int], left: Mapping[str, Sequence[int]]
) -> None:
    for field_ in form.fields:
        if field_.kind == "auto_number" and field_.key in keys and ids:
            reserve(tx, table, form.key, field_, ids)
    if ids:
        forms.recompute(tx, form.key, ids, keys, left)


def delete_set(tx: Tx, form: str, given: Given | Sequence[int]) -> Written:
    """These records are gone from every list, with the rows of their sub-tables; those that already were are not among
    the ids returned. Whether others still refer to them is the caller's to check."""
    return _bury(tx, form, given, NOW)


def restore_set(tx: Tx, form: str, given: Given | Sequence[int]) -> Written:
    """These records are back; Invalid records.taken when a unique value has been given away since."""
    return _bury(tx, form, given, None)


def _bury(tx: Tx, form: str, given: Given | Sequence[int], moment: ColumnElement[Any] | None) -> Written:
    table = everything(tx, form).target
    named = (
        table.c.id.in_(given) if isinstance(given, Select) else table.c.id == any_(cast(list(given), ARRAY(BigInteger)))
    )
    lock_set(tx, table, named)
    gone = table.c.deleted_at
    within: dict[str, list[int]] = {}
    if forms.catalog(tx).sub_tables(form):
        ids = tx.value(select(func.array_agg(table.c.id)).where(named)) or []
        within = living_in(tx, form, ids, gone_with=moment is None)
    changed = (
        update(table)
        .values(deleted_at=moment)
        .where(named, gone.is_(None) if moment is not None else gone.is_not(None))
    )
    written = execute(tx, forms.catalog(tx), _touched(changed.returning(table.c.id), ()), {})
    if written.ids:
        forms.recompute(tx, form, written.ids, None)
    for child, rows in within.items():
        _bury(tx, child, rows, moment)
    return written


def stamp(table: Table) -> dict[Column[Any], ColumnElement[Any]]:
    """What every change by a person or on their behalf carries along."""
    return {table.c.version: table.c.version + 1, table.c.updated_at: NOW, table.c.updated_by: ME}


def lock_set(tx: Tx, table: Table, wanted: ColumnElement[bool]) -> int:
    """Lock these records in id order; how many there are. A concurrent insert of a child is not kept waiting."""
    locked = select(table.c.id).where(wanted).order_by(table.c.id).with_for_update(key_share=True).subquery("locked")
    return int(tx.value(select(func.count()).select_from(locked)))


def execute(
    tx: Tx, catalog: Catalog, statement: Any, params: Mapping[str, Any], *, returning: Sequence[str] = ()
) -> Written:
    """Run a write. A taken value becomes an error at its field, without saying whose it is."""
    query = statement if isinstance(statement, Query) else render(statement)
    try:
        if returning:
            rows = tx.rows(query, params)
            return Written([row["id"] for row in rows], rows)
        return Written(tx.value(query, params) or [])
    except pg.UniqueViolation as error:
        raise taken(catalog, error) from error


def taken(catalog: Catalog, error: pg.UniqueViolation) -> Exception:
    found = forms.unique_of(catalog, error.diag.constraint_name or "")
    if found is None:
        return error
    form, keys = found
    labels = Words.joined(catalog.field(form, key).words for key in keys)
    return Invalid("records.taken", path=keys[-1], field=labels, value="")


def _touched(write: Any, returning: Sequence[str]) -> Any:
    """The ids as one array, unless columns are wanted back."""
    if returning:
        return write
    touched = write.cte("touched")
    return select(func.array_agg(touched.c.id))


def _left(tx: Tx, catalog: Catalog, form: str, keys: Sequence[str], changing: Any) -> dict[str, list[int]]:
    """The parents that records point at before they are moved to another one."""
    moved = {key: kind for key in keys if (kind := catalog.field(form, key).kind) in ("relation", "relations")}
    if not moved:
        return {}
    rows = changing.subquery("changing")

    def ids(key: str) -> ColumnElement[Any]:
        if moved[key] == "relation":
            return func.array_agg(rows.c[key].distinct())
        each = select(func.unnest(rows.c[key]).label("id")).select_from(rows).subquery()
        return select(func.array_agg(each.c.id.distinct())).scalar_subquery()

    row = tx.one(select(*(ids(key).label(key) for key in moved)))
    return {key: [parent for parent in ids or [] if parent is not None] for key, ids in (row or {}).items()}


def _clean(kind: str, expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """Blank is NULL, and nothing else."""
    if kind in _TEXTS:
        return func.nullif(cast(expression, String), "")
    if kind == "multi_select":
        return func.nullif(expression, cast([], ARRAY(Text)))
    if kind in ("persons", "relations"):
        return func.nullif(expression, cast([], ARRAY(BigInteger)))
    if kind in ("attachment", "image"):
        return func.nullif(cast(expression, JSONB), literal_column("'[]'::jsonb"))
    return expression


def _refuse_unknown(form: Form, keys: Sequence[str]) -> None:
    for key in keys:
        found = form.field(key)
        if found is None:
            raise Invalid("records.unknown_field", path=key, field=key, hint_zh="", hint_en="")
        if found.kind == "formula":
            raise Invalid("records.computed", path=key, field=found.words)

"""Apply a plan: tables, columns, indexes, triggers and views follow the definitions, in the caller's transaction.

Nothing is dropped: a removed field keeps its column, a converted one its old column, a removed form its table. The
change log is off while columns are rewritten, because nothing that a person did changes.
"""

import os
import secrets
import time
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

from perennial.changes import mark, quoted, written_since
from perennial.forms import ddl, rates
from perennial.forms.catalog import Catalog, Stored, catalog
from perennial.forms.convert import conversion
from perennial.forms.definition import Field, dump, field_tree
from perennial.forms.maintained import defaults, fill
from perennial.forms.plan import Kept, Operation, Plan, by_form
from perennial.forms.propose import with_hidden
from perennial.forms.views import refresh_views
from perennial.kernel import Conflict, Invalid, Tx, Words

_LOCK = 0x666F726D  # one publication at a time

# indexes that read a column, in an expression too
_INDEXES = """
SELECT DISTINCT i.relname AS name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attname = %(column)s
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid
   AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid AND d.refobjsubid = a.attnum
 WHERE x.indrelid = %(table)s::regclass AND NOT x.indisprimary"""


def apply(tx: Tx, plan: Plan) -> Catalog:
    """Make the plan true and return the catalog now in force.

    locks   the publication lock, then the forms' tables; the transaction's lock_timeout applies
    raises  Conflict when somebody published since the plan was proposed
    """
    tx.run("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": _LOCK})
    if tx.value("SELECT catalog_version FROM kernel.workspace") != plan.version:
        raise Conflict("forms.stale_plan")
    if plan.empty:
        return catalog(tx)
    before = with_hidden(tx, catalog(tx))
    after = _store(tx, catalog(tx), plan)
    after.check()
    touched = by_form(plan.operations)
    changed = [form for form in touched if form in after and form in before]
    for form in changed:
        _all(tx, ddl.unlog(after, form))
    refresh_views(tx, after, only_drop=True)
    for form in touched:
        if form in after and any(one.act == "create_form" for one in touched[form]):
            _create(tx, after, form)
    for operation in plan.operations:
        if operation.form in after:
            began = time.monotonic()
            _change(tx, before, after, operation)
            rates.note(tx, operation, time.monotonic() - began)
    for form in touched:
        if form in after and any(one.act == "create_form" for one in touched[form]):
            _all(tx, [sql for field in after.form(form).fields for sql in ddl.references(after, form, field)])
    for form in {one.form for one in plan.operations if one.grade == "rewrite"}:
        if form in after:
            tx.run(f"ANALYZE {ddl.table_name(after, form)}")
    fill(tx, after, [(one.form, one.field) for one in plan.operations if one.field and one.form in after])
    for form in touched:
        if form in after:
            _all(tx, [*defaults(tx, after, form), *ddl.log(after, form)])
    refresh_views(tx, after)
    return after


def _store(tx: Tx, before: Catalog, plan: Plan) -> Catalog:
    """Write the definitions, one version each, and raise the catalog's number."""
    operations = by_form(plan.operations)
    stored = {form.key: before.stored(form.key) for form in before.forms if form.key not in plan.hidden}
    for form in plan.forms:
        if form.key not in operations:
            continue
        row = tx.one(
            "INSERT INTO forms.form AS f (key, physical, number, definition)"
            " VALUES (%(key)s, %(physical)s, 1, %(tree)s)"
            " ON CONFLICT (key) DO UPDATE SET number = f.number + 1, definition = excluded.definition, hidden_at = NULL"
            " RETURNING id, physical, number",
            {"key": form.key, "physical": _physical(form.key), "tree": Jsonb(dump(form))},
        )
        assert row is not None
        stored[form.key] = Stored(row["id"], row["physical"], row["number"], form)
        _history(tx, row["id"], row["number"], dump(form), operations[form.key])
    for key in plan.hidden:
        old = before.stored(key)
        tx.run("UPDATE forms.form SET hidden_at = %(now)s, number = number + 1 WHERE key = %(key)s", {"key": key})
        _history(tx, old.id, old.number + 1, dump(old.form), operations[key])
    # a moment, not a counter: two databases never share a number with different content
    version = tx.value(
        "UPDATE kernel.workspace SET catalog_version ="
        " greatest(catalog_version + 1, (extract(epoch FROM clock_timestamp()) * 1e6)::bigint)"
        " RETURNING catalog_version"
    )
    tx.catalog_version = version
    return Catalog(version, stored.values(), before.decisions.values())


def _history(tx: Tx, form_id: int, number: int, tree: dict[str, Any], operations: list[Operation]) -> None:
    tx.run(
        "INSERT INTO forms.version (form_id, number, definition, operations, at, actor)"
        " VALUES (%(form)s, %(number)s, %(tree)s, %(operations)s, %(now)s, current_setting('perennial.actor')::jsonb)",
        {
            "form": form_id,
            "number": number,
            "tree": Jsonb(tree),
            "operations": Jsonb([one.as_json() for one in operations]),
        },
    )


def _physical(key: str) -> str:
    """The table's name. The tests make it random, to prove that nobody else spells it."""
    return f"t_{secrets.token_hex(8)}" if os.environ.get("PERENNIAL_RANDOM_TABLES") == "1" else key


def _create(tx: Tx, after: Catalog, form: str) -> None:
    tx.run(ddl.CREATE.format(table=ddl.table_name(after, form)))
    for field in after.form(form).fields:
        _all(tx, ddl.add_column(after, form, field))
    for fields in ddl.unique_groups(after.form(form)):
        _all(tx, ddl.unique(after, form, fields))


def _change(tx: Tx, before: Catalog, after: Catalog, operation: Operation) -> None:
    form, key, field = operation.form, operation.field, operation.after
    match operation.act:
        case "add_field" if field is not None:
            _all(tx, [*ddl.add_column(after, form, field), *ddl.references(after, form, field)])
        case "restore_field" if key is not None:
            _restore(tx, after, form, key, operation.kept)
        case "hide_field" if key is not None and operation.before is not None:
            if before.column_kind(form, operation.before):
                _set_aside(tx, after, form, operation.before, key, "removed")
        case "convert_field" if operation.before is not None and field is not None:
            _convert(tx, before, after, operation, operation.before, field)
        case "set_formula" if operation.before is not None and field is not None:
            _set_formula(tx, before, after, form, operation.before, field)
        case "set_unique":
            _all(tx, ddl.drop_unique(after, form, operation.fields))
            _make_unique(tx, after, form, operation.fields)
        case "drop_unique":
            _all(tx, [*ddl.drop_unique(after, form, operation.fields), *ddl.unbind(after, form, operation.fields)])
        case _:
            pass  # words only


def _convert(tx: Tx, before: Catalog, after: Catalog, operation: Operation, old: Field, new: Field) -> None:
    """The old column moves aside with its values, the new one is filled from it, or is the one that it once was."""
    form, back = operation.form, operation.kept
    had_column = before.column_kind(form, old) is not None
    kept = _set_aside(tx, after, form, old, old.key, "converted") if had_column else None
    if back is None:
        _all(tx, ddl.add_column(after, form, new))
    value = conversion(old, new, quoted(kept)) if kept and "formula" not in (old.kind, new.kind) else None
    if kept is not None and value is not None:
        # of a column that comes back only what was written since
        since = written_since(after.id(form), old.key, back.mark) if back else ""
        column, where = (back.column, f"id IN ({since})") if back else (new.key, f"{quoted(kept)} IS NOT NULL")
        tx.run(f"UPDATE {ddl.table_name(after, form)} SET {quoted(column)} = {value} WHERE {where}")
    if back is not None:
        _take_back(tx, after, form, new.key, back)
        _all(tx, ddl.limits(after, form, new))
    _all(tx, ddl.references(after, form, new))
    for group in ddl.unique_groups(after.form(form)):
        if new.key in group:
            _make_unique(tx, after, form, group)


def _make_unique(tx: Tx, after: Catalog, form: str, group: tuple[str, ...]) -> None:
    """The plan found the values apart; a record saved since may have brought two together."""
    try:
        _all(tx, ddl.unique(after, form, group))
    except errors.UniqueViolation as error:
        labels = Words.joined(after.field(form, key).words for key in group)
        shared = (error.diag.message_detail or "").partition("=(")[2].rpartition(")")[0]
        raise Invalid("forms.not_distinct", path=f"{form}.unique", fields=labels, count=1, values=[shared]) from error


def _set_formula(tx: Tx, before: Catalog, after: Catalog, form: str, old: Field, new: Field) -> None:
    """A maintained column appears, goes, or changes its type; `fill` computes it afterwards."""
    had, wanted = before.column_kind(form, old), after.column_kind(form, new)
    if had and had != wanted:
        _set_aside(tx, after, form, old, old.key, "converted")
    if wanted and had != wanted:
        _all(tx, ddl.add_column(after, form, new))


def _set_aside(tx: Tx, after: Catalog, form: str, field: Field, column: str, why: str) -> str:
    """Rename the column out of the way; constraints and indexes that would bind its values go."""
    table, form_id = ddl.table_name(after, form), after.id(form)
    taken = tx.value(
        # a column that came back has left its number free below one that is still in use
        "SELECT coalesce(max(split_part(column_name, '__', 2)::int), 0) FROM forms.aside"
        " WHERE form_id = %(form)s AND field_key = %(key)s",
        {"form": form_id, "key": field.key},
    )
    kept = f"{field.key}__{taken + 1}"
    # whoever wants an index makes it anew over what is in sight: unique groups here, search and order in their room
    for row in tx.rows(_INDEXES, {"table": table, "column": column}):
        tx.run(f"DROP INDEX data.{quoted(row['name'])}")
    for what in ("limits", "exists", "short"):
        tx.run(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {ddl.constraint(after, form, field.key, what)}")
    tx.run(f"ALTER TABLE {table} RENAME COLUMN {quoted(column)} TO {quoted(kept)}")
    tx.run(
        "INSERT INTO forms.aside (form_id, field_key, column_name, field, why, number, at, mark)"
        " VALUES (%(form)s, %(key)s, %(column)s, %(field)s, %(why)s, %(number)s, %(now)s, %(mark)s)",
        {
            "form": form_id,
            "key": field.key,
            "column": kept,
            "field": Jsonb(field_tree(field)),
            "why": why,
            "number": after.stored(form).number,
            "mark": mark(tx),
        },
    )
    return kept


def _restore(tx: Tx, after: Catalog, form: str, key: str, kept: Kept | None) -> None:
    """A removed field comes back with its values; its unique groups follow as operations of their own."""
    field = after.field(form, key)
    if kept is None:
        _all(tx, [*ddl.add_column(after, form, field), *ddl.references(after, form, field)])
        return
    _take_back(tx, after, form, key, kept)
    _all(tx, [*ddl.limits(after, form, field), *ddl.references(after, form, field)])


def _take_back(tx: Tx, after: Catalog, form: str, key: str, kept: Kept) -> None:
    """The column set aside is the field's again."""
    tx.run(
        "DELETE FROM forms.aside WHERE form_id = %(form)s AND column_name = %(column)s",
        {"form": after.id(form), "column": kept.column},
    )
    tx.run(f"ALTER TABLE {ddl.table_name(after, form)} RENAME COLUMN {quoted(kept.column)} TO {quoted(key)}")


def _all(tx: Tx, sql: list[str]) -> None:
    for one in sql:
        tx.run(one)

"""Propose a publication: the difference to what is in force, checked against every other form, with what it touches."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from perennial.changes import quoted
from perennial.forms.catalog import Catalog, Stored, catalog
from perennial.forms.convert import conversion
from perennial.forms.definition import Field, Form, dump, field_from, load
from perennial.forms.kinds import KINDS, UNIQUE_TEXT_LIMIT
from perennial.forms.plan import Operation, Plan, difference
from perennial.kernel import Invalid, Tx


def propose(tx: Tx, forms: Sequence[Form], *, hide: Iterable[str] = ()) -> Plan:
    """What publishing `forms` would do; forms not named stay. Writes nothing.

    hide    keys of forms that go out of sight with their data
    raises  Invalid when the whole would not fit together afterwards: a formula elsewhere that no longer types, a cycle
    """
    forms = [load(dump(form)) for form in forms]  # however they were made, they obey what a tree must
    now = catalog(tx)
    hidden = tuple(key for key in hide if key in now)
    if len({form.key for form in forms}) < len(forms):
        raise Invalid("forms.form_twice", path="form")
    after = merged(now, forms, hidden)
    after.check()
    seen = with_hidden(tx, now)
    reads = dependents(after)
    operations: list[Operation] = []
    for form in forms:
        old = seen.form(form.key) if form.key in seen else None
        found = difference(old, form, _aside(tx, form.key) if old else None)
        if old is not None and form.key not in now:
            found = [Operation("restore_form", form.key), *found]
        operations += [_measured(tx, seen, after, operation) for operation in found]
    operations += [Operation("hide_form", key, grade="lossy", facts={"rows": _rows(tx, now, key)}) for key in hidden]
    operations += _restored_storage(now, after, operations)
    told = [replace(one, dependents=tuple(sorted(reads.get((one.form, one.field or ""), ())))) for one in operations]
    return Plan(tx.catalog_version, tuple(forms), hidden, tuple(told))


def merged(now: Catalog, forms: Sequence[Form], hidden: Sequence[str] = ()) -> Catalog:
    """The catalog as it would be; forms that do not exist yet get provisional ids below zero."""
    stored = {form.key: now.stored(form.key) for form in now.forms if form.key not in hidden}
    for at, form in enumerate(forms, start=1):
        old = stored.get(form.key)
        stored[form.key] = replace(old, form=form) if old else Stored(-at, form.key, 0, form)
    return Catalog(-1, stored.values())


def with_hidden(tx: Tx, now: Catalog) -> Catalog:
    """The catalog with the forms that are out of sight, to compare with when one of them comes back."""
    rows = tx.rows("SELECT id, physical, number, definition FROM forms.form WHERE hidden_at IS NOT NULL")
    hidden = [Stored(row["id"], row["physical"], row["number"], load(row["definition"])) for row in rows]
    return Catalog(-1, [*(now.stored(form.key) for form in now.forms), *hidden]) if hidden else now


def dependents(whole: Catalog) -> dict[tuple[str, str], set[str]]:
    """(form, field) -> the formulas that read it, as "form.field"."""
    found: dict[tuple[str, str], set[str]] = {}
    for form in whole.forms:
        for field in form.fields:
            if field.kind == "formula":
                for path in whole.typed(form.key, field.key).reads:
                    for at in whole.steps(form.key, path):
                        found.setdefault(at, set()).add(f"{form.key}.{field.key}")
    return found


def _measured(tx: Tx, now: Catalog, after: Catalog, operation: Operation) -> Operation:
    """The operation with its grade and how many rows it touches."""
    act, key = operation.act, operation.field
    facts: dict[str, Any]
    if act == "set_unique":
        return _distinct(tx, now, after, operation)
    if act == "hide_field" and key is not None and now.column_kind(operation.form, now.field(operation.form, key)):
        filled = _filled(tx, now, operation.form, key)
        return replace(operation, grade="lossy" if filled else "instant", facts={"values": filled})
    if act == "convert_field" and key is not None and operation.before and operation.after:
        if "formula" in (operation.before.kind, operation.after.kind):
            had_column = now.column_kind(operation.form, operation.before) is not None
            facts = {"values": _filled(tx, now, operation.form, key) if had_column else _rows(tx, now, operation.form)}
            return replace(operation, grade="lossy", facts=facts)
        table = quoted(now.stored(operation.form).physical)
        expression = conversion(operation.before, operation.after)
        if expression is None:
            raise Invalid(
                "forms.no_conversion", path=f"{operation.form}.{key}", field=operation.after.label,
                before=operation.before.kind, after=operation.after.kind,
            )  # fmt: skip
        column = quoted(key)
        row = tx.one(
            f"SELECT count({column}) AS values, count({column}) FILTER (WHERE ({expression}) IS NULL) AS lost"
            f" FROM data.{table}"
        )
        facts = {**(row or {})}
        return replace(operation, grade="lossy" if facts.get("lost") else "rewrite", facts=facts)
    if (
        act in ("add_field", "set_formula", "restore_field")
        and key is not None
        and after.maintained(operation.form, key)
    ):
        return replace(operation, grade="rewrite", facts={"rows": _rows(tx, now, operation.form)})
    if act == "change_field" and operation.before and operation.after:
        return _options(tx, now, operation)
    return operation


def _distinct(tx: Tx, now: Catalog, after: Catalog, operation: Operation) -> Operation:
    """Refused when live records already share the values, or hold a text too long for an index."""
    form, keys = operation.form, operation.fields
    old = now.form(form)
    if any(old.field(key) is None for key in keys):
        return operation  # a new field is blank everywhere
    table, columns = quoted(now.stored(form).physical), [quoted(key) for key in keys]
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    groups = tx.value(
        f"SELECT count(*) FROM (SELECT FROM data.{table} WHERE deleted_at IS NULL AND {filled}"
        f" GROUP BY {', '.join(columns)} HAVING count(*) > 1) shared"
    )
    labels = [after.field(form, key).label for key in keys]
    if groups:
        raise Invalid("forms.not_distinct", path=f"{form}.unique", fields=labels, count=groups)
    for key, column in zip(keys, columns, strict=True):
        if KINDS[after.field(form, key).kind].value != "text":
            continue
        long = tx.value(f"SELECT count(*) FROM data.{table} WHERE char_length({column}) > {UNIQUE_TEXT_LIMIT}")
        if long:
            label = after.field(form, key).label
            raise Invalid("forms.too_long_for_unique", path=f"{form}.{key}.unique", field=label, count=long,
                          longest=UNIQUE_TEXT_LIMIT)  # fmt: skip
    return operation


def _options(tx: Tx, now: Catalog, operation: Operation) -> Operation:
    """Options that go while records still hold them: their values stay, shown as they are."""
    before, after = operation.before, operation.after
    assert before is not None and after is not None
    gone = [option.key for option in before.options if after.option(option.key) is None]
    if not gone:
        return operation
    column, table = quoted(before.key), quoted(now.stored(operation.form).physical)
    overlap = f"{column} && %(gone)s::text[]" if before.kind == "multi_select" else f"{column} = ANY(%(gone)s)"
    held = tx.value(f"SELECT count(*) FROM data.{table} WHERE {overlap}", {"gone": gone})
    return replace(operation, grade="lossy" if held else "instant", facts={"options": gone, "values": held})


def _restored_storage(now: Catalog, after: Catalog, operations: Sequence[Operation]) -> list[Operation]:
    """Formulas elsewhere that are kept in a column before or after but not both, or whose column changes its type."""
    named = {(one.form, one.field) for one in operations if one.act != "change_field"} | {
        (one.form, field.key) for one in operations if one.act == "create_form" for field in after.form(one.form).fields
    }
    found: list[Operation] = []
    for form in after.forms:
        for field in form.fields:
            if field.kind != "formula" or (form.key, field.key) in named or form.key not in now:
                continue
            old = now.form(form.key).field(field.key)
            if old is not None and now.column_kind(form.key, old) != after.column_kind(form.key, field):
                found.append(Operation("set_formula", form.key, field.key, "rewrite", old, field))
    return found


def _rows(tx: Tx, now: Catalog, form: str) -> int:
    return tx.value(f"SELECT count(*) FROM data.{quoted(now.stored(form).physical)}")


def _filled(tx: Tx, now: Catalog, form: str, key: str) -> int:
    return tx.value(f"SELECT count({quoted(key)}) FROM data.{quoted(now.stored(form).physical)}")


def _aside(tx: Tx, form: str) -> dict[str, Field]:
    """Removed fields whose columns still stand, the latest of each key."""
    rows = tx.rows(
        "SELECT DISTINCT ON (a.field_key) a.field_key, a.field FROM forms.aside a JOIN forms.form f ON f.id = a.form_id"
        " WHERE f.key = %(form)s AND a.why = 'removed' ORDER BY a.field_key, a.id DESC",
        {"form": form},
    )
    return {row["field_key"]: field_from(row["field"]) for row in rows}

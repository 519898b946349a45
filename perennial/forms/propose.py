"""Propose a publication: the difference to what is in force, checked against every other form, with what it touches."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from perennial.changes import quoted
from perennial.forms.catalog import Catalog, Stored, catalog
from perennial.forms.convert import conversion
from perennial.forms.definition import Field, Form, field_from
from perennial.forms.plan import Operation, Plan, difference
from perennial.kernel import Invalid, Tx


def propose(tx: Tx, forms: Sequence[Form], *, hide: Iterable[str] = ()) -> Plan:
    """What publishing `forms` would do; forms not named stay. Writes nothing.

    hide    keys of forms that go out of sight with their data
    raises  Invalid when the whole would not fit together afterwards: a formula elsewhere that no longer types, a cycle
    """
    now = catalog(tx)
    hidden = tuple(key for key in hide if key in now)
    if len({form.key for form in forms}) < len(forms):
        raise Invalid("forms.form_twice", path="form")
    after = merged(now, forms, hidden)
    after.check()
    reads = dependents(after)
    operations: list[Operation] = []
    for form in forms:
        old = now.form(form.key) if form.key in now else None
        found = difference(old, form, _aside(tx, form.key) if old else None)
        if old is None and tx.value("SELECT 1 FROM forms.form WHERE key = %(key)s", {"key": form.key}):
            found = [Operation("restore_form", form.key)]
        operations += [_measured(tx, now, after, operation) for operation in found]
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
    if act == "hide_field" and key is not None and now.column_kind(operation.form, now.field(operation.form, key)):
        filled = _filled(tx, now, operation.form, key)
        return replace(operation, grade="lossy" if filled else "instant", facts={"values": filled})
    if act == "convert_field" and key is not None and operation.before and operation.after:
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
        facts: dict[str, Any] = {**(row or {})}
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
    named = {(one.form, one.field) for one in operations} | {
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

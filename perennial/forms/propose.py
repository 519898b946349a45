"""Propose a publication: the difference to what is in force, checked against every other form, with what it touches."""

import contextlib
import itertools
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace

from perennial.forms.catalog import Catalog, Stored, _kept, catalog  # pyright: ignore[reportPrivateUsage]
from perennial.forms.definition import Form, dump, field_from, load
from perennial.forms.measure import Measuring, measured, row_count
from perennial.forms.plan import Kept, Operation, Plan, difference, same_column
from perennial.forms.references import steps
from perennial.formula import Deciding
from perennial.kernel import Invalid, Tx


def propose(
    tx: Tx,
    forms: Sequence[Form],
    *,
    hide: Iterable[str] = (),
    back: Mapping[str, int] | None = None,
    decisions: Mapping[str, Deciding] | None = None,
) -> Plan:
    """What publishing `forms` would do; forms not named stay. Writes nothing.

    hide    keys of forms that go out of sight with their data
    decisions  the decision tables as they will be; None: as they are
    back    form -> the number of a publication that is undone: the columns which it set aside come back
    raises  Invalid when the whole would not fit together afterwards: a formula elsewhere that no longer types, a cycle
    """
    forms = [load(dump(form)) for form in forms]  # however they were made, they obey what a tree must
    now = catalog(tx)
    hidden = tuple(key for key in hide if key in now)
    if len({form.key for form in forms}) < len(forms):
        raise Invalid("forms.form_twice", path="form")
    after = merged(now, forms, hidden, decisions)
    after.check()
    seen = with_hidden(tx, now)
    reads = dependents(after)
    operations: list[Operation] = []
    for form in forms:
        old = seen.form(form.key) if form.key in seen else None
        aside = _aside(tx, form, (back or {}).get(form.key)) if old else None
        found = difference(old, form, aside)
        if old is not None and form.key not in now:
            found = [Operation("restore_form", form.key), *found]
        measuring = Measuring(tx, seen, after, form.key, tuple(found))
        operations += [measured(measuring, operation) for operation in found]
    for key in hidden:
        rows = row_count(tx, now, key)
        operations.append(Operation("hide_form", key, grade="lossy", facts={"rows": rows}, rows=rows))
    operations += _restored_storage(tx, now, after, operations)
    told = [replace(one, dependents=tuple(sorted(reads.get((one.form, one.field or ""), ())))) for one in operations]
    return Plan(tx.catalog_version, tuple(forms), hidden, tuple(told))


def merged(
    now: Catalog, forms: Sequence[Form], hidden: Sequence[str] = (), decisions: Mapping[str, Deciding] | None = None
) -> Catalog:
    """The catalog as it would be; forms that do not exist yet get provisional ids below zero."""
    stored = {form.key: now.stored(form.key) for form in now.forms if form.key not in hidden}
    for at, form in enumerate(forms, start=1):
        old = stored.get(form.key)
        stored[form.key] = replace(old, form=form) if old else Stored(-at, form.key, 0, form)
    return Catalog(-1, stored.values(), (now.decisions if decisions is None else decisions).values())


_supposed = itertools.count(2)


@contextlib.contextmanager
def supposing(tx: Tx, after: Catalog) -> Generator[None]:
    """Inside, `catalog(tx)` is `after`: what would be checked by other rooms is checked by their own functions."""
    before, own = tx.catalog_version, -next(_supposed)
    after.version = own
    _kept[own] = after
    tx.catalog_version = own
    try:
        yield
    finally:
        tx.catalog_version = before
        _kept.pop(own, None)


def with_hidden(tx: Tx, now: Catalog) -> Catalog:
    """The catalog with the forms that are out of sight, to compare with when one of them comes back."""
    rows = tx.rows("SELECT id, physical, number, definition FROM forms.form WHERE hidden_at IS NOT NULL")
    hidden = [Stored(row["id"], row["physical"], row["number"], load(row["definition"])) for row in rows]
    return (
        Catalog(-1, [*(now.stored(form.key) for form in now.forms), *hidden], now.decisions.values()) if hidden else now
    )


def dependents(whole: Catalog) -> dict[tuple[str, str], set[str]]:
    """(form, field) -> the formulas that read it, as "form.field"."""
    found: dict[tuple[str, str], set[str]] = {}
    for form in whole.forms:
        for field in form.fields:
            if field.kind == "formula":
                for path in whole.typed(form.key, field.key).reads:
                    for at in steps(whole, form.key, path):
                        found.setdefault(at, set()).add(f"{form.key}.{field.key}")
    return found


def _restored_storage(tx: Tx, now: Catalog, after: Catalog, operations: Sequence[Operation]) -> list[Operation]:
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
                rows = row_count(tx, now, form.key)
                found.append(Operation("set_formula", form.key, field.key, "rewrite", old, field, rows=rows))
    return found


def _aside(tx: Tx, form: Form, undone: int | None) -> dict[str, Kept]:
    """The column that may come back for each field: of the publication undone, else the latest removed that fits."""
    rows = tx.rows(
        "SELECT a.field_key, a.field, a.column_name, a.number, a.mark FROM forms.aside a"
        " JOIN forms.form f ON f.id = a.form_id"
        " WHERE f.key = %(form)s AND (a.why = 'removed' OR a.number = %(undone)s)"
        " ORDER BY a.number IS NOT DISTINCT FROM %(undone)s, a.id",
        {"form": form.key, "undone": undone},
    )
    found: dict[str, Kept] = {}
    for row in rows:
        field = form.field(row["field_key"])
        kept = Kept(row["column_name"], field_from(row["field"]), row["mark"], row["number"] == undone)
        if field is not None and same_column(kept.field, field):
            found[row["field_key"]] = kept
    return found

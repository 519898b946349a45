"""Tables from definitions that stand in forms.form already: what taking a whole workspace in needs.

In:   forms.form and forms.aside with their rows, and the physical columns of each table
Out:  empty tables (`create_tables`); filled, they get limits, keys, triggers and views (`finish_tables`)
"""

from collections.abc import Mapping, Sequence

from perennial.changes import quoted
from perennial.forms import ddl
from perennial.forms.catalog import Catalog, catalog
from perennial.forms.maintained import defaults
from perennial.forms.propose import with_hidden
from perennial.forms.views import refresh_views
from perennial.kernel import Invalid, Tx

# as PostgreSQL writes them; what else a file names is no type of ours
_TYPES = frozenset(
    ("text", "numeric", "numeric(22,2)", "smallint", "integer", "bigint", "date", "timestamp with time zone", "boolean",
     "text[]", "bigint[]", "jsonb")
)  # fmt: skip


def tables(tx: Tx) -> dict[str, str]:
    """Form -> its table's name in schema data; forms that are out of sight have theirs too."""
    return {row["key"]: row["physical"] for row in tx.rows("SELECT key, physical FROM forms.form ORDER BY id")}


def columns(tx: Tx, form: str) -> list[tuple[str, str]]:
    """(column, type) of a form's table as it stands, those set aside included; by name."""
    rows = tx.rows(
        "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute a"
        " JOIN forms.form f ON a.attrelid = to_regclass('data.' || quote_ident(f.physical)) WHERE f.key = %(form)s"
        ' AND attnum > 0 AND NOT attisdropped ORDER BY attname COLLATE "C"',
        {"form": form},
    )
    return [(row["name"], row["type"]) for row in rows]


def drop_tables(tx: Tx) -> None:
    """No table of any form stands any longer: only where nobody has worked yet."""
    refresh_views(tx, catalog(tx), only_drop=True)
    for physical in tables(tx).values():
        tx.run(f"DROP TABLE IF EXISTS data.{quoted(physical)} CASCADE")


def create_tables(tx: Tx, wanted: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """An empty table per form of forms.form, with these columns beside the system's own."""
    for form, physical in tables(tx).items():
        table = f"data.{quoted(physical)}"
        tx.run(ddl.CREATE.format(table=table))
        system = {name for name, _ in columns(tx, form)}
        for name, type_ in wanted[form]:
            if type_ not in _TYPES:
                raise Invalid("forms.no_such_type", path=f"{form}.{name}", type=type_)
            if name not in system:
                tx.run(f"ALTER TABLE {table} ADD COLUMN {quoted(name)} {type_}")


def finish_tables(tx: Tx) -> Catalog:
    """Filled tables hold what a publication would have given them; nothing of this is a change of a record."""
    found = catalog(tx)
    whole = with_hidden(tx, found)
    for form in whole.forms:
        steps = [sql for field in form.fields for sql in (*ddl.limits(whole, form.key, field),
                                                          *ddl.references(whole, form.key, field))]  # fmt: skip
        steps += [sql for group in ddl.unique_groups(form) for sql in ddl.unique(whole, form.key, group)]
        for sql in (*steps, *defaults(tx, whole, form.key), *ddl.log(whole, form.key)):
            tx.run(sql)
    refresh_views(tx, found)
    return found

"""The triggers that write the change log, generated per form with plain column comparisons.

A statement-level trigger with transition tables sees all rows of a statement at once; comparing named columns costs a
tenth of a generic jsonb diff (docs/decisions/0003). They fire for ON CONFLICT and MERGE too, and for statements that
touch nothing, which must leave nothing behind.
"""

from collections.abc import Collection, Mapping, Sequence

SYSTEM_COLUMNS = ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at")
MAXIMUM_ARGUMENTS = 90  # a function takes at most 100; jsonb_build_object needs two per column


# The plan is kept by the session. One made for a single row would join old and new rows of the next bulk update in a
# nested loop: 100,000 rows took longer than ten minutes.
_PLANNING = "SET enable_nestloop = off SET jit = off"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def triggers(
    table: str, form_id: int, columns: Mapping[str, str] | Sequence[str], logged: Collection[str]
) -> list[str]:
    """DDL that makes every write to `table` leave its changes and one reaction per statement.

    table    schema-qualified and quoted, for example `data."contract"`
    columns  field keys, or field key -> physical column: what is compared; a change of any of them reacts
    logged   those whose values are kept before and after (the others are maintained and only named in `fields`)
    """
    names = dict(columns) if isinstance(columns, Mapping) else {key: key for key in columns}
    names = {**names, "deleted_at": "deleted_at"}
    kept = [key for key in names if key in logged or key == "deleted_at"]
    differs = {key: _differs(column) for key, column in {**names, "version": "version"}.items()}
    names |= {column: column for column in SYSTEM_COLUMNS}
    compared = [key for key in differs if key != "version"]
    bodies = {
        "insert": _INSERT.format(form_id=form_id),
        "update": _UPDATE.format(
            form_id=form_id,
            fields=", ".join(f"CASE WHEN {differs[key]} THEN '{key}' END" for key in compared),
            # the version is not a change of its own, but as-of reading wants it back
            before=_chosen("o", [*kept, "version"], names, differs),
            after=_chosen("n", kept, names, differs),
            any=" OR ".join(differs[key] for key in compared),
        ),
        "delete": _DELETE.format(form_id=form_id, whole=_object("o", [*SYSTEM_COLUMNS, *kept], names)),
    }
    name = f"form_{form_id}"
    tables = {
        "insert": "NEW TABLE AS new_rows",
        "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "OLD TABLE AS old_rows",
    }
    ddl: list[str] = []
    for event, body in bodies.items():
        function = f"changes.{name}_{event}"
        ddl += [
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql {_PLANNING} AS"
            f" $body$\nBEGIN\n{body}\nRETURN NULL;\nEND $body$",
            f"DROP TRIGGER IF EXISTS log_{event} ON {table}",
            f"CREATE TRIGGER log_{event} AFTER {event.upper()} ON {table} REFERENCING {tables[event]}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
        ]
    return [
        *ddl,
        f"DROP TRIGGER IF EXISTS log_truncate ON {table}",
        f"CREATE TRIGGER log_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION changes.refuse_truncate()",
    ]


def _differs(column: str) -> str:
    return f"n.{quoted(column)} IS DISTINCT FROM o.{quoted(column)}"


def _chosen(row: str, keys: Sequence[str], names: Mapping[str, str], differs: Mapping[str, str]) -> str:
    """The changed columns as an object. Putting empty objects together is nearly free; building them is not."""
    return " || ".join(
        f"CASE WHEN {differs[key]} THEN jsonb_build_object('{key}', {row}.{quoted(names[key])}) ELSE '{{}}'::jsonb END"
        for key in keys
    )


def _object(row: str, keys: Sequence[str], names: Mapping[str, str]) -> str:
    """A jsonb object of these columns; numbers as numeric literals keep every digit."""
    pairs = [f"'{key}', {row}.{quoted(names[key])}" for key in dict.fromkeys(keys)]
    step = MAXIMUM_ARGUMENTS // 2
    parts = [f"jsonb_build_object({', '.join(pairs[at : at + step])})" for at in range(0, len(pairs), step)]
    return f"({' || '.join(parts)})"


_INSERT = """
WITH logged AS (
    INSERT INTO changes.change (transaction_id, form_id, record_id, op)
    SELECT (SELECT changes.transaction_id()), {form_id}, n.id, 'I' FROM new_rows n
    RETURNING transaction_id
)
INSERT INTO changes.reaction (transaction_id, form_id, op) SELECT transaction_id, {form_id}, 'I' FROM logged LIMIT 1;
"""

# deleted_at decides how history reads: D is into the bin, R is out of it
_UPDATE = """
WITH logged AS (
    INSERT INTO changes.change (transaction_id, form_id, record_id, op, fields, before, after)
    SELECT (SELECT changes.transaction_id()), {form_id}, o.id,
           CASE WHEN o.deleted_at IS NULL AND n.deleted_at IS NOT NULL THEN 'D'
                WHEN o.deleted_at IS NOT NULL AND n.deleted_at IS NULL THEN 'R' ELSE 'U' END,
           array_remove(ARRAY[{fields}]::text[], NULL),
           {before},
           {after}
      FROM old_rows o JOIN new_rows n USING (id)
     WHERE {any}
    RETURNING transaction_id, op, fields
)
INSERT INTO changes.reaction (transaction_id, form_id, op, fields)
SELECT kinds.transaction_id, {form_id}, kinds.op, array_agg(DISTINCT field)
  FROM (SELECT DISTINCT transaction_id, op, fields FROM logged) kinds, unnest(kinds.fields) field
 GROUP BY kinds.transaction_id, kinds.op;
"""

_DELETE = """
WITH logged AS (
    INSERT INTO changes.change (transaction_id, form_id, record_id, op, before)
    SELECT (SELECT changes.transaction_id()), {form_id}, o.id, 'X', {whole} FROM old_rows o
    RETURNING transaction_id
)
INSERT INTO changes.reaction (transaction_id, form_id, op) SELECT transaction_id, {form_id}, 'X' FROM logged LIMIT 1;
"""

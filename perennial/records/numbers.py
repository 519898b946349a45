"""Automatic numbers: `HT-{year}-{seq:4}` counts per form, field and year, without a lock that others wait for."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Integer, Table, Text, bindparam, cast, func, literal_column, select

from perennial.forms import Field, Form, number_parts
from perennial.kernel import Invalid, Tx


@lru_cache(maxsize=1_000)
def parsed(pattern: str) -> tuple[str, int]:
    """What stands before the running number, and its least digits. The number stands last."""
    parts = number_parts(pattern)
    if parts is None:
        raise Invalid("records.number_pattern", path="pattern", pattern=pattern)
    return parts


def prefix(field: Field, tx: Tx) -> str:
    """What stands before the running number today."""
    before, _ = parsed(field.pattern or "{seq:6}")
    return before.replace("{year}", f"{tx.today.year:04}").replace("{month}", f"{tx.today.month:02}")


def prefixes(form: Form, tx: Tx) -> dict[str, str]:
    """The binds that `next_number` needs."""
    return {f"prefix_{field.key}": prefix(field, tx) for field in form.fields if field.kind == "auto_number"}


def next_number(table: Table, form: str, field: Field) -> ColumnElement[str]:
    """The next number as SQL; runs only for rows that need one. The sequence is looked up once per statement."""
    _, width = parsed(field.pattern or "{seq:6}")
    before = cast(bindparam(f"prefix_{field.key}"), Text)
    key, regclass = literal_column(f"'{field.key}'"), literal_column(f"'{table.schema}.\"{table.name}\"'::regclass")
    sequence = select(func.records.counter(literal_column(f"'{form}'"), key, before, regclass)).scalar_subquery()
    return func.records.next_number(sequence, before, cast(literal_column(str(width)), Integer), type_=Text)


def reserve(tx: Tx, table: Table, form: str, field: Field, ids: Sequence[int]) -> None:
    """No number that these records carry will be generated later. Numbers of other years never are."""
    name, column = f'{table.schema}."{table.name}"', f'"{field.key}"'
    tx.run(
        "SELECT records.reserve((SELECT records.counter(%(form)s, %(field)s, %(prefix)s, %(table)s::regclass)),"
        f" max(substr({column}, length(%(prefix)s) + 1)::bigint)) FROM {name} WHERE id = ANY(%(ids)s)"
        rf" AND starts_with({column}, %(prefix)s) AND substr({column}, length(%(prefix)s) + 1) ~ '^\d{{1,15}}$'"
        " HAVING count(*) > 0",
        {"form": form, "field": field.key, "prefix": prefix(field, tx), "table": name, "ids": list(ids)},
    )

"""Which index serves a list: from its filter and its order to the fields that the index holds.

In:   a form, a filter, an order
Out:  keys: fields held equal, then the order; `order:name` is a value as lists sort it. () where no index of ours helps
An index is over live rows and ends with the id, as pages do. Paths through other records are theirs to index.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.dialects import postgresql

from perennial import formula
from perennial.access import Rows, everything
from perennial.forms import KINDS, unique_groups
from perennial.formula import Typed
from perennial.kernel import Invalid, Tx
from perennial.records.names import sort_key

MOST_EQUAL, MOST_ORDER = 3, 3
ORDER = "order:"
_DIALECT = postgresql.dialect(paramstyle="named")
_SHORT = ("select", "auto_number")
_COMPARES = ("<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Index:
    """`name` follows from `definition`: equal names, equal indexes."""

    name: str
    form: str
    keys: tuple[str, ...]
    table: str
    definition: str


def keys_of(
    tx: Tx, form: str, filter: str | None, sort: Sequence[tuple[str, bool]] = (), group: str | None = None
) -> tuple[str, ...]:
    """The keys that serve a page; Invalid when a text does not hold any longer."""
    rows = everything(tx, form)
    equal: list[str] = []
    ranges: list[str] = []
    for part in _parts(formula.check(filter, rows.scope, "yes_no")) if filter else ():
        if (key := _equal(rows, part)) is not None:
            equal.append(key)
        elif (key := _range(rows, part)) is not None:
            ranges.append(key)
    if group is not None and (typed := _named(rows, group)) is not None:
        (ranges if typed.type.kind in ("date", "datetime") else equal).append(group)
    fields = [field.key for field in rows.catalog.form(form).fields]
    equal = sorted((key for key in set(equal) if bounded(rows, key) and not _numbered(rows, key)), key=fields.index)[
        :MOST_EQUAL
    ]
    order = _order(rows, [(path, down) for path, down in sort if path not in equal])
    keys = (*equal, *(order or ranges[:1]))
    return () if _served(rows, keys) else keys


def bounded(rows: Rows, key: str) -> bool:
    """An index may hold the value as it is. A free text may be longer than an entry, which would refuse its record."""
    field = rows.catalog.form(rows.form).field(key)
    return key.startswith(ORDER) or field is None or KINDS[field.kind].value != "text" or field.kind in _SHORT


def _numbered(rows: Rows, key: str) -> bool:
    field = rows.catalog.form(rows.form).field(key)
    return field is not None and field.kind == "auto_number"


def date_keys(tx: Tx, form: str, date: str) -> tuple[str, ...]:
    """The key by which a date trigger finds what is due; () for a computed date."""
    rows = everything(tx, form)
    typed = _named(rows, date)
    return () if typed is None or typed.args else (date,)


def index_of(tx: Tx, form: str, keys: Sequence[str]) -> Index:
    """The index with these keys, spelled as the pages spell their order."""
    rows = everything(tx, form)
    columns: list[str] = []
    for key in keys:
        if not key.startswith(ORDER):
            columns.append(f'"{key}"')
            continue
        expression = sort_key(rows, key.removeprefix(ORDER), False).expression
        text = expression.compile(dialect=_DIALECT, compile_kwargs={"include_table": False, "literal_binds": True})
        columns.append(f"({text})")
    target = rows.target
    table = f'{target.schema}."{target.name}"'
    definition = f"({', '.join([*columns, 'id'])}) WHERE deleted_at IS NULL"
    name = f"use_{hashlib.blake2s(f'{table} {definition}'.encode(), digest_size=8).hexdigest()}"
    return Index(name, form, tuple(keys), table, definition)


def _parts(typed: Typed) -> Iterator[Typed]:
    """What must all hold; a computed field is what its formula says."""
    while typed.op == "field" and typed.args and len(typed.value) == 1:
        typed = typed.args[0]
    if typed.op == "AND":
        for part in typed.args:
            yield from _parts(part)
    else:
        yield typed


def _own(rows: Rows, typed: Typed) -> str | None:
    """A column of the form itself."""
    if typed.op != "field" or typed.args or len(typed.value) != 1:
        return None
    return typed.value[0] if typed.value[0] in rows.target.c else None


def _equal(rows: Rows, part: Typed) -> str | None:
    if part.op == "=":
        for one, other in (part.args, part.args[::-1]):
            if not other.reads and (key := _own(rows, one)) is not None:
                return key
    return _own(rows, part)  # a bare yes/no field


def _range(rows: Rows, part: Typed) -> str | None:
    found = [key for one in part.args if (key := _own(rows, one)) is not None] if part.op in _COMPARES else []
    return (
        found[0] if len(found) == 1 and rows.catalog.field(rows.form, found[0]).kind not in ("text", "select") else None
    )


def _named(rows: Rows, path: str) -> Typed | None:
    """A field of the form itself, stored or computed from its own row alone; None for anything else."""
    try:
        typed = formula.check(path, rows.scope)
    except Invalid:
        return None
    if (
        typed.op != "field"
        or len(typed.value) != 1
        or typed.volatile
        or any("." in one or one.startswith("!") for one in typed.reads)
    ):
        return None
    if typed.type.kind in ("relation", "references", "multi_select") and typed.args:
        return None
    return typed


def _order(rows: Rows, sort: Sequence[tuple[str, bool]]) -> list[str]:
    found: list[str] = []
    for path, down in sort[:MOST_ORDER]:
        typed = _named(rows, path)
        if typed is None or typed.type.kind in ("relation", "references", "multi_select"):
            break
        if found and (down or sort[0][1]):
            break  # blanks stand last in both directions: only what goes upwards is one order of an index
        plain = typed.type.kind not in ("text", "select") and not typed.args
        found.append(path if plain or _numbered(rows, path) else f"{ORDER}{path}")
        if _numbered(rows, path):
            break  # unique: what follows orders nothing, and the entry stays short
    return found


def _served(rows: Rows, keys: Sequence[str]) -> bool:
    """Nothing to hold, or an index that every form has does it."""
    if len(keys) != 1:
        return not keys
    form, key = rows.catalog.form(rows.form), keys[0].removeprefix(ORDER)
    field = form.field(key)
    if field is None:
        return key == "id"
    reference = KINDS[field.kind].value in ("reference", "references")
    return reference or (key,) in unique_groups(form) or keys[0] == f"{ORDER}{form.title}"

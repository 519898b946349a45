"""What compiled conditions and calls are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import Grouping, UnaryExpression
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.operators import custom_op

from perennial.formula.source import SQL_TYPES
from perennial.formula.typed import Typed

Sql = ColumnElement[Any]
FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
ZONE = sa.literal_column("(SELECT zone FROM kernel.workspace)", sa.Text())
TODAY = sa.bindparam("today", type_=sa.Date())


@dataclass(frozen=True, slots=True)
class Loose:
    """A condition that may be NULL where it is not true; `solid` when it never is."""

    sql: ColumnElement[bool]
    solid: bool = False

    @property
    def strict(self) -> ColumnElement[bool]:
        return self.sql if self.solid else _tested(self.sql, "IS TRUE")

    @property
    def negated(self) -> "Loose":
        if self.solid:
            return Loose(sa.not_(self.sql), True)
        return Loose(_tested(self.sql, "IS NOT TRUE"), True)


def _tested(sql: ColumnElement[bool], test: str) -> ColumnElement[bool]:
    """`(sql) IS TRUE`: a BooleanTest of PostgreSQL, which SQLAlchemy would write without the brackets it needs."""
    return Grouping(UnaryExpression(Grouping(sql), modifier=custom_op(test, is_comparison=True), type_=sa.Boolean()))


def call(name: str, *args: Sql, type_: Any) -> Sql:
    """A function of schema `formula`, or of the one named before the dot."""
    schema, _, bare = name.rpartition(".")
    return getattr(getattr(sa.func, schema or "formula"), bare)(*args, type_=type_)


def compared(op: str, a: Sql, b: Sql, a_solid: bool, b_solid: bool) -> Loose:
    """Blank equals only blank; the order knows no blank. Bare SQL where one side cannot be blank."""
    both = a_solid and b_solid
    if op == "=":
        if a_solid or b_solid:
            return Loose(a == b, both)
        return Loose(a.is_not_distinct_from(b), True)
    if op == "<>":
        return Loose(a != b if both else a.is_distinct_from(b), True)
    return Loose(a.op(op, is_comparison=True)(b), both)


def folded(parts: Sequence[Any], join: Callable[[Any, Any], Any]) -> Any:
    """All parts joined by an operator, in halves: a thousand in a row would nest a thousand deep."""
    half = len(parts) // 2
    return parts[0] if not half else join(folded(parts[:half], join), folded(parts[half:], join))


def told(found: Sql, t: Typed) -> Sql:
    """What a formula sees of a value that is JSON: of files how many, else whether there is one."""
    if not isinstance(found.type, JSONB):
        return found
    there = {"number": sa.func.jsonb_array_length(found), "yes_no": sa.true()}.get(t.type.kind, sa.literal_column("1"))
    fits = (
        sa.func.jsonb_typeof(found) == sa.literal_column("'array'") if t.type.kind == "number" else found.is_not(None)
    )
    return sa.cast(sa.case((fits, there)), SQL_TYPES[t.type.kind])


LITERALS = ("number", "text", "yes_no", "date", "id")
BLANKS = ("ISBLANK", "ISERROR", "ISNA")  # there are no error values: what has no answer is blank
CONDITIONS = {
    "AND", "OR", "XOR", "NOT", *BLANKS, "ISNUMBER", "ISTEXT", "IN", "CONTAINS", "STARTSWITH", "ENDSWITH", "EXACT",
    "ISEVEN", "ISODD", "CHANGED", "HELD", *FLIPPED,
}  # fmt: skip
_NEVER_BLANK = {
    *LITERALS,
    *CONDITIONS,
    "TODAY",
    "NOW",
    "PI",
    "LEN",
    "COUNTIF",
    "COUNT",
    "COUNTA",
    "COUNTBLANK",
    "STREAK",
}


def solid(t: Typed) -> bool:
    """The SQL cannot be NULL. A required field is not trusted: a draft, a mask or the past may leave it blank; nor is a
    sum, which is blank beyond the range of numbers."""
    if t.op in ("COALESCE", "IFERROR", "IFNA"):
        return any(solid(arg) for arg in t.args)
    return t.op in _NEVER_BLANK


def numeric(value: Any) -> Sql:
    return sa.literal_column(f"{format(Decimal(value), 'f')}::numeric", sa.Numeric())

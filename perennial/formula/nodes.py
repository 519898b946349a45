"""The syntax tree: what was written, with the place of each part. Places do not count when trees are compared."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets into the text, `end` exclusive."""

    start: int = 0
    end: int = 0


NOWHERE = Span()


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bool:
    value: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A path of keys or labels: `end_date`, `[合同结束日期]`, `customer.owner.name`."""

    parts: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    part_spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`name` is in capitals, whatever was typed."""

    name: str
    args: tuple["Node", ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`-` before its operand or `%` behind it."""

    op: str
    operand: "Node"
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    op: str
    left: "Node"
    right: "Node"
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Node: TypeAlias = Number | Text | Bool | Name | Call | Unary | Binary

# How tightly an operator binds, as in Excel: -2^2 is 4, 2^3^2 is 64
BINDS = {
    "=": 10, "<>": 10, "<": 10, "<=": 10, ">": 10, ">=": 10,
    "&": 20, "+": 30, "-": 30, "*": 40, "/": 40, "^": 50,
}  # fmt: skip
PREFIX, POSTFIX = 60, 70

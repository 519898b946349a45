"""Conditions as rows of (field, operator, value) under AND and OR, for people who do not write.

In:   the text of a condition and a scope, or a tree
Out:  the tree, or None when the text says more than rows can; canonical text for a tree
Text that has a tree is the text of that tree, but for an AND within an AND: otherwise it stays text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

from perennial.formula.check import Checker, check
from perennial.formula.nodes import Binary, Bool, Call, Name, Node, Number, Text, Unary
from perennial.formula.printer import print_
from perennial.formula.suggest import problem
from perennial.formula.typed import Scope
from perennial.kernel import Invalid

Takes = Literal["none", "one", "many", "days"]


@dataclass(frozen=True, slots=True)
class Operator:
    """How a row compares. takes: no value, one, several, or a number of days."""

    key: str
    zh: str
    en: str
    takes: Takes = "one"


@dataclass(frozen=True, slots=True)
class Row:
    """`value`: text, a number as text, a date `2026-03-01`, an option's key, a record's number, {"today": days} or
    {"me": true}; a list of them for `in`."""

    path: tuple[str, ...]
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Group:
    join: Literal["and", "or"]
    rows: tuple["Row | Group", ...]


Item: TypeAlias = Row | Group
_EQ, _NE = Operator("eq", "等于", "is"), Operator("ne", "不等于", "is not")
_IN, _NOT_IN = Operator("in", "属于", "is one of", "many"), Operator("not_in", "不属于", "is none of", "many")
_HAS, _LACKS = Operator("contains", "包含", "contains"), Operator("not_contains", "不包含", "does not contain")
_BLANK, _FILLED = Operator("blank", "为空", "is blank", "none"), Operator("filled", "不为空", "is filled", "none")
_TEXTS = (_EQ, _NE, _HAS, _LACKS, Operator("starts", "开头是", "starts with"), Operator("ends", "结尾是", "ends with"),
          _IN, _NOT_IN, _BLANK, _FILLED)  # fmt: skip
_NUMBERS = (
    _EQ, _NE, Operator("gt", "大于", "is more than"), Operator("ge", "大于等于", "is at least"),
    Operator("lt", "小于", "is less than"), Operator("le", "小于等于", "is at most"), _IN, _NOT_IN, _BLANK, _FILLED,
)  # fmt: skip
_DATES = (
    _EQ, _NE, Operator("lt", "在…之前", "is before"), Operator("le", "不晚于", "is on or before"),
    Operator("gt", "在…之后", "is after"), Operator("ge", "不早于", "is on or after"),
    Operator("next_days", "在未来 N 天内", "is in the next N days", "days"),
    Operator("past_days", "在过去 N 天内", "is in the last N days", "days"), _BLANK, _FILLED,
)  # fmt: skip
OPERATORS: dict[str, tuple[Operator, ...]] = {
    "text": _TEXTS, "number": _NUMBERS, "money": _NUMBERS, "percent": _NUMBERS, "date": _DATES, "datetime": _DATES,
    "select": (_EQ, _NE, _IN, _NOT_IN, _BLANK, _FILLED), "multi_select": (_HAS, _LACKS, _BLANK, _FILLED),
    "relation": (_EQ, _NE, _IN, _NOT_IN, _BLANK, _FILLED), "references": (_HAS, _LACKS, _BLANK, _FILLED),
    "yes_no": (Operator("true", "是", "is true", "none"), Operator("false", "否", "is not true", "none")),
}  # fmt: skip
_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_OPS = {sign: key for key, sign in _SIGNS.items()}
_CALLS = {"contains": "CONTAINS", "starts": "STARTSWITH", "ends": "ENDSWITH", "in": "IN", "blank": "ISBLANK"}
_KEYS = {name: key for key, name in _CALLS.items()}
SPANS = ("next_days", "past_days")
_NOT = {"contains": "not_contains", "in": "not_in", "blank": "filled", "true": "false"}


class _TextOnly(Exception):
    """The text says more than rows can."""


def tree(text: str, scope: Scope) -> Group | None:
    """The rows of a condition; None when it has no visual form. Invalid formula.… for a wrong one."""
    typed = check(text, scope, "yes_no")
    try:
        item = _item(typed.node, scope)
        whole = item if isinstance(item, Group) else Group("and", (item,))
        again = from_tree(whole, scope)
    except (_TextOnly, Invalid):  # rows may say less than text: 3,000,000 days from today, say
        return None
    return whole if _flat(check(again, scope, "yes_no").node) == _flat(typed.node) else None


def from_tree(group: Group, scope: Scope) -> str:
    """Canonical text of a tree. Invalid formula.… names what does not fit; no rows at all are TRUE."""
    return print_(check(print_(_node(group, scope)), scope, "yes_no"))


# text -> tree


def _item(node: Node, scope: Scope) -> Item:
    if isinstance(node, Call) and node.name == "AND":
        rows = tuple(_items(node.args, scope))
        return rows[0] if len(rows) == 1 else Group("and", rows)
    if isinstance(node, Call) and node.name == "OR":
        return Group("or", tuple(_item(arg, scope) for arg in node.args))
    if isinstance(node, Bool) and node.value:
        return Group("and", ())
    if isinstance(node, Call) and node.name == "NOT":
        row = _row(node.args[0])
        if row.op not in _NOT:
            raise _TextOnly
        return replace(row, op=_NOT[row.op])
    return _row(node)


def _row(node: Node) -> Row:
    match node:
        case Name(parts):
            return Row(parts, "true")
        case Binary(op, Name(parts), right) if op in _OPS:
            return Row(parts, _OPS[op], _value(right))
        case Call(name, (Name(parts), *values)) if name in _KEYS:
            found = [_value(value) for value in values]
            return Row(parts, _KEYS[name], found if name == "IN" else found[0] if found else None)
        case _:
            raise _TextOnly


def _items(args: tuple[Node, ...], scope: Scope) -> Iterator[Item]:
    """What an AND holds; two neighbours may be one span of days."""
    left = list(args)
    while left:
        span = _span(tuple(left[:2]))
        yield span or _item(left[0], scope)
        del left[: 2 if span else 1]


def _flat(node: Node) -> Node:
    """An AND within an AND says no more than one."""
    if not (isinstance(node, Call) and node.name in ("AND", "OR")):
        return node
    args = [_flat(arg) for arg in node.args]
    same = [arg.args if isinstance(arg, Call) and arg.name == node.name else (arg,) for arg in args]
    return Call(node.name, tuple(one for part in same for one in part))


def _span(pair: tuple[Node, ...]) -> Row | None:
    """day >= TODAY(), day <= TODAY() + 30: in the next 30 days; the other way round the last."""
    match pair:
        case (Binary(">=", Name(a), low), Binary("<=", Name(b), high)) if a == b:
            first, last = _today(low), _today(high)
            if first == 0 and last is not None and last > 0:
                return Row(a, "next_days", last)
            if last == 0 and first is not None and first < 0:
                return Row(a, "past_days", -first)
        case _:
            pass
    return None


def _today(node: Node) -> int | None:
    match node:
        case Call("TODAY", ()):
            return 0
        case Binary("+" | "-" as op, Call("TODAY", ()), Number(days)) if days == int(days):
            return int(days) if op == "+" else -int(days)
        case _:
            return None


def _value(node: Node) -> Any:
    days = _today(node)
    if days is not None:
        return {"today": days}
    match node:
        case Text(value):
            return value
        case Number(value):
            return f"{value:f}"
        case Unary("-", Number(value)):
            return f"-{value:f}"
        case Call("ME", ()):
            return {"me": True}
        case _:
            raise _TextOnly


# tree -> text


def _node(item: Item, scope: Scope) -> Node:
    if isinstance(item, Group):
        parts = tuple(part for row in item.rows for part in _parts(_node(row, scope), row, item))
        if not parts:
            return Bool(True)
        return parts[0] if len(parts) == 1 else Call(item.join.upper(), parts)
    name = Name(item.path)
    kind = Checker().name(name, scope).type.kind
    known = next((one for one in OPERATORS[kind] if one.key == item.op), None)
    if known is None:
        raise problem("formula.unknown_operator", 0, operator=item.op, field=".".join(item.path), has=kind)
    if item.op in SPANS:
        return _days(name, item)
    opposite = next((plain for plain, other in _NOT.items() if other == item.op), None)
    if opposite is not None:
        return Call("NOT", (_plain(name, opposite, item, kind),))
    return _plain(name, item.op, item, kind)


def _parts(node: Node, row: Item, group: Group) -> tuple[Node, ...]:
    """A span of days is two conditions of the AND that it stands in."""
    span = isinstance(row, Row) and row.op in SPANS and group.join == "and"
    return node.args if span and isinstance(node, Call) else (node,)


def _plain(name: Name, op: str, row: Row, kind: str) -> Node:
    if op == "true":
        return name
    if op == "blank":
        return Call("ISBLANK", (name,))
    if op == "in":
        values: Sequence[Any] = row.value if isinstance(row.value, list) else [row.value]  # pyright: ignore[reportUnknownVariableType]
        return Call("IN", (name, *(_literal(value, kind, row) for value in values)))
    value = _literal(row.value, kind, row)
    return Binary(_SIGNS[op], name, value) if op in _SIGNS else Call(_CALLS[op], (name, value))


def _days(name: Name, row: Row) -> Node:
    if not isinstance(row.value, int) or not 0 < row.value < 100_000:
        raise problem("formula.wrong_value", 0, field=".".join(row.path), value=str(row.value), has="number")
    today = Call("TODAY", ())
    shifted = Binary("+" if row.op == "next_days" else "-", today, Number(Decimal(row.value)))
    low, high = (today, shifted) if row.op == "next_days" else (shifted, today)
    return Call("AND", (Binary(">=", name, low), Binary("<=", name, high)))


def _literal(value: Any, kind: str, row: Row) -> Node:
    match value:
        case {"me": True}:
            return Call("ME", ())
        case {"today": int(days)} if abs(days) < 100_000:
            today = Call("TODAY", ())
            return today if days == 0 else Binary("+" if days > 0 else "-", today, Number(Decimal(abs(days))))
        case str() | int() if kind in ("number", "money", "percent", "relation", "references") and value != "":
            try:
                number = Decimal(str(value))
            except InvalidOperation:
                number = Decimal("NaN")
            if number.is_finite() and abs(number) < Decimal("1e19"):
                plain = Number(abs(number).normalize() if number else Decimal(0))
                return Unary("-", plain) if number < 0 else plain
        case str():
            return Text(value)
        case _:
            pass
    raise problem("formula.wrong_value", 0, field=".".join(row.path), value=str(value), has=kind)

"""Literals, and what a text literal becomes where an option or a date is meant."""

import datetime as dt
from dataclasses import replace

from perennial.formula.nodes import Bool, Node, Number, Text
from perennial.formula.suggest import at, nearest
from perennial.formula.typed import Type, Typed, tree

LARGEST_ID = 2**63 - 1
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(9999, 12, 31)


def number(node: Number) -> Typed:
    return tree("number", Type("number", False), node, value=node.value)


def boolean(node: Bool) -> Typed:
    return tree("yes_no", Type("yes_no", False), node, value=node.value)


def text_of(node: Text, want: Type | None = None) -> Typed:
    """Empty text is blank, of whatever type is wanted."""
    if not node.value:
        return tree("blank", replace(want, nullable=True) if want else Type("text", True), node)
    plain = tree("text", Type("text", False), node, value=node.value)
    return plain if want is None else adapted(plain, want)


def adapted(typed: Typed, want: Type) -> Typed:
    """A text literal as an option key or a date, a number as a record's id, where those are wanted; else as it is."""
    if typed.op == "blank":
        return replace(typed, type=replace(want, nullable=True))
    if typed.op == "number" and want.kind == "relation" and typed.value == int(typed.value) <= LARGEST_ID:
        return tree("id", Type("relation", False, want.form), typed.node, value=int(typed.value))
    if typed.op != "text":
        return typed
    if want.kind in ("select", "multi_select") and want.options:
        return _option(typed, want)
    if want.kind in ("date", "datetime"):
        return _date(typed)
    return typed


def _option(typed: Typed, want: Type) -> Typed:
    for option in want.options:
        if option.key == typed.value:
            return replace(typed, type=Type("select", False, None, want.options))
    for option in want.options:
        if option.label == typed.value:
            named = Text(option.key, typed.node.span)
            return tree("text", Type("select", False, None, want.options), named, value=option.key)
    words = [word for option in want.options for word in (option.label, option.key)]
    raise at(
        "formula.unknown_option", typed.node.span, option=typed.value,
        suggestion=nearest(typed.value, words), options=[option.label for option in want.options],
    )  # fmt: skip


def _date(typed: Typed) -> Typed:
    try:
        value = dt.date.fromisoformat(typed.value)
    except ValueError:
        raise at("formula.not_date", typed.node.span, text=typed.value) from None
    if not EARLIEST <= value <= LATEST:
        raise at("formula.not_date", typed.node.span, text=typed.value)
    node: Node = typed.node
    return tree("date", Type("date", False), node, value=value)

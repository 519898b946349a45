"""The types of calls over how a field was: before the change at hand, and in its daily and weekly readings.

A reading is the value at the end of a day or week. What is asked of readings sees tracked fields only, and only one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from perennial.formula.arguments import fitted, misfit
from perennial.formula.functions import Fn
from perennial.formula.nodes import Binary, Call, Name, Node, Text, Unary
from perennial.formula.suggest import at
from perennial.formula.typed import Collection, Deciding, FieldInfo, Scope, Type, Typed, tree

if TYPE_CHECKING:
    from perennial.formula.check import Checker

PERIODS = {"week": "week", "day": "day", "周": "week", "天": "day", "日": "day"}
OPS = ("READING", "READING_ON", "STREAK", "HELD", "AVG_OVER")


class TrackedScope:
    """The tracked fields of a scope, each as it was noted, whatever computes it."""

    def __init__(self, inner: Scope) -> None:
        self._inner = inner

    @property
    def form(self) -> str:
        return self._inner.form

    def field(self, name: str) -> FieldInfo | None:
        found = self._inner.field(name)
        return None if found is None else replace(found, formula=None, stored=True)

    def relation(self, name: str) -> "Scope | None":
        found = self._inner.relation(name)
        return None if found is None else TrackedScope(found)

    def collection(self, name: str) -> Collection | None:
        return None

    def fields(self) -> Iterable[FieldInfo]:
        return [field for field in self._inner.fields() if field.tracked]

    def collections(self) -> Iterable[Collection]:
        return ()

    def other(self, name: str) -> Scope | None:
        return None

    def decision(self, name: str) -> Deciding | None:
        return self._inner.decision(name)

    def readings(self, key: str, period: str) -> None:
        return None


def _names(node: Node) -> Iterator[Name]:
    match node:
        case Name():
            yield node
        case Call():
            for arg in node.args:
                yield from _names(arg)
        case Unary():
            yield from _names(node.operand)
        case Binary():
            yield from _names(node.left)
            yield from _names(node.right)
        case _:
            pass


def _tracked(checker: "Checker", fn: Fn, node: Node, scope: Scope) -> tuple[Typed, tuple[str, ...]]:
    """The typed argument over the readings of the one field that it names, and that field's path."""
    paths: dict[tuple[str, ...], None] = {}
    for name in _names(node):
        keys, reached = checker.walk(name, scope)
        found = reached.field(name.parts[-1])
        if found is not None and not found.tracked:
            words = [field.label for field in reached.fields() if field.tracked]
            tracked = "、".join(words) or "—"
            raise at("formula.not_tracked", name.span, function=fn.name, field=found.label, tracked=tracked)
        if found is not None:
            paths[(*keys, found.key)] = None
    typed = checker.node(node, TrackedScope(scope))
    if len(paths) != 1:
        raise at("formula.one_tracked", node.span, function=fn.name)
    return typed, next(iter(paths))


def _period(fn: Fn, node: Node) -> Typed:
    if not isinstance(node, Text) or node.value not in PERIODS:
        raise at("formula.unknown_unit", node.span, function=fn.name, units=["week", "day"])
    period = PERIODS[node.value]
    return tree("text", Type("text", False), Text(period, node.span), value=period)


def _reading(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """READING, READING_ON, AVG_OVER of a field, STREAK, HELD of a condition; then a count if any, the period."""
    first, path = _tracked(checker, fn, node.args[0], scope)
    condition = fn.name in ("STREAK", "HELD")
    if condition and first.type.family != "yes_no":
        raise misfit(fn, 0, first, "yes_no")
    if not condition and first.op != "field":
        raise at("formula.field_wanted", first.node.span, function=fn.name)
    if fn.name == "AVG_OVER" and first.type.family != "number":
        raise misfit(fn, 0, first, "number")
    counts = [fitted(fn, 1, checker.node(arg, scope)) for arg in node.args[1:-1]]
    period = _period(fn, node.args[-1])
    types = {
        "READING": replace(first.type, nullable=True), "READING_ON": Type("date"), "STREAK": Type("number", False),
        "HELD": Type("yes_no", False), "AVG_OVER": Type(first.type.kind),
    }  # fmt: skip
    again = Call(fn.name, (first.node, *(count.node for count in counts), period.node), node.span)
    return tree(fn.name, types[fn.name], again, (first, *counts), (path, period.value), "stable")


def _changed(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """CHANGED, PREVIOUS: a field of this record, computed ones too."""
    field = checker.node(node.args[0], scope)
    if field.op != "field" or len(field.value) != 1:
        raise at("formula.field_wanted", node.args[0].span, function=fn.name)
    type_ = Type("yes_no", False) if fn.name == "CHANGED" else replace(field.type, nullable=True)
    return tree(fn.name, type_, Call(fn.name, (field.node,), node.span), (field,))


def without_changes(typed: Typed) -> Typed:
    """The tree, or formula.no_changes: what stands in a form's definition is read where no change is at hand."""
    if typed.op in ("CHANGED", "PREVIOUS"):
        raise at("formula.no_changes", typed.node.span, function=typed.op)
    if typed.op != "field":  # a computed field was asked in its own place
        for arg in typed.args:
            without_changes(arg)
    return typed


SPECIAL: "dict[str, Callable[[Checker, Fn, Call, Scope, Type | None], Typed]]" = {
    **dict.fromkeys(OPS, _reading), "CHANGED": _changed, "PREVIOUS": _changed,
}  # fmt: skip

"""The types of calls over several values and rows: children (`contracts.amount`), a whole form (`contract.amount`).

One column alone becomes the aggregate that SUMIF and the like are: `SUM(contracts.amount)` is `SUMIF(contracts, TRUE,
amount)`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from perennial.formula import operators
from perennial.formula.arguments import BOUNDED, built, fitted, misfit, unified
from perennial.formula.functions import Fn
from perennial.formula.literals import adapted, boolean
from perennial.formula.nodes import Binary, Bool, Call, Name, Node
from perennial.formula.operators import SPEAKABLE, as_text, meet
from perennial.formula.suggest import at, nearest
from perennial.formula.typed import Scope, Type, Typed, tree

if TYPE_CHECKING:
    from perennial.formula.check import Checker


class Reached(NamedTuple):
    """Rows that a path leads to, their scope, and the rest of the path, to be read on each of them."""

    path: tuple[str, ...]
    scope: Scope
    rest: Name | None
    shown: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """All rows of a form, not those of this record."""
        return self.path[0].startswith("!")


def reach(node: Node, scope: Scope) -> Reached | None:
    """Where a path meets rows: at a collection, or at another form's name when nothing here is called so."""
    if not isinstance(node, Name):
        return None
    keys: list[str] = []
    at_scope = scope
    for place, name in enumerate(node.parts):
        rest = node.parts[place + 1 :]
        after = Name(rest, node.span, node.part_spans[place + 1 :]) if rest else None
        found = at_scope.field(name)
        if found is None or found.type.kind == "references":
            rows = at_scope.collection(name)
            if rows is not None:
                return Reached((*keys, rows.key), rows.scope, after, (*keys, rows.key))
            other = scope.other(name) if place == 0 and found is None else None
            if other is None:
                return None
            hidden = scope.field(other.form) or scope.collection(other.form)  # its key means something nearer here
            return Reached((f"!{other.form}",), other, after, (name if hidden else other.form,))
        step = at_scope.relation(name) if found.type.kind == "relation" else None
        if step is None:
            return None
        keys.append(found.key)
        at_scope = step
    return None


def read(typed: Typed, reached: Reached, node: Node) -> Typed:
    """`typed` read on rows: what it reads lies there."""
    path = ".".join(reached.path)
    reads = frozenset({path, *(f"{path}.{one}" for one in typed.reads)})
    volatility = "stable" if reached.whole or typed.volatile else "immutable"
    return replace(typed, node=node, reads=reads, volatility=volatility)


def printed(reached: Reached, rest: Node | None, node: Node) -> Name:
    """A column's path with keys."""
    return Name((*reached.shown, *(rest.parts if isinstance(rest, Name) else ())), node.span)


def column(checker: "Checker", node: Node, scope: Scope) -> tuple[Typed, Reached] | None:
    """`contracts.amount` as a typed column, None for anything that is one value."""
    reached = reach(node, scope)
    if reached is None or reached.rest is None:
        return None
    inner = checker.name(reached.rest, reached.scope)
    own = Typed("column", replace(inner.type, nullable=True), node, (inner,), reached.path, "immutable", inner.reads,
                inner.height + 1)  # fmt: skip
    return read(own, reached, printed(reached, inner.node, node)), reached


def _column(checker: "Checker", fn: Fn, place: int, node: Node, scope: Scope) -> tuple[Typed, Reached]:
    found = column(checker, node, scope)
    if found is not None:
        return found
    if (
        isinstance(node, Name)
        and len(node.parts) == 1
        and reach(node, scope) is None
        and scope.field(node.parts[0]) is None
    ):
        _no_rows(fn, place, node, scope)
    raise at("formula.column_wanted", node.span, function=fn.name, argument=place + 1)


def _no_rows(fn: Fn, place: int, node: Name, scope: Scope) -> None:
    words = [word for entry in scope.collections() for word in (entry.key, entry.label)]
    raise at("formula.unknown_collection", node.span, function=fn.name, argument=place + 1, name=node.parts[-1],
             suggestion=nearest(node.parts[-1], words))  # fmt: skip


def rows_of(checker: "Checker", fn: Fn, node: Node, scope: Scope) -> Reached:
    """The first argument of an aggregate: rows, nothing behind them."""
    if not isinstance(node, Name):
        raise at("formula.collection_wanted", node.span, function=fn.name)
    reached = reach(node, scope)
    if reached is not None and reached.rest is None:
        return reached
    if reached is not None:
        raise at("formula.collection_wanted", node.span, function=fn.name)
    _, last = checker.walk(node, scope)
    _no_rows(fn, 0, Name(node.parts[-1:], node.span), last)
    raise AssertionError


def aggregate(op: str, args: Sequence[Typed], type_: Type, reached: Reached, node: Node) -> Typed:
    """COUNTIF SUMIF AVERAGEIF MAXIF MINIF: args are the condition and the value, both read on the rows."""
    return read(tree(op, type_, node, tuple(args), reached.path), reached, node)


def _condition(fn: Fn, place: int, arg: Typed) -> Typed:
    if arg.type.family != "yes_no":
        raise misfit(fn, place, arg, "yes_no")
    return arg


def _summed(fn: Fn, place: int, value: Typed, op: str) -> Type:
    """The type of an aggregate of `value`."""
    least = ("number",) if op in ("SUMIF", "AVERAGEIF") else BOUNDED
    if value.type.family not in least:
        raise misfit(fn, place, value, "number")
    return Type(value.type.kind, op != "SUMIF")


def _if(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """COUNTIF(rows, condition?), SUMIF(rows, condition, value)."""
    reached = rows_of(checker, fn, node.args[0], scope)
    args = [checker.node(arg, reached.scope) for arg in node.args[1:]]
    if args:
        args[0] = _condition(fn, 1, args[0])
    type_ = _summed(fn, 2, args[1], fn.name) if len(args) > 1 else Type("number", False)
    again = Call(fn.name, (printed(reached, None, node.args[0]), *(arg.node for arg in args)), node.span)
    return aggregate(fn.name, args, type_, reached, again)


def _ifs(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """COUNTIFS(rows, condition, …), SUMIFS(rows.value, condition, …): all conditions together."""
    op = fn.name[:-1]
    if fn.name == "COUNTIFS":
        reached, value = rows_of(checker, fn, node.args[0], scope), None
        first: Node = printed(reached, None, node.args[0])
    else:
        found, reached = _column(checker, fn, 0, node.args[0], scope)
        value, first = found.args[0], found.node
    conditions = [
        _condition(fn, place, checker.node(arg, reached.scope)) for place, arg in enumerate(node.args) if place
    ]
    both = conditions[0]
    if len(conditions) > 1:
        written = Call("AND", tuple(one.node for one in conditions))
        both = tree("AND", Type("yes_no", False), written, tuple(conditions))
    type_ = Type("number", False) if value is None else _summed(fn, 0, value, op)
    again = Call(fn.name, (first, *(one.node for one in conditions)), node.span)
    return aggregate(op, [both] if value is None else [both, value], type_, reached, again)


def _product(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """SUMPRODUCT(rows, value, …): each row's values multiplied, then summed."""
    reached = rows_of(checker, fn, node.args[0], scope)
    values = [checker.node(arg, reached.scope) for arg in node.args[1:]]
    for place, value in enumerate(values, 1):
        if value.type.family != "number":
            raise misfit(fn, place, value, "number")
    whole = values[0]
    for value in values[1:]:
        whole = operators.binary(Binary("*", whole.node, value.node), whole, value)
    again = Call(fn.name, (printed(reached, None, node.args[0]), *(one.node for one in values)), node.span)
    return aggregate("SUMIF", [boolean(Bool(True)), whole], Type(whole.type.kind, False), reached, again)


_ALONE = {"SUM": "SUMIF", "AVERAGE": "AVERAGEIF", "MIN": "MINIF", "MAX": "MAXIF"}


def _several(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """SUM AVERAGE MEDIAN STDEV PRODUCT MIN MAX of values and columns."""
    columns = [column(checker, arg, scope) for arg in node.args]
    args = [found[0] if found else checker.node(arg, scope) for found, arg in zip(columns, node.args, strict=True)]
    ordered = fn.name in ("MIN", "MAX")
    if not ordered:
        args = [adapted(arg, Type("number")) if arg.op == "blank" else arg for arg in args]
    type_ = _one_type(fn, args) if ordered else Type("number")
    for place, arg in enumerate(args):
        if arg.op != "blank" and arg.type.family not in (BOUNDED if ordered else ("number",)):
            raise misfit(fn, place, arg, "number")
    type_ = type_ if ordered else _one_type(fn, args)
    alone = _ALONE.get(fn.name)
    if len(args) == 1 and columns[0] is not None and alone is not None:
        found, reached = columns[0]
        again = Call(fn.name, (found.node,), node.span)
        return aggregate(
            alone, [boolean(Bool(True)), found.args[0]], replace(type_, nullable=alone != "SUMIF"), reached, again
        )
    blank = fn.name != "SUM" and (not ordered or all(arg.type.nullable for arg in args))
    return built(fn, node, args, replace(type_, nullable=blank))


def _one_type(fn: Fn, args: list[Typed]) -> Type:
    """All values and columns in one type, in place; a column of dates meets moments row by row."""
    inner = [arg.args[0] if arg.op == "column" else arg for arg in args]
    type_ = unified(fn, inner, range(len(inner)))
    for place, arg in enumerate(args):
        same = arg.op == "column" and inner[place] is arg.args[0]
        args[place] = arg if same else replace(arg, args=(inner[place],)) if arg.op == "column" else inner[place]
    return type_


def _counted(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """COUNT COUNTA COUNTBLANK of values, columns and rows."""
    args: list[Typed] = []
    for arg in node.args:
        reached = reach(arg, scope)
        if reached is not None and reached.rest is None:
            if fn.name == "COUNTBLANK":
                raise at("formula.column_wanted", arg.span, function=fn.name, argument=len(args) + 1)
            args.append(aggregate("COUNTIF", [], Type("number", False), reached, printed(reached, None, arg)))
            continue
        found = column(checker, arg, scope)
        args.append(checker.node(arg, scope) if found is None else found[0])
    return built(fn, node, args, Type("number", False))


def _joined(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """CONCAT, CONCATENATE, TEXTJOIN: values, or one column."""
    first = 2 if fn.name == "TEXTJOIN" else 0
    args = [fitted(fn, place, checker.node(arg, scope)) for place, arg in enumerate(node.args[:first])]
    for place, arg in enumerate(node.args[first:], first):
        found = column(checker, arg, scope)
        if found is not None and len(node.args) > first + 1:
            raise at("formula.column_alone", arg.span, function=fn.name)
        value = checker.node(arg, scope) if found is None else found[0].args[0]
        if value.type.family not in SPEAKABLE:
            raise misfit(fn, place, value, "text")
        spoken = as_text(value)
        args.append(spoken if found is None else replace(found[0], args=(spoken,), type=Type("text")))
    return built(fn, node, args, Type("text", True))


def _placed(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """LARGE, SMALL, PERCENTILE, QUARTILE of a column."""
    found, _ = _column(checker, fn, 0, node.args[0], scope)
    if found.type.family not in (BOUNDED if fn.name in ("LARGE", "SMALL") else ("number",)):
        raise misfit(fn, 0, found, "number")
    place = fitted(fn, 1, checker.node(node.args[1], scope))
    return built(fn, node, [found, place], Type(found.type.kind, True))


def _lookup(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """XLOOKUP(value, rows.key, rows.result, default?): of the rows whose key is the value, the one made first."""
    (key, rows), (found, others) = (_column(checker, fn, place, node.args[place], scope) for place in (1, 2))
    if rows.path != others.path:
        raise at("formula.other_rows", node.args[2].span, function=fn.name)
    value, sought = meet(checker.node(node.args[0], scope), key.args[0], "=")
    if sought.type.kind == "multi_select":
        raise misfit(fn, 1, sought, "text")
    args = [value, replace(key, args=(sought,)), found]
    type_ = found.type
    if len(node.args) == 4:
        inner = [found.args[0], checker.node(node.args[3], scope, want)]
        type_ = unified(fn, inner, (0, 1), want)
        args = [*args[:2], found if inner[0] is found.args[0] else replace(found, args=(inner[0],)), inner[1]]
    return built(fn, node, args, replace(type_, nullable=True))


def _ranked(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """RANK(value, column, ascending?), PERCENTRANK(column, value)."""
    at_column, at_value = (1, 0) if fn.name == "RANK" else (0, 1)
    found, _ = _column(checker, fn, at_column, node.args[at_column], scope)
    if found.type.family != "number":
        raise misfit(fn, at_column, found, "number")
    args = [fitted(fn, at_value, checker.node(node.args[at_value], scope)), found]
    args += [fitted(fn, 2, checker.node(arg, scope)) for arg in node.args[2:]]
    typed = built(fn, node, args, Type("number", True))
    order = args if fn.name == "RANK" else [args[1], args[0]]
    return replace(typed, node=Call(fn.name, tuple(arg.node for arg in order), node.span))


def _running(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """RUNNINGTOTAL(contract.payments.amount, contract.payments.paid_on): up to this record, among its siblings."""
    (value, rows), (order, others) = (_column(checker, fn, place, node.args[place], scope) for place in (0, 1))
    if rows.path != others.path:
        raise at("formula.other_rows", node.args[1].span, function=fn.name)
    if rows.whole or rows.scope.form != scope.form:
        raise at("formula.not_siblings", node.args[0].span, function=fn.name)
    if value.type.family != "number":
        raise misfit(fn, 0, value, "number")
    if order.type.family not in (*BOUNDED, "text"):
        raise misfit(fn, 1, order, "date")
    assert others.rest is not None
    own = checker.name(others.rest, scope)
    typed = built(fn, node, [value, order, own], Type(value.type.kind, True))
    return replace(typed, node=Call(fn.name, (value.node, order.node), node.span))


Special = Callable[["Checker", Fn, Call, Scope, "Type | None"], Typed]
SPECIAL: dict[str, Special] = {
    **dict.fromkeys(("COUNTIF", "SUMIF", "AVERAGEIF", "MAXIF", "MINIF"), _if),
    **dict.fromkeys(("COUNTIFS", "SUMIFS", "AVERAGEIFS", "MAXIFS", "MINIFS"), _ifs),
    **dict.fromkeys(("SUM", "AVERAGE", "MEDIAN", "STDEV", "PRODUCT", "MIN", "MAX"), _several),
    **dict.fromkeys(("COUNT", "COUNTA", "COUNTBLANK"), _counted),
    **dict.fromkeys(("CONCAT", "CONCATENATE", "TEXTJOIN"), _joined),
    **dict.fromkeys(("LARGE", "SMALL", "PERCENTILE", "QUARTILE"), _placed),
    "SUMPRODUCT": _product, "XLOOKUP": _lookup, "RANK": _ranked,
    "PERCENTRANK": _ranked, "RUNNINGTOTAL": _running,
}  # fmt: skip

"""The types of function calls: number of arguments, kind of each, and what comes out.

Read in this order: call, the groups below; rows.py (related rows), history.py (changes and readings).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from perennial.formula import decide, history, rows
from perennial.formula.arguments import built, fitted, miscounted, misfit, result, unified
from perennial.formula.formats import pattern
from perennial.formula.functions import Fn, table
from perennial.formula.literals import adapted
from perennial.formula.nodes import Call, Node, Number, Text
from perennial.formula.operators import SPEAKABLE, as_text, meet
from perennial.formula.suggest import at, nearest
from perennial.formula.typed import Scope, Type, Typed

if TYPE_CHECKING:
    from perennial.formula.check import Checker


def _week(*off: int) -> str:
    return "".join("1" if day in off else "0" for day in range(7))


UNITS = ("Y", "M", "D", "MD", "YM", "YD")
WEEKENDS = {  # Excel's numbers: two days off, or one
    **{Decimal(n): _week((n + 4) % 7, (n + 5) % 7) for n in range(1, 8)},
    **{Decimal(n): _week((n - 12) % 7) for n in range(11, 18)},
}
MASKS = ("phone", "mail", "name", "id", "all")


def call(checker: "Checker", node: Call, scope: Scope, want: Type | None) -> Typed:
    fn = table().get(node.name)
    if fn is None:
        raise at("formula.unknown_function", node.span, name=node.name, suggestion=nearest(node.name, table()))
    count = len(node.args)
    if count < fn.least or (fn.most is not None and count > fn.most):
        raise miscounted(fn, node, fn.least, fn.most)
    special = _SPECIAL.get(fn.name)
    if special is not None:
        return special(checker, fn, node, scope, want)
    args = [fitted(fn, place, checker.node(arg, scope)) for place, arg in enumerate(node.args)]
    return built(fn, node, args, result(fn, args))


# functions whose result follows from their arguments


def _branches(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """IF, IFS: conditions, and results of one kind."""
    pairs = len(node.args) // 2 * 2
    is_condition: Callable[[int], bool] = (
        (lambda i: i == 0) if fn.name == "IF" else (lambda i: i < pairs and i % 2 == 0)
    )
    if fn.name == "IFS" and len(node.args) != pairs:
        raise at("formula.argument_pairs", node.span, function=fn.name, has=len(node.args))
    args: list[Typed] = []
    for place, arg in enumerate(node.args):
        if is_condition(place):
            args.append(fitted(fn, place, checker.node(arg, scope)))
        else:
            args.append(checker.node(arg, scope, want))
    results = [place for place in range(len(args)) if not is_condition(place)]
    type_ = unified(fn, args, results, want)
    open_end = fn.name == "IFS" or len(args) == 2
    return built(fn, node, args, replace(type_, nullable=type_.nullable or open_end))


def _first(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """COALESCE."""
    args = [checker.node(arg, scope, want) for arg in node.args]
    type_ = unified(fn, args, range(len(args)), want)
    return built(fn, node, args, replace(type_, nullable=all(arg.type.nullable for arg in args)))


def _switch(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """SWITCH(value, case, result, …, default?)."""
    if len(node.args) < 3:
        raise miscounted(fn, node, 3, None)
    cases = [place for place in range(1, len(node.args) - 1) if place % 2 == 1]
    results = [place for place in range(1, len(node.args)) if place not in cases]
    subject, choices = _choices(checker, [node.args[0], *(node.args[place] for place in cases)], scope)
    args = [subject, *(checker.node(arg, scope, want) for arg in node.args[1:])]
    for place, choice in zip(cases, choices, strict=True):
        args[place] = choice
    type_ = unified(fn, args, results, want)
    no_default = len(node.args) % 2 == 1
    return built(fn, node, args, replace(type_, nullable=type_.nullable or no_default))


def _among(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """IN(value, choice, …): a chain of =."""
    if len(node.args) < 2:
        raise miscounted(fn, node, 2, None)
    subject, choices = _choices(checker, node.args, scope, lists=True)
    return built(fn, node, [subject, *choices], Type("yes_no", False))


def _choices(
    checker: "Checker", nodes: Sequence[Node], scope: Scope, *, lists: bool = False
) -> tuple[Typed, list[Typed]]:
    """The first node and those it is compared with, as values of one kind; with `lists`, a list of references stands
    for its members."""
    subject, *choices = (checker.node(node, scope) for node in nodes)
    if subject.op == "blank":
        subject = adapted(subject, next((choice.type for choice in choices if choice.op != "blank"), subject.type))

    def fitting(choice: Typed) -> Typed:
        named = (choice.type.kind, subject.type.kind, choice.type.form) == ("references", "relation", subject.type.form)
        return choice if lists and named else meet(subject, choice, "=")[1]

    return subject, [fitting(choice) for choice in choices]


def _contains(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """CONTAINS over text, or over a multiple select."""
    subject, part = checker.node(node.args[0], scope), checker.node(node.args[1], scope)
    if subject.type.kind == "multi_select":
        return built(fn, node, [subject, fitted(fn, 1, adapted(part, subject.type))], Type("yes_no", False))
    if subject.type.kind == "references":
        part = adapted(part, Type("relation", True, subject.type.form))
        if (part.type.kind, part.type.form) != ("relation", subject.type.form):
            raise at("formula.argument_type", part.node.span, function=fn.name, argument=2, name="text",
                     wants="relation", has=part.type.kind)  # fmt: skip
        return built(fn, node, [subject, part], Type("yes_no", False))
    if subject.type.family not in SPEAKABLE:
        raise misfit(fn, 0, subject, "text")
    return built(fn, node, [as_text(subject), fitted(fn, 1, part)], Type("yes_no", False))


def _formatted(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """TEXT(value, format): the format is a literal, understood now."""
    subject, form = checker.node(node.args[0], scope), checker.node(node.args[1], scope)
    if form.op != "text":
        raise at("formula.literal_wanted", form.node.span, function=fn.name, argument=2)
    if subject.type.family not in ("number", "date", "datetime"):
        raise misfit(fn, 0, subject, "number")
    found = pattern(form.value, subject.type.family)
    if found is None:
        raise at("formula.unknown_format", form.node.span, format=form.value)
    own = built(fn, node, [subject, form], Type("text", subject.type.nullable), found)
    return replace(own, volatility="stable") if subject.type.kind == "datetime" else own


def _datedif(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    args = [fitted(fn, place, checker.node(arg, scope)) for place, arg in enumerate(node.args)]
    unit = args[2]
    if unit.op != "text" or str(unit.value).upper() not in UNITS:
        raise at("formula.unknown_unit", unit.node.span, function=fn.name, units=list(UNITS))
    return built(fn, node, args, Type("number", True))


def _choose(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """CHOOSE(place, value, …)."""
    args = [
        fitted(fn, 0, checker.node(node.args[0], scope)),
        *(checker.node(arg, scope, want) for arg in node.args[1:]),
    ]
    type_ = unified(fn, args, range(1, len(args)), want)
    return built(fn, node, args, replace(type_, nullable=True))


def _masked(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    args = [fitted(fn, 0, checker.node(node.args[0], scope)), checker.node(node.args[1], scope)]
    if args[1].op != "text" or args[1].value not in MASKS:
        raise at("formula.unknown_unit", node.args[1].span, function=fn.name, units=list(MASKS))
    return built(fn, node, args, Type("text", args[0].type.nullable))


def _shaped(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """WORKDAY.INTL, NETWORKDAYS.INTL: the days off are literal; `value` has a 1 for each, from Monday."""
    args = [fitted(fn, place, checker.node(arg, scope)) for place, arg in enumerate(node.args[:2])]
    off = WEEKENDS[Decimal(1)]
    for arg in node.args[2:]:
        written = arg.value if isinstance(arg, Number | Text) else None
        off = WEEKENDS.get(written, "") if isinstance(written, Decimal) else written or ""
        if not re.fullmatch("[01]{7}", off) or "0" not in off:
            raise at("formula.weekend", arg.span, function=fn.name)
        args.append(checker.node(arg, scope))
    return built(fn, node, args, result(fn, args), off)


_Special = Callable[["Checker", Fn, Call, Scope, "Type | None"], Typed]
_SPECIAL: dict[str, _Special] = {
    "IF": _branches, "IFS": _branches, "SWITCH": _switch, "CHOOSE": _choose, "IN": _among, "CONTAINS": _contains,
    "TEXT": _formatted, "DATEDIF": _datedif, "MASK": _masked, "WORKDAY.INTL": _shaped,
    "NETWORKDAYS.INTL": _shaped, **dict.fromkeys(("COALESCE", "IFERROR", "IFNA"), _first),
    **rows.SPECIAL, **history.SPECIAL, **decide.SPECIAL,
}  # fmt: skip

"""The types of function calls: number of arguments, kind of each, and what comes out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from perennial.formula.formats import pattern
from perennial.formula.functions import Fn, table
from perennial.formula.literals import adapted
from perennial.formula.nodes import Call, Name, Node
from perennial.formula.operators import SPEAKABLE, as_text, fit, meet, unify
from perennial.formula.suggest import at, nearest
from perennial.formula.typed import Collection, Scope, Type, Typed, tree

if TYPE_CHECKING:
    from perennial.formula.check import Checker

UNITS = ("Y", "M", "D", "MD", "YM", "YD")


def call(checker: "Checker", node: Call, scope: Scope, want: Type | None) -> Typed:
    fn = table().get(node.name)
    if fn is None:
        raise at("formula.unknown_function", node.span, name=node.name, suggestion=nearest(node.name, table()))
    count = len(node.args)
    if count < fn.least or (fn.most is not None and count > fn.most):
        raise _count(fn, node, fn.least, fn.most)
    if fn.args and fn.args[0].wants == "collection":
        return _aggregate(checker, fn, node, scope)
    special = _SPECIAL.get(fn.name)
    if special is not None:
        return special(checker, fn, node, scope, want)
    args = [_fitted(fn, place, checker.node(arg, scope)) for place, arg in enumerate(node.args)]
    return _built(fn, node, args, _result(fn, args))


def _count(fn: Fn, node: Call, least: int, most: int | None) -> Exception:
    needs = f"{least}+" if most is None else str(least) if least == most else f"{least}-{most}"
    return at("formula.argument_count", node.span, function=fn.name, needs=needs, least=least, most=most,
              has=len(node.args))  # fmt: skip


def _built(fn: Fn, node: Call, args: Sequence[Typed], type_: Type, value: object = None) -> Typed:
    printed = Call(fn.name, tuple(arg.node for arg in args), node.span)
    return tree(fn.name, type_, printed, tuple(args), value, fn.volatility if fn.volatility == "stable" else "constant")


def _fitted(fn: Fn, place: int, arg: Typed) -> Typed:
    """The argument as its parameter wants it; the error names function, place and both kinds."""
    wants = fn.arg(place).wants
    if wants == "any":
        return arg
    has = arg.type.family
    facts = {
        "function": fn.name,
        "argument": place + 1,
        "name": fn.arg(place).name,
        "wants": wants,
        "has": arg.type.kind,
    }
    if wants == "text":
        if has not in SPEAKABLE:
            raise at("formula.argument_type", arg.node.span, **facts)
        return as_text(arg)
    if wants in ("number", "date", "yes_no"):
        if wants == "date" and arg.op == "text":
            return adapted(arg, Type("date"))
        if arg.op == "blank":
            return adapted(arg, Type(wants))
        if has == wants:
            return arg
        if (has, wants) == ("datetime", "date"):
            return fit(arg, Type("date"))
        raise at("formula.argument_type", arg.node.span, **facts)
    return arg


def _result(fn: Fn, args: Sequence[Typed]) -> Type:
    bare, nullable = fn.result.rstrip("?"), fn.result.endswith("?")
    if bare == "same_number":
        return replace(args[0].type, nullable=True)
    if fn.name == "ME":
        return Type("relation", True, "person")
    return Type(bare, nullable)  # type: ignore[arg-type]


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
            args.append(_fitted(fn, place, checker.node(arg, scope)))
        else:
            args.append(checker.node(arg, scope, want))
    results = [place for place in range(len(args)) if not is_condition(place)]
    type_ = _unified(fn, args, results, want)
    open_end = fn.name == "IFS" or len(args) == 2
    return _built(fn, node, args, replace(type_, nullable=type_.nullable or open_end))


def _unified(fn: Fn, args: list[Typed], places: Sequence[int], want: Type | None = None) -> Type:
    """Bring the arguments at `places` to one type, in place."""
    parts = [args[place] for place in places]
    if want is not None:
        parts = [adapted(part, want) for part in parts]
    fitted, type_ = unify(parts, "formula.mixed_types", function=fn.name)
    for place, part in zip(places, fitted, strict=True):
        args[place] = part
    return type_


def _first(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """COALESCE."""
    args = [checker.node(arg, scope, want) for arg in node.args]
    type_ = _unified(fn, args, range(len(args)), want)
    return _built(fn, node, args, replace(type_, nullable=all(arg.type.nullable for arg in args)))


def _extreme(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """MIN, MAX: of numbers, dates or datetimes; blanks are passed over."""
    args = [checker.node(arg, scope) for arg in node.args]
    type_ = _unified(fn, args, range(len(args)))
    for place, arg in enumerate(args):
        if arg.op != "blank" and type_.family not in ("number", "date", "datetime"):
            raise at("formula.argument_type", arg.node.span, function=fn.name, argument=place + 1,
                     name=fn.arg(place).name, wants="number", has=arg.type.kind)  # fmt: skip
    return _built(fn, node, args, replace(type_, nullable=all(arg.type.nullable for arg in args)))


def _switch(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """SWITCH(value, case, result, …, default?)."""
    if len(node.args) < 3:
        raise _count(fn, node, 3, None)
    cases = [place for place in range(1, len(node.args) - 1) if place % 2 == 1]
    results = [place for place in range(1, len(node.args)) if place not in cases]
    subject, choices = _choices(checker, [node.args[0], *(node.args[place] for place in cases)], scope)
    args = [subject, *(checker.node(arg, scope, want) for arg in node.args[1:])]
    for place, choice in zip(cases, choices, strict=True):
        args[place] = choice
    type_ = _unified(fn, args, results, want)
    no_default = len(node.args) % 2 == 1
    return _built(fn, node, args, replace(type_, nullable=type_.nullable or no_default))


def _among(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """IN(value, choice, …): a chain of =."""
    if len(node.args) < 2:
        raise _count(fn, node, 2, None)
    subject, choices = _choices(checker, node.args, scope, lists=True)
    return _built(fn, node, [subject, *choices], Type("yes_no", False))


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
        return _built(fn, node, [subject, _fitted(fn, 1, adapted(part, subject.type))], Type("yes_no", False))
    if subject.type.kind == "references":
        part = adapted(part, Type("relation", True, subject.type.form))
        if (part.type.kind, part.type.form) != ("relation", subject.type.form):
            raise at("formula.argument_type", part.node.span, function=fn.name, argument=2, name="text",
                     wants="relation", has=part.type.kind)  # fmt: skip
        return _built(fn, node, [subject, part], Type("yes_no", False))
    if subject.type.family not in SPEAKABLE:
        raise at("formula.argument_type", subject.node.span, function=fn.name, argument=1, name="text", wants="text",
                 has=subject.type.kind)  # fmt: skip
    return _built(fn, node, [as_text(subject), _fitted(fn, 1, part)], Type("yes_no", False))


def _formatted(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    """TEXT(value, format): the format is a literal, understood now."""
    subject, form = checker.node(node.args[0], scope), checker.node(node.args[1], scope)
    if form.op != "text":
        raise at("formula.literal_wanted", form.node.span, function=fn.name, argument=2)
    if subject.type.family not in ("number", "date", "datetime"):
        raise at("formula.argument_type", subject.node.span, function=fn.name, argument=1, name="value",
                 wants="number", has=subject.type.kind)  # fmt: skip
    found = pattern(form.value, subject.type.family)
    if found is None:
        raise at("formula.unknown_format", form.node.span, format=form.value)
    own = _built(fn, node, [subject, form], Type("text", subject.type.nullable), found)
    return replace(own, volatility="stable") if subject.type.kind == "datetime" else own


def _datedif(checker: "Checker", fn: Fn, node: Call, scope: Scope, want: Type | None) -> Typed:
    args = [_fitted(fn, place, checker.node(arg, scope)) for place, arg in enumerate(node.args)]
    unit = args[2]
    if unit.op != "text" or str(unit.value).upper() not in UNITS:
        raise at("formula.unknown_unit", unit.node.span, function=fn.name, units=list(UNITS))
    return _built(fn, node, args, Type("number", True))


_Special = Callable[["Checker", Fn, Call, Scope, "Type | None"], Typed]
_SPECIAL: dict[str, _Special] = {
    "IF": _branches, "IFS": _branches, "COALESCE": _first, "MIN": _extreme, "MAX": _extreme, "SWITCH": _switch,
    "IN": _among, "CONTAINS": _contains, "TEXT": _formatted, "DATEDIF": _datedif,
}  # fmt: skip


# aggregates over child rows


def _aggregate(checker: "Checker", fn: Fn, node: Call, scope: Scope) -> Typed:
    keys, child = _collection(checker, fn, node.args[0], scope)
    path = ".".join((*keys, child.key))
    args = [checker.node(arg, child.scope) for arg in node.args[1:]]
    facts = {"function": fn.name}
    if args:
        args[0] = _condition(fn, args[0])
    type_ = Type("number", False)
    if len(args) > 1:
        value = args[1]
        least = ("number",) if fn.name in ("SUMIF", "AVERAGEIF") else ("number", "date", "datetime")
        if value.type.family not in least:
            raise at("formula.argument_type", value.node.span, **facts, argument=3, name="value", wants="number",
                     has=value.type.kind)  # fmt: skip
        type_ = Type(value.type.kind, fn.name != "SUMIF")
    built = tree(fn.name, type_, node, tuple(args), (*keys, child.key), "immutable")
    printed = Call(fn.name, (Name((*keys, child.key), node.args[0].span), *(arg.node for arg in args)), node.span)
    reads = frozenset({path, *(f"{path}.{read}" for read in built.reads)})
    return replace(built, node=printed, reads=reads)


def _condition(fn: Fn, arg: Typed) -> Typed:
    if arg.type.family != "yes_no":
        raise at("formula.argument_type", arg.node.span, function=fn.name, argument=2, name="condition", wants="yes_no",
                 has=arg.type.kind)  # fmt: skip
    return arg


def _collection(checker: "Checker", fn: Fn, node: Node, scope: Scope) -> tuple[list[str], Collection]:
    if not isinstance(node, Name):
        raise at("formula.collection_wanted", node.span, function=fn.name)
    keys, reached = checker.walk(node, scope)
    found = reached.collection(node.parts[-1])
    if found is None:
        words = [word for entry in reached.collections() for word in (entry.key, entry.label)]
        raise at("formula.unknown_collection", node.span, function=fn.name, name=node.parts[-1],
                 suggestion=nearest(node.parts[-1], words))  # fmt: skip
    return keys, found

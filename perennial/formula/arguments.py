"""What calls of every kind share: the number of arguments, the kind of each, and the typed call itself."""

from collections.abc import Sequence
from dataclasses import replace

from perennial.formula.functions import Fn
from perennial.formula.literals import adapted
from perennial.formula.nodes import Call
from perennial.formula.operators import SPEAKABLE, as_text, fit, unify
from perennial.formula.suggest import at
from perennial.formula.typed import Type, Typed, tree

BOUNDED = ("number", "date", "datetime")  # families with an order that can be summed up


def miscounted(fn: Fn, node: Call, least: int, most: int | None) -> Exception:
    needs = f"{least}+" if most is None else str(least) if least == most else f"{least}-{most}"
    return at("formula.argument_count", node.span, function=fn.name, needs=needs, least=least, most=most,
              has=len(node.args))  # fmt: skip


def misfit(fn: Fn, place: int, arg: Typed, wants: str) -> Exception:
    """The argument at `place` (from 0) is of another kind."""
    return at("formula.argument_type", arg.node.span, function=fn.name, argument=place + 1, name=fn.arg(place).name,
              wants=wants, has=arg.type.kind)  # fmt: skip


def built(fn: Fn, node: Call, args: Sequence[Typed], type_: Type, value: object = None) -> Typed:
    printed = Call(fn.name, tuple(arg.node for arg in args), node.span)
    return tree(fn.name, type_, printed, tuple(args), value, fn.volatility if fn.volatility == "stable" else "constant")


def fitted(fn: Fn, place: int, arg: Typed) -> Typed:
    """The argument as its parameter wants it; the error names function, place and both kinds."""
    wants = fn.arg(place).wants
    has = arg.type.family
    if wants == "text":
        if has not in SPEAKABLE:
            raise misfit(fn, place, arg, wants)
        return as_text(arg)
    if wants == "time":
        if arg.op == "blank":
            return adapted(arg, Type("number"))
        if has not in BOUNDED:
            raise misfit(fn, place, arg, "number")
        return arg
    if wants in ("number", "date", "yes_no"):
        if wants == "date" and arg.op == "text":
            return adapted(arg, Type("date"))
        if arg.op == "blank":
            return adapted(arg, Type(wants))
        if has == wants:
            return arg
        if (has, wants) == ("datetime", "date"):
            return fit(arg, Type("date"))
        raise misfit(fn, place, arg, wants)
    return arg


def result(fn: Fn, args: Sequence[Typed]) -> Type:
    bare, nullable = fn.result.rstrip("?"), fn.result.endswith("?")
    if bare == "same_number":
        return replace(args[0].type, nullable=True)
    if fn.name == "ME":
        return Type("relation", True, "person")
    return Type(bare, nullable)  # type: ignore[arg-type]


def unified(fn: Fn, args: list[Typed], places: Sequence[int], want: Type | None = None) -> Type:
    """Bring the arguments at `places` to one type, in place."""
    parts = [args[place] for place in places]
    if want is not None:
        parts = [adapted(part, want) for part in parts]
    found, type_ = unify(parts, "formula.mixed_types", function=fn.name)
    for place, part in zip(places, found, strict=True):
        args[place] = part
    return type_

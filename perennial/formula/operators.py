"""The types of operators, and how two types meet."""

from collections.abc import Sequence
from dataclasses import replace

from perennial.formula.literals import adapted
from perennial.formula.nodes import Binary, Unary
from perennial.formula.suggest import at
from perennial.formula.typed import FAMILY, Type, Typed, tree

NUMBERS = ("number", "money", "percent")
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
SPEAKABLE = ("number", "text", "date", "datetime", "yes_no")  # families that & and text functions can write out


def fit(typed: Typed, want: Type, code: str = "formula.wrong_result") -> Typed:
    """`typed` as a value of `want`, converted where nothing is lost; else the error says what it is."""
    typed = adapted(typed, want)
    has, wants = typed.type.family, want.family
    if typed.op == "blank" or (has == wants and (want.form is None or want.form == typed.type.form)):
        return typed
    if wants == "date" and has == "datetime":
        return tree("to_date", Type("date", typed.type.nullable), typed.node, (typed,), own="stable")
    if wants == "datetime" and has == "date":
        return tree("to_datetime", Type("datetime", typed.type.nullable), typed.node, (typed,), own="stable")
    raise at(code, typed.node.span, wants=want.kind, has=typed.type.kind)


def as_text(typed: Typed) -> Typed:
    """What & and text functions see of a value."""
    if typed.op == "blank" or typed.type.family == "text":
        return typed
    return tree("to_text", Type("text", typed.type.nullable), typed.node, (typed,),
                own="stable" if typed.type.kind == "datetime" else "constant")  # fmt: skip


def unify(parts: Sequence[Typed], code: str, **facts: object) -> tuple[list[Typed], Type]:
    """All parts as values of one type: blanks take it, literals adapt to it, dates meet datetimes as datetimes."""
    solid = [part for part in parts if part.op != "blank"]
    if not solid:
        return list(parts), Type("text", True)
    lead = next((part.type for part in solid if part.op != "text"), solid[0].type)
    if any(part.type.kind == "datetime" for part in solid) and lead.kind == "date":
        lead = Type("datetime", lead.nullable)
    if any(part.type.kind == "select" and part.type.options != lead.options for part in solid if part.op != "text"):
        lead = Type("text") if lead.family == "text" else lead
    fitted: list[Typed] = []
    for part in parts:
        part = adapted(part, lead) if lead.kind != "select" else _loosely(part, lead)
        if part.op != "blank" and (
            part.type.family != lead.family or (lead.kind in ("relation", "references") and part.type.form != lead.form)
        ):
            if {part.type.family, lead.family} != {"date", "datetime"}:
                raise at(code, part.node.span, wants=lead.kind, has=part.type.kind, **facts)
            part = fit(part, lead)
        fitted.append(part)
    kinds = {part.type.kind for part in fitted if part.op != "blank"}
    type_ = lead if len(kinds) == 1 else Type(_mixed(kinds, lead), True, lead.form)
    return fitted, replace(type_, nullable=any(part.type.nullable for part in fitted))


def _loosely(part: Typed, lead: Type) -> Typed:
    """An option where it is one; other text stays text (a result may be either)."""
    known = {word for option in lead.options for word in (option.key, option.label)}
    return adapted(part, lead) if part.op == "blank" or part.value in known else part


def _mixed(kinds: set[str], lead: Type):
    if "money" in kinds:
        return "money"
    return "number" if lead.family == "number" else "text" if lead.family == "text" else lead.kind


def unary(node: Unary, operand: Typed) -> Typed:
    if operand.type.family != "number" and operand.op != "blank":
        raise at("formula.operand_type", operand.node.span, op=node.op, wants="number", has=operand.type.kind)
    operand = adapted(operand, Type("number")) if operand.op == "blank" else operand
    type_ = Type("percent" if node.op == "%" else operand.type.kind, operand.type.nullable)
    return tree(node.op + "1", type_, Unary(node.op, operand.node, node.span), (operand,))


def binary(node: Binary, left: Typed, right: Typed) -> Typed:
    if node.op in COMPARISONS:
        return compare(node, left, right)
    if node.op == "&":
        for side in (left, right):
            if side.type.family not in SPEAKABLE:
                raise at("formula.operand_type", side.node.span, op="&", wants="text", has=side.type.kind)
        type_ = Type("text", left.type.nullable and right.type.nullable)
        return _built(node, type_, as_text(left), as_text(right))
    return _arithmetic(node, left, right)


def _built(node: Binary, type_: Type, left: Typed, right: Typed) -> Typed:
    return tree(node.op, type_, Binary(node.op, left.node, right.node, node.span), (left, right))


def _arithmetic(node: Binary, left: Typed, right: Typed) -> Typed:
    op, moments = node.op, ("date", "datetime")
    if right.op == "blank":
        right = adapted(right, Type("number"))
    if left.op == "blank":
        left = adapted(left, Type(right.type.kind if op == "-" and right.type.family in moments else "number"))
    a, b = left.type.family, right.type.family
    nullable = left.type.nullable or right.type.nullable or op in "*/^"
    if op in "+-" and a in moments and b == "number":
        return _built(node, Type(a, True), left, right)  # type: ignore[arg-type]
    if op == "+" and a == "number" and b in moments:
        return _built(node, Type(b, True), left, right)  # type: ignore[arg-type]
    if op == "-" and a in moments and b in moments:
        if a != b:
            left, right = fit(left, Type("datetime")), fit(right, Type("datetime"))
        return _built(node, Type("number", True), left, right)
    for side, family in ((left, a), (right, b)):
        if family != "number":
            wants = a if a in moments and op == "-" and side is right else "number"
            raise at("formula.operand_type", side.node.span, op=op, wants=wants, has=side.type.kind)
    return _built(node, Type(_money(op, left, right), nullable), left, right)


def _money(op: str, left: Typed, right: Typed):
    """The display of a result: money stays money under a factor, money per money is a number."""
    kinds = (left.type.kind, right.type.kind)
    if op in "+-" and kinds[0] == kinds[1] and kinds[0] in NUMBERS:
        return kinds[0]
    if "money" in kinds and op in "+-*" and kinds != ("money", "money"):
        return "money"
    return "money" if op == "/" and kinds[0] == "money" and kinds[1] != "money" else "number"


def compare(node: Binary, left: Typed, right: Typed) -> Typed:
    """`=` and `<>` take any two of a kind; the order needs numbers, texts or dates."""
    left, right = meet(left, right, node.op)
    kind = FAMILY[left.type.kind]
    if node.op not in ("=", "<>") and kind in ("yes_no", "relation", "multi_select", "references"):
        raise at("formula.no_order", node.span, op=node.op, has=left.type.kind)
    return _built(node, Type("yes_no", False), left, right)


def meet(left: Typed, right: Typed, op: str) -> tuple[Typed, Typed]:
    """Two sides of a comparison as values of one kind."""
    if left.op == "blank" or right.op == "blank":
        return adapted(left, right.type), adapted(right, left.type)
    if right.op in ("text", "number"):
        right = adapted(right, left.type)
    elif left.op in ("text", "number"):
        left = adapted(left, right.type)
    a, b = left.type, right.type
    if {a.family, b.family} == {"date", "datetime"}:
        return fit(left, Type("datetime")), fit(right, Type("datetime"))
    if a.family != b.family or a.form != b.form or (a.kind in ("multi_select", "references") and right.op != "blank"):
        raise at("formula.compare_types", right.node.span, op=op, wants=a.kind, has=b.kind)
    return left, right

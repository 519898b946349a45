"""Tree + scope -> typed tree. Whatever could be wrong is found here, with its place and a suggestion.

Read in this order: check (the door), _Checker.node (one kind of node each), operators.py, calls.py.
"""

from perennial.formula import calls, operators
from perennial.formula.lexer import LONGEST
from perennial.formula.literals import boolean, number, text_of
from perennial.formula.nodes import Binary, Bool, Call, Name, Node, Number, Span, Text, Unary
from perennial.formula.parser import DEEPEST, parse
from perennial.formula.printer import print_
from perennial.formula.suggest import at, nearest, problem
from perennial.formula.typed import FieldInfo, Kind, Scope, Type, Typed

_SHORT = 200  # so few characters name too few fields to grow beyond what a formula may be


def check(text: "str | Node", scope: Scope, want: "Type | Kind | None" = None) -> Typed:
    """The typed tree of a formula over one form.

    want     what it must give: a kind (a condition is `yes_no`) or a type, whose options text may name by label
    errors   Invalid formula.… with position, start, end and, for names, suggestion; those of `parse` too
    """
    node = parse(text) if isinstance(text, str) else text
    wanted = Type(want) if isinstance(want, str) else want
    typed = Checker().node(node, scope, wanted)
    if isinstance(text, str) and len(text) > _SHORT and (length := len(print_(typed.node))) > LONGEST:
        raise problem("formula.too_long", LONGEST, length=length, limit=LONGEST)  # stored, nobody could read it
    return typed if wanted is None else operators.fit(typed, wanted)


class Checker:
    """One run. Remembers the computed fields already checked and those being checked, to find cycles."""

    def __init__(self) -> None:
        self.done: dict[tuple[str, str], Typed] = {}
        self.open: list[tuple[str, str, str]] = []

    def node(self, node: Node, scope: Scope, want: Type | None = None) -> Typed:
        match node:
            case Number():
                return number(node)
            case Text():
                return text_of(node, want)
            case Bool():
                return boolean(node)
            case Name():
                return self.name(node, scope)
            case Call():
                return calls.call(self, node, scope, want)
            case Unary():
                return operators.unary(node, self.node(node.operand, scope))
            case Binary():
                return operators.binary(node, self.node(node.left, scope), self.node(node.right, scope))

    # names

    def walk(self, node: Name, scope: Scope) -> tuple[list[str], Scope]:
        """Follow all but the last part of a path: their keys and the scope reached."""
        keys: list[str] = []
        for place, name in enumerate(node.parts[:-1]):
            found = scope.field(name)
            span = node.part_spans[place] if node.part_spans else node.span
            if found is None:
                if scope.collection(name) is not None:
                    raise at("formula.many_rows", span, name=name)
                raise unknown(name, span, scope)
            step = scope.relation(name) if found.type.kind == "relation" else None
            if step is None:
                raise at("formula.not_relation", span, name=name, has=found.type.kind)
            keys.append(found.key)
            scope = step
        return keys, scope

    def name(self, node: Name, scope: Scope) -> Typed:
        keys, reached = self.walk(node, scope)
        last = node.parts[-1]
        span = node.part_spans[-1] if node.part_spans else node.span
        found = reached.field(last)
        if found is None:
            if reached.collection(last) is not None:
                raise at("formula.many_rows", span, name=last)
            raise unknown(last, span, reached)
        path = (*keys, found.key)
        named = Name(path, node.span, node.part_spans)
        reads = frozenset(".".join(path[: length + 1]) for length in range(len(path)))
        type_ = found.type
        if found.formula is not None and not found.stored:
            inner = self.computed(found, reached, span)
            deeper = frozenset(".".join((*keys, read)) for read in inner.reads)
            type_ = Type(inner.type.kind if inner.type.family != type_.family else type_.kind, True,
                         inner.type.form, inner.type.options)  # fmt: skip
            return Typed("field", type_, named, (inner,), path, inner.volatility if inner.volatile else "immutable",
                         reads | deeper, inner.height + 1)  # fmt: skip
        if keys and not type_.nullable:
            type_ = Type(type_.kind, True, type_.form, type_.options)
        return Typed("field", type_, named, (), path, "immutable", reads)

    def computed(self, found: FieldInfo, scope: Scope, span: Span) -> Typed:
        """The checked text of a computed field, to stand where the field is read."""
        place = (scope.form, found.key)
        known = self.done.get(place)
        if known is not None:
            return known
        chain = [label for _, _, label in self.open]
        if place in [(form, key) for form, key, _ in self.open]:
            raise at("formula.cycle", span, chain=[*chain, found.label])
        self.open.append((*place, found.label))
        try:
            typed = self.node(parse(found.formula or ""), scope, found.type)
        finally:
            self.open.pop()
        if typed.height > DEEPEST:
            raise at("formula.too_deep", span, limit=DEEPEST)
        self.done[place] = typed
        return typed


def unknown(name: str, span: Span, scope: Scope) -> Exception:
    words: list[str] = []
    for entry in (*scope.fields(), *scope.collections()):
        words += [entry.key, entry.label]
    return at("formula.unknown_name", span, name=name, suggestion=nearest(name, words))

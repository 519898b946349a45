"""Tokens -> tree, by binding power (Pratt). Rejects wrong syntax, with the position of the first wrong token."""

import unicodedata

from perennial.formula.lexer import Token, tokens
from perennial.formula.nodes import BINDS, PREFIX, Binary, Bool, Call, Name, Node, Number, Span, Text, Unary
from perennial.formula.suggest import problem

DEEPEST = 64  # levels of the tree, as in Excel; the stages behind walk it recursively
_TRUTH = {"TRUE": True, "FALSE": False}


def parse(text: str) -> Node:
    """The tree of `text`; names and types are not looked at.

    errors   Invalid formula.empty, .character, .unclosed_text, .unclosed_label, .unclosed_bracket, .unexpected, .end, …
    """
    stream = _Stream(tokens(text))
    if stream.token.kind == "end":
        raise problem("formula.empty", 0)
    node = stream.expression(0)
    if stream.token.kind != "end":
        raise stream.unexpected()
    return node


class _Stream:
    __slots__ = ("depth", "height", "place", "token", "tokens")

    def __init__(self, found: list[Token]) -> None:
        self.tokens, self.place, self.depth = found, 0, 0
        self.token = found[0]
        self.height = 0  # of the part read last

    def step(self) -> Token:
        token = self.token
        self.place += 1
        self.token = self.tokens[self.place] if self.place < len(self.tokens) else token
        return token

    def unexpected(self) -> Exception:
        token = self.token
        if token.kind == "end":
            return problem("formula.end", token.start)
        if self.at(")"):
            return problem("formula.extra_bracket", token.start, token.end)
        return problem("formula.unexpected", token.start, token.end, token=str(token.value))

    def at(self, op: str) -> bool:
        return self.token.kind == "op" and self.token.value == op

    def expression(self, floor: int) -> Node:
        self.depth += 1
        self.grown(self.depth)
        left = self.prefix()
        while self.token.kind == "op":
            op = self.token.value
            if op == "%":
                left = Unary("%", left, Span(left.span.start, self.step().end))
                self.grown(self.height + 1)
                continue
            binds = BINDS.get(op, 0)
            if binds <= floor:
                break
            self.step()
            height = self.height
            right = self.expression(binds)
            self.grown(max(height, self.height) + 1)
            left = Binary(op, left, right, Span(left.span.start, right.span.end))
        self.depth -= 1
        return left

    def grown(self, height: int) -> None:
        self.height = height
        if height > DEEPEST:
            raise problem("formula.too_deep", self.token.start, limit=DEEPEST)

    def prefix(self) -> Node:
        token = self.step()
        self.height = 0
        span = Span(token.start, token.end)
        if token.kind == "number":
            return Number(token.value, span)
        if token.kind == "text":
            return Text(token.value, span)
        if token.kind in ("name", "label"):
            return self.named(token)
        if token.kind == "op" and token.value == "(":
            inner = self.expression(0)
            self.close(token)
            return inner
        if token.kind == "op" and token.value in ("-", "+"):
            operand = self.expression(PREFIX)
            self.grown(self.height + 1)
            return operand if token.value == "+" else Unary("-", operand, Span(token.start, operand.span.end))
        self.place -= 1
        self.token = token
        raise self.unexpected()

    def named(self, first: Token) -> Node:
        if first.kind == "name":
            if self.at("("):
                return self.call(first)
            truth = _TRUTH.get(unicodedata.normalize("NFKC", first.value).upper())
            if truth is not None:
                return Bool(truth, Span(first.start, first.end))
        begun = self.place - 1
        parts, spans = [first.value], [Span(first.start, first.end)]
        while self.at("."):
            self.step()
            if self.token.kind not in ("name", "label"):
                raise self.unexpected()
            part = self.step()
            parts.append(part.value)
            spans.append(Span(part.start, part.end))
        if self.at("(") and all(spot.kind == "name" for spot in self.tokens[begun : self.place : 2]):
            return self.call(Token("name", ".".join(parts), first.start, spans[-1].end))  # NETWORKDAYS.INTL(
        if not all(parts):
            raise problem("formula.empty_label", first.start, first.end)
        return Name(tuple(parts), Span(first.start, spans[-1].end), tuple(spans))

    def call(self, name: Token) -> Node:
        bracket = self.step()
        args: list[Node] = []
        height = 0
        if not self.at(")"):
            args.append(self.expression(0))
            height = self.height
            while self.at(","):
                self.step()
                args.append(self.expression(0))
                height = max(height, self.height)
        self.grown(height + 1)
        end = self.close(bracket)
        upper = unicodedata.normalize("NFKC", name.value).upper()  # ＳＵＭ
        if upper in _TRUTH and not args:
            return Bool(_TRUTH[upper], Span(name.start, end))
        return Call(upper, tuple(args), Span(name.start, end))

    def close(self, bracket: Token) -> int:
        if self.at(")"):
            return self.step().end
        if self.token.kind == "end":
            raise problem("formula.unclosed_bracket", bracket.start, bracket.end)
        raise self.unexpected()

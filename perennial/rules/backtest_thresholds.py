"""The numbers in a rule's conditions, each with its place in the text: what a comparison of two thresholds changes."""

from collections.abc import Iterator
from dataclasses import dataclass

from perennial import formula
from perennial.kernel import Tx
from perennial.rules.load import load
from perennial.rules.publish import wrong
from perennial.rules.reader import Tree


@dataclass(frozen=True, slots=True)
class Threshold:
    """`path`: of the text in the tree; `start`, `end`: where the number stands in it; `of`: what it stands in."""

    path: str
    start: int
    end: int
    text: str
    of: str


def thresholds(tx: Tx, tree: Tree) -> list[Threshold]:
    """errors: what loading and publishing the definition says"""
    rule = load(tree)
    for problem in wrong(tx, rule):
        raise problem
    texts = [("condition", rule.condition)]
    texts += [(f"steps[{at}].condition", step.condition) for at, step in enumerate(rule.steps) if rule.dated]
    return [one for path, text in texts if text for one in _numbers(path, text, formula.parse(text), "")]


def _numbers(path: str, text: str, node: formula.Node, of: str) -> Iterator[Threshold]:
    match node:
        case formula.Number():
            yield Threshold(path, node.span.start, node.span.end, text[node.span.start : node.span.end], of)
        case formula.Call():
            for arg in node.args:
                yield from _numbers(path, text, arg, text[node.span.start : node.span.end])
        case formula.Unary():
            yield from _numbers(path, text, node.operand, of)
        case formula.Binary():
            for side in (node.left, node.right):
                yield from _numbers(path, text, side, text[node.span.start : node.span.end])
        case _:
            pass

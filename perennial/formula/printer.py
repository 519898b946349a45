"""Tree -> text, with no bracket more than needed. Parsing the text gives the same tree."""

import re
import unicodedata
from typing import TYPE_CHECKING

from perennial.formula.nodes import BINDS, POSTFIX, PREFIX, Binary, Bool, Call, Name, Node, Number, Text, Unary

if TYPE_CHECKING:
    from perennial.formula.typed import Typed

_BARE = re.compile(r"[^\W\d]\w*\Z")
_ATOM = 100


def print_(node: "Node | Typed") -> str:
    """The text of a tree. Of a checked one (`Typed`): with field keys and option keys, whatever labels were typed."""
    if isinstance(node, Number | Text | Bool | Name | Call | Unary | Binary):
        return _text(node)[0]
    return _text(node.node)[0]


def _text(node: Node) -> tuple[str, int]:
    """The text and how tightly it binds."""
    match node:
        case Number(value):
            return format(value, "f"), _ATOM
        case Text(value):
            return '"' + value.replace('"', '""') + '"', _ATOM
        case Bool(value):
            return "TRUE" if value else "FALSE", _ATOM
        case Name(parts):
            return ".".join(part(p) for p in parts), _ATOM
        case Call(name, args):
            return f"{name}({', '.join(_text(arg)[0] for arg in args)})", _ATOM
        case Unary("%", operand):
            return _bracketed(operand, POSTFIX) + "%", POSTFIX
        case Unary(op, operand):
            return op + _bracketed(operand, PREFIX), PREFIX
        case Binary(op, left, right):
            binds = BINDS[op]
            sides = f"{_bracketed(left, binds)} {op} {_bracketed(right, binds + 1)}"
            return sides, binds


def _bracketed(node: Node, floor: int) -> str:
    text, binds = _text(node)
    return text if binds >= floor else f"({text})"


def part(name: str) -> str:
    """One step of a path: bare when that reads back as the same name, else in brackets."""
    if _BARE.match(name) and unicodedata.normalize("NFKC", name).upper() not in ("TRUE", "FALSE"):
        return name
    return "[" + name.replace("]", "]]") + "]"

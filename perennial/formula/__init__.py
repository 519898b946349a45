"""The formula language: text that business people know from Excel, checked when written, run by PostgreSQL alone.

In:   text and a `Scope` (what names mean), then a `Source` (where columns come from)
Out:  a typed tree, its text with keys, SQLAlchemy expressions that never raise on any row, explanations
Read in this order: nodes, lexer, parser, typed, functions (library/), check (operators, calls, rows, history), source,
compile (sargable, compile_rows, compile_history), explain, visual.
"""

from perennial.formula.check import check
from perennial.formula.compile import compile, compile_condition  # noqa: A004
from perennial.formula.complete import Hint, Item, complete, hint
from perennial.formula.decide import rules_hit
from perennial.formula.explain import Explained, explain
from perennial.formula.flips import Change
from perennial.formula.functions import Arg, Fn, functions
from perennial.formula.history import without_changes
from perennial.formula.nodes import Binary, Bool, Call, Name, Node, Number, Text, Unary
from perennial.formula.parser import parse
from perennial.formula.printer import print_
from perennial.formula.source import SQL_TYPES, DraftSource, PartsSource, Resolve, Source, TableSource, select, tied
from perennial.formula.suggest import nearest
from perennial.formula.typed import (
    Asked,
    Collection,
    Deciding,
    FieldInfo,
    Kind,
    Option,
    PartsScope,
    Scope,
    StaticScope,
    Type,
    Typed,
)
from perennial.formula.visual import OPERATORS, Group, Operator, Row, from_tree, tree

__all__ = [
    "OPERATORS",
    "SQL_TYPES",
    "Arg",
    "Asked",
    "Binary",
    "Bool",
    "Call",
    "Change",
    "Collection",
    "Deciding",
    "DraftSource",
    "Explained",
    "FieldInfo",
    "Fn",
    "Group",
    "Hint",
    "Item",
    "Kind",
    "Name",
    "Node",
    "Number",
    "Operator",
    "Option",
    "PartsScope",
    "PartsSource",
    "Resolve",
    "Row",
    "Scope",
    "Source",
    "StaticScope",
    "TableSource",
    "Text",
    "Type",
    "Typed",
    "Unary",
    "check",
    "compile",
    "compile_condition",
    "complete",
    "explain",
    "from_tree",
    "functions",
    "hint",
    "nearest",
    "parse",
    "print_",
    "rules_hit",
    "select",
    "tied",
    "tree",
    "without_changes",
]  # fmt: skip

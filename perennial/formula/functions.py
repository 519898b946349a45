"""What a function of the language is: signature, result, SQL and examples that are tests, a line of data each.

In:   the lines of `library/`
Out:  `functions()`; `check` reads the signatures, `compile` the SQL, `complete` and the docs the words
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from perennial.formula.library import dates, history, logic, numbers, rows, texts
from perennial.formula.library.line import Line
from perennial.formula.typed import Volatility

Wanted = Literal[
    "number", "text", "date", "time", "yes_no", "any", "same", "numbers", "values", "texts", "collection", "condition",
    "of_child", "column", "format", "unit", "kind", "weekend", "period", "tracked", "field",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arg:
    """`same`: all so marked share a kind, the result's. `condition`, `of_child`: read in the child's scope.

    hint   what it is, in Chinese, for the one who writes
    """

    name: str
    wants: Wanted
    hint: str = ""
    optional: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Fn:
    """A function. `sql` names a function of schema `formula`; None: `compile` knows a form of its own."""

    name: str
    zh: str
    about: str
    args: tuple[Arg, ...]
    result: str  # a kind, `?` behind it when it may be blank; `same`: that of the arguments; `child`: of the third
    sql: str | None
    examples: tuple[tuple[str, str], ...]
    group: str
    volatility: Volatility = "immutable"

    @property
    def least(self) -> int:
        return sum(not arg.optional for arg in self.args)

    @property
    def most(self) -> int | None:
        return None if any(arg.repeats for arg in self.args) else len(self.args)

    def arg(self, place: int) -> Arg:
        """The parameter at `place` (from 0); repeating ones go on in turn."""
        if place < len(self.args):
            return self.args[place]
        repeating = [arg for arg in self.args if arg.repeats]
        first = len(self.args) - len(repeating)
        return repeating[(place - first) % len(repeating)]

    @property
    def signature(self) -> str:
        """`ROUND(数值, 小数位)`, optional arguments in brackets."""
        words = [f"[{arg.hint}]" if arg.optional else arg.hint for arg in self.args]
        return f"{self.name}({', '.join(words)}{', …' if self.most is None else ''})"


def _args(words: str) -> tuple[Arg, ...]:
    """`value:数值 number, digits:位数 number?`: `?` optional, `*` optional and repeating, `+` repeating."""
    found: list[Arg] = []
    for item in filter(None, words.split(", ")):
        named, wants = item.split(" ")
        name, _, hint = named.partition(":")
        bare = cast(Wanted, wants.rstrip("?*+"))
        found.append(Arg(name, bare, hint or name, wants[-1] in "?*", wants[-1] in "*+"))
    return tuple(found)


def _fn(group: str, line: Line) -> Fn:
    name, zh, about, args, result, sql, *examples = line
    return Fn(name, zh, about, _args(args), result.lstrip("~"), sql, tuple(cast("list[tuple[str, str]]", examples)),
              group, "stable" if result.startswith("~") else "immutable")  # fmt: skip


_GROUPS = {"logic": logic, "number": numbers, "text": texts, "date": dates, "rows": rows, "history": history}
_ALL = tuple(_fn(group, line) for group, module in _GROUPS.items() for line in module.FUNCTIONS)
_ALSO = {
    "RANK.EQ": "RANK", "PERCENTRANK.INC": "PERCENTRANK", "PERCENTILE.INC": "PERCENTILE", "QUARTILE.INC": "QUARTILE",
    "STDEV.S": "STDEV",
}  # fmt: skip


@cache
def table() -> dict[str, Fn]:
    """All functions by name, and by the other names that Excel has for them."""
    named = {fn.name: fn for fn in _ALL}
    return {**named, **{other: named[name] for other, name in _ALSO.items()}}


def functions() -> tuple[Fn, ...]:
    """All functions, in the order of the documentation."""
    return _ALL

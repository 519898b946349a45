"""What is wrong with a table, each with its row and column; what it would answer, read from its cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from perennial.forms.decisions.axes import Axis, axis, bounds
from perennial.forms.decisions.cells import ANY, Test, Unreadable, refuse, test, value
from perennial.forms.decisions.coverage import Gap, Overlap, gaps, overlaps
from perennial.forms.decisions.definition import LISTS, NUMBERS, Column, Decision
from perennial.kernel import Invalid, Problem

Severity = Literal["error", "hint"]
Value = Decimal | str | None
AGGREGATES = ("C+", "C<", "C>", "C#")


@dataclass(frozen=True, slots=True)
class Read:
    """The cells of a table understood: axes, and per rule the values of its outputs."""

    axes: tuple[Axis, ...]
    values: tuple[tuple[Value, ...], ...]
    otherwise: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """`whole`: every gap and overlap there is was found and is listed."""

    problems: tuple[tuple[Severity, Problem], ...]
    gaps: tuple[Gap, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    whole: bool = True


def read(one: Decision) -> Read | list[Invalid]:
    """The cells, or everything about them that cannot be read."""
    wrong: list[Invalid] = []
    tests: list[list[Test]] = [[] for _ in one.inputs]
    values: list[tuple[Value, ...]] = []
    known: dict[tuple[int, str], Test] = {}
    for row, rule in enumerate(one.rules):
        for at, (cell, column) in enumerate(zip(rule.when, one.inputs, strict=True)):
            try:
                if (at, cell) not in known:
                    known[at, cell] = test(cell, column)
                tests[at].append(known[at, cell])
            except Unreadable as error:
                wrong.append(refuse(error, cell, column, row + 1, f"rules[{row}].when[{at}]"))
        values.append(_values(rule.then, one.outputs, row + 1, f"rules[{row}].give", wrong))
    otherwise = _values(one.otherwise, one.outputs if one.otherwise else (), 0, "otherwise", wrong)
    for at, column in enumerate(one.inputs):
        try:
            bounds(column)
        except Unreadable as error:
            text = f"{column.least or ''}..{column.most or ''}"
            wrong.append(refuse(error, text, column, 0, f"inputs[{at}].least"))
    if wrong:
        return wrong
    return Read(
        tuple(axis(column, cells) for column, cells in zip(one.inputs, tests, strict=True)), tuple(values), otherwise
    )


def _values(
    cells: Sequence[str], columns: Sequence[Column], row: int, path: str, wrong: list[Invalid]
) -> tuple[Value, ...]:
    found: list[Value] = []
    for at, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        try:
            found.append(None if cell in ANY else value(cell, column))
        except Unreadable as error:
            wrong.append(refuse(error, cell, column, row, f"{path}[{at}]"))
    return tuple(found)


def check(one: Decision) -> Checked:
    """All that is wrong: cells, the policy, gaps and overlaps. A gap is an error until something is said for it."""
    found = read(one)
    shape: list[tuple[Severity, Problem]] = [("error", problem) for problem in _shape(one)]
    if isinstance(found, list):
        return Checked((*(("error", problem) for problem in found), *shape))
    rows = len(one.rules)
    missing, all_gaps = gaps(found.axes, rows)
    meeting, all_overlaps = overlaps(found.axes, rows) if one.policy in ("U", "A") else ([], True)
    if one.policy == "A":
        meeting = [pair for pair in meeting if found.values[pair.first] != found.values[pair.second]]
    told: list[tuple[Severity, Problem]] = [*shape]
    single: Severity = "hint" if one.otherwise or one.policy in (*LISTS, *AGGREGATES) else "error"
    for gap in missing:
        told.append((single, Invalid("decisions.gap", path=f"rules[{gap.after}]", example=_spoken(one, gap.example))))
    code = "decisions.overlap" if one.policy == "U" else "decisions.differs"
    for pair in meeting:
        facts = {"row": pair.first + 1, "other": pair.second + 1, "example": _spoken(one, pair.example)}
        told.append(("error", Invalid(code, path=f"rules[{pair.second}]", **facts)))
    whole = all_gaps and all_overlaps
    if not whole:
        told.append(("hint", Invalid("decisions.unfinished", path="rules")))
    return Checked(tuple(told), tuple(missing), tuple(meeting), whole)


def _shape(one: Decision) -> Iterator[Invalid]:
    """What the policy needs."""
    for at, column in enumerate(one.inputs):
        if column.kind == "option" and not column.options:
            yield Invalid("decisions.no_options", path=f"inputs[{at}].options", column=column.words)
    for at, column in enumerate(one.outputs):
        path = f"outputs[{at}]"
        if column.kind == "option" and not column.options:
            yield Invalid("decisions.no_options", path=f"{path}.options", column=column.words)
        if one.policy in ("C+", "C<", "C>") and column.kind not in NUMBERS:
            yield Invalid("decisions.aggregate", path=f"{path}.kind", column=column.words)
    if one.policy in ("P", "O") and not one.outputs[0].options:
        yield Invalid("decisions.priority", path="outputs[0].options", column=one.outputs[0].words)
    if one.otherwise and one.policy == "C#":
        yield Invalid("decisions.otherwise_counted", path="otherwise")


def _spoken(one: Decision, example: Sequence[str | None]) -> str:
    """折扣 18%，客户等级 普通客户."""
    return "，".join(
        f"{column.label} {labelled(column, text)}" for column, text in zip(one.inputs, example, strict=True)
    )


def labelled(column: Column, text: str | None) -> str:
    if text is None:
        return "空"
    if column.kind == "yes_no":
        return {"true": "是", "false": "否"}.get(text, text)
    return next((option.label for option in column.options if option.key == text), text)


def order(one: Decision, values: Sequence[Sequence[Value]]) -> list[int]:
    """The rules in the order in which a hit counts: that of the table, by priority that of the outputs' values."""
    rows = list(range(len(values)))
    if one.policy not in ("P", "O"):
        return rows
    ranks = [{option.key: rank for rank, option in enumerate(column.options)} for column in one.outputs]
    return sorted(
        rows, key=lambda row: [rank.get(str(v), len(rank)) for rank, v in zip(ranks, values[row], strict=True)]
    )

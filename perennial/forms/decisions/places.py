"""What a decision table names: its form, and formulas over it."""

from collections.abc import Mapping
from typing import Any

from perennial.forms.decisions.definition import Decision, load
from perennial.forms.references import Reference
from perennial.formula import Asked, Deciding
from perennial.formula import Kind as FormulaKind


def references(one: Decision) -> list[Reference]:
    """The form that it is about, and the formulas of its inputs."""
    if one.form is None:
        return []
    found = [Reference("form", one.form, what="form")]
    for at, column in enumerate(one.inputs):
        if column.formula:
            want: FormulaKind = "text" if column.kind == "option" else column.kind
            found.append(
                Reference(f"inputs[{at}].formula", one.form, column.formula, want=want, place=column.label)
            )  # fmt: skip
    return found


def interface(number: int, head: Mapping[str, Any]) -> Deciding:
    """What formulas see of a table: `head` is its tree, with or without its rules."""
    one = load({**head, "rules": []})
    columns = [tuple(Asked(c.key, c.label, c.type, c.formula) for c in side) for side in (one.inputs, one.outputs)]
    return Deciding(one.key, one.label, number, one.policy, columns[0], columns[1], one.form)

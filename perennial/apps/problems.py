"""What a designer should know of a draft while drawing: errors, which block, and hints, which do not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from perennial.apps.draft import Draft, changes_of, drafts, together
from perennial.apps.plan import Found, Plan, propose
from perennial.kernel import Conflict, Invalid, Tx

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Fix:
    """One click: the attribute at `path` becomes `value`."""

    path: str
    value: str


def problems(tx: Tx, draft: Draft) -> list[Found]:
    """Everything wrong with a draft as it is now, as if it were published together with its sub-tables, or its form."""
    try:
        plan = propose(tx, changes_of(together(drafts(tx), draft)))
    except Conflict as conflict:
        return [Found("error", draft.kind, draft.key, conflict)]
    return of_plan(plan)


def of_plan(plan: Plan) -> list[Found]:
    """Errors, places that would break, then hints."""
    broken = [
        Found("error", one.kind, one.key, Invalid(
            "apps.breaks", path=one.path, label=one.label, place=one.place, open=one.open, why=one.error.code,
            reads=[f"{form}.{key}".rstrip(".") for form, key in sorted(one.reads)],
            fields=[plan.named[at] for at in sorted(one.reads)] or [str(one.error.facts.get("name", ""))],
        ))
        for one in plan.faults
    ]  # fmt: skip
    return [*plan.problems, *broken, *plan.hints, *_hints(plan)]


def _hints(plan: Plan) -> list[Found]:
    found: list[Found] = []
    for step in plan.steps:
        for one in step.operations:
            named = one.after or one.before
            what = named.words if named is not None else step.label
            path = f"fields.{one.field}" if one.field else ""
            if one.short:
                hint = Invalid("apps.short", path=path, field=what, count=one.short)
                found.append(Found("hint", step.kind, step.key, hint))
            lost = one.facts.get("lost") or (one.facts.get("values") if one.act == "hide_field" else 0)
            if one.grade == "lossy" and lost:
                hint = Invalid("apps.loses", path=path, field=what, count=lost)
                found.append(Found("hint", step.kind, step.key, hint))
    return found


def fix(found: Found, tree: Mapping[str, Any] | None) -> Fix | None:
    """A misspelt name in a formula is replaced by the one that was meant; not among the words of a template, where the
    formula is a part of the text."""
    if found.kind == "template":
        return None
    facts = found.problem.facts
    suggestion, start, end = facts.get("suggestion"), facts.get("start"), facts.get("end")
    text = at(tree, found.path)
    if not isinstance(suggestion, str) or not isinstance(start, int) or not isinstance(end, int):
        return None
    return Fix(found.path, text[:start] + suggestion + text[end:]) if isinstance(text, str) else None


def at(tree: Any, path: str) -> Any:
    """What stands at a path such as `fields[3].formula`; None when nothing does."""
    for name, number in _STEP.findall(path):
        if isinstance(tree, Mapping):
            tree = cast("Mapping[str, Any]", tree).get(name)
        elif isinstance(tree, list) and number:
            items = cast("list[Any]", tree)
            tree = items[int(number)] if int(number) < len(items) else None
        else:
            return None
    return tree

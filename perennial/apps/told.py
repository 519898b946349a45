"""What a changed form or field is told as: which attributes differ, with words where people have words for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from perennial.forms import Field, Operation
from perennial.kernel import Words

_FORM = ("label", "label_en", "noun", "title", "owner", "card", "checks", "note", "overview", "layout")


@dataclass(frozen=True, slots=True)
class Difference:
    """`what`: an attribute, or options_added, options_gone, options_renamed, options_order, order.
    `on`: it is so from now on; False: no longer."""

    what: str
    names: tuple[Words, ...] = ()
    before: Words | None = None
    on: bool = True


def told(operation: Operation, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Difference]:
    """Of an operation and the form's trees on both sides; empty when the act says everything."""
    if operation.act == "change_form" and before is not None and after is not None:
        return _of_form(before, after)
    if operation.before is None or operation.after is None or operation.act in ("hide_field", "restore_field"):
        return []
    return _of_field(operation.before, operation.after)


def _of_field(before: Field, after: Field) -> list[Difference]:
    found: list[Difference] = []
    for name in (one.name for one in fields(Field)):
        old, new = getattr(before, name), getattr(after, name)
        if old == new or name in ("key", "kind"):
            continue
        if name == "options":
            found += _options(before, after)
        elif name == "label":
            found.append(Difference(name, before=before.words))
        else:
            found.append(Difference(name, on=bool(new)))
    return found


def _options(before: Field, after: Field) -> list[Difference]:
    def named(mine: Field, other: Field) -> tuple[Words, ...]:
        return tuple(one.words for one in mine.options if other.option(one.key) is None)

    renamed = tuple(
        Words(f"{old.label} → {one.label}", f"{old.words.english} → {one.words.english}")
        for one in after.options
        if (old := before.option(one.key)) is not None and old != one
    )
    added, gone = named(after, before), named(before, after)
    lists = {"options_added": added, "options_gone": gone, "options_renamed": renamed}
    found = [Difference(what, names) for what, names in lists.items() if names]
    stay = [[one.key for one in mine.options if other.option(one.key)] for mine, other in _both(before, after)]
    return [*found, Difference("options_order")] if stay[0] != stay[1] else found


def _both(before: Field, after: Field) -> Sequence[tuple[Field, Field]]:
    return (before, after), (after, before)


def _of_form(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    found: list[Difference] = []
    for name in _FORM:
        if before.get(name) == after.get(name):
            continue
        was = Words(str(before["label"]), before.get("label_en")) if name == "label" else None
        found.append(Difference(name, before=was, on=bool(after.get(name))))
    order = [[one["key"] for one in mine["fields"]] for mine in (before, after)]
    both = set(order[0]) & set(order[1])
    if not after.get("layout") and [key for key in order[0] if key in both] != [key for key in order[1] if key in both]:
        found.append(Difference("order"))
    return found

"""Answers as they should be, read so that one that is not raises nothing."""

from collections.abc import Mapping
from typing import Any


def rows(found: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def names(found: Any) -> list[str]:
    """The texts and numbers of a list, as texts."""
    return [str(one) for one in found if isinstance(one, str | int)] if isinstance(found, list) else []


def inner(found: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return found if isinstance(found, dict) else {}


def word(found: Any) -> str:
    """A text or number as a text, else none."""
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def whole(found: Any) -> int | None:
    """A whole number, also one that is written as a text."""
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 20:
        return int(found)
    return None


def seconds(found: Any) -> float | None:
    """How long something lives: a number above 0."""
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) and 0 < found < 1e9 else None


def yes(found: Any) -> bool | None:
    """true or false, also as a text; None where it is neither."""
    return {"true": True, "false": False}.get(str(found).lower()) if isinstance(found, bool | str) else None

"""Texts of error codes, chosen at the edge. Each room keeps its own in `errors.yaml`, a part of a room may too."""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from perennial.kernel.errors import Problem

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_PACKAGE = Path(__file__).parent.parent


@functools.cache
def texts() -> dict[str, dict[str, str]]:
    """Code -> language -> text with `{fact}` placeholders, over all rooms."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(_PACKAGE.glob("**/errors.yaml")):
        found |= cast(dict[str, dict[str, str]], yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    return found


class Words(str):
    """A name that people gave, with its English when they gave one; a sentence takes the one of its own language."""

    english: str

    def __new__(cls, chinese: str, english: str | None = None) -> "Words":
        made = super().__new__(cls, chinese)
        made.english = english or chinese
        return made

    @classmethod
    def joined(cls, several: Iterable["Words"]) -> "Words":
        named = list(several)
        return cls("、".join(named), ", ".join(one.english for one in named))


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def text(problem: Problem, language: Language = "zh") -> str:
    """The sentence a person reads; the code itself when nobody wrote one (a test forbids that)."""
    template = texts().get(problem.code, {}).get(language)
    if template is None:
        return problem.code
    facts = {key: _shown(value, language) for key, value in problem.facts.items()}
    return template.format_map(_Facts(path=problem.path or "", **facts)).strip()


def _shown(value: Any, language: Language) -> str:
    if value is None:
        return "空" if language == "zh" else "blank"
    if isinstance(value, Words):
        return str(value) if language == "zh" else value.english
    if isinstance(value, list | tuple | set | frozenset):
        return ("、" if language == "zh" else ", ").join(_shown(item, language) for item in cast(list[Any], value))
    return str(value)

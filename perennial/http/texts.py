"""The text of a problem in a language, from the `errors.yaml` of its room."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from perennial.kernel import Problem


@lru_cache
def _texts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.parent.glob("**/errors.yaml")):
        found |= yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return found


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def text(problem: Problem, language: str) -> str:
    """The sentence for a problem; a code without text is shown as the code."""
    sentence = _texts().get(problem.code, {})
    return (sentence.get(language) or sentence.get("zh") or problem.code).format_map(_Facts(problem.facts))

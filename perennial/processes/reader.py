"""The reader of processes: what is wrong is told in the name of this room."""

from collections.abc import Mapping
from typing import ClassVar

from perennial import rules
from perennial.rules import Tree

__all__ = ["Reader", "Tree"]


class Reader(rules.Reader):
    codes: ClassVar[Mapping[str, str]] = {
        "attribute": "processes.attribute", "unknown": "processes.unknown_attribute", "key": "processes.key",
        "one_of": "processes.one_of", "time": "processes.time",
    }  # fmt: skip

"""A tree of YAML or JSON, read attribute by attribute: what is wrong or unknown is told with its path."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Self, cast

from perennial.kernel import Invalid

Tree = Mapping[str, Any]
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_TIME = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")


class Reader:
    """One mapping of the tree: what is taken from it is known, what is left over was misspelt.

    codes   what is said of it; another room says it in its own name
    """

    codes: ClassVar[Mapping[str, str]] = {
        "attribute": "rules.attribute", "unknown": "rules.unknown_attribute", "key": "rules.key",
        "one_of": "rules.one_of", "time": "rules.time",
    }  # fmt: skip

    def __init__(self, tree: Any, path: str) -> None:
        if not isinstance(tree, Mapping):
            raise Invalid(self.codes["attribute"], path=path, attribute=path)
        self.tree = dict(cast("Tree", tree))
        self.path = path

    def at(self, name: str) -> str:
        return f"{self.path}.{name}".lstrip(".")

    def wrong(self, name: str) -> Invalid:
        return Invalid(self.codes["attribute"], path=self.at(name), attribute=name)

    def text(self, name: str, default: str | None = "") -> str:
        value = self.tree.pop(name, None)
        if isinstance(value, bool):
            value = str(value).upper()
        if isinstance(value, int | float):
            value = str(value)
        if isinstance(value, str) and value != "":
            return value
        if value is None and default is not None:
            return default
        raise self.wrong(name)

    def key(self, name: str) -> str:
        value = self.text(name, None)
        if not _KEY.match(value):
            raise Invalid(self.codes["key"], path=self.at(name), key=value)
        return value

    def number(self, name: str, default: int = 0) -> int:
        value = self.tree.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 36500:
            raise self.wrong(name)
        return value

    def yes_no(self, name: str, *, default: bool = False) -> bool:
        value = self.tree.pop(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name)
        return value

    def share(self, name: str) -> Decimal:
        """A number above 0 and at most 1, as it is written."""
        value = self.tree.pop(name, 1)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.wrong(name)
        try:
            found = Decimal(str(value))
        except InvalidOperation as error:
            raise self.wrong(name) from error
        if not 0 < found <= 1:
            raise self.wrong(name)
        return found

    def one_of(self, name: str, among: Sequence[str], default: str) -> Any:
        value = self.text(name, default)
        if value not in among:
            raise Invalid(self.codes["one_of"], path=self.at(name), attribute=name, value=value, among=", ".join(among))
        return value

    def time(self, name: str, default: str = "09:00") -> dt.time:
        value = self.tree.pop(name, default)
        if isinstance(value, int) and not isinstance(value, bool):  # YAML 1.1 reads 9:00 as a base-60 number
            value = f"{value // 60}:{value % 60:02d}"
        found = _TIME.match(value) if isinstance(value, str) else None
        if found is None:
            raise Invalid(self.codes["time"], path=self.at(name), value=str(value))
        return dt.time(int(found[1]), int(found[2]))

    def list(self, name: str) -> list[Any]:
        value = self.tree.pop(name, [])
        if not isinstance(value, list):
            raise self.wrong(name)
        return cast("list[Any]", value)

    def place(self) -> tuple[int, int] | None:
        """Where it stands on the canvas; None: where the layout puts it."""
        match self.list("place"):
            case []:
                return None
            case [int(x), int(y)]:
                return (x, y)
            case _:
                raise self.wrong("place")

    def keys(self, name: str) -> tuple[str, ...]:
        return tuple(str(item) for item in self.list(name))

    def values(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self.tree.pop(name, {})
        if not isinstance(value, Mapping):
            raise self.wrong(name)
        return tuple((str(field), _literal(text)) for field, text in cast("Tree", value).items())

    def inside(self, name: str) -> Self | None:
        return type(self)(self.tree.pop(name), self.at(name)) if self.tree.get(name) is not None else None

    def done(self) -> None:
        for name in self.tree:
            raise Invalid(self.codes["unknown"], path=self.at(str(name)), attribute=str(name))


def _literal(value: Any) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)

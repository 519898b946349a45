"""Parts of a form's tree as they were written, or Invalid with the path of what is wrong."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from perennial.kernel import Invalid


def branch(raw: Any, path: str, attributes: Iterable[str]) -> Mapping[str, Any]:
    """A mapping of these attributes alone."""
    if not isinstance(raw, Mapping):
        raise Invalid("forms.attribute", path=path, attribute=path)
    tree = cast("Mapping[str, Any]", raw)
    known(tree, attributes, path)
    return tree


def known(tree: Mapping[str, Any], attributes: Iterable[str], path: str) -> None:
    """Refuse a misspelt attribute rather than ignore it."""
    among = frozenset(attributes)
    for name in tree:
        if name not in among:
            raise Invalid("forms.unknown_attribute", path=f"{path}.{name}".lstrip("."), attribute=str(name))


def text(tree: Mapping[str, Any], name: str, path: str, *, needed: bool = False) -> str | None:
    value = tree.get(name)
    if isinstance(value, str) and value != "":
        return value
    if value is None and not needed:
        return None
    raise Invalid("forms.attribute", path=f"{path}.{name}".lstrip("."), attribute=name)


def items(value: Any, path: str) -> list[Any]:
    """A list; nothing is an empty one."""
    if value is None or isinstance(value, list):
        return cast("list[Any]", value or [])
    raise Invalid("forms.attribute", path=path, attribute=path.rpartition(".")[2])


def texts(value: Any, path: str) -> tuple[str, ...]:
    """A list of texts; nothing is an empty one."""
    found = items(value, path)
    if not all(isinstance(one, str) and one for one in found):
        raise Invalid("forms.attribute", path=path, attribute=path.rpartition(".")[2].partition("[")[0])
    return tuple(found)

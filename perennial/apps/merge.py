"""Three trees of one definition: what both sides changed in different places stands together, the rest is named.

Lists whose items have keys (fields, nodes, options, charts) are merged item by item; other lists are one value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

Tree = Mapping[str, Any]
Items = dict[str, Any]
ABSENT = None  # an attribute that is not there and one that is null say the same


@dataclass(frozen=True, slots=True)
class Clash:
    """One place that both changed, and differently."""

    path: str
    base: Any
    mine: Any
    theirs: Any


def merge(base: Any, mine: Any, theirs: Any, take: Mapping[str, str] | None = None) -> tuple[Any, list[Clash]]:
    """What `mine` and `theirs` make of `base` together; at a clash `mine` stands, or what `take` says of its path."""
    clashes: list[Clash] = []
    return _merge(base, mine, theirs, "", take or {}, clashes), clashes


def _merge(base: Any, mine: Any, theirs: Any, path: str, take: Mapping[str, str], clashes: list[Clash]) -> Any:
    if mine == theirs or theirs == base:
        return mine
    if mine == base:
        return theirs
    if all(isinstance(one, Mapping) for one in (mine, theirs)) and (base is ABSENT or isinstance(base, Mapping)):
        return _mappings(base or {}, mine, theirs, path, take, clashes)
    if all(_keyed(one) for one in (mine, theirs)) and (base is ABSENT or _keyed(base)):
        return _lists(base or [], mine, theirs, path, take, clashes)
    if path in take:
        return theirs if take[path] == "theirs" else mine
    clashes.append(Clash(path, base, mine, theirs))
    return mine


def _mappings(base: Tree, mine: Tree, theirs: Tree, path: str, take: Mapping[str, str], clashes: list[Clash]) -> Items:
    found: Items = {}
    for name in [*mine, *(name for name in theirs if name not in mine), *(name for name in base)]:
        if name in found:
            continue
        value = _merge(base.get(name), mine.get(name), theirs.get(name), f"{path}.{name}".lstrip("."), take, clashes)
        if value is not ABSENT:
            found[name] = value
    return found


def _lists(
    base: Sequence[Tree], mine: Sequence[Tree], theirs: Sequence[Tree], path: str, take: Mapping[str, str],
    clashes: list[Clash],
) -> list[Any]:  # fmt: skip
    was, here, there = (_by_key(one) for one in (base, mine, theirs))
    found: Items = {}
    for key in _order(list(was), list(here), list(there)):
        value = _merge(was.get(key), here.get(key), there.get(key), f"{path}[{key}]", take, clashes)
        if value is not ABSENT:
            found[key] = value
    return list(found.values())


def _order(base: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    """The order of whoever moved things; what only the other side has stands behind its neighbour there."""
    common = [key for key in base if key in mine]
    moved = [key for key in mine if key in base] != common
    first, second = (mine, theirs) if moved or _same_order(base, theirs) else (theirs, mine)
    order = list(first)
    for at, key in enumerate(second):
        if key not in order:
            order.insert(order.index(second[at - 1]) + 1 if at else 0, key)
    return order


def _same_order(base: list[str], other: list[str]) -> bool:
    return [key for key in other if key in base] == [key for key in base if key in other]


def _keyed(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    items = cast("list[Any]", value)
    keys = [cast("Tree", item).get("key") if isinstance(item, Mapping) else None for item in items]
    return all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys)


def _by_key(items: Sequence[Tree]) -> Items:
    return {str(item["key"]): item for item in items}

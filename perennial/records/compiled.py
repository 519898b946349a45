"""SQL compiled once per shape and kept: building it costs more than running it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")
KEPT = 4_000
_kept: "OrderedDict[Hashable, Any]" = OrderedDict()


def kept(shape: Hashable, build: Callable[[], T]) -> T:
    """What `build` gives for a shape, which names the definitions, the compiled scope and the form of the query."""
    found = _kept.get(shape)
    if found is None:
        found = _kept[shape] = build()
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return cast(T, found)

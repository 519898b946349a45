"""Several rules in few statements: what may stand together in one."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
RULES = 200  # in one statement
ROWS = 20_000  # rules times records that one statement looks at


def turns(given: Iterable[T], rule: Callable[[T], int]) -> list[list[T]]:
    """Each rule once in each; what comes second for a rule comes in the second."""
    found: list[list[T]] = []
    nth: Counter[int] = Counter()
    for one in given:
        at = nth[rule(one)]
        nth[rule(one)] += 1
        found += [[]] if at == len(found) else []
        found[at].append(one)
    return found


def parts(turn: Iterable[T], rows: Callable[[T], int]) -> Iterator[list[T]]:
    """As many as one statement may read. `rows`: how many records one looks at."""
    part: list[T] = []
    total = 0
    for one in turn:
        more = rows(one)
        if part and (len(part) == RULES or total + more > ROWS):
            yield part
            part, total = [], 0
        part.append(one)
        total += more
    if part:
        yield part


def alike(given: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Those with the same key, in the order of the first of each."""
    found: dict[Hashable, list[T]] = {}
    for one in given:
        found.setdefault(key(one), []).append(one)
    return [*found.values()]

"""What laws over random worlds share: how they draw, and a transaction that leaves no trace."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

from hypothesis import HealthCheck, Phase, settings

T = TypeVar("T")


def drawn(examples: int, usual: int) -> settings:
    """So many examples; the usual number of them are the same on every run."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples == usual,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )


class _Undo(Exception):
    """Thrown to leave no trace."""


@contextlib.contextmanager
def untraced(inner: AbstractContextManager[T]) -> Iterator[T]:
    """A transaction or savepoint that is rolled back at its end, as if nothing had been."""
    with contextlib.suppress(_Undo), inner as found:
        yield found
        raise _Undo

"""SIGINT and SIGTERM end a command once, and let its clean-up finish."""

import contextlib
import signal
from collections.abc import Generator
from types import FrameType


@contextlib.contextmanager
def stopped_by_signals() -> Generator[None]:
    """The first signal leaves the block as if it were done; further ones are ignored while it cleans up."""
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            raise KeyboardInterrupt

    before = {sent: signal.signal(sent, stop) for sent in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for sent, handler in before.items():
            signal.signal(sent, handler)

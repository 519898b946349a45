"""Measured ratios: ours against the raw SQL or COPY that does the same work, in the same run, on a scratch database.

Each bench prints what the raw side ran (it stands in `raw/`) with its EXPLAIN, runs both sides in turn with the order
alternated, takes the best of three, and asserts that both gave the same rows.
"""

from collections.abc import Callable
from typing import Any

from perennial.bench.scratch import Scratch, scratch

__all__ = ["KINDS", "Scratch", "bench", "scratch"]

KINDS = ("import", "list", "report", "process", "search", "decision", "rules")


def bench(kind: str, rows: int) -> dict[str, Any]:
    """Run one bench; returns `{"name", "rows", "ours_s", "raw_s", "ratio", …}`, with `before` the same of fewer rows
    where the bench looks at growth."""
    import importlib

    module = importlib.import_module(f"perennial.bench.{kind}_")
    run: Callable[[Scratch, int], dict[str, Any]] = module.run
    smaller: Callable[[int], tuple[int, ...]] = getattr(module, "smaller", lambda _: ())
    found: list[dict[str, Any]] = []
    for count in (*smaller(rows), rows):
        with scratch() as place:
            found.append({"name": kind, "rows": count, **run(place, count)})
    return found[-1] | ({"before": found[:-1]} if found[:-1] else {})

"""Customers who will leave use less and complain more, some months before; a few do so for a while and stay.

Pure and seeded, as `script`: the engine is never told, its rules may find out.
"""

import datetime as dt
from collections.abc import Iterable
from random import Random

from perennial.demo.destiny import destiny
from perennial.kernel import Row

SILENT = 0.25  # of those who leave, nobody sees it coming
DIPS = 0.05  # of those who stay, use falls for some weeks
BEGINS, DEEP = (
    (190, 110),
    60,
)  # days before the end: where use begins to fall, and how long it takes to reach the bottom
BOTTOM = 0.12


def fading(seed: int, today: dt.date, contracts: Iterable[Row]) -> dict[int, float]:
    """Customer -> the share of their usual use, for those whose use is not as usual."""
    found: dict[int, float] = {}
    for one in contracts:
        share = _share(seed, today, one)
        if share < 1:
            found[one["customer"]] = min(share, found.get(one["customer"], 1.0))
    return found


def _share(seed: int, today: dt.date, contract: Row) -> float:
    own = Random(f"{seed}/fading/{contract['id']}")
    silent, begins, dips, at = (
        own.random() < SILENT,
        own.randrange(BEGINS[1], BEGINS[0]),
        own.random() < DIPS,
        own.random(),
    )
    left = (contract["end_date"] - today).days
    if destiny(seed, contract["id"]).end == "lost" and contract["renew_mode"] != "auto":
        if contract["status"] == "lost":
            return BOTTOM if left > -400 else 1.0
        return 1.0 if silent else max(BOTTOM, min(1.0, 1 - (begins - left) / DEEP))
    first = int(300 - 240 * at)  # days before the end
    return 0.2 if dips and contract["open"] and first - 56 < left <= first else 1.0

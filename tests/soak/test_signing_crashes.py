"""The lives of `test_signing_laws` once more, worked by programs that are killed and by several at once: after each
day the trace is that of the reference, which knows no crash."""

import contextlib
import datetime as dt
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "reference"))
sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from random_signing import signing
from signing_world import ZONE, Office
from test_signing_laws import Life

from perennial.kernel import Database
from tests.soak.company import Laborer

TICK = ("processes.reacting", "processes.reacted", "processes.advancing", "processes.advanced")
REACT = ("processes.reacting", "processes.reacted")
Hands = Callable[[], Laborer]


@pytest.fixture
def hands() -> Iterator[Hands]:
    with contextlib.ExitStack() as stack:

        def one() -> Laborer:
            made = Laborer("hand.py")
            stack.callback(made.close)
            return made

        yield one


class Struck(Office):
    """An office whose programs die at their work and are started again; each tick is then done by three at once."""

    def __init__(self, database: Database, seed: int, hands: Hands) -> None:
        super().__init__(database)
        self.dice, self.crew, self.kills = random.Random(seed), [hands() for _ in range(3)], Counter[str]()

    def order(self, laborer: Laborer, do: str, place: str = "", **more: Any) -> None:
        point = f"{place}:{self.dice.choice([1, 1, 2])}" if place in TICK else place
        laborer.begin({"url": self.database.url, "do": do, "fail_point": point, **more})

    def struck(self, place: str, do: str, **more: Any) -> None:
        """Done, unless it died there."""
        self.order(self.crew[0], do, place, **more)
        code = self.crew[0].end()
        assert code in (0, -signal.SIGKILL), code
        self.kills[place] += code != 0

    def react(self) -> None:
        if self.dice.random() < 0.3:
            self.struck(self.dice.choice(REACT), "react")
        super().react()

    def tick(self, day: int) -> None:
        self.days += 1
        moment = dt.datetime.combine(dt.date.fromordinal(day), dt.time(9), ZONE) + dt.timedelta(seconds=self.days)
        for place in self.dice.sample(TICK, 2):
            self.struck(place, "tick", at=moment.isoformat())
        for one in self.crew:
            self.order(one, "tick", at=moment.isoformat())
        assert [one.end() for one in self.crew] == [0, 0, 0]

    def decide(self, number: int, by: str, outcome: str) -> None:
        if self.dice.random() < 0.5:
            self.struck("approvals.deciding", "decide", vote=number, person=self.who[by], outcome=outcome)
        super().decide(number, by, outcome)

    def migrate(self, number: int, choices: dict[str, str]) -> tuple[int | None, int]:
        self.struck("processes.migrating", "migrate", number=number, choices=choices)
        return super().migrate(number, choices)


def lived(
    databases: Iterator[Database], hands: Hands, seeds: range, count: int = 4, days: int = 9
) -> tuple[Counter[str], Counter[str]]:
    met, kills = Counter[str](), Counter[str]()
    for seed in seeds:
        tree = signing(seed)
        office = Struck(next(databases), seed, hands)
        office.found(tree)
        assert "\n".join(Life(office, tree, seed, met, count, days).lived()) == "", seed
        kills += office.kills
        for one in office.crew:
            one.close()
    return met, kills


@pytest.mark.soak
def test_lives_whose_programs_are_killed_leave_the_trace_of_one_that_nobody_kills(
    databases: Iterator[Database], hands: Hands
) -> None:
    seed = int(os.environ.get("PERENNIAL_SOAK") or 2026)
    met, kills = lived(databases, hands, range(seed, seed + 12))
    print(f"\nseed {seed}: {sum(kills.values())} kills {dict(kills)}; {dict(met)}")
    assert min(kills[place] for place in (*TICK, "approvals.deciding", "processes.migrating")) >= 2


@pytest.mark.servers
def test_a_life_whose_programs_are_killed_leaves_the_trace_of_one_that_nobody_kills(
    databases: Iterator[Database], hands: Hands
) -> None:
    _, kills = lived(databases, hands, range(5, 6), 2, 4)
    assert kills

"""Both sides are even in the end: after forty minutes without the other side, and after random lives of forty tasks."""

import contextlib
import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from mirror_world import CHANNELS, Mirrored, mirrored, standing

from perennial import connect
from perennial.connect import mirror
from perennial.dev import Serving, serving
from perennial.kernel import SYSTEM, Database

pytestmark = pytest.mark.servers
PEOPLE = ("tang", "liu", "mei")
SEED = int(os.environ.get("PERENNIAL_SOAK") or 0)


@pytest.fixture
def company(database: Database) -> Mirrored:
    return mirrored(database)


@pytest.fixture
def im(company: Mirrored) -> Iterator[Serving]:
    with serving(clock=company.now_s) as im:
        for channel in CHANNELS:
            company.on(im, channel, *PEOPLE)
        yield im


def here(company: Mirrored) -> Counter[tuple[str, str]]:
    """(number of the task, whose) of what is open here."""
    names = {number: name for name, number in company.who.items()}
    rows = company.rows("SELECT title, assignee_id FROM tasks.task WHERE state = 'open' AND assignee_id IS NOT NULL")
    return Counter((row["title"].split()[0], names[row["assignee_id"]]) for row in rows)


def over_there(im: Serving, channel: str) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (title, who), count in standing(im.world, channel).items():
        found[title.split()[0], who] += count
    return found


def test_after_forty_minutes_without_the_other_side_each_to_do_exists_once_and_finished_ones_are_closed(
    company: Mirrored, im: Serving
) -> None:
    tasks = [company.open(PEOPLE[n % 3], f"第{n}件 回访") for n in range(9)]
    company.settle()
    for service in ("dingtalk", "dingtalk_old", "wecom", "feishu"):
        im.fail(f"{service}:*", "reset_after", 2)  # it begins with answers that never come
        im.fail(f"{service}:*", "offline:2400")
    company.later(minutes=1)
    for minute in range(0, 40, 2):
        if minute % 4 == 0 and minute < 36:
            n = minute // 4
            tasks.append(company.open(PEOPLE[n % 3], f"第{9 + n}件 回访"))
            company.call(tasks[n], f"第{n}件 再回访")
            if n % 3 == 0:
                company.finish(tasks[n])
            if n % 3 == 1:
                company.give(tasks[n], "tang")
        if minute == 38:
            company.finish(tasks[10])  # opened and finished within the outage
        connect.work(company.database)
        company.later(minutes=2)
    asked = len(im.world.received)
    assert asked < 200, "who does not answer is not asked all the time"
    company.settle()
    for channel in CHANNELS:
        assert over_there(im, channel) == here(company), channel
        made = Counter(
            (one.content["template_card"]["main_title"]["title"] if channel == "wecom" else one.key, one.to)
            for one in im.world.effects
            if one.service == channel and one.kind in ("todo", "notice")
        )
        assert set(made.values()) == {1}, "nothing was made twice, not even to be closed again"
    told = company.rows("SELECT count(*) AS n FROM connect.mirrored WHERE problem IS NOT NULL OR unsure")
    assert told[0]["n"] == 0


class Killed(BaseException):
    pass


FAULTS = (
    "status:500",
    "status:502",
    "reset_before",
    "reset_after",
    "truncated",
    "throttle",
    "html",
    "nonsense",
    "expire",
)


class Life:
    """Forty tasks, what people do with them on both sides, and what goes wrong."""

    def __init__(self, company: Mirrored, im: Serving, dice: random.Random) -> None:
        self.company, self.im, self.dice = company, im, dice
        self.tasks: list[int] = []
        self.dies = 0

    def step(self) -> None:
        act = self.dice.choice(
            (self.here, self.here, self.there, self.fault, self.fault, self.turn, self.turn, self.turn)
        )
        act()

    def here(self) -> None:
        company, dice = self.company, self.dice
        if len(self.tasks) < 40 and dice.random() < 0.5:
            kind = company.asks if dice.random() < 0.3 else company.plain
            self.tasks.append(company.open(dice.choice(PEOPLE), f"第{len(self.tasks)}件 a", kind=kind))
            return
        if not self.tasks:
            return
        n = dice.randrange(len(self.tasks))
        match dice.choice(("call", "finish", "give", "again")):
            case "call":
                company.call(self.tasks[n], f"第{n}件 {dice.choice('bcd')}")
            case "finish":
                company.finish(self.tasks[n])
            case "give":
                company.give(self.tasks[n], dice.choice(PEOPLE))
            case _:
                company.run("UPDATE tasks.task SET state = 'open' WHERE id = %(id)s", id=self.tasks[n])

    def there(self) -> None:
        """Somebody marks one done, opens it again or deletes it, and nobody tells us."""
        if not self.im.world.todos:
            return
        number = self.dice.choice(sorted(self.im.world.todos))
        if self.dice.random() < 0.2:
            del self.im.world.todos[number]
        else:
            todo = self.im.world.todos[number]
            todo["done"] = not todo["done"]
            if "completed_at" in todo:
                todo["completed_at"] = "1795000000000" if todo["done"] else "0"

    def fault(self) -> None:
        service = self.dice.choice(("dingtalk", "dingtalk_old", "wecom", "feishu"))
        self.im.fail(f"{service}:*", self.dice.choice(FAULTS), self.dice.randint(1, 4), self.dice.randint(0, 3))
        if self.dice.random() < 0.2:
            self.dies = self.dice.randint(1, 6)

    def turn(self) -> None:
        if self.dice.random() < 0.4:  # a channel whose tokens were refused twice waits for somebody
            self.company.channel(self.dice.choice(CHANNELS), self.im)
        with contextlib.suppress(Killed):
            connect.work(self.company.database)
        self.company.later(seconds=self.dice.choice((5, 20, 60, 240)))

    def fail_point(self, name: str) -> None:
        self.dies -= 1
        if self.dies == 0:
            raise Killed(name)


def lived(company: Mirrored, im: Serving, seed: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(company, im, random.Random(seed))
    monkeypatch.setattr(mirror, "fail_point", life.fail_point)
    for _ in range(steps):
        life.step()
    life.dies = 0
    im.world.faults.clear()
    for channel in CHANNELS:
        company.channel(channel, im)
    for _ in range(2):  # what is heard the first time changes what should be there
        with company.database.begin(SYSTEM) as tx:
            for channel in CHANNELS:
                connect.ask_reconcile(tx, channel)
        company.later(minutes=10)
        company.settle(120)
    for channel in CHANNELS:
        assert over_there(im, channel) == here(company), f"seed {seed}, {channel}"
    assert company.rows("SELECT id FROM connect.mirrored WHERE try_at IS NOT NULL OR unsure") == []


@pytest.mark.parametrize("seed", [1, 2])
def test_random_lives_of_forty_tasks_end_with_both_sides_equal(
    company: Mirrored, im: Serving, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(company, im, seed, 60, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("nth", range(40))
def test_many_random_lives_end_with_both_sides_equal(
    company: Mirrored, im: Serving, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(company, im, (SEED or 2026) + nth, 400, monkeypatch)

"""kill -9 at named places and at any moment, until a company's days are lived: nothing is lost, nothing is done twice.

The same days are lived once more by a program that nobody kills; what happened must be equal, fact by fact.
"""

import contextlib
import datetime as dt
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from perennial import changes, processes
from perennial.kernel import SYSTEM, Database
from tests.soak import company
from tests.soak.company import FIRST, Laborer, facts, moment
from tests.soak.postbox import Postbox

# in the order in which a day passes them; how often one is passed in a day, at least
PLACES = {
    "imports.before_write": 1, "imports.between_forms": 1, "imports.before_commit": 1, "imports.committed": 1,
    "processes.reacting": 3, "processes.reacted": 3, "changes.sealing": 4, "changes.sealed": 4,
    "processes.deciding": 2, "processes.decided": 2, "processes.advancing": 1, "processes.advanced": 1,
    "messages.claimed": 1, "messages.attempt_committed": 2, "messages.before_wire": 2, "messages.wire_done": 2,
    "messages.settled": 2,
}  # fmt: skip
FEW = ("imports.before_commit", "processes.reacting", "processes.deciding", "messages.wire_done")
ACCEPTED = "server.accepted"  # the mail server has the mail; its sender dies before it hears so
ANY = "any moment"

Fresh = Callable[[], Database]


@pytest.fixture
def fresh(databases: Iterator[Database]) -> Fresh:
    """Makes databases; they are gone afterwards."""
    return lambda: next(databases)


@pytest.fixture
def laborers() -> Iterator[Callable[[], Laborer]]:
    with contextlib.ExitStack() as stack:

        def one() -> Laborer:
            made = Laborer()
            stack.callback(made.close)
            return made

        yield one


@dataclass
class Life:
    """A company in a database of its own, its post, and what it was told is saved."""

    database: Database
    folder: Path
    post: Postbox
    kills: Counter[str] = field(default_factory=Counter[str])
    world: company.World = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.acknowledged = self.folder / "acknowledged"
        self.acknowledged.touch()
        self.world = company.found(self.database)

    def order(self, day: int, **more: Any) -> dict[str, Any]:
        today = FIRST + dt.timedelta(days=day)
        return {
            "url": self.database.url, "home": str(self.folder), "smtp": f"smtp://127.0.0.1:{self.post.port}",
            "acknowledged": str(self.acknowledged), "person": self.world.zhou,
            "writes": company.writes(self.world, day), "moments": [moment(today, 9), moment(today, 18)], **more,
        }  # fmt: skip

    def live(self, laborer: Laborer, day: int, fate: str = "", delay_s: float = 0) -> bool:
        """A day passes, as `fate` has it; whether it came to its end."""
        point = fate if fate.partition(":")[0] in PLACES else None
        pid = laborer.begin(self.order(day, fail_point=point))
        self.post.victim, self.post.kill_in = pid, 1 if fate == ACCEPTED else 0
        if fate == ANY:
            time.sleep(delay_s)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        code = laborer.end()
        self.post.kill_in = 0
        assert code in (0, -signal.SIGKILL), f"the program ended with {code}"
        if code:
            self.kills[fate.partition(":")[0]] += 1
        return code == 0

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with self.database.begin(SYSTEM) as tx:
            return tx.rows(sql)


def assert_whole(life: Life) -> Counter[str]:
    """Everything that must hold after whatever happened; attempts by outcome."""
    with life.database.begin(SYSTEM) as tx:
        assert [one.as_json() for one in processes.doctor(tx) if one.count] == []
    head = life.folder / changes.HEAD_FILE
    changes.seal(life.database, head)
    with life.database.begin(SYSTEM) as tx:
        assert changes.verify(tx, head) is None
    assert life.rows("SELECT id FROM changes.reaction") == []
    assert {row["state"] for row in life.rows("SELECT state FROM imports.import")} == {"done"}
    assert life.rows("SELECT key FROM messages.outbox GROUP BY key HAVING count(*) > 1") == []
    assert_acknowledged(life)
    return assert_mail(life)


def assert_acknowledged(life: Life) -> None:
    status = {row["number"]: row["status"] for row in life.rows("SELECT number, status FROM data_read.contract")}
    for line in life.acknowledged.read_text(encoding="utf-8").splitlines():
        what, number = line.split()
        assert number in status, f"{line}: acknowledged and lost"
        assert what != "renew" or status[number] == "renewed", f"{line}: acknowledged and lost"


def assert_mail(life: Life) -> Counter[str]:
    """A second copy only of an attempt whose answer never came, with the same id, listed as uncertain."""
    copies = life.post.copies
    out = life.rows(
        "SELECT o.wire_id, o.state FROM messages.outbox o WHERE o.channel = 'mail' AND o.merged_into IS NULL"
    )
    assert {row["state"] for row in out} <= {"sent", "uncertain", "cancelled"}
    sent = {row["wire_id"] for row in out if row["state"] == "sent"}
    known = {row["wire_id"] for row in out}
    assert sent <= set(copies) <= known
    uncertain = {
        row["wire_id"]: row["n"]
        for row in life.rows(
            "SELECT o.wire_id, count(*) AS n FROM messages.attempt a JOIN messages.outbox o ON o.id = a.outbox_id"
            " WHERE a.outcome = 'uncertain' GROUP BY o.wire_id"
        )
    }
    assert max(copies.values()) <= 2
    assert {id_ for id_, n in copies.items() if n == 2} <= set(uncertain)
    texts: dict[str, set[str]] = {}
    for id_, _, text in life.post.accepted:
        texts.setdefault(id_, set()).add(text)
    assert all(len(one) == 1 for one in texts.values()), "a second copy says something else"
    outcomes = life.rows("SELECT coalesce(outcome, 'open') AS outcome FROM messages.attempt")
    assert "open" not in {row["outcome"] for row in outcomes}
    return Counter(row["outcome"] for row in outcomes)


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, tuple[list[str], list[str]]]:
    left = {name: Counter(one[name]) - Counter(other[name]) for name in one}
    right = {name: Counter(other[name]) - Counter(one[name]) for name in one}
    return {name: (sorted(left[name]), sorted(right[name])) for name in one if left[name] or right[name]}


def kill_through(
    seed: int, days: int, at_least: int, places: Sequence[str], fresh: Fresh, laborer: Laborer, folder: Path
) -> Life:
    """Days pass; in each the program is killed at some places and at some moments, and started again until it is over.
    More days pass until every place was met `at_least` times."""
    dice = random.Random(seed)
    with Postbox() as post, Postbox() as other_post:
        life = Life(fresh(), folder / "killed", post)
        peaceful = Life(fresh(), folder / "peaceful", other_post)
        day, usual_s = 0, 0.0
        while day < days or (at_least and day < 3 * days and min(life.kills[place] for place in places) < at_least):
            for one in (life, peaceful):
                company.stage(one.database, day, folder)
            began = time.monotonic()
            assert peaceful.live(laborer, day)
            took_s = time.monotonic() - began
            usual_s = (usual_s + took_s) / 2 if usual_s else took_s  # a fast machine is killed sooner
            rarest = sorted(places, key=lambda place: (life.kills[place], dice.random()))[:5]
            fates = [f"{place}:{dice.randint(1, times)}" for place, times in PLACES.items() if place in rarest]
            at_the_server = day % 2 == 1 and life.kills[ACCEPTED] < 3
            if at_the_server:
                fates = [ACCEPTED, *(fate for fate in fates if fate.startswith("messages."))]
            for _ in range(2):
                fates.insert(dice.randint(at_the_server, len(fates)), ANY)
            if day % 3 == 2:
                post.hang_up_in = dice.randint(1, 2)
            for fate in fates:
                if life.live(laborer, day, fate, dice.uniform(0.02, usual_s)):
                    break
            else:
                assert life.live(laborer, day)
            day += 1
        lived = facts(life.database)
        assert {name: len(rows) > 0 for name, rows in lived.items()} == dict.fromkeys(lived, True)
        assert differences(facts(peaceful.database), lived) == {}
        quiet = assert_whole(peaceful)
        assert set(quiet) == {"sent"} and max(other_post.copies.values()) == 1
        tell(life, assert_whole(life), day)
    return life


def tell(life: Life, attempts: Counter[str], days: int) -> None:
    second = sum(n - 1 for n in life.post.copies.values())
    answers = life.post.killed + life.kills["messages.wire_done"] + life.post.hung_up
    assert second <= attempts["uncertain"]
    print(f"\n{sum(life.kills.values())} kills in {days} days: {dict(sorted(life.kills.items()))}")
    print(f"mails accepted {len(life.post.accepted)}, attempts {dict(attempts)}, second copies {second}")
    print(f"answers that never came, for certain: {answers} (of them {life.post.hung_up} by the server)")


@pytest.mark.servers
def test_a_few_kills_lose_nothing_and_repeat_nothing(
    fresh: Fresh, laborers: Callable[[], Laborer], tmp_path: Path
) -> None:
    life = kill_through(7, 2, 1, FEW, fresh, laborers(), tmp_path)
    assert sum(life.kills.values()) >= 4
    assert min(life.kills[place] for place in FEW) >= 1


@pytest.mark.soak
def test_fifty_kills_at_named_places_and_any_moment_lose_nothing_and_repeat_nothing(
    fresh: Fresh, laborers: Callable[[], Laborer], tmp_path: Path
) -> None:
    seed = int(os.environ.get("PERENNIAL_SOAK") or 2026)
    life = kill_through(seed, 12, 3, list(PLACES), fresh, laborers(), tmp_path)
    assert sum(life.kills.values()) >= 50
    assert min(life.kills[place] for place in PLACES) >= 3
    assert life.kills[ANY] >= 10
    assert life.kills[ACCEPTED] >= 2


@pytest.mark.servers
def test_three_workers_at_once_do_what_one_does_after_days_away(
    fresh: Fresh, laborers: Callable[[], Laborer], tmp_path: Path
) -> None:
    with Postbox() as post, Postbox() as other_post:
        alone = Life(fresh(), tmp_path / "alone", post)
        together = Life(fresh(), tmp_path / "together", other_post)
        crew = [laborers() for _ in range(3)]
        for life in (alone, together):
            for day in range(2):
                company.stage(life.database, day, tmp_path)
            assert life.live(crew[0], 0)
        later = {"writes": [], "moments": [moment(FIRST + dt.timedelta(days=5), 9)]}
        crew[0].begin(alone.order(0, **later))
        assert crew[0].end() == 0
        for one in crew:
            one.begin(together.order(0, **later))
        assert [one.end() for one in crew] == [0, 0, 0]
        assert differences(facts(alone.database), facts(together.database)) == {}
        late = [one for one in facts(together.database)["decisions"] if "'late'" in one]
        assert len(late) >= 8
        for life in (alone, together):
            assert set(assert_whole(life)) == {"sent"}
            assert max(life.post.copies.values()) == 1

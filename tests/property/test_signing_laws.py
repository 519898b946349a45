"""Random processes in which people sign, and random histories of all that people, time and new versions do to them:
the trace is that of the reference interpreter, and nothing is lost or doubled."""

import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "reference"))

from migrating import Migrating, Migration
from random_process import ALL, edit, record
from random_signing import SIGNERS, mutated, signing
from signing_world import FIRST, Office, told
from votes import Signer
from walking import OWNER, Asking, Deal

from perennial import processes
from perennial.kernel import Conflict, Database

SEEDS = int(os.environ.get("PERENNIAL_SOAK", "0")) or 4
RECORDS, DAYS = 4, 9
LEAST = {
    "approved": 12, "rejected": 1, "after": 1, "before": 1, "delegate": 1, "transfer": 1, "straight": 2, "redo": 1,
    "edit": 6, "finish": 10, "delete": 1, "hold": 1, "disable": 1, "migrated": 2, "published": 1,
}  # fmt: skip
door = processes.approving
Tree = dict[str, Any]


def formulas() -> tuple[dict[str, Any], dict[str, set[str]]]:
    known = {text: (lambda r, today, f=f: f(r)) for text, (f, _) in ALL.items()}
    return known, {text: fields for text, (_, fields) in ALL.items()}


class Life:
    """Some records of one process, in the engine and in the reference."""

    def __init__(
        self, office: Office, tree: Tree, seed: int, met: Counter[str], count: int = RECORDS, days: int = DAYS
    ) -> None:
        self.pick, self.met, self.day = random.Random(seed * 7919 + 1), met, FIRST.toordinal()
        self.office = office
        self.tree, self.number, self.migrations = tree, 1, list[tuple[int, Migration]]()
        self.reference = Migrating(tree, *formulas(), self.day)
        self.pairs: list[tuple[int, Deal]] = []
        self.log: list[str] = []
        self.last = self.day + days
        for _ in range(count):
            given = {**record(self.pick, self.day), "flag": False, "n": self.pick.choice([0, 2]), "s": None}
            self.pairs.append((self.office.add(given), self.reference.add(given)))

    def lived(self) -> list[str]:
        """The differences at the first moment at which there are some."""
        while self.day < self.last:
            for at, case in self.pairs:
                for _ in range(self.pick.choice([1, 2, 3])):
                    self.one(at, case)
                if found := self.differences(at, case, every=False):
                    return [*found, *self.log[-40:]]
            self.versions()
            self.day += self.pick.choice([1, 1, 1, 3])
            self.log.append(f"tick {self.day}")
            self.office.tick(self.day)
            self.reference.tick(self.day)
            found = self.office.findings()
            for at, case in self.pairs:
                found += self.differences(at, case, every=True)
            if found:
                return [*found, *self.log[-40:]]
        for _, case in self.pairs:
            self.met.update(one.state for one in case.instances)
        return []

    def versions(self) -> None:
        """Perhaps another version, perhaps some go there, perhaps back."""
        what = self.pick.random()
        if what < 0.25:
            tree = mutated(self.tree, self.pick)
            number = self.office.publish(tree)
            self.met["published" if number else "not published"] += 1
            if number and number != self.number:  # the same once more is no other version
                self.log.append(f"publish {number}")
                self.tree, self.number = tree, number
                self.reference.publish(tree)
        elif what < 0.5 and self.reference.others():
            self.migrate()
        elif what < 0.6 and self.migrations:
            number, done = self.migrations.pop()
            self.log.append(f"undo {number}")
            back = self.office.undo(number)
            assert back == self.reference.undo(done), self.log[-30:]
            self.met["went back"] += back
            self.met["did not go back"] += len(done.moved) - back

    def migrate(self) -> None:
        places = self.reference.places()
        assert self.office.places() == places, self.log[-30:]
        choices: dict[str, str] = {}
        for key, found in sorted(places.items()):
            options = frozenset.intersection(*(options for _, options in found))
            if {verdict for verdict, _ in found} == {"choose"} and options and self.pick.random() < 0.9:
                choices[key] = self.pick.choice(sorted(options))
        self.log.append(f"migrate {choices}")
        number, moved = self.office.migrate(self.number, choices)
        done = self.reference.migrate(choices)
        assert moved == len(done.moved), (moved, len(done.moved), self.log[-30:])
        if number is not None:
            self.migrations.append((number, done))
        self.met["migrated"] += moved
        self.met["put elsewhere"] += sum(one.goes for _, _, _, put in done.moved for one in put)
        self.met["frozen migrated"] += sum(one.state == "frozen" for _, _, _, put in done.moved for one in put)

    def differences(self, at: int, case: Deal, *, every: bool) -> list[str]:
        """Of all that happened to a record, or of where it stands."""
        with self.office.system() as tx:
            ours = self.office.trace(at) if every else self.office.standing(tx, at)
        theirs = told(case) | {"asked": self.asked(case)}
        found = [
            f"record {at} {part}: engine {_less(ours[part], theirs[part])} reference {_less(theirs[part], ours[part])}"
            for part in ours if ours[part] != theirs[part]
        ]  # fmt: skip
        return [*found, *self.office.findings()] if found else []

    def asked(self, case: Deal) -> list[tuple[str, int, str, tuple[str, ...]]]:
        return sorted(
            (one.node, nth, signer.name, tuple(sorted(self.reference.doer(signer.name))))
            for one in self.askings(case) for nth, slot in enumerate(one.votes.slots)
            for group in slot for signer in group if signer in one.votes.asked
        )  # fmt: skip

    def askings(self, case: Deal) -> list[Asking]:
        """Open approvals that somebody stands at."""
        instance = case.open
        tokens = self.reference.walkers(instance) if instance else []
        return [one.asking for one in tokens if one.asking and one.state == "waiting" and one.asking.state == "open"]

    # -- what somebody does

    def one(self, at: int, case: Deal) -> None:
        what = self.pick.random()
        name = "nothing"
        if not case.alive:
            if what < 0.5:
                name = self.both("restore", at, case, self.office.restore, self.reference.restore)
        elif what < 0.08:
            values = edit(self.pick, self.day)
            name = self.both("edit", at, case, self.office.edit, self.reference.edit, **values)
        elif what < 0.11:
            until = self.day + self.pick.choice([1, 3])
            name = self.both("hold", at, case, self.office.hold, self.reference.hold, until)
        elif what < 0.13:
            name = self.both("delete", at, case, self.office.delete, self.reference.delete)
        elif what < 0.14:
            name = self.disable()
        else:
            askings = self.askings(case)
            if not askings or (what < 0.4 and any(one.state == "open" for one in case.tasks)):
                name = self.finish(at, case)
            else:
                name = self.act(at, case, self.pick.choice(askings))
        self.met[name] += 1

    def both(
        self, name: str, at: int, case: Deal, engine: Callable[..., object], reference: Callable[..., object],
        *given: Any, **more: Any,
    ) -> str:  # fmt: skip
        self.log.append(f"{name} {at} {given} {more}")
        engine(at, *given, **more)
        reference(case, *given, **more)
        return name

    def finish(self, at: int, case: Deal) -> str:
        open_ = sorted({one.node for one in case.tasks if one.state == "open"})
        if not open_:
            return "nothing"
        node = self.pick.choice(open_)
        assert case.open is not None
        self.reference.on(case.open)
        spec = self.reference.nodes[node]
        outcome = self.pick.choice([one["key"] for one in spec["outcomes"]]) if spec.get("outcomes") else None
        return self.both("finish", at, case, self.office.finish, self.reference.finish, node, outcome)

    def disable(self) -> str:
        left = [name for name in SIGNERS if name not in self.reference.disabled]
        if len(left) < 4:
            return "nothing"
        name = self.pick.choice(left)
        self.log.append(f"disable {name}")
        self.office.disable(name)
        self.reference.disabled.add(name)
        self.office.tick(self.day)
        self.reference.tick(self.day)
        return "disable"

    def act(self, at: int, case: Deal, one: Asking) -> str:
        """Somebody whose turn it is does something with their vote, or the submitter with all of it."""
        signer = self.pick.choice(one.votes.asked)
        by = self.pick.choice(self.reference.doer(signer.name))
        number = self.office.vote(at, one, signer)
        what = self.pick.choice(["approve"] * 5 + ["reject", "before", "after", "beside", "transfer", "delegate",
                                 "remove", "return", "return", "return", "withdraw", "urge"])  # fmt: skip
        if signer.opinion and what not in ("approve", "transfer"):
            what = "approve"
        self.log.append(f"{what} {at} {one.node} {signer.name} by {by}")
        match what:
            case "approve" | "reject":
                return self.decide(at, case, one, signer, by, number, "approved" if what == "approve" else "rejected")
            case "return":
                return self.send_back(at, case, one, signer, by, number)
            case "withdraw":
                return self.withdraw(case, one, number)
            case "urge":
                return self.urge(number)
            case "remove":
                return self.remove(at, case, one)
            case _:
                return self.add(case, one, signer, by, number, what)

    def decide(
        self, at: int, case: Deal, one: Asking, signer: Signer, by: str, number: int, outcome: str
    ) -> str:  # fmt: skip
        self.office.decide(number, by, outcome)

        def change(votes: Any) -> None:
            self.reference.says(case, one, signer, by)
            votes.decide(signer, outcome)

        self.reference.act(case, one, change)
        return outcome

    def add(self, case: Deal, one: Asking, signer: Signer, by: str, number: int, what: str) -> str:
        taken = {other.name for other in self.reference.counting(one)}
        free = [name for name in SIGNERS if name not in taken | self.reference.disabled and name != by]
        if not free:
            return "nothing"
        other = self.pick.choice(free)
        self.log.append(f"  with {other}")
        with self.office.as_(by) as tx:
            if what == "transfer":
                door.transfer(tx, number, self.office.who[other])
            elif what == "delegate":
                door.delegate(tx, number, self.office.who[other])
            else:
                door.add(tx, number, [self.office.who[other]], what)

        def change(votes: Any) -> None:
            if what in ("after", "transfer"):
                self.reference.says(case, one, signer, by)
            getattr(votes, what)(signer, other) if what in ("transfer", "delegate") else votes.add(signer, what, other)
            votes.every[-1].added_by = by

        self.reference.act(case, one, change)
        return what

    def remove(self, at: int, case: Deal, one: Asking) -> str:
        mine = [
            signer for signer in self.reference.counting(one)
            if signer.added_by and not signer.original and signer.state in ("waiting", "asked")
        ]  # fmt: skip
        if not mine:
            return "nothing"
        signer = self.pick.choice(mine)
        number = self.office.vote(at, one, signer)
        with self.office.as_(signer.added_by) as tx:
            door.remove(tx, number)
        self.reference.act(case, one, lambda votes: votes.remove(signer))
        return "remove"

    def send_back(self, at: int, case: Deal, one: Asking, signer: Signer, by: str, number: int) -> str:
        allowed = self.reference.back(case, one)
        assert self.office.back(number) == set(allowed), (self.log[-30:], allowed, self.office.back(number))
        if not allowed:
            return "nothing"
        to, how = self.pick.choice(sorted(allowed)), self.pick.choice(["redo", "straight", "straight"])
        self.log.append(f"  to {to} {how}")
        self.office.send_back(number, by, to, how)
        self.reference.send_back(case, one, signer, by, to, how)
        return how

    def withdraw(self, case: Deal, one: Asking, number: int) -> str:
        to, late = self.reference.submitted(case, one)
        if to is None or late:
            with pytest.raises(Conflict), self.office.as_(OWNER) as tx:
                door.withdraw(tx, number)
            return "withdraw refused"
        with self.office.as_(OWNER) as tx:
            door.withdraw(tx, number)
        self.reference.withdraw(case, one, to)
        return "withdraw"

    def urge(self, number: int) -> str:
        try:
            with self.office.as_(OWNER) as tx:
                assert door.urge(tx, number)
        except Conflict as refused:
            assert refused.code == "processes.vote_urged"  # noqa: PT017
            return "urge refused"
        return "urge"


def _less(one: Any, other: Any) -> Any:
    return dict(one - other) if isinstance(one, Counter) else one


met: Counter[str] = Counter()
ALL["TRUE"] = (lambda r: True, set())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_people_sign_as_the_reference_says(database: Database, seed: int) -> None:
    assert "\n".join(Life(Office(database, signing(seed)), signing(seed), seed, met).lived()) == ""


def test_the_lives_met_what_they_are_meant_to_meet() -> None:
    print(dict(sorted(met.items())))
    if sum(met.values()):
        few = {what: met[what] for what, least in LEAST.items() if met[what] < least * SEEDS / 4}
        assert few == {}

"""Tokens that people sign at and send back: what they carry, and how they stop, thaw, split and join.

Everything is a Python object that is moved from list to list; nothing here knows paths, ranks or statements. `signing`
says who is asked and what a decision leads to, `returning` what a return freezes, `migrating` who goes to another
version.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from interpreter import Case, Instance, Interpreter, Record, Token, Tree, Visit
from votes import Approval, Signer

OWNER, ABOVE, ADMIN = "liang", "gao", "zhou"
ROLES = {"legal": ("fa", "fei"), "nobody": ()}
PASSED = ("task", "approval")


@dataclass(eq=False)
class Return:
    """Sent back straight: what is frozen until `to` is done again by the way by which it was left before."""

    to: str
    way: str | None
    signer: Signer
    mark: int
    at: int
    before: int  # when `to` had been left
    over: bool = False


@dataclass(eq=False)
class Asking:
    """One visit of an approval."""

    node: str
    votes: Approval
    opened: int
    round: int
    token: "Walker"
    within: tuple[Visit, ...]
    branches: tuple[int, ...]
    state: str = "open"
    decided: int = 0


@dataclass(eq=False)
class Walker(Token):
    moved_at: int = 0
    round: int = 0
    asking: Asking | None = None
    carries: Return | None = None
    frozen_by: Return | None = None
    put: bool = False  # where it stands a migration has put it
    alive: bool = True


@dataclass(eq=False)
class Run(Instance):
    """`tree`: the version that it is on."""

    tree: Tree = field(default_factory=dict[str, Any])
    askings: list[Asking] = field(default_factory=list[Asking])
    left: list[tuple[str, str, int, str]] = field(default_factory=list[tuple[str, str, int, str]])
    """Who left which node how, when, and by whose hand."""


@dataclass(eq=False)
class Deal(Case):
    written: list[str] = field(default_factory=list[str])
    """The fields that were written, one after the other."""


def workday(day: int, count: int) -> int:
    """So many working days later."""
    while count:
        day += 1
        count -= dt.date.fromordinal(day).weekday() < 5
    return day


class Walking(Interpreter):
    """`formulas` and `reads` as in `Interpreter`; its definitions start when a record is created."""

    cases: list[Deal]  # type: ignore[assignment]

    def __init__(
        self, tree: Tree, formulas: dict[str, Callable[[Record, int], Any]], reads: dict[str, set[str]], today: int
    ) -> None:
        super().__init__(tree, formulas, reads, today)
        self.newest, self.disabled, self.seq = tree, set[str](), 0

    # -- the moment

    def on(self, instance: Instance) -> None:
        """From here on definitions are read as this instance's version has them."""
        assert isinstance(instance, Run)
        self.tree, self.nodes = instance.tree, {node["key"]: node for node in instance.tree["nodes"]}

    def add(self, record: Record) -> Deal:
        self.seq += 1
        case = Deal(dict(record))
        self.cases.append(case)
        instance = Run(None, tree=self.newest)
        instance.tokens.append(Walker(self.newest["nodes"][0]["key"], self.now, self.now, moved_at=self.seq))
        case.instances.append(instance)
        self.advance(case, instance, swept=True)
        self.react()
        return case

    def edit(self, case: Case, **values: Any) -> None:
        self.seq += 1
        assert isinstance(case, Deal)
        case.written += [key for key, value in values.items() if case.record[key] != value]
        super().edit(case, **values)

    def tick(self, day: int) -> None:
        self.seq += 1
        super().tick(day)

    def one_pass(self) -> bool:
        did = int(self.react())
        did += sum(self.release(case) for case in self.cases)
        did += sum(self.advance(case, one, swept=False) for case in self.cases for one in case.instances)
        return did > 0

    def release(self, case: Case) -> bool:
        if not case.holds or min(case.holds) > self.now:
            return False
        case.holds = [until for until in case.holds if until > self.now]
        if not case.holds:
            for instance in case.instances:
                for token in instance.tokens if instance.state == "open" else ():
                    if token.state == "held":
                        token.state = "ready"
                self.advance(case, instance, swept=True)
        return True

    def follow(self, case: Case, fields: set[str]) -> None:
        for instance in case.instances:
            if instance.state == "open":
                self.on(instance)
                for token in instance.tokens:
                    spec = self.nodes[token.node]
                    reads = self.read(spec, "until", "met") if spec["kind"] == "wait" else set[str]()
                    if token.state == "waiting" and reads & fields:
                        token.state = "ready"
            self.advance(case, instance, swept=True)

    def advance(self, case: Case, instance: Instance, *, swept: bool) -> bool:
        self.on(instance)
        return super().advance(case, instance, swept=swept)

    def delete(self, case: Case) -> None:
        self.seq += 1
        case.alive = False
        for instance in case.instances:
            if instance.state == "open":
                self.on(instance)
                self.stop(case, instance)
                instance.state = "suspended"

    def restore(self, case: Case) -> None:
        self.seq += 1
        case.alive = True
        for instance in case.instances:
            if instance.state == "suspended":
                self.resume(instance)
                self.advance(case, instance, swept=True)
        self.react()

    def stop(self, case: Case, instance: Instance) -> None:
        for token in self.walkers(instance):
            if token.task and token.task.state == "open":
                token.task.state = "closed"
            token.state = "frozen"

    def end(self, case: Case, instance: Instance, state: str) -> None:
        for token in self.walkers(instance):
            self.unhold(token, state)
        super().end(case, instance, state)
        if state == "finished" or self.tree.get("then"):
            assert isinstance(instance, Run)
            for one in instance.askings:
                self.close(one)

    def resume(self, instance: Instance) -> None:
        instance.state = "open"
        for token in self.walkers(instance):
            if token.frozen_by is None:
                self.thawed(token)

    def thawed(self, token: Walker) -> None:
        if token.task and token.task.state == "closed":
            token.task.state, token.state = "open", "waiting"
        else:
            token.state = "waiting" if token.asking and token.asking.state == "open" else "ready"

    def walkers(self, instance: Instance) -> list[Walker]:
        return [one for one in instance.tokens if isinstance(one, Walker)]

    # -- what the plain interpreter does, with more said about it

    def arrived(self, token: Token) -> int:
        assert isinstance(token, Walker)
        return token.moved_at

    def move(self, instance: Instance, token: Token, target: str) -> None:
        assert isinstance(token, Walker)
        super().move(instance, token, target)
        token.moved_at, token.asking, token.put = self.seq, None, False
        token.alive = target not in ("", "end")

    def split(self, instance: Instance, token: Token, spec: Tree, ways: list[str]) -> None:
        super().split(instance, token, spec, ways)
        instance.tokens = [self.walker(one, token) for one in instance.tokens]

    def walker(self, one: Token, of: Token) -> Token:
        if isinstance(one, Walker):
            return one
        assert isinstance(of, Walker)
        return Walker(one.node, one.entered, one.base, within=one.within, branches=one.branches, moved_at=self.seq,
                      round=of.round)  # fmt: skip

    def sweep(self, case: Case, instance: Instance) -> bool:
        did = super().sweep(case, instance)
        instance.tokens = [
            one if isinstance(one, Walker) else Walker(one.node, self.now, self.now, moved_at=self.seq)
            for one in instance.tokens
        ]
        return did

    def below(self, instance: Instance, visit: Visit) -> list[Token]:
        return [one for one in super().below(instance, visit) if one.state != "frozen"]

    def do_join(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        before = self.walkers(instance)
        assert isinstance(token, Walker)
        if all(one.split != spec["of"] for one in token.within):  # sent back between, after all had been joined
            case.steps.append((spec["key"], "joined", self.now))
            self.move(instance, token, spec.get("next", ""))
            return 1
        depth = max(at for at, one in enumerate(token.within) if one.split == spec["of"])
        visit = token.within[depth]
        here = [one for one in before if visit in one.within and one.node == spec["key"] and one.state != "frozen"]
        highest = max(one.round for one in here)
        moved = super().do_join(case, instance, spec, token)
        for one in here:
            if one in instance.tokens and visit not in one.within:
                one.round = highest
        self.gone(instance, before)
        return moved

    def do_cancel(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        before = self.walkers(instance)
        moved = super().do_cancel(case, instance, spec, token)
        self.gone(instance, before)
        return moved

    def gone(self, instance: Instance, before: list[Walker]) -> None:
        """Approvals whose token is gone ask nobody."""
        assert isinstance(instance, Run)
        for one in instance.askings:
            if one.state == "open" and one.token in before and one.token not in instance.tokens:
                self.close(one)

    def do_update(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        assert isinstance(case, Deal)
        before = dict(case.record)
        moved = super().do_update(case, instance, spec, token)
        case.written += [key for key, value in before.items() if case.record[key] != value]
        return moved

    def unhold(self, token: Token, reason: str) -> None:
        if token.decision and token.decision.outcome == "held":
            token.decision.outcome, token.decision.reason = "skipped", reason

"""The reference for sub-processes: what waits for what is a dictionary of Python objects, looked at after every event
until nothing changes. It shares no code with the engine and knows no rows that are told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interpreter import Case, Decision, Instance, Interpreter, Token

Tree = dict[str, Any]
MEANT: dict[str, Callable[[dict[str, Any]], bool]] = {
    "": lambda row: True,
    'label = "a"': lambda row: row["label"] == "a",
}


@dataclass
class Waited:
    """A child; `taken`: it ended with who began it, and comes back with them."""

    case: Case
    instance: Instance
    begun: bool
    taken: bool = False

    @property
    def over(self) -> bool:
        return self.instance.state != "open"


class Called(Interpreter):
    """A process without dates that others begin, or people."""

    def follow(self, case: Case, fields: set[str]) -> None:
        for one in case.instances:
            self.advance(case, one, swept=True)

    def occurrence(self, case: Case) -> tuple[int, int] | None:
        return None

    def begin(self, case: Case) -> Instance:
        begun = Instance(None)
        begun.tokens.append(Token(self.tree["nodes"][0]["key"], self.now, self.now))
        case.instances.append(begun)
        return begun


class Calling(Interpreter):
    """A process that begins `called` for the rows of its records."""

    def __init__(self, tree: Tree, formulas: Any, reads: Any, today: int, called: Called) -> None:
        super().__init__(tree, formulas, reads, today)
        self.called = called
        self.rows: dict[int, list[Case]] = {}  # of each case, by its id()
        self.waits: dict[Token, tuple[Case, Instance, list[Waited]]] = {}

    def tick(self, day: int) -> None:
        self.called.now = day
        super().tick(day)

    def one_pass(self) -> bool:
        # what falls due at one moment goes on everywhere before anybody hears of it
        return self.called.one_pass() | super().one_pass() | self.heed()

    def agree(self) -> None:
        while self.react() or self.called.react() or self.heed():
            pass

    def do_sub(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        if token not in self.waits:
            rows = [row for row in self.rows[id(case)] if MEANT[spec.get("when", "")](row.record)]
            children = [
                Waited(row, row.open, begun=False) if row.open else Waited(row, self.called.begin(row), begun=True)
                for row in rows
            ]
            if children:
                self.waits[token] = (case, instance, children)
        token.decision = None
        if token not in self.waits or self.enough(spec, token):
            case.steps.append((spec["key"], "ended", self.now))
            self.leave(case, instance, spec, token, spec.get("next", ""))
            return 1
        token.state, token.wake = "waiting", None
        if spec.get("timeout_days"):
            token.wake = token.entered + spec["timeout_days"]
        return 1

    def enough(self, spec: Tree, token: Token) -> bool:
        children = self.waits[token][2]
        over = sum(one.over for one in children)
        return over == len(children) or 0 < spec.get("need", 0) <= over

    def leave(self, case: Case, instance: Instance, spec: Tree, token: Token, target: str) -> None:
        for one in self.waits.pop(token, (case, instance, []))[2]:
            if spec.get("rest") == "cancel" and one.begun and not one.over:
                self.called.end(one.case, one.instance, "cancelled")
        self.move(instance, token, target)

    def caught(self, case: Case, instance: Instance, token: Token) -> bool:
        if token in self.waits and token.state == "waiting":
            if token.wake is None or token.wake > self.now:
                return False
            token.wake += 1  # no time is over in a hold
            return True
        return super().caught(case, instance, token)

    def overdue(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        if token not in self.waits:
            return super().overdue(case, instance, spec, token)
        due = token.entered + spec["timeout_days"]
        if due > self.now:
            return 0
        token.decision = Decision(spec["key"], instance.basis, due, "late" if due < self.now else "fired")
        case.decisions.append(token.decision)
        case.steps.append((spec["key"], "timed out", self.now))
        self.leave(case, instance, spec, token, spec["on_timeout"])
        return 1

    def heed(self) -> bool:
        """Parents and children agree; did anything change?"""
        did = False
        for case in self.called.cases:
            for one in case.instances:
                did |= self.called.advance(case, one, swept=True)
        for token, (case, instance, children) in list(self.waits.items()):
            if instance.state != "open":
                for one in children:
                    if one.begun and not one.over:
                        self.called.end(one.case, one.instance, "cancelled")
                        one.taken = did = True
            elif all(token is not one for one in instance.tokens):
                del self.waits[token]
                for one in children:
                    if one.begun and not one.over:
                        self.called.end(one.case, one.instance, "cancelled")
                        did = True
            else:
                did |= self.back(children)
                if token.state == "waiting" and self.enough(self.nodes[token.node], token):
                    token.state = "ready"
                    did |= self.advance(case, instance, swept=True)
        return did

    def back(self, children: list[Waited]) -> bool:
        did = False
        for one in children:
            if one.taken and one.case.open is None:
                self.called.resume(one.instance)
                did = True
            one.taken = False
        return did

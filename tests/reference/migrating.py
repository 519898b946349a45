"""Running instances go to another version, and back: judged token by token, as decision 0022 says it in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from interpreter import Asked, Tree
from returning import Returning
from walking import Asking, Deal, Run, Walker

STAY = ""


@dataclass
class Stood:
    """A token before it was put elsewhere."""

    token: Walker
    to: str
    node: str
    state: str
    wake: int | None
    entered: int
    came: int
    put: bool
    decision: Any
    unheld: bool
    task: Asked | None
    asking: Asking | None
    goes: bool
    closed: list[Any] = field(default_factory=list[Any])


@dataclass
class Migration:
    at: int
    to: Tree
    moved: list[tuple[Deal, Run, Tree, list[Stood]]]
    undone: bool = False


class Migrating(Returning):
    """`newest` is the version in force."""

    def publish(self, tree: Tree) -> None:
        self.newest = tree

    def around(self, tree: Tree) -> dict[str, frozenset[str]]:
        """node -> the splits whose joins wait for whoever stands there."""
        self.tree, self.nodes = tree, {node["key"]: node for node in tree["nodes"]}
        found = {key: set[str]() for key in self.nodes}
        for join in tree["nodes"]:
            if join["kind"] == "join":
                split = join["of"]
                for key in {*self.reach(list(self.ways(self.nodes[split])), {split, join["key"]}), join["key"]}:
                    found[key].add(split)
        return {key: frozenset(splits) for key, splits in found.items()}

    def others(self) -> list[tuple[Deal, Run]]:
        return [
            (case, run) for case in self.cases for run in case.instances
            if isinstance(run, Run) and run.state == "open" and run.tree is not self.newest
        ]  # fmt: skip

    def judged(self, run: Run, token: Walker) -> tuple[str, frozenset[str]]:
        """moves, choose or cannot, and where it may go."""
        around = self.around(self.newest)
        joined = {node["of"] for node in self.newest["nodes"] if node["kind"] == "join"}
        mine = frozenset(visit.split for visit in token.within) & joined
        old = next(node for node in run.tree["nodes"] if node["key"] == token.node)
        there = self.nodes.get(token.node)
        if there and there["kind"] == old["kind"] and around[token.node] == mine:
            return "moves", frozenset()
        options = frozenset(
            key for key, splits in around.items() if splits == mine and self.nodes[key]["kind"] != "join"
        )
        return ("choose" if options else "cannot"), options

    def places(self) -> dict[str, set[tuple[str, frozenset[str]]]]:
        found: dict[str, set[tuple[str, frozenset[str]]]] = {}
        for _, run in self.others():
            for token in self.walkers(run):
                found.setdefault(token.node, set()).add(self.judged(run, token))
        return found

    def migrate(self, choices: Mapping[str, str]) -> Migration:
        self.seq += 1
        done = Migration(self.seq, self.newest, [])
        for case, run in self.others():
            plan = {
                token: choices.get(token.node, token.node if self.judged(run, token)[0] == "moves" else STAY)
                for token in self.walkers(run)
            }
            if STAY not in plan.values():
                done.moved.append((case, run, run.tree, [self.put(case, run, one, to) for one, to in plan.items()]))
                run.tree = self.newest
        for case, run, _, _ in done.moved:
            self.on(run)
            if any(one.state == "ready" for one in run.tokens):
                self.advance(case, run, swept=True)
        self.react()
        return done

    def put(self, case: Deal, run: Run, token: Walker, to: str) -> Stood:
        """It stands there from now on; what it stood at before."""
        held = bool(token.decision and token.decision.outcome == "held")
        old = next(node["kind"] for node in run.tree["nodes"] if node["key"] == token.node)
        goes = to != token.node or self.kind(to) != old
        stood = Stood(token, to, token.node, token.state, token.wake, token.entered, token.moved_at, token.put,
                      token.decision, held, token.task, token.asking, goes)  # fmt: skip
        if not stood.goes:
            if token.state == "waiting" and self.kind(token.node) in ("wait", "join"):
                token.state = "ready"
            return stood
        case.steps.append((token.node, "migrated", self.now))
        self.unhold(token, "migrated")
        if token.task and token.task.state == "open":
            token.task.state = "closed"
        if token.asking:
            stood.closed = [one for one in self.counting(token.asking) if not one.said]
            self.close(token.asking)
        state = token.state
        token.node, token.state, token.wake, token.entered = to, "ready", self.now, self.now
        token.moved_at, token.task, token.asking, token.decision, token.put = self.seq, None, None, None, True
        if state == "frozen":
            token.state, token.put = "frozen", stood.put
        return stood

    def kind(self, key: str) -> str:
        return next(node["kind"] for node in self.newest["nodes"] if node["key"] == key)

    def undo(self, done: Migration) -> int:
        """Whoever stands as they were put goes back; how many instances."""
        self.seq += 1
        done.undone, count = True, 0
        back: list[tuple[Deal, Run]] = []
        for case, run, tree, put in done.moved:
            if run.state != "open" or run.tree is not done.to or len(run.tokens) != len(put):
                continue
            if not all(
                any(one.token is token for token in run.tokens) and one.token.node == one.to
                and one.token.moved_at == (done.at if one.goes else one.came)
                for one in put
            ):  # fmt: skip
                continue
            run.tree, count = tree, count + 1
            self.on(run)
            for one in put:
                self.put_back(case, one)
            back.append((case, run))
        for case, run in back:
            if any(one.state == "ready" for one in run.tokens):
                self.advance(case, run, swept=True)
        self.react()
        return count

    def put_back(self, case: Deal, one: Stood) -> None:
        token = one.token
        if not one.goes:
            if one.state == "waiting" and self.nodes[one.node]["kind"] in ("wait", "join"):
                token.state = "ready"
            return
        case.steps.append((token.node, "migrated_back", self.now))
        if token.task and token.task.state == "open":
            token.task.state = "closed"
        if token.asking:
            self.close(token.asking)
        again = one.state == "held" or (one.state == "waiting" and self.nodes[one.node]["kind"] in ("wait", "join"))
        token.node, token.state, token.entered, token.moved_at = (
            one.node,
            "ready" if again else one.state,
            one.entered,
            one.came,
        )
        token.wake, token.task, token.asking, token.decision = one.wake, one.task, one.asking, one.decision
        token.put = one.put
        if one.unheld:
            one.decision.outcome, one.decision.reason = "held", None
        if one.task and one.task.state == "closed" and one.state == "waiting":
            one.task.state = "open"
        if one.asking and one.closed:
            one.asking.state = "open"
            for signer in one.closed:
                signer.fate = ""

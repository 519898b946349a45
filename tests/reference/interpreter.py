"""The reference interpreter: what a process means, one record at a time, in plain Python.

It shares no code with the engine: definitions are the trees of the YAML files, formulas are Python functions given by
the test, time is a day number (everything happens at 09:00). The engine must leave the same trace.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
Tree = dict[str, Any]
SAME_TERM = 30


@dataclass(eq=False)
class Token:
    node: str
    entered: int
    base: int
    state: str = "ready"  # ready, waiting, held, frozen
    wake: int | None = None
    decision: "Decision | None" = None
    task: "Asked | None" = None
    within: tuple["Visit", ...] = ()  # the open splits that it stands below, outermost first
    branches: tuple[int, ...] = ()  # which branch of each
    came: bool = False  # what it waits for has happened


@dataclass(eq=False)
class Visit:
    """A split was passed once."""

    split: str
    joined: bool = False


@dataclass
class Decision:
    key: str
    basis: int | None
    due: int
    outcome: str
    reason: str | None = None
    started: "Instance | None" = None
    trigger: bool = False


@dataclass
class Task:
    node: str
    opened: int
    state: str = "open"
    outcome: str | None = None


@dataclass
class Asked:
    """What a visit at a task asks: a task of each person."""

    tasks: list[Task]

    @property
    def state(self) -> str:
        states = {one.state for one in self.tasks}
        return next(one for one in ("open", "closed", "done") if one in states)

    @state.setter
    def state(self, value: str) -> None:
        for one in self.tasks:
            if one.state != "done":
                one.state = value

    def done(self, outcome: str, spec: Tree) -> str | None:
        """One person has finished theirs; the outcome by which it goes on, when that is enough."""
        mine = next(one for one in self.tasks if one.state == "open")
        mine.state, mine.outcome = "done", outcome
        chosen = [one.outcome for one in self.tasks if one.state == "done"]
        if len(chosen) < (spec.get("need") or len(self.tasks)):
            return None
        self.state = "closed"
        ways = [one["key"] for one in spec.get("outcomes", [])]
        return max(chosen, key=ways.index) if ways else outcome


@dataclass
class Instance:
    basis: int | None
    state: str = "open"
    tokens: list[Token] = field(default_factory=list)
    past_then: bool = False
    started: int = 0


@dataclass
class Case:
    """One record and everything one process has done about it."""

    record: Record
    alive: bool = True
    instances: list[Instance] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    steps: list[tuple[str, str, int]] = field(default_factory=list)
    made: list[Record] = field(default_factory=list)
    letters: list[tuple[int, str]] = field(default_factory=list)  # (day, what it says)
    holds: list[int] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    @property
    def open(self) -> Instance | None:
        return next((one for one in self.instances if one.state == "open"), None)


class Interpreter:
    """`formulas`: text -> function of (record, today). `reads`: text -> the fields it reads."""

    def __init__(
        self, tree: Tree, formulas: dict[str, Callable[[Record, int], Any]], reads: dict[str, set[str]], today: int
    ) -> None:
        self.tree, self.formulas, self.reads, self.now = tree, formulas, reads, today
        self.nodes: dict[str, Tree] = {node["key"]: node for node in tree["nodes"]}
        self.start: Tree = tree["start"][0]
        self.published = self.watermark = today
        self.cases: list[Case] = []
        self.before: Record = {}

    # -- from outside

    def add(self, record: Record) -> Case:
        case = Case(dict(record))
        self.cases.append(case)
        case.changed |= set(record)
        self.react()
        return case

    def edit(self, case: Case, **values: Any) -> None:
        for key, value in values.items():
            if case.record[key] != value:
                case.record[key] = value
                case.changed.add(key)
        self.react()

    def finish(self, case: Case, node: str, outcome: str | None) -> None:
        instance = case.open
        assert instance is not None
        token = next(one for one in instance.tokens if one.node == node and one.task and one.task.state == "open")
        assert token.task is not None
        spec = self.nodes[node]
        way = token.task.done(outcome or "done", spec)
        if way is not None:
            case.steps.append((node, way, self.now))
            chosen = next((one for one in spec.get("outcomes", []) if one["key"] == way), spec)
            token.task = None
            self.move(instance, token, chosen.get("next", ""))
        self.advance(case, instance, swept=True)
        self.react()

    def receive(self, case: Case, label: str) -> None:
        """A record arrives that leads to this one."""
        case.letters.append((self.now, label))
        for token in case.open.tokens if case.open else []:
            if self.looked_for(self.nodes[token.node], label):
                token.came = True
                token.state = "ready" if token.state == "waiting" else token.state
        if case.open:
            self.advance(case, case.open, swept=True)
        self.react()

    def looked_for(self, spec: Tree, label: str) -> bool:
        wanted = spec.get("arrives")
        return bool(wanted) and wanted.get("when", f'label = "{label}"') == f'label = "{label}"'

    def hold(self, case: Case, until: int) -> None:
        case.holds.append(until)

    def tick(self, day: int) -> None:
        self.now = day
        while self.one_pass():
            pass

    # -- the moment

    def one_pass(self) -> bool:
        did = int(self.react())
        did += sum(self.release(case) for case in self.cases)
        did += sum(self.decide(case) for case in self.cases)
        self.watermark = self.now
        did += sum(self.advance(case, one, swept=False) for case in self.cases for one in case.instances)
        return did > 0

    def react(self) -> bool:
        did = False
        while any(case.changed for case in self.cases):
            did = True
            for case in self.cases:
                if case.changed:
                    fields, case.changed = case.changed, set()
                    self.follow(case, fields)
        return did

    def follow(self, case: Case, fields: set[str]) -> None:
        instance = case.open
        if instance:
            for token in instance.tokens:
                spec = self.nodes[token.node]
                if spec["kind"] == "wait" and token.state == "waiting" and self.read(spec, "until", "met") & fields:
                    token.state = "ready"
        if self.reads[self.start["date"]] & fields:
            self.terms(case)
            self.arrive(case)
        for one in case.instances:
            self.advance(case, one, swept=True)

    def read(self, spec: Tree, *names: str) -> set[str]:
        return set().union(*(self.reads[spec[name]] for name in names if spec.get(name)))

    def value(self, case: Case, text: str) -> Any:
        return self.formulas[text](case.record, self.now)

    # -- dates

    def occurrence(self, case: Case) -> tuple[int, int] | None:
        basis = self.value(case, self.start["date"])
        return None if basis is None else (basis, basis + self.start["days"])

    def held(self, case: Case) -> bool:
        return bool(case.holds)

    def terms(self, case: Case) -> None:
        found = self.occurrence(case)
        if found is None:
            return
        basis, due = found
        instance = case.open
        earlier = [
            one for one in case.instances
            if one.state == "superseded" and one.basis is not None and abs(one.basis - basis) < SAME_TERM
        ]  # fmt: skip
        same = bool(instance) and instance.basis is not None and abs(instance.basis - basis) < SAME_TERM
        if instance and not same and (due > self.now or earlier):
            self.end(case, instance, "superseded")
        if earlier and not (instance and same):
            self.resume(earlier[-1])

    def arrive(self, case: Case) -> None:
        found = self.occurrence(case)
        if found and self.published < found[1] <= self.watermark:
            self.judge(case, *found, arrival=True)

    def decide(self, case: Case) -> bool:
        found = self.occurrence(case)
        return bool(found and self.watermark < found[1] <= self.now and self.judge(case, *found, arrival=False))

    def judge(self, case: Case, basis: int, due: int, *, arrival: bool) -> bool:
        if any(one.trigger and one.basis == basis for one in case.decisions):
            return False
        decision = Decision(self.start["key"], basis, due, "held", trigger=True)
        case.decisions.append(decision)
        if not self.held(case):
            self.settle(case, decision, arrival=arrival)
        return True

    def settle(self, case: Case, decision: Decision, *, arrival: bool = False, after_hold: bool = False) -> None:
        basis = decision.basis
        assert basis is not None
        instance = case.open
        same = instance is not None and instance.basis is not None and abs(instance.basis - basis) < SAME_TERM
        fired = [one.basis for one in case.decisions if one.trigger and one.started and one.basis != basis]
        if not self.value(case, self.start.get("when", "TRUE")):
            reason = "condition"
        elif instance and (arrival or same):
            reason = "running"
        elif any(one is not None and abs(one - basis) < SAME_TERM for one in fired):
            reason = "same_term"
        elif arrival and basis < self.now:
            reason = "arrived_late"
        else:
            reason = None
        decision.reason = reason
        if reason:
            decision.outcome = "skipped"
            return
        decision.outcome = "late" if after_hold or decision.due < self.now else "fired"
        if instance:
            self.end(case, instance, "superseded")
        begun = Instance(basis, started=self.now)
        begun.tokens.append(Token(self.tree["nodes"][0]["key"], self.now, decision.due))
        case.instances.append(begun)
        decision.started = begun

    def release(self, case: Case) -> bool:
        if not case.holds or min(case.holds) > self.now:
            return False
        case.holds = [until for until in case.holds if until > self.now]
        if case.holds:
            return True
        found = self.occurrence(case)
        for decision in case.decisions:
            if decision.trigger and decision.outcome == "held":
                if found and found[0] == decision.basis:
                    self.settle(case, decision, after_hold=True)
                else:
                    decision.outcome, decision.reason = "skipped", "moved"
        for instance in case.instances:
            for token in instance.tokens:
                looks = {"met", "arrives"} & set(self.nodes[token.node])
                if token.state == "held" or (looks and token.state == "waiting" and instance.state == "open"):
                    token.state = "ready"  # what a wait waits for may have happened in the hold
        for instance in case.instances:
            self.advance(case, instance, swept=True)
        return True

    # -- instances

    def end(self, case: Case, instance: Instance, state: str) -> None:
        instance.state = state
        for token in instance.tokens:
            if token.task and token.task.state == "open":
                token.task.state = "closed"
            token.state = "frozen"
        for decision in case.decisions:
            mine = any(token.decision is decision for token in instance.tokens) or decision.started is instance
            if decision.outcome == "held" and mine:
                decision.outcome, decision.reason = "skipped", state
        if state == "finished":
            instance.tokens.clear()

    def resume(self, instance: Instance) -> None:
        instance.state = "open"
        for token in instance.tokens:
            if token.task and token.task.state == "closed":
                token.task.state, token.state = "open", "waiting"
            else:
                token.state = "ready"

    def cancelled(self, case: Case, instance: Instance) -> bool:
        text = self.tree.get("cancel_when")
        return bool(text) and not instance.past_then and bool(self.value(case, text))

    def sweep(self, case: Case, instance: Instance) -> bool:
        if self.cancelled(case, instance):
            then = self.tree.get("then")
            if not then:
                self.end(case, instance, "cancelled")
                return True
            self.end(case, instance, "cancelled")
            instance.state, instance.past_then = "open", True
            instance.tokens = [Token(then, self.now, self.now)]
            return True
        return sum(self.caught(case, instance, token) for token in instance.tokens) > 0 if self.held(case) else False

    def caught(self, case: Case, instance: Instance, token: Token) -> bool:
        """Does a hold keep this token back?"""
        wait = self.nodes[token.node]["kind"] == "wait"
        due = token.state == "waiting" and token.wake is not None and token.wake <= self.now
        if due and token.task:
            token.wake = (token.wake or 0) + 1  # its time is not over in a hold
            return True
        if not due and (token.state != "ready" or wait):
            return False
        if due and wait and token.decision is None:
            token.decision = Decision(token.node, instance.basis, token.wake or 0, "held")
            case.decisions.append(token.decision)
        token.state = "held"
        return True

    def ready(self, token: Token) -> bool:
        due = token.wake is not None and token.wake <= self.now
        return token.state == "ready" or (token.state == "waiting" and due)

    def advance(self, case: Case, instance: Instance, *, swept: bool) -> bool:
        if instance.state != "open":
            return False
        did = swept and self.sweep(case, instance)
        while instance.state == "open" and (
            any(self.ready(token) for token in instance.tokens) or self.next_in_line(instance) or self.rouse(instance)
        ):
            here = {token.node for token in instance.tokens if self.ready(token)}
            moved = 0
            for spec in self.tree["nodes"]:
                if spec["key"] in here and instance.state == "open":
                    moved += self.run(case, instance, spec)
            did |= moved > 0
            if not moved and not self.sweep(case, instance):
                break
        if instance.state == "open":
            self.tidy(case, instance)
        if instance.state == "open" and not instance.tokens:
            instance.state = "finished"
        return did

    def tidy(self, case: Case, instance: Instance) -> None:
        """Nothing is ready any more."""

    def run(self, case: Case, instance: Instance, spec: Tree) -> int:
        if self.cancelled(case, instance):
            return 0
        moved = 0
        tokens = [token for token in instance.tokens if token.node == spec["key"]]
        if spec["kind"] == "wait":
            for token in tokens:
                if token.state == "ready":
                    token.wake, token.state, moved = self.moment(case, spec, token), "waiting", moved + 1
                    since = instance.started if spec.get("since") == "start" else self.now + 1
                    token.came |= any(day >= since and self.looked_for(spec, label) for day, label in case.letters)
        if self.held(case):
            return moved
        act = getattr(self, f"do_{spec['kind']}")
        self.before = dict(case.record)  # branches that stand here together see the same record
        for token in tokens:
            if all(token is not one for one in instance.tokens):
                continue  # a join has taken it in
            if spec["kind"] == "wait" or token.state == "ready":
                moved += act(case, instance, spec, token)
            elif self.ready(token):
                moved += self.overdue(case, instance, spec, token)
        if moved and spec["kind"] == "end" and spec.get("scope") == "instance":
            self.end(case, instance, "finished")  # whoever stood here has ended together
        return moved

    def move(self, instance: Instance, token: Token, target: str) -> None:
        if target in ("", "end"):
            instance.tokens = [one for one in instance.tokens if one is not token]
        else:
            token.node, token.state, token.wake, token.entered = target, "ready", self.now, self.now
            token.came = False

    def unmet(self, token: Token, target: str) -> None:
        if target in ("", "end") and token.decision:
            token.decision.outcome, token.decision.reason = "skipped", "condition"

    # -- one function per kind of node

    def moment(self, case: Case, spec: Tree, token: Token) -> int | None:
        if spec.get("until"):
            return self.value(case, spec["until"])
        if spec.get("days"):
            return token.entered + spec["days"]
        return token.entered + spec["limit_days"] if spec.get("limit_days") else None

    def do_wait(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        if token.state != "waiting":
            return 0
        met = token.came or (bool(spec.get("met")) and bool(self.value(case, spec["met"])))
        due = token.wake is not None and token.wake <= self.now
        if not met and not due:
            return 0
        by_clock = due and not met
        if by_clock:
            assert token.wake is not None
            if token.decision is None:
                outcome = "late" if token.wake < self.now else "fired"
                token.decision = Decision(spec["key"], instance.basis, token.wake, outcome)
                case.decisions.append(token.decision)
            elif token.decision.outcome == "held":
                token.decision.outcome = "late"
            token.base = token.wake
        else:
            if token.decision and token.decision.outcome == "held":
                token.decision.outcome = "late"
            token.base, token.decision = self.now, None
        case.steps.append((spec["key"], "passed" if by_clock else "came" if token.came else "met", self.now))
        limited = spec.get("met") or spec.get("arrives")
        target = spec.get("next", "") if met or not limited else spec.get("on_limit", "")
        self.move(instance, token, target)
        return 1

    def do_task(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        if self.at_work(instance, spec) or self.ahead(instance, token, spec):
            token.state = "queued"
            return 1
        people = spec["who"] if isinstance(spec.get("who"), list) else [None]
        token.task = Asked([Task(spec["key"], self.now) for _ in people])
        case.tasks += token.task.tasks
        token.state, token.wake, token.decision = "waiting", None, None
        if spec.get("timeout_days"):
            token.wake = token.entered + spec["timeout_days"]
        return 1

    def at_work(self, instance: Instance, spec: Tree) -> bool:
        """Is somebody at a task that excludes this one?"""
        name = spec.get("critical")
        return bool(name) and any(
            one.state in ("waiting", "held") and self.nodes[one.node].get("critical") == name for one in instance.tokens
        )

    def arrived(self, token: Token) -> int:
        return token.entered

    def ahead(self, instance: Instance, token: Token, spec: Tree) -> bool:
        """Did somebody come before for the same?"""
        name = spec.get("critical")
        line = [
            one for one in sorted(instance.tokens, key=self.arrived)
            if one is token or (one.state in ("queued", "ready") and self.nodes[one.node].get("critical") == name)
        ]  # fmt: skip
        return bool(name) and line[0] is not token

    def overdue(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        return self.give_up(case, instance, spec, token) if token.task else 0

    def give_up(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        """Nobody has done the task in time."""
        assert token.task and token.wake is not None
        token.task.state, token.task = "closed", None
        due = token.entered + spec["timeout_days"]
        token.decision = Decision(spec["key"], instance.basis, due, "late" if due < self.now else "fired")
        case.decisions.append(token.decision)
        case.steps.append((spec["key"], "timed out", self.now))
        token.base = due
        self.move(instance, token, spec.get("on_timeout", ""))
        return 1

    def do_cancel(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        case.steps.append((spec["key"], "cancelled", self.now))
        for one in list(instance.tokens):
            if one.node not in spec["nodes"] or one.state == "frozen" or not self.together(one, token):
                continue
            if one.task and one.task.state == "open":
                one.task.state = "closed"
            if one.decision and one.decision.outcome == "held":
                one.decision.outcome, one.decision.reason = "skipped", "cancelled"
            self.move(instance, one, "")
        self.move(instance, token, spec.get("next", ""))
        return 1

    def together(self, one: Token, other: Token) -> bool:
        """Of the same round of every split that both stand below, down to where their branches part."""
        for mine, theirs, at in zip(one.within, other.within, range(9), strict=False):
            if mine is not theirs:
                return False
            if one.branches[at] != other.branches[at]:
                return True
        return True

    def do_condition(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        at = next((at for at, one in enumerate(spec["cases"]) if self.holds(case, instance, one)), None)
        target = spec["otherwise"] if at is None else spec["cases"][at].get("next", "")
        case.steps.append((spec["key"], "otherwise" if at is None else f"case_{at}", self.now))
        self.unmet(token, target)
        self.move(instance, token, target)
        return 1

    def holds(self, case: Case, instance: Instance, one: Tree) -> bool:
        stands = not one.get("stands") or any(token.node == one["stands"] for token in instance.tokens)
        return stands and (not one.get("when") or bool(self.value(case, one["when"])))

    def do_parallel(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        case.steps.append((spec["key"], "split", self.now))
        token.decision = None
        self.split(instance, token, spec, spec["branches"])
        return 1

    def split(self, instance: Instance, token: Token, spec: Tree, ways: list[str]) -> None:
        within = (*token.within, Visit(spec["key"]))
        live = [(at, key) for at, key in enumerate(ways) if key not in ("", "end")]
        for at, key in live[1:]:
            instance.tokens.append(Token(key, self.now, token.base, within=within, branches=(*token.branches, at)))
        token.within, token.branches = within, (*token.branches, live[0][0] if live else 0)
        self.move(instance, token, live[0][1] if live else "")

    def do_inclusive(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        hold = [at for at, one in enumerate(spec["cases"]) if self.holds(case, instance, one)]
        ways = [spec["cases"][at].get("next", "") for at in hold] or [spec["otherwise"]]
        case.steps.append((spec["key"], " ".join(f"case_{at}" for at in hold) or "otherwise", self.now))
        if all(key in ("", "end") for key in ways):
            self.unmet(token, "")
        token.decision = None
        self.split(instance, token, spec, ways)
        return 1

    def below(self, instance: Instance, visit: Visit) -> list[Token]:
        return [one for one in instance.tokens if any(visit is each for each in one.within)]

    def next_in_line(self, instance: Instance) -> bool:
        did = False
        for token in sorted(instance.tokens, key=self.arrived):
            if token.state == "queued" and not self.at_work(instance, self.nodes[token.node]):
                name = self.nodes[token.node]["critical"]
                if not any(
                    one.state == "ready" and self.nodes[one.node].get("critical") == name for one in instance.tokens
                ):
                    token.state, did = "ready", True
        return did

    def rouse(self, instance: Instance) -> bool:
        """Who waits at a join for nobody any more?"""
        did = False
        for token in instance.tokens:
            spec = self.nodes[token.node]
            if spec["kind"] == "join" and token.state == "waiting":
                visit = next(one for one in reversed(token.within) if one.split == spec["of"])
                if all(one.node == spec["key"] and one.state == "waiting" for one in self.below(instance, visit)):
                    token.state, did = "ready", True
        return did

    def do_join(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        depth = max(at for at, one in enumerate(token.within) if one.split == spec["of"])
        visit = token.within[depth]
        below = self.below(instance, visit)
        here = [one for one in below if one.node == spec["key"] and one.state in ("ready", "waiting")]
        if visit.joined:
            for one in here:
                case.steps.append((spec["key"], "absorbed", self.now))
                self.move(instance, one, "")
            return 1
        if len(here) < len(below) and not 0 < spec.get("need", 0) <= len(here):
            for one in here:
                one.state, one.wake = "waiting", None
            return 1
        visit.joined = True
        case.steps += [(spec["key"], "joined" if one is here[0] else "arrived", self.now) for one in here]
        if spec.get("need") and spec.get("rest", "cancel") == "cancel":
            for one in [one for one in instance.tokens if any(visit is each for each in one.within)]:
                if one not in here:
                    if one.task and one.task.state == "open":
                        one.task.state = "closed"
                    if one.decision and one.decision.outcome == "held":
                        one.decision.outcome, one.decision.reason = "skipped", "cancelled"
                    self.move(instance, one, "")
        for one in here[1:]:
            self.move(instance, one, "")
        first = here[0]
        first.base, first.decision, first.within = max(one.base for one in here), None, token.within[:depth]
        first.branches = token.branches[:depth]
        self.move(instance, first, spec.get("next", ""))
        return 1

    def do_update(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        wanted = not spec.get("when") or self.value(case, spec["when"])
        case.steps.append((spec["key"], "updated" if wanted else "skipped", self.now))
        token.decision = None
        if wanted:
            new = {key: self.formulas[text](self.before, self.now) for key, text in spec["set"].items()}
            case.changed |= {key for key, value in new.items() if case.record[key] != value}
            case.record |= new
        self.move(instance, token, spec.get("next", ""))
        return 1

    def do_create(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        case.steps.append((spec["key"], "created", self.now))
        token.decision = None
        new = {key: None if text == "this" else self.value(case, text) for key, text in spec["set"].items()}
        match = spec.get("match", [])
        if not match or not any(all(one[key] == new[key] for key in match) for one in case.made):
            case.made.append(new)
        self.move(instance, token, spec.get("next", ""))
        return 1

    def do_notify(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        skip = None
        if spec.get("when") and not self.value(case, spec["when"]):
            skip = "condition"
        elif spec.get("limit_days") and token.base < self.now - spec["limit_days"]:
            skip = "too_late"
        case.steps.append((spec["key"], f"skipped: {skip}" if skip else "decided", self.now))
        if token.decision and skip:
            token.decision.outcome, token.decision.reason = "skipped", skip
        token.decision = None
        self.move(instance, token, spec.get("next", ""))
        return 1

    def do_end(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        case.steps.append((spec["key"], "ended", self.now))
        self.unmet(token, "")
        self.move(instance, token, "")
        return 1

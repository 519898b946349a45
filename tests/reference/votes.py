"""What the votes of one approval mean, in plain Python: slots as lists of groups that are asked one after the other.

It shares no code with the engine and knows no ranks: a group is a list of signers who are asked together.
"""

from dataclasses import dataclass, field


@dataclass(eq=False)
class Signer:
    """`said`: what counts; `fate`: what became of a vote that counts no more."""

    name: str
    opinion: bool = False
    said: str = ""  # approved, rejected, given, skipped
    added_by: str = ""
    asked: bool = False
    original: bool = False  # named by the definition, or stands for one who was
    fate: str = ""  # handed, dropped, closed, returned
    by: str = ""  # who decided it
    due: int = 0
    when: int = -1  # it was decided
    mark: int = 0  # how much had been written on the record when it was decided
    seen: frozenset[str] = frozenset()

    @property
    def state(self) -> str:
        return self.fate or self.said or ("asked" if self.asked else "waiting")


Named = str | Signer


@dataclass
class Approval:
    mode: str
    slots: list[list[list[Signer]]]
    ratio: float = 1.0
    veto: bool = False
    every: list[Signer] = field(default_factory=list[Signer])

    def __post_init__(self) -> None:
        self.every += [one for slot in self.slots for group in slot for one in group]

    def find(self, wanted: Named) -> tuple[int, int, Signer]:
        """Where an open signer stands: slot, group."""
        for at, slot in enumerate(self.slots):
            for nth, group in enumerate(slot):
                for one in group:
                    if one is wanted or (one.name == wanted and not one.said):
                        return at, nth, one
        raise KeyError(wanted)

    def answer(self, slot: list[list[Signer]]) -> str:
        said = [one.said for group in slot for one in group]
        return "rejected" if "rejected" in said else "approved" if all(said) else ""

    @property
    def fate(self) -> str:
        answers = [self.answer(slot) for slot in self.slots if any(slot)]
        yes, no, n = answers.count("approved"), answers.count("rejected"), len(answers)
        if self.mode == "any":
            return "approved" if yes else "rejected" if no == n else ""
        if self.mode == "vote":
            if self.veto and no:
                return "rejected"
            return "approved" if yes >= self.ratio * n - 1e-9 else "rejected" if n - no < self.ratio * n - 1e-9 else ""
        return "rejected" if no else "approved" if yes == n else ""

    def turn(self) -> list[Signer]:
        """Who is to be asked and is not yet."""
        found: list[Signer] = []
        for slot in self.slots if not self.fate else ():
            answer = self.answer(slot)
            group = next((group for group in slot if any(not one.said for one in group)), [])
            found += [one for one in group if not one.said and not one.asked and not answer]
            if self.mode == "order" and not answer:
                break
        return found

    @property
    def asked(self) -> list[Signer]:
        """Who is asked now."""
        if self.fate:
            return []
        return [
            one
            for slot in self.slots if not self.answer(slot)
            for group in slot for one in group if one.asked and not one.said
        ]  # fmt: skip

    def ask(self) -> list[str]:
        """Whose turn it is, once asked for good; nobody when it is decided."""
        for one in self.turn():
            one.asked = True
        return sorted(one.name for one in self.asked)

    def close(self) -> None:
        """Nobody needs to say any more what decides nothing."""
        over = self.fate
        for slot in self.slots:
            if over or self.answer(slot) == "rejected":
                for one in [one for group in slot for one in group if not one.said]:
                    self._out(one, "closed")

    def _out(self, one: Signer, fate: str) -> list[Signer]:
        at, nth, _ = self.find(one)
        group = self.slots[at][nth]
        group.remove(one)
        one.fate = fate
        return group

    # -- acts

    def decide(self, wanted: Named, outcome: str) -> None:
        one = self.find(wanted)[2]
        one.said = "given" if one.opinion else outcome

    def _new(self, name: str, **more: object) -> Signer:
        made = Signer(name, **more)  # type: ignore[arg-type]
        self.every.append(made)
        return made

    def add(self, wanted: Named, where: str, other: str) -> None:
        at, nth, one = self.find(wanted)
        new, slot = self._new(other, added_by=one.name), self.slots[at]
        if where == "beside":
            slot[nth].append(new)
        elif where == "after":
            one.said = "approved"
            slot.insert(nth + 1, [new])
        else:
            one.asked = False
            slot.insert(nth, [new])

    def delegate(self, wanted: Named, other: str) -> None:
        at, nth, one = self.find(wanted)
        one.asked = False
        self.slots[at].insert(nth, [self._new(other, opinion=True, added_by=one.name)])

    def transfer(self, wanted: Named, other: str, fate: str = "handed") -> Signer:
        at, nth, one = self.find(wanted)
        group = self.slots[at][nth]
        new = self._new(other, opinion=one.opinion, added_by=one.name, original=one.original)
        group[group.index(one)] = new
        one.fate = fate
        return new

    def again(self, one: Signer) -> None:
        """What they said counts no more; they are asked anew."""
        at, nth, _ = self.find(one)
        group = self.slots[at][nth]
        group[group.index(one)] = self._new(one.by, opinion=one.opinion, original=one.original)

    def remove(self, wanted: Named) -> None:
        one = self.find(wanted)[2]
        self._out(one, "dropped")
        self.slots = [[group for group in slot if group] for slot in self.slots]

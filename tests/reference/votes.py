"""What the votes of one approval mean, in plain Python: slots as lists of groups that are asked one after the other.

It shares no code with the engine and knows no ranks: a group is a list of signers who are asked together.
"""

from dataclasses import dataclass, field


@dataclass(eq=False)
class Signer:
    name: str
    opinion: bool = False
    said: str = ""  # approved, rejected, given
    added_by: str = ""
    asked: bool = False


@dataclass
class Approval:
    mode: str
    slots: list[list[list[Signer]]]
    ratio: float = 1.0
    veto: bool = False
    gone: list[Signer] = field(default_factory=list[Signer])

    def find(self, name: str) -> tuple[int, int, Signer]:
        """Where an open signer stands: slot, group."""
        for at, slot in enumerate(self.slots):
            for nth, group in enumerate(slot):
                for one in group:
                    if one.name == name and not one.said:
                        return at, nth, one
        raise KeyError(name)

    def answer(self, slot: list[list[Signer]]) -> str:
        said = [one.said for group in slot for one in group]
        return "rejected" if "rejected" in said else "approved" if all(said) else ""

    @property
    def fate(self) -> str:
        answers = [self.answer(slot) for slot in self.slots]
        yes, no, n = answers.count("approved"), answers.count("rejected"), len(answers)
        if self.mode == "any":
            return "approved" if yes else "rejected" if no == n else ""
        if self.mode == "vote":
            if self.veto and no:
                return "rejected"
            return "approved" if yes >= self.ratio * n - 1e-9 else "rejected" if n - no < self.ratio * n - 1e-9 else ""
        return "rejected" if no else "approved" if yes == n else ""

    def ask(self) -> list[str]:
        """Whose turn it is, once asked for good; nobody when it is decided."""
        if self.fate:
            return []
        for slot in self.slots:
            answer = self.answer(slot)
            group = next((group for group in slot if any(not one.said for one in group)), [])
            for one in group if not answer else ():
                one.asked |= not one.said
            if self.mode == "order" and not answer:
                break
        return sorted(
            one.name
            for slot in self.slots if not self.answer(slot)
            for group in slot for one in group if one.asked and not one.said
        )  # fmt: skip

    # -- acts

    def decide(self, name: str, outcome: str) -> None:
        one = self.find(name)[2]
        one.said = "given" if one.opinion else outcome

    def add(self, name: str, where: str, other: str) -> None:
        at, nth, one = self.find(name)
        new, slot = Signer(other, added_by=name), self.slots[at]
        if where == "beside":
            slot[nth].append(new)
        elif where == "after":
            one.said = "approved"
            slot.insert(nth + 1, [new])
        else:
            one.asked = False
            slot.insert(nth, [new])

    def delegate(self, name: str, other: str) -> None:
        at, nth, one = self.find(name)
        one.asked = False
        self.slots[at].insert(nth, [Signer(other, opinion=True, added_by=name)])

    def transfer(self, name: str, other: str) -> None:
        at, nth, one = self.find(name)
        group = self.slots[at][nth]
        group[group.index(one)] = Signer(other, opinion=one.opinion, added_by=name)

    def remove(self, other: str) -> None:
        at, nth, one = self.find(other)
        self.slots[at][nth].remove(one)
        self.slots[at] = [group for group in self.slots[at] if group]

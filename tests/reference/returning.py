"""Sent back, over and over or straight: what ends, what is frozen, and who is asked again when it comes back."""

from collections.abc import Iterator

from interpreter import Case, Instance, Token, Tree
from signing import Signing
from votes import Signer
from walking import OWNER, PASSED, Asking, Deal, Return, Run, Walker


class Returning(Signing):
    """What was signed is sent back."""

    def back(self, case: Case, one: Asking) -> dict[str, int]:
        """Where this may be sent back to -> how many splits are still open there."""
        instance = case.open
        assert isinstance(instance, Run)
        self.on(instance)
        spec, found = self.nodes[one.node], dict[str, int]()
        for key, _, _, _ in instance.left:
            node = self.nodes.get(key)
            if node is None or node["kind"] not in PASSED or key == one.node or key in found:
                continue
            if spec.get("returns") and key not in spec["returns"]:
                continue
            depth = self.depth(one.token, key)
            if depth is not None:
                found[key] = depth
        return found

    def depth(self, token: Token, key: str) -> int | None:
        for at, visit in enumerate(token.within):
            split = self.nodes.get(visit.split)
            if split is None:
                return at
            stop = {visit.split, *(one["key"] for one in self.tree["nodes"] if one.get("of") == visit.split)}
            ways = list(self.ways(split))
            mine = [way for way in ways if token.node in self.reach([way], stop)]
            number = token.branches[at]
            numbered = ways[number] if 0 <= number < len(ways) else None
            way = numbered if numbered in mine else mine[0] if mine else None
            if way is not None and key in self.reach([way], stop):
                continue
            return None if key in self.reach(ways, stop) else at
        return len(token.within)

    def ways(self, spec: Tree) -> Iterator[str]:
        yield from spec.get("branches", [])
        yield from (one.get("next", "") for name in ("cases", "outcomes") for one in spec.get(name, []))
        yield from (spec[name] for name in ("next", "otherwise", "on_limit", "on_timeout", "approved", "rejected")
                    if spec.get(name))  # fmt: skip

    def reach(self, first: list[str], stop: set[str]) -> set[str]:
        seen, ahead = set[str](), list(first)
        while ahead:
            key = ahead.pop()
            if key in self.nodes and key not in seen and key not in stop:
                seen.add(key)
                ahead += self.ways(self.nodes[key])
        return seen

    def send_back(self, case: Deal, one: Asking, signer: Signer, by: str, to: str, how: str) -> None:
        self.seq += 1
        instance = case.open
        assert isinstance(instance, Run)
        self.on(instance)
        self.says(case, one, signer, by)
        signer.fate = "returned"
        self.go_back(case, instance, one, signer, to, how, "returned")

    def withdraw(self, case: Deal, one: Asking, to: str) -> None:
        self.seq += 1
        instance = case.open
        assert isinstance(instance, Run)
        self.on(instance)
        self.go_back(case, instance, one, None, to, "redo", "withdrawn")

    def submitted(self, case: Deal, one: Asking) -> tuple[str | None, bool]:
        """The task that the submitter did last, if one may go back there; has somebody decided since?"""
        instance = case.open
        assert isinstance(instance, Run)
        last = next((left for left in reversed(instance.left) if left[3] == OWNER), None)
        if last is None:
            return None, False
        said = ("approved", "rejected", "given")
        late = any(
            signer.said in said and signer in self.counting(other) and signer.when >= last[2]
            for other in instance.askings for signer in other.votes.every
        )  # fmt: skip
        return (last[0] if last[0] in self.back(case, one) else None), late

    def go_back(
        self, case: Deal, instance: Run, one: Asking, signer: Signer | None, to: str, how: str, outcome: str
    ) -> None:
        token = one.token
        depth = self.back(case, one)[to]
        way = next(left[1] for left in reversed(instance.left) if left[0] == to)
        before = next(left[2] for left in reversed(instance.left) if left[0] == to)
        self.step(case, instance, token, outcome)
        kept = token.within[:depth]
        scope = [
            other
            for other in self.walkers(instance)
            if other.within[:depth] == kept and other.branches[:depth] == token.branches[:depth]
        ]
        rounds = max(other.round for other in scope) + 1
        for other in scope:
            if other.task and other.task.state == "open":
                other.task.state = "closed"
        new = token
        if how == "redo":
            for other in scope:
                self.unhold(other, "returned")
                other.task = other.decision = other.carries = None
                if other.asking:
                    self.close(other.asking, "returned" if other is token else "closed")
                if other is not token:
                    self.move(instance, other, "")
            self.move(instance, token, to)
        else:
            assert signer is not None
            sent = Return(to, way, signer, len(case.written), self.seq, before)
            for other in scope:
                if other.state != "frozen":
                    other.state, other.frozen_by = "frozen", sent
            new = Walker(to, self.now, token.base, moved_at=self.seq, carries=sent)
            instance.tokens.append(new)
        new.within, new.branches, new.round = kept, token.branches[:depth], rounds
        self.advance(case, instance, swept=True)
        self.react()

    def close(self, one: Asking, state: str = "closed") -> None:
        if one.state == "open":
            one.state = state
            for signer in self.counting(one):
                if not signer.said:
                    signer.fate = "closed"

    def came_back(self, case: Case, instance: Run, token: Walker, sent: Return, expected: str | None, way: str) -> None:
        if sent.over:
            return
        assert isinstance(case, Deal)
        if expected not in (None, way):
            token.carries = None
            self.over(case, instance, sent)
            return
        first = not any(one.carries is sent and one is not token for one in self.walkers(instance))
        if token.alive:
            instance.tokens = [one for one in instance.tokens if one is not token]
        again: list[Asking] = []
        for one in self.between(instance, token, sent) if first else ():
            stale = self.stale(case, one)
            if stale:
                again.append(one)
                one.state, one.round = "open", token.round
                one.token = Walker(one.node, self.now, self.now, "waiting", within=one.within, branches=one.branches,
                                   moved_at=self.seq, round=token.round, asking=one, carries=sent)  # fmt: skip
                instance.tokens.append(one.token)
                for signer in stale:
                    one.votes.again(signer)
        if not any(one.carries is sent for one in self.walkers(instance)):
            again = self.thaw(case, instance, sent, token.round)
        for one in again:
            self.settle_votes(case, instance, one)

    def between(self, instance: Run, token: Walker, sent: Return) -> list[Asking]:
        depth = len(token.within)
        return [
            one for one in instance.askings
            if one.state == "approved" and one.opened >= sent.before and one.decided <= sent.at
            and one.within[:depth] == token.within and one.branches[:depth] == token.branches
            and self.nodes.get(one.node, {}).get("kind") == "approval"
        ]  # fmt: skip

    def stale(self, case: Deal, one: Asking) -> list[Signer]:
        return [
            signer for signer in self.counting(one)
            if signer.said in ("approved", "rejected") and signer.by and set(case.written[signer.mark :]) & signer.seen
        ]  # fmt: skip

    def thaw(self, case: Deal, instance: Run, sent: Return, rounds: int) -> list[Asking]:
        sent.over = True
        found: list[Asking] = []
        for token in [one for one in self.walkers(instance) if one.frozen_by is sent]:
            token.frozen_by, token.round = None, rounds
            self.thawed(token)
            if token.asking and token.asking.state == "open":
                found.append(token.asking)
                token.asking.round = rounds
                for signer in self.stale(case, token.asking):
                    token.asking.votes.again(signer)
                if sent.signer in [one for slot in token.asking.votes.slots for group in slot for one in group]:
                    token.asking.votes.again(sent.signer)
        return found

    def over(self, case: Case, instance: Run, sent: Return) -> None:
        """What was frozen goes on no more."""
        sent.over = True
        for token in self.walkers(instance):
            if token.frozen_by is sent or token.carries is sent:
                if token.asking:
                    self.close(token.asking)
                if token.task and token.task.state == "open":
                    token.task.state = "closed"
                self.unhold(token, "returned")
                instance.tokens = [one for one in instance.tokens if one is not token]

    def tidy(self, case: Case, instance: Instance) -> None:
        """A return whose step nobody stands at any more is over."""
        assert isinstance(instance, Run)
        while True:
            for token in self.walkers(instance):
                if token.carries and not self.stands(token):
                    token.carries = None
            carried = [token.carries for token in self.walkers(instance)]
            lost = [token.frozen_by for token in self.walkers(instance) if token.frozen_by not in [None, *carried]]
            if not lost or lost[0] is None:
                return
            self.over(case, instance, lost[0])

    def stands(self, token: Walker) -> bool:
        sent = token.carries
        assert sent is not None
        again = token.asking is not None and token.asking.opened < sent.at
        return token.node == sent.to or token.put or again

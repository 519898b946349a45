"""Approvals for the reference interpreter: who is asked, in time and late, and what a decision leads to."""

from collections.abc import Callable

from interpreter import Case, Decision, Instance, Token, Tree
from votes import Approval, Signer
from walking import ABOVE, ADMIN, OWNER, PASSED, ROLES, Asking, Deal, Run, Walker, Walking, workday


class Signing(Walking):
    """People sign."""

    def doer(self, signer: str) -> tuple[str, ...]:
        """Who may do what waits for somebody."""
        if signer in ROLES:
            return ROLES[signer] or (ADMIN,)
        return (OWNER,) if signer in self.disabled else (signer,)

    def do_approval(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        assert isinstance(instance, Run) and isinstance(token, Walker)
        slots: list[list[list[Signer]]] = []
        empty = spec.get("empty", "admin")
        names: list[str] = []
        for who in spec["who"]:
            name = who.get("role") or who.get("person") or OWNER
            nobody = not ROLES.get(name, (name,))
            if nobody and empty in ("pass", "reject"):
                said = "skipped" if empty == "pass" else "rejected"
                slots.append([[Signer(name, said=said, original=True)]])
            elif (name := ADMIN if nobody else name) not in names:
                slots.append([[Signer(name, original=True)]])
                names.append(name)
        votes = Approval(spec.get("mode", "all"), slots, float(spec.get("ratio", 1)), bool(spec.get("veto")))
        token.asking = Asking(spec["key"], votes, self.seq, token.round, token, token.within, token.branches)
        token.state, token.wake, token.decision = "waiting", None, None
        instance.askings.append(token.asking)
        self.settle_votes(case, instance, token.asking)
        return 1

    def settle_votes(self, case: Case, instance: Instance, one: Asking) -> None:
        """Decided, or those whose turn it is are asked."""
        assert isinstance(instance, Run) and isinstance(case, Deal)
        spec = self.nodes[one.node]
        while one.state == "open":
            one.votes.close()
            if one.votes.fate:
                self.decided(case, instance, one, one.votes.fate)
                return
            turn = one.votes.turn()
            skipped = [
                signer
                for signer in turn
                if spec.get("skip_repeated") and signer.original and self.repeated(case, instance, one, signer)
            ]
            for signer in turn:
                if signer in skipped:
                    signer.said = "skipped"
                else:
                    signer.asked, signer.due = True, workday(self.now, spec.get("due_workdays", 2))
            if not skipped:
                break
        if spec.get("on_timeout"):
            one.token.wake = min((signer.due for signer in one.votes.asked), default=-1) + 1

    def repeated(self, case: Deal, instance: Run, one: Asking, signer: Signer) -> bool:
        return any(
            said.by == signer.name and said.said == "approved" and not said.fate and said in self.counting(other)
            and not set(case.written[said.mark :]) & said.seen
            for other in instance.askings if other.round == one.round
            for said in other.votes.every
        )  # fmt: skip

    def counting(self, one: Asking) -> list[Signer]:
        return [signer for slot in one.votes.slots for group in slot for signer in group if not signer.fate]

    def decided(self, case: Case, instance: Run, one: Asking, fate: str) -> None:
        token = one.token
        one.state, one.decided = fate, self.seq
        self.unhold(token, "decided")
        token.decision = None
        self.step(case, instance, token, fate)
        carried, stood, put, opened = token.carries, token.node, token.put, one.opened
        self.move(instance, token, self.nodes[one.node].get(fate, ""))
        if carried and (stood == carried.to or put or opened < carried.at):
            way = None if put else carried.way if stood == carried.to else "approved"
            self.came_back(case, instance, token, carried, way, fate)

    def step(self, case: Case, instance: Run, token: Walker, outcome: str, by: str = "") -> None:
        case.steps.append((token.node, outcome, self.now))
        if self.nodes[token.node]["kind"] in PASSED:
            instance.left.append((token.node, outcome, self.seq, by))

    def finish(self, case: Case, node: str, outcome: str | None) -> None:
        self.seq += 1
        instance = case.open
        assert isinstance(instance, Run)
        self.on(instance)
        spec = self.nodes[node]
        token = next(
            one for one in self.walkers(instance) if one.node == node and one.task and one.task.state == "open"
        )
        assert token.task is not None
        way = token.task.done(outcome or "done", spec)
        if way is not None:
            self.step(case, instance, token, way, OWNER)
            chosen = next((one for one in spec.get("outcomes", []) if one["key"] == way), spec)
            token.task = None
            carried, put = token.carries, token.put
            self.move(instance, token, chosen.get("next", ""))
            if carried and (put or node == carried.to):
                self.came_back(case, instance, token, carried, None if put else carried.way, way)
        self.advance(case, instance, swept=True)
        self.react()

    def give_up(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        assert isinstance(instance, Run)
        instance.left.append((spec["key"], "timed out", self.seq, ""))
        return super().give_up(case, instance, spec, token)

    def caught(self, case: Case, instance: Instance, token: Token) -> bool:
        assert isinstance(token, Walker)
        due = token.state == "waiting" and token.wake is not None and token.wake <= self.now
        if not (due and token.asking):
            return super().caught(case, instance, token)
        assert token.wake is not None
        if token.decision is None:
            token.decision = Decision(token.node, instance.basis, token.wake - 1, "held")
            case.decisions.append(token.decision)
        token.wake += 1
        return True

    def overdue(self, case: Case, instance: Instance, spec: Tree, token: Token) -> int:
        """Somebody has not decided in time."""
        assert isinstance(token, Walker) and isinstance(instance, Run)
        if token.asking is None:
            return super().overdue(case, instance, spec, token)
        assert token.wake is not None
        votes, policy = token.asking.votes, spec["on_timeout"]
        if token.decision is None:
            case.decisions.append(Decision(spec["key"], instance.basis, token.wake - 1, "late"))
        elif token.decision.outcome == "held":
            token.decision.outcome = "late"
        token.wake = token.decision = None
        for signer in [one for one in votes.asked if one.due < self.now]:
            if policy in ("pass", "reject"):
                signer.said, signer.when = "approved" if policy == "pass" else "rejected", self.seq
            elif policy == "remind" or signer.name == ADMIN:
                signer.due = workday(self.now, 1)
            else:
                above = ABOVE if signer.name not in (ABOVE, ADMIN) else ADMIN
                votes.transfer(signer, above).added_by = ""
        self.settle_votes(case, instance, token.asking)
        return 1

    # -- acts on a vote

    def act(self, case: Case, one: Asking, change: Callable[[Approval], object]) -> None:
        self.seq += 1
        instance = case.open
        assert isinstance(instance, Run)
        self.on(instance)
        change(one.votes)
        self.settle_votes(case, instance, one)
        self.advance(case, instance, swept=True)
        self.react()

    def says(self, case: Deal, one: Asking, signer: Signer, by: str) -> None:
        """Noted with a decision: who, what they saw, and how far the record had been written."""
        hidden = {right["field"] for right in self.nodes[one.node].get("fields", ()) if right["right"] == "hidden"}
        signer.by, signer.mark, signer.when = by, len(case.written), self.seq
        signer.seen = frozenset(set(case.record) - hidden)

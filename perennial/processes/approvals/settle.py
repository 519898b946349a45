"""What the votes of a set of approvals mean now: decided, or somebody is to be asked. A few statements for any set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perennial import forms, tasks
from perennial.kernel import Query, Tx, statements
from perennial.processes.approvals.straight import decided
from perennial.processes.definition import Approval

if TYPE_CHECKING:  # the node settles what it has opened
    from perennial.processes.nodes.common import Published

ROUNDS = 1000  # each one skips somebody, and nobody twice
_SQL = statements(__file__, "settle.sql")


@dataclass(frozen=True, slots=True)
class Settled:
    """How many approvals were decided, and how many of their tokens have come to the end of their branch."""

    decided: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """An approval node of a published version."""

    version: "Published"
    node: Approval

    @property
    def id(self) -> int:
        return self.version.nodes[self.node.key]


def settle(tx: Tx, approvals: Sequence[int], rules: Sequence[Rule]) -> Settled:
    """Each of these approvals that is open is decided, and its token has gone on; or those whose turn it is are asked.

    rules  every node that one of them stands at
    locks  the caller holds their instances
    """
    if not approvals:
        return Settled()
    count = ended = 0
    params = {**_params(tx, rules), "approvals": list(approvals)}
    for _ in range(ROUNDS):
        judged = tx.rows(_SQL["judge"], params)[0]
        count, ended = count + judged["decided"], ended + judged["ended"]
        if judged["returned"]:
            ended += _came_back(tx, judged["returned"])
        if judged["decided"] == judged["n"]:
            break
        told = tx.rows(_SQL["ask"], params)[0]
        if told["asked"]:
            opening = tasks.opening(Query(_SQL["tasks"], {**params, "votes": told["asked"]}), vote=True)
            tx.value(opening, dict(opening.params))
        if not told["skipped"]:
            break
    if params["timed"]:
        tx.run(_SQL["wake"], params)
    return Settled(count, ended)


def _came_back(tx: Tx, rows: list[dict[str, Any]]) -> int:
    """What was frozen until these approvals were decided goes on; how many branches ended."""
    return settle_all(tx, decided(tx, rows)).ended


def settle_all(tx: Tx, approvals: Sequence[int]) -> Settled:
    """The same for approvals of any nodes."""
    from perennial.processes.approvals.vote import rules_of

    return settle(tx, approvals, rules_of(tx, approvals)) if approvals else Settled()


def _params(tx: Tx, rules: Sequence[Rule]) -> dict[str, object]:
    catalog = forms.catalog(tx)
    return {
        "nodes": [one.id for one in rules],
        "modes": [one.node.mode for one in rules],
        "ratios": [one.node.ratio for one in rules],
        "vetoes": [one.node.veto for one in rules],
        "approved": [one.version.target(one.node.approved) for one in rules],
        "rejected": [one.version.target(one.node.rejected) for one in rules],
        "forms": [catalog.id(one.version.process.form) for one in rules],
        "skips": [one.node.skip_repeated for one in rules],
        "due": [one.node.due_workdays for one in rules],
        "kinds": [one.version.kinds[one.node.key] for one in rules],
        "timed": [one.id for one in rules if one.node.on_timeout],
        "zone": tx.zone.key,
    }

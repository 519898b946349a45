"""Which way a step was left by: its outcome says so, read with the definition that it belongs to.

So an edge is exact for every step ever written, whatever became of the token behind it: nothing has to be kept for it.
Two things a definition cannot know stand in their own rows: where a return went (`processes.returned`) and where a
migration put a token (the step's facts).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from perennial.kernel import Tx
from perennial.processes import versions
from perennial.processes.definition import (
    END,
    Approval,
    Condition,
    End,
    Inclusive,
    Node,
    Parallel,
    Sub,
    Task,
    Wait,
    Webhook,
    targets,
)
from perennial.processes.load_nodes import kind_of

ELSE = "*"  # every outcome that is not named
NOT_LEFT = ("asked again", "arrived", "absorbed")  # it stands there still; another token of the join goes on for it


def ways(node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(outcome, where it leads) of a node; `ELSE` last."""
    match node:
        case Condition() | Inclusive():
            for at, case in enumerate(node.cases):
                yield f"case_{at}", (case.next,)
            yield ELSE, (node.otherwise,)
        case Parallel():
            yield ELSE, node.branches
        case Task():
            for outcome in node.outcomes:
                yield outcome.key, (outcome.next,)
            yield "timed out", (node.on_timeout,)
            yield ELSE, (node.next,)
        case Approval():
            yield "rejected", (node.rejected,)
            yield ELSE, (node.approved,)
        case Wait():
            yield "passed", (node.on_limit if node.limited else node.next,)
            yield ELSE, (node.next,)
        case Sub():
            yield "timed out", (node.on_timeout,)
            yield ELSE, (node.next,)
        case Webhook():
            yield "failed", (node.on_error,)
            yield ELSE, (node.next,)
        case End():
            yield ELSE, ()
        case _:
            yield ELSE, targets(node)


@dataclass(frozen=True, slots=True)
class Known:
    """All versions that are looked at: numbers of nodes with what they are, in one set of arrays for SQL."""

    params: dict[str, Any]
    labels: dict[str, dict[str, Any]]  # node key -> of the newest version that has it
    form: str


def known(tx: Tx, key: str, number: int | None = None) -> Known:
    """What SQL needs to read the steps of a process, of one version or of all. errors: Missing no_such_process."""
    active = versions.active_of(tx, key)
    rows = tx.rows(
        "SELECT v.id, v.number FROM processes.version v WHERE v.process_id = %(process)s"
        "   AND (%(number)s::int IS NULL OR v.number = %(number)s)"
        " ORDER BY v.number",
        {"process": active.version.process_id, "number": number},
    )
    nodes: list[tuple[int, str, str, int | None, str]] = []
    way: list[tuple[int, str, str]] = []
    labels: dict[str, dict[str, Any]] = {}
    for row in rows:  # as many as there are versions
        published = versions.version(tx, row["id"])
        for at, node in enumerate(published.process.nodes):
            due = node.due_workdays if isinstance(node, Task | Approval) else None
            kind, here = kind_of(node), published.nodes[node.key]
            leads = {outcome: " ".join(one or END for one in to) or END for outcome, to in ways(node)}
            nodes.append((here, node.key, kind, due, leads.pop(ELSE)))
            way += [(here, outcome, to) for outcome, to in leads.items()]
            labels[node.key] = {
                "label": node.label or node.key, "label_en": node.label_en, "kind": kind, "at": at, "allowed": due,
                "gone": published.id != active.version.id,
            }  # fmt: skip
    params = {
        "process": active.version.process_id, "nodes": [one[0] for one in nodes], "keys": [one[1] for one in nodes],
        "kinds": [one[2] for one in nodes], "allowed": [one[3] for one in nodes], "leads": [one[4] for one in nodes],
        "way_nodes": [one[0] for one in way], "way_outcomes": [one[1] for one in way],
        "way_leads": [one[2] for one in way], "not_left": list(NOT_LEFT), "zone": tx.zone.key,
    }  # fmt: skip
    return Known(params, labels, active.process.form)


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until); `before`: where the equal period before it begins."""

    since: dt.datetime
    until: dt.datetime

    @property
    def before(self) -> dt.datetime:
        return self.since - (self.until - self.since)

    @property
    def params(self) -> dict[str, dt.datetime]:
        return {"since": self.since, "until": self.until, "before": self.before}

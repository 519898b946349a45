"""Every way out of a node is known by the outcomes that lead there."""

import pytest

from perennial.processes.definition import (
    Approval,
    Arrival,
    Cancel,
    Case,
    Condition,
    Create,
    End,
    Inclusive,
    Join,
    Node,
    Notify,
    Outcome,
    Parallel,
    Sub,
    Task,
    Update,
    Wait,
    Webhook,
    targets,
)
from perennial.processes.load_nodes import KIND_OF
from perennial.processes.watch_ways import ELSE, ways

CASES = (Case(when="flag", next="a"), Case(when="flag", next="b"))
NODES: list[Node] = [
    Task("n", next="a"),
    Task("n", outcomes=(Outcome("yes", "是", next="a"), Outcome("no", "否", next="b")), next=""),
    Task("n", next="a", timeout=3, on_timeout="b"),
    Approval("n", approved="a", rejected="b"),
    Condition("n", cases=CASES, otherwise="c"),
    Inclusive("n", cases=CASES, otherwise="c"),
    Parallel("n", branches=("a", "b")),
    Join("n", next="a"),
    Cancel("n", next="a"),
    Wait("n", until="d", next="a"),
    Wait("n", met="flag", limit=3, next="a", on_limit="b"),
    Wait("n", arrives=Arrival("thing", "by"), limit=3, next="a", on_limit="b"),
    Sub("n", next="a", timeout=3, on_timeout="b"),
    Webhook("n", next="a", on_error="b"),
    Update("n", next="a"),
    Create("n", next="a"),
    Notify("n", next="a"),
    End("n"),
]


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_outcomes_lead_everywhere_that_a_node_leads(node: Node) -> None:
    found = list(ways(node))
    assert {to for _, leads in found for to in leads} - {""} == set(targets(node)) - {""}
    assert [outcome for outcome, _ in found].count(ELSE) == 1
    assert len({outcome for outcome, _ in found}) == len(found)


def test_every_kind_of_node_is_among_them() -> None:
    assert {type(node) for node in NODES} == set(KIND_OF)

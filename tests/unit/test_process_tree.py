"""A definition leaves as the tree that it came from."""

from typing import Any

import pytest

from perennial import processes
from perennial.kernel import Invalid

NODES: list[dict[str, Any]] = [
    {"key": "all", "kind": "sub", "process": "check", "over": "contracts", "when": "open", "need": 2, "rest": "cancel",
     "timeout_days": 30, "on_timeout": "many"},
    {"key": "one", "kind": "sub", "process": "check", "record": "customer"},
    {"key": "many", "kind": "task", "who": [{"role": "legal"}, {"field": "owner"}], "due_workdays": 3, "need": 1,
     "fill": ["terms", "amount!", {"field": "license", "when": 'customer.kind = "public"'}]},
    {"key": "sealed", "kind": "task", "who": {"role": "seal_keeper"}, "due_workdays": 2, "seal": "sealed_file"},
    {"key": "paid", "kind": "wait", "arrives": {"form": "payment", "by": "contract", "when": "amount > 0"},
     "since": "start", "limit_workdays": 5, "on_limit": "many"},
    {"key": "called", "kind": "wait", "hook": "signed"},
    {"key": "tell", "kind": "webhook", "url": "https://erp.example/renewed", "set": {"id": "number"}, "tries": 3,
     "on_error": "many"},
    {"key": "sign", "kind": "approval", "who": [{"role": "legal"}], "mode": "all", "due_workdays": 2,
     "fields": [{"field": "license", "right": "required", "when": "amount > 100000"}]},
]  # fmt: skip


def _tree(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"process": "p", "label": "P", "form": "contract", "nodes": list(nodes)}


def test_every_attribute_comes_back() -> None:
    for node in NODES:
        dumped = processes.dump(processes.load(_tree(node)))["nodes"][0]
        assert {key: value for key, value in dumped.items() if key != "label"} == node, node["key"]


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ({"key": "w", "kind": "wait", "hook": "a", "days": 3}, "nodes[0]"),
        ({"key": "s", "kind": "sub", "process": "x", "over": "a", "record": "b"}, "nodes[0].record"),
        ({"key": "s", "kind": "sub", "over": "a"}, "nodes[0].process"),
        ({"key": "h", "kind": "webhook", "url": "https://a", "tries": 0}, "nodes[0].tries"),
        ({"key": "t", "kind": "task", "who": []}, "nodes[0].who"),
        ({"key": "t", "kind": "task", "fill": [{"field": "a"}]}, "nodes[0].fill[0].when"),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_place(node: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        processes.load(_tree(node))
    assert refused.value.path == path

"""Random processes in which people sign, and random new versions of them."""

import copy
import random
from collections.abc import Iterator
from typing import Any

from random_process import structured

Tree = dict[str, Any]
SIGNERS = ("he", "cai", "gu", "shui", "lin", "su", "an")
WAYS = ("next", "otherwise", "on_limit", "on_timeout", "approved", "rejected")


def signing(seed: int) -> Tree:
    """Splits with joins in which about half of the tasks are approvals."""
    return next(tree for tree in (_drawn(seed + 1000 * at) for at in range(99)) if _whole(tree))


def _whole(tree: Tree) -> bool:
    """Every node can be reached."""
    nodes = {node["key"]: node for node in tree["nodes"]}
    seen, ahead = set[str](), [tree["nodes"][0]["key"]]
    while ahead:
        key = ahead.pop()
        if key in nodes and key not in seen:
            seen.add(key)
            ahead += ways(nodes[key])
    return len(seen) == len(nodes)


def _drawn(seed: int) -> Tree:
    pick = random.Random(seed * 101 + 3)
    tree = structured(seed)
    tree |= {"start": [{"key": "made", "kind": "created"}], "owner": "owner"}
    at = next((at for at, node in enumerate(tree["nodes"]) if node["kind"] == "task"), 0)
    for node in tree["nodes"]:
        if node["kind"] == "notify":  # days are told apart by seconds here
            node.pop("limit_days", None)
        if node["kind"] == "wait" and ("arrives" in node or pick.random() < 0.6):
            ways = [node.get("next", "end"), node.get("on_limit", node.get("next", "end"))]
            for name in ("until", "days", "met", "limit_days", "on_limit", "next", "arrives", "since"):
                node.pop(name, None)
            node |= {"kind": "task", "outcomes": [{"key": key, "label": key, "next": way}
                                                  for key, way in zip(("yes", "no"), ways, strict=True)]}  # fmt: skip
        if node["kind"] == "task":
            node["who"] = {"field": "owner"}
            node.pop("need", None)  # one person does it
            if pick.random() < 0.6 or node is tree["nodes"][at]:
                _sign(pick, node, tree)
    first = tree["nodes"][0]["key"]
    if pick.random() < 0.8:  # somebody submits
        tree["nodes"].insert(0, {"key": "sub", "kind": "task", "who": {"field": "owner"}, "next": first})
    return tree


def _sign(pick: random.Random, node: Tree, tree: Tree) -> None:
    """This task is an approval from here on."""
    ways = [one.get("next", "end") for one in node.get("outcomes", [])] or [node.get("next", "end")]
    approved, rejected = ways[0], ways[-1]
    for name in ("outcomes", "next", "who", "timeout_days", "on_timeout", "critical"):
        node.pop(name, None)
    node |= {"kind": "approval", "approved": approved, "rejected": rejected, **options(pick)}
    if node["key"] in (approved, rejected):  # once more: somebody must stand here
        node["skip_repeated"], node["empty"] = False, "admin"
    keys = [one["key"] for one in tree["nodes"] if one["kind"] in ("task", "approval") and one is not node]
    if keys and pick.random() < 0.15:
        node["returns"] = pick.sample(keys, min(2, len(keys)))


def options(pick: random.Random) -> Tree:
    who: list[Tree] = [{"person": name} for name in pick.sample(SIGNERS, pick.choice([1, 2, 2, 3]))]
    if pick.random() < 0.3:
        who.insert(pick.randrange(len(who) + 1), {"role": pick.choice(["legal", "legal", "nobody"])})
    made: Tree = {
        "who": who, "mode": pick.choice(["all", "all", "any", "order", "vote"]), "due_workdays": pick.choice([1, 2, 4]),
        "ratio": pick.choice([0.3, 0.5, 0.6, 1]), "veto": pick.random() < 0.3, "opinion": "none",
        "empty": pick.choice(["admin", "pass", "reject"]), "skip_repeated": pick.random() < 0.4,
    }  # fmt: skip
    if pick.random() < 0.4:
        made["on_timeout"] = pick.choice(["remind", "pass", "reject", "escalate"])
    if pick.random() < 0.5:
        hidden = pick.sample(["n", "s", "d1", "mark"], pick.choice([1, 2, 3]))
        made["fields"] = [{"field": key, "right": "hidden"} for key in hidden]
    return made


def mutated(tree: Tree, pick: random.Random) -> Tree:
    """Another version: nodes have gone, come and changed. Whether it can be published says whoever publishes it."""
    new = copy.deepcopy(tree)
    for _ in range(pick.choice([1, 1, 2, 3])):
        pick.choice([_change, _remove, _remove, _insert, _flip])(pick, new)
    return new


def _change(pick: random.Random, tree: Tree) -> None:
    node = pick.choice(tree["nodes"])
    if node["kind"] == "approval":
        for name in ("on_timeout", "fields"):
            node.pop(name, None)
        keep = {name: node[name] for name in ("empty", "skip_repeated") if name in node}
        node |= {**options(pick), **keep}
    elif node["kind"] == "wait" and "days" in node:
        node["days"] = pick.choice([1, 2, 5])


def _remove(pick: random.Random, tree: Tree) -> None:
    nodes = [one for one in tree["nodes"] if one["kind"] in ("task", "approval", "wait", "update", "notify")]
    if len(tree["nodes"]) < 4 or not nodes:
        return
    node = pick.choice(nodes)
    onward = next((way for way in ways(node) if way != node["key"]), "end")
    for one in tree["nodes"]:
        _redirect(one, node["key"], onward)
        for name in ("nodes", "returns"):
            if node["key"] in one.get(name, []):
                one[name] = [key for key in one[name] if key != node["key"]]
                if name == "returns" and not one[name]:
                    del one[name]
        for case in one.get("cases", []):
            if case.get("stands") == node["key"]:
                del case["stands"]
    tree["nodes"].remove(node)


def _insert(pick: random.Random, tree: Tree) -> None:
    before = pick.choice(tree["nodes"])
    key = f"x{pick.randrange(1000)}"
    if before["kind"] == "join" or any(one["key"] == key for one in tree["nodes"]):
        return
    for one in tree["nodes"]:
        _redirect(one, before["key"], key)
    new: Tree = {"key": key, "kind": "task", "who": {"field": "owner"}, "next": before["key"]}
    tree["nodes"].insert(tree["nodes"].index(before), new)
    if pick.random() < 0.5:
        _sign(pick, new, tree)


def _flip(pick: random.Random, tree: Tree) -> None:
    """A task becomes an approval."""
    node = pick.choice(tree["nodes"])
    if node["kind"] == "task":
        _sign(pick, node, tree)


def _redirect(node: Tree, key: str, to: str) -> None:
    for one in (node, *node.get("cases", []), *node.get("outcomes", [])):
        for way in WAYS:
            if one.get(way) == key:
                one[way] = to
    if key in node.get("branches", []):
        node["branches"] = [to if one == key else one for one in node["branches"]]


def ways(node: Tree) -> Iterator[str]:
    for one in (node, *node.get("cases", []), *node.get("outcomes", [])):
        yield from (one[way] for way in WAYS if one.get(way))
    yield from node.get("branches", [])

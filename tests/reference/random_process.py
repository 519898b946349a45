"""Random processes and what happens to their records: the same script for the engine and the reference interpreter."""

import random
from collections.abc import Callable
from typing import Any

Tree = dict[str, Any]
Record = dict[str, Any]

CONDITIONS: dict[str, tuple[Callable[[Record], Any], set[str]]] = {
    "n > 3": (lambda r: r["n"] is not None and r["n"] > 3, {"n"}),
    "n <= 2": (lambda r: r["n"] is not None and r["n"] <= 2, {"n"}),
    "flag": (lambda r: bool(r["flag"]), {"flag"}),
    's = "x"': (lambda r: r["s"] == "x", {"s"}),
    's <> "x"': (lambda r: r["s"] != "x", {"s"}),
    "AND(NOT(flag), n > 1)": (lambda r: not r["flag"] and r["n"] is not None and r["n"] > 1, {"flag", "n"}),
    'OR(flag, s = "y")': (lambda r: bool(r["flag"]) or r["s"] == "y", {"flag", "s"}),
}
DATES: dict[str, tuple[Callable[[Record], Any], set[str]]] = {
    "d1": (lambda r: r["d1"], {"d1"}),
    "d1 - 6": (lambda r: None if r["d1"] is None else r["d1"] - 6, {"d1"}),
    "d1 - 3": (lambda r: None if r["d1"] is None else r["d1"] - 3, {"d1"}),
    "d1 + 2": (lambda r: None if r["d1"] is None else r["d1"] + 2, {"d1"}),
}
VALUES: dict[str, tuple[Callable[[Record], Any], set[str]]] = {
    "n + 1": (lambda r: None if r["n"] is None else r["n"] + 1, {"n"}),
    '"m1"': (lambda r: "m1", set()),
    '"m2"': (lambda r: "m2", set()),
    "s": (lambda r: r["s"], {"s"}),
    "TRUE": (lambda r: True, set()),
}
SOME: dict[str, tuple[Callable[[Record], Any], set[str]]] = {  # not drawn: they stand in processes written by hand
    "n <> 2": (lambda r: r["n"] != 2, {"n"}),
}
ALL = {**CONDITIONS, **SOME, **DATES, **VALUES}
KINDS = ("task", "task", "task", "condition", "parallel", "wait", "wait", "wait", "update", "create", "notify", "end")


def process(seed: int, nodes: int = 9) -> Tree:
    """A graph that is always sound: targets lie behind, except that a task may lead back."""
    pick = random.Random(seed)
    keys = [f"k{at}" for at in range(nodes)]
    tree: Tree = {
        "process": "random", "label": "随机", "form": "thing",
        "start": [{"key": "due", "kind": "date", "date": "d1", "days": pick.choice([-12, -9, -4]),
                   "when": pick.choice(["n > 3", 's <> "x"', "TRUE", "TRUE"])}],
        "nodes": [],
    }  # fmt: skip
    if pick.random() < 0.6:
        tree["cancel_when"] = pick.choice(["flag", "n > 3", 's = "x"'])

    def target(at: int) -> str:
        later = keys[at + 1 :]
        return pick.choice([*later, *later, "end"]) if later else "end"

    for at, key in enumerate(keys):
        kind = pick.choice(KINDS) if at else pick.choice(("parallel", "parallel", "wait", "task", "condition"))
        if at >= nodes - 2 and kind == "parallel":
            kind = "update"
        tree["nodes"].append(_node(pick, key, kind, target, at, keys))
    _connect(tree, keys)
    if "cancel_when" in tree and pick.random() < 0.5:
        tree["then"] = keys[-1]
    _arrivals(random.Random(seed * 13 + 5), tree)
    return tree


def structured(seed: int) -> Tree:
    """Splits with joins, one within another: what stands between is left by the join, by an end or not at all."""
    pick = random.Random(seed * 31 + 7)
    tree: Tree = {
        "process": "random", "label": "随机", "form": "thing",
        "start": [{"key": "due", "kind": "date", "date": "d1", "days": pick.choice([-12, -9, -4])}],
        "nodes": [],
    }  # fmt: skip
    if pick.random() < 0.4:
        tree["cancel_when"] = pick.choice(["flag", 's = "x"'])
    _sequence(pick, tree["nodes"], 2, "end")
    _several(random.Random(seed * 17 + 3), tree)
    _arrivals(random.Random(seed * 13 + 5), tree)
    return tree


def _arrivals(pick: random.Random, tree: Tree) -> None:
    """Some waits for a condition or some days wait for a letter instead."""
    for node in tree["nodes"]:
        if node["kind"] != "wait" or "until" in node or pick.random() < 0.4:
            continue
        if "days" in node:
            node |= {"limit_days": node.pop("days"), "on_limit": node["next"]}
        node.pop("met", None)
        when = pick.choice([{"when": 'label = "a"'}, {}])
        node |= {"arrives": {"form": "letter", "by": "thing"} | when, "since": pick.choice(["here", "start"])}


def _several(pick: random.Random, tree: Tree) -> None:
    """Some tasks are asked of two or three people."""
    for node in tree["nodes"]:
        if node["kind"] == "task" and pick.random() < 0.35:
            count = pick.choice([2, 3])
            node |= {"who": [{"person": name} for name in ("he", "second", "third")[:count]]}
            node |= {"need": pick.choice([0, 1, 2])}


def _sequence(pick: random.Random, nodes: list[Tree], depth: int, after: str) -> str:
    """A few steps that lead to `after`; the key of the first."""
    count = pick.choice([1, 2] if depth < 2 else [2, 3])
    keys = [f"k{len(nodes) + at}" for at in range(count)]
    nodes += [{"key": key} for key in keys]  # places in the order of the definition, filled in below
    at_split = pick.randrange(count) if depth else -1
    for at, key in enumerate(keys):
        node = next(one for one in nodes if one["key"] == key)
        onward = keys[at + 1] if at + 1 < count else after
        if at == at_split:
            _split(pick, nodes, node, depth, onward)
            continue
        target = lambda _: pick.choice([onward, onward, onward, "end"])  # noqa: E731, B023
        kind = pick.choice(("task", "task", "condition", *["wait"] * 3, "update", "create", "notify", "cancel"))
        node |= _node(pick, key, kind, target, 0, [key])
        others = [one["key"] for one in nodes if one["key"] != key]
        if kind == "task" and pick.random() < 0.4:
            node |= {"timeout_days": pick.choice([1, 2, 4]), "on_timeout": target(0)}
        if kind == "task" and pick.random() < 0.4:
            node["critical"] = pick.choice(["desk", "desk", "seal"])
        if kind == "condition" and pick.random() < 0.4:
            node["cases"][0]["stands"] = pick.choice(others or [key])
        if kind == "cancel":
            node["nodes"] = pick.sample(others, min(len(others), 3)) or [key]
        if onward not in _targets(node):  # what stands behind can be reached
            way = node["outcomes"][0] if node.get("outcomes") else node
            way["otherwise" if kind == "condition" else "next"] = onward
    return keys[0]


def _split(pick: random.Random, nodes: list[Tree], node: Tree, depth: int, onward: str) -> None:
    key = node["key"]
    join: Tree = {"key": f"{key}_j", "kind": "join", "of": key, "next": onward}
    nodes.append(join)
    count = pick.choice([2, 2, 3])
    ways = [_sequence(pick, nodes, depth - 1, join["key"]) for _ in range(count)]
    if pick.random() < 0.35:
        join |= {"need": pick.randint(1, count), "rest": pick.choice(["cancel", "absorb"])}
    if pick.random() < 0.5:
        node |= {"kind": "parallel", "branches": ways}
    else:
        cases = [{"when": pick.choice(list(CONDITIONS)), "next": way} for way in ways]
        node |= {"kind": "inclusive", "cases": cases, "otherwise": pick.choice([join["key"], ways[0], "end"])}


def _node(pick: random.Random, key: str, kind: str, target: Callable[[int], str], at: int, keys: list[str]) -> Tree:
    node: Tree = {"key": key, "kind": kind}
    condition = lambda: pick.choice(list(CONDITIONS))  # noqa: E731
    match kind:
        case "task":
            if pick.random() < 0.5:
                back = pick.choice(keys[: at + 1]) if pick.random() < 0.4 else target(at)
                node["outcomes"] = [
                    {"key": "yes", "label": "是", "next": target(at)}, {"key": "no", "label": "否", "next": back},
                ]  # fmt: skip
            else:
                node["next"] = target(at)
        case "condition":
            node["cases"] = [{"when": condition(), "next": target(at)} for _ in range(pick.choice([1, 2]))]
            node["otherwise"] = target(at)
        case "parallel":
            later = keys[at + 1 :]
            node["branches"] = pick.sample(later, min(len(later), pick.choice([2, 3])))
        case "wait":
            sort = pick.choice(["until", "until", "days", "met"])
            if sort == "until":
                node |= {"until": pick.choice(list(DATES)), "next": target(at)}
            elif sort == "days":
                node |= {"days": pick.choice([1, 3]), "next": target(at)}
            else:
                node |= {"met": condition(), "next": target(at)}
                if pick.random() < 0.6:
                    node |= {"limit_days": pick.choice([2, 4]), "on_limit": target(at)}
        case "update":
            field, text = pick.choice(
                [("n", "n + 1"), ("mark", '"m1"'), ("mark", '"m2"'), ("mark", "s"), ("flag", "TRUE")]
            )
            node |= {"set": {field: text}, "next": target(at)}
            if pick.random() < 0.3:
                node["when"] = condition()
        case "create":
            node |= {"form": "made", "set": {"thing": "this", "label": pick.choice(['"m1"', '"m2"'])},
                     "match": pick.choice([["thing"], ["thing", "label"], []]), "next": target(at)}  # fmt: skip
        case "cancel":
            node["next"] = target(at)
        case "notify":
            node |= {"to": {"field": "owner"}, "template": "hello", "next": target(at)}
            if pick.random() < 0.5:
                node["when"] = condition()
            if pick.random() < 0.5:
                node["limit_days"] = pick.choice([1, 2])
        case _:
            node["scope"] = pick.choice(["branch", "branch", "instance"])
    return node


def _connect(tree: Tree, keys: list[str]) -> None:
    """Every node can be reached: what nothing leads to hangs on the first node as a branch."""
    first = tree["nodes"][0]
    reached = {keys[0]}
    for node in tree["nodes"]:
        if node["key"] in reached:
            reached |= set(_targets(node))
    missing = [key for key in keys if key not in reached]
    if missing:
        gathered = list(dict.fromkeys([*(one for one in _targets(first) if one in keys[1:]), *missing]))
        if len(gathered) == 1:
            gathered.append(next(key for key in keys[1:] if key not in gathered))
        tree["nodes"][0] = {"key": keys[0], "kind": "parallel", "branches": gathered}


def _targets(node: Tree) -> list[str]:
    ways = ("next", "otherwise", "on_limit", "on_timeout")
    found = [*(node.get(way, "") for way in ways), *node.get("branches", [])]
    found += [one.get("next", "") for one in (*node.get("cases", []), *node.get("outcomes", []))]
    return [one for one in found if one]


def record(pick: random.Random, today: int) -> Record:
    return {
        "n": pick.choice([0, 2, 4, 5, None]), "flag": pick.random() < 0.15, "s": pick.choice(["x", "y", None, None]),
        "d1": today + pick.choice([4, 9, 10, 12, 14, 18, 25]), "mark": None,
    }  # fmt: skip


def edit(pick: random.Random, today: int) -> Record:
    """What somebody types into a record."""
    return pick.choice([
        {"n": pick.choice([0, 2, 4, 5])}, {"flag": pick.random() < 0.4}, {"s": pick.choice(["x", "y", None])},
        {"d1": today + pick.choice([3, 6, 45, 50])}, {"d1": today + 45}, {"d1": today + 12, "n": 5},
    ])  # fmt: skip

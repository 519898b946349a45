"""What a graph alone can say: targets exist, everything is reachable, a condition has a rest, a cycle stands still."""

from perennial.kernel import Invalid
from perennial.processes.definition import (
    END,
    Condition,
    Create,
    Inclusive,
    Join,
    Node,
    Parallel,
    Process,
    Task,
    Update,
    Wait,
    targets,
)


def check_graph(process: Process) -> None:
    """`Invalid` with the path of the first thing that is wrong."""
    nodes: dict[str, Node] = {}
    for at, node in enumerate(process.nodes):
        if node.key in nodes or node.key == END:
            raise Invalid("processes.node_twice", path=f"nodes[{at}].key", node=node.key)
        nodes[node.key] = node
    for at, node in enumerate(process.nodes):
        _check_node(node, f"nodes[{at}]")
        for target in targets(node):
            if target not in ("", END) and target not in nodes:
                raise Invalid("processes.no_such_node", path=f"nodes[{at}]", node=node.key, target=target)
    if process.then and process.then not in nodes:
        raise Invalid("processes.no_such_node", path="then", node="then", target=process.then)
    for at, node in enumerate(process.nodes):
        for case in node.cases if isinstance(node, Condition | Inclusive) else ():
            if case.left and case.left not in nodes:
                raise Invalid("processes.no_such_node", path=f"nodes[{at}].cases", node=node.key, target=case.left)
    for at, start in enumerate(process.starts):
        if start.touched and start.touched not in nodes:
            raise Invalid("processes.no_such_node", path=f"start[{at}].touched", node=start.key, target=start.touched)
    besides = [process.then, *(start.touched for start in process.starts)]
    reached = _reachable(nodes, [process.first, *(key for key in besides if key)])
    for at, node in enumerate(process.nodes):
        if node.key not in reached:
            raise Invalid("processes.unreachable", path=f"nodes[{at}]", node=node.key, label=node.label or node.key)
    for at, node in enumerate(process.nodes):
        if isinstance(node, Join):
            _check_join(process, nodes, node, f"nodes[{at}]")
    _check_cycles(process, nodes)
    keys = [start.key for start in process.starts]
    for at, start in enumerate(process.starts):
        if keys.count(start.key) > 1:
            raise Invalid("processes.node_twice", path=f"start[{at}].key", node=start.key)
    if process.covers and not process.basis:
        raise Invalid("processes.covers_without_date", path="covers")


def _check_node(node: Node, path: str) -> None:
    match node:
        case Condition() | Inclusive() if not node.cases or not node.otherwise:
            raise Invalid(
                "processes.no_otherwise", path=f"{path}.otherwise", node=node.key, label=node.label or node.key
            )
        case Parallel() if len(node.branches) < 2 or not all(node.branches):
            raise Invalid("processes.one_branch", path=f"{path}.branches", node=node.key, label=node.label or node.key)
        case _:
            pass


def _check_join(process: Process, nodes: dict[str, Node], join: Join, path: str) -> None:
    """What stands between a split and its join is entered by the split alone, and left by the join or by an end."""
    label = join.label or join.key
    split = nodes.get(join.of)
    if not isinstance(split, Parallel | Inclusive):
        raise Invalid("processes.join_of_nothing", path=f"{path}.of", label=label, split=join.of)
    others = [one.key for one in nodes.values() if isinstance(one, Join) and one.of == join.of]
    if len(others) > 1:
        raise Invalid("processes.joined_twice", path=f"{path}.of", split=split.label or split.key)
    if join.need < 0 or join.need > len(_ways(split)):
        raise Invalid("processes.join_needs", path=f"{path}.need", label=label, need=join.need)
    inside = _reachable(nodes, _onward(nodes, split.key), without=(split.key, join.key))
    ways_in = [process.first, process.then, *(start.touched for start in process.starts)]
    for key, node in nodes.items():
        for target in _onward(nodes, key):
            enters = key not in inside and key != split.key and (target in inside or target == join.key)
            leaves = key in inside and target not in inside and target != join.key
            if enters or leaves:
                code = "processes.enters_split" if enters else "processes.leaves_split"
                facts = {"node": node.label or key, "target": nodes[target].label or target}
                raise Invalid(code, path=path, **facts, split=split.label or split.key)
    for key in ways_in:
        if key in inside or key == join.key:
            facts = {"node": process.label, "target": nodes[key].label or key, "split": split.label or split.key}
            raise Invalid("processes.enters_split", path=path, **facts)


def _ways(split: Parallel | Inclusive) -> tuple[str, ...]:
    return split.branches if isinstance(split, Parallel) else tuple(case.next for case in split.cases)


def _onward(nodes: dict[str, Node], key: str) -> list[str]:
    return [target for target in targets(nodes[key]) if target in nodes]


def _reachable(nodes: dict[str, Node], first: list[str], without: tuple[str, ...] = ()) -> set[str]:
    seen: set[str] = set()
    waiting = first
    while waiting:
        key = waiting.pop()
        if key not in seen and key not in without:
            seen.add(key)
            waiting += _onward(nodes, key)
    return seen


def writes_at_once(process: Process) -> bool:
    """Can an instance change records before a person has done anything? Then it locks what people may wait for."""
    nodes = {node.key: node for node in process.nodes}
    seen: set[str] = set()
    waiting = [process.first]
    while waiting:
        key = waiting.pop()
        if key not in seen and not isinstance(nodes[key], Task):
            seen.add(key)
            waiting += _onward(nodes, key)
    return any(isinstance(nodes[key], Update | Create) for key in seen)


def _stands(node: Node) -> bool:
    """Time or a person must pass here on every round. A date may be behind us and a condition already true: they let
    a token through at once, so they do not break a cycle."""
    return isinstance(node, Task) or (isinstance(node, Wait) and node.lasting > 0)


def _check_cycles(process: Process, nodes: dict[str, Node]) -> None:
    done: set[str] = set()
    for at, start in enumerate(process.nodes):
        trail: list[str] = []
        stack = [(start.key, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                trail.pop()
                done.add(key)
                continue
            if key in trail:
                cycle = " → ".join([*trail[trail.index(key) :], key])
                raise Invalid("processes.endless", path=f"nodes[{at}]", node=key, cycle=cycle)
            if key in done or _stands(nodes[key]):
                continue
            trail.append(key)
            stack += [(key, True), *((target, False) for target in _onward(nodes, key))]


def enclosing(process: Process) -> dict[str, frozenset[str]]:
    """node -> the splits whose joins wait for whoever stands there."""
    nodes = {node.key: node for node in process.nodes}
    found: dict[str, set[str]] = {key: set() for key in nodes}
    for join in process.nodes:
        if isinstance(join, Join) and join.of in nodes:
            within = _reachable(nodes, _onward(nodes, join.of), without=(join.of, join.key))
            for key in (*within, join.key):
                found[key].add(join.of)
    return {key: frozenset(splits) for key, splits in found.items()}

"""What a graph alone can say: targets exist, everything is reachable, a condition has a rest, a cycle stands still."""

from collections.abc import Iterator

from perennial.kernel import Invalid
from perennial.processes.definition import (
    END,
    Approval,
    Cancel,
    Condition,
    Create,
    Inclusive,
    Join,
    Node,
    Parallel,
    Process,
    Sub,
    Task,
    Unread,
    Update,
    Wait,
    mentions,
    targets,
)


def graph_problems(process: Process) -> Iterator[Invalid]:
    """Everything that is wrong with the graph, each with its path."""
    nodes: dict[str, Node] = {}
    for at, node in enumerate(process.nodes):
        if node.key in nodes or node.key == END:
            yield Invalid("processes.node_twice", path=f"nodes[{at}].key", node=node.key)
        nodes.setdefault(node.key, node)
    for at, node in enumerate(process.nodes):
        yield from _of_node(node, f"nodes[{at}]")
        for target in (*targets(node), *mentions(node)):
            if target not in ("", END) and target not in nodes:
                yield Invalid("processes.no_such_node", path=f"nodes[{at}]", node=named(node), target=target)
        for target in node.returns if isinstance(node, Approval) else ():
            if not isinstance(nodes.get(target), Task | Approval | Unread):
                facts = {"label": named(node), "target": target}
                yield Invalid("processes.return_to_nobody", path=f"nodes[{at}].returns", **facts)
    besides = [("then", "then", process.then)]
    besides += [(f"start[{at}].touched", one.label or one.key, one.touched) for at, one in enumerate(process.starts)]
    for path, name, target in besides:
        if target and target not in nodes:
            yield Invalid("processes.no_such_node", path=path, node=name, target=target)
    roots = [process.first, *(target for _, _, target in besides if target in nodes)]
    reached = _reachable(nodes, list(roots))
    for at, node in enumerate(process.nodes):
        if node.key not in reached:
            yield Invalid("processes.unreachable", path=f"nodes[{at}]", node=node.key, label=named(node))
    for at, node in enumerate(process.nodes):
        if isinstance(node, Join):
            yield from _of_join(process, nodes, node, roots, f"nodes[{at}]")
    yield from _cycles(process, nodes)
    keys = [start.key for start in process.starts]
    for at, start in enumerate(process.starts):
        if keys.index(start.key) < at:
            yield Invalid("processes.node_twice", path=f"start[{at}].key", node=start.key)
    if process.covers and not process.basis:
        yield Invalid("processes.covers_without_date", path="covers")


def named(node: Node) -> str:
    return node.label or node.key


def _of_node(node: Node, path: str) -> Iterator[Invalid]:
    if isinstance(node, Task) and not 0 <= node.need <= 1 + len(node.others):
        yield Invalid("processes.task_needs", path=f"{path}.need", label=named(node), need=node.need)
    match node:
        case Condition() | Inclusive() if not node.cases or not node.otherwise:
            yield Invalid("processes.no_otherwise", path=f"{path}.otherwise", node=node.key, label=named(node))
        case Approval() if not node.who:
            yield Invalid("processes.nobody_signs", path=f"{path}.who", label=named(node))
        case Cancel() if not node.nodes:
            yield Invalid("processes.cancels_nothing", path=f"{path}.nodes", label=named(node))
        case Task() | Sub() if node.timeout and not node.on_timeout:
            yield Invalid("processes.no_way_in_time", path=f"{path}.on_timeout", label=named(node))
        case Parallel() if len(node.branches) < 2 or not all(node.branches):
            yield Invalid("processes.one_branch", path=f"{path}.branches", node=node.key, label=named(node))
        case Approval() if not node.who:
            yield Invalid("processes.nobody", path=f"{path}.who", node=node.key, label=named(node))
        case _:
            pass


def _of_join(process: Process, nodes: dict[str, Node], join: Join, roots: list[str], path: str) -> Iterator[Invalid]:
    """What stands between a split and its join is entered by the split alone, and left by the join or by an end."""
    split = nodes.get(join.of)
    if isinstance(split, Unread):
        return  # what it is stands there
    if not isinstance(split, Parallel | Inclusive):
        yield Invalid("processes.join_of_nothing", path=f"{path}.of", label=named(join), split=join.of)
        return
    if sum(isinstance(one, Join) and one.of == join.of for one in nodes.values()) > 1:
        yield Invalid("processes.joined_twice", path=f"{path}.of", split=named(split))
        return
    if join.need < 0 or join.need > len(_ways(split)):
        yield Invalid("processes.join_needs", path=f"{path}.need", label=named(join), need=join.need)
    inside = _reachable(nodes, _onward(nodes, split.key), without=(split.key, join.key))
    for key, node in nodes.items():
        for target in _onward(nodes, key):
            enters = key not in inside and key != split.key and (target in inside or target == join.key)
            leaves = key in inside and target not in inside and target != join.key
            if enters or leaves:
                code = "processes.enters_split" if enters else "processes.leaves_split"
                facts = {"node": named(node), "target": named(nodes[target])}
                yield Invalid(code, path=path, **facts, split=named(split))
    for key in roots:
        if key in inside or key == join.key:
            facts = {"node": process.label, "target": named(nodes[key]), "split": named(split)}
            yield Invalid("processes.enters_split", path=path, **facts)


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
    return any(isinstance(nodes[key], Update | Create | Sub) for key in seen)


def _stands(node: Node) -> bool:
    """Time or a person must pass here on every round. A date may be behind us and a condition already true: they let
    a token through at once, so they do not break a cycle."""
    if isinstance(node, Approval):  # some approvals pass without anybody
        return node.empty in ("admin", "person") and not node.skip_repeated
    if isinstance(node, Wait):  # what came before it does not count here: another one has to come
        return node.lasting > 0 or (bool(node.arrives or node.hook) and node.since == "here")
    return isinstance(node, Task | Unread)


def _cycles(process: Process, nodes: dict[str, Node]) -> Iterator[Invalid]:
    order = [node.key for node in process.nodes]
    done: set[str] = set()
    for start in process.nodes:
        trail: list[str] = []
        stack = [(start.key, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                trail.pop()
                done.add(key)
                continue
            if key in trail:
                cycle = " → ".join(named(nodes[one]) for one in [*trail[trail.index(key) :], key])
                yield Invalid("processes.endless", path=f"nodes[{order.index(key)}]", node=key, cycle=cycle)
                continue
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

"""What a move says about where it leads: a wait for a date or a duration begins in the statement of the move.

A token whose moment lies ahead goes straight to `waiting`; one whose moment has come arrives `ready` like everywhere
else, so that the wait decides about it. Waits for a condition or an event are entered, since it may hold or have
happened already.
"""

from perennial.processes.definition import Node, Process, Wait, targets
from perennial.processes.nodes import wait
from perennial.rules import Wanted


def begun(process: Process, node: Node) -> list[Wait]:
    """The waits among the targets of a node that a move begins."""
    ways = {*targets(node)}
    by_clock = [one for one in process.nodes if isinstance(one, Wait) and (one.until or one.lasting)]
    return [one for one in by_clock if one.key in ways]


def columns(process: Process, node: Node) -> dict[str, Wanted]:
    """What the record must say for it."""
    found: dict[str, Wanted] = {}
    for one in begun(process, node):
        wanted = wait.columns(process, one)
        found |= {f"{name}_{one.key}" if name == "until" else name: what for name, what in wanted.items()}
    return found


def moments(process: Process, node: Node) -> str:
    """Further columns of `at_node`: `at_<wait>`, when each of these waits would be over."""
    return "".join(
        f", {wait.moment(process, one, until=f'r.until_{one.key}', not_before='r.not_before', entered=None)}"
        f" AS at_{one.key}"
        for one in begun(process, node)
    )


def state(process: Process, node: Node, next_id: str) -> str:
    """SQL over `a`: the state in which a token arrives."""
    return _chosen(process, node, next_id, "CASE WHEN {at} <= %(now)s THEN 'ready' ELSE 'waiting' END", "'ready'")


def wake(process: Process, node: Node, next_id: str) -> str:
    """SQL over `a`: since when it is ready, or until when it waits."""
    return _chosen(process, node, next_id, "CASE WHEN {at} <= %(now)s THEN %(now)s ELSE {at} END", "%(now)s")


def _chosen(process: Process, node: Node, next_id: str, way: str, otherwise: str) -> str:
    ways = begun(process, node)
    if not ways:
        return otherwise
    cases = " ".join(f"WHEN %(to_{one.key})s::int THEN {way.format(at=f'a.at_{one.key}')}" for one in ways)
    return f"CASE {next_id} {cases} ELSE {otherwise} END"

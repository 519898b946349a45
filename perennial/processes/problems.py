"""Everything that a designer should know of a process while it is drawn: errors, which keep it from being published,
and hints, which do not.

In:   the tree of a draft, readable or not
Out:  a list; `problem.path` begins with the node (`nodes[3]`), the start (`start[0]`) or the attribute that it is about
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from perennial import people
from perennial.kernel import Invalid, Tx
from perennial.processes import calls
from perennial.processes.definition import Notify, Process, Task, Wait, Who
from perennial.processes.graph import named
from perennial.processes.load import sketch
from perennial.processes.publish import with_owner, wrong
from perennial.processes.reader import Tree


@dataclass(frozen=True, slots=True)
class Drawn:
    """Something to mend (error) or to know (hint)."""

    severity: Literal["error", "hint"]
    problem: Invalid


def problems(tx: Tx, given: Tree | Process) -> list[Drawn]:
    """All of them, errors first; an empty list can be published."""
    process, unread = (given, []) if isinstance(given, Process) else sketch(given)
    found = list(unread)
    if process is not None:
        found += wrong(tx, with_owner(tx, process))
    hints = _hints(tx, process) if process is not None else ()
    return [*(Drawn("error", one) for one in found), *(Drawn("hint", one) for one in hints)]


def _hints(tx: Tx, process: Process) -> Iterator[Invalid]:
    if not process.starts and not calls.called(tx, process.key):
        yield Invalid("processes.no_start", path="start")
    for at, node in enumerate(process.nodes):
        if isinstance(node, Wait) and (node.met or node.arrives or node.hook) and not node.limit:
            yield Invalid("processes.waits_for_ever", path=f"nodes[{at}].limit", label=named(node))
        for who in _asked(node):
            if who.kind == "role" and not people.holders(tx, who.name):
                facts = {"label": named(node), "role": _role(tx, who.name)}
                yield Invalid("processes.role_without_holder", path=f"nodes[{at}].who", **facts)


def _asked(node: object) -> tuple[Who, ...]:
    """Whoever a node asks or tells: one, or those of an approval."""
    if isinstance(node, Task):
        return (node.who, *node.others)
    if isinstance(node, Notify):
        return (node.who,)
    who = getattr(node, "who", ())
    return tuple(one for one in who if isinstance(one, Who)) if isinstance(who, tuple) else ()


def _role(tx: Tx, key: str) -> str:
    return str(tx.value("SELECT label FROM people.role WHERE key = %(key)s", {"key": key}) or key)

"""One file per kind of node: the columns it reads, the statements it is, what runs them."""

from collections.abc import Callable

from perennial import forms
from perennial.kernel import Query, Tx
from perennial.processes.definition import (
    Approval,
    Cancel,
    Condition,
    Create,
    End,
    Find,
    Inclusive,
    Join,
    Node,
    Notify,
    Parallel,
    Process,
    Sub,
    Task,
    Update,
    Wait,
    Webhook,
)  # fmt: skip
from perennial.processes.nodes import (
    approval,
    arrival,
    cancel,
    condition,
    create,
    end,
    event,
    find,
    inclusive,
    join,
    notify,
    parallel,
    sub,
    task,
    update,
    wait,
    webhook,
)
from perennial.processes.nodes.common import Making, Moved, Standing, control
from perennial.rules import Wanted, renamed, rendered


def finds(node: Node) -> dict[str, Find]:
    """The searches for similar records that a node makes, by the name of their columns."""
    match node:
        case Condition() | Inclusive():
            return condition.finds(node)
        case Task() if node.propose:
            return {"propose": node.propose}
        case _:
            return {}


def columns(process: Process, node: Node) -> dict[str, Wanted]:
    """What a node's statements read of the record, control columns included."""
    own: dict[str, Wanted] = {}
    match node:
        case Condition() | Inclusive():
            own = condition.columns(node)
        case Wait():
            own = wait.columns(process, node)
        case Task():
            own = task.columns(process, node)
        case Approval():
            own = approval.columns(process, node)
        case Update():
            own = update.columns(node)
        case Notify():
            own = notify.columns(process, node)
        case _:
            pass
    searched = {name: one for key, what in finds(node).items() for name, one in find.own_columns(key, what).items()}
    return {**control(process), **own, **searched}


def make(tx: Tx, process: Process, node: Node, forms_held: tuple[str, ...]) -> dict[str, Query]:
    """The statements of a node, made once per definition."""
    onward = arrival.columns(process, node) if isinstance(node, Condition | Inclusive | Parallel | Notify) else {}
    making = Making(process, node, rendered(tx, process.form, {**columns(process, node), **onward}), forms_held)
    others = {
        name: renamed(rendered(tx, what.form, find.other_columns(what)), name) for name, what in finds(node).items()
    }
    match node:
        case Condition():
            return condition.make(making, node, others)
        case Inclusive():
            return inclusive.make(making, node, others)
        case Join():
            return join.make(making, node)
        case Parallel():
            begun = {**columns(process, node), **onward, **parallel.begun_columns(process, node)}
            beginning = Making(process, node, rendered(tx, process.form, begun), forms_held)
            return parallel.make(making, beginning, node)
        case Cancel():
            return cancel.make(making, node)
        case Wait():
            found = event.candidates(tx, process, node) if event.waits_for_event(node) else None
            return wait.make(making, node, found)
        case Task():
            return task.make(making, node, others.get("propose"))
        case Approval():
            return approval.make(making, node)
        case Update():
            return update.make(making, node)
        case Create():
            return create.make(making, node)
        case Notify():
            return notify.make(making, node)
        case End():
            return end.make(making, node)
        case Sub():
            return sub.make(making, node, renamed(sub.meant(tx, process.form, node), "sub"))
        case Webhook():
            read = {**columns(process, node), **webhook.columns(node)}
            whole = Making(process, node, rendered(tx, process.form, read), forms_held)
            return webhook.make(whole, node, forms.catalog(tx).scope(process.form))
        case _:
            raise AssertionError(node)


_RUN: dict[type[Node], Callable[[Standing], Moved]] = {
    Condition: condition.run, Inclusive: inclusive.run, Join: join.run, Parallel: parallel.run,
    Cancel: cancel.run, Wait: wait.run, Task: task.run, Approval: approval.run, Update: update.run, Create: create.run,
    Notify: notify.run, End: end.run, Sub: sub.run, Webhook: webhook.run,
}  # fmt: skip


def run(standing: Standing) -> Moved:
    """Move the set on."""
    return _RUN[type(standing.node)](standing)

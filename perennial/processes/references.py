"""What a process names of forms and of other definitions."""

from perennial import forms, formula
from perennial.processes import calls, nodes, outside
from perennial.processes.definition import Approval, Create, Node, Notify, Process, Sub, Task, Update
from perennial.processes.nodes import find
from perennial.processes.nodes.common import control
from perennial.processes.required import of_people

Reference = forms.Reference


def references(process: Process) -> list[Reference]:
    """Every formula, field and form that the process needs."""
    form = process.form
    found = [Reference("form", form, what="form")]
    whole = [("covers", process.covers, "yes_no"), ("cancel_when", process.cancel_when, "yes_no")]
    whole += [("not_before", process.not_before, "date"), ("owner", process.owner, None)]
    whole += [(f"hold_by[{at}]", path, None) for at, path in enumerate(process.hold_by)]
    found += [Reference(path, form, text, want=_kind(want)) for path, text, want in whole if text]
    for at, start in enumerate(process.starts):
        place = start.label or start.key
        if start.date:
            found.append(Reference(f"start[{at}].date", form, start.date, want="date", place=place))
        if start.when:
            found.append(Reference(f"start[{at}].when", form, start.when, want="yes_no", place=place))
    for at, node in enumerate(process.nodes):
        found += _node(process, node, f"nodes[{at}]")
    return found


def _node(process: Process, node: Node, path: str) -> list[Reference]:
    form, place = process.form, node.label or node.key
    common = {*control(process), "owner_id", "not_before"}
    found = [
        Reference(f"{path}.{name}", form, one.text, want=_kind(one.kind), place=place)
        for name, one in nodes.columns(process, node).items()
        if name not in common
    ]
    for what in nodes.finds(node).values():
        found.append(Reference(f"{path}.form", what.form, what="form", place=place))
        found += [
            Reference(f"{path}.{name}", what.form, one.text, want=_kind(one.kind), place=place)
            for name, one in find.other_columns(what).items()
        ]
    found += outside.references(process, node, path, place)
    found += calls.references(process, node, path, place)
    match node:
        case Task() | Approval():
            for at, one in of_people(node):
                found.append(Reference(f"{path}.{at}", form, one.field, "field", place=place))
                if one.when:
                    found.append(Reference(f"{path}.{at}.when", form, one.when, want="yes_no", place=place))
            if isinstance(node, Task) and node.seal:
                found.append(Reference(f"{path}.seal", form, node.seal, "field", place=place))
        case Update():
            found += _values(path, form, (form, node.record), node.values, place)
        case Create():
            found.append(Reference(f"{path}.form", node.form, what="form", place=place))
            found += _values(path, form, (node.form, ""), node.values, place)
        case _:
            pass
    return found


def _values(
    path: str, form: str, target: tuple[str, str], values: tuple[tuple[str, str], ...], place: str
) -> list[Reference]:
    found: list[Reference] = []
    for key, text in values:
        found.append(Reference(f"{path}.set.{key}", target[0], key, "field", through=target[1], place=place))
        if text != "this":
            found.append(Reference(f"{path}.set.{key}", form, text, fits=(*target, key), place=place))
    return found


def _kind(kind: str | None) -> formula.Kind | None:
    return "yes_no" if kind == "condition" else kind  # pyright: ignore[reportReturnType]


def names(process: Process) -> list[tuple[str, str, str, str]]:
    """Other definitions that it needs: (path, kind, key, place)."""
    found: list[tuple[str, str, str, str]] = []
    for at, node in enumerate(process.nodes):
        place = node.label or node.key
        if isinstance(node, Notify):
            found.append((f"nodes[{at}].template", "template", node.template, place))
        if isinstance(node, Sub):
            found.append((f"nodes[{at}].process", "process", node.process, place))
        if isinstance(node, Approval):
            asked = ((f"nodes[{at}].who", node.who), (f"nodes[{at}].copy_to", node.copy_to))
            found += [(path, "role", who.name, place) for path, people in asked for who in people if who.kind == "role"]
        asked = (node.who, *node.others) if isinstance(node, Task) else (node.who,) if isinstance(node, Notify) else ()
        found += [(f"nodes[{at}].who", who.kind, who.name, place) for who in asked if who.kind in ("role", "audience")]
    return found

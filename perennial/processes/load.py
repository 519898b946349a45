"""YAML -> Process: every wrong or misspelt attribute is named with its path, as forms do it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from perennial.kernel import Invalid
from perennial.processes.definition import Node, Process, Start, Unread
from perennial.processes.load_nodes import read_node
from perennial.processes.reader import Reader, Tree
from perennial.rules import WHO


def load(tree: Tree) -> Process:
    """The process that a YAML tree describes, or `Invalid` with the path of the first wrong attribute."""
    read = Reader(tree, "")
    key = read.key("process")
    starts = tuple(_start(Reader(item, f"start[{at}]")) for at, item in enumerate(read.list("start")))
    nodes = tuple(read_node(Reader(item, f"nodes[{at}]")) for at, item in enumerate(read.list("nodes")))
    if not nodes:
        raise Invalid("processes.attribute", path="nodes", attribute="nodes")
    process = Process(
        key=key,
        label=read.text("label", None),
        label_en=read.text("label_en"),
        about=read.text("about"),
        form=read.key("form"),
        starts=starts,
        nodes=nodes,
        covers=read.text("covers"),
        cancel_when=read.text("cancel_when"),
        then=read.text("then"),
        not_before=read.text("not_before"),
        hold_by=read.keys("hold_by"),
        owner=read.text("owner"),
        same_term_days=read.number("same_term_days", 30),
    )
    read.done()
    return process


def sketch(tree: Tree) -> tuple[Process | None, list[Invalid]]:
    """A draft as far as it can be read, and what cannot be: nodes that cannot stand as `Unread`, starts are left out.

    None: not even its name or its form can be read
    """
    wrong: list[Invalid] = []
    try:
        return load(tree), []
    except Invalid as error:
        first = error
    stub = {"key": "stub", "kind": "end"}
    process: Process | None = None
    try:
        process = load({**tree, "start": [], "nodes": [stub]})
    except Invalid as error:
        wrong.append(error)
    starts: list[Start] = []
    for at, item in enumerate(_items(tree.get("start"))):
        try:
            starts.append(_start(Reader(item, f"start[{at}]")))
        except Invalid as error:
            wrong.append(error)
    nodes: list[Node] = []
    for at, item in enumerate(_items(tree.get("nodes"))):
        try:
            nodes.append(read_node(Reader(item, f"nodes[{at}]")))
        except Invalid as error:
            given = cast("Tree", item) if isinstance(item, Mapping) else {}
            key, label = str(given.get("key") or f"nodes[{at}]"), str(given.get("label") or "")
            nodes.append(Unread(key, label or key, ways=tuple(_ways(given))))
            wrong.append(_unset(error, str(given.get("kind")), label or key))
    if not nodes:
        wrong.append(Invalid("processes.no_nodes", path="nodes"))
    if process is None or not nodes:
        return None, wrong
    return replace(process, starts=tuple(starts), nodes=tuple(nodes)), wrong or [first]


def _items(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


_WAYS = ("next", "otherwise", "on_limit", "approved", "rejected", "error")


def _ways(given: Any) -> list[str]:
    """Where a node that cannot be read leads, as far as it can be seen."""
    if isinstance(given, list):
        return [way for item in cast("list[Any]", given) for way in _ways(item)]
    if not isinstance(given, Mapping):
        return []
    tree = cast("Tree", given)
    names = _WAYS if tree.get("kind") == "approval" else (*_WAYS, "on_timeout")  # of an approval it is no way
    found = [str(tree[name]) for name in names if isinstance(tree.get(name), str)]
    found += [str(one) for one in _items(tree.get("branches"))]
    return found + [way for value in tree.values() if isinstance(value, list | Mapping) for way in _ways(value)]


_UNSET = {
    ("notify", "template"): "processes.no_template", ("create", "form"): "processes.no_form",
    ("condition", "when"): "processes.no_condition", ("inclusive", "when"): "processes.no_condition",
    ("join", "of"): "processes.no_split", ("sub", "process"): "processes.no_sub",
    ("webhook", "url"): "processes.no_url", ("wait", "form"): "processes.no_arrival",
    ("wait", "by"): "processes.no_arrival",
}  # fmt: skip


def _unset(error: Invalid, kind: str, label: str) -> Invalid:
    """What was not chosen yet, in words: a node fresh from the palette says what it needs."""
    attribute = str(error.facts.get("attribute"))
    code = _UNSET.get((kind, attribute), "processes.nobody" if attribute in WHO else error.code)
    if error.code == "processes.wait_for_one":
        code = "processes.no_wait"
    if error.code not in ("processes.attribute", "processes.wait_for_one"):
        code = error.code
    return Invalid(code, path=error.path, **error.facts, label=label)


def _start(read: Reader) -> Start:
    on = read.one_of("kind", ("date", "created", "matched", "hand"), "")
    offset_workdays = read.number("workdays") if "workdays" in read.tree else None
    start = Start(
        key=read.key("key"),
        on=on,
        label=read.text("label"),
        label_en=read.text("label_en"),
        date=read.text("date", None if on == "date" else ""),
        offset=read.number("days") if offset_workdays is None else offset_workdays,
        unit="days" if offset_workdays is None else "workdays",
        at=read.time("at"),
        when=read.text("when", None if on == "matched" else ""),
        late=read.one_of("late", ("run", "skip"), "run"),
        undone=read.one_of("undone", ("", "remove"), ""),
        touched=read.text("touched"),
    )
    read.done()
    return start

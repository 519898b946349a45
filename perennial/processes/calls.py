"""Processes that call others: what a definition says about it is checked before it is published.

None calls itself, not through others either: that would never end by itself. Looked at are the definitions in force,
those of the same publication instead of them (`supposing`), and versions on which instances still stand.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

from perennial import forms, formula
from perennial.kernel import Invalid, Tx
from perennial.processes import versions
from perennial.processes.definition import Node, Process, Sub
from perennial.processes.graph import named
from perennial.processes.nodes.sub import target_form
from perennial.processes.switch import running

_SUPPOSED = "processes.supposed"


@contextmanager
def supposing(tx: Tx, definitions: Mapping[str, Process]) -> Generator[None]:
    """Inside, these are the definitions in force, as far as calls are concerned."""
    before = tx.memo.get(_SUPPOSED)
    tx.memo[_SUPPOSED] = definitions
    try:
        yield
    finally:
        tx.memo[_SUPPOSED] = before


def _known(tx: Tx) -> Mapping[str, Process]:
    supposed: Mapping[str, Process] | None = tx.memo.get(_SUPPOSED)
    return {one.process.key: one.process for one in versions.active(tx)} if supposed is None else supposed


def called(tx: Tx, key: str) -> bool:
    """Does any process in force begin this one?"""
    return any(key in _calls(one) for one in _known(tx).values())


def _calls(process: Process) -> set[str]:
    return {node.process for node in process.nodes if isinstance(node, Sub)}


def wrong(tx: Tx, process: Process, node: Node, path: str) -> Iterator[Invalid]:
    """Everything that keeps such a node from being published. That the called process exists is said with the other
    definitions that a process names."""
    if not isinstance(node, Sub):
        return
    try:
        form = target_form(tx, process.form, node)
        if node.when:
            _condition(tx, form, node.when)
        other = _known(tx).get(node.process)
        if other is not None and other.key != process.key and other.form != form:
            labels = {one.key: one.label for one in forms.catalog(tx).forms}
            facts = {"process": other.label, "form": labels.get(other.form, other.form), "meant": labels[form]}
            yield Invalid("processes.sub_form", path=f"{path}.process", label=named(node), **facts)
    except Invalid as error:
        yield Invalid(error.code, path=f"{path}.{error.path}", **error.facts)
    chain = _chain(tx, process, node.process)
    if chain:
        yield Invalid("processes.sub_circle", path=f"{path}.process", label=named(node), chain=" → ".join(chain))


def _condition(tx: Tx, form: str, text: str) -> None:
    try:
        formula.check(text, forms.catalog(tx).scope(form), "yes_no")
    except Invalid as error:
        raise Invalid(error.code, path="when", **error.facts) from error


def _chain(tx: Tx, process: Process, first: str) -> Sequence[str]:
    """The labels on the way from a process through what it calls back to itself; none: there is no such way."""
    every = {**_known(tx), process.key: process}
    calls = {key: _calls(one) for key, one in every.items()}
    labels = {key: one.label for key, one in every.items()}
    for one in running(tx):
        if not one.current:
            calls.setdefault(one.process.key, set()).update(_calls(one.process))
            labels.setdefault(one.process.key, one.process.label)
    ways, seen = [[process.key, first]], {first}
    for way in ways:
        if way[-1] == process.key:
            return [labels[key] for key in way]
        for key in sorted(calls.get(way[-1], set())):
            if key not in seen:
                seen.add(key)
                ways.append([*way, key])
    return ()


def references(process: Process, node: Node, path: str, place: str) -> list[forms.Reference]:
    """The fields and formulas that such a node needs."""
    if not isinstance(node, Sub):
        return []
    form = process.form
    if node.over:
        rows = f"COUNTIF({node.over}, {node.when or 'TRUE'})"
        return [forms.Reference(f"{path}.over", form, rows, place=place)]
    found = [forms.Reference(f"{path}.record", form, node.record, place=place)] if node.record else []
    if node.when:
        one = forms.Reference(f"{path}.when", form, node.when, through=node.record, want="yes_no", place=place)
        found.append(one)
    return found

"""The kinds of definitions that an app is made of, in the order in which they build on each other.

Each kind knows its folder, how a tree becomes a definition and back, what is in force, and how to publish.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from perennial import access, forms, messages, processes, records, reports
from perennial.kernel import Tx

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One folder of an app. `name` is the attribute that holds a definition's key in its file."""

    name: str
    folder: str
    load: Callable[[Tree], Any]
    dump: Callable[[Any], dict[str, Any]]
    current: Callable[[Tx], Iterable[Any]]
    publish: Callable[[Tx, list[Any]], None]

    def key(self, tree: Tree) -> str:
        return str(tree.get(self.name, ""))


def _each(act: Callable[[Tx, Any], Any]) -> Callable[[Tx, list[Any]], None]:
    def publish(tx: Tx, definitions: list[Any]) -> None:
        for definition in definitions:
            act(tx, definition)

    return publish


def _publish_forms(tx: Tx, definitions: list[Any]) -> None:
    forms.apply(tx, forms.propose(tx, definitions))
    for definition in definitions:
        records.ensure_indexes(tx, definition.key)


KINDS: tuple[Kind, ...] = (
    Kind("form", "forms", forms.load, forms.dump, lambda tx: forms.catalog(tx).forms, _publish_forms),
    Kind("role", "roles", access.load, access.dump, access.roles, access.publish),
    Kind(
        "audience", "audiences", messages.Audience.load, messages.Audience.dump, messages.audiences,
        _each(messages.publish_audience),
    ),
    Kind(
        "template", "templates", messages.Template.load, messages.Template.dump, messages.templates,
        _each(messages.publish_template),
    ),
    Kind("process", "processes", processes.load, processes.dump, processes.current, _each(processes.publish)),
    Kind(
        "dashboard", "dashboards", reports.Dashboard.load, reports.Dashboard.dump, reports.dashboards,
        _each(reports.publish),
    ),
)  # fmt: skip

"""The kinds of definitions that an app is made of, in the order in which they build on each other.

Each kind knows its folder, how a tree becomes a definition and back, what is in force, how to publish and take away,
and what a definition names: fields of forms (`references`) and definitions of other kinds (`names`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from perennial import access, forms, messages, people, processes, records, reports, rules
from perennial.forms import Reference, decisions
from perennial.kernel import Invalid, Problem, Tx

Tree = Mapping[str, Any]
Severity = Literal["error", "hint"]
Name = tuple[str, str, str, str]  # path, kind, key, place


def _nothing(_: Any) -> list[Name]:
    return []


@dataclass(frozen=True, slots=True)
class Kind:
    """One folder of an app. `name` is the attribute that holds a definition's key in its file."""

    name: str
    folder: str
    load: Callable[[Tree], Any]
    dump: Callable[[Any], dict[str, Any]]
    current: Callable[[Tx], Iterable[Any]]
    publish: Callable[[Tx, list[Any]], None]  # forms are published by their plan
    remove: Callable[[Tx, Sequence[str]], None]
    references: Callable[[Any], list[Reference]]
    zh: str  # how many: 2 个流程
    en: str
    names: Callable[[Any], list[Name]] = _nothing
    drawn: Callable[[Tx, Tree], Iterable[tuple[Severity, Problem]]] | None = (
        None  # all that is wrong with a draft of it
    )

    def key(self, tree: Tree) -> str:
        return str(tree.get(self.name, ""))


def _each(act: Callable[[Tx, Any], Any]) -> Callable[[Tx, list[Any]], None]:
    def publish(tx: Tx, definitions: list[Any]) -> None:
        for definition in definitions:
            act(tx, definition)

    return publish


def publish_forms(tx: Tx, plan: forms.Plan) -> None:
    """Definitions, tables, indexes; those of a long form are left to the job."""
    records.stop_builds(tx)
    forms.apply(tx, plan)
    for form in plan.forms:
        records.ensure_indexes(tx, form.key)


def _hide_forms(tx: Tx, keys: Sequence[str]) -> None:
    publish_forms(tx, forms.propose(tx, [], hide=keys))


def _remove_roles(tx: Tx, keys: Sequence[str]) -> None:
    for key in keys:
        if holders := people.holders(tx, key):
            raise Invalid("apps.role_held", path=key, role=key, count=len(holders))
    access.publish(tx, [], removed=keys)


KINDS: tuple[Kind, ...] = (
    Kind(
        "form", "forms", forms.load, forms.dump, lambda tx: forms.catalog(tx).forms,
        lambda tx, definitions: publish_forms(tx, forms.propose(tx, definitions)), _hide_forms, forms.references,
        "个表单", "form",
    ),
    Kind(
        "decision", "decisions", decisions.load, decisions.dump, decisions.current, decisions.publish, decisions.remove,
        decisions.references, "张决策表", "decision table", drawn=decisions.drawn,
    ),
    Kind(
        "role", "roles", access.load, access.dump, access.roles, access.publish, _remove_roles, access.references,
        "个角色", "role",
    ),
    Kind(
        "view", "views", records.SharedView.load, records.SharedView.dump, records.shared_views,
        _each(records.publish_view), records.remove_views, records.view_references, "个视图", "view",
    ),
    Kind(
        "audience", "audiences", messages.Audience.load, messages.Audience.dump, messages.audiences,
        _each(messages.publish_audience), messages.remove_audiences, messages.audience_references,
        "组收件人", "audience",
    ),
    Kind(
        "template", "templates", messages.Template.load, messages.Template.dump, messages.templates,
        _each(messages.publish_template), messages.retire_templates, messages.template_references,
        "个模板", "template", drawn=messages.template_problems,
    ),
    Kind(
        "process", "processes", processes.load, processes.dump, processes.current, processes.publish_set,
        processes.switch_off, processes.references, "个流程", "process", processes.names,
        lambda tx, tree: ((one.severity, one.problem) for one in processes.problems(tx, tree)),
    ),
    Kind(
        "rule", "rules", rules.load, rules.dump, rules.current, _each(rules.publish), rules.remove, rules.references,
        "条规则", "rule", rules.names, lambda tx, tree: (("error", one) for one in rules.problems(tx, tree)),
    ),
    Kind(
        "dashboard", "dashboards", reports.Dashboard.load, reports.Dashboard.dump, reports.dashboards,
        _each(reports.publish), reports.remove, reports.references, "个仪表盘", "dashboard",
    ),
)  # fmt: skip


def kind_of(name: str) -> Kind:
    """Invalid for a kind that there is not."""
    found = next((kind for kind in KINDS if kind.name == name), None)
    if found is None:
        raise Invalid("apps.kind", path="kind", kind=name, known=[kind.name for kind in KINDS])
    return found

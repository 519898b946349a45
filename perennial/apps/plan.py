"""What applying an app would do, then doing it, in one transaction."""

from dataclasses import dataclass
from typing import Any, Literal

from perennial import forms
from perennial.apps.kinds import KINDS
from perennial.apps.tree import BUNDLED, App, current, load
from perennial.kernel import SYSTEM, Database, Reason, Tx


@dataclass(frozen=True, slots=True)
class Step:
    """One definition that comes or changes; `operations` are a form's graded changes."""

    act: Literal["create", "change"]
    kind: str
    key: str
    label: str
    operations: tuple[forms.Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are done; definitions that the app does not name stay as they are."""

    app: App
    steps: tuple[Step, ...]

    @property
    def empty(self) -> bool:
        return not self.steps


def plan(tx: Tx, app: App) -> Plan:
    """Compare with what is in force. Writes nothing.

    errors   Invalid when the forms would not fit together afterwards
    """
    now = current(tx)
    steps: list[Step] = []
    for kind in KINDS:
        known = {key: kind.dump(one) for key, one in now.of(kind).items()}
        changed = {key: one for key, one in app.of(kind).items() if known.get(key) != kind.dump(one)}
        operations = forms.propose(tx, list(changed.values())).operations if kind.name == "form" and changed else ()
        for key, one in changed.items():
            mine = tuple(operation for operation in operations if operation.form == key)
            act: Literal["create", "change"] = "change" if key in known else "create"
            steps.append(Step(act, kind.name, key, _label(kind.dump(one)), mine))
    return Plan(app, tuple(steps))


def apply(tx: Tx, proposed: Plan) -> None:
    """Publish everything in the plan, each kind at once, in dependency order."""
    for kind in KINDS:
        wanted = [proposed.app.of(kind)[step.key] for step in proposed.steps if step.kind == kind.name]
        if wanted:
            kind.publish(tx, wanted)


def _label(tree: dict[str, Any]) -> str:
    return str(tree.get("label", ""))


def ensure(database: Database, name: str = "renewal") -> bool:
    """On a workspace without any form the bundled app is published; True when it was."""
    with database.begin(SYSTEM, Reason("publish", {"app": name})) as tx:
        tx.lock("apps.ensure")
        if forms.catalog(tx).forms:
            return False
        apply(tx, plan(tx, load(BUNDLED / name)))
        return True

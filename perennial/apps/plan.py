"""What a publication would do and touch, before it does it.

In:   changes: definitions with the trees that they shall have (None: they shall go)
Out:  a plan: steps with graded operations, problems, uses with what becomes of them, running work, records that fall
      short of new requirements. Nothing is written
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from perennial import access, forms, processes, records
from perennial.apps.kinds import KINDS, Kind, kind_of
from perennial.apps.tree import App, current
from perennial.apps.uses import Effect, Fault, Use, Whole, faults, label, reads, uses
from perennial.forms import Catalog, Operation
from perennial.kernel import Invalid, Problem, Tx

Act = Literal["create", "change", "remove"]
Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A definition shall be as its tree says; None: it shall go."""

    kind: str
    key: str
    tree: Tree | None


@dataclass(frozen=True, slots=True)
class Step:
    """One definition that comes, changes or goes; `operations` are a form's graded changes."""

    act: Act
    kind: str
    key: str
    label: str
    operations: tuple[Operation, ...] = ()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Something to mend (error) or to know (hint), with its place in a definition."""

    severity: Literal["error", "hint"]
    kind: str
    key: str
    problem: Problem

    @property
    def path(self) -> str:
        return self.problem.path or ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are done; definitions that are not named stay as they are.

    named    (form, field) -> its label, of everything that broken places read
    checked  how many places were looked at
    running  processes that change while instances run: these stay on the version they stand on
    """

    app: App
    steps: tuple[Step, ...]
    problems: tuple[Found, ...] = ()
    faults: tuple[Fault, ...] = ()
    named: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    uses: tuple[Use, ...] = ()
    checked: int = 0
    running: tuple[processes.Running, ...] = ()
    forms: "forms.Plan | None" = field(default=None, repr=False)
    hints: tuple[Found, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.steps

    @property
    def publishable(self) -> bool:
        return bool(self.steps) and not self.faults and not any(one.severity == "error" for one in self.problems)

    @property
    def lock_ms(self) -> int:
        """About how long a save may wait while it is published."""
        return sum(operation.ms for step in self.steps for operation in step.operations)


def plan(tx: Tx, app: App) -> Plan:
    """What applying an app's files would do: definitions that it does not name stay."""
    changes = [Change(kind.name, key, kind.dump(one)) for kind in KINDS for key, one in app.of(kind).items()]
    return propose(tx, changes)


def propose(tx: Tx, changes: Iterable[Change], *, back: Mapping[str, int] | None = None) -> Plan:
    """The plan of these changes together; whatever is wrong stands in it.

    back  form -> number of the publication that is undone
    """
    now = current(tx)
    found: list[Found] = []
    definitions = {kind.name: dict(now.of(kind)) for kind in KINDS}
    steps: list[Step] = []
    half: list[Change] = []
    for change in changes:
        kind = kind_of(change.kind)
        try:
            step = _step(kind, change, definitions)
        except Problem as problem:
            if kind.drawn is None or problem.code == "apps.key":
                found.append(Found("error", change.kind, change.key, problem))
            else:
                half.append(change)  # all that is wrong with it is said below
            continue
        if step is not None:
            steps.append(step)
    order = [kind.name for kind in KINDS]
    steps.sort(key=lambda step: order.index(step.kind))
    before = Whole(now, forms.catalog(tx))
    app = App(now.name, definitions)
    after = Whole(app, _catalog(before, app, steps))
    broken = faults(tx, before, after)
    wrong = [one for one in broken if one.own]
    found += [Found("error", one.kind, one.key, _placed(one)) for one in wrong]
    broken = [one for one in broken if not one.own]
    form_plan, operations = _operations(tx, before, after, steps, found, bool(broken or wrong), back or {})
    if not back:
        found += _unsound(steps)
    half += [Change(step.kind, step.key, step.after) for step in steps]
    drawn = _drawn(tx, after, half, [*found, *(Found("error", one.kind, one.key, _placed(one)) for one in broken)])
    found += [one for one in drawn if one.severity == "error"]
    if not broken and not found:
        found += _checked(tx, after, steps)
    steps = [replace(step, operations=operations.get(step.key, ())) if step.kind == "form" else step for step in steps]
    broken = [_narrowed(one, steps) for one in broken]
    places = uses(Whole(app, before.catalog))
    return Plan(
        app, tuple(steps), tuple(found), tuple(broken), _named(before.catalog, broken),
        (*_touched(steps, places, broken), *_own_views(tx, before.catalog, steps)),
        len({(one.kind, one.key, one.path) for one in places}), tuple(_running(tx, steps)), form_plan,
        tuple(one for one in drawn if one.severity == "hint"),
    )  # fmt: skip


def _step(kind: Kind, change: Change, definitions: dict[str, dict[str, Any]]) -> Step | None:
    """The step of one change, and the definition among the others; None when it changes nothing."""
    known = definitions[kind.name]
    old = known.get(change.key)
    before = None if old is None else kind.dump(old)
    if change.tree is None:
        if old is None:
            return None
        del known[change.key]
        return Step("remove", kind.name, change.key, label(old), (), before, None)
    new = kind.load(change.tree)
    after = kind.dump(new)
    if kind.key(after) != change.key:
        raise Invalid("apps.key", path=kind.name, key=kind.key(after), wanted=change.key)
    if after == before:
        return None
    known[change.key] = new
    return Step("create" if old is None else "change", kind.name, change.key, label(new), (), before, after)


def _unsound(steps: Sequence[Step]) -> list[Found]:
    """What is new in forms and cannot be read or counted by people; what was published once may come back."""
    load = kind_of("form").load
    return [
        Found("error", "form", step.key, problem)
        for step in steps
        if step.kind == "form" and step.after is not None
        for problem in forms.unsound(load(step.after), load(step.before) if step.before else None)
    ]


def _catalog(before: Whole, app: App, steps: Sequence[Step]) -> Catalog:
    named = app.definitions["form"]
    changed = [named[step.key] for step in steps if step.kind == "form" and step.act != "remove"]
    tables = {key: one for key, one in before.catalog.decisions.items() if key not in _gone(steps, "decision")}
    for step in steps:
        if step.kind == "decision" and step.after is not None:
            old = tables.get(step.key)
            tables[step.key] = forms.decisions.interface(0 if old is None else old.id, step.after)
    return forms.merged(before.catalog, changed, _gone(steps, "form"), tables)


def _gone(steps: Sequence[Step], kind: str) -> list[str]:
    return [step.key for step in steps if step.kind == kind and step.act == "remove"]


def _operations(
    tx: Tx,
    before: Whole,
    after: Whole,
    steps: Sequence[Step],
    found: list[Found],
    broken: bool,
    back: Mapping[str, int],
) -> tuple["forms.Plan | None", dict[str, tuple[Operation, ...]]]:
    """The plan of the forms and its operations by form; of forms that do not fit together only the plain difference."""
    mine = [step for step in steps if step.kind == "form"]
    kind = kind_of("form")
    wanted = [kind.load(step.after) for step in mine if step.after is not None]
    hidden = _gone(steps, "form")
    if not mine:
        return None, {}
    try:
        proposed = forms.propose(tx, wanted, hide=hidden, back=back, decisions=after.catalog.decisions)
        operations = proposed.operations
    except Invalid as problem:
        if not broken:
            found.append(_found_in(problem, [step.key for step in mine]))
        proposed = None
        operations = tuple(
            operation for form in wanted for operation in forms.difference(before.app.of(kind).get(form.key), form)
        )
        operations += tuple(Operation("hide_form", key, grade="lossy") for key in hidden)
    named = {step.key for step in mine}
    grouped: dict[str, list[Operation]] = {}
    for operation in operations:
        # a formula elsewhere that changes its storage is shown where the change comes from
        grouped.setdefault(operation.form if operation.form in named else mine[0].key, []).append(operation)
    return proposed, {key: tuple(some) for key, some in grouped.items()}


def _found_in(problem: Problem, keys: Sequence[str]) -> Found:
    """The definition that a path such as `deal.fields[3].formula` leads into, and the path within it."""
    path = problem.path or ""
    key = next((key for key in keys if path.startswith(f"{key}.")), "")
    inside = type(problem)(problem.code, path=path.removeprefix(f"{key}."), **problem.facts)
    return Found("error", "form", key or keys[0], inside)


def _narrowed(fault: Fault, steps: Sequence[Step]) -> Fault:
    """Of what the place reads only what changes."""
    changed = {(one.form, one.field) for step in steps for one in step.operations if one.act != "change_form"}
    hidden = {one.form for step in steps for one in step.operations if one.act == "hide_form"}
    mine = frozenset(at for at in fault.reads if at in changed or at[0] in hidden)
    return replace(fault, reads=mine or fault.reads)


def _named(catalog: Catalog, broken: Sequence[Fault]) -> dict[tuple[str, str], str]:
    """Labels of what broken places read: of the field, or of the whole form."""
    found: dict[tuple[str, str], str] = {}
    for form, key in sorted({at for fault in broken for at in fault.reads}):
        known = catalog.form(form) if form in catalog else None
        field_ = known.field(key) if known is not None else None
        table = catalog.decisions.get(form.removeprefix("decision/"))
        if table is not None and known is None:
            found[form, key] = table.label
            continue
        found[form, key] = field_.words if field_ is not None else known.words if known is not None else form
    return found


def _placed(fault: Fault) -> Problem:
    return type(fault.error)(fault.error.code, path=fault.path, **fault.error.facts)


def _drawn(tx: Tx, after: Whole, changes: Sequence[Change], said: Sequence[Found]) -> list[Found]:
    """All that is wrong with each draft, but for places of which it is said already."""
    known = {(one.kind, one.key, one.path) for one in said}
    found: list[Found] = []
    with forms.supposing(tx, after.catalog), processes.supposing(tx, after.app.definitions["process"]):
        for change in changes:
            kind = kind_of(change.kind)
            if kind.drawn is None or change.tree is None:
                continue
            for severity, problem in kind.drawn(tx, change.tree):
                if (change.kind, change.key, problem.path) not in known:
                    found.append(Found(severity, change.kind, change.key, problem))
    return found


def _checked(tx: Tx, after: Whole, steps: Sequence[Step]) -> list[Found]:
    """What each room itself says of its definitions as they would be."""
    found: list[Found] = []
    changed = {(step.kind, step.key) for step in steps}
    with forms.supposing(tx, after.catalog), processes.supposing(tx, after.app.definitions["process"]):
        for key, process in after.app.definitions["process"].items():
            found += _says("process", key, lambda one=process: processes.check(tx, one))
        for key, role in after.app.definitions["role"].items():
            if ("role", key) in changed:
                found += _says("role", key, lambda one=role: access.verify(one, after.catalog))
    return found


def _says(kind: str, key: str, check: Any) -> list[Found]:
    try:
        check()
    except Invalid as problem:
        return [Found("error", kind, key, problem)]
    return []


def _running(tx: Tx, steps: Sequence[Step]) -> list[processes.Running]:
    changed = {step.key for step in steps if step.kind == "process"}
    return [one for one in processes.running(tx) if one.process.key in changed] if changed else []


_EFFECTS: Mapping[str, Effect] = {
    "hide_field": "breaks", "hide_form": "breaks", "convert_field": "check", "set_formula": "follows",
}  # fmt: skip


def _touched(steps: Sequence[Step], places: Sequence[Use], broken: Sequence[Fault]) -> list[Use]:
    """The uses of whatever changes, with what becomes of them."""
    effects = _effects(steps, places)
    certain = {(one.kind, one.key, one.path) for one in broken}
    found = {
        (one.form, one.field, one.kind, one.key, one.path): replace(one, effect=_effect(effects, one, certain))
        for one in places
        if (one.form, one.field) in effects
    }
    for fault in broken:
        for use in fault.uses():
            found[use.form, use.field, use.kind, use.key, f"{use.path} {fault.open or ''}".strip()] = use
    return list(found.values())


def _effects(steps: Sequence[Step], places: Sequence[Use]) -> dict[tuple[str, str], Effect]:
    """(form, field) -> what its change means for a place that reads it."""
    effects: dict[tuple[str, str], Effect] = {
        (f"decision/{step.key}", ""): "follows" for step in steps if step.kind == "decision" and step.act == "change"
    }
    for operation in (one for step in steps for one in step.operations):
        effect = _EFFECTS.get(operation.act, "none")
        if operation.act == "change_field" and operation.before and operation.after:
            effect = "check" if operation.before.options != operation.after.options else "none"
        if operation.act == "hide_form":
            effects |= {(one.form, one.field): effect for one in places if one.form == operation.form}
        elif operation.field:
            effects[operation.form, operation.field] = effect
    return effects


def _own_views(tx: Tx, catalog: Catalog, steps: Sequence[Step]) -> list[Use]:
    """Persons' own views that show what changes: named, so that nothing goes unseen; they stop nobody."""
    found: dict[Use, None] = {}
    effects = _effects(steps, ())
    if effects:
        for view in records.own_views(tx):
            for reference in records.view_references(view):
                for at in sorted(reads(catalog, reference) & set(effects)):
                    effect: Effect = "check" if effects[at] in ("breaks", "check") else "none"
                    found[Use(*at, "own_view", view.key, view.label, reference.path, "", effect)] = None
    return list(found)


def _effect(effects: Mapping[tuple[str, str], Effect], use: Use, broken: set[tuple[str, str, str]]) -> Effect:
    effect = effects[use.form, use.field]
    if (use.kind, use.key, use.path) in broken:
        return "breaks"
    return "none" if effect == "breaks" else effect  # it may lose the field: a grant on it says nothing then

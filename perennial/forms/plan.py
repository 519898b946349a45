"""What a publication will do, before it does it: a pure difference of definitions, graded.

instant   a word in the catalogue, nothing visits the rows
rewrite   visits every row; nothing is lost
lossy     values go out of sight or become blank; `facts` says how many
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from perennial.forms.definition import Field, Form
from perennial.forms.kinds import KINDS

Grade = Literal["instant", "rewrite", "lossy"]
Act = Literal[
    "create_form", "restore_form", "change_form", "hide_form",
    "add_field", "restore_field", "change_field", "convert_field", "hide_field", "set_formula",
    "set_unique", "drop_unique",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A column set aside: its field as it was, and the newest change then; what was written later is converted.
    `undone`: by the publication that is undone, so a converted field returns to it."""

    column: str
    field: Field
    mark: int
    undone: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """A record whose value has no reading in the new kind."""

    id: int
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One step. `before` and `after` are the field on both sides, where there is one."""

    act: Act
    form: str
    field: str | None = None
    grade: Grade = "instant"
    before: Field | None = None
    after: Field | None = None
    fields: tuple[str, ...] = ()  # set_unique, drop_unique
    dependents: tuple[str, ...] = ()  # "contract.overdue": formulas that read it
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])
    rows: int = 0  # that it visits, or whose value goes out of sight
    ms: int = 0  # about how long it holds the table, a guess from `rows`
    lost: tuple[Lost, ...] = ()  # the first values that become blank
    short: int = 0  # live records that do not meet a requirement which is new
    first_short: tuple[Lost, ...] = ()
    kept: Kept | None = None  # restore_field, convert_field: the column that comes back

    def as_json(self) -> dict[str, Any]:
        facts = {"dependents": list(self.dependents)} if self.dependents else {}
        return {"act": self.act, "form": self.form, "field": self.field, "grade": self.grade, **self.facts, **facts}


@dataclass(frozen=True, slots=True)
class Plan:
    """What `apply` will do; good as long as nobody else published since (`version`)."""

    version: int  # of the catalog it was proposed against
    forms: tuple[Form, ...]  # their definitions afterwards
    hidden: tuple[str, ...]  # forms that go out of sight
    operations: tuple[Operation, ...]

    @property
    def empty(self) -> bool:
        return not self.operations

    @property
    def grade(self) -> Grade:
        grades = {operation.grade for operation in self.operations}
        return "lossy" if "lossy" in grades else "rewrite" if "rewrite" in grades else "instant"


def difference(old: Form | None, new: Form, aside: Mapping[str, Kept] | None = None) -> list[Operation]:
    """The operations that turn `old` into `new`; `aside` holds the columns that may come back, by field."""
    if old is None:
        return [Operation("create_form", new.key, facts={"fields": len(new.fields)})]
    found: list[Operation] = []
    if replace(old, fields=(), unique=()) != replace(new, fields=(), unique=()) or _order(old, new) != _order(new, old):
        found.append(Operation("change_form", new.key))
    for field_ in old.fields:
        if new.field(field_.key) is None:
            found.append(Operation("hide_field", new.key, field_.key, before=field_))
    for field_ in new.fields:
        before = old.field(field_.key)
        if before is None:
            kept = (aside or {}).get(field_.key)
            if kept is not None and same_column(kept.field, field_):
                found.append(
                    Operation("restore_field", new.key, field_.key, after=field_, before=kept.field, kept=kept)
                )
            else:
                found.append(Operation("add_field", new.key, field_.key, after=field_))
        elif before != field_:
            found.append(_changed(new.key, before, field_, (aside or {}).get(field_.key)))
    found += _uniques(old, new)
    return found


def _order(form: Form, other: Form) -> list[str]:
    return [field_.key for field_ in form.fields if other.field(field_.key) is not None]


def _changed(form: str, before: Field, after: Field, kept: Kept | None) -> Operation:
    if not same_column(before, after):
        returns = kept is not None and kept.undone and after.kind != "formula" and same_column(kept.field, after)
        return Operation("convert_field", form, after.key, "rewrite", before, after, kept=kept if returns else None)
    if before.kind == "formula" and (before.formula, before.stored, before.tracked) != (
        after.formula,
        after.stored,
        after.tracked,
    ):
        return Operation("set_formula", form, after.key, before=before, after=after)
    return Operation("change_field", form, after.key, before=before, after=after)


def _uniques(old: Form, new: Form) -> list[Operation]:
    """Unique groups by the fields they hold; one whose field was converted or brought back is made anew by `apply`."""
    had, wanted = unique_groups(old), unique_groups(new)
    gone = [Operation("drop_unique", new.key, fields=group) for group in had if group not in wanted]
    return gone + [
        Operation("set_unique", new.key, grade="rewrite", fields=group) for group in wanted if group not in had
    ]


def unique_groups(form: Form) -> list[tuple[str, ...]]:
    """Every set of fields that no two live records may share."""
    single = [(field_.key,) for field_ in form.fields if field_.unique]
    return single + [unique.fields for unique in form.unique]


def same_column(before: Field, after: Field) -> bool:
    """True when the stored values need not be touched to mean the new field."""
    old, new = KINDS[before.kind], KINDS[after.kind]
    if before.kind == "relation" and after.kind == "relation":
        return before.to == after.to
    if old.value == "reference" or new.value == "reference" or "formula" in (before.kind, after.kind):
        return before.kind == after.kind
    if ("select" in (before.kind, after.kind)) and before.kind != after.kind:
        return False  # labels become keys, or keys labels
    if old.value == new.value == "references":
        return (before.kind, before.to) == (after.kind, after.to)
    if (before.kind, after.kind) == ("attachment", "image"):
        return False  # not every file is one
    return (old.ddl, old.limits, old.value) == (new.ddl, new.limits, new.value)


def by_form(operations: Sequence[Operation]) -> dict[str, list[Operation]]:
    grouped: dict[str, list[Operation]] = {}
    for operation in operations:
        grouped.setdefault(operation.form, []).append(operation)
    return grouped

"""What the designers' doors take and give."""

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, Field

Tree = dict[str, Any]


class By(BaseModel):
    id: int | None
    label: str


class ClashOut(BaseModel):
    """One place that the draft and a publication since both changed."""

    path: str
    base: Any
    mine: Any
    theirs: Any


class DraftHead(BaseModel):
    id: int
    by: By
    at: dt.datetime
    version: int


class DraftOut(DraftHead):
    """`stale`: somebody published since it began; `merged` would be published; `conflicts` wait for a choice."""

    kind: str
    key: str
    label: str
    tree: Tree | None
    base: Tree | None
    merged: Tree | None
    stale: bool
    conflicts: list[ClashOut]


class FixOut(BaseModel):
    path: str
    value: str


class ProblemOut(BaseModel):
    severity: Literal["error", "hint"]
    kind: str
    key: str
    code: str
    text: str
    path: str
    facts: dict[str, Any]
    fix: FixOut | None


class Saved(BaseModel):
    draft: DraftOut
    problems: list[ProblemOut]


class DefinitionOut(BaseModel):
    """`state`: published as it stands, changed by a draft, new (only a draft), going (a draft takes it away)."""

    kind: str
    key: str
    label: str
    label_en: str | None
    state: Literal["published", "changed", "new", "going"]
    number: int
    published: "PublishedOut | None"
    draft: DraftHead | None


class PublishedOut(BaseModel):
    id: int
    at: dt.datetime
    by: By
    note: str


class DefinitionTree(BaseModel):
    kind: str
    key: str
    current: Tree | None
    draft: DraftOut | None


class RowOut(BaseModel):
    id: int
    label: str
    value: str = ""


class DiffersOut(BaseModel):
    """`what` differs: an attribute, options_added, options_gone, options_renamed, options_order, order."""

    what: str
    names: list[str]
    before: str
    on: bool


class OperationOut(BaseModel):
    """`lost` values become blank; `short` records do not meet what is required from now on."""

    act: str
    form: str
    field: str | None
    kind: str  # of the field afterwards
    was: str  # its kind before
    label: str
    differs: list[DiffersOut]
    grade: Literal["instant", "rewrite", "lossy"]
    rows: int
    ms: int
    values: int
    lost: int
    examples: list[RowOut]
    short: int
    first_short: list[RowOut]
    fields: list[str]
    returns: bool  # a column that was set aside comes back
    facts: dict[str, Any]


class StepOut(BaseModel):
    act: Literal["create", "change", "remove"]
    kind: str
    key: str
    label: str
    number: int  # which publication of it this will be
    operations: list[OperationOut]


class UseOut(BaseModel):
    form: str
    field: str
    kind: str
    key: str
    label: str
    path: str
    place: str
    effect: Literal["breaks", "check", "follows", "none"]


class RunningOut(BaseModel):
    """Instances of a process that changes; they go on on the version on which they stand."""

    process: str
    label: str
    version: int
    open: int


class PlanOut(BaseModel):
    version: int
    seen: dict[int, int]
    publishable: bool
    problems: list[ProblemOut]
    steps: list[StepOut]
    uses: list[UseOut]
    checked: int
    breaks: int
    running: list[RunningOut]
    lock_ms: int
    merged: bool


class DefinitionRef(BaseModel):
    kind: str
    key: str
    label: str
    act: str


class PublicationOut(BaseModel):
    id: int
    at: dt.datetime
    by: By
    note: str
    definitions: list[DefinitionRef]
    undoes: int | None
    undone_by: int | None


class TreeIn(BaseModel):
    """`version`: of the draft that was edited; null: there was none. A tree of null takes the definition away.
    `had`: the tree as it was read; what colleagues did since stays, unless `insist` where both changed one place."""

    tree: Tree | None
    version: int | None = None
    had: Tree | None = None
    insist: bool = False


class TakeIn(BaseModel):
    take: dict[str, Literal["mine", "theirs"]] = Field(default_factory=dict)


class DraftsIn(BaseModel):
    drafts: list[int] = Field(min_length=1, max_length=200)


class PublishIn(DraftsIn):
    """`version`, `seen`: of the plan that was looked at, and of its drafts by their numbers."""

    note: str = Field(default="", max_length=1000)
    version: int | None = None
    seen: dict[int, int] | None = None


class UndoIn(BaseModel):
    note: str = Field(default="", max_length=1000)

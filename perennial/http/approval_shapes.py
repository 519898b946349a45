"""What the doors of approvals take and give."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from perennial.http.files import FileOut
from perennial.http.seals import SealOut

VoteState = Literal[
    "waiting", "asked", "approved", "rejected", "given", "returned", "handed", "dropped", "skipped", "closed"
]
VoteKind = Literal["signer", "before", "after", "beside", "opinion"]
ApprovalState = Literal["open", "approved", "rejected", "returned", "closed"]
Mode = Literal["all", "any", "order", "vote"]
Act = Literal[
    "approve", "reject", "give", "return", "transfer", "delegate", "add", "remove", "withdraw", "urge", "read"
]
Opinion = Annotated[str, Field(max_length=4000)]


class Person(BaseModel):
    id: int
    name: str


class ApprovalRowOut(BaseModel):
    """One line of a list. `vote` opens the page. `record_title`: None where the record may not be read."""

    vote: int
    approval: int
    task: int | None
    form: str
    record_id: int
    record_title: str | None
    title: str
    node: str
    label: str
    label_en: str
    process: str
    process_label: str
    process_label_en: str | None
    round: int
    kind: VoteKind
    state: VoteState
    approval_state: ApprovalState
    submitter: Person | None
    opened_at: dt.datetime
    asked_at: dt.datetime | None
    due_at: dt.datetime | None
    workdays_left: int | None
    """After today, until it is due; negative: how long it has been."""
    decided_at: dt.datetime | None
    read_at: dt.datetime | None
    at_once: bool
    """Nothing but an outcome is needed: it may be approved in the list, with others."""


class ApprovalsOut(BaseModel):
    """`next`: what to send as `after` to read on; `waiting`: how many wait for me, whatever the view."""

    rows: list[ApprovalRowOut]
    next: str | None
    waiting: int


class VoteOut(BaseModel):
    """`person` or `role`: who is named; `turn` or `candidates`: whom its open task waits for, `found_by` why (named,
    deputy, owner, head, admin, role, person). `of`: the vote whose act made it, `by` who did. `counts`: False when
    something else stands for it. `why`: empty, repeated, timeout, changed, decided …"""

    id: int
    slot: int
    rank: int
    kind: VoteKind
    state: VoteState
    counts: bool
    why: str | None
    person: Person | None
    role: str | None
    role_en: str | None
    turn: Person | None
    candidates: list[str]
    found_by: str | None
    of: int | None
    by: Person | None
    opinion: str
    files: list[FileOut]
    signature: FileOut | None
    asked_at: dt.datetime | None
    due_at: dt.datetime | None
    decided_at: dt.datetime | None
    decided_by: Person | None
    urged_at: dt.datetime | None


class TaskStepOut(BaseModel):
    """Somebody did a task: the submission, and what came of a return. `sealed`: files that came with it for good."""

    kind: Literal["task"]
    at: dt.datetime
    node: str
    label: str
    label_en: str
    outcome: str
    outcome_label: str
    outcome_label_en: str
    by: Person
    sealed: list[SealOut]


class SystemStepOut(BaseModel):
    """The system changed or made a record."""

    kind: Literal["system"]
    at: dt.datetime
    node: str
    label: str
    label_en: str


class ReturnStepOut(BaseModel):
    """It was sent back to `node`; without `vote`, the submitter withdrew it. `over_at`: done again there."""

    kind: Literal["return"]
    at: dt.datetime
    node: str
    label: str
    label_en: str
    how: Literal["redo", "straight"]
    vote: int | None
    opinion: str
    over_at: dt.datetime | None
    by: Person | None


class ApprovalStepOut(BaseModel):
    """An approval with its votes, by slot and rank. `current`: the one that this page is about."""

    kind: Literal["approval"]
    id: int
    at: dt.datetime
    node: str
    label: str
    label_en: str
    round: int
    mode: Mode
    ratio: float
    veto: bool
    state: ApprovalState
    decided_at: dt.datetime | None
    current: bool
    votes: list[VoteOut]


TrailStep = Annotated[TaskStepOut | SystemStepOut | ReturnStepOut | ApprovalStepOut, Field(discriminator="kind")]


class ApprovalFieldOut(BaseModel):
    """`right`: what this node lets me do with it, within what I may anyway. Fields that it hides are left out."""

    field: str
    right: Literal["read", "write", "required"]


class ChangedOut(BaseModel):
    """A field that differs from when I looked or decided last, values as the record's own page gives them. `by`: who
    changed it last, None for what is computed."""

    field: str
    before: Any
    after: Any
    by: str | None
    at: dt.datetime | None


class OnwardOut(BaseModel):
    """Where it goes when it is decided; `end`: this branch is over."""

    outcome: Literal["approved", "rejected"]
    key: str | None
    kind: str
    label: str
    label_en: str


class BackOut(BaseModel):
    """A step that it may be sent back to, the nearest first."""

    key: str
    kind: Literal["task", "approval"]
    label: str
    label_en: str


class ApprovalOut(ApprovalRowOut):
    """The page of one approval. `mine`: it is my turn. `may`: what I may do now. `version`: of the record, for values.
    `removable`: votes that I may take back."""

    mine: bool
    mode: Mode
    ratio: float
    veto: bool
    opinion: Literal["none", "reject", "always"]
    attachments: bool
    signature: bool
    version: int | None
    may: list[Act]
    fields: list[ApprovalFieldOut]
    changed: list[ChangedOut]
    changed_since: dt.datetime | None
    trail: list[TrailStep]
    onward: list[OnwardOut]
    back: list[BackOut]
    removable: list[int]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DecideIn(_Input):
    """`values`: fields of the record that the node lets me write, `version` as I read it. `files`, `signature`: my
    uploads."""

    outcome: Literal["approved", "rejected"]
    opinion: Opinion = ""
    files: list[int] = Field(default_factory=list[int], max_length=20)
    signature: int | None = None
    values: dict[str, Any] = Field(default_factory=dict[str, Any])
    version: int | None = None


class DecideManyIn(_Input):
    votes: list[int] = Field(min_length=1, max_length=200)
    outcome: Literal["approved", "rejected"]
    opinion: Opinion = ""


class AddIn(_Input):
    """`before`: my own vote waits for theirs; `after`: I approve, then they are asked; `beside`: at the same time."""

    people: list[int]
    where: Literal["before", "after", "beside"]
    opinion: Opinion = ""


class HandIn(_Input):
    person: int
    opinion: Opinion = ""


class ReturnIn(_Input):
    """`to`: one of `back`. `redo`: everything behind it again; `straight`: when it is done there, back to me, and to
    who saw what changed."""

    to: str
    how: Literal["redo", "straight"]
    opinion: Opinion


class RefusedVoteOut(BaseModel):
    """Why this one was not decided."""

    vote: int
    code: str
    text: str


class DecidedOut(BaseModel):
    done: list[int]
    refused: list[RefusedVoteOut]

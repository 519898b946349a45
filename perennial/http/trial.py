"""A draft of a process is tried on one record, step by step; nothing stays."""

import datetime as dt
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, Field

from perennial import access, processes
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Missing

router = Router(tags=["processes"])

MOST = 100  # steps of one walk


class ChoiceIn(BaseModel):
    """At the `nth` of what stands at a node: time passes, its task or vote is done so, what it waits for has come."""

    act: Literal["forward", "finish", "decide", "assume"]
    node: str
    nth: int = 0
    outcome: str = ""
    values: dict[str, Any] = {}


class TrialIn(BaseModel):
    tree: dict[str, Any]
    record_id: int
    choices: list[ChoiceIn] = Field(default=[], max_length=MOST)


class SteppedOut(BaseModel):
    node: str
    outcome: str
    at: dt.datetime


class OpenedOut(BaseModel):
    node: str
    title: str
    people: list[str]
    due_at: dt.datetime | None


class SaidOut(BaseModel):
    """A message that would leave: to whom, by which channel, its text."""

    node: str | None
    name: str | None
    channel: str
    outward: bool
    state: str
    due_at: dt.datetime
    subject: str
    body: str


class WrittenOut(BaseModel):
    """What becomes of a record; `values`: of a new one."""

    form: str
    record_id: int
    title: str | None
    op: str
    fields: list[dict[str, Any]]
    values: dict[str, Any] | None = None


class RoundOut(BaseModel):
    """What the beginning, or one choice, did. `unseen`: how much of it the reader may not see."""

    at: dt.datetime
    steps: list[SteppedOut]
    tasks: list[OpenedOut]
    messages: list[SaidOut]
    changes: list[WrittenOut]
    unseen: int


class StandsOut(BaseModel):
    """Where it stands then; a task or a vote (`asks`) is open, or a moment is waited for."""

    node: str
    state: str
    wake_at: dt.datetime | None
    code: str | None
    people: list[str]
    asks: Literal["task", "vote"] | None
    title: str | None
    due_at: dt.datetime | None
    proposal: dict[str, Any] | None


class TrialOut(BaseModel):
    """`rounds`: the beginning, then one per choice."""

    rounds: list[RoundOut]
    stands: list[StandsOut]


@router.post("/processes/trial")
def try_process(tx: InTx, given: TrialIn) -> TrialOut:
    """How this record would go on if the draft began for it now and these choices were made."""
    allow(tx, "design")
    form = str(given.tree.get("form", ""))
    rows = access.readable(tx, form)
    if tx.one(rows.select().where(rows.source.field("id") == given.record_id)) is None:
        raise Missing("records.missing", form=form)
    choices = [processes.Choice(**choice.model_dump()) for choice in given.choices]
    return TrialOut(**asdict(processes.trial(tx, given.tree, given.record_id, choices)))

"""A draft of a process is tried on one record; nothing stays."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from perennial import access, processes
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Missing

router = Router(tags=["processes"])


class TrialIn(BaseModel):
    tree: dict[str, Any]
    record_id: int


class SteppedOut(BaseModel):
    node: str
    outcome: str


class StandsOut(BaseModel):
    node: str
    state: str
    wake_at: dt.datetime | None
    code: str | None
    people: list[str]


class ToldOut(BaseModel):
    node: str
    count: int


class TrialOut(BaseModel):
    """The steps in order, where it stands then, and how many messages would be decided on the way."""

    steps: list[SteppedOut]
    stands: list[StandsOut]
    told: list[ToldOut]


@router.post("/processes/trial")
def try_process(tx: InTx, given: TrialIn) -> TrialOut:
    """How far this record would come by itself if the draft began for it now."""
    allow(tx, "design")
    form = str(given.tree.get("form", ""))
    rows = access.readable(tx, form)
    if tx.one(rows.select().where(rows.source.field("id") == given.record_id)) is None:
        raise Missing("records.missing", form=form)
    return TrialOut(**asdict(processes.trial(tx, given.tree, given.record_id)))

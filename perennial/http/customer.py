"""What happened around one record: a stream over what points to it, its tasks, messages and changes."""

import datetime as dt
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from perennial import messages, processes, records
from perennial.http.edge import InTx, Router
from perennial.http.seals import seals_out

router = Router(prefix="/forms", tags=["records"])


class StreamKind(BaseModel):
    """A kind of entries: a path of collections with the form of its records, or `:task`, `:message`,
    `:reply`, `:comment`, `:change`."""

    key: str
    form: str | None
    field: str | None = Field(description="The relation by which a record of this kind points here")


class StreamEntry(BaseModel):
    """`told`: of a record `{values, who, dated}`, of the others what there is to say."""

    kind: str
    id: int
    at: dt.datetime = Field(description="In the workspace's zone; of a dated record its day")
    form: str
    record_id: int
    title: str | None
    told: dict[str, Any]


class StreamPage(BaseModel):
    kinds: list[StreamKind]
    entries: list[StreamEntry]
    next: str | None


@router.get("/{form}/{record_id}/stream")
def read_stream(
    tx: InTx,
    form: str,
    record_id: int,
    kinds: Annotated[list[str], Query(default_factory=list[str], max_length=50)],
    after: Annotated[str | None, Query(max_length=4_000)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
    open: bool = False,
) -> StreamPage:
    """Newest first, as far as I may read; `next` as `after` gives what follows. `open`: of tasks those that wait."""
    found = records.stream(tx, form, record_id, kinds=kinds, after=after, limit=limit, open_only=open)
    subjects = messages.subjects(tx, [one.id for one in found.entries if one.kind == records.MESSAGE])
    sealed = processes.sealed_by(tx, [one.id for one in found.entries if one.kind == records.TASK])
    answers = messages.answers(tx, [one.id for one in found.entries if one.kind == records.REPLY])
    for one in found.entries:
        if one.kind == records.REPLY:
            one.told.update(answers[one.id])
        if one.kind == records.MESSAGE:
            one.told.update(subjects[one.id])
        if one.id in sealed and one.kind == records.TASK:
            one.told["sealed"] = [seal.model_dump(mode="json") for seal in seals_out(sealed[one.id])]
    return StreamPage.model_validate(found, from_attributes=True)

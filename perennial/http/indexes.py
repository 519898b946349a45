"""系统 > 数据库: sizes, the indexes that follow use, slow questions and what would help."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict

from perennial import apps, records
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Tx

router = Router(prefix="/database", tags=["records"])
Code = Annotated[str, Path(max_length=40)]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TableOut(_Out):
    """Sizes in bytes; `indexes`: how many every save keeps."""

    form: str
    rows: int
    size: int
    index_size: int
    indexes: int


class ReasonOut(_Out):
    why: Literal["trigger", "view", "own_view", "hand", "search", "sound", "title"]
    label: str


class IndexOut(_Out):
    """`keys`: fields in order; `order:name`: a value as lists sort it. `used` since `since`."""

    name: str
    form: str
    keys: list[str]
    reasons: list[ReasonOut]
    state: Literal["ready", "building", "waiting", "failed", "short", "full", "dropping", "dropped"]
    size: int
    used: int
    used_at: dt.datetime | None
    since: dt.datetime | None
    problem: str | None


class QuestionOut(_Out):
    """A list that took long: the fields it filters by and sorts by (`-amount`: downwards). `keys` empty: no index of
    ours would help."""

    shape: str
    form: str
    reads: list[str]
    sort: list[str]
    keys: list[str]
    count: int
    total_ms: int
    worst_ms: int


class DatabaseOut(BaseModel):
    """`most`: indexes that follow use of one form; one shorter than `least_rows` gets none."""

    size: int
    tables: list[TableOut]
    indexes: list[IndexOut]
    questions: list[QuestionOut]
    most: int
    least_rows: int


@router.get("")
def read_database(tx: InTx) -> DatabaseOut:
    allow(tx, "design")
    found = records.standing.overview(tx, apps.watched(tx))
    return DatabaseOut(
        size=found.size,
        tables=[TableOut.model_validate(one) for one in found.tables],
        indexes=[_index(tx, one) for one in found.indexes],
        questions=[QuestionOut.model_validate(one) for one in found.questions],
        most=found.most,
        least_rows=found.least_rows,
    )


def _index(tx: Tx, one: records.standing.Standing) -> IndexOut:
    used_at, since = (None if at is None else at.astimezone(tx.zone) for at in (one.used_at, one.since))
    return IndexOut(
        name=one.name, form=one.form, keys=list(one.keys), state=one.state, size=one.size, used=one.used,
        reasons=[ReasonOut(why=why, label=label) for why, label in one.reasons], used_at=used_at, since=since,
        problem=one.problem,
    )  # fmt: skip


@router.post("/indexes/{name}/drop", status_code=204)
def drop_index(tx: InTx, name: Code) -> None:
    """The index goes and is not built again until somebody wants it."""
    allow(tx, "design")
    records.standing.let_go(tx, name)


@router.post("/indexes/{name}/build", status_code=204)
def build_index(tx: InTx, name: Code) -> None:
    """What was let go or could not be built is built in the background."""
    allow(tx, "design")
    records.standing.bring_back(tx, name, apps.watched(tx))


@router.post("/questions/{shape}/build", status_code=204)
def answer_question(tx: InTx, shape: Code) -> None:
    """The index that would help is built in the background."""
    allow(tx, "design")
    records.standing.answer(tx, shape, apps.watched(tx))

"""What is perhaps twice in a form, what is perhaps there already, and the judgement that two records are two."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from perennial.http.edge import InTx, Router
from perennial.http.records import Name
from perennial.records import duplicates, suspects

router = Router(prefix="/duplicates/{form}", tags=["merge"])


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NamedOut(BaseModel):
    id: int
    label: str


class SuspectOut(BaseModel):
    """`why`: same_name, name, or the key of a field in which both are equal; the strongest first."""

    one: NamedOut
    other: NamedOut
    score: int
    why: list[str]


class SuspectsOut(BaseModel):
    """`more`: only the best are told. `kept`: a large form, of which a job has found these at that moment (null: it has
    not looked yet); `stale`: records have changed since; `looking`: it is at it."""

    pairs: list[SuspectOut]
    more: bool
    kept: bool
    at: dt.datetime | None
    stale: bool
    looking: bool


class AlikeIn(_Input):
    values: dict[Name, Any] = Field(max_length=400)


class AlikeOut(BaseModel):
    id: int
    label: str
    score: int
    why: list[str]


class TwoIn(_Input):
    one: int
    other: int


@router.get("")
def list_duplicates(tx: InTx, form: str) -> SuspectsOut:
    """Pairs of records that I see and that are perhaps one, best first; for whoever may change records of the form."""
    found = suspects.find(tx, form, duplicates.MOST + 1)
    told = [
        SuspectOut(
            one=NamedOut(id=one.one.id, label=one.one.label), other=NamedOut(id=one.other.id, label=one.other.label),
            score=one.score, why=one.why,
        )
        for one in found.pairs[: duplicates.MOST]
    ]  # fmt: skip
    more = len(found.pairs) > duplicates.MOST
    return SuspectsOut(
        pairs=told, more=more, kept=found.kept, at=found.at, stale=found.stale, looking=found.looking
    )  # fmt: skip


@router.post("/look", status_code=204)
def look_for_duplicates(tx: InTx, form: str) -> None:
    """A large form is looked through again, in the background; a small one needs none."""
    suspects.ask(tx, form)


@router.post("/alike")
def find_alike(tx: InTx, form: str, body: AlikeIn) -> list[AlikeOut]:
    """Records that I see and that are perhaps the one being written."""
    found = duplicates.alike(tx, form, body.values)
    return [AlikeOut(id=one.id, label=one.label, score=one.score, why=one.why) for one in found]


@router.post("/different", status_code=204)
def judge_different(tx: InTx, form: str, body: TwoIn) -> None:
    """These are two: they are not told again."""
    duplicates.differ(tx, form, body.one, body.other)


@router.post("/undecided", status_code=204)
def judge_undecided(tx: InTx, form: str, body: TwoIn) -> None:
    """The judgement is taken back."""
    duplicates.may_be_one(tx, form, body.one, body.other)

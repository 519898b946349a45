"""What is perhaps twice in a form, what is perhaps there already, and the judgement that two records are two."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from perennial.http.edge import InTx, Router
from perennial.http.records import Name
from perennial.records import duplicates

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
    """`more`: only the best are told."""

    pairs: list[SuspectOut]
    more: bool


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
    found = duplicates.pairs(tx, form, duplicates.MOST + 1)
    told = [
        SuspectOut(
            one=NamedOut(id=one.one.id, label=one.one.label), other=NamedOut(id=one.other.id, label=one.other.label),
            score=one.score, why=one.why,
        )
        for one in found[: duplicates.MOST]
    ]  # fmt: skip
    return SuspectsOut(pairs=told, more=len(found) > duplicates.MOST)


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

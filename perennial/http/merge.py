"""Two records that are one: what merging would do, the deed, and where a merged record's link leads."""

from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from perennial import processes
from perennial.forms import catalog
from perennial.http.edge import InTx, Router
from perennial.http.errors import language_of
from perennial.http.records import Name
from perennial.kernel import text
from perennial.records import merge

router = Router(prefix="/forms/{form}", tags=["merge"])


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MergePreviewIn(_Input):
    """`take`: what is chosen so far; absent: as proposed."""

    winner: int
    loser: int
    take: dict[Name, merge.Take] | None = Field(default=None, max_length=400)


class MergeIn(_Input):
    """The versions are those that the preview told."""

    winner: int
    loser: int
    winner_version: int
    loser_version: int
    take: Annotated[dict[Name, merge.Take], Field(max_length=400)]


class MergeSideOut(BaseModel):
    id: int
    version: int
    title: str


class MergeChoiceOut(BaseModel):
    """One field in which they differ. `may`: I can choose; `addable`: both values can stay."""

    field: str
    left: Any
    right: Any
    take: merge.Take
    may: bool
    addable: bool


class MergeMoveOut(BaseModel):
    form: str
    label: str
    label_en: str | None
    noun: str
    count: int


class MergeRunningOut(BaseModel):
    """A process that runs for the loser and stops with it. `both`: it runs for the winner too."""

    label: str
    label_en: str | None
    both: bool


class MergePreviewOut(BaseModel):
    """`problem`: why merging would be refused, in words."""

    left: MergeSideOut
    right: MergeSideOut
    choices: list[MergeChoiceOut]
    moves: list[MergeMoveOut]
    running: list[MergeRunningOut]
    problem: str | None


class MergedOut(BaseModel):
    """`transaction` is what to undo."""

    moved: int
    transaction: int


class SuccessorOut(BaseModel):
    id: int | None


@router.post("/merge/preview")
def preview_merge(tx: InTx, request: Request, form: str, body: MergePreviewIn) -> MergePreviewOut:
    """Field by field, what moves, what stops, and whether it can be done; writes nothing."""
    found = merge.foresee(tx, form, body.winner, body.loser, body.take)
    known = catalog(tx)
    definition = known.form(form)
    addable = {one.key for one in definition.fields if one.kind in merge.ADDABLE}
    moves = [(known.form(one.form), one.count) for one in found.moves]
    running = {
        which: {one["process"]: one for one in processes.of_record(tx, form, at) if one["state"] == "open"}
        for which, at in (("winner", body.winner), ("loser", body.loser))
    }
    return MergePreviewOut(
        left=MergeSideOut(id=found.left.id, version=found.left.version, title=found.left.title),
        right=MergeSideOut(id=found.right.id, version=found.right.version, title=found.right.title),
        choices=[
            MergeChoiceOut(
                field=one.key, left=one.left, right=one.right, take=one.take, may=one.may, addable=one.key in addable
            )
            for one in found.choices
        ],
        moves=[
            MergeMoveOut(form=one.key, label=one.label, label_en=one.label_en, noun=one.noun, count=count)
            for one, count in moves
        ],
        running=[
            MergeRunningOut(label=one["label"] or key, label_en=one["label_en"], both=key in running["winner"])
            for key, one in running["loser"].items()
        ],
        problem=text(found.problem, language_of(request)) if found.problem else None,
    )


@router.post("/merge")
def merge_records(tx: InTx, form: str, body: MergeIn) -> MergedOut:
    """The loser is in the bin, all that pointed at it points at the winner. Undo it by its transaction."""
    versions = (body.winner_version, body.loser_version)
    done = merge.apply(tx, form, body.winner, body.loser, body.take, versions=versions)
    return MergedOut(moved=done.moved, transaction=done.transaction)


@router.get("/{record_id}/successor")
def find_successor(tx: InTx, form: str, record_id: int) -> SuccessorOut:
    """The record that a merged one has become; null for any other."""
    return SuccessorOut(id=merge.successor(tx, form, record_id))

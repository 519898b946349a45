"""Comments at a record, and who else has it open."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from perennial import messages, records
from perennial.http.edge import InTx, Router
from perennial.kernel import Tx

router = Router(prefix="/forms/{form}/{record_id}", tags=["together"])

WindowId = Annotated[str, Field(min_length=1, max_length=40)]


class WhoOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str


class CommentOut(BaseModel):
    """`mine`: I said it, and may change it or take it back. `mentions`: whom the text names with an @."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    author: WhoOut
    text: str
    mentions: list[WhoOut]
    at: dt.datetime
    edited_at: dt.datetime | None
    mine: bool


class CommentIn(BaseModel):
    """`mentions`: of these people, who is named in the text is told."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=20_000)]
    mentions: list[int] = Field(default_factory=list[int], max_length=200)


class PresenceIn(BaseModel):
    """Of one window of mine; say it again every ten seconds."""

    model_config = ConfigDict(extra="forbid")

    window: WindowId
    editing: bool = False


class FaceOut(WhoOut):
    """Somebody else who has the record open, or is changing it."""

    editing: bool


@router.get("/comments")
def list_comments(tx: InTx, form: str, record_id: int, before: int | None = None) -> list[CommentOut]:
    """A page, newest first; send the last id as `before` for the next one."""
    return [CommentOut.model_validate(one) for one in records.comments.page(tx, form, record_id, before=before)]


@router.post("/comments", status_code=201)
def say_comment(tx: InTx, form: str, record_id: int, body: CommentIn) -> CommentOut:
    return _told(tx, form, record_id, records.comments.say(tx, form, record_id, body.text, body.mentions))


@router.put("/comments/{comment_id}")
def change_comment(tx: InTx, form: str, record_id: int, comment_id: int, body: CommentIn) -> CommentOut:
    said = records.comments.change(tx, form, record_id, comment_id, body.text, body.mentions)
    return _told(tx, form, record_id, said)


@router.delete("/comments/{comment_id}", status_code=204)
def remove_comment(tx: InTx, form: str, record_id: int, comment_id: int) -> None:
    records.comments.remove(tx, form, record_id, comment_id)
    messages.tell_mentioned(tx, form, record_id, comment_id, [])


@router.post("/comments/{comment_id}/restore")
def restore_comment(tx: InTx, form: str, record_id: int, comment_id: int) -> CommentOut:
    return _told(tx, form, record_id, records.comments.bring_back(tx, form, record_id, comment_id))


@router.get("/mentionable")
def list_mentionable(tx: InTx, form: str, record_id: int) -> list[WhoOut]:
    """Who else may read the record, and so may be named at it."""
    return [WhoOut.model_validate(one) for one in records.comments.mentionable(tx, form, record_id)]


@router.put("/presence")
def touch_presence(tx: InTx, form: str, record_id: int, body: PresenceIn) -> list[FaceOut]:
    """My window has the record open; who else has."""
    faces = records.presence.touch(tx, form, record_id, body.window, editing=body.editing)
    return [FaceOut.model_validate(one) for one in faces]


@router.delete("/presence", status_code=204)
def leave_presence(tx: InTx, form: str, record_id: int, window: WindowId) -> None:
    records.presence.leave(tx, form, record_id, window)


def _told(tx: Tx, form: str, record_id: int, said: records.comments.Comment) -> CommentOut:
    """Those whom the comment names have a notice of it."""
    messages.tell_mentioned(tx, form, record_id, said.id, [one.id for one in said.mentions])
    return CommentOut.model_validate(said)

"""How to-dos stand in DingTalk, WeCom and Feishu, for who answers for the channels."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel

from perennial import connect
from perennial.http.edge import InTx, Router, allow

router = Router(prefix="/mirror", tags=["connect"])

MirrorChannel = Literal["dingtalk", "wecom", "feishu"]


class MirrorProblem(BaseModel):
    """What is not tried again by itself. `why`: a code of docs/decisions/0026; `person`: one of those whose it is."""

    why: str
    count: int
    detail: str | None
    person: str


class MirrorOut(BaseModel):
    """`open`: stand there; `waiting`: differ from here and will be made even; `problems`: refused for good, until the
    task or the account changes or somebody compares. `rests_until`: nobody asks before; `stopped`: until somebody saves
    the settings of the channel, or tries it. `asked`: a comparison is to come."""

    channel: MirrorChannel
    accounts: int
    on: bool
    open: int
    waiting: int
    oldest_at: dt.datetime | None
    problems: list[MirrorProblem]
    problem: str | None
    detail: str | None
    problem_at: dt.datetime | None
    rests_until: dt.datetime | None
    stopped: bool
    reconciled_at: dt.datetime | None
    asked: bool


@router.get("")
def read_mirror(tx: InTx) -> list[MirrorOut]:
    """Each channel that can show to-dos; `on`: set up as an application, and released."""
    allow(tx, "release")
    return [MirrorOut.model_validate(row) for row in connect.mirror_figures(tx)]


@router.post("/{channel}/compare", status_code=202)
def compare_mirror(tx: InTx, channel: MirrorChannel) -> None:
    """Both sides are compared with the next turn of the worker, and what was refused is tried once more."""
    allow(tx, "release")
    connect.ask_reconcile(tx, channel)

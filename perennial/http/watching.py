"""How a process has run: figures over a period, the records behind them, the step log as a file, what is stuck."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, Annotated, Any, Literal

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from perennial import access, people, processes
from perennial.http.edge import InTx, Router, allow
from perennial.http.errors import language_of
from perennial.http.files import disposition
from perennial.http.processes import titled, titles_of
from perennial.kernel import Invalid, Language, Tx, settings, text

router = Router(tags=["processes"])

CHUNK = 1 << 16
TYPES = {"csv": "text/csv; charset=utf-8", "xes": "application/xml"}
Day = Annotated[dt.date, Query(description="a day of the workspace")]
Version = Annotated[int | None, Query(description="number of a version; absent: any")]


class StayOut(BaseModel):
    """`visits` that ended in the period; `stay` [median, 90th percentile] in seconds by the calendar,
    `workdays` the same of tasks and approvals; `beyond`: visits longer than the step allows."""

    visits: int
    stay: list[float] | None
    workdays: list[float] | None
    beyond: int


class WatchedNodeOut(StayOut):
    """`was`: the period before. `allowed` workdays. `gone`: no longer in the version in force. `few`: too few visits to
    say much. `here`, `overdue`, `stuck`: records that stand there now."""

    key: str
    label: str
    label_en: str
    kind: str
    allowed: int | None
    gone: bool
    slow: bool
    few: bool
    was: StayOut
    here: int
    overdue: int
    stuck: int
    oldest_at: dt.datetime | None
    paused: bool


class WatchedEdgeOut(StayOut):
    """A way that was taken; `to` is a node or `end`, `from` a node or `start:key`. `share` of what left `from`."""

    from_: str = Field(alias="from")
    to: str
    share: float


class SpanOut(BaseModel):
    """`ends`: state of what ended -> how many. `stay` of whole instances, in seconds."""

    began: int
    ended: int
    ends: dict[str, int]
    stay: list[float] | None


class TotalsOut(BaseModel):
    now: SpanOut
    was: SpanOut


class OverdueOut(BaseModel):
    task: int
    key: str
    record_id: int
    record_title: str | None
    title: str | None
    due_at: dt.datetime
    person: str | None
    reminders: int


class OverdueListOut(BaseModel):
    """`count` of all, `rows` the longest overdue."""

    count: int
    rows: list[OverdueOut]


class StuckOut(BaseModel):
    """`fault` in words, for who may design; null for others."""

    token: int
    key: str
    record_id: int
    record_title: str | None
    fault: str | None
    at: dt.datetime


class StuckListOut(BaseModel):
    count: int
    rows: list[StuckOut]


class StageOut(BaseModel):
    key: str
    label: str
    label_en: str
    count: int


class FunnelOut(BaseModel):
    """Records whose start fell due in the period, how far they came and how they stand; `not_meant`: due, but the
    condition of the start did not hold."""

    stages: list[StageOut]
    ends: list[StageOut]
    not_meant: int


class WatchedVersionOut(BaseModel):
    number: int
    published_at: dt.datetime


class WatchOut(BaseModel):
    """`since` to `until`, beside the equal period from `before` on."""

    key: str
    form: str
    since: dt.datetime
    until: dt.datetime
    before: dt.datetime
    versions: list[WatchedVersionOut]
    nodes: list[WatchedNodeOut]
    edges: list[WatchedEdgeOut]
    slowest: list[str]
    totals: TotalsOut
    overdue: OverdueListOut
    stuck: StuckListOut
    funnel: FunnelOut


class BehindRowOut(BaseModel):
    id: int
    title: str | None


class BehindOut(BaseModel):
    """`next`: the `after` of the next page; null at the end."""

    form: str
    count: int
    records: list[BehindRowOut]
    next: int | None


class RetryIn(BaseModel):
    """One stuck case, or all of a step; neither: all of the process."""

    token: int | None = None
    node: str | None = None


class RetriedOut(BaseModel):
    """`again`: stuck once more. `later`: a worker goes on with them."""

    tried: int
    again: int
    later: int


def _moments(tx: Tx, since: dt.date, until: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From the first minute of one day to the last of the other."""
    first = dt.datetime.combine(since, dt.time(), tx.zone)
    return first, dt.datetime.combine(until, dt.time(), tx.zone) + dt.timedelta(days=1)


@router.get("/processes/{key}/watch")
def watch_process(
    tx: InTx, request: Request, key: str, since: Day, until: Day, version: Version = None
) -> WatchOut:  # fmt: skip
    """How the process ran from the day `since` to the end of the day `until`, of records that I may read."""
    faults = "design" in people.standing(tx).may
    first, last = _moments(tx, since, until)
    found = processes.watch(tx, key, first, last, version=version, faults=faults)
    titled(tx, found["overdue"]["rows"])
    titled(tx, found["stuck"]["rows"])
    language = language_of(request)
    for row in found["stuck"]["rows"]:
        row["fault"] = _fault(row, language) if faults else None
    for listed in ("overdue", "stuck"):
        for row in found[listed]["rows"]:
            row.setdefault("record_title", None)
    return WatchOut.model_validate(found)


def _fault(row: dict[str, Any], language: Language) -> str:
    """The error in words: our own by its code, the database's as it said it."""
    facts: dict[str, Any] = row["facts"] or {}
    return str(facts["error"]) if "error" in facts else text(Invalid(row["code"], **facts), language)


@router.get("/processes/{key}/watch/records")
def read_watched(
    tx: InTx, key: str, of: Literal["passed", "beyond", "way", "overdue", "began", "ended", "stage"], since: Day,
    until: Day, node: str | None = None, to: str = "", stage: str = "", version: Version = None, after: int = 0,
    limit: int = 50,
) -> BehindOut:  # fmt: skip
    """The records behind a figure: who left a step (by the way `to`; longer than it allows), whose task is overdue now,
    who began, ended, or came to a stage of the funnel."""
    first, last = _moments(tx, since, until)
    found = processes.behind(tx, key, of, first, last, node=node, to=to, stage=stage, version=version, after=after,
                             limit=limit)  # fmt: skip
    titles = titles_of(tx, access.readable(tx, found["form"]), found["ids"]) if found["ids"] else {}
    rows = [BehindRowOut(id=one, title=titles.get(one)) for one in found["ids"]]
    return BehindOut(form=found["form"], count=found["count"], records=rows, next=found["next"])


@router.get("/processes/{key}/watch/log", response_class=StreamingResponse)
def read_step_log(
    tx: InTx, request: Request, key: str, format: Literal["csv", "xes"], since: Day, until: Day
) -> Response:  # fmt: skip
    """Every visit of a step that ended in the period, of records I may read: CSV, or XES 1.0 for process mining."""
    first, last = _moments(tx, since, until)
    file = tempfile.TemporaryFile(dir=settings().home)  # noqa: SIM115  read after the transaction, closed by `_chunks`
    try:
        processes.write_log(tx, key, first, last, file, format, language_of(request))
    except BaseException:
        file.close()
        raise
    name = f"{key} {since} {until}.{format}"
    headers = {"Content-Length": str(file.tell()), "Cache-Control": "no-store",
               "Content-Disposition": disposition(name, inline=False)}  # fmt: skip
    return StreamingResponse(_chunks(file), media_type=TYPES[format], headers=headers)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(CHUNK):
            yield part


@router.post("/processes/{key}/retry")
def retry_stuck(tx: InTx, key: str, body: RetryIn) -> RetriedOut:
    """What is stuck tries again at once, after its record or the definition was put right (right `design`)."""
    allow(tx, "design")
    return RetriedOut(**asdict(processes.try_again(tx, key, node=body.node, token=body.token)))

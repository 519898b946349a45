"""The organisation of DingTalk, WeCom or Feishu: read, previewed line by line, synced. For who manages people."""

import datetime as dt
from dataclasses import asdict
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from perennial import connect
from perennial.http.edge import COOKIE, InTx, Router, allow, database_of, run
from perennial.http.errors import language_of
from perennial.http.roster import RosterChange, sentences
from perennial.kernel import Invalid, Language
from perennial.people import behind

router = Router(prefix="/organisations", tags=["people"])

Channel = Literal["dingtalk", "wecom", "feishu"]
Act = Literal["new", "change", "bind", "leave", "same", "refused", "unplaced"]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CandidateOut(BaseModel):
    """Somebody here who may be the same person: `why` is the same name, in characters or in sound."""

    person_id: int
    name: str
    account: str
    why: Literal["name", "sound"]


class MemberLine(BaseModel):
    """One person of theirs. `chosen`: proposed. `unit`: their department there; `now`: ours of the person. `match`: why
    an unbound one is taken for ours. `held`: what is still in the hands of who leaves: that is handed over first.
    `unplaced`: nobody has said which department of ours theirs is."""

    remote: str
    name: str
    act: Act
    chosen: bool
    account: str
    person_id: int | None
    unit: str | None
    now: str | None
    match: Literal["", "mobile", "mail"]
    changes: list[RosterChange]
    troubles: list[str]
    candidates: list[CandidateOut]
    held: int


class UnitOut(BaseModel):
    """A department of theirs: `is` one of ours, to be made (`make`), or left out (`skip`); null: as `proposed`, if
    anything is."""

    remote: str
    path: str
    people: int
    choice: Literal["is", "make", "skip"] | None
    department_id: int | None
    proposed: int | None


class OrganisationOut(BaseModel):
    """`read_at` null: never read. `lines`: where something happens or could; who stays as they are is counted."""

    channel: Channel
    read_at: dt.datetime | None
    synced_at: dt.datetime | None
    daily: bool
    problem: str | None
    counts: dict[Act, int]
    units: list[UnitOut]
    lines: list[MemberLine]


class UnitChoice(_Input):
    remote: str = Field(max_length=200)
    choice: Literal["is", "make", "skip"]
    department_id: int | None = None


class SyncInput(_Input):
    """`read_at`: of the preview that the lines were chosen from."""

    read_at: dt.datetime
    remotes: list[str] = Field(max_length=5_000)


class Synced(BaseModel):
    """`roster`: the import of people that it is, by which it is taken back."""

    roster: int
    organisation: OrganisationOut


class DailyInput(_Input):
    on: bool


@router.get("/{channel}")
def read_organisation(tx: InTx, request: Request, channel: Channel) -> OrganisationOut:
    """As it was read last, beside the people of now."""
    allow(tx, "people")
    return _out(connect.preview(tx, channel), language_of(request))


@router.post("/{channel}/read")
def fetch_organisation(request: Request, channel: Channel) -> OrganisationOut:
    """Asks the other side, then the preview. Nothing of ours changes."""
    run(request, lambda tx: allow(tx, "people"))
    refused = connect.read_organisation(database_of(request), channel, behind(request.cookies.get(COOKIE)))
    if refused is not None:
        raise Invalid("connect.side", detail=refused.detail or refused.why)
    return run(request, lambda tx: _out(connect.preview(tx, channel), language_of(request)))


@router.put("/{channel}/units")
def choose_units(tx: InTx, request: Request, channel: Channel, body: list[UnitChoice]) -> OrganisationOut:
    """Which departments are which; those that are not named stay as they are."""
    allow(tx, "people")
    connect.save_units(tx, channel, {one.remote: (one.choice, one.department_id) for one in body})
    return _out(connect.preview(tx, channel), language_of(request))


@router.post("/{channel}/sync")
def sync_organisation(tx: InTx, request: Request, channel: Channel, body: SyncInput) -> Synced:
    """The chosen lines are done in one transaction."""
    allow(tx, "people")
    roster = connect.sync(tx, channel, body.read_at, body.remotes)
    return Synced(roster=roster, organisation=_out(connect.preview(tx, channel), language_of(request)))


@router.put("/{channel}/daily")
def sync_daily(tx: InTx, request: Request, channel: Channel, body: DailyInput) -> OrganisationOut:
    """Every morning what is sure is done by itself; who leaves always waits for a person."""
    allow(tx, "people")
    connect.set_daily(tx, channel, body.on)
    return _out(connect.preview(tx, channel), language_of(request))


def _out(shown: connect.Preview, language: Language) -> OrganisationOut:
    lines = [_line(line, language) for line in shown.lines if line.act != "same"]
    acts: tuple[Act, ...] = ("new", "change", "bind", "leave", "same", "refused", "unplaced")
    return OrganisationOut(
        channel=shown.channel, read_at=shown.read_at, synced_at=shown.synced_at, daily=shown.daily,  # pyright: ignore[reportArgumentType]
        problem=shown.problem, counts={act: shown.count(act) for act in acts},
        units=[UnitOut(**asdict(one)) for one in shown.units], lines=lines,
    )  # fmt: skip


def _line(line: connect.MemberLine, language: Language) -> MemberLine:
    told: dict[str, Any] = {
        **asdict(line), "troubles": sentences(line.troubles, language),
        "changes": [RosterChange(field=name, before=before, after=after) for name, before, after in line.changes],
    }  # fmt: skip
    return MemberLine(**told)

"""What a designer asks of a rule before it is switched on (right `design`): what it has to do with others, for whom it
holds already, which numbers its conditions name."""

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from perennial import processes, rules
from perennial.http.edge import InTx, Router, allow

router = Router(prefix="/rules", tags=["rules"])


class RuleIn(BaseModel):
    """A definition, published or not."""

    model_config = ConfigDict(extra="forbid")

    definition: dict[str, Any]


class PartyOut(BaseModel):
    kind: Literal["rule", "process"]
    key: str
    label: str


class SeenRecord(BaseModel):
    record_id: int
    title: str | None


class ClashOut(BaseModel):
    """Both give `field` of `form` another value: this rule at `path`, the other one at `others_path`. `now`: for how
    many records both hold now; null: unknown, or they look at different forms."""

    form: str
    field: str
    path: str
    other: PartyOut
    others_path: str
    now: int | None
    examples: list[SeenRecord]


class LinkOut(PartyOut):
    """It writes `field` of `form`, which the next one reads; the last one leads back to the first."""

    form: str
    field: str


class DoubleOut(BaseModel):
    """Both say something to `audience`, so many days or workdays from `date`."""

    path: str
    other: PartyOut
    others_path: str
    audience: str
    date: str
    offset: int
    unit: str


class ConflictsOut(BaseModel):
    writes: list[ClashOut]
    loops: list[list[LinkOut]]
    doubles: list[DoubleOut]


class BacklogOut(BaseModel):
    """`count`: records for which it holds already; `rows`: the first of them. `followed_at`: when a schedule takes them
    up by itself; null: nothing follows unless they are caught up."""

    count: int
    rows: list[SeenRecord]
    followed_at: dt.datetime | None


class CaughtUpOut(BaseModel):
    fired: int


class ThresholdOut(BaseModel):
    """A number in a condition: `text` stands at `start` to `end` of the text at `path`, within `of`."""

    path: str
    start: int
    end: int
    text: str
    of: str


@router.post("/conflicts")
def find_conflicts(tx: InTx, body: RuleIn) -> ConflictsOut:
    """Who else writes the same, who turns in a circle with it, who says the same to the same people."""
    allow(tx, "design")
    found = rules.conflicts.conflicts(tx, body.definition, processes.parties(tx))
    return ConflictsOut(
        writes=[ClashOut(form=one.write.at[0], field=one.write.at[1], path=one.write.path, other=_party(one.other),
                         others_path=one.others.path, now=one.now,
                         examples=[SeenRecord.model_validate(row) for row in one.examples]) for one in found.writes],
        loops=[[LinkOut(**_party(link.party).model_dump(), form=link.at[0], field=link.at[1]) for link in loop]
               for loop in found.loops],
        doubles=[DoubleOut(path=mine.path, other=_party(other), others_path=theirs.path, audience=mine.audience,
                           date=mine.date, offset=mine.offset, unit=mine.unit)
                 for mine, other, theirs in found.doubles],
    )  # fmt: skip


def _party(one: rules.conflicts.Party) -> PartyOut:
    return PartyOut(kind=one.kind, key=one.key, label=one.label)


@router.post("/thresholds")
def list_thresholds(tx: InTx, body: RuleIn) -> list[ThresholdOut]:
    """The numbers that a comparison may change."""
    allow(tx, "design")
    found = rules.thresholds(tx, body.definition)
    return [ThresholdOut(path=one.path, start=one.start, end=one.end, text=one.text, of=one.of) for one in found]


@router.post("/backlog")
def count_backlog(tx: InTx, body: RuleIn) -> BacklogOut:
    """For whom it holds already, of those that I may read."""
    allow(tx, "design")
    count, rows, followed_at = rules.backlog(tx, body.definition)
    return BacklogOut(count=count, rows=[SeenRecord.model_validate(row) for row in rows], followed_at=followed_at)


@router.post("/{key}/catch-up")
def catch_up_rule(tx: InTx, key: str) -> CaughtUpOut:
    """A rule that is switched on takes up, once, all records for which it holds already."""
    allow(tx, "design")
    return CaughtUpOut(fired=rules.catch_up(tx, key))

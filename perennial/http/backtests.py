"""Backtests of rules: asked for, followed, read (right `design`). What counts is what the reader may read."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from perennial import rules
from perennial.http.edge import InTx, Router, allow
from perennial.http.formula import Part, told_part
from perennial.kernel import Row, Tx

router = Router(prefix="/rules/backtests", tags=["rules"])
State = Literal["queued", "running", "done", "failed", "cancelled"]
Variant = Annotated[int, Query(ge=0, le=1)]


class BacktestIn(BaseModel):
    """`definition`: a tree, published or not; else `key`, a published rule. `compare`: a second tree over the form,
    run beside it. `from`, `to`: first and last day; absent: the 26 weeks up to yesterday. `anew`: not the one of
    today that asked the same."""

    model_config = ConfigDict(extra="forbid")

    definition: dict[str, Any] | None = None
    key: str | None = Field(default=None, max_length=100)
    compare: dict[str, Any] | None = None
    since: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = Field(default=None, alias="to")
    horizon_days: int = rules.backtest.HORIZON_DAYS
    anew: bool = False


class BacktestAsked(BaseModel):
    id: int


class BacktestLine(BaseModel):
    """`progress`: of 100. `variants`: 1, or 2 beside each other."""

    id: int
    state: State
    progress: int
    problem: str | None
    rule: str
    label: str
    label_en: str | None
    form: str
    since_on: dt.date
    until_on: dt.date
    horizon_days: int
    variants: int
    asked_at: dt.datetime
    asked_by: str | None
    done_at: dt.datetime | None


class BusiestOut(BaseModel):
    """Who has the most new tasks in one week; `since`: its first day."""

    person_id: int
    name: str
    since: dt.date
    count: int


class BacktestFigures(BaseModel):
    """null is a dash: a share of nothing, or nobody knows of losses. Shares are 0 to 1.

    firings, records: how often, for how many records · lost: of these, lost within the horizon after a firing ·
    precision: lost / records · lost_in_period: records lost between the first and the last day · caught: of these,
    with a firing within the horizon before · recall: caught / lost_in_period · lead_days: median days from the first
    firing to the loss · waiting: not lost, horizon not over · tasks, people: new tasks, of how many · busiest: the most
    in one week · gaps: records whose missing reading broke a run · held: firings kept by a hold · skipped: occurrences
    of dates by reason
    """

    firings: int
    records: int
    lost: int | None
    precision: float | None
    lost_in_period: int | None
    caught: int | None
    recall: float | None
    lead_days: float | None
    waiting: int | None
    tasks: int
    people: int
    tasks_per_week: float
    tasks_per_person_week: float | None
    busiest: BusiestOut | None
    gaps: int
    held: int
    skipped: dict[str, int]


class BacktestWeek(BaseModel):
    """Seven days from the first day on; `lost`: of its firings, those that a loss followed within the horizon."""

    since: dt.date
    until: dt.date
    fired: int
    lost: int


class BacktestVariant(BaseModel):
    definition: dict[str, Any]
    figures: BacktestFigures
    weeks: list[BacktestWeek]


class BacktestOutcome(BaseModel):
    """What counts as lost: a formula over `form`, its day and its reason."""

    form: str
    lost: str
    lost_on: str
    reason: str


class BacktestOut(BacktestLine):
    """`newer`: changes since, 1,000 stands for that or more. `results` is empty until it is done; `outcomes` is empty
    where nobody knows of losses. `differences`: the second minus the first, null where one of them is."""

    newer: int | None
    outcomes: list[BacktestOutcome]
    results: list[BacktestVariant]
    differences: dict[str, float | None] | None


class BacktestFiring(BaseModel):
    at: dt.datetime
    step: str
    outcome: str


class BacktestLater(BaseModel):
    """What became of it: lost or renewed `on` a day, active with so many days left, or nothing is known."""

    state: Literal["lost", "renewed", "active", "none"]
    on: dt.date | None
    reason: str | None
    reason_label: str | None
    reason_label_en: str | None
    days_left: int | None
    lead_days: int | None


class BacktestRecord(BaseModel):
    """`at`, `step`, `facts`, `owner`: of its first firing; `facts`: formula -> value, as far as the reader may read it.
    `firings`: at most 20 of `times`."""

    record_id: int
    title: str | None
    at: dt.datetime
    step: str
    times: int
    firings: list[BacktestFiring]
    facts: dict[str, Any]
    owner_id: int | None
    owner: str | None
    later: BacktestLater


class BacktestCounts(BaseModel):
    all: int
    lost: int
    renewed: int
    active: int
    gaps: int


class BacktestRecords(BaseModel):
    counts: BacktestCounts
    rows: list[BacktestRecord]


class BacktestWhy(BaseModel):
    """`tree`: null where it reads what the reader may not, or asks how a change was."""

    tree: Part | None


@router.post("")
def ask_backtest(tx: InTx, body: BacktestIn) -> BacktestAsked:
    allow(tx, "design")
    tree = body.definition if body.definition is not None else rules.backtest.published(tx, body.key or "")
    trees = [tree] if body.compare is None else [tree, body.compare]
    made = rules.backtest.ask(
        tx, trees, since=body.since, until=body.until, horizon_days=body.horizon_days, anew=body.anew
    )
    return BacktestAsked(id=made)


@router.get("")
def list_backtests(tx: InTx, rule: str | None = None) -> list[BacktestLine]:
    """The last ones, newest first."""
    allow(tx, "design")
    return [BacktestLine.model_validate(row) for row in rules.backtest.listed(tx, rule)]


@router.get("/{id}")
def read_backtest(tx: InTx, id: int) -> BacktestOut:
    allow(tx, "design")
    run = rules.backtest.one(tx, id)
    trees: list[dict[str, Any]] = run["definitions"]
    results: list[Row] = []
    if run["state"] == "done":
        results = [
            {"definition": tree, "figures": rules.backtest_figures.figures(tx, run, at),
             "weeks": rules.backtest_figures.weeks(tx, run, at)}
            for at, tree in enumerate(trees)
        ]  # fmt: skip
    both = [one["figures"] for one in results]
    return BacktestOut.model_validate({
        **run, "label": trees[0]["label"], "label_en": trees[0].get("label_en"), "variants": len(trees),
        "asked_by": run["asked_by_name"], "results": results, "outcomes": rules.backtest_figures.known(tx, run),
        "differences": rules.backtest_figures.differences(*both) if len(both) == 2 else None,
    })  # fmt: skip


@router.post("/{id}/cancel")
def cancel_backtest(tx: InTx, id: int) -> BacktestAsked:
    """Given up where it is."""
    allow(tx, "design")
    rules.backtest.cancel(tx, id)
    return BacktestAsked(id=id)


@router.get("/{id}/records")
def list_backtest_records(
    tx: InTx, id: int, what: rules.backtest_figures.What = "all", variant: Variant = 0,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0, limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BacktestRecords:  # fmt: skip
    """The records behind the figures, newest firing first: all, lost, renewed, active (neither), gaps."""
    run = _run(tx, id, variant)
    rows = rules.backtest_figures.page(tx, run, variant, what, offset=offset, limit=limit)
    return BacktestRecords.model_validate({
        "counts": rules.backtest_figures.counts(tx, run, variant),
        "rows": [{**row, "later": row} for row in rows],
    })  # fmt: skip


@router.get("/{id}/why")
def explain_backtest(tx: InTx, id: int, record_id: int, at: dt.datetime, variant: Variant = 0) -> BacktestWhy:
    """The condition with every value as it was when it fired; `at` is that of a firing."""
    run = _run(tx, id, variant)
    found = rules.backtest_figures.why(tx, run, variant, record_id, at)
    return BacktestWhy(tree=None if found is None else told_part(tx, run["form"], found))


def _run(tx: Tx, id: int, variant: int) -> Row:
    """A backtest that has this variant."""
    allow(tx, "design")
    run = rules.backtest.one(tx, id)
    rules.backtest.has(run, variant)
    return run

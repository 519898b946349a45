"""Dashboards, their figures, and the records behind each."""

from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from perennial import reports
from perennial.http.edge import InTx, Router
from perennial.kernel import Missing, Problem, text

router = Router(tags=["reports"])


class MeasureOut(BaseModel):
    key: str
    label: str
    label_en: str
    aggregate: str
    display: str


class Figure(BaseModel):
    """A value with the number of records behind it; a ratio (0..1) with both its terms, `rows` being those of its base
    and `over_rows` those of its numerator."""

    value: str | None
    rows: int
    over: str | None = None
    base: str | None = None
    over_rows: int | None = None


class ChartRow(BaseModel):
    """`other`: all groups beyond the chart's limit together."""

    by: str | int | bool | None
    label: str | None
    running: bool
    other: bool
    values: dict[str, Figure]


class ChartOut(BaseModel):
    """One chart with its answer; `problem` says why there is none."""

    key: str
    label: str
    label_en: str
    kind: str
    form: str
    span: int
    about: str
    about_en: str
    by: str
    by_kind: str
    measures: list[MeasureOut]
    rows: list[ChartRow]
    problem: str | None = None


class DashboardLine(BaseModel):
    key: str
    label: str
    label_en: str


class DashboardOut(DashboardLine):
    charts: list[ChartOut]
    at: str


class Drill(BaseModel):
    """The list that holds exactly the records behind a figure."""

    form: str
    filter: str


class DrillAsk(BaseModel):
    """Of the group `by` when `grouped`; of 其他 when `besides` names the groups that it does not hold. `term`: which
    records of a ratio."""

    chart: str
    measure: str | None = None
    grouped: bool = False
    by: str | int | bool | None = None
    besides: list[str | int | bool | None] | None = Field(default=None, max_length=1000)
    term: Literal["base", "over"] = "base"


@router.get("/dashboards")
def list_dashboards(tx: InTx) -> list[DashboardLine]:
    return [DashboardLine(key=one.key, label=one.label, label_en=one.label_en) for one in reports.dashboards(tx)]


@router.get("/dashboards/{key}")
def read_dashboard(tx: InTx, request: Request, key: str) -> DashboardOut:
    board = reports.dashboard(tx, key)
    answers = reports.run_all(tx, board)
    language = getattr(request.state, "language", "zh")
    charts = [_chart(chart, answer, language) for chart, answer in zip(board.charts, answers, strict=True)]
    return DashboardOut(
        key=board.key,
        label=board.label,
        label_en=board.label_en,
        charts=charts,
        at=tx.now.isoformat(timespec="seconds"),
    )


@router.post("/dashboards/{key}/drill")
def drill_dashboard(tx: InTx, key: str, body: DrillAsk) -> Drill:
    chart = reports.dashboard(tx, key).chart(body.chart)
    if chart is None:
        raise Missing("reports.no_chart", chart=body.chart)
    asked = reports.drill(
        tx, chart, by=body.by, grouped=body.grouped, besides=body.besides, measure=body.measure, term=body.term
    )
    return Drill(**asked)


def _chart(chart: reports.Chart, answer: dict[str, Any], language: Any) -> ChartOut:
    problem: Problem | None = answer.get("problem")
    displays = answer.get("displays", {})
    return ChartOut(
        key=chart.key, label=chart.label, label_en=chart.label_en, kind=chart.kind, form=chart.form, span=chart.span,
        about=chart.about, about_en=chart.about_en, by=chart.by, by_kind=answer.get("by", {}).get("kind", ""),
        measures=[
            MeasureOut(
                key=one.key, label=one.label, label_en=one.label_en, aggregate=one.aggregate,
                display=displays.get(one.key, "number"),
            )
            for one in chart.measures
        ],
        rows=[_row(row) for row in answer.get("rows", [])],
        problem=None if problem is None else text(problem, language),
    )  # fmt: skip


def _row(row: dict[str, Any]) -> ChartRow:
    values = {
        key: Figure(**{part: _text(part, value) for part, value in one.items()}) for key, one in row["values"].items()
    }
    by = row["by"]
    kept = by if by is None or isinstance(by, str | int | bool) else str(by)
    return ChartRow(by=kept, label=row["label"], running=row["running"], other=row["other"], values=values)


def _text(part: str, value: Any) -> Any:
    """Figures travel as text, counts as numbers."""
    return value if part in ("rows", "over_rows") or value is None else str(value)

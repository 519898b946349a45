"""Answer a dashboard: each chart is one GROUP BY over the rows that its reader may see.

A drill-down is not a second query: it is the formula that names exactly the rows behind a figure, opened as a list.
The groups beyond a chart's `limit` are one more row, 其他, which is the chart over the drill-down of that rest.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.sql.expression import ColumnElement

from perennial import access, forms, formula
from perennial.kernel import Invalid, Missing, Problem, Query, Tx, render
from perennial.reports.definition import Chart, Dashboard, Measure

KEPT = 512
_plans: "OrderedDict[Any, Plan]" = OrderedDict()


@dataclass(frozen=True, slots=True)
class Plan:
    """A chart compiled for one scope of reading."""

    query: Query
    by_kind: str
    by_form: str | None
    displays: Mapping[str, str]


def dashboards(tx: Tx) -> list[Dashboard]:
    """All of them, by label."""
    return [
        Dashboard.load(row["definition"]) for row in tx.rows("SELECT definition FROM reports.dashboard ORDER BY key")
    ]


def dashboard(tx: Tx, key: str) -> Dashboard:
    tree = tx.value("SELECT definition FROM reports.dashboard WHERE key = %(key)s", {"key": key})
    if tree is None:
        raise Missing("reports.no_dashboard", dashboard=key)
    return Dashboard.load(tree)


def run(tx: Tx, chart: Chart) -> dict[str, Any]:
    """The figures of one chart, over the rows that the actor may read.

    returns  {rows: [{by, label, running, other, values: {measure: {value, rows, over?, base?, over_rows?}}}], by: the
             grouping's kind and form}; money and sums as text, ratios as 0..1 with both terms. `rows` is how many
             records stand behind a figure (of a ratio: behind its base), `over_rows` how many behind the numerator.
             `other`: the groups beyond the limit together, always the last row
    errors   Invalid when the chart names what the actor may not read
    """
    plan = _plan(tx, chart)
    found = [_row(chart, row) for row in tx.rows(plan.query)]
    if _limited(chart) and len(found) > chart.limit + 1:  # one group more is shown: 其他 would take its place
        found = found[: chart.limit]
        rest = _rest(tx, chart, plan, [row["by"] for row in found])
        found += [{**_row(chart, row), "other": True} for row in tx.rows(_plan(tx, rest).query)]
    return {
        "key": chart.key,
        "by": {"kind": plan.by_kind, "form": plan.by_form},
        "displays": dict(plan.displays),
        "rows": found,
    }


def _limited(chart: Chart) -> bool:
    """A line is limited by its condition: a part of it would not be a line."""
    return chart.by != "" and chart.kind != "line"


def _rest(tx: Tx, chart: Chart, plan: "Plan", shown: Sequence[Any]) -> Chart:
    """One figure over all groups but those shown."""
    where = drill(tx, chart, besides=shown)["filter"]
    return replace(chart, kind="metric", by="", running="", where=where)


def run_all(tx: Tx, board: Dashboard) -> list[dict[str, Any]]:
    """Every chart; one that cannot be answered says why and does not stop the others."""
    return [_answer(tx, chart) for chart in board.charts]


def _answer(tx: Tx, chart: Chart) -> dict[str, Any]:
    try:
        return run(tx, chart)
    except Problem as problem:
        return {"key": chart.key, "problem": problem}


def drill(
    tx: Tx,
    chart: Chart,
    *,
    by: Any = None,
    grouped: bool = False,
    besides: Sequence[Any] | None = None,
    measure: str | None = None,
    term: Literal["base", "over"] = "base",
) -> dict[str, str]:
    """The form and the filter formula whose records are exactly those behind a figure.

    grouped  of the group `by`; `besides`: of 其他, the groups that are not among these
    term     of a ratio: the records of its base (what its `rows` counts) or of its numerator (`over_rows`)
    errors   Missing reports.no_measure · Invalid reports.not_grouped · what names a field the actor may not read
    """
    scope = access.readable(tx, chart.form).scope
    parts = [chart.where] if chart.where != "TRUE" else []
    if grouped or besides is not None:
        if not chart.by:
            raise Invalid("reports.not_grouped", path="by", chart=chart.key)
        kind = formula.check(chart.by, scope).type.kind
        if besides is None:
            parts.append(_is(chart.by, kind, by))
        else:
            parts += [f"NOT({_is(chart.by, kind, one)})" for one in besides]
    if measure is not None:
        wanted = next((one for one in chart.measures if one.key == measure), None)
        if wanted is None:
            raise Missing("reports.no_measure", measure=measure, chart=chart.key)
        if wanted.aggregate != "ratio":
            texts = [wanted.when]
        else:
            texts = [wanted.base, *([wanted.when] if term == "over" else [])]
        parts += [text for text in dict.fromkeys(texts) if text != "TRUE"]
    text = "TRUE" if not parts else parts[0] if len(parts) == 1 else f"AND({', '.join(parts)})"
    formula.check(text, scope, want="yes_no")
    return {"form": chart.form, "filter": text}


def _is(by: str, kind: str, value: Any) -> str:
    """The condition that a record belongs to the group of this value."""
    return f"ISBLANK({by})" if value is None else f"{by} = {_literal(kind, value)}"


def _literal(kind: str, value: Any) -> str:
    """A group's value as it travels (dates and numbers perhaps as text), written as a formula."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if kind == "date":
        day = value if isinstance(value, dt.date) else _day(str(value))
        return f"DATE({day.year}, {day.month}, {day.day})"
    if kind in ("number", "money", "percent") or isinstance(value, int | float):
        return str(value)
    return '"' + str(value).replace('"', '""') + '"'


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid("reports.group", path="by", value=text) from None


def _plan(tx: Tx, chart: Chart) -> Plan:
    rows = access.readable(tx, chart.form)
    key = (tx.catalog_version, rows.key, chart)
    plan = _plans.get(key)
    if plan is None:
        plan = _plans[key] = _compile(tx, chart, rows)
        while len(_plans) > KEPT:
            _plans.popitem(last=False)
    return plan


def _compile(tx: Tx, chart: Chart, rows: access.Rows) -> Plan:
    source = rows.source
    scope = rows.scope
    where = formula.compile_condition(formula.check(chart.where, scope, want="yes_no"), source)
    columns: list[ColumnElement[Any]] = []
    groups: list[ColumnElement[Any]] = []
    by_kind, by_form = "", None
    if chart.by:
        typed = formula.check(chart.by, scope)
        by_kind, by_form = typed.type.kind, typed.type.form
        by = formula.compile(typed, source)
        label = _label(tx, chart.by, typed, scope, source, by)
        groups = [by, label]
        columns += [by.label("by"), label.label("label")]
        running = formula.compile(formula.check(chart.running, scope), source) if chart.running else sa.null()
        columns.append(
            (sa.cast(by, sa.Text) == running).label("running") if chart.running else sa.false().label("running")
        )
    displays: dict[str, str] = {}
    first: ColumnElement[Any] | None = None
    for measure in chart.measures:
        found, display = _measure(measure, scope, source)
        displays[measure.key] = display
        columns += [column.label(f"{measure.key}__{name}") for name, column in found.items()]
        first = found["value"] if first is None else first
    statement = sa.select(*columns).where(rows.where, where)
    if groups:
        order = [sa.desc(first).nulls_last()] if chart.sort == "value" and first is not None else []
        statement = statement.group_by(*groups).order_by(*order, sa.asc(groups[0]).nulls_last())
        if _limited(chart):
            statement = statement.limit(chart.limit + 2)  # enough to know whether 其他 stands for more than one
    return Plan(render(statement.select_from(source.from_)), by_kind, by_form, displays)


def _label(
    tx: Tx, text: str, typed: formula.Typed, scope: formula.Scope, source: formula.Source, by: ColumnElement[Any]
) -> ColumnElement[Any]:
    """What a group is called: an option's label, a record's title, a name."""
    if typed.type.kind == "relation" and typed.type.form:
        title = "name" if typed.type.form in ("person", "department") else forms.catalog(tx).form(typed.type.form).title
        named = formula.check(f"{text}.{title}", scope)
        return sa.cast(formula.compile(named, source), sa.Text)
    if typed.type.options:
        pairs = [(by == option.key, sa.literal(option.label)) for option in typed.type.options]
        return sa.case(*pairs, else_=sa.cast(by, sa.Text))
    return sa.cast(by, sa.Text)


def _measure(
    measure: Measure, scope: formula.Scope, source: formula.Source
) -> tuple[dict[str, ColumnElement[Any]], str]:
    """Columns of one measure (value, rows, and both terms of a ratio) and how its value is shown."""
    when = formula.compile_condition(formula.check(measure.when, scope, want="yes_no"), source)
    counted = sa.func.count().filter(when)
    if measure.aggregate == "count":
        return {"value": counted, "rows": counted}, "count"
    of = formula.check(measure.of, scope) if measure.of else None
    if measure.aggregate == "ratio":
        base = formula.compile_condition(formula.check(measure.base, scope, want="yes_no"), source)
        if of is None:
            over, under = sa.func.count().filter(when & base), sa.func.count().filter(base)
        else:
            value = formula.compile(of, source)
            over, under = sa.func.sum(value).filter(when & base), sa.func.sum(value).filter(base)
        ratio = sa.cast(over, sa.Numeric) / sa.func.nullif(under, 0)
        return {
            "value": sa.func.round(ratio, 6),
            "rows": sa.func.count().filter(base),
            "over": over,
            "base": under,
            "over_rows": sa.func.count().filter(when & base),
        }, "ratio"
    assert of is not None
    value = formula.compile(of, source)
    function = {"sum": sa.func.sum, "average": sa.func.avg, "min": sa.func.min, "max": sa.func.max}[measure.aggregate]
    result = function(value).filter(when)
    if measure.aggregate == "sum":
        result = sa.func.coalesce(result, 0)
    return {"value": result, "rows": counted}, of.type.kind


def _row(chart: Chart, row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, dict[str, Any]] = {measure.key: {} for measure in chart.measures}
    for name, value in row.items():
        measure, found, part = name.rpartition("__")
        if found:
            values[measure][part] = value
    group = {"by": row.get("by"), "label": row.get("label"), "running": bool(row.get("running")), "other": False}
    return {**group, "values": values}

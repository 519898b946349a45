"""What a dashboard is: charts, each one grouped question to one form."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from perennial.kernel import Invalid

Kind = Literal["metric", "line", "bar", "pie", "table"]
Aggregate = Literal["count", "sum", "average", "min", "max", "ratio"]
KINDS: tuple[Kind, ...] = ("metric", "line", "bar", "pie", "table")
AGGREGATES: tuple[Aggregate, ...] = ("count", "sum", "average", "min", "max", "ratio")


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: an aggregate of the formula `of` over the rows where `when` holds.

    A ratio is the rows (or the sum of `of`) where `when` holds over those where `base` holds; it travels as 0..1
    together with both terms.
    """

    key: str
    label: str
    aggregate: Aggregate = "count"
    of: str = ""
    when: str = "TRUE"
    base: str = "TRUE"
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One question: rows of `form` where `where` holds, grouped by the formula `by`, measured.

    `about` is the 口径: which date it belongs to and what is left out, in a sentence.
    `limit`: the groups shown; those beyond it are together one more, 其他 (a line has all its points).
    `running` names the value of `by` that is still unfinished (this month), so that a line does not join it.
    """

    key: str
    label: str
    kind: Kind
    form: str
    measures: tuple[Measure, ...]
    where: str = "TRUE"
    by: str = ""
    about: str = ""
    about_en: str = ""
    label_en: str = ""
    sort: Literal["by", "value"] = "by"
    limit: int = 24
    running: str = ""
    span: int = 4


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Charts on one screen; `span` of 12 columns each."""

    key: str
    label: str
    charts: tuple[Chart, ...]
    label_en: str = ""

    @classmethod
    def load(cls, tree: Mapping[str, Any]) -> "Dashboard":
        """From the YAML tree; what is misspelt is named with its path."""
        tree = dict(tree)
        key = str(tree.pop("dashboard", ""))
        charts = tuple(_chart(key, at, dict(chart)) for at, chart in enumerate(tree.pop("charts", ())))
        return _made(cls, key, {"key": key, "charts": charts, **tree})

    def dump(self) -> dict[str, Any]:
        tree = {"dashboard": self.key, "label": self.label, "label_en": self.label_en}
        charts = [_bare(Chart, asdict(chart)) for chart in self.charts]
        return {name: value for name, value in tree.items() if value} | {"charts": charts}

    def chart(self, key: str) -> Chart | None:
        return next((chart for chart in self.charts if chart.key == key), None)


def _chart(dashboard: str, at: int, tree: dict[str, Any]) -> Chart:
    path = f"{dashboard}.charts[{at}]"
    measures = tuple(
        _made(Measure, f"{path}.measures[{place}]", dict(measure))
        for place, measure in enumerate(tree.pop("measures", ()))
    )
    chart = _made(Chart, path, {**tree, "measures": measures})
    if chart.kind not in KINDS or not measures or (chart.kind != "metric" and not chart.by):
        raise Invalid("reports.chart_shape", path=path, chart=chart.key)
    for measure in measures:
        if measure.aggregate not in AGGREGATES or (measure.aggregate not in ("count", "ratio") and not measure.of):
            raise Invalid("reports.measure_shape", path=path, measure=measure.key)
    return chart


def _made(cls: type, path: str, tree: Mapping[str, Any]) -> Any:
    try:
        return cls(**tree)
    except TypeError as error:
        raise Invalid("reports.attribute", path=path, detail=str(error)) from None


def _bare(cls: type, tree: dict[str, Any]) -> dict[str, Any]:
    """Without what equals the default."""
    defaults = {name: field.default for name, field in cls.__dataclass_fields__.items()}
    kept = {name: value for name, value in tree.items() if value != defaults[name]}
    if "measures" in kept:
        kept["measures"] = [_bare(Measure, measure) for measure in kept["measures"]]
    return kept

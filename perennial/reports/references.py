"""What a dashboard names of forms."""

from perennial.forms import Reference
from perennial.reports.definition import Dashboard


def references(board: Dashboard) -> list[Reference]:
    """Every chart's form and formulas."""
    found: list[Reference] = []
    for at, chart in enumerate(board.charts):
        path, place = f"charts[{at}]", chart.label or chart.key
        found.append(Reference(f"{path}.form", chart.form, what="form", place=place))
        found.append(Reference(f"{path}.where", chart.form, chart.where, want="yes_no", place=place))
        for name in ("by", "running"):
            if text := getattr(chart, name):
                found.append(Reference(f"{path}.{name}", chart.form, text, place=place))
        for number, measure in enumerate(chart.measures):
            within = f"{path}.measures[{number}]"
            if measure.of:
                found.append(Reference(f"{within}.of", chart.form, measure.of, place=place))
            for name in ("when", "base"):
                text = getattr(measure, name)
                found.append(Reference(f"{within}.{name}", chart.form, text, want="yes_no", place=place))
    return found

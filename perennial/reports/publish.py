"""Make a dashboard current after checking every formula in it."""

import json
from collections.abc import Sequence

from perennial import forms, formula
from perennial.kernel import Tx
from perennial.reports.definition import Dashboard


def publish(tx: Tx, board: Dashboard) -> None:
    """Checked against the whole catalog; a reader who may not see a field finds that one chart unanswered."""
    catalog = forms.catalog(tx)
    for chart in board.charts:
        scope = catalog.scope(chart.form)
        for text in (chart.where, *(text for measure in chart.measures for text in (measure.when, measure.base))):
            formula.check(text, scope, want="yes_no")
        for text in (chart.by, chart.running, *(measure.of for measure in chart.measures)):
            if text:
                formula.check(text, scope)
    tx.run(
        "INSERT INTO reports.dashboard (key, definition) VALUES (%(key)s, %(definition)s) ON CONFLICT (key) DO UPDATE"
        " SET definition = excluded.definition, version = dashboard.version + 1"
        " WHERE dashboard.definition <> excluded.definition",
        {"key": board.key, "definition": json.dumps(board.dump(), ensure_ascii=False)},
    )


def remove(tx: Tx, keys: Sequence[str]) -> None:
    """The dashboards are gone; they hold no data."""
    tx.run("DELETE FROM reports.dashboard WHERE key = ANY(%(keys)s)", {"keys": list(keys)})

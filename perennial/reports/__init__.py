"""Dashboards: a definition becomes one GROUP BY per chart, over the rows its reader may see.

In:   a dashboard (charts of measures, a grouping, a condition: all formulas)
Out:  figures with the number of records behind each; a filter formula that opens exactly those records
Read in this order: definition, publish, run.
"""

from perennial.reports.definition import Chart, Dashboard, Measure
from perennial.reports.publish import publish, remove
from perennial.reports.references import references
from perennial.reports.run import dashboard, dashboards, drill, run, run_all

__all__ = [
    "Chart",
    "Dashboard",
    "Measure",
    "dashboard",
    "dashboards",
    "drill",
    "publish",
    "references",
    "remove",
    "run",
    "run_all",
]

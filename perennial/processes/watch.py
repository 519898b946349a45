"""How a process has run over a period: every step and every way between two, what is slow, late or stuck.

In:   steps, tokens, tasks, instances and decisions; definitions say where an outcome leads
Out:  figures over the records that the actor may read, in a handful of statements whatever their number
Read in this order: watch_ways (where a step went), watch.sql, watch; watch_funnel, _records, _retry, _log.
docs/decisions/0025
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from perennial.kernel import Invalid, Missing, Row, Tx, statements
from perennial.processes import versions
from perennial.processes.plan import readable
from perennial.processes.watch_funnel import funnel
from perennial.processes.watch_ways import Known, Period, known

_SQL = statements(__file__, "watch.sql")

LISTED = 50  # overdue tasks, stuck tokens
SLOWEST = 5
SORT_MB = 48
ENOUGH = 5  # below so many visits nothing is called slow
SLOW_SHARE = 0.25  # of the visits took longer than the step allows
LONGEST = dt.timedelta(days=3 * 366)


def watch(
    tx: Tx, key: str, since: dt.datetime, until: dt.datetime, *, version: int | None = None, faults: bool = False
) -> dict[str, Any]:
    """How the process has run in [since, until), beside the equal period before it; of records that the actor may read.

    version  its number; None: of any version
    faults   with the error of what is stuck, which may quote values: for who may design
    returns  nodes, edges, slowest (keys), totals, overdue and stuck (the first LISTED, with how many they are), funnel.
             Durations are in seconds by the calendar (`stay`, the median and the 90th percentile), of tasks and
             approvals also in workdays; an edge's is the stay of those who left that way.
    errors   Missing processes.no_such_process, no_such_version · Invalid processes.no_period
    """
    period = checked(since, until)
    of = known(tx, key, version)
    test, own = readable(tx)
    number = version_id(tx, of, version)
    given = {**own, **of.params, **period.params, "version": number, "limit": LISTED}
    tx.run(f"SET LOCAL work_mem = '{SORT_MB}MB'")  # what is sorted for percentiles stays off the disk
    figures = tx.rows(f"WITH {_SQL['passed']} {_SQL['figures'].format(test=test)}", given)
    standing = {row["key"]: row for row in tx.rows(_SQL["standing"].format(test=test), given)}
    nodes = [_node(at, one, figures, standing.get(at)) for at, one in _ordered(of, figures, standing)]
    begun = tx.rows(_SQL["begun_by"].format(test=test), given)
    overdue = tx.rows(_SQL["overdue"].format(test=test), given)
    stuck = tx.rows(_SQL["stuck"].format(test=test), given)
    ranked = sorted((one for one in nodes if _ranks(one)), key=lambda one: (-one["stay"][0], one["key"]))
    return {
        "key": key, "form": of.form, "since": period.since, "until": period.until, "before": period.before,
        "versions": _versions(tx, of), "nodes": nodes, "edges": _edges(figures, begun, versions.active_of(tx, key)),
        "slowest": [one["key"] for one in ranked[:SLOWEST]],
        "totals": _totals(tx.rows(_SQL["whole"].format(test=test), given)),
        "overdue": {"count": _of_all(overdue), "rows": [_without(row, "of_all") for row in overdue]},
        "stuck": {"count": _of_all(stuck), "rows": [_fault(row, faults) for row in stuck]},
        "funnel": funnel(tx, key, period, version=number),
    }  # fmt: skip


def checked(since: dt.datetime, until: dt.datetime) -> Period:
    """The period, or Invalid processes.no_period: it ends before it begins, or it is longer than three years."""
    if not since < until <= since + LONGEST:
        raise Invalid("processes.no_period", path="until", since=f"{since:%Y-%m-%d}", until=f"{until:%Y-%m-%d}")
    return Period(since, until)


def version_id(tx: Tx, of: Known, number: int | None) -> int | None:
    if number is None:
        return None
    found = tx.value(
        "SELECT id FROM processes.version WHERE process_id = %(process)s AND number = %(number)s",
        {"process": of.params["process"], "number": number},
    )
    if found is None:
        raise Missing("processes.no_such_version", version=number)
    return int(found)


def _versions(tx: Tx, of: Known) -> list[Row]:
    return tx.rows(
        "SELECT v.number, v.published_at FROM processes.version v WHERE v.process_id = %(process)s"
        " ORDER BY v.number DESC LIMIT 50",
        {"process": of.params["process"]},
    )


def _ordered(of: Known, figures: list[Row], standing: Mapping[str, Row]) -> list[tuple[str, dict[str, Any]]]:
    """The nodes of the version in force, then those of earlier ones that still have figures."""
    met = {row["key"] for row in figures} | set(standing)
    shown = [(key, one) for key, one in of.labels.items() if not one["gone"] or key in met]
    return sorted(shown, key=lambda pair: (pair[1]["gone"], pair[1]["at"]))


def _pair(values: list[float | None] | None) -> list[float] | None:
    """The median and the 90th percentile; None: of nothing."""
    return None if values is None or values[0] is None else [round(value or 0.0, 3) for value in values]


def _figures(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"visits": 0, "stay": None, "workdays": None, "beyond": 0}
    return {
        "visits": row["visits"], "stay": _pair(row["stays"]),
        "workdays": _pair(row["workdays"]), "beyond": row["beyond"],
    }  # fmt: skip


def _node(key: str, one: Mapping[str, Any], figures: list[Row], stands: Row | None) -> dict[str, Any]:
    whole = {row["now"]: row for row in figures if row["key"] == key and row["whole"]}
    now = _figures(whole.get(True))
    return {
        "key": key, **{name: one[name] for name in ("label", "label_en", "kind", "allowed", "gone")}, **now,
        "slow": bool(one["allowed"]) and now["visits"] >= ENOUGH and now["beyond"] >= now["visits"] * SLOW_SHARE,
        "few": now["visits"] < ENOUGH, "was": _figures(whole.get(False)),
        **{name: stands[name] if stands else 0 for name in ("here", "overdue", "stuck")},
        "oldest_at": stands["oldest_at"] if stands else None, "paused": bool(stands and stands["paused"]),
    }  # fmt: skip


def _ranks(node: Mapping[str, Any]) -> bool:
    """Slow is what people take; a date that lies ahead is none of their doing."""
    return node["allowed"] is not None and node["stay"] is not None and node["stay"][0] >= 60


def _edges(figures: list[Row], begun: list[Row], active: versions.Active) -> list[dict[str, Any]]:
    """Ways taken in the period. A way to `end` is where a branch came to its end; one that splits is several."""
    left = {row["key"]: row["visits"] for row in figures if row["whole"] and row["now"]}
    found = [
        {"from": row["key"], "to": to, **_figures(row), "share": row["visits"] / left[row["key"]]}
        for row in figures
        if row["now"] and not row["whole"] and row["leads"]
        for to in row["leads"].split()
    ]
    keys = {start.key for start in active.process.starts}
    every = sum(row["n"] for row in begun)
    found += [
        {**_figures(None), "from": f"start:{row['key']}", "to": active.process.first, "visits": row["n"],
         "share": row["n"] / every}
        for row in begun if row["key"] in keys
    ]  # fmt: skip
    return _merged(found)


def _merged(edges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ways that split and one that leads to the same node are one; splits take no time, so no percentile is lost."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for edge in edges:
        at = (edge["from"], edge["to"])
        if at in merged:
            merged[at]["visits"] += edge["visits"]
            merged[at]["share"] += edge["share"]
        else:
            merged[at] = dict(edge)
    return sorted(merged.values(), key=lambda one: (one["from"], -one["visits"], one["to"]))


def _totals(rows: list[Row]) -> dict[str, Any]:
    def span(now: bool) -> dict[str, Any]:
        whole = {row["what"]: row for row in rows if row["now"] == now and row["all_states"]}
        ends = {row["state"]: row["n"] for row in rows
                if row["now"] == now and row["what"] == "ended" and not row["all_states"]}  # fmt: skip
        began, ended = whole.get("began"), whole.get("ended")
        return {
            "began": began["n"] if began else 0, "ended": ended["n"] if ended else 0, "ends": ends,
            "stay": _pair(ended["stays"]) if ended else None,
        }  # fmt: skip

    return {"now": span(True), "was": span(False)}


def _of_all(rows: list[Row]) -> int:
    return rows[0]["of_all"] if rows else 0


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _fault(row: Row, shown: bool) -> Row:
    hidden = () if shown else ("code", "facts")
    return {"code": None, "facts": None, **_without(row, "of_all", "node_id", *hidden)}

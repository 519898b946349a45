"""Two runs side by side: what differs, and what is the same."""

from typing import Any

from perennial.kernel import Conflict, Row, Tx, statements
from perennial.simulation.run import read, readable

MOST_RECORDS = 300
FIGURES = (
    "tasks", "approvals", "done", "done_before", "mails", "notices", "unaddressed", "started", "finished", "days",
    "over",
)  # fmt: skip
_SQL = statements(__file__, "compare.sql")


def compare(tx: Tx, first: int, second: int) -> dict[str, Any]:
    """The differences of two finished runs.

    returns  {first, second: the runs, figures: [{key, first, second}], people: [{id, name, and pairs tasks, peak,
             over}], kinds: [{kind, label, first, second}], records, more:
             whether there are more of those than 300, counted: {records, gained, lost, moved} of all}. Under records
             stands only what differs: {form, record_id, record, kind, label, name, first, second: its moments, None
             where it does not happen}; what comes or goes before what is only earlier or later
    errors   Missing simulation.no_run · Conflict simulation.not_done
    """
    runs = [read(tx, one) for one in (first, second)]
    for one in runs:
        if one["state"] != "done":
            raise Conflict("simulation.not_done", run=one["id"])
    binds = {"first": first, "second": second, "most": MOST_RECORDS + 1}
    records = tx.rows(_SQL["paired"] + _SQL["records"], binds)
    results = [one.pop("result") for one in runs]
    return {
        "first": runs[0],
        "second": runs[1],
        "figures": [
            {"key": key, "first": results[0]["figures"].get(key, 0), "second": results[1]["figures"].get(key, 0)}
            for key in FIGURES
        ],
        "people": _people(results[0]["people"], results[1]["people"]),
        "kinds": tx.rows(_SQL["kinds"], binds),
        "counted": tx.one(_SQL["paired"] + _SQL["counted"], binds),
        "records": readable(tx, records[:MOST_RECORDS]),
        "more": len(records) > MOST_RECORDS,
    }


def _people(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> list[Row]:
    """Everyone who gets a task in one of them, in the order of the first."""
    sides = [{one["id"]: one for one in side} for side in (first, second)]
    told: list[Row] = []
    for id_, known in {**sides[0], **sides[1], **sides[0]}.items():
        loads = [_load(side.get(id_)) for side in sides]
        if any(load["tasks"] for load in loads):
            pairs = {key: [load[key] for load in loads] for key in ("tasks", "peak", "over")}
            told.append({"id": id_, "name": known["name"], **pairs})
    return told


def _load(person: dict[str, Any] | None) -> dict[str, int]:
    counts = [week["count"] for week in person["weeks"].values()] if person else []
    return {"tasks": sum(counts), "peak": max(counts, default=0), "over": len(person["over"]) if person else 0}

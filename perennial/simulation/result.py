"""What a simulated span came to: read from the copy before it is dropped."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perennial import access
from perennial.kernel import Tx, statements
from perennial.simulation.people import Habit

MOST_ENTRIES = 50_000  # of tasks, of messages and of changes; figures count all
_SQL = statements(__file__, "result.sql")


@dataclass(slots=True)
class Result:
    """Figures of one run. `people`: per person the tasks of each week (Mondays), what they usually finish in one
    (`capacity`: the median of the weeks in which they finished any) and the weeks above that (`over`)."""

    copied_at: dt.datetime
    assumption: dict[str, Any]
    figures: dict[str, Any]
    people: list[dict[str, Any]]
    weeks: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    seconds: float
    definitions: str = ""  # digest of what the copy had published

    def as_json(self) -> dict[str, Any]:
        return {
            "assumption": self.assumption, "figures": self.figures, "people": self.people, "weeks": self.weeks,
            "entries": len(self.entries),
        }  # fmt: skip


def gather(
    tx: Tx, start: dt.datetime, assumption: str, habits: list[Habit], seconds: float, process: str | None = None
) -> Result:
    """Everything that came about in this database after `start`; of one process."""
    span = {"start": start, "zone": tx.zone.key, "most": MOST_ENTRIES, "process": process}
    made = [row for name in ("tasks", "messages", "changes") for row in tx.rows(_SQL[name], span)]
    _reasons(tx, made)
    entries = sorted(_named(tx, made, start), key=lambda row: row["at"])
    people: dict[int, dict[str, Any]] = {}
    for row in tx.rows(_SQL["load"], span):
        person = people.setdefault(
            row["person_id"], {"id": row["person_id"], "name": row["name"], "department": row["department"],
                               "capacity": row["capacity"], "weeks": {}, "over": []}
        )  # fmt: skip
        if row["week"] is not None:
            person["weeks"][row["week"].isoformat()] = {"count": row["count"], "kinds": row["kinds"]}
            if row["capacity"] and row["count"] > row["capacity"]:
                person["over"].append(row["week"].isoformat())
    figures = tx.one(_SQL["figures"], span) or {}
    figures["over"] = sum(len(person["over"]) for person in people.values())
    held = [row["key"] for row in tx.rows(_SQL["assumed_released"])]
    return Result(
        copied_at=start,
        assumption={"people": assumption, "habits": [habit.as_json() for habit in habits], "released": held},
        figures=figures,
        people=list(people.values()),
        weeks=[
            {**row, "week": row["week"].isoformat(), "peak_on": row["peak_on"].isoformat()}
            for row in tx.rows(_SQL["weeks"], span)
        ],
        entries=[
            {
                **row,
                "n": n,
                "at": row["at"].isoformat(),
                "done_at": row["done_at"].isoformat() if row["done_at"] else None,
            }
            for n, row in enumerate(entries)
        ],
        seconds=round(seconds, 1),
        definitions=tx.value("SELECT simulation.definitions()"),
    )


def _reasons(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """With `why`: the last condition before it, else how its instance began; None: it belongs to none."""
    instances = sorted({row["instance_id"] for row in rows if row["instance_id"] is not None})
    began = {row["id"]: row["entry"] for row in tx.rows(_SQL["entered"], {"instances": instances})}
    ways: dict[int, list[dict[str, Any]]] = {}
    for way in tx.rows(_SQL["ways"], {"instances": instances}):
        ways.setdefault(way["instance_id"], []).append(way)
    for row in rows:  # at most three times MOST_ENTRIES, once, for the result
        of = row.pop("instance_id")
        last = next((way for way in reversed(ways.get(of, ())) if way["at"] <= row["at"]), None)
        row["why"] = (
            {name: last[name] for name in ("label", "label_en", "way", "otherwise")} if last
            else {"entry": began[of]} if of in began else None
        )  # fmt: skip


def _named(tx: Tx, rows: list[dict[str, Any]], start: dt.datetime) -> list[dict[str, Any]]:
    """With the record's name; a record that only the copy has keeps its name and loses its number."""
    named: list[dict[str, Any]] = []
    for form in sorted({row["form"] for row in rows}):
        found = access.everything(tx, form)
        source = found.source
        label, created = found.label(), source.field("created_at")
        ids = sa.any_(
            sa.cast(sorted({row["record_id"] for row in rows if row["form"] == form}), sa.ARRAY(sa.BigInteger))
        )
        query = sa.select(source.field("id").label("id"), label.label("label"), (created > start).label("made"))
        known = {row["id"]: row for row in tx.rows(query.select_from(source.from_).where(source.field("id") == ids))}
        for row in rows:  # once, for the result
            if row["form"] == form and (one := known.get(row["record_id"])):
                named.append(
                    {**row, "record": one["label"] or "", "record_id": None if one["made"] else row["record_id"]}
                )
    return named

"""The working-day calendar: first filled from `chinesecalendar`, editable, read by SQL (`kernel.workday_offset` …).

A year not in `kernel.calendar_year` counts Monday to Friday and is provisional. Edits take effect with their commit.
"""

import datetime as dt
from importlib.metadata import version
from typing import Any, Literal

import psycopg

from perennial.kernel.database import Tx
from perennial.kernel.errors import Invalid

_SOURCE = "chinesecalendar"


def fill(connection: "psycopg.Connection[Any]") -> None:
    """Every year that the installed `chinesecalendar` announces is there; years already there stay as they are."""
    known = f"{_SOURCE} {version(_SOURCE)}"
    said = connection.execute("SELECT settings ->> 'calendar' FROM kernel.workspace").fetchone()
    if said is None or said[0] == known:
        return
    from chinese_calendar.constants import Holiday, holidays, workdays

    names = {holiday.value: str(getattr(holiday, "chinese", holiday.value)) for holiday in Holiday}
    days = [(day, "holiday", names.get(name, name)) for day, name in holidays.items()]
    days += [(day, "workday", names.get(name, name)) for day, name in workdays.items()]
    with connection.transaction():
        there = {row[0] for row in connection.execute("SELECT year FROM kernel.calendar_year FOR UPDATE")}
        new = sorted({day.year for day, *_ in days} - there)
        chosen = [row for row in days if row[0].year in set(new)]
        columns = [list(column) for column in zip(*chosen, strict=True)] or [[], [], []]
        connection.execute(
            "INSERT INTO kernel.calendar (day, kind, name) SELECT * FROM unnest(%s::date[], %s::text[], %s::text[])",
            columns,
        )
        connection.execute("INSERT INTO kernel.calendar_year SELECT unnest(%s::int[]), true", [new])
        connection.execute(
            "UPDATE kernel.workspace SET settings = settings || jsonb_build_object('calendar', %s::text)", [known]
        )


def set_day(tx: Tx, day: dt.date, kind: Literal["holiday", "workday"] | None, name: str | None = None) -> None:
    """The day is off, or worked; None: as its weekday says. Moves what is not decided yet, nothing else."""
    if not dt.date(1900, 1, 1) <= day <= dt.date(9998, 12, 31):
        raise Invalid("kernel.calendar_day", path="day", day=day)
    if kind is None:
        tx.run("DELETE FROM kernel.calendar WHERE day = %(day)s", {"day": day})
        return
    tx.run(
        "INSERT INTO kernel.calendar (day, kind, name) VALUES (%(day)s, %(kind)s, %(name)s)"
        " ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name = excluded.name",
        {"day": day, "kind": kind, "name": name},
    )


def announce(tx: Tx, year: int, *, announced: bool = True) -> None:
    """The year's days are settled; until then they are provisional."""
    tx.run(
        "INSERT INTO kernel.calendar_year (year, announced) VALUES (%(year)s, %(announced)s)"
        " ON CONFLICT (year) DO UPDATE SET announced = excluded.announced",
        {"year": year, "announced": announced},
    )

"""How a tracked field of a record was, week by week or day by day."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import select

from perennial import access
from perennial.http.edge import InTx, Router
from perennial.kernel import Invalid, Missing

router = Router(prefix="/forms", tags=["forms"])


class Reading(BaseModel):
    day: dt.date = Field(description="The last day of the period")
    value: Any


class Readings(BaseModel):
    """`missing`: periods since the first reading without one: the sources were too old, or nobody wrote it."""

    form: str
    field: str
    period: str
    kind: str
    readings: list[Reading]
    missing: list[dt.date]


@router.get("/{form}/{record_id}/readings/{field}")
def read_readings(tx: InTx, form: str, record_id: int, field: str, period: Literal["day", "week"] = "week") -> Readings:
    """Oldest first, as far as I may read the field on this record."""
    rows = access.readable(tx, form)
    rows.check(field)
    info = rows.scope.field(field)
    if info is None or not info.tracked:
        raise Invalid("formula.not_tracked", path="field", function="READING", field=field, tracked="—", position=1)
    own = rows.source.table.c["id"] == record_id
    there = select(own).where(rows.where, own)
    if not 0 < record_id < 2**63 or not tx.rows(there.select_from(rows.from_)):
        raise Missing("records.missing")
    found, tie = rows.source.readings(field, period)
    listed = select(found.c.day, found.c.value).where(rows.where, own, tie).order_by(found.c.day)
    known = tx.rows(listed.select_from(rows.from_, found))
    return Readings(
        form=form, field=field, period=period, kind=info.type.kind, missing=_missing(known, period, tx.today),
        readings=[Reading(day=row["day"], value=_value(row["value"])) for row in known],
    )  # fmt: skip


def _missing(known: list[dict[str, Any]], period: str, today: dt.date) -> list[dt.date]:
    if not known:
        return []
    step, last = (1, today - dt.timedelta(days=1)) if period == "day" else (7, today - dt.timedelta(today.isoweekday()))
    have = {row["day"] for row in known}
    day, gone = known[0]["day"], list[dt.date]()
    while day <= last:
        if day not in have:
            gone.append(day)
        day += dt.timedelta(days=step)
    return gone


def _value(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value

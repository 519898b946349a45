"""Processes, plan and ledger, coverage, holds."""

import datetime as dt
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel

from perennial import access, processes
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Denied, Missing, Tx

router = Router(tags=["processes"])

AHEAD_DAYS = 30
INSTANT = dt.timedelta(microseconds=1)


class HoldIn(BaseModel):
    """`until`: a moment; a date alone ends at its first minute."""

    form: str
    record_id: int
    until: dt.datetime
    reason: str


class ChangeIn(BaseModel):
    """An edit that is not saved yet."""

    form: str
    record_id: int
    version: int
    values: dict[str, Any]


class RecordsIn(BaseModel):
    records: list[int]
    reason: str = ""


def _days(tx: Tx, days: int) -> dt.datetime:
    return tx.now + dt.timedelta(days=days)


def _of_day(tx: Tx, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Its first and its last moment."""
    first = dt.datetime.combine(day, dt.time(), tx.zone)
    return first, first + dt.timedelta(days=1) - INSTANT


def _aware(tx: Tx, moment: dt.datetime | None) -> dt.datetime | None:
    return moment.replace(tzinfo=tx.zone) if moment and moment.tzinfo is None else moment


def may_update(tx: Tx, form: str, record_id: int) -> None:
    """The actor may change this record; an invisible one is missing."""
    rows = access.readable(tx, form)
    if tx.one(rows.select().where(rows.source.field("id") == record_id)) is None:
        raise Missing("records.missing", form=form)
    mine = access.writable(tx, form)
    if tx.one(mine.select().where(mine.source.field("id") == record_id)) is None:
        raise Denied("access.no_right", right="update", form=form)


def _named(tx: Tx, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the labels of their process."""
    labels = {one["key"]: one for one in processes.listed(tx, counted=False)}
    for row in rows:
        one = labels.get(row["process"], {})
        row |= {"process_label": one.get("label"), "process_label_en": one.get("label_en")}
    return rows


def titled(tx: Tx, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with `record_title`, as far as the actor may read the record."""
    for form in sorted({row["form"] for row in rows}):
        if not access.may(tx, "read", form):
            continue
        source = access.readable(tx, form)
        ids = sorted({row["record_id"] for row in rows if row["form"] == form})
        titles = titles_of(tx, source, ids)
        for row in rows:
            if row["form"] == form:
                row["record_title"] = titles.get(row["record_id"])
    return rows


def titles_of(tx: Tx, source: access.Rows, ids: list[int]) -> dict[int, str]:
    """Names of these records."""
    import sqlalchemy as sa

    at = source.source.table
    select = sa.select(at.c["id"], source.label().label("title")).select_from(source.from_)
    wanted = at.c["id"] == sa.any_(sa.cast(ids, sa.ARRAY(sa.BigInteger)))
    return {row["id"]: row["title"] for row in tx.rows(select.where(source.where, wanted))}


@router.get("/processes")
def list_processes(tx: InTx) -> list[dict[str, Any]]:
    """Every process with its version and how many instances are open, of records that the actor may read."""
    return processes.listed(tx)


@router.get("/processes/{key}")
def read_process(tx: InTx, key: str) -> dict[str, Any]:
    """The graph with live counts per node."""
    return processes.picture(tx, key)


@router.get("/processes/{key}/records")
def read_records(
    tx: InTx, key: str, node: str | None = None, what: Literal["here", "held", "stuck"] = "here", after: int = 0,
    limit: int = 50,
) -> dict[str, Any]:  # fmt: skip
    """The records behind a count of the picture: at a node, or without one of all open instances. `form`, `count`,
    `records` (id, title; ascending, behind `after`), `next` (the `after` of the next page, null at the end)."""
    found = processes.at_node(tx, key, node, what=what, after=after, limit=limit)
    titles = titles_of(tx, access.readable(tx, found["form"]), found["ids"]) if found["ids"] else {}
    rows = [{"id": one, "title": titles.get(one)} for one in found["ids"]]
    return {"form": found["form"], "count": found["count"], "records": rows, "next": found["next"]}


@router.get("/forms/{form}/{id}/processes")
def record_processes(tx: InTx, form: str, id: int) -> dict[str, Any]:
    """Instances of a record and its active holds."""
    rows = access.readable(tx, form)
    if tx.one(rows.select().where(rows.source.field("id") == id)) is None:
        raise Missing("records.missing", form=form)
    return {"instances": processes.of_record(tx, form, id), "holds": processes.holding(tx, form, id)}


@router.get("/forms/{form}/{id}/processes/{instance}/children")
def record_children(
    tx: InTx, form: str, id: int, instance: int, node: str | None = None, after: int = 0, limit: int = 50
) -> dict[str, Any]:
    """What an instance of a record has begun or waits for: `rows` with the title of each record, `next`."""
    rows = access.readable(tx, form)
    if tx.one(rows.select().where(rows.source.field("id") == id)) is None:
        raise Missing("records.missing", form=form)
    found = processes.children(tx, form, id, instance, node=node, after=after, limit=limit)
    return {**found, "rows": titled(tx, found["rows"])}


@router.get("/plan")
def read_plan(
    tx: InTx, days: int = AHEAD_DAYS, process: str | None = None, form: str | None = None, record_id: int | None = None,
    limit: int = 200, owner: int | None = None, day: dt.date | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """What falls due in the coming days, or what is still to come of one day; `certain` false is 预计."""
    since, until = _of_day(tx, day) if day else (None, _days(tx, min(max(days, 0), 3660)))
    if since is not None:  # its first moment is of it
        since -= INSTANT
    rows = processes.plan(
        tx, until, since=since, process=process, form=form, record_id=record_id, limit=limit, owner=owner
    )
    return titled(tx, _named(tx, rows))


@router.post("/plan/preview")
def preview_plan(tx: InTx, change: ChangeIn) -> dict[str, list[dict[str, Any]]]:
    """Old plan against new for an edit before it is saved; nothing is written."""
    return processes.preview_change(tx, change.form, change.record_id, change.version, change.values)


@router.get("/ledger")
def read_ledger(
    tx: InTx, days: int = AHEAD_DAYS, outcome: str | None = None, reason: str | None = None, process: str | None = None,
    form: str | None = None, record_id: int | None = None, limit: int = 200, owner: int | None = None,
    day: dt.date | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """What was decided in the last days, or on one day, latest first."""
    since, until = (None if record_id is not None else _days(tx, -min(max(days, 0), 3660))), None
    if day is not None:
        since, until = _of_day(tx, day)
    rows = processes.ledger(
        tx, since=since, until=until, outcome=outcome, reason=reason, process=process, form=form, record_id=record_id,
        limit=limit, owner=owner,
    )  # fmt: skip
    return titled(tx, _named(tx, rows))


@router.get("/plan/calendar")
def read_plan_calendar(
    tx: InTx, since: dt.date, until: dt.date, process: str | None = None, owner: int | None = None
) -> list[dict[str, Any]]:
    """Each day: what was decided and done, and what is still to come; at most 100 days."""
    return processes.calendar(tx, since, until, process=process, owner=owner)


@router.get("/proof")
def read_proof(tx: InTx, days: int = AHEAD_DAYS) -> dict[str, Any]:
    """应发生 = 准时 + 补做 + 跳过 + 暂停 + 遗漏 of the last days, of records that the actor may read."""
    return asdict(processes.proof(tx, _days(tx, -min(max(days, 0), 3660))))


@router.get("/uncovered")
def read_uncovered(tx: InTx) -> list[dict[str, Any]]:
    """Covered records without an instance, with who left them out, when and why; those the actor may read."""
    return [row for row in titled(tx, processes.uncovered(tx)) if row.get("record_title") is not None]


@router.post("/processes/{key}/leave-out")
def leave_out(tx: InTx, key: str, records: RecordsIn) -> None:
    """These records stand under 未覆盖 for this term."""
    allow(tx, "design")
    processes.leave_out(tx, key, records.records, records.reason)


@router.post("/processes/{key}/take-in")
def take_in(tx: InTx, key: str, records: RecordsIn) -> None:
    """These records are covered again."""
    allow(tx, "design")
    processes.take_in(tx, key, records.records)


@router.post("/processes/{key}/start")
def start_process(tx: InTx, key: str, records: RecordsIn) -> None:
    """The process begins for these records, by hand."""
    allow(tx, "design")
    processes.start(tx, key, records.records)


@router.get("/holds")
def list_holds(tx: InTx, form: str | None = None, record_id: int | None = None) -> list[dict[str, Any]]:
    """Active holds on records that the actor may read."""
    return [row for row in titled(tx, processes.holding(tx, form, record_id)) if row.get("record_title") is not None]


@router.post("/holds")
def create_hold(tx: InTx, hold: HoldIn) -> dict[str, int]:
    """Nothing happens by itself for this record until the given moment."""
    may_update(tx, hold.form, hold.record_id)
    until = _aware(tx, hold.until)
    assert until is not None
    return {"id": processes.hold(tx, hold.form, hold.record_id, until, hold.reason)}


@router.post("/holds/{id}/end")
def finish_hold(tx: InTx, id: int) -> None:
    """The hold is over now."""
    found = next((one for one in processes.holding(tx) if one["id"] == id), None)
    if found is not None:
        may_update(tx, found["form"], found["record_id"])
    processes.end_hold(tx, id)


@router.get("/doctor")
def read_doctor(tx: InTx) -> list[dict[str, Any]]:
    """Every check of the two laws and the invariants."""
    allow(tx, "design")
    return [one.as_json() for one in processes.doctor(tx)]

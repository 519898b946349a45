"""The past of records: who changed what and why, two moments side by side, what can come back, what was deleted."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from perennial import people, processes
from perennial.http.edge import InTx, Router
from perennial.http.records import FaultOut, Name, told
from perennial.kernel import Missing, Tx
from perennial.records import past

router = Router(tags=["history"])

MOST = 50
Moment = Annotated[
    str, Field(max_length=40, description="now, 2026-09-30, 2026-09-30T09:42, c12 or b12: after, before")
]


class Because(BaseModel):
    """Who did something, when and why. `words`: what the reason's keys are called: process, node, outcome, person (with
    _en)."""

    id: int
    at: str
    actor: str
    kind: str
    reason: str | None
    cause: dict[str, Any]
    words: dict[str, str]


class Told(Because):
    """One change."""

    transaction: int
    op: str
    actor_id: int | None
    who: str
    fields: list[dict[str, Any]]
    row: dict[str, Any] | None


class Changes(BaseModel):
    """`next`: send as `before`; null on the last page."""

    changes: list[Told]
    next: int | None


class ChangedDay(BaseModel):
    day: dt.date
    count: int


class Standing(BaseModel):
    """What stands over a record's history; a deleted record has one, too. may: update, delete (so also restore)."""

    id: int
    version: int
    title: str
    deleted_at: str | None
    created_at: str
    may: list[str]


class ChangeOf(Because):
    who: str


class DifferenceOut(BaseModel):
    """`computed`: by a formula, so it cannot be restored. `last`: who changed it last in between."""

    key: str
    a: Any
    b: Any
    changed: bool
    computed: bool
    level: str
    last: ChangeOf | None


class BesideRecord(BaseModel):
    id: int
    title: str
    change: int
    op: str


class BesideOut(BaseModel):
    form: str
    count: int
    records: list[BesideRecord]


class ComparedOut(BaseModel):
    """`beside`: other records that changed in the same transactions, as far as I may see them."""

    a: past.Side
    b: past.Side
    fields: list[DifferenceOut]
    beside: list[BesideOut]


class RestoreIn(BaseModel):
    """`version`: the one that was compared with; `at`: whose values come back."""

    model_config = ConfigDict(extra="forbid")

    version: int
    at: Moment
    fields: list[Name] = Field(min_length=1, max_length=200)


class ForeseenOut(BaseModel):
    """`values`: what the fields will hold; `computed`: field -> [now, then] of what follows; `errors`: why not."""

    version: int
    values: dict[str, Any]
    computed: dict[str, tuple[Any, Any]]
    errors: list[FaultOut]


class RestoredOut(BaseModel):
    """`transaction`: what to undo."""

    version: int
    transaction: int | None


class GoneOut(Because):
    title: str


class BinOut(BaseModel):
    rows: list[GoneOut]
    next: str | None


@router.get("/deleted/{form}")
def deleted_records(tx: InTx, form: str, after: str | None = None, search: str | None = None) -> BinOut:
    """What was deleted and I may restore, latest first."""
    found = past.bin_of(tx, form, after=after, search=search or None)
    words = _Words(tx)
    rows = [GoneOut(**asdict(one), words=words(one.reason, one.cause)) for one in found.rows]
    return BinOut(rows=rows, next=found.next)


@router.get("/forms/{form}/{record_id}/standing")
def record_standing(tx: InTx, form: str, record_id: int) -> Standing:
    now = past.at_moment(tx, form, record_id, past.found_moment(tx, form, record_id, "now"))
    if now is None:
        raise Missing("records.missing")
    return Standing(**{key: now[key] for key in Standing.model_fields})


@router.get("/forms/{form}/{record_id}/changes")
def record_changes(
    tx: InTx, form: str, record_id: int, before: int | None = None, field: str | None = None,
    who: Annotated[list[str] | None, Query()] = None,
) -> Changes:  # fmt: skip
    """A page of the history, newest first; `who`: only these kinds (person, process, import, …)."""
    found = past.history(tx, form, record_id, limit=MOST, before=before, field=field, who=who)
    words = _Words(tx)
    told = [Told(**asdict(one), words=words(one.reason, one.cause)) for one in found]
    return Changes(changes=told, next=found[-1].id if len(found) == MOST else None)


@router.get("/forms/{form}/{record_id}/changes/days")
def record_change_days(tx: InTx, form: str, record_id: int, year: int, month: int) -> list[ChangedDay]:
    """The days of a month on which it changed."""
    found = past.changed_days(tx, form, record_id, year, month)
    return [ChangedDay(day=day, count=count) for day, count in found.items()]


@router.get("/forms/{form}/{record_id}/compare")
def compare_record(tx: InTx, form: str, record_id: int, a: Moment, b: Moment = "now") -> ComparedOut:
    found = asdict(past.compare(tx, form, record_id, a, b))
    words = _Words(tx)
    for one in found["fields"]:
        if one["last"] is not None:
            one["last"]["words"] = words(one["last"]["reason"], one["last"]["cause"])
    return ComparedOut(**found)


@router.post("/forms/{form}/{record_id}/restore-fields/preview")
def preview_restore(tx: InTx, form: str, record_id: int, body: RestoreIn) -> ForeseenOut:
    """What restoring would do; writes nothing."""
    found = past.foresee(tx, form, record_id, body.at, body.fields)
    errors = [told(tx, one.path, one.code, one.facts) for one in found.errors]
    return ForeseenOut(version=found.version, values=found.values, computed=found.computed, errors=errors)


@router.post("/forms/{form}/{record_id}/restore-fields")
def restore_fields(tx: InTx, form: str, record_id: int, body: RestoreIn) -> RestoredOut:
    """These fields as they were then: a change like any other, refused as a save is (409 records.stale among it)."""
    return RestoredOut(**asdict(past.restore_fields(tx, form, record_id, body.version, body.at, body.fields)))


class _Words:
    """What the keys of reasons are called; looked up once per request, and only when one is met."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self._processes: dict[str, processes.Process] | None = None
        self._names: dict[int, str] = {}

    def __call__(self, reason: str | None, cause: dict[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        if isinstance(cause.get("process"), str):
            found |= self._process(cause)
        if isinstance(cause.get("from"), int):
            found["person"] = self._person(cause["from"])
        return found

    def _process(self, cause: dict[str, Any]) -> dict[str, str]:
        if self._processes is None:
            self._processes = {one.key: one for one in processes.current(self.tx)}
        process = self._processes.get(cause["process"])
        if process is None:
            return {}
        node = next((one for one in process.nodes if one.key == cause.get("node")), None)
        parts: dict[str, Any] = {"process": process, "node": node}
        parts["outcome"] = next((o for o in getattr(node, "outcomes", ()) if o.key == cause.get("outcome")), None)
        found: dict[str, str] = {}
        for name, part in parts.items():
            if part is not None and getattr(part, "label", ""):
                found[name] = part.label
                found[f"{name}_en"] = getattr(part, "label_en", "") or part.label
        return found

    def _person(self, person: int) -> str:
        if person not in self._names:
            self._names[person] = people.find(self.tx, person).name
        return self._names[person]

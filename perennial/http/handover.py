"""A person leaves: what is theirs, to whom it goes, the deed and its undo, for whoever manages people.

Counts only: who manages people need not be able to read what they hand over.
"""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from perennial import people, processes
from perennial.forms import Catalog, catalog
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Tx

router = Router(tags=["people"])


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HeldOut(BaseModel):
    """kind: records, tasks, claims, deputy, superior, head, role."""

    kind: str
    count: int
    form: str
    field: str
    form_label: str
    form_label_en: str | None
    field_label: str
    field_label_en: str | None
    noun: str


class CapacityOut(BaseModel):
    """`median`: tasks finished in a usual week of the last quarter; None: none finished."""

    id: int
    name: str
    department: str | None
    same_department: bool
    median: float | None


class HoldingsOut(BaseModel):
    """`held` empty proves that nothing is left. `steps` go along with the records."""

    id: int
    name: str
    active: bool
    held: list[HeldOut]
    steps: int
    receivers: list[CapacityOut]


class ShareIn(_Input):
    person: int
    capacity: float = Field(default=1, gt=0, le=1000)


class SharesIn(_Input):
    """The first gets posts and roles."""

    to: list[ShareIn] = Field(max_length=100)
    disable: bool = False


class GotOut(BaseModel):
    id: int
    name: str
    before: int
    after: int


class LineOut(HeldOut):
    to: list[GotOut]


class RestOut(BaseModel):
    kind: str
    count: int


class HandoverPlanOut(BaseModel):
    """Every line's sum is the same before (`count` and everybody's `before`) and after."""

    lines: list[LineOut]
    chief: str
    rest: list[RestOut]
    steps: int


class HandoverOut(BaseModel):
    id: int
    at: dt.datetime
    by: str | None
    person_id: int
    person: str
    plan: HandoverPlanOut
    disabled: bool
    undone_at: dt.datetime | None


class HandoverUndoneOut(BaseModel):
    """`kept`: what somebody touched since and therefore stays."""

    kept: int


@router.get("/people/{person_id}/holdings")
def list_holdings(tx: InTx, person_id: int) -> HoldingsOut:
    """What is a person's, and who could take it over."""
    allow(tx, "people")
    person = people.find(tx, person_id)
    median = processes.capacities(tx)
    others = [one for one in people.people(tx) if one.id != person_id]
    others.sort(key=lambda one: one.department_id != person.department_id)
    return HoldingsOut(
        id=person.id, name=person.name, active=person.active, held=_held(tx, processes.held(tx, person_id)),
        steps=processes.steps_to_come(tx, person_id),
        receivers=[
            CapacityOut(
                id=one.id, name=one.name, department=one.department, median=median.get(one.id),
                same_department=one.department_id is not None and one.department_id == person.department_id,
            )
            for one in others
        ],
    )  # fmt: skip


@router.post("/people/{person_id}/handover/preview")
def preview_handover(tx: InTx, person_id: int, given: SharesIn) -> HandoverPlanOut:
    """Who would get how much. Nothing is written."""
    allow(tx, "people")
    return _plan(catalog(tx), processes.preview_handover(tx, person_id, _shares(given)))


@router.post("/people/{person_id}/handover")
def hand_over(tx: InTx, person_id: int, given: SharesIn) -> HandoverOut:
    """Everything of the person is others'; with `disable` they cannot log in any more."""
    allow(tx, "people")
    number = processes.hand_over(tx, person_id, _shares(given), disable=given.disable)
    return next(one for one in list_of(tx) if one.id == number)


@router.get("/handovers")
def list_handovers(tx: InTx) -> list[HandoverOut]:
    """The newest first."""
    allow(tx, "people")
    return list_of(tx)


@router.post("/handovers/{id}/undo")
def undo_handover(tx: InTx, id: int) -> HandoverUndoneOut:
    """What went comes back; who was disabled with it may log in again."""
    allow(tx, "people")
    return HandoverUndoneOut(kept=processes.undo_handover(tx, id)["kept"])


def list_of(tx: Tx) -> list[HandoverOut]:
    found = catalog(tx)
    return [
        HandoverOut(**{key: value for key, value in row.items() if key != "told"}, plan=_plan(found, row["told"]))
        for row in processes.handovers(tx)
    ]


def _shares(given: SharesIn) -> list[processes.Share]:
    return [processes.Share(one.person, one.capacity) for one in given.to]


def _held(tx: Tx, held: list[processes.Held]) -> list[HeldOut]:
    found = catalog(tx)
    return [
        HeldOut(kind=one.kind, count=one.count, form=one.form, field=one.field, **_named(found, one.form, one.field))
        for one in held
    ]


def _named(found: Catalog, form: str, field: str) -> dict[str, Any]:
    known = found.form(form) if form in found else None
    column = known.field(field) if known else None
    return {
        "form_label": known.label if known else form, "form_label_en": known.label_en if known else None,
        "field_label": column.label if column else field, "field_label_en": column.label_en if column else None,
        "noun": known.noun if known else "",
    }  # fmt: skip


def _plan(found: Catalog, told: dict[str, Any]) -> HandoverPlanOut:
    plan = HandoverPlanOut.model_validate({**told, "lines": []})
    lines = [LineOut.model_validate({**line, **_named(found, line["form"], line["field"])}) for line in told["lines"]]
    return plan.model_copy(update={"lines": lines})

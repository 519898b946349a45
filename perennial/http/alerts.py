"""Alerts: what rules ask people to look at."""

import datetime as dt
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from perennial import rules
from perennial.http.edge import InTx, Router
from perennial.http.formula import Part, told_part

router = Router(prefix="/alerts", tags=["rules"])


class AlertOut(BaseModel):
    """`state`: open, acknowledged, resolved (`why`: a code), dismissed (`why`: what was said). `severity`: info, warn,
    high. `step`: of a rule over a date, the offset."""

    id: int
    rule: str
    label: str
    label_en: str | None
    form: str
    record_id: int
    title: str | None
    severity: str
    state: str
    owner_id: int | None
    owner: str | None
    opened_at: dt.datetime
    fired_at: dt.datetime
    step: str
    outcome: str
    acknowledged_at: dt.datetime | None
    settled_at: dt.datetime | None
    why: str | None
    escalate_at: dt.datetime | None
    escalated_at: dt.datetime | None
    escalated_to: str | None
    open_tasks: int


class AlertWhyOut(BaseModel):
    """`tree`: null where the condition reads what the reader may not."""

    tree: Part | None


class DismissIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    why: str = Field(max_length=2000)


@router.get("")
def list_alerts(
    tx: InTx, view: rules.View = "mine", settled: bool = False, rule: str | None = None, form: str | None = None,
    record_id: int | None = None, before: int | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[AlertOut]:  # fmt: skip
    """Alerts of records that the actor may read, newest first: mine, of my team, or all; `before` goes on."""
    found = rules.alerts_of(
        tx, view, settled=settled, rule=rule, form=form, record_id=record_id, before=before, limit=limit
    )
    return [AlertOut.model_validate(row) for row in found]


@router.get("/{id}")
def read_alert(tx: InTx, id: int) -> AlertOut:
    return AlertOut.model_validate(rules.alert(tx, id))


@router.get("/{id}/why")
def explain_alert(tx: InTx, id: int) -> AlertWhyOut:
    """The rule's condition with every value at this moment."""
    found = rules.alert(tx, id)
    why = rules.why(tx, id)
    return AlertWhyOut(tree=None if why is None else told_part(tx, found["form"], why))


@router.post("/{id}/acknowledge")
def acknowledge_alert(tx: InTx, id: int) -> AlertOut:
    """I have seen it and take care."""
    rules.own(tx, id)
    rules.acknowledge(tx, id)
    return AlertOut.model_validate(rules.alert(tx, id))


@router.post("/{id}/dismiss")
def dismiss_alert(tx: InTx, id: int, body: DismissIn) -> AlertOut:
    """It is none, for this reason; its tasks close and its messages that have not left stay here."""
    rules.own(tx, id)
    rules.dismiss(tx, id, body.why)
    return AlertOut.model_validate(rules.alert(tx, id))


@router.post("/{id}/reopen")
def reopen_alert(tx: InTx, id: int) -> AlertOut:
    """I dismissed it a moment ago, and take that back."""
    rules.own(tx, id)
    rules.reopen(tx, id)
    return AlertOut.model_validate(rules.alert(tx, id))

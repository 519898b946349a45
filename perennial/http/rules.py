"""Rules: what there is, what it found, one of them tried on one record (right `design`)."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict

from perennial import forms, rules
from perennial.http.edge import InTx, Router, allow
from perennial.http.formula import Part, told_part

router = Router(prefix="/rules", tags=["rules"])


class ListedRule(BaseModel):
    """`open`: alerts; `fired`: outcome -> firings of the last 30 days; `stopped`: records it leaves alone since its
    actions failed for them; `paused_at`: it failed for too many at once."""

    key: str
    version: int
    label: str
    label_en: str | None
    form: str
    when: str
    active: bool
    paused_at: dt.datetime | None
    published_at: dt.datetime
    open: int
    fired: dict[str, int]
    stopped: int
    tree: dict[str, Any]


class RuleVersionOut(BaseModel):
    number: int
    at: dt.datetime
    by: str
    tree: dict[str, Any]
    current: bool


class RuleTrialIn(BaseModel):
    """`step`: of a rule over a date, the offset that is tried."""

    model_config = ConfigDict(extra="forbid")

    tree: dict[str, Any]
    record_id: int
    step: str = ""


class TriedTaskOut(BaseModel):
    label: str
    label_en: str
    person: str | None
    due_at: dt.datetime | None


class TriedMessageOut(BaseModel):
    channel: str
    template: str
    name: str | None
    state: str
    not_after: dt.datetime | None


class TriedChangeOut(BaseModel):
    """`op`: I created, U changed."""

    form: str
    record_id: int
    op: str
    fields: list[str]


class RuleTrialOut(BaseModel):
    """`holds`: null when the condition asks how a change was. Everything else is what would happen if it fired;
    `calls`: addresses that would be called."""

    holds: bool | None
    why: Part | None
    stopped: str | None
    tasks: list[TriedTaskOut]
    messages: list[TriedMessageOut]
    changes: list[TriedChangeOut]
    calls: list[str] = []


class RetriedRuleOut(BaseModel):
    records: int


@router.get("")
def list_rules(tx: InTx) -> list[ListedRule]:
    allow(tx, "design")
    return [ListedRule.model_validate(row) for row in rules.listed(tx)]


@router.get("/{key}/versions")
def rule_versions(tx: InTx, key: str) -> list[RuleVersionOut]:
    """Those that were published, newest first."""
    allow(tx, "design")
    return [RuleVersionOut.model_validate(row) for row in rules.kept(tx, key)]


@router.post("/trial")
def try_rule(tx: InTx, body: RuleTrialIn) -> RuleTrialOut:
    """Played for one record and rolled back."""
    allow(tx, "design")
    found = rules.trial(tx, body.tree, body.record_id, body.step)
    catalog = forms.catalog(tx)
    changes = [(catalog.by_id(row["form_id"]), row) for row in found.changes]
    return RuleTrialOut(
        holds=found.holds,
        why=None if found.why is None else told_part(tx, str(body.tree.get("form")), found.why),
        stopped=found.stopped,
        tasks=[TriedTaskOut.model_validate(row) for row in found.tasks],
        messages=[TriedMessageOut.model_validate(row) for row in found.messages],
        changes=[TriedChangeOut(form=form.key, record_id=row["record_id"], op=row["op"], fields=row["fields"] or [])
                 for form, row in changes if form is not None],
        calls=[row["url"] for row in found.calls],
    )  # fmt: skip


@router.post("/{key}/retry")
def retry_rule(tx: InTx, key: str) -> RetriedRuleOut:
    """Records that it was stopped for are looked at again from here on."""
    allow(tx, "design")
    return RetriedRuleOut(records=rules.retry(tx, key))

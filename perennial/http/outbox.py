"""The outbox, for who may release: what a release would do, one message or one batch of them, another recipient, a copy
to oneself, all of it as a file.
"""

import csv
import datetime as dt
import io
import secrets
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field

from perennial import apps, messages, processes
from perennial.http.channels import TriedOut
from perennial.http.edge import InTx, Router, allow, run
from perennial.http.errors import language_of
from perennial.http.messages import MessageOut, Tab, listed
from perennial.kernel import Tx, defer
from perennial.records import exports

router = Router(tags=["messages"])
Fate = Literal["expired", "gone", "opted_out", "later", "merged", "leaving"]
MOST_LINES, PAGE = 5_000, 500


class Forecast(BaseModel):
    """waiting = expired + gone + opted_out + later + merged + leaving; unaddressed stand beside it. `gone`: why they
    were decided holds no more; `customers` of those that leave; `opens_at`: quiet hours hold all of them until then."""

    waiting: int
    expired: int
    gone: int
    opted_out: int
    later: int
    merged: int
    leaving: int
    unaddressed: int
    customers: int
    opens_at: dt.datetime | None


class ReleaseIn(BaseModel):
    """Without a template the whole channel; with one what waits of it there, and no more."""

    template: str | None = None


class ManyIn(BaseModel):
    ids: list[int] = Field(max_length=1000)


class ManyOut(BaseModel):
    done: int


class Origin(BaseModel):
    """What decided it: a step of a process (`version`), a rule, or neither."""

    kind: Literal["process", "rule"]
    key: str
    label: str
    label_en: str | None
    version: int | None
    step: str | None


class OutboxMore(BaseModel):
    """What stands behind a message: `ways_left` are tried next if it fails, behind them somebody is asked to call.
    `recipient`: the contact; `chosen_by`: the audience and the preference that they meet."""

    id: int
    held: bool
    outward: bool
    customer: str | None
    of_id: int | None
    customer_form: str | None
    contact_form: str | None
    contact_id: int | None
    chosen_by: str | None
    origin: Origin | None
    ways_left: list[str]
    let_go_at: dt.datetime | None
    let_go_by: str | None
    readdress: bool


class Recipient(BaseModel):
    id: int
    name: str | None
    address: str


class ReaddressIn(BaseModel):
    contact: int


class ToMeIn(BaseModel):
    """`to`: my name at the service, where it is not known here."""

    to: str = Field("", max_length=200)


class NamedTemplate(BaseModel):
    key: str
    label: str
    label_en: str | None


class Filters(BaseModel):
    """What the mailbox may be narrowed by; `customer_form`: whose contacts are written to."""

    templates: list[NamedTemplate]
    customer_form: str | None


@router.get("/channels/{key}/release")
def forecast_release(tx: InTx, key: str, template: str | None = None) -> Forecast:
    allow(tx, "release")
    return Forecast(**messages.forecast(tx, key, template=template, guard=processes.delivery_guard))


@router.get("/channels/{key}/release/{fate}")
def list_release(tx: InTx, key: str, fate: Fate, template: str | None = None) -> list[MessageOut]:
    """The messages behind one term of the sum, 200 at most."""
    allow(tx, "release")
    return listed(tx, messages.behind(tx, key, fate, template=template, guard=processes.delivery_guard))


@router.post("/channels/{key}/release", status_code=204)
def release_channel(tx: InTx, key: str, body: ReleaseIn | None = None) -> None:
    allow(tx, "release")
    if body is not None and body.template is not None:
        messages.let_go_batch(tx, key, body.template)
    else:
        messages.release(tx, key)
    defer(tx, "messages.deliver")


@router.post("/channels/{key}/recall", status_code=204)
def recall_channel(tx: InTx, key: str) -> None:
    """What has not left yet stays, one by one released or not."""
    allow(tx, "release")
    messages.recall(tx, key)


@router.post("/outbox/let-go")
def let_go(tx: InTx, body: ManyIn) -> ManyOut:
    """These leave when they are due, though their channel is held."""
    allow(tx, "release")
    done = messages.let_go(tx, body.ids)
    defer(tx, "messages.deliver")
    return ManyOut(done=done)


@router.post("/outbox/cancel")
def cancel_messages(tx: InTx, body: ManyIn) -> ManyOut:
    allow(tx, "release")
    return ManyOut(done=messages.cancel_many(tx, body.ids))


@router.get("/outbox/filters")
def outbox_filters(tx: InTx) -> Filters:
    found = [NamedTemplate(key=one.key, label=one.label, label_en=one.label_en or None)
             for one in messages.templates(tx) if one.channels != ("in_app",)]  # fmt: skip
    return Filters(templates=found, customer_form=next(iter(sorted(messages.customer_forms(tx))), None))


@router.get("/outbox/export")
def export_messages(
    tx: InTx, request: Request, tab: Tab = "all", channel: str | None = None, template: str | None = None,
    customer: int | None = None, day: dt.date | None = None,
) -> Response:  # fmt: skip
    """What the mailbox shows under these filters, the newest 5,000, as a table."""
    chinese = language_of(request) == "zh"
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_HEADS[0 if chinese else 1])
    before: int | None = None
    for _ in range(MOST_LINES // PAGE):
        rows = messages.outbox(
            tx, tab, channel=channel, template=template, customer=customer, day=day, before=before, limit=PAGE
        )
        named = messages.customers(tx, rows)
        for row in rows:
            moments = [row[name] and row[name].astimezone(tx.zone).strftime("%Y-%m-%d %H:%M")
                       for name in ("due_at", "settled_at")]  # fmt: skip
            cells = [row["id"], *moments, row["channel"], named.get(row["id"]), row["name"], row["address"],
                     row["template_label"], row["subject"], row["state"], row["why"]]  # fmt: skip
            writer.writerow([exports.neutral("" if cell is None else str(cell)) for cell in cells])
        if len(rows) < PAGE:
            break
        before = rows[-1]["id"]
    headers = {"Content-Disposition": f'attachment; filename="messages-{tx.today}.csv"'}
    return Response("\ufeff" + written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


_HEADS = (
    ("编号", "计划时间", "完成时间", "渠道", "客户", "收件人", "地址", "模板", "主题", "状态", "说明"),
    ("Number", "Planned", "Done", "Channel", "Customer", "Recipient", "Address", "Template", "Subject", "State", "Why"),
)


@router.get("/outbox/{id}")
def read_behind(tx: InTx, id: int) -> OutboxMore:
    """Where a message comes from, why this recipient, and what happens if it fails."""
    row = messages.read_message(tx, id)
    (listed_,) = messages.outbox(tx, ids=[id], limit=1)
    forms = sorted(messages.customer_forms(tx))
    waits = row["state"] == "queued" and not row["attempts"]
    return OutboxMore(
        id=id, held=listed_["held"], outward=row["outward"], customer=messages.customers(tx, [row]).get(id),
        of_id=row["of_id"], customer_form=forms[0] if forms else None, contact_form=row["contact_form"],
        contact_id=row["contact_id"], chosen_by=messages.chosen_by(tx, row), origin=_origin(tx, row),
        ways_left=messages.ways_left(tx, id), let_go_at=row["let_go_at"],
        let_go_by=tx.value("SELECT name FROM people.person WHERE id = %(id)s", {"id": row["let_go_by"]}),
        readdress=bool(row["outward"] and row["of_id"] and (waits or row["state"] == "unaddressed")),
    )  # fmt: skip


def _origin(tx: Tx, row: Mapping[str, Any]) -> Origin | None:
    head, _, rest = str(row["decision"]).partition(":")
    if head == "rule":
        known = tx.one(
            "SELECT r.key, f.step FROM rules.firing f JOIN rules.rule r ON r.id = f.rule_id WHERE f.id = %(id)s",
            {"id": int(rest.partition(":")[0])},
        )
        rule = next((one for one in apps.kind_of("rule").current(tx) if known and one.key == known["key"]), None)
        if rule is None or known is None:
            return None
        step = next((one.label for one in rule.steps if one.key == known["step"]), None)
        return Origin(
            kind="rule", key=rule.key, label=rule.label, label_en=rule.label_en or None, version=None, step=step
        )
    if row["instance_id"] is None:
        return None
    found = tx.one(
        "SELECT p.key, v.number, v.definition, n.label AS step FROM processes.instance i"
        " JOIN processes.version v ON v.id = i.version_id JOIN processes.process p ON p.id = v.process_id"
        " LEFT JOIN processes.node n ON n.version_id = v.id AND n.key = %(node)s WHERE i.id = %(id)s",
        {"id": row["instance_id"], "node": row["node"]},
    )
    if found is None:
        return None
    tree = found["definition"]
    return Origin(
        kind="process", key=found["key"], label=tree.get("label", found["key"]), label_en=tree.get("label_en"),
        version=found["number"], step=found["step"] or None,
    )  # fmt: skip


@router.get("/outbox/{id}/recipients")
def list_recipients(tx: InTx, id: int) -> list[Recipient]:
    """Contacts of the same customer with an address on its channel."""
    allow(tx, "release")
    return [Recipient(**row) for row in messages.recipients(tx, id)]


@router.post("/outbox/{id}/recipient", status_code=204)
def change_recipient(tx: InTx, id: int, body: ReaddressIn) -> None:
    """To another contact, as long as nothing of it has left."""
    allow(tx, "release")
    messages.readdress(tx, id, body.contact)


@router.post("/outbox/{id}/to-me")
def send_to_me(request: Request, id: int, body: ToMeIn) -> TriedOut:
    """The text of this message, to me, now: the message itself waits on."""
    channels: list[str] = []

    def prepared(tx: Tx) -> messages.Trial:
        allow(tx, "release")
        row = messages.read_message(tx, id)
        channels.append(row["channel"])
        made = messages.trial(tx, row["channel"], to=body.to)
        return messages.Trial(
            made.way, messages.copy_of(tx, id, made.wire, f"<try.{secrets.token_hex(8)}@perennial.invalid>")
        )

    trial: messages.Trial = run(request, prepared)
    outcome = messages.attempt(trial.way, trial.wire)
    return TriedOut(**run(request, lambda tx: messages.tried(tx, channels[-1], outcome)))

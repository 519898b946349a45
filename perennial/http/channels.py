"""How channels are set up and tried, the sending policy, and the link by which a contact asks for no more reminders."""

import datetime as dt
import time
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from perennial import access, messages, processes
from perennial.http.edge import Connected, InTx, Router, allow, run
from perennial.kernel import SYSTEM, Database, Missing, Reason, Tx, defer, text

router = Router(tags=["messages"])


class AskedOut(BaseModel):
    key: str
    what: Literal["text", "number", "url", "map", "secret"]
    required: bool
    place: bool  # says where secrets are sent: with another one, those that are kept are forgotten


class TriedOut(BaseModel):
    """What came of "send me one": `why` is a code, `detail` what the other side said."""

    state: Literal["sent", "temporary", "permanent", "uncertain"]
    why: str
    detail: str
    at: dt.datetime
    took_ms: int = 0
    wait_s: float | None = None


class SetupOut(BaseModel):
    """A channel without its secrets: `secrets` names those that are there, `hints` the last characters of long keys,
    `lost` those that no longer open; `kinds` what each kind asks for."""

    channel: str
    kind: str | None
    values: dict[str, Any]
    secrets: list[str]
    hints: dict[str, str]
    lost: list[str]
    kinds: dict[str, list[AskedOut]]
    at: dt.datetime | None
    by: str | None
    problem: str | None
    tried: TriedOut | None


class TakenOut(BaseModel):
    today: int
    bounces: int
    last_at: dt.datetime | None


class ChannelStanding(BaseModel):
    """How a channel stands. `by_server`: set up outside, by whoever runs the server. `why`: a code of trouble, resting
    or stopped; `problem`: the words of the other side. sent, failed, uncertain, bounced: of today. `to`: where "send me
    one" goes, null where it goes to a group; `asks_to`: nobody knows yet. `taken`: of the mailbox."""

    channel: str
    kind: str | None
    values: dict[str, Any]
    by_server: bool
    state: Literal["none", "new", "well", "trouble", "resting", "stopped"]
    why: str | None
    problem: str | None
    problem_at: dt.datetime | None
    wait_until: dt.datetime | None
    outward: bool
    released_at: dt.datetime | None
    sent: int
    failed: int
    uncertain: int
    bounced: int
    waiting: int
    tried: TriedOut | None
    to: str | None
    asks_to: bool
    taken: TakenOut | None


class SmsCode(BaseModel):
    """What a template asks the vendor for: `code` is looked up in the setting `codes`, `params` are its gaps."""

    template: str
    label: str
    label_en: str | None
    code: str
    params: list[str]


class SenderOut(BaseModel):
    """A process or a rule in force that calls somebody; calls made today, and those of a week that failed."""

    of: Literal["process", "rule"]
    key: str
    label: str
    label_en: str | None
    urls: list[str]
    signed_at: dt.datetime | None
    today: int
    failed: int
    last_at: dt.datetime | None


class SetupIn(BaseModel):
    """`secrets`: those that change; the others stay, unless kind or server change."""

    kind: str
    values: dict[str, Any] = {}
    secrets: dict[str, str] = {}


class TryIn(BaseModel):
    """`to`: my number at the service, where it is not known here. `code`, `params`: of an SMS."""

    to: str = Field("", max_length=200)
    code: str = Field("", max_length=200)
    params: dict[str, str] = {}


class QuietIn(BaseModel):
    since: str = "21:00"
    until: str = "08:30"
    workdays_only: bool = False


class CapIn(BaseModel):
    day: int = 0
    week: int = 0


class PolicyBody(BaseModel):
    """`fallback`: channels in order; behind the last one a call is asked for. 0 is no limit."""

    quiet: QuietIn | None = None
    cap: CapIn = CapIn()
    merge: Literal["template", "customer"] = "template"
    fallback: list[str] = ["mail", "sms"]
    approve_above: int = 0
    link_base: str = ""


class OptOutBody(BaseModel):
    opted_out: bool


@router.get("/channels/overview")
def list_channel_standings(tx: InTx) -> list[ChannelStanding]:
    """Every channel that can be set up, and how it stands."""
    allow(tx, "release")
    return [ChannelStanding(**row) for row in messages.overview(tx)]


@router.get("/channels/sms-codes")
def list_sms_codes(tx: InTx) -> list[SmsCode]:
    """The SMS that templates speak of."""
    allow(tx, "release")
    return [SmsCode(template=row.pop("key"), **row) for row in messages.sms_codes(tx)]


@router.get("/channels/webhooks")
def list_webhook_senders(tx: InTx) -> list[SenderOut]:
    """Who of ours calls other programs, and where; the log stands with the process."""
    allow(tx, "design")
    return [SenderOut(**row) for row in processes.webhook_senders(tx)]


@router.get("/channels/{key}/setup")
def read_channel_setup(tx: InTx, key: str) -> SetupOut:
    allow(tx, "release")
    return SetupOut(**messages.read_setup(tx, key))


@router.put("/channels/{key}/setup")
def save_channel_setup(tx: InTx, key: str, body: SetupIn) -> SetupOut:
    allow(tx, "release")
    messages.save_setup(tx, key, body.kind, body.values, body.secrets)
    defer(tx, "messages.deliver")
    return SetupOut(**messages.read_setup(tx, key))


@router.delete("/channels/{key}/setup", status_code=204)
def clear_channel_setup(tx: InTx, key: str) -> None:
    allow(tx, "release")
    messages.clear_setup(tx, key)


@router.post("/channels/{key}/try")
def try_channel(request: Request, key: str, body: TryIn) -> TriedOut:
    """Send me one, now, held or not; nothing is kept open while the other side thinks."""

    def prepared(tx: Tx) -> messages.Trial:
        allow(tx, "release")
        return messages.trial(tx, key, to=body.to, code=body.code, params=body.params)

    trial: messages.Trial = run(request, prepared)
    began = time.monotonic()
    outcome = messages.attempt(trial.way, trial.wire)
    took_ms = round((time.monotonic() - began) * 1000)
    return TriedOut(**run(request, lambda tx: messages.tried(tx, key, outcome, took_ms)))


@router.get("/sending-policy")
def read_policy(tx: InTx) -> PolicyBody:
    allow(tx, "release")
    return PolicyBody(**messages.policy(tx).dump())


@router.put("/sending-policy")
def save_policy(tx: InTx, body: PolicyBody) -> PolicyBody:
    allow(tx, "release")
    messages.save_policy(tx, messages.Policy.load(body.model_dump()))
    return body


@router.get("/forms/{form}/{id}/opt-out")
def read_opt_out(tx: InTx, form: str, id: int) -> OptOutBody:
    """Whether this contact wants no reminders."""
    _visible(tx, form, id)
    return OptOutBody(opted_out=messages.opted_out(tx, form, id))


@router.put("/forms/{form}/{id}/opt-out", status_code=204)
def set_opt_out(tx: InTx, form: str, id: int, body: OptOutBody) -> None:
    """As a contact said to one of us."""
    _visible(tx, form, id)
    access.require(tx, "update", form)
    if body.opted_out:
        messages.opt_out(tx, form, id, by_link=False)
    else:
        messages.opt_in(tx, form, id)


def _visible(tx: Tx, form: str, id: int) -> None:
    access.require(tx, "read", form)
    rows = access.readable(tx, form)
    where = rows.where
    if tx.value(rows.select("id").where(where, rows.source.table.c["id"] == id)) is None:
        raise Missing("records.missing")


_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{said}</p>{form}</main></body></html>"""
_WORDS = {
    "zh": {
        "title": "提醒设置", "ask": "不再接收续约提醒邮件和短信？合同、账单等必要通知不受影响。", "act": "不再接收提醒",
        "done": "已记下，今后不再给您发送提醒。如需恢复，请联系您的客户成功经理。",
    },
    "en": {
        "title": "Reminders", "ask": "Get no more reminders by mail or SMS? Contracts and invoices still reach you.",
        "act": "No more reminders", "done": "Done: no more reminders. To undo this, ask your contact with us.",
    },
}  # fmt: skip


@router.get("/opt-out/{token}", response_class=HTMLResponse)
def show_opt_out(database: Connected, request: Request, token: str) -> HTMLResponse:
    """The page behind a contact's link; to look at it changes nothing."""
    return _answer(database, request, token, act=False)


@router.post("/opt-out/{token}", response_class=HTMLResponse)
def say_opt_out(database: Connected, request: Request, token: str) -> HTMLResponse:
    """A contact wants no reminders. No session: the link is theirs, and signed."""
    return _answer(database, request, token, act=True)


def _answer(database: Database, request: Request, token: str, *, act: bool) -> HTMLResponse:
    lang = "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"
    words = _WORDS[lang]

    def followed(tx: Tx) -> bool:
        form, contact = messages.contact_of(tx, token)
        if act:
            messages.opt_out(tx, form, contact, by_link=True)
        return messages.opted_out(tx, form, contact)

    try:
        done = database.run(SYSTEM, followed, Reason("opt-out"))
    except Missing as error:
        return HTMLResponse(_PAGE.format(lang=lang, title=words["title"], said=text(error, lang), form=""), 404)
    button = "" if done else f'<form method="post"><button type="submit">{words["act"]}</button></form>'
    said = words["done"] if done else words["ask"]
    return HTMLResponse(_PAGE.format(lang=lang, title=words["title"], said=said, form=button))

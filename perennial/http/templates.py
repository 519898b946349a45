"""Message templates while they are drawn: what they would say about a record, who would get them, one sent to oneself.

Drafts, publication and undo are those of every definition (`design`).
"""

import datetime as dt
import secrets
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from perennial import apps, messages
from perennial.http.channels import TriedOut
from perennial.http.edge import InTx, Router, allow, run
from perennial.http.errors import language_of
from perennial.http.messages import Foreseen
from perennial.kernel import Problem, Tx, text

router = Router(prefix="/templates", tags=["messages"])
Tree = dict[str, Any]


class TemplateUse(BaseModel):
    """A process or rule that says it."""

    kind: str
    key: str
    label: str
    label_en: str | None


class TemplateOut(BaseModel):
    """A template in force; `languages` besides the template's own, `version` counts its words."""

    key: str
    form: str
    kind: str
    channels: list[str]
    languages: list[str]
    version: int
    at: dt.datetime | None
    uses: list[TemplateUse]


class TemplateVersion(BaseModel):
    version: int
    at: dt.datetime | None
    by: str | None
    tree: Tree


class TemplateAsked(BaseModel):
    """`audience`: key of one in force; `heard`: one as it is drawn, instead."""

    tree: Tree
    record_id: int
    channel: Literal["mail", "sms", "dingtalk", "wecom", "feishu", "webhook", "in_app"] = "mail"
    language: str = Field("", max_length=10)
    audience: str = ""
    heard: Tree | None = None


class PieceOut(BaseModel):
    """`of`: the placeholder that these words come from; missing: it is blank, wrong: it is no formula of the form."""

    text: str
    state: Literal["said", "value", "missing", "wrong"]
    of: str


class ParamOut(BaseModel):
    name: str
    pieces: list[PieceOut]


class WrongOut(BaseModel):
    of: str
    text: str


class ReachedOut(BaseModel):
    channel: str
    name: str | None
    address: str | None
    why: str | None


class SizeOut(BaseModel):
    """`price` of one: where the channel's settings say what a part costs."""

    units: int
    parts: int
    price: float | None


class TemplateTold(BaseModel):
    """`own`: this channel has words of its own, else those of the mail are said."""

    subject: list[PieceOut]
    body: list[PieceOut]
    code: str
    params: list[ParamOut]
    own: bool
    reached: list[ReachedOut]
    unheard: str | None
    wrong: list[WrongOut]
    missing: list[str]
    size: SizeOut | None


class DrawnIn(BaseModel):
    tree: Tree
    audience: str
    heard: Tree | None = None
    where: str = ""


class TryDrawnIn(TemplateAsked):
    """`to`: my name at the service, where it is not known here."""

    to: str = Field("", max_length=200)


@router.get("")
def list_templates(tx: InTx) -> list[TemplateOut]:
    """Those in force, with who says them; drafts stand at `/api/design`."""
    allow(tx, "design")
    used: dict[str, list[TemplateUse]] = {}
    for name in ("process", "rule"):
        kind = apps.kind_of(name)
        for one in kind.current(tx):
            tree = kind.dump(one)
            says = {key for _, what, key, _ in kind.names(one) if what == "template"}
            for key in says:
                use = TemplateUse(kind=name, key=kind.key(tree), label=one.label, label_en=tree.get("label_en"))
                used.setdefault(key, []).append(use)
    known = messages.template_heads(tx)
    return [
        TemplateOut(
            key=one.key, form=one.form, kind=one.kind, channels=list(one.channels),
            languages=sorted({said.language for said in one.texts if said.language}),
            uses=used.get(one.key, []), **known[one.key],
        )
        for one in messages.templates(tx)
    ]  # fmt: skip


@router.get("/{key}/versions")
def template_versions(tx: InTx, key: str) -> list[TemplateVersion]:
    """What it said, the newest first."""
    allow(tx, "design")
    return [TemplateVersion(tree=row.pop("definition"), **row) for row in messages.template_versions(tx, key)]


@router.post("/preview")
def preview_template(tx: InTx, request: Request, body: TemplateAsked) -> TemplateTold:
    """What the draft says about a record that I may read; what is blank or wrong stands out. Nothing is kept."""
    allow(tx, "design")
    found = _rehearsed(tx, body)
    language = language_of(request)

    def told(problem: Problem) -> str:
        return text(problem, language)

    return TemplateTold(
        subject=_pieces(found.subject), body=_pieces(found.body), code=found.code, own=found.own,
        params=[ParamOut(name=name, pieces=_pieces(words)) for name, words in found.params],
        reached=[ReachedOut(channel=one.channel, name=one.name, address=one.address, why=one.why)
                 for one in found.reached],
        unheard=told(found.unheard) if found.unheard else None,
        wrong=[WrongOut(of=of, text=told(problem)) for of, problem in found.wrong.items()],
        missing=found.missing,
        size=found.size and SizeOut(units=found.size.units, parts=found.size.parts, price=found.price),
    )  # fmt: skip


@router.post("/foresee")
def foresee_template(tx: InTx, body: DrawnIn) -> Foreseen:
    """Who would get the draft, of the records that I may read. Nothing is written."""
    allow(tx, "design")
    said = messages.Template.load(body.tree)
    heard = [messages.Audience.load(body.heard)] if body.heard is not None else []
    to = heard[0].key if heard else body.audience
    return Foreseen(**messages.foresee(tx, said.key, to, where=body.where, drawn=[*heard, said]))


@router.post("/try")
def try_template(request: Request, body: TryDrawnIn) -> TriedOut:
    """The draft about this record, sent to me: where it will be read. It leaves although the channel is held."""

    def prepared(tx: Tx) -> messages.Trial:
        allow(tx, "design")
        allow(tx, "release")
        rehearsed = _rehearsed(tx, body)
        made = messages.trial(tx, body.channel, to=body.to)
        wire = rehearsed.wire(f"<try.{secrets.token_hex(8)}@perennial.invalid>", made.wire.name, made.wire.address)
        return messages.Trial(made.way, wire)

    trial: messages.Trial = run(request, prepared)
    outcome = messages.attempt(trial.way, trial.wire)
    return TriedOut(**run(request, lambda tx: messages.tried(tx, body.channel, outcome)))


def _rehearsed(tx: Tx, body: TemplateAsked) -> messages.Rehearsed:
    said = messages.Template.load(body.tree)
    to = messages.Audience.load(body.heard) if body.heard is not None else None
    if to is None and body.audience:
        to = next((one for one in messages.audiences(tx) if one.key == body.audience), None)
    return messages.rehearse(tx, said, body.record_id, channel=body.channel, language=body.language, to=to)


def _pieces(pieces: tuple[messages.Piece, ...]) -> list[PieceOut]:
    return [PieceOut(text=one.text, state=one.state, of=one.of) for one in pieces]

"""Addresses that somebody outside calls, and what webhooks call outside."""

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from perennial import people, processes
from perennial.http.edge import Connected, InTx, Router, address_of, allow
from perennial.http.processes import titled
from perennial.kernel import SYSTEM, Busy, Missing, Problem, Reason

router = Router(tags=["processes"])
LIMIT_KB = 64
_EXAMPLE = {"record": {"number": "HT-2026-0117"}, "amount": "195300.00"}


class TooLarge(Problem):
    """More than this door takes."""

    status: ClassVar[int] = 413


class Taken(BaseModel):
    """`duplicate`: a call of this key was there before; nothing happens twice."""

    state: Literal["accepted", "duplicate"]


class HookOut(BaseModel):
    """`hint`: how its address begins; the rest was shown once."""

    name: str
    hint: str
    made_at: dt.datetime
    made_by: dict[str, Any]
    calls: int
    last_at: dt.datetime | None


class AddressOut(BaseModel):
    """`path` behind the address of this installation; it is not shown again."""

    path: str


class SigningOut(BaseModel):
    secret: str | None
    made_at: dt.datetime | None


class CallOut(BaseModel):
    """`key`: X-Perennial-Id of every attempt; `try_at`: the next one; `again`: it can be tried again by hand."""

    id: int
    key: str
    node: str
    label: str
    label_en: str
    record_id: int
    record_title: str | None = None
    form: str
    url: str
    state: Literal["queued", "sending", "done", "failed", "cancelled", "recorded"]
    why: str | None
    tries: int
    most: int
    status: int | None
    reply: str | None
    decided_at: dt.datetime
    sent_at: dt.datetime | None
    settled_at: dt.datetime | None
    try_at: dt.datetime | None
    again: bool


async def _body(request: Request) -> bytes:
    """What was sent, refused before it is read when it is too much."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LIMIT_KB * 1024:
        raise TooLarge("http.hook_too_large", limit_kb=LIMIT_KB)
    return await request.body()


@router.post(
    "/hooks/{secret}", status_code=202,
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
)  # fmt: skip
def call_hook(
    database: Connected, request: Request, secret: str, body: Annotated[bytes, Depends(_body)],
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Taken:  # fmt: skip
    """Something happened to a record: who waits for it goes on. Whoever knows the address may say so; `record` is its
    number, or {field: value}. With an Idempotency-Key it counts once."""
    try:
        taken = database.run(SYSTEM, lambda tx: processes.knock(tx, secret, body, idempotency_key), Reason("hook"))
    except Missing:
        address = address_of(request)
        minutes = database.run(SYSTEM, lambda tx: people.wrong_attempt(tx, "hook", address))
        if minutes is not None:
            raise Busy("people.login_throttled", minutes=minutes) from None
        raise
    database.notify_soon()
    return Taken(state="accepted" if taken else "duplicate")


@router.get("/processes/{key}/hooks")
def list_hooks(tx: InTx, key: str) -> list[HookOut]:
    """Hooks of a process that have an address, and what came in."""
    allow(tx, "design")
    return [HookOut(**row) for row in processes.addresses(tx, key)]


@router.post("/processes/{key}/hooks/{name}")
def renew_hook(tx: InTx, key: str, name: str) -> AddressOut:
    """A new address for this hook; the one before leads nowhere."""
    allow(tx, "design")
    return AddressOut(path=f"/api/hooks/{processes.renew_address(tx, key, name)}")


@router.get("/processes/{key}/signing")
def read_signing(tx: InTx, key: str) -> SigningOut:
    """What signs the calls of this process's webhooks; null until the first one, or until it is made."""
    allow(tx, "design")
    found = processes.signing(tx, key)
    return SigningOut(**found) if found else SigningOut(secret=None, made_at=None)


@router.post("/processes/{key}/signing")
def renew_signing(tx: InTx, key: str) -> SigningOut:
    """Another secret; calls are signed with it from now on."""
    allow(tx, "design")
    processes.sign(tx, key, anew=True)
    return read_signing(tx, key)


@router.get("/processes/{key}/calls")
def list_calls(
    tx: InTx, key: str, state: processes.CallState | None = None, node: str | None = None, before: int | None = None,
    limit: int = 50,
) -> list[CallOut]:  # fmt: skip
    """What the webhooks of a process have called, latest first, about records that the actor may read."""
    allow(tx, "design")
    rows = processes.webhook_calls(tx, key, state=state, node=node, before=before, limit=limit)
    return [CallOut(**row) for row in titled(tx, rows)]


@router.post("/processes/{key}/calls/{id}/retry")
def retry_call(tx: InTx, key: str, id: int) -> None:
    """It is made at the next turn: one that waits for its next attempt, or that stands with its error."""
    allow(tx, "design")
    processes.call_again(tx, key, id)

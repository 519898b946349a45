"""What rules post to somebody else's server: its log, once more, and what signs it; what rules leave alone for now."""

import datetime as dt
from typing import Literal

from fastapi import Request
from pydantic import BaseModel

from perennial import processes, rules
from perennial.http.edge import InTx, Router, allow
from perennial.http.errors import language_of
from perennial.http.hooks import CallOut, SigningOut
from perennial.http.processes import titled
from perennial.kernel import Invalid, text

router = Router(prefix="/rules", tags=["rules"])


class KeptBackOut(BaseModel):
    """`stopped`: its actions failed for the record, `fault` says how; `held`: a hold keeps what it has to do. `at`:
    since when."""

    record_id: int
    title: str | None
    why: Literal["stopped", "held"]
    fault: str | None
    at: dt.datetime


@router.get("/{key}/kept-back")
def list_kept_back(tx: InTx, request: Request, key: str, skip: int = 0) -> list[KeptBackOut]:
    """Records that the rule leaves alone for now, of those that I may read."""
    allow(tx, "design")
    language = language_of(request)
    found: list[KeptBackOut] = []
    for row in rules.kept_back(tx, key, skip=max(skip, 0)):
        code, facts = row.pop("code"), row.pop("facts") or {}
        fault = None if code is None else str(facts.get("error") or text(Invalid(code, **facts), language))
        found.append(KeptBackOut(**row, fault=fault))
    return found


@router.get("/{key}/calls")
def list_rule_calls(
    tx: InTx, key: str, state: processes.CallState | None = None, before: int | None = None, limit: int = 50
) -> list[CallOut]:
    """What firings of a rule have called, latest first, about records that the actor may read."""
    allow(tx, "design")
    rows = processes.rule_calls(tx, key, state=state, before=before, limit=limit)
    return [CallOut(**row) for row in titled(tx, rows)]


@router.post("/{key}/calls/{id}/retry")
def retry_rule_call(tx: InTx, key: str, id: int) -> None:
    """It is made at the next turn."""
    allow(tx, "design")
    processes.rule_call_again(tx, key, id)


@router.get("/{key}/signing")
def read_rule_signing(tx: InTx, key: str) -> SigningOut:
    """What signs the calls of this rule; null until the first one, or until it is made."""
    allow(tx, "design")
    found = processes.signing(tx, f"rule:{key}")
    return SigningOut(**found) if found else SigningOut(secret=None, made_at=None)


@router.post("/{key}/signing")
def renew_rule_signing(tx: InTx, key: str) -> SigningOut:
    """Another secret; calls are signed with it from now on."""
    allow(tx, "design")
    processes.sign(tx, f"rule:{key}", anew=True)
    return read_rule_signing(tx, key)

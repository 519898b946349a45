"""Events that the platforms send to us: as they should come, and as an attacker or a bad day sends them."""

import dataclasses
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import httpx

from perennial.dev import signing
from perennial.dev.accounts import Accounts, App

STALE_S = 61 * 60
HOWS = {
    "good": "once, as it should be",
    "again": "twice: the platform repeats an event, signed and encrypted anew",
    "replayed": "twice the same bytes with the same nonce",
    "stale": "signed rightly, 61 minutes ago",
    "ahead": "signed rightly, in 61 minutes",
    "wrong_token": "signed by somebody who does not know the token",
    "tampered": "the encrypted text was changed after signing",
    "wrong_key": "signed rightly, encrypted with another key",
    "wrong_receiver": "signed and encrypted rightly, for another company",
    "unsigned": "no signature, no timestamp, no nonce",
    "garbage": "a body that says nothing",
}
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass(frozen=True, slots=True)
class Callback:
    """One HTTP request to us."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    def url(self, base: str) -> str:
        return f"{base}?{urlencode(self.query)}" if self.query else base


def compose(
    accounts: Accounts, service: str, event: Mapping[str, Any], now: float, how: str = "good"
) -> list[Callback]:
    """The requests that carry this event; `service` is dingtalk, wecom or feishu."""
    if how not in HOWS:
        raise ValueError(f"{how}: one of {', '.join(HOWS)}")
    at = now + {"stale": -STALE_S, "ahead": STALE_S}.get(how, 0)
    make = {"dingtalk": _dingtalk, "wecom": _wecom, "feishu": _feishu}[service]
    one = make(accounts, event, at, how)
    if how == "garbage":
        one = dataclasses.replace(one, body=b"\xff\xfe garbage")
    if how == "again":
        return [one, make(accounts, event, at, how)]
    return [one, one] if how == "replayed" else [one]


def _sealed(app: App, text: str, receiver: str, at: str, how: str) -> tuple[str, str, str]:
    """encrypted, nonce, signature"""
    key = OTHER_KEY if how == "wrong_key" else app.aes_key
    encrypted = signing.encrypt(key, text, "somebody-else" if how == "wrong_receiver" else receiver)
    nonce = secrets.token_hex(8)
    signature = signing.callback_signature("not-the-token" if how == "wrong_token" else app.token, at, nonce, encrypted)
    if how == "tampered":
        encrypted = encrypted[:30] + ("A" if encrypted[30] != "A" else "B") + encrypted[31:]
    return encrypted, nonce, signature


def _dingtalk(accounts: Accounts, event: Mapping[str, Any], at: float, how: str) -> Callback:
    """Event subscription: the receiver is the application's key; timestamps are milliseconds."""
    stamp = str(int(at * 1000))
    text = json.dumps(event, ensure_ascii=False)
    encrypted, nonce, signature = _sealed(accounts.dingtalk, text, accounts.dingtalk.id, stamp, how)
    query = {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}
    body = json.dumps({"encrypt": encrypted}).encode()
    return Callback({} if how == "unsigned" else query, {"Content-Type": "application/json"}, body)


def _xml(values: Mapping[str, Any]) -> str:
    def inner(value: Any) -> str:
        if isinstance(value, Mapping):
            return "".join(f"<{key}>{inner(one)}</{key}>" for key, one in value.items())
        return escape(str(value))

    return f"<xml>{inner(values)}</xml>"


def _wecom(accounts: Accounts, event: Mapping[str, Any], at: float, how: str) -> Callback:
    app, stamp = accounts.wecom, str(int(at))
    encrypted, nonce, signature = _sealed(app, _xml(event), app.company, stamp, how)
    query = {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}
    body = _xml({"ToUserName": app.company, "AgentID": app.agent, "Encrypt": encrypted}).encode()
    return Callback({} if how == "unsigned" else query, {"Content-Type": "text/xml"}, body)


def wecom_verification(accounts: Accounts, text: str, now: float, how: str = "good") -> Callback:
    """What WeCom asks when an address is saved; the right answer is the text and nothing else."""
    encrypted, nonce, signature = _sealed(accounts.wecom, text, accounts.wecom.company, str(int(now)), how)
    query = {"msg_signature": signature, "timestamp": str(int(now)), "nonce": nonce, "echostr": encrypted}
    return Callback(query, {}, b"", "GET")


def _feishu(accounts: Accounts, event: Mapping[str, Any], at: float, how: str) -> Callback:
    """`event` is the whole body in clear: an event of schema 2.0, or a `url_verification`."""
    app, stamp, nonce = accounts.feishu, str(int(at)), secrets.token_hex(8)
    told = dict(event)
    if how == "wrong_receiver":  # the verification token is of somebody else
        told["header"] = {**told.get("header", {}), "token": "somebody-else"}
    key = "not-the-key" if how == "wrong_key" else app.aes_key
    body = json.dumps({"encrypt": signing.feishu_encrypt(key, json.dumps(told, ensure_ascii=False))}).encode()
    signature = signing.feishu_signature("not-the-key" if how == "wrong_token" else app.aes_key, stamp, nonce, body)
    if how == "tampered":
        body = body.replace(body[30:31], b"A" if body[30:31] != b"A" else b"B")
    signed = {"X-Lark-Request-Timestamp": stamp, "X-Lark-Request-Nonce": nonce, "X-Lark-Signature": signature}
    return Callback({}, {"Content-Type": "application/json", **({} if how == "unsigned" else signed)}, body)


def feishu_event(accounts: Accounts, kind: str, event: Mapping[str, Any], now: float, id: str = "") -> dict[str, Any]:
    """An event of schema 2.0 as `compose` takes it; the same `id` is the same event."""
    header = {
        "event_id": id or secrets.token_hex(16), "event_type": kind, "create_time": str(int(now * 1000)),
        "token": accounts.feishu.token, "app_id": accounts.feishu.id, "tenant_key": accounts.feishu.company,
    }  # fmt: skip
    return {"schema": "2.0", "header": header, "event": dict(event)}


def send(url: str, callbacks: Sequence[Callback], seconds: float = 10) -> list[tuple[int, str]]:
    """Status and body of each answer, in the order of sending; (0, why) where none came."""
    answers: list[tuple[int, str]] = []
    with httpx.Client(timeout=seconds, trust_env=False) as client:
        for one in callbacks:
            try:
                got = client.request(one.method, one.url(url), headers=dict(one.headers), content=one.body)
                answers.append((got.status_code, got.text))
            except httpx.HTTPError as error:
                answers.append((0, type(error).__name__))
    return answers


def dingtalk_answer(accounts: Accounts, answer: str) -> str:
    """What we answered, in clear ("success"); "" when DingTalk would not understand it."""
    app = accounts.dingtalk
    try:
        told = json.loads(answer)
        due = signing.callback_signature(app.token, str(told["timeStamp"]), str(told["nonce"]), told["encrypt"])
        text, receiver = signing.decrypt(app.aes_key, told["encrypt"])
    except (ValueError, KeyError, TypeError):
        return ""
    return text if due == told["msg_signature"] and receiver == app.id else ""

"""Signatures of requests, each as its vendor documents it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote


def dingtalk_robot(secret: str, timestamp_ms: int) -> str:
    """The `sign` of a robot's address, not yet URL-encoded (once: whoever builds the address does)."""
    return _base64(_sha256(secret.encode(), f"{timestamp_ms}\n{secret}".encode()))


def feishu_robot(secret: str, timestamp_s: int) -> str:
    """The `sign` in a robot's body: seconds, and key and message the other way round."""
    return _base64(_sha256(f"{timestamp_s}\n{secret}".encode(), b""))


def feishu_event(encrypt_key: str, timestamp: str, nonce: str, body: bytes) -> str:
    """`X-Lark-Signature` of a callback with this raw body."""
    return hashlib.sha256(f"{timestamp}{nonce}{encrypt_key}".encode() + body).hexdigest()


def callback(token: str, timestamp: str, nonce: str, encrypt: str) -> str:
    """`msg_signature` of WeCom and DingTalk."""
    return hashlib.sha1("".join(sorted((token, timestamp, nonce, encrypt))).encode(), usedforsecurity=False).hexdigest()


def percent(text: str) -> str:
    """RFC 3986: a space is %20, a star %2A, a tilde stays."""
    return quote(text, safe="~")


def query(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{percent(key)}={percent(value)}" for key, value in sorted(parameters.items()))


def aliyun_rpc(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """The `Signature` of an RPC request, version 1.0 (HMAC-SHA1)."""
    text = f"{method}&%2F&{percent(query(parameters))}"
    return _base64(hmac.digest(f"{secret}&".encode(), text.encode(), "sha1"))


def aliyun_v3(
    method: str,
    path: str,
    parameters: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    key: str,
    secret: str,
) -> str:
    """The `Authorization` of ACS3-HMAC-SHA256. `headers` are the signed ones (host, x-acs-*, content-type), with
    `x-acs-content-sha256` among them."""
    names, canonical = _canonical_headers(headers)
    request = "\n".join((method, path, query(parameters), canonical, names, hashlib.sha256(body).hexdigest()))
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = _sha256(secret.encode(), text.encode()).hex()
    return f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}"


@dataclass(frozen=True, slots=True)
class Tc3:
    """What Tencent Cloud's signature is made of, step by step: the documentation gives every step to compare with."""

    hashed_payload: str
    hashed_request: str
    secret_date: str
    secret_service: str
    secret_signing: str
    signature: str
    authorization: str


def tencent_tc3(
    headers: Mapping[str, str], payload: bytes, service: str, timestamp_s: int, key: str, secret: str
) -> Tc3:
    """A POST to `/` with the headers that are signed; their values count in lower case."""
    names, canonical = _canonical_headers({name: value.lower() for name, value in headers.items()})
    hashed_payload = hashlib.sha256(payload).hexdigest()
    request = "\n".join(("POST", "/", "", canonical, names, hashed_payload))
    hashed_request = hashlib.sha256(request.encode()).hexdigest()
    day = datetime.fromtimestamp(timestamp_s, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    by_date = _sha256(f"TC3{secret}".encode(), day.encode())
    by_service = _sha256(by_date, service.encode())
    signing = _sha256(by_service, b"tc3_request")
    text = f"TC3-HMAC-SHA256\n{timestamp_s}\n{scope}\n{hashed_request}"
    signature = _sha256(signing, text.encode()).hex()
    authorization = f"TC3-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return Tc3(
        hashed_payload, hashed_request, by_date.hex(), by_service.hex(), signing.hex(), signature, authorization
    )  # fmt: skip


def _canonical_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """(their names, one line for each and an empty one)"""
    given = sorted((name.lower(), value.strip()) for name, value in headers.items())
    return ";".join(name for name, _ in given), "".join(f"{name}:{value}\n" for name, value in given)


def _sha256(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()

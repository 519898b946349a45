"""Events and pressed cards that Feishu sends to an address of ours."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perennial.channels import signatures
from perennial.channels.crypt import TOLERANCE_S, Forged, Seen, feishu_decrypt, fresh, same
from perennial.channels.shapes import whole


@dataclass(frozen=True, slots=True)
class Challenge:
    """Feishu tries the address: `answer` is the JSON that it wants."""

    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """`id` tells repetitions; old events (schema 1.0) have a uuid. `at_ms`: when it happened, since 1970; 0 where that
    is not said."""

    id: str
    kind: str
    data: Mapping[str, Any]
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Callback:
    """Without an `encrypt_key` nothing is signed, and the verification token in the body is all there is."""

    verification_token: str = field(repr=False)
    encrypt_key: str = field(repr=False)
    clock: Callable[[], float]
    seen: Seen

    def open(self, headers: Mapping[str, str], body: bytes) -> Challenge | Event:
        """`headers` by any case; `body` as it came, since the signature is of its bytes.

        A test of the address comes before the signature, as the vendor does: it carries the token, and does nothing
        """
        given = {key.lower(): value for key, value in headers.items()}
        message = _object(body)
        if self.encrypt_key:
            sealed = message.get("encrypt")
            if not isinstance(sealed, str):
                raise Forged("sealed")
            message = _object(feishu_decrypt(self.encrypt_key, sealed).encode())
        head = message.get("header")
        header: Mapping[str, Any] = head if isinstance(head, dict) else {}
        if not self.verification_token or not same(
            str(header.get("token") or message.get("token") or ""), self.verification_token
        ):
            raise Forged("token")
        if message.get("type") == "url_verification":
            return Challenge({"challenge": str(message.get("challenge", ""))})
        if self.encrypt_key:
            self._signed(given, body)
        data = message.get("event")
        return Event(
            str(header.get("event_id") or message.get("uuid") or ""),
            str(header.get("event_type") or message.get("type") or ""),
            data if isinstance(data, dict) else {},
            whole(header.get("create_time")) or 0,
        )

    def _signed(self, headers: Mapping[str, str], body: bytes) -> None:
        timestamp, nonce = headers.get("x-lark-request-timestamp", ""), headers.get("x-lark-request-nonce", "")
        if not same(
            headers.get("x-lark-signature", ""), signatures.feishu_event(self.encrypt_key, timestamp, nonce, body)
        ):
            raise Forged("signature")
        sent_at = fresh(timestamp, self.clock())
        if self.seen(nonce, sent_at + TOLERANCE_S):
            raise Forged("replayed")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Forged("sealed") from None
    if not isinstance(found, dict):
        raise Forged("sealed")
    return found

"""Events that DingTalk sends to an address of ours (HTTP mode), and the answer that it wants."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from perennial.channels.crypt import Envelope, Forged


class Callback:
    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def open(self, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The event; `EventType` is `check_url` for the first one. `Forged` where it is not theirs.

        The query is named in two ways, both in use: signature or msg_signature, timestamp or timeStamp
        """
        signature = query.get("msg_signature") or query.get("signature") or ""
        timestamp = query.get("timestamp") or query.get("timeStamp") or ""
        try:
            encrypt = json.loads(body)["encrypt"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Forged("sealed") from None
        if not isinstance(encrypt, str):
            raise Forged("sealed")
        text = self._envelope.open(signature, timestamp, query.get("nonce", ""), encrypt)
        try:
            event = json.loads(text)
        except ValueError:
            raise Forged("sealed") from None
        if not isinstance(event, dict):
            raise Forged("sealed")
        return event

    def success(self) -> dict[str, str]:
        """The JSON of the answer: `success`, sealed."""
        now_ms = str(int(self._envelope.clock() * 1000))
        sealed = self._envelope.seal("success", now_ms, secrets.token_hex(8))
        return {
            "msg_signature": sealed.signature,
            "timeStamp": sealed.timestamp,
            "nonce": sealed.nonce,
            "encrypt": sealed.encrypt,
        }

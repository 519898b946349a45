"""What WeCom sends to an address of ours: its test of the address, events and answers to cards, as XML or JSON."""

import json
import secrets
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from perennial.channels.crypt import Envelope, Forged


class Callback:
    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def verify(self, query: Mapping[str, str]) -> str:
        """The plain text that WeCom wants back, as it is, within a second. `query` is URL-decoded."""
        return self._open(query, query.get("echostr", ""))

    def open(self, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The event: the elements of its XML (or its JSON). `Forged` where it is not theirs.

        WeCom repeats what was not answered within five seconds: tell repetitions by MsgId, else FromUserName and
        CreateTime
        """
        outer = _read(body)
        encrypt = outer.get("Encrypt", outer.get("encrypt"))
        if not isinstance(encrypt, str):
            raise Forged("sealed")
        return _read(self._open(query, encrypt).encode())

    def answer(self, text: str, *, as_json: bool = False) -> str:
        """A sealed passive answer."""
        sealed = self._envelope.seal(text, str(int(self._envelope.clock())), secrets.token_hex(8))
        if as_json:
            return json.dumps(
                {
                    "encrypt": sealed.encrypt,
                    "msgsignature": sealed.signature,
                    "timestamp": int(sealed.timestamp),
                    "nonce": sealed.nonce,
                }
            )
        return (
            f"<xml><Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{sealed.signature}]]></MsgSignature>"
            f"<TimeStamp>{escape(sealed.timestamp)}</TimeStamp><Nonce><![CDATA[{sealed.nonce}]]></Nonce></xml>"
        )

    def _open(self, query: Mapping[str, str], encrypt: str) -> str:
        return self._envelope.open(
            query.get("msg_signature", ""), query.get("timestamp", ""), query.get("nonce", ""), encrypt
        )


def _read(body: bytes) -> dict[str, Any]:
    """Elements by name; an element with children is a dict, a repeated one a list."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        if body.lstrip()[:1] == b"{":
            found = json.loads(body)
        else:
            found = _element(fromstring(body.decode()))
    except (ValueError, ParseError, DefusedXmlException, RecursionError):
        raise Forged("sealed") from None
    if not isinstance(found, dict):
        raise Forged("sealed")
    return found


def _element(element: Any) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _element(child)
        if child.tag in found:
            held = found[child.tag]
            found[child.tag] = [*held, value] if isinstance(held, list) else [held, value]
        else:
            found[child.tag] = value
    return found

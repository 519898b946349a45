"""What a mail that came in says: that one of ours did not arrive (RFC 3464), or what somebody answered."""

import email
import email.policy
import email.utils
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, Literal

Kind = Literal["bounce", "delay", "reply", "automatic", "other"]
TEXT_CHARS, NAME_CHARS, NAMES = 20_000, 300, 50
_ID = re.compile(r"<[^<>\s]+>")
_QUIET = ("auto-replied", "auto-generated")


@dataclass(frozen=True, slots=True)
class Letter:
    """`refers`: Message-IDs that it is about, the nearest first."""

    message_id: str
    kind: Kind
    refers: tuple[str, ...]
    sender: str
    name: str
    subject: str
    text: str
    attachments: tuple[str, ...]


def read_letter(raw: bytes) -> Letter:
    """However broken it is, it is something: a part that cannot be read is left out."""
    try:
        return _read(raw)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # the parser gives up on odd ones
        return Letter(_own_id(raw), "other", (), "", "", "", "", ())


def _own_id(raw: bytes) -> str:
    return f"<{hashlib.sha256(raw).hexdigest()[:40]}@no-id>"


def _read(raw: bytes) -> Letter:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    name, sender = email.utils.parseaddr(_header(mail, "From"))
    refers = _ids(_header(mail, "In-Reply-To")) + _ids(_header(mail, "References"))[::-1]
    kind: Kind = "reply" if refers else "other"
    text = _text(mail)
    if mail.get_content_type() == "multipart/report":
        failed, told = _delivery(mail)
        about = _original(mail)
        if told and (about or refers):
            kind, refers, text = ("bounce" if failed else "delay"), about or refers, told
        else:  # a report of another kind (that it was read), or of a mail that nobody names
            kind = "automatic"
    elif _header(mail, "Auto-Submitted").split(";")[0].strip().lower() in _QUIET:
        kind = "automatic"
    ids = _ids(_header(mail, "Message-ID"))
    return Letter(
        message_id=ids[0] if ids else _own_id(raw),
        kind=kind, refers=tuple(dict.fromkeys(refers)), sender=_short(sender), name=_short(name),
        subject=_short(_header(mail, "Subject")), text=_clean(text)[:TEXT_CHARS],
        attachments=tuple(_short(one) for one in _attached(mail))[:NAMES],
    )  # fmt: skip


def _header(mail: "Message[Any, Any]", name: str) -> str:
    try:
        return str(mail.get(name) or "")
    except (
        ValueError,
        IndexError,
        AttributeError,
        TypeError,
        LookupError,
    ):  # the parser of a header gives up on odd ones
        return ""


def _ids(text: str) -> tuple[str, ...]:
    return tuple(_ID.findall(text))


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode().strip()


def _short(text: str) -> str:
    return " ".join(_clean(text).split())[:NAME_CHARS]


def _parts(mail: "Message[Any, Any]") -> "Iterator[Message[Any, Any]]":
    for part in mail.walk():
        if not part.is_multipart():
            yield part


def _text(mail: "Message[Any, Any]") -> str:
    """The plain text; of a mail in HTML alone what stands between its tags."""
    for wanted in ("text/plain", "text/html"):
        for part in _parts(mail):
            if part.get_content_type() == wanted and part.get_content_disposition() != "attachment":
                words = _decoded(part)
                if wanted == "text/html":
                    words = re.sub(r"<(script|style)\b.*?</\1\s*>", "", words, flags=re.S | re.I)
                    words = re.sub(r"<[^>]*>", " ", words)
                return words
    return ""


def _decoded(part: "Message[Any, Any]") -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return content.decode(charset, "replace")
    except LookupError:  # an alphabet that nobody knows
        return content.decode("utf-8", "replace")


def _attached(mail: "Message[Any, Any]") -> Iterator[str]:
    for part in _parts(mail):
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            yield name or part.get_content_type()


def _delivery(mail: "Message[Any, Any]") -> tuple[bool, str]:
    """(it failed for good, what the server says); blank when this is no report of a delivery."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = [one for one in part.get_payload() if isinstance(one, Message)]
            told = [(_header(one, "Action").lower(), _header(one, "Status"), _header(one, "Diagnostic-Code"))
                    for one in blocks if one.get("Action")]  # fmt: skip
            failed = [one for one in told if one[0] == "failed"]
            chosen = (failed or told)[:1]
            return bool(failed), " ".join(chosen[0][1:]).strip() or "failed" if chosen else ""
    return False, ""


def _original(mail: "Message[Any, Any]") -> tuple[str, ...]:
    """The Message-ID of the mail that the report sends back."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            found = re.search(r"^message-id:\s*(<[^<>\s]+>)", _decoded(part), re.I | re.M)
            if found:
                return (found.group(1),)
        if kind == "message/rfc822":
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            if isinstance(inner, Message) and (ids := _ids(_header(inner, "Message-ID"))):
                return ids[:1]
    return ()

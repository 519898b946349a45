"""The ways out: SMTP, and a recorder that takes everything (demo history, simulation, tests)."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr
from typing import Literal, Protocol
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Wire:
    """One message, ready to leave."""

    wire_id: str
    name: str
    address: str
    subject: str
    body: str
    code: str = ""  # the template that an SMS vendor has approved
    params: tuple[tuple[str, str], ...] = ()  # what goes into its gaps, in its order
    opt_out: str = ""  # the recipient's own link


@dataclass(frozen=True, slots=True)
class Outcome:
    """`sent`: accepted. `temporary`: try again later. `permanent`: never. `uncertain`: the answer did not come."""

    state: Literal["sent", "temporary", "permanent", "uncertain"]
    detail: str = ""
    why: str = ""  # of docs/decisions/0026
    remote_id: str = ""
    wait_s: float | None = None  # how long the channel is to be left alone

    @property
    def refused(self) -> bool:
        """The channel as it is set up is not taken, whoever it is for."""
        return self.state == "permanent" and self.why in REFUSED


REFUSED = ("signature", "credentials", "permission", "ip", "gone", "quota")
REPEATS = {"mail": 1, "webhook": 5, "wecom": 3, "feishu": 3}  # an unanswered attempt, where its key makes it one


class Channel(Protocol):
    """`instant` channels take a whole batch without being called: the batch is marked sent in one statement."""

    instant: bool

    def send(self, wire: Wire) -> Outcome: ...


def repeats(key: str, channel: Channel | None) -> int:
    """How often an attempt that was never answered is made again: as the channel says, else as its kind does."""
    return int(getattr(channel, "repeats", REPEATS.get(key, 0)))


def attempt(channel: Channel, wire: Wire) -> Outcome:
    """Send one; a channel that raises leaves its message uncertain and never stops the others."""
    try:
        return channel.send(wire)
    except Exception as error:
        return Outcome("uncertain", f"{type(error).__name__}: {error}")


def unsubscribe(wire: Wire) -> dict[str, str]:
    """How a mail program offers not to get such mail (RFC 8058)."""
    if not wire.opt_out:
        return {}
    return {"List-Unsubscribe": f"<{wire.opt_out}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


class Recorder:
    """Takes everything, sends nothing."""

    instant = True

    def send(self, wire: Wire) -> Outcome:
        return Outcome("sent", "recorded")


class Smtp:
    """Mail by SMTP: `smtp://user:password@host:587` (STARTTLS when offered) or `smtps://…`."""

    instant = False

    def __init__(self, url: str, sender: str, sender_name: str = "", *, timeout_s: float = 30) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "localhost"
        self._secure = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._secure else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._from = formataddr((sender_name, sender))
        self._timeout_s = timeout_s

    def _compose(self, wire: Wire) -> EmailMessage:
        if "@" not in wire.address:
            raise ValueError(f"no address: {wire.address}")
        mail = EmailMessage()
        mail["Message-ID"] = wire.wire_id
        mail["From"] = self._from
        mail["To"] = formataddr((wire.name, wire.address))
        mail["Subject"] = " ".join(wire.subject.split())
        mail["Auto-Submitted"] = "auto-generated"
        for name, value in unsubscribe(wire).items():
            mail[name] = value
        mail.set_content(wire.body)
        return mail

    def send(self, wire: Wire) -> Outcome:
        try:
            mail = self._compose(wire)
        except ValueError as error:  # an address or name that no mail can carry
            return Outcome("permanent", str(error))
        handed_over = accepted = False
        try:
            with self._connect() as server:
                if not self._secure and server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
                if self._user:
                    server.login(self._user, self._password)
                handed_over = True
                server.send_message(mail)
                accepted = True
        except (OSError, smtplib.SMTPException) as error:
            if not accepted:  # else it was the farewell that went wrong
                return _failure(error, handed_over)
        return Outcome("sent")

    def _connect(self) -> smtplib.SMTP:
        if self._secure:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout_s)
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)


def _failure(error: Exception, handed_over: bool) -> Outcome:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return Outcome("permanent" if 500 <= code < 600 else "temporary", f"{code} {_words(text)}")
    if isinstance(error, smtplib.SMTPResponseException):
        permanent = 500 <= error.smtp_code < 600 and handed_over
        return Outcome("permanent" if permanent else "temporary", f"{error.smtp_code} {_words(error.smtp_error)}")
    if handed_over and isinstance(error, OSError):  # SMTPServerDisconnected among them: it may have arrived
        return Outcome("uncertain", str(error))
    return Outcome("temporary", str(error))


def _words(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text

"""Mail by SMTP: `smtp://user:password@host:587`, or `smtps://…` (encrypted from the beginning)."""

import contextlib
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formataddr
from urllib.parse import unquote, urlsplit

from perennial.channels.reply import Reply, permanent, temporary
from perennial.channels.scrub import scrub

SECONDS = 30.0  # for each step
THROTTLE_S = 60.0


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    url: str = field(repr=False)  # with the password in it
    sender: str
    sender_name: str = ""
    seconds: float = SECONDS
    security: str = ""  # "": STARTTLS when offered; starttls: nothing leaves without it; none: never; tls: as smtps


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes
    kind: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Mail:
    message_id: str  # `<…@…>`: by it the other side may know a repetition
    name: str
    address: str
    subject: str
    body: str
    html: str = ""  # the same, for those who read it so
    attachments: Sequence[Attachment] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: dict[str, str]())  # Reply-To, List-Unsubscribe, …


class Smtp:
    def __init__(self, account: SmtpAccount) -> None:
        parts = urlsplit(account.url)
        self._account = account
        self._host = parts.hostname or "localhost"
        self._secure = parts.scheme == "smtps" or account.security == "tls"
        self._port = parts.port or (465 if self._secure else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")

    def send(self, mail: Mail) -> Reply:
        try:
            message = self._composed(mail)
        except ValueError as error:  # an address or name that no mail can carry
            return permanent("no_such_recipient" if "@" not in mail.address else "bad_request", str(error))
        handed_over = False
        try:
            with contextlib.closing(_Farewell(self._connect())) as server:
                if not self._secure and not self._encrypted(server.session):
                    return temporary("refused", "the server offers no STARTTLS")
                if self._user:
                    server.session.login(self._user, self._password)
                handed_over = True
                server.session.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            return self._failure(error, handed_over)
        return Reply("sent", remote_id=mail.message_id)

    def _encrypted(self, session: smtplib.SMTP) -> bool:
        """As it was asked for; False: it cannot be."""
        if self._account.security == "none":
            return True
        session.ehlo_or_helo_if_needed()
        if not session.has_extn("starttls"):
            return self._account.security != "starttls"
        session.starttls(context=ssl.create_default_context())
        return True

    def _composed(self, mail: Mail) -> EmailMessage:
        if "@" not in mail.address:
            raise ValueError(f"no address: {mail.address}")
        message = EmailMessage()
        message["Message-ID"] = mail.message_id
        message["From"] = formataddr((self._account.sender_name, self._account.sender))
        message["To"] = formataddr((mail.name, mail.address))
        message["Subject"] = " ".join(mail.subject.split())
        message["Auto-Submitted"] = "auto-generated"
        for name, value in mail.headers.items():
            message[name] = " ".join(value.split())
        message.set_content(mail.body)
        if mail.html:
            message.add_alternative(mail.html, subtype="html")
        for one in mail.attachments:
            kind, _, subkind = one.kind.partition("/")
            message.add_attachment(one.content, maintype=kind, subtype=subkind or "octet-stream", filename=one.name)
        return message

    def _connect(self) -> smtplib.SMTP:
        if self._secure:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._account.seconds, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=self._account.seconds)

    def _failure(self, error: Exception, handed_over: bool) -> Reply:
        """A 5xx before the mail was handed over is of the account, not of the mail: another try may find it mended."""
        detail = scrub(str(error), (self._password,))
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, text = next(iter(error.recipients.values()))
            return self._answered(code, _words(text), handed_over, "no_such_recipient")
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return self._answered(error.smtp_code, _words(error.smtp_error), False, "credentials")
        if isinstance(error, smtplib.SMTPResponseException):
            return self._answered(error.smtp_code, _words(error.smtp_error), handed_over, "refused")
        if handed_over and isinstance(error, OSError):  # SMTPServerDisconnected among them: it may have arrived
            return Reply("uncertain", "timeout" if isinstance(error, TimeoutError) else "broken", detail)
        if isinstance(error, TimeoutError):
            return temporary("timeout", detail)
        return temporary("unreachable" if isinstance(error, OSError) else "refused", detail)

    def _answered(self, code: int, text: str, handed_over: bool, why: str) -> Reply:
        detail = scrub(f"{code} {text}", (self._password,))
        if 500 <= code < 600 and handed_over:
            return permanent(why, detail)
        if code in (421, 450, 451, 452) and handed_over:
            return temporary("throttled" if code in (421, 452) else "busy", detail)
        return temporary(why, detail)


class _Farewell:
    """What goes wrong in taking leave changes nothing."""

    def __init__(self, session: smtplib.SMTP) -> None:
        self.session = session

    def close(self) -> None:
        try:
            self.session.quit()
        except (OSError, smtplib.SMTPException):
            self.session.close()


def _words(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text

"""Letters for the mailbox: what a mail server writes when it could not deliver, what a customer writes back."""

from collections.abc import Mapping
from email.message import EmailMessage, Message
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText


def bounce(
    message_id: str, recipient: str, *, status: str = "5.1.1", words: str = "550 5.1.1 no such user", own_id: str = ""
) -> bytes:
    """A delivery report (RFC 3464) about the mail with this Message-ID; a `status` of 4.… is a delay, not an end."""
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"] = "Mail Delivery Subsystem <mailer-daemon@example.com>"
    report["To"] = "we@example.com"
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Message-ID"] = own_id or f"<bounce-{message_id.strip('<>')}>"
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"The mail to {recipient} could not be delivered: {words}", "plain", "utf-8"))
    action = "failed" if status.startswith("5") else "delayed"
    told = MIMEBase("message", "delivery-status")
    whole, one = Message(), Message()
    whole["Reporting-MTA"] = "dns; mx.example.com"
    one["Final-Recipient"] = f"rfc822; {recipient}"
    one["Action"], one["Status"] = action, status
    one["Diagnostic-Code"] = f"smtp; {words}"
    told.set_payload([whole, one])
    report.attach(told)
    original = Message()
    original["Message-ID"], original["To"] = message_id, recipient
    headers = MIMEBase("text", "rfc822-headers")
    headers.set_payload(original.as_string())
    report.attach(headers)
    return _crlf(report)


def reply(
    message_id: str, sender: str, text: str, *, subject: str = "Re: 续费", own_id: str = "",
    attachments: Mapping[str, bytes] | None = None, references: str = "", automatic: bool = False,
) -> bytes:  # fmt: skip
    """What a person (or their out-of-office notice) answers to the mail with this Message-ID."""
    whole = MIMEMultipart()
    whole["From"], whole["To"], whole["Subject"] = sender, "we@example.com", subject
    whole["Message-ID"] = own_id or f"<reply-{message_id.strip('<>')}>"
    whole["In-Reply-To"], whole["References"] = message_id, f"{references} {message_id}".strip()
    if automatic:
        whole["Auto-Submitted"] = "auto-replied"
    whole.attach(MIMEText(text, "plain", "utf-8"))
    for name, content in (attachments or {}).items():
        part = MIMEApplication(content)
        part.add_header("Content-Disposition", "attachment", filename=name)
        whole.attach(part)
    return _crlf(whole)


def stray(subject: str = "广告", sender: str = "someone@example.com", own_id: str = "<stray@example.com>") -> bytes:
    """A mail that answers nothing of ours."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, "we@example.com", subject, own_id
    mail.set_content("您好")
    return _crlf(mail)


def _crlf(mail: Message) -> bytes:
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

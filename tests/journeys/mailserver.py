"""A mail server that takes everything but what it is told to refuse, speaks SMTP, and remembers it."""

import contextlib
import email
import email.policy
from collections.abc import Generator
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.journeys.installation import free_port


class Recorder:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses: set[str] = set()  # addresses that there are not

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refuses:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 kept"


@contextlib.contextmanager
def mail_server() -> Generator[tuple[str, Recorder]]:
    """Its address, as PERENNIAL_SMTP_URL wants it, and what it has taken."""
    recorder = Recorder()
    port = free_port()
    controller = Controller(recorder, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}", recorder
    finally:
        controller.stop()

"""A mail server that records everything, deduplicates nothing, and can accept a mail and then die or kill."""

import email
import email.policy
import os
import signal
import socket
from collections import Counter
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller


class Postbox:
    """`accepted`: (Message-ID, recipient, text) of every mail taken, in order."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, str, str]] = []
        self.victim: int | None = None
        self.kill_in = 0
        """When n > 0: the n-th mail from now is accepted, and the program that sent it killed before it hears so."""
        self.hang_up_in = 0
        """The same, but it is this server that goes away without an answer."""
        self.killed = self.hung_up = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> "Postbox":
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = mail.get_body()
        assert body is not None
        self.accepted.append((str(mail["Message-ID"]), envelope.rcpt_tos[0], body.get_content()))
        self.kill_in, kill = max(0, self.kill_in - 1), self.kill_in == 1
        self.hang_up_in, hang_up = max(0, self.hang_up_in - 1), self.hang_up_in == 1
        if kill and self.victim is not None:
            self.killed += 1
            os.kill(self.victim, signal.SIGKILL)
        if hang_up:
            self.hung_up += 1
            server.transport.abort()
        return "250 OK"

    @property
    def copies(self) -> Counter[str]:
        return Counter(id_ for id_, _, _ in self.accepted)

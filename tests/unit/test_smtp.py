"""What the answers of a mail server mean. The server is a real one that says what it is told."""

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from perennial.messages import Smtp, Wire

WIRE = Wire("<1.abc@example.com>", "林晓棠", "lin@example.com", "关于合同的\n征询", "您好：\n\n合同 HT-1 将到期。\n")


class Server:
    """Answers each stage as told; a stage told None is where it hangs up."""

    def __init__(self, **answers: str | None) -> None:
        self.answers = answers
        self.taken: list[bytes] = []

    def _answer(self, server: Any, stage: str, usual: str) -> str:
        answer = self.answers.get(stage, usual)
        if answer is None:
            server.transport.abort()
        return answer or usual

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return self._answer(server, "rcpt", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(envelope.content)
        return self._answer(server, "data", "250 OK")

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        return self._answer(server, "quit", "221 Bye")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def serving() -> Iterator[Callable[..., tuple[Smtp, Server]]]:
    running: list[Controller] = []

    def start(**answers: str | None) -> tuple[Smtp, Server]:
        server = Server(**answers)
        running.append(Controller(server, hostname="127.0.0.1", port=free_port()))
        running[-1].start()
        return Smtp(f"smtp://127.0.0.1:{running[-1].port}", "we@example.com", "常青", timeout_s=5), server

    yield start
    for one in running:
        one.stop()


def test_an_accepted_mail_is_sent_and_reads_as_it_was_written(serving: Callable[..., tuple[Smtp, Server]]) -> None:
    smtp, server = serving()
    assert smtp.send(WIRE).state == "sent"
    mail = email.message_from_bytes(server.taken[0], policy=email.policy.default)
    body = mail.get_body()
    assert body is not None
    assert (mail["Message-ID"], mail["Subject"]) == ("<1.abc@example.com>", "关于合同的 征询")
    assert mail["To"].addresses[0].display_name == "林晓棠"
    assert body.get_content().replace("\r\n", "\n") == WIRE.body


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"rcpt": "550 no such user"}, "permanent"),
        ({"rcpt": "451 later"}, "temporary"),
        ({"data": "554 spam"}, "permanent"),
        ({"data": "452 full"}, "temporary"),
        ({"data": None}, "uncertain"),
        ({"quit": "421 too busy"}, "sent"),
        ({"quit": None}, "sent"),
    ],
)
def test_an_answer_decides_what_becomes_of_the_mail(
    serving: Callable[..., tuple[Smtp, Server]], answers: dict[str, str | None], state: str
) -> None:
    smtp, _ = serving(**answers)
    assert smtp.send(WIRE).state == state


def test_a_server_that_is_not_there_is_tried_again() -> None:
    assert Smtp(f"smtp://127.0.0.1:{free_port()}", "we@example.com", timeout_s=2).send(WIRE).state == "temporary"


@pytest.mark.parametrize("address", ["林@example.com", "a@b\nBcc: c@d", ""])
def test_an_address_that_no_mail_can_carry_is_never_tried_again(
    serving: Callable[..., tuple[Smtp, Server]], address: str
) -> None:
    smtp, server = serving()
    assert smtp.send(Wire("<1@x>", "n", address, "s", "b")).state == "permanent"
    assert server.taken == []

"""What the answers of a mail server mean. The server is a real one that says what it is told."""

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from perennial.channels import smtp
from perennial.channels.smtp import Attachment, Mail, Smtp, SmtpAccount

MAIL = Mail("<1.abc@example.com>", "林晓棠", "lin@example.com", "关于合同的\n征询", "您好：\n\n合同 HT-1 将到期。\n")


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
        url = f"smtp://127.0.0.1:{running[-1].port}"
        return Smtp(SmtpAccount(url, "we@example.com", "常青", seconds=5)), server

    yield start
    for one in running:
        one.stop()


Serving = Callable[..., tuple[Smtp, Server]]


def test_a_mail_arrives_with_its_number_and_all_that_it_carries(serving: Serving) -> None:
    ways, server = serving()
    mail = Mail(
        MAIL.message_id, MAIL.name, MAIL.address, MAIL.subject, MAIL.body,
        html="<p>您好</p>", attachments=[Attachment("报价单.pdf", b"%PDF", "application/pdf")],
        headers={"List-Unsubscribe": "<https://x.example/o/1>\r\nBcc: evil@example.com"},
    )  # fmt: skip
    reply = ways.send(mail)
    assert (reply.state, reply.remote_id) == ("sent", "<1.abc@example.com>")
    got = email.message_from_bytes(server.taken[0], policy=email.policy.default)
    assert got["Message-ID"] == "<1.abc@example.com>" and got["Subject"] == "关于合同的 征询"
    assert got["Bcc"] is None
    parts = {part.get_content_type(): part for part in got.walk()}
    assert parts["text/plain"].get_content().replace("\r\n", "\n") == MAIL.body
    assert parts["text/html"].get_content().strip() == "<p>您好</p>"
    assert parts["application/pdf"].get_filename() == "报价单.pdf"


@pytest.mark.parametrize(
    ("answers", "state", "why"),
    [
        ({"rcpt": "550 no such user"}, "permanent", "no_such_recipient"),
        ({"rcpt": "450 greylisted"}, "temporary", "busy"),
        ({"rcpt": "452 too many"}, "temporary", "throttled"),
        ({"data": "554 spam"}, "permanent", "refused"),
        ({"data": "451 later"}, "temporary", "busy"),
        ({"data": "421 going down"}, "temporary", "throttled"),
        ({"data": None}, "uncertain", "broken"),
        ({"quit": None}, "sent", ""),
        ({"quit": "421 too busy"}, "sent", ""),
    ],
)
def test_what_the_server_says(serving: Serving, answers: dict[str, str | None], state: str, why: str) -> None:
    reply = serving(**answers)[0].send(MAIL)
    assert (reply.state, reply.why) == (state, why)


def test_nobody_listens_and_nobody_is_meant() -> None:
    ways = Smtp(SmtpAccount(f"smtp://127.0.0.1:{free_port()}", "we@example.com", seconds=2))
    assert (ways.send(MAIL).state, ways.send(MAIL).why) == ("temporary", "unreachable")
    nobody = ways.send(Mail("<1@x>", "林", "not an address", "s", "b"))
    assert (nobody.state, nobody.why) == ("permanent", "no_such_recipient")


@pytest.mark.parametrize("address", ["林@example.com", "a@b\nBcc: c@d", ""])
def test_an_address_that_no_mail_can_carry_is_never_tried_again(serving: Serving, address: str) -> None:
    ways, server = serving()
    assert ways.send(Mail("<1@x>", "n", address, "s", "b")).state == "permanent"
    assert server.taken == []


def test_nothing_leaves_unencrypted_where_encryption_is_asked_for(serving: Serving) -> None:
    ways, server = serving()
    account = SmtpAccount(ways._account.url, "we@example.com", seconds=5, security="starttls")
    reply = Smtp(account).send(MAIL)
    assert (reply.state, reply.why) == ("temporary", "refused") and "STARTTLS" in reply.detail
    assert server.taken == []
    plain = SmtpAccount(ways._account.url, "we@example.com", seconds=5, security="none")
    assert Smtp(plain).send(MAIL).accepted


def test_a_password_is_in_no_text() -> None:
    account = SmtpAccount("smtp://u:hidden0@127.0.0.1:1", "we@example.com")
    assert "hidden0" not in repr(account)
    failed = smtp.smtplib.SMTPAuthenticationError(535, b"bad password hidden0")
    reply = Smtp(account)._failure(failed, False)
    assert (reply.state, reply.why) == ("temporary", "credentials") and "hidden0" not in reply.detail

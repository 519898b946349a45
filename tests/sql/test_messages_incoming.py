"""The mailbox that answers come to: bounces take the next way, replies reach the owner, each mail once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from message_world import Way, contact, decide, rows, stand

from perennial import messages
from perennial.dev import Serving, letters, serving
from perennial.kernel import SYSTEM, Database


@pytest.fixture(scope="module")
def mails() -> Iterator[Serving]:
    with serving() as running:
        yield running


@pytest.fixture
def company(database: Database, home: Path, mails: Serving) -> Database:
    """A mail about contract 1 has left; its contact has a mobile, and SMS is released."""
    stand(database)
    mails.world.forget()
    mails.box.letters.clear()
    settle(database, mails)
    with database.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1)
        messages.release(tx, "mail")
        messages.release(tx, "sms")
    messages.deliver(database, {"mail": Way()})
    return database


def settle(database: Database, mails: Serving, password: str = "box-password", **more: object) -> None:
    with database.begin(SYSTEM) as tx:
        values = {
            "host": "127.0.0.1",
            "port": mails.ports["imap"],
            "security": "none",
            "user": "box@example.com",
            **more,
        }
        messages.save_setup(tx, "mail_in", "imap", values, {"password": password})


def wire_id(database: Database) -> str:
    return str(rows(database, "wire_id")[0][0])


def problem(database: Database) -> str | None:
    with database.begin(SYSTEM) as tx:
        return messages.read_setup(tx, "mail_in")["problem"]


def test_a_bounce_makes_the_mail_bounced_and_an_sms_leaves_once(company: Database, mails: Serving) -> None:
    mails.box.put(letters.bounce(wire_id(company), "a@example.com"))
    assert messages.read_mail(company) == 1
    assert messages.read_mail(company) == 0
    mails.box.put(letters.bounce(wire_id(company), "a@example.com", own_id="<another@mx>"))
    assert messages.read_mail(company) == 1
    assert rows(company, "channel, state, why, falls_from") == [
        ("mail", "bounced", "bounced", None), ("sms", "queued", "fell_back", 1),
    ]  # fmt: skip
    sms = Way()
    messages.deliver(company, {"sms": sms})
    assert [wire.address for wire in sms.taken] == ["13800000001"]
    with company.begin(SYSTEM) as tx:
        told = messages.read_message(tx, 1)["replies"]
    assert [(one["kind"], one["text"]) for one in told] == [("bounce", "5.1.1 smtp; 550 5.1.1 no such user")] * 2


def test_a_delay_is_noted_and_ends_nothing(company: Database, mails: Serving) -> None:
    mails.box.put(letters.bounce(wire_id(company), "a@example.com", status="4.4.7", words="450 busy"))
    messages.read_mail(company)
    assert rows(company, "channel, state") == [("mail", "sent")]
    with company.begin(SYSTEM) as tx:
        assert [one["kind"] for one in messages.read_message(tx, 1)["replies"]] == ["delay"]


def test_a_reply_is_kept_with_the_names_of_its_files_and_the_owner_is_told(company: Database, mails: Serving) -> None:
    ours = wire_id(company)
    files = {"报价.pdf": b"%PDF", "盖章页.jpg": b"jpg"}
    mails.box.put(letters.reply(ours, "=?utf-8?b?55Sy?= <a@example.com>", "我们续一年", attachments=files))
    mails.box.put(letters.reply(ours, "a@example.com", "休假中", automatic=True, own_id="<out@of.office>"))
    mails.box.put(letters.stray())
    mails.box.put(b"\xff\xfe no mail at all")
    assert messages.read_mail(company) == 4
    with company.begin(SYSTEM) as tx:
        one, other = messages.read_message(tx, 1)["replies"]
        told = tx.rows("SELECT person_id, what, subject FROM messages.told")
        kinds = [row["kind"] for row in tx.rows("SELECT kind FROM messages.incoming ORDER BY id")]
    assert (one["kind"], one["name"], one["text"], one["attachments"]) == ("reply", "甲", "我们续一年", list(files))
    assert other["kind"] == "automatic"
    assert told == [{"person_id": 1, "what": "replied", "subject": "甲"}]
    assert kinds == ["reply", "automatic", "other", "other"]


def test_a_mailbox_that_moved_is_read_anew_and_nothing_counts_twice(company: Database, mails: Serving) -> None:
    mails.box.put(letters.reply(wire_id(company), "a@example.com", "好"))
    assert messages.read_mail(company) == 1
    mails.box.validity += 1
    mails.box.put(letters.reply(wire_id(company), "a@example.com", "再问", own_id="<second@a>"))
    assert messages.read_mail(company) == 1
    with company.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM messages.told") == 2


def test_a_wrong_password_a_missing_folder_and_a_server_that_is_gone_are_told_at_the_channel(
    company: Database, mails: Serving
) -> None:
    settle(company, mails, password="wrong")
    assert messages.read_mail(company) == 0
    assert (problem(company) or "").startswith("credentials")
    settle(company, mails, folder="Archive")
    messages.read_mail(company)
    assert (problem(company) or "").startswith("no_folder")
    settle(company, mails, port=9)
    messages.read_mail(company)
    assert (problem(company) or "").startswith("unreachable")
    settle(company, mails)
    messages.read_mail(company)
    assert problem(company) is None


def test_a_bounce_of_what_nobody_sent_changes_nothing(company: Database, mails: Serving) -> None:
    mails.box.put(letters.bounce("<forged@elsewhere>", "a@example.com"))
    assert messages.read_mail(company) == 1
    assert rows(company, "channel, state") == [("mail", "sent")]

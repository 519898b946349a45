"""What the page of channels says of each: how it stands and why, as a code that has words, and none of its secrets."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from error_codes import refused
from message_world import Way, clock, contact, decide, stand
from test_messages_setup import boss
from web_client import logged_in
from webhook_world import World, tree

from perennial import messages, people, processes
from perennial.actions import Answer
from perennial.dev import Serving, serving
from perennial.kernel import SYSTEM, Actor, Database

LIN = Actor("person", 1, "林晓棠")


@pytest.fixture
def company(database: Database, home: Path) -> Database:
    stand(database)
    return database


@pytest.fixture(scope="module")
def vendors() -> Iterator[Serving]:
    with serving() as running:
        yield running


def standing(database: Database, channel: str = "dingtalk") -> dict[str, Any]:
    with database.begin(LIN) as tx:
        return next(row for row in messages.overview(tx) if row["channel"] == channel)


def robot(database: Database, vendors: Serving, secret: str = "SECding-robot-secret") -> None:
    with database.begin(SYSTEM) as tx:
        values = {"base_url": vendors.urls["dingtalk_old"]}
        messages.save_setup(tx, "dingtalk", "robot", values, {"token": " ding-signed\n", "secret": secret})


def attempt(database: Database, channel: str = "dingtalk") -> dict[str, Any]:
    """Send me one."""
    with database.begin(LIN) as tx:
        trial = messages.trial(tx, channel)
    outcome = messages.attempt(trial.way, trial.wire)
    with database.begin(LIN) as tx:
        return messages.tried(tx, channel, outcome, 7)


def test_a_channel_is_none_then_new_then_well_or_in_trouble_as_its_last_try_went(
    company: Database, vendors: Serving
) -> None:
    vendors.world.forget()
    assert (standing(company)["state"], standing(company)["kind"]) == ("none", None)
    robot(company, vendors)
    assert standing(company)["state"] == "new"
    assert attempt(company)["state"] == "sent"  # the key was copied with a space and a line end
    assert (standing(company)["state"], standing(company)["tried"]["took_ms"]) == ("well", 7)
    robot(company, vendors, "SECanother-robot-secret")
    attempt(company)
    assert (standing(company)["state"], standing(company)["why"]) == ("trouble", "signature")
    robot(company, vendors)
    for kind, why in (("html", "nonsense"), ("code:310000/ip", "ip"), ("status:503", "http")):
        vendors.fail("/robot/send", kind, 3)
        attempt(company)
        vendors.world.forget()
        assert (standing(company)["state"], standing(company)["why"]) == ("trouble", why), kind


def test_a_try_that_was_throttled_says_until_when(company: Database, vendors: Serving) -> None:
    robot(company, vendors)
    with company.begin(LIN) as tx:
        messages.tried(tx, "dingtalk", messages.Outcome("temporary", "21st", why="throttled", wait_s=60))
    told = standing(company)
    assert (told["state"], told["why"]) == ("resting", "throttled")
    assert told["wait_until"] == dt.datetime.fromisoformat("2026-11-21T09:01:00+08:00")
    clock(company, "2026-11-21 09:02")
    assert standing(company)["state"] == "trouble"


def mail(database: Database, *answers: messages.Outcome) -> None:
    messages.deliver(database, {"mail": Way(*answers)})


def test_patience_and_a_refused_account_are_told_with_their_code_and_end_as_they_should(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        messages.save_setup(tx, "mail", "smtp", {"host": "mail.example.com", "sender": "we@example.com"}, {})
        contact(tx)
        for act in "abcd":
            decide(tx, 1, act=act)
        messages.release(tx, "mail")
    mail(company, messages.Outcome("temporary", "slower, please", why="throttled", wait_s=600))
    told = standing(company, "mail")
    assert (told["state"], told["why"], told["problem"]) == ("resting", "throttled", "slower, please")
    assert told["wait_until"] == dt.datetime.fromisoformat("2026-11-21T09:10:00+08:00")
    clock(company, "2026-11-21 09:11")
    assert standing(company, "mail")["state"] == "trouble"  # nobody knows yet whether it is over
    mail(company, messages.Outcome("permanent", "535 no", why="credentials"))
    assert (standing(company, "mail")["state"], standing(company, "mail")["why"]) == ("stopped", "credentials")
    with company.begin(SYSTEM) as tx:
        messages.save_setup(tx, "mail", "smtp", {"host": "mail.example.com", "sender": "us@example.com"}, {})
    assert standing(company, "mail")["state"] == "new"
    clock(company, "2026-11-21 09:12")
    mail(company)
    told = standing(company, "mail")
    assert (told["state"], told["sent"], told["waiting"], told["to"]) == ("well", 1, 0, None)


def test_a_key_is_known_by_its_end_and_a_password_by_nothing(company: Database) -> None:
    key = "0123456789abcdefghij7F3A"
    server = {"host": "mail.example.com", "sender": "we@example.com"}
    with company.begin(SYSTEM) as tx:
        messages.save_setup(tx, "mail", "smtp", server, {"password": "a password of some length"})
        messages.save_setup(tx, "wecom", "robot", {}, {"key": key})
        messages.save_setup(tx, "feishu", "robot", {}, {"token": "short-token", "secret": key})
        assert messages.read_setup(tx, "mail")["hints"] == {}
        assert messages.read_setup(tx, "wecom")["hints"] == {"key": "7F3A"}
        assert messages.read_setup(tx, "feishu")["hints"] == {"secret": "7F3A"}
        places = {one["key"]: one["place"] for one in messages.read_setup(tx, "mail")["kinds"]["smtp"]}
        assert (places["host"], places["sender"]) == (True, False)


def test_secrets_that_no_longer_open_stop_the_channel_and_are_named(company: Database, home: Path) -> None:
    with company.begin(SYSTEM) as tx:
        messages.save_setup(tx, "wecom", "robot", {}, {"key": "0123456789abcdefghij7F3A"})
    (home / "channels.key").unlink()  # as after a restore on another machine
    messages.set_up(company)
    assert (standing(company, "wecom")["state"], standing(company, "wecom")["why"]) == ("stopped", "secret_lost")
    with company.begin(SYSTEM) as tx:
        told = messages.read_setup(tx, "wecom")
    assert (told["lost"], told["hints"]) == (["key"], {})


def test_a_key_with_a_line_end_inside_is_refused_and_not_repeated(company: Database) -> None:
    with refused("messages.setup", "渠道设置里的「key」不对：…", path="key"), company.begin(SYSTEM) as tx:
        messages.save_setup(tx, "wecom", "robot", {}, {"key": "half\nhalf"})


def test_send_me_one_goes_to_the_account_that_is_bound_to_me(company: Database, vendors: Serving) -> None:
    vendors.world.forget()
    known = vendors.world.accounts
    with company.begin(SYSTEM) as tx:
        values = {"corp_id": known.wecom.id, "agent_id": known.wecom.agent, "base_url": vendors.urls["wecom"]}
        messages.save_setup(tx, "wecom", "app", values, {"secret": known.wecom.secret})
    assert (standing(company, "wecom")["to"], standing(company, "wecom")["asks_to"]) == (None, True)
    with company.begin(SYSTEM) as tx:
        people.bind(tx, 1, "wecom", "lin")
    assert (standing(company, "wecom")["to"], standing(company, "wecom")["asks_to"]) == ("lin", False)
    assert attempt(company, "wecom")["state"] == "sent"
    assert [one.service for one in vendors.world.received][-1] == "wecom"


def test_the_page_is_read_over_http_with_what_sms_ask_the_vendor_for(company: Database) -> None:
    boss(company)
    with logged_in(company, "lin") as client:
        codes = client.get("/api/channels/sms-codes").json()
        senders = client.get("/api/channels/webhooks").json()
        standings = client.get("/api/channels/overview").json()
    assert codes == [{"template": "reminder", "label": "提醒", "label_en": None, "code": "due", "params": ["number"]}]
    assert senders == []
    assert [one["channel"] for one in standings] == ["mail", "sms", "dingtalk", "wecom", "feishu", "mail_in"]


def test_processes_that_call_other_programs_are_listed_with_their_addresses(database: Database) -> None:
    world = World(database, tree("https://erp.example.com/in", tries=1))
    world.begin(2)
    answers = [Answer("done", "", 200), Answer("refused", "http", 404)]
    processes.send_webhooks(database, wire=lambda url, body, headers: answers.pop())
    with database.begin(SYSTEM) as tx:
        (sender,) = processes.webhook_senders(tx)
    assert (sender["of"], sender["key"], sender["label"], sender["urls"]) == (
        "process",
        "random",
        "通知 ERP",
        ["https://erp.example.com/in"],
    )
    assert (sender["today"], sender["failed"], sender["signed_at"] is not None) == (2, 1, True)

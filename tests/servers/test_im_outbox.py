"""From the outbox over the wire: an outage of forty minutes, answers that are lost, what the other side has."""

import dataclasses
from collections import Counter
from collections.abc import Iterator

import pytest
from message_world import clock, contact, decide, rows, stand

from perennial import messages
from perennial.dev import Accounts, Serving, User, serving
from perennial.kernel import SYSTEM, Database

pytestmark = pytest.mark.servers
CHANNELS = ("mail", "sms", "dingtalk", "wecom", "feishu")
EACH = 4
PEOPLE = tuple(
    User(f"u{n}", f"联系人{n}", f"union{n}", f"ou_{n}", f"1380000{n:04}", f"u{n}@example.com", 1)
    for n in range(len(CHANNELS) * EACH)
)
ADDRESS = {"mail": "mail", "sms": "mobile", "dingtalk": "id", "wecom": "id", "feishu": "open_id"}


@pytest.fixture
def im() -> Iterator[Serving]:
    sms = dataclasses.replace(Accounts().tencent, templates={"100003": ["number"]})
    with serving(accounts=Accounts(users=PEOPLE, tencent=sms)) as running:
        yield running


@pytest.fixture
def company(database: Database, im: Serving) -> Database:
    """Twenty contacts, each with one reminder waiting on one of five channels, all set up to the servers."""
    stand(database)
    urls, known = im.urls, im.world.accounts
    with database.begin(SYSTEM) as tx:
        host = {"host": "127.0.0.1", "port": im.ports["smtp"], "security": "none", "sender": "we@example.com"}
        messages.save_setup(tx, "mail", "smtp", host, {})
        sms = {"secret_id": known.tencent.key_id, "app_id": known.tencent.app, "sign_name": "常青",
               "codes": {"due": "100003"}, "base_url": urls["tencent"]}  # fmt: skip
        messages.save_setup(tx, "sms", "tencent", sms, {"secret_key": known.tencent.secret})
        ding = {"app_key": known.dingtalk.id, "agent_id": str(known.dingtalk.agent), "base_url": urls["dingtalk_old"],
                "new_url": urls["dingtalk"]}  # fmt: skip
        messages.save_setup(tx, "dingtalk", "app", ding, {"app_secret": known.dingtalk.secret})
        wecom = {"corp_id": known.wecom.company, "agent_id": known.wecom.agent, "base_url": urls["wecom"]}
        messages.save_setup(tx, "wecom", "app", wecom, {"secret": known.wecom.secret})
        feishu = {"app_id": known.feishu.id, "base_url": urls["feishu"]}
        messages.save_setup(tx, "feishu", "app", feishu, {"app_secret": known.feishu.secret})
        for n, one in enumerate(PEOPLE):
            by_sms = CHANNELS[n % len(CHANNELS)] == "sms"
            contact(
                tx, one.name, mail=None if by_sms else one.mail, mobile=one.mobile if by_sms else None, role="renewal"
            )
        assert decide(tx, 1, channels=["mail", "sms"]) == len(PEOPLE)
        for n, one in enumerate(PEOPLE):
            channel = CHANNELS[n % len(CHANNELS)]
            where = {"channel": channel, "address": getattr(one, ADDRESS[channel]), "mail": one.mail}
            sql = "UPDATE messages.outbox SET channel = %(channel)s, address = %(address)s WHERE address = %(mail)s"
            tx.run(sql, where)
        for channel in CHANNELS:
            messages.release(tx, channel)
    return database


def deliver_each_minute(company: Database, begin: int, end: int, step: int = 1) -> None:
    """`begin` and `end` in minutes after 09:00."""
    for minute in range(begin, end, step):
        clock(company, f"2026-11-21 {9 + minute // 60:02}:{minute % 60:02}:00")
        messages.deliver(company, messages.set_up(company))


def test_what_five_channels_are_told_arrives_once_with_each_of_them(company: Database, im: Serving) -> None:
    deliver_each_minute(company, 0, 2)
    assert Counter(state for (state,) in rows(company, "state")) == {"sent": 20}
    reached = Counter(one.to for one in im.world.effects)
    assert set(reached.values()) == {1} and len(reached) == 20
    tokens = im.world.token_requests
    assert (tokens["dingtalk"], tokens["wecom"], tokens["feishu"]) == (1, 1, 1)


def test_after_an_outage_of_forty_minutes_everything_has_arrived_and_nothing_twice(
    company: Database, im: Serving
) -> None:
    for service in ("smtp", "tencent", "dingtalk_old", "dingtalk", "wecom", "feishu"):
        im.fail(f"{service}:*", "offline:100000")
    deliver_each_minute(company, 0, 40, 3)
    assert im.world.effects == []
    assert {state for (state,) in rows(company, "state")} == {"queued"}
    im.world.faults.clear()
    deliver_each_minute(company, 40, 240, 10)
    assert Counter(state for (state,) in rows(company, "state")) == {"sent": 20}
    reached = Counter(one.to for one in im.world.effects)
    assert set(reached.values()) == {1} and len(reached) == 20


def test_lost_answers_are_repeated_only_where_a_key_makes_it_one_and_each_is_listed(
    company: Database, im: Serving
) -> None:
    """One answer of each channel is lost after its acceptance."""
    lost = {"smtp": "/taken", "tencent": "/", "dingtalk_old": "*asyncsend_v2", "wecom": "*/message/send",
            "feishu": "*/messages"}  # fmt: skip
    for service, path in lost.items():
        im.fail(f"{service}:{path}", "reset_after")
    deliver_each_minute(company, 0, 60, 5)
    left = {(channel, state) for channel, state in rows(company, "channel, state") if state != "sent"}
    assert left == {("sms", "uncertain"), ("dingtalk", "uncertain")}  # no key: not repeated, but shown
    with company.begin(SYSTEM) as tx:
        listed = tx.rows(
            "SELECT o.channel FROM messages.attempt a JOIN messages.outbox o ON o.id = a.outbox_id"
            " WHERE a.outcome = 'uncertain' ORDER BY 1"
        )
    assert sorted(row["channel"] for row in listed) == sorted(CHANNELS)
    reached = Counter(one.to for one in im.world.effects)
    twice = {who for who, times in reached.items() if times > 1}
    assert len(reached) == 20 and len(twice) == 1  # mail alone has no key that the other side knows
    (address,) = twice
    assert len({one.key for one in im.world.reached("mail", address)}) == 1  # but the same Message-ID

"""Several ways out: what is said on each, to which address, and which one is taken when another fails."""

import threading
from typing import Any

import pytest
from error_codes import refused
from message_world import LOST, NO, REMINDER, Way, clock, contact, decide, rows, stand

from perennial import messages
from perennial.kernel import SYSTEM, Database
from perennial.messages import Outcome


@pytest.fixture
def company(database: Database) -> Database:
    stand(database)
    return database


def release(database: Database, *channels: str) -> None:
    with database.begin(SYSTEM) as tx:
        for channel in channels:
            messages.release(tx, channel)


def test_mail_and_sms_are_two_messages_to_the_contact_s_two_addresses_in_their_own_words(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        assert decide(tx, 1, channels=["mail", "sms"]) == 2
        assert decide(tx, 1, channels=["mail", "sms"]) == 0
    release(company, "mail", "sms")
    mail, sms = Way(), Way()
    assert messages.deliver(company, {"mail": mail, "sms": sms}).counts == {"sent": 2}
    assert (mail.taken[0].address, mail.taken[0].subject) == ("a@example.com", "合同 HT-1 即将到期")
    (text,) = sms.taken
    assert (text.address, text.body) == ("13800000001", "合同HT-1将于2027-01-05到期")
    assert (text.code, text.params) == ("due", (("number", "HT-1"),))


def test_a_contact_without_a_mobile_leaves_a_call_to_ask_for_and_nobody_at_all_a_contact(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        decide(tx, 1, channels=["mail", "sms"])
        contact(tx)
        decide(tx, 2, channels=["mail", "sms"])
    assert rows(company, "channel, state, why, asks") == [
        ("mail", "unaddressed", "no_contact", "contact"), ("sms", "unaddressed", "no_contact", "contact"),
        ("mail", "queued", None, None), ("sms", "unaddressed", "no_address", "call"),
    ]  # fmt: skip


def test_who_has_an_address_on_a_channel_is_asked_for_each_channel(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "续约人", role="renewal")
        contact(tx, "主联系人", mail="b@example.com", mobile="13800000002")
        decide(tx, 1, channels=["mail", "sms"])
    assert rows(company, "channel, name, address") == [
        ("mail", "续约人", "a@example.com"), ("sms", "主联系人", "13800000002"),
    ]  # fmt: skip


def test_a_mail_that_fails_for_good_becomes_an_sms_and_that_one_a_call_each_once(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, 2)
    release(company, "mail", "sms")
    mail, sms = Way(NO), Way(NO)
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert rows(company, "channel, state, asks") == [
        ("mail", "failed", None), ("mail", "merged", None), ("sms", "queued", None), ("sms", "queued", None),
    ]  # fmt: skip
    messages.deliver(company, {"mail": mail, "sms": sms})
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert (len(mail.taken), len(sms.taken)) == (1, 1)
    assert rows(company, "channel, state, asks")[2:] == [("sms", "failed", "call"), ("sms", "merged", "call")]


def test_an_sms_decided_beside_the_mail_is_its_fallback_and_no_second_one_leaves(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["mail", "sms"])
    release(company, "mail", "sms")
    sms = Way()
    messages.deliver(company, {"mail": Way(NO), "sms": sms})
    messages.deliver(company, {"mail": Way(), "sms": sms})
    assert len(sms.taken) == 1
    assert rows(company, "channel, state, asks") == [("mail", "failed", None), ("sms", "sent", None)]


def test_without_sms_set_up_a_failed_mail_is_a_call_at_once(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1)
    release(company, "mail")
    messages.deliver(company, {"mail": Way(NO)})
    assert rows(company, "channel, state, asks") == [("mail", "failed", "call")]


def test_an_unanswered_sms_is_never_repeated_it_stays_listed_and_asks_for_a_call(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["sms"])
    release(company, "sms")
    sms = Way(LOST)
    for _ in range(3):
        messages.deliver(company, {"sms": sms})
    assert len(sms.taken) == 1
    assert rows(company, "state, why, asks") == [("uncertain", "timeout", "call")]


def test_an_sms_left_by_a_crash_is_not_repeated_either_and_a_webhook_is_with_its_key(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["sms"])
        decide(tx, 2)
        tx.run("UPDATE messages.outbox SET channel = 'webhook' WHERE channel = 'mail'")
        tx.run("UPDATE messages.outbox SET state = 'sending', wire_id = '<x@y>'")
        tx.run("INSERT INTO messages.attempt (outbox_id, started_at) SELECT id, now() FROM messages.outbox")
    release(company, "sms", "webhook")
    sms, hook = Way(), Way()
    messages.deliver(company, {"sms": sms, "webhook": hook})
    assert (sms.taken, [wire.wire_id for wire in hook.taken]) == ([], ["<x@y>"])
    assert rows(company, "channel, state, asks") == [("sms", "uncertain", "call"), ("webhook", "sent", None)]


def test_a_channel_that_asks_for_patience_is_left_alone_and_the_others_go_on(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        for n, name in enumerate("甲乙丙"):
            contact(tx, name, mail=f"{n}@example.com", mobile=f"1380000000{n}")
        decide(tx, 1, channels=["mail", "sms"])
    release(company, "mail", "sms")
    sms, mail = Way(Outcome("temporary", "too fast", why="throttled", wait_s=90)), Way()
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert (len(sms.taken), len(mail.taken)) == (1, 3)
    texts = [row[1:] for row in rows(company, "channel, state, why, tries") if row[0] == "sms"]
    assert texts == [("queued", "throttled", 0), ("queued", None, 0), ("queued", None, 0)]
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert len(sms.taken) == 1
    clock(company, "2026-11-21 09:01:31")
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert len(sms.taken) == 4


def test_a_channel_that_refuses_us_loses_no_message_and_says_what_is_wrong(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["sms"])
    release(company, "sms")
    sms = Way(Outcome("permanent", "InvalidAccessKeyId", why="credentials"))
    messages.deliver(company, {"sms": sms})
    messages.deliver(company, {"sms": sms})
    assert len(sms.taken) == 1
    assert rows(company, "state, why, tries, asks") == [("queued", "credentials", 0, None)]
    with company.begin(SYSTEM) as tx:
        (told,) = [row for row in messages.channels(tx) if row["key"] == "sms"]
    assert told["problem"] == "InvalidAccessKeyId"


def test_a_slow_channel_does_not_hold_up_another(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["mail", "sms"])
    release(company, "mail", "sms")
    texted = threading.Event()
    seen: list[bool] = []
    mail = Way(meanwhile=lambda: seen.append(texted.wait(20)))
    messages.deliver(company, {"mail": mail, "sms": Way(meanwhile=texted.set)})
    assert seen == [True]


def test_a_message_keeps_the_words_with_which_it_left(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx)
        decide(tx, 1)
    release(company, "mail")
    messages.deliver(company, {"mail": Way()})
    with company.begin(SYSTEM) as tx:
        decide(tx, 2)
        messages.publish_template(tx, messages.Template.load({**REMINDER, "subject": "新的说法"}))
        left, waiting = (messages.read_message(tx, id_)["subject"] for id_ in (1, 2))
    assert (left, waiting) == ("合同 HT-1 即将到期", "新的说法")


def test_a_contact_is_written_to_in_their_language(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        tree = {**messages.audiences(tx)[0].dump(), "language": '"en"'}
        messages.publish_audience(tx, messages.Audience.load(tree))
        assert messages.Audience.load(tree).dump() == tree
        contact(tx, "Ann", mobile="13800000001")
        decide(tx, 1, channels=["mail", "sms"])
    release(company, "mail", "sms")
    mail, sms = Way(), Way()
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert (mail.taken[0].subject, mail.taken[0].body) == ("Contract HT-1 ends soon", "Ann: contract HT-1")
    assert sms.taken[0].code == "due"  # an SMS without English words is better than none


def test_a_template_without_words_for_an_sms_is_refused_where_it_is_asked_to_send_one(company: Database) -> None:
    silent = {**REMINDER, "texts": []}
    texts: Any = REMINDER["texts"]
    sms, english = texts
    kept = [{**sms, "params": [{"name": "number", "value": "{{number}}"}]}, english]
    assert messages.Template.load(REMINDER).dump() == {**REMINDER, "channels": ["mail"], "texts": kept}
    with company.begin(SYSTEM) as tx:
        with refused("messages.no_text", "模板「提醒」还没有「sms」渠道的文字", path="texts"):
            messages.publish_template(tx, messages.Template.load({**silent, "channels": ["sms"]}))
        with refused("messages.no_channel", "没有「pigeon」这个渠道", path="channels"):
            messages.Template.load({**silent, "channels": ["pigeon"]})


def test_contracts_are_still_one_mail_when_there_are_many(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx)
        decide(tx, 1, 2)
    release(company, "mail")
    mail = Way()
    assert messages.deliver(company, {"mail": mail}).counts == {"merged": 1, "sent": 1}
    assert mail.taken[0].body.count("合同 HT-") == 2

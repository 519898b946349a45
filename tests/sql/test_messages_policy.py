"""What is held back: quiet hours, caps, contacts who want no reminders, a template's first mass sending, one a day."""

import datetime as dt

import pytest
from error_codes import refused
from message_world import REMINDER, Way, clock, contact, decide, rows, stand
from web_client import visitor

from perennial import messages
from perennial.kernel import SYSTEM, Database, Problem
from perennial.messages import Policy
from perennial.messages.policy import Quiet, allowed_at


@pytest.fixture
def company(database: Database) -> Database:
    stand(database)
    return database


def release(database: Database, *channels: str, **policy: object) -> None:
    with database.begin(SYSTEM) as tx:
        for channel in channels:
            messages.release(tx, channel)
        messages.save_policy(tx, Policy.load(policy))


ALLOWED = [  # 2026-11-20 is a Friday; New Year's Day is no working day
    ("2026-11-20 20:59", "2026-11-20 20:59"), ("2026-11-20 21:00", "2026-11-23 08:30"),
    ("2026-11-19 23:10", "2026-11-20 08:30"), ("2026-11-20 08:29", "2026-11-20 08:30"),
    ("2026-11-20 08:30", "2026-11-20 08:30"), ("2026-11-21 05:00", "2026-11-23 08:30"),
    ("2026-11-21 12:00", "2026-11-23 08:30"), ("2026-11-22 22:00", "2026-11-23 08:30"),
]  # fmt: skip


def test_quiet_hours_end_in_the_morning_of_the_next_working_day(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        for asked, is_ in ALLOWED:
            moment = dt.datetime.fromisoformat(f"{asked}+08:00")
            allowed = allowed_at(tx, Quiet(workdays_only=True), moment)
            assert allowed == dt.datetime.fromisoformat(f"{is_}+08:00"), asked
        night = dt.datetime.fromisoformat("2026-11-20T23:00+08:00")  # a Saturday morning is as good as any
        assert allowed_at(tx, Quiet(), night) == dt.datetime.fromisoformat("2026-11-21T08:30+08:00")
        assert allowed_at(tx, None, night) == night


def test_nothing_leaves_for_a_customer_in_quiet_hours_and_colleagues_are_told_at_once(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx)
        decide(tx, 1)
        decide(tx, 2, act="to_us")
        tx.run("UPDATE messages.outbox SET outward = false WHERE record_id = 2")
    release(company, "mail", quiet={"workdays_only": True})
    mail = Way()
    clock(company, "2026-11-21 10:00")  # a Saturday
    messages.deliver(company, {"mail": mail})
    with company.begin(SYSTEM) as tx:
        found = tx.rows("SELECT state, why, try_at FROM messages.outbox ORDER BY id")
    assert len(mail.taken) == 1
    assert found[0] == {
        "state": "queued",
        "why": "quiet",
        "try_at": dt.datetime.fromisoformat("2026-11-23T08:30+08:00"),
    }
    clock(company, "2026-11-23 08:30")
    assert messages.deliver(company, {"mail": mail}).counts == {"sent": 1}


def test_what_would_come_too_late_after_the_quiet_hours_expires(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx)
        decide(tx, 1)
        tx.run("UPDATE messages.outbox SET not_after = '2026-11-22 12:00+08'")
    release(company, "mail", quiet={"workdays_only": True})
    messages.deliver(company, {"mail": Way()})
    clock(company, "2026-11-23 09:00")
    messages.deliver(company, {"mail": Way()})
    assert rows(company, "state, why") == [("expired", "too_late")]


def test_the_quiet_begins_while_mails_are_leaving(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx)
        decide(tx, 1)
        decide(tx, 2)
        tx.run("UPDATE messages.outbox SET address = id || '@example.com'")
    release(company, "mail", quiet={})
    clock(company, "2026-11-23 20:59:59")
    mail = Way(meanwhile=lambda: clock(company, "2026-11-23 21:00:00"))
    messages.deliver(company, {"mail": mail})
    assert len(mail.taken) == 1
    assert rows(company, "state, why, tries") == [("sent", None, 1), ("queued", "quiet", 0)]


def test_a_contact_gets_no_more_than_the_cap_on_all_channels_together_and_the_rest_later(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["mail", "sms"])
    release(company, "mail", "sms", cap={"day": 1})
    mail, sms = Way(), Way()
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert len(mail.taken) + len(sms.taken) == 1
    assert sorted(row[1] or "" for row in rows(company, "state, why")) == ["", "cap"]
    clock(company, "2026-11-21 23:59")
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert len(mail.taken) + len(sms.taken) == 1
    clock(company, "2026-11-22 00:00")
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert len(mail.taken) + len(sms.taken) == 2


def test_the_cap_of_a_week_counts_from_monday(company: Database) -> None:
    release(company, "mail", cap={"week": 2})
    mail = Way()
    with company.begin(SYSTEM) as tx:
        contact(tx)
    for day in ("2026-11-24", "2026-11-25", "2026-11-26"):  # Tuesday to Thursday
        clock(company, f"{day} 09:00")
        with company.begin(SYSTEM) as tx:
            decide(tx, 1, act=day)
        messages.deliver(company, {"mail": mail})
    assert len(mail.taken) == 2
    clock(company, "2026-11-29 23:00")
    messages.deliver(company, {"mail": mail})
    assert len(mail.taken) == 2
    clock(company, "2026-11-30 00:00")
    messages.deliver(company, {"mail": mail})
    assert len(mail.taken) == 3


OTHER = {**REMINDER, "template": "other", "label": "另一种", "kind": "", "subject": "另：{{number}}",
         "line": "另 {{number}}", "body": "{{lines}}"}  # fmt: skip


def test_whatever_concerns_a_customer_is_one_mail_a_day_when_the_policy_says_so(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        messages.publish_template(tx, messages.Template.load(OTHER))
        contact(tx)
        decide(tx, 1)
        decide(tx, 2, template="other", act="o")
    release(company, "mail", merge="customer")
    mail = Way()
    assert messages.deliver(company, {"mail": mail}).counts == {"merged": 1, "sent": 1}
    (wire,) = mail.taken
    assert wire.subject == "合同 HT-1 即将到期"
    assert "合同 HT-1\n另 HT-2" in wire.body


def test_who_said_so_by_their_link_gets_no_reminder_and_the_owner_knows(company: Database) -> None:
    release(company, "mail", link_base="https://renewals.example.com")
    mail = Way()
    with company.begin(SYSTEM) as tx:
        messages.publish_template(tx, messages.Template.load(OTHER))
        contact(tx)
        decide(tx, 1)
    messages.deliver(company, {"mail": mail})
    link = mail.taken[0].opt_out
    assert link.startswith("https://renewals.example.com/api/opt-out/contact.1.")
    assert link in mail.taken[0].body
    path = link.removeprefix("https://renewals.example.com")
    with visitor(company) as client:
        assert "不再接收提醒" in client.get(path).text
        with company.begin(SYSTEM) as tx:
            assert not messages.opted_out(tx, "contact", 1)  # to look at it changes nothing
        assert client.post(path, content="List-Unsubscribe=One-Click").status_code == 200
        assert client.post(path).status_code == 200
        assert "<form" not in client.get(path).text
        for forged in (
            path[:-1] + ("0" if path[-1] != "0" else "1"),
            path.replace("contact.1", "contact.2"),
            "/api/opt-out/x",
        ):
            reply = client.post(forged)
            assert (reply.status_code, "已失效" in reply.text) == (404, True)
    with company.begin(SYSTEM) as tx:
        with refused("messages.no_link", "这个链接不完整或已失效，请使用邮件里的完整链接"):
            messages.contact_of(tx, "contact.1.0")
        decide(tx, 2)
        decide(tx, 2, template="other", act="o")
    assert messages.deliver(company, {"mail": mail}).counts == {"cancelled": 1, "sent": 1}
    assert [wire.subject for wire in mail.taken] == ["合同 HT-1 即将到期", "另：HT-2"]
    with company.begin(SYSTEM) as tx:
        told = tx.rows("SELECT person_id, what, subject, number FROM messages.told")
    assert told == [{"person_id": 1, "what": "opted_out", "subject": "甲", "number": 1}]


def test_a_template_s_first_mass_sending_waits_for_an_administrator(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        for n in range(3):
            contact(tx, f"人{n}", mail=f"{n}@example.com")
        decide(tx, 1)
    release(company, "mail", approve_above=2)
    mail = Way()
    assert messages.deliver(company, {"mail": mail}).counts == {}
    with company.begin(SYSTEM) as tx:
        (asked,) = messages.mass_sendings(tx)
        assert (asked["template"], asked["label"], asked["recipients"]) == ("reminder", "提醒", 3)
        assert (messages.counts(tx)["held"], messages.counts(tx)["queued"]) == (3, 0)
        messages.approve_template(tx, "reminder")
        assert messages.mass_sendings(tx) == []
    assert messages.deliver(company, {"mail": mail}).counts == {"sent": 3}


def test_a_policy_that_says_nonsense_is_refused_where_it_does(company: Database) -> None:
    wrong: list[tuple[dict[str, object], str]] = [
        ({"quiet": {"since": "25:00"}}, "quiet.since"), ({"cap": {"day": -1}}, "cap.day"), ({"merge": "all"}, "merge"),
        ({"fallback": ["pigeon"]}, "fallback"), ({"fallback": ["sms", "sms"]}, "fallback"),
        ({"link_base": "renewals"}, "link_base"), ({"speed": 3}, "policy"),
    ]  # fmt: skip
    for tree, path in wrong:
        with pytest.raises(Problem) as caught:
            Policy.load(tree)
        assert (caught.value.code, caught.value.path) == ("messages.policy", path)
    full = {"quiet": {"since": "20:00", "until": "09:00", "workdays_only": True}, "cap": {"day": 1, "week": 3},
            "merge": "customer", "fallback": ["sms"], "approve_above": 50, "link_base": "http://a.cn"}  # fmt: skip
    assert Policy.load(full).dump() == full

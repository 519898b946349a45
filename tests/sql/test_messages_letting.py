"""Release as arithmetic, one message or one batch of a held channel, another recipient, a copy to oneself, a file."""

import datetime as dt
from typing import Any

import pytest
from error_codes import refused
from message_world import NO, REMINDER, Way, clock, contact, decide, rows, stand
from web_client import PASSWORD, TestClient, logged_in

from perennial import access, messages, people
from perennial.dev import serving
from perennial.kernel import SYSTEM, Conflict, Database, Missing, Tx


@pytest.fixture
def company(database: Database) -> Database:
    stand(database)
    return database


def boss(database: Database) -> None:
    grants = {"*": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}}}
    role = access.load({"role": "boss", "label": "管理员", "may": ["release", "design"], "forms": grants})
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE people.person SET mail = 'lin@example.com' WHERE account = 'lin'")
        people.set_password(tx, 1, PASSWORD)
        access.publish(tx, [role])
        people.assign(tx, 1, ["boss"])


def terms(tx: Tx, **asked: Any) -> dict[str, int]:
    told = messages.forecast(tx, "mail", **asked)
    return {name: number for name, number in told.items() if number and name not in ("customers", "opens_at")}


def test_a_release_is_a_sum_and_every_term_is_what_then_happens(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        ids = [contact(tx, name, mail=f"{at}@example.com") for at, name in enumerate("甲乙丙丁戊")]
        for record in (1, 2):
            decide(tx, record)
        late = "UPDATE messages.outbox SET not_after = %(now)s - interval '1 hour'"
        tx.run(f"{late} WHERE contact_id = %(id)s AND record_id = 1", {"id": ids[0]})
        early = "UPDATE messages.outbox SET due_at = %(now)s + interval '1 day'"
        tx.run(f"{early} WHERE contact_id = %(id)s AND record_id = 2", {"id": ids[1]})
        messages.opt_out(tx, "contact", ids[2], by_link=False)
        gone = {tx.value("SELECT id FROM messages.outbox WHERE contact_id = %(id)s AND record_id = 1", {"id": ids[3]})}

    def guard(_: Tx, asked: Any) -> dict[int, str]:
        return {id_: "condition" for id_ in asked if id_ in gone}

    with company.begin(SYSTEM) as tx:
        # 甲: too late, leaves; 乙: leaves, later; 丙: opted out twice; 丁: no longer wanted, leaves; 戊: two in one
        assert terms(tx, guard=guard) == {
            "waiting": 10, "expired": 1, "gone": 1, "opted_out": 2, "later": 1, "merged": 1, "leaving": 4,
        }  # fmt: skip
        assert [row["name"] for row in messages.behind(tx, "mail", "opted_out", guard=guard)] == ["丙", "丙"]
        assert [row["why"] for row in messages.behind(tx, "mail", "gone", guard=guard)] == [None]
        messages.release(tx, "mail")
    mail = Way()
    done = messages.deliver(company, {"mail": mail}, guard=guard).counts
    assert done == {"expired": 1, "cancelled": 3, "merged": 1, "sent": 4}
    assert len(mail.taken) == 4


def test_in_quiet_hours_everything_waits_and_says_until_when(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx)
        decide(tx, 1)
        messages.save_policy(tx, messages.Policy.load({"quiet": {"since": "21:00", "until": "08:30"}}))
    clock(company, "2026-11-21 23:00")
    with company.begin(SYSTEM) as tx:
        assert terms(tx) == {"waiting": 1, "later": 1}
        opens = messages.forecast(tx, "mail")["opens_at"]
    assert opens == dt.datetime.fromisoformat("2026-11-22T08:30+08:00")


def test_one_message_leaves_alone_and_the_channel_stays_held(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "甲")
        contact(tx, "乙", mail="b@example.com")
        decide(tx, 1)
        first = messages.outbox(tx)[-1]["id"]
        assert messages.let_go(tx, [first, 999]) == 1
        assert messages.counts(tx)["held"] == 1
        (card,) = [one for one in messages.channels(tx) if one["key"] == "mail"]
        assert (card["waiting"], card["held"], card["released"]) == (2, 1, False)
    mail = Way()
    assert messages.deliver(company, {"mail": mail}).counts == {"sent": 1}
    assert [wire.address for wire in mail.taken] == ["a@example.com"]
    assert rows(company, "state") == [("sent",), ("queued",)]
    assert messages.deliver(company, {"mail": mail}).counts == {}


def test_a_batch_leaves_and_what_is_decided_later_is_held_as_before(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        messages.publish_template(tx, messages.Template.load({**REMINDER, "template": "other", "label": "另一个"}))
        contact(tx)
        decide(tx, 1)
        decide(tx, 2, template="other", act="o")
        assert terms(tx, template="reminder") == {"waiting": 1, "leaving": 1}
        assert messages.let_go_batch(tx, "mail", "reminder") == 1
    mail = Way()
    assert messages.deliver(company, {"mail": mail}).counts == {"sent": 1}
    with company.begin(SYSTEM) as tx:
        decide(tx, 2)
    assert messages.deliver(company, {"mail": mail}).counts == {}
    assert [wire.subject for wire in mail.taken] == ["合同 HT-1 即将到期"]


def test_a_mass_sending_that_waits_for_a_look_leaves_as_a_batch_and_the_next_is_asked_again(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        for at in range(3):
            contact(tx, f"人{at}", mail=f"{at}@example.com")
        decide(tx, 1)
        messages.save_policy(tx, messages.Policy.load({"approve_above": 2}))
        messages.release(tx, "mail")
    mail = Way()
    assert messages.deliver(company, {"mail": mail}).counts == {}
    with company.begin(SYSTEM) as tx:
        assert messages.counts(tx)["held"] == 3
        assert messages.let_go_batch(tx, "mail", "reminder") == 3
    assert messages.deliver(company, {"mail": mail}).counts == {"sent": 3}
    with company.begin(SYSTEM) as tx:
        assert [row["template"] for row in messages.mass_sendings(tx)] == ["reminder"]


def test_a_recall_stops_what_was_let_go_one_by_one_too_also_in_the_middle_of_a_run(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx)
        contact(tx, "乙", mail="b@example.com")
        decide(tx, 1)
        messages.let_go(tx, [row["id"] for row in messages.outbox(tx)])
        messages.recall(tx, "mail")
    mail = Way()
    assert messages.deliver(company, {"mail": mail}).counts == {}
    with company.begin(SYSTEM) as tx:
        messages.let_go(tx, [row["id"] for row in messages.outbox(tx)])

    def recalled() -> None:
        with company.begin(SYSTEM) as tx:
            messages.recall(tx, "mail")

    mail.meanwhile = recalled
    messages.deliver(company, {"mail": mail})
    assert len(mail.taken) == 1
    assert sorted(rows(company, "state")) == [("queued",), ("sent",)]


def test_a_message_goes_to_another_contact_of_the_customer_and_to_no_other(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "甲")
        other = contact(tx, "乙", mail="b@example.com", role="finance")
        mute = contact(tx, "丙", mail=None, role="finance")
        tx.run("UPDATE messages.channel SET released_at = now() WHERE key = 'mail'")
        decide(tx, 1)
        (row,) = messages.outbox(tx)
        assert [one["name"] for one in messages.recipients(tx, row["id"])] == ["甲", "乙"]
        with refused("messages.no_recipient", "这位联系人不在可选的收件人里，可能没有这个渠道的地址"), tx.savepoint():
            messages.readdress(tx, row["id"], mute)
        messages.readdress(tx, row["id"], other)
    mail = Way()
    messages.deliver(company, {"mail": mail})
    assert [(wire.name, wire.address) for wire in mail.taken] == [("乙", "b@example.com")]
    assert mail.taken[0].body.startswith("乙，您好")
    with company.begin(SYSTEM) as tx, pytest.raises(Conflict):
        messages.readdress(tx, row["id"], other)  # it has left
    with company.begin(SYSTEM) as tx, pytest.raises(Missing):
        messages.recipients(tx, 999)


def test_nobody_gets_one_decision_twice_by_a_change_of_recipient(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "甲")
        other = contact(tx, "乙", mail="b@example.com")
        decide(tx, 1)
        ids = {row["name"]: row["id"] for row in messages.outbox(tx)}
        with pytest.raises(Conflict):
            messages.readdress(tx, ids["甲"], other)


def test_what_found_nobody_may_be_given_a_contact(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        decide(tx, 1)
        (row,) = messages.outbox(tx)
        assert row["state"] == "unaddressed"
        later = contact(tx, "新", mail="new@example.com", mobile="13800000001", role="finance")
        messages.readdress(tx, row["id"], later)
        assert messages.ways_left(tx, row["id"]) == []  # no SMS is set up
        tx.run("UPDATE messages.channel SET released_at = now() WHERE key = 'sms'")
        assert messages.ways_left(tx, row["id"]) == ["sms"]
    assert rows(company) == [("mail", "queued", "readdressed", "new@example.com")]


@pytest.mark.usefixtures("home")
def test_an_administrator_sees_what_stands_behind_a_message_and_acts_on_several(company: Database) -> None:
    boss(company)
    with company.begin(SYSTEM) as tx:
        contact(tx, "甲", mobile="13800000001")
        contact(tx, "乙", mail="b@example.com")
        decide(tx, 1)
        first, second = sorted(row["id"] for row in messages.outbox(tx))
    with serving() as vendors, logged_in(company, "lin") as lin:
        page = lin.get("/api/messages").json()
        assert [row["customer"] for row in page["rows"]] == ["宁波远汐"] * 2
        more = lin.get(f"/api/outbox/{first}").json()
        assert (more["customer"], more["held"], more["chosen_by"], more["readdress"]) == (
            "宁波远汐",
            True,
            "联系人",
            True,
        )
        assert more["origin"] is None
        assert lin.get("/api/outbox/filters").json() == {
            "templates": [{"key": "reminder", "label": "提醒", "label_en": None}], "customer_form": "customer",
        }  # fmt: skip
        sum_ = lin.get("/api/channels/mail/release?template=reminder").json()
        assert (sum_["waiting"], sum_["leaving"], sum_["customers"]) == (2, 2, 1)
        behind = lin.get("/api/channels/mail/release/leaving").json()
        assert [row["customer"] for row in behind] == ["宁波远汐"] * 2
        assert [one["name"] for one in lin.get(f"/api/outbox/{first}/recipients").json()] == ["甲", "乙"]
        with company.begin(SYSTEM) as tx:
            server = {"host": "127.0.0.1", "port": vendors.ports["smtp"], "security": "none"}
            messages.save_setup(tx, "mail", "smtp", {**server, "sender": "us@example.com"}, {})
        assert lin.post(f"/api/outbox/{first}/to-me", json={}).json()["state"] == "sent"
        assert [one.to for one in vendors.world.reached("mail")] == ["lin@example.com"]
        assert rows(company, "state") == [("queued",), ("queued",)]
        assert lin.post("/api/outbox/let-go", json={"ids": [first]}).json() == {"done": 1}
        assert lin.get(f"/api/outbox/{first}").json()["let_go_by"] == "林晓棠"
        assert lin.post("/api/outbox/cancel", json={"ids": [second, 999]}).json() == {"done": 1}
        assert lin.post("/api/channels/mail/release", json={"template": "reminder"}).status_code == 204
        assert lin.post("/api/channels/mail/recall").status_code == 204
        assert lin.post(f"/api/outbox/{first}/recipient", json={"contact": 99}).status_code == 404
        _file(lin)


def _file(lin: TestClient) -> None:
    lines = lin.get("/api/outbox/export", params={"tab": "held"}).text.splitlines()
    assert lines[0].startswith("\ufeff编号,计划时间")
    assert len(lines) == 2
    assert "宁波远汐,甲,a@example.com,提醒,合同 HT-1 即将到期,queued" in lines[1]


def test_a_failed_message_of_a_batch_falls_to_a_way_that_is_held_by_itself(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        tx.run('UPDATE messages.channel SET settings = \'{"kind": "aliyun", "values": {}}\' WHERE key = \'sms\'')
        decide(tx, 1)
        messages.let_go_batch(tx, "mail", "reminder")
    sms = Way()
    messages.deliver(company, {"mail": Way(NO), "sms": sms})
    messages.deliver(company, {"mail": Way(), "sms": sms})
    assert rows(company, "channel, state") == [("mail", "failed"), ("sms", "queued")]
    assert sms.taken == []

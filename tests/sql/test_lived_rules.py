"""Both shipped rules lived from end to end: readings come, dates pass, and what left is counted where it arrives."""

import dataclasses
import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from process_world import World, found, trees
from test_rules_shipped import HIGH_RISK, firings, lived, readings
from worlds import built_once

from perennial import messages, processes, records, rules
from perennial.dev import Accounts, Serving, letters, serving
from perennial.kernel import Database, Reason

END = "2026-12-22"
T30, T15, T7 = "2026-11-22", "2026-12-07", "2026-12-15"
MAIL, MOBILE = "lin@example.com", "13800000009"
CALL = "rule:end_unconfirmed:t7:1"
SMS = {f"SMS_END_{n}": ["number", "date", "owner"] for n in (30, 15, 7)}


@pytest.fixture(scope="module")
def other_side() -> Iterator[Serving]:
    aliyun = dataclasses.replace(Accounts().aliyun, templates=SMS)
    with serving(accounts=Accounts(aliyun=aliyun)) as running:
        yield running


@dataclass
class Town(World):
    """The company with both rules on, its channels set up to servers that write down what they get."""

    im: Serving = field(kw_only=True)

    def live(self, day: str, time: str = "09:00") -> None:
        """The clock goes there, the mailbox is read, what may leave leaves, and what became of it is taken up."""
        self.until(day, time)
        self.leave()

    def leave(self) -> None:
        self.im.world.shift_s += 61  # of physical time: one SMS a minute to one number
        messages.read_mail(self.database)
        for _ in range(2):
            messages.deliver(self.database, messages.set_up(self.database), guard=processes.delivery_guard)
        processes.tick(self.database)

    def arrived(self) -> list[tuple[str, str]]:
        """(to whom, what) of everything that the servers took, in its order; a mail by its subject."""
        return [(one.to, _subject(one.content) if one.kind == "mail" else one.content["template"])
                for one in self.im.world.effects]  # fmt: skip

    def calls(self, contract: int) -> list[str]:
        return [
            row["title"]
            for row in self.rows(
                "SELECT t.title FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.record_id = %(id)s"
                " AND k.key = 'call' AND t.state = 'open' AND t.assignee_id = %(tang)s", id=contract, tang=self.tang)
        ]  # fmt: skip

    def comes_back(self, status: str = "5.1.1") -> None:
        """The last mail could not be delivered."""
        (row,) = self.rows(
            "SELECT wire_id FROM messages.outbox WHERE channel = 'mail' AND state = 'sent'"
            " ORDER BY settled_at DESC, id DESC LIMIT 1"
        )
        self.im.box.put(letters.bounce(row["wire_id"], MAIL, status=status))


def _subject(raw: str) -> str:
    return str(email.message_from_string(raw, policy=email.policy.default)["Subject"])


@built_once
def ruled(database: Database) -> World:
    world = found(database)
    with world.system(Reason("publish")) as tx:
        for tree in trees("rules"):
            rules.publish(tx, rules.load(tree))
    return world


@pytest.fixture
def town(database: Database, home: Path, other_side: Serving) -> Town:
    other_side.world.forget()
    other_side.world.shift_s = 0
    other_side.box.letters.clear()
    town = Town(**vars(ruled(database)), im=other_side)
    known = other_side.world.accounts.aliyun
    with town.system() as tx:
        smtp = {"host": "127.0.0.1", "port": other_side.ports["smtp"], "security": "none", "sender": "we@example.com"}
        messages.save_setup(tx, "mail", "smtp", smtp, {})
        aliyun = {"key_id": known.key_id, "sign_name": known.sign, "base_url": other_side.urls["aliyun"]}
        messages.save_setup(tx, "sms", "aliyun", aliyun, {"key_secret": known.secret})
        imap = {"host": "127.0.0.1", "port": other_side.ports["imap"], "security": "none", "user": "box@example.com"}
        messages.save_setup(tx, "mail_in", "imap", imap, {"password": "box-password"})
        for channel in ("mail", "sms"):
            messages.release(tx, channel)
    return town


def contact(town: Town, **values: Any) -> None:
    (row,) = town.rows("SELECT id FROM data_read.contact")
    town.change(row["id"], form="contact", **values)


def reminded(town: Town, **values: Any) -> int:
    """A contract of the customer, whose contact has a mobile unless something else is said; nothing has left."""
    contact(town, **{"phone": MOBILE, **values})
    contract = town.contract(END, number="HT-1")
    town.leave()
    town.im.world.effects.clear()
    return contract


# --- readings


def test_readings_of_58_and_57_are_one_task_with_its_why_tree_and_again_nothing_new(town: Town) -> None:
    customer = lived(town, 19, 13)
    assert readings(town, customer) == [58, 57]
    for _ in range(2):
        assert town.tasks(customer, None) == [HIGH_RISK]
        assert town.notices(customer) == [("health_low", town.tang)]
        processes.tick(town.database)
        town.leave()
    assert town.arrived() == [] and town.task(HIGH_RISK, customer)["assignee_id"] == town.tang
    (firing,) = town.rows("SELECT facts FROM rules.firing WHERE record_id = %(id)s", id=customer)
    assert list(firing["facts"].values()) == [2]
    with town.act(town.tang) as tx:
        (alert,) = rules.alerts_of(tx)
        assert (alert["severity"], alert["state"]) == ("high", "open")
        tree = rules.why(tx, alert["id"])
    assert tree is not None and tree.value is True
    assert [part.value for part in tree.parts][1:3] == ["57", "58"]


@pytest.mark.parametrize(
    ("users", "read", "told"),
    [((19, 35, 12), [58, 61, 59], []), ((19, None, 13), [58, 57], ["health_gap"]), ((25, 25), [60, 60], [])],
)
def test_readings_that_are_no_two_low_ones_running_are_no_task(
    town: Town, users: tuple[int | None, ...], read: list[int], told: list[str]
) -> None:
    customer = lived(town, *users)
    town.leave()
    assert readings(town, customer) == read
    assert town.tasks(customer, None) == []
    assert town.notices(customer) == [(template, town.tang) for template in told]
    assert town.rows("SELECT FROM rules.alert") == []


# --- 30, 15, 7 days before the end

MAIL_30 = (MAIL, "「厦门屿岸」的合同将在一个月后到期")
MAIL_15 = (MAIL, f"请尽快确认：「厦门屿岸」的合同将于 {END} 到期")
MAIL_7 = (MAIL, f"最后提醒：「厦门屿岸」的合同 {END} 到期，服务即将停止")


def test_who_says_nothing_gets_a_mail_then_mail_and_sms_then_both_and_a_call(town: Town) -> None:
    contract = reminded(town)
    town.live("2026-11-21", "18:00")
    assert town.arrived() == []
    town.live(T30)
    assert town.arrived() == [MAIL_30]
    town.live(T15)
    assert sorted(town.arrived()) == sorted([MAIL_30, MAIL_15, (MOBILE, "SMS_END_15")])
    assert CALL not in town.tasks(contract)
    town.live(T7)
    assert sorted(town.arrived()) == sorted([MAIL_30, MAIL_15, (MOBILE, "SMS_END_15"), MAIL_7, (MOBILE, "SMS_END_7")])
    assert town.tasks(contract).count(CALL) == 1
    assert town.task(CALL, contract)["assignee_id"] == town.tang
    (alert,) = town.rows("SELECT state, severity FROM rules.alert WHERE record_id = %(id)s", id=contract)
    assert (alert["state"], alert["severity"]) == ("open", 2)
    town.live("2026-12-21")
    assert len(town.arrived()) == 5
    assert town.tasks(contract).count(CALL) == 1 and town.calls(contract) == []


def test_after_the_confirmation_nothing_leaves_neither_what_waits_nor_what_is_planned(town: Town) -> None:
    contract = reminded(town)
    with town.system() as tx:
        messages.release(tx, "sms", released=False)
    town.live(T30)
    town.live(T15)
    assert town.arrived() == [MAIL_30, MAIL_15]
    with town.act(town.tang) as tx:
        version = town.read_in(tx, contract)["version"]
        records.update(tx, "contract", contract, version, {"status": "confirmed"})
    with town.system() as tx:  # before anything has followed the change
        messages.release(tx, "sms")
    town.leave()
    for day in (T7, "2026-12-21"):
        town.live(day)
    assert town.arrived() == [MAIL_30, MAIL_15]
    assert CALL not in town.tasks(contract, None) and town.calls(contract) == []
    assert firings(town, contract) == [("t30", None), ("t15", None), ("t7", "condition")]
    states = town.rows(
        "SELECT channel, state FROM messages.outbox WHERE record_id = %(id)s AND decision LIKE 'rule:%%' ORDER BY id",
        id=contract,
    )
    assert [(row["channel"], row["state"]) for row in states] == [
        ("mail", "sent"), ("mail", "sent"), ("sms", "cancelled"),
    ]  # fmt: skip


def test_a_bounce_at_30_days_sends_the_sms_once(town: Town) -> None:
    contract = reminded(town)
    town.live(T30)
    town.comes_back()
    town.leave()
    town.leave()
    assert town.arrived() == [MAIL_30, (MOBILE, "SMS_END_30")]
    assert town.calls(contract) == []


def test_a_bounce_without_a_mobile_is_one_call(town: Town) -> None:
    contract = reminded(town, phone=None)
    town.live(T30)
    town.comes_back()
    town.leave()
    town.leave()
    assert town.arrived() == [MAIL_30]
    assert town.calls(contract) == ["致电客户（邮件未送达）：林女士"]


def test_an_sms_that_fails_for_good_is_one_call_and_the_call_of_the_last_week_is_no_second_one(town: Town) -> None:
    contract = reminded(town)
    town.im.fail("aliyun:*", "code:isv.MOBILE_NUMBER_ILLEGAL", times=99)
    town.live(T30)
    town.comes_back()
    town.leave()
    assert town.calls(contract) == ["致电客户（短信未送达）：林女士"]
    town.live(T15)
    town.live(T7)
    assert town.arrived() == [MAIL_30, MAIL_15, MAIL_7]
    assert len(town.calls(contract)) == 1
    with town.act(town.tang) as tx:
        processes.finish_task(tx, town.task("call", contract)["id"])
    town.leave()
    assert town.calls(contract) == [] and town.tasks(contract).count(CALL) == 1


@pytest.mark.parametrize("phone", [MOBILE, None])
def test_what_comes_back_after_the_confirmation_or_the_dismissal_is_no_sms_and_no_call(
    town: Town, phone: str | None
) -> None:
    contract = reminded(town, phone=phone)
    town.live(T30)
    with town.act(town.tang) as tx:
        (alert,) = rules.alerts_of(tx)
        rules.dismiss(tx, alert["id"], "已电话沟通")
    town.comes_back()
    town.leave()
    town.live(T15)
    town.change(contract, status="confirmed")
    town.comes_back()
    town.leave()
    assert [what for to, what in town.arrived() if to == MOBILE] == (["SMS_END_15"] if phone else [])
    assert town.calls(contract) == []


def test_a_call_that_waits_is_closed_by_the_confirmation(town: Town) -> None:
    contract = reminded(town, phone=None)
    town.live(T15)
    assert town.calls(contract) == ["致电客户（没有手机号）：林女士"]
    town.change(contract, status="confirmed")
    assert town.calls(contract) == [] and town.task("call", contract, "closed")["why"] == "cleared"


def test_who_has_a_mobile_alone_gets_the_sms_and_who_has_nothing_is_asked_for(town: Town) -> None:
    contract = reminded(town, mail=None)
    town.live(T30)
    town.live(T15)
    assert town.arrived() == [(MOBILE, "SMS_END_30"), (MOBILE, "SMS_END_15")]
    assert town.calls(contract) == []
    contact(town, phone=None)
    town.live(T7)
    assert len(town.arrived()) == 2
    asked = town.rows(
        "SELECT t.record_id, t.assignee_id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
        " WHERE k.key = 'contact' AND k.form = 'customer' AND t.state = 'open'"
    )
    assert asked == [{"record_id": town.customer, "assignee_id": town.tang}]
    assert town.tasks(contract).count(CALL) == 1

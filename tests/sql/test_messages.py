"""The outbox: decided once, held until released, merged per contact and day, uncertain after a crash."""

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from perennial import forms, messages
from perennial.kernel import SYSTEM, Database, Tx

BUNDLED = Path(__file__).parents[2] / "perennial" / "bundled" / "renewal"


def trees(kind: str) -> list[dict]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((BUNDLED / kind).glob("*.yaml"))]


@pytest.fixture
def company(database: Database) -> Database:
    """The renewal forms and texts, one customer with two contracts that end on 2027-01-05."""
    with database.begin(SYSTEM) as tx:
        forms.apply(tx, forms.propose(tx, forms.load_all(trees("forms"))))
        for tree in trees("audiences"):
            messages.publish_audience(tx, messages.Audience.load(tree))
        for tree in trees("templates"):
            messages.publish_template(tx, messages.Template.load(tree))
        tx.run("INSERT INTO people.person (account, name) VALUES ('lin', '林晓棠')")
        tx.run("INSERT INTO data.customer (name, code) VALUES ('宁波远汐供应链有限公司', 'KH-0001')")
        tx.run(
            "INSERT INTO data.contract (customer, number, start_date, end_date, amount, owner)"
            " SELECT 1, 'HT-' || n, '2026-01-06', '2027-01-05', 1000 * n, 1 FROM generate_series(1, 2) n"
        )
    return database


def contact(tx: Tx, name: str, role: str, mail: str | None) -> None:
    tx.run(
        "INSERT INTO data.contact (customer, name, role, mail) VALUES (1, %(name)s, %(role)s, %(mail)s)",
        {"name": name, "role": role, "mail": mail},
    )


def decide(tx: Tx, *records: int, template: str = "intent", not_after: dt.datetime | None = None) -> int:
    rows = sa.values(
        sa.column("decision", sa.Text), sa.column("record_id", sa.BigInteger), sa.column("node", sa.Text), name="v"
    ).data([(f"d{record}", record, "mail60") for record in records])  # fmt: skip
    items = sa.select(
        rows.c.decision, rows.c.record_id, sa.cast(sa.null(), sa.BigInteger).label("instance_id"), rows.c.node,
        sa.literal(tx.now, sa.DateTime(timezone=True)).label("due_at"),
        sa.literal(not_after, sa.DateTime(timezone=True)).label("not_after"),
    )  # fmt: skip
    return messages.decide_set(tx, items, template_key=template, audience_key="renewal_contacts")


class Post:
    """A channel that remembers, and answers as it is told."""

    instant = False

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.taken: list[messages.Wire] = []

    def send(self, wire: messages.Wire) -> messages.Outcome:
        self.taken.append(wire)
        answer = self.answers.pop(0) if self.answers else "sent"
        return messages.Outcome(answer)  # type: ignore[arg-type]


def states(database: Database) -> list[str]:
    with database.begin(SYSTEM) as tx:
        return [row["state"] for row in tx.rows("SELECT state FROM messages.outbox ORDER BY id")]


def test_the_renewal_contact_is_preferred_and_the_values_are_captured(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "主联系人甲", "primary", "a@example.com")
        contact(tx, "续约联系人乙", "renewal", "b@example.com")
        assert decide(tx, 1) == 1
        tx.run("UPDATE data.contract SET amount = 5 WHERE id = 1")
        row = tx.one("SELECT name, address, captured FROM messages.outbox")
    assert row is not None
    assert (row["name"], row["address"]) == ("续约联系人乙", "b@example.com")
    assert row["captured"]["amount"] == "¥1,000.00"
    assert row["captured"]["end_date"] == "2027-01-05"
    assert row["captured"]["customer.name"] == "宁波远汐供应链有限公司"
    assert row["captured"]["owner.name"] == "林晓棠"


def test_deciding_again_writes_nothing(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        assert decide(tx, 1, 2) == 2
        assert decide(tx, 1, 2) == 0


def test_no_contact_is_never_silence(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "财务", "finance", "f@example.com")
        contact(tx, "无邮箱", "primary", None)
        decide(tx, 1)
        assert tx.rows("SELECT state, why FROM messages.outbox") == [{"state": "unaddressed", "why": "no_contact"}]


def test_nothing_leaves_before_the_release_then_two_contracts_are_one_mail(company: Database) -> None:
    post = Post()
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1, 2)
    assert messages.deliver(company, {"mail": post}).counts == {}
    assert post.taken == []
    with company.begin(SYSTEM) as tx:
        assert messages.forecast(tx, "mail") == {
            "waiting": 2, "expired": 0, "merged": 1, "leaving": 1, "later": 0, "unaddressed": 0,
        }  # fmt: skip
        messages.release(tx, "mail")
    assert messages.deliver(company, {"mail": post}).counts == {"merged": 1, "sent": 1}
    (wire,) = post.taken
    assert wire.subject == "关于「宁波远汐供应链有限公司」合同续约意向的征询"
    assert "HT-1" in wire.body
    assert "HT-2" in wire.body
    assert messages.deliver(company, {"mail": post}).counts == {}
    assert len(post.taken) == 1


def test_a_message_past_its_limit_expires_and_one_without_reason_is_cancelled(company: Database) -> None:
    post = Post()
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1, not_after=tx.now - dt.timedelta(minutes=1))
        decide(tx, 2)
        messages.release(tx, "mail")
    done = messages.deliver(company, {"mail": post}, guard=lambda tx, ids: {ids[-1]: "renewed"})
    assert done.counts == {"expired": 1, "cancelled": 1}
    assert post.taken == []


def test_temporary_trouble_is_retried_later_and_permanent_trouble_is_shown(company: Database) -> None:
    post = Post("temporary", "permanent")
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1)
        messages.release(tx, "mail")
    assert messages.deliver(company, {"mail": post}).counts == {"queued": 1}
    assert messages.deliver(company, {"mail": post}).counts == {}
    with company.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + interval '2 minutes'")
    assert messages.deliver(company, {"mail": post}).counts == {"failed": 1}
    assert [wire.wire_id for wire in post.taken] == [post.taken[0].wire_id] * 2


def test_an_attempt_without_an_answer_is_uncertain_and_repeated_once_with_the_same_id(company: Database) -> None:
    post = Post("uncertain", "uncertain")
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1)
        messages.release(tx, "mail")
    messages.deliver(company, {"mail": post})
    assert states(company) == ["uncertain"]
    messages.deliver(company, {"mail": post})
    messages.deliver(company, {"mail": post})
    assert states(company) == ["uncertain"]
    assert len(post.taken) == 2
    assert len({wire.wire_id for wire in post.taken}) == 1
    with company.begin(SYSTEM) as tx:
        messages.resolve(tx, 1, "arrived")
    assert states(company) == ["sent"]


def test_a_message_left_sending_by_a_crash_counts_as_uncertain(company: Database) -> None:
    post = Post()
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1)
        messages.release(tx, "mail")
        tx.run("UPDATE messages.outbox SET state = 'sending', wire_id = '<x@y>'")
        tx.run("INSERT INTO messages.attempt (outbox_id, started_at) VALUES (1, now())")
    assert messages.deliver(company, {"mail": post}).counts == {"uncertain": 1, "sent": 1}
    assert post.taken[0].wire_id == "<x@y>"
    with company.begin(SYSTEM) as tx:
        assert [row["outcome"] for row in tx.rows("SELECT outcome FROM messages.attempt ORDER BY id")] == [
            "uncertain", "sent",
        ]  # fmt: skip


def test_colleagues_read_at_once_and_it_counts_as_unread_until_seen(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        items = sa.select(
            sa.literal("n1").label("decision"), sa.literal(1, sa.BigInteger).label("record_id"),
            sa.cast(sa.null(), sa.BigInteger).label("instance_id"), sa.literal("notice").label("node"),
            sa.literal(tx.now, sa.DateTime(timezone=True)).label("due_at"),
            sa.cast(sa.null(), sa.DateTime(timezone=True)).label("not_after"),
            sa.literal(1, sa.BigInteger).label("person_id"),
        )  # fmt: skip
        assert messages.decide_set(tx, items, template_key="director_notice") == 1
    from perennial.kernel import Actor

    with company.begin(Actor("person", 1, "林晓棠")) as tx:
        (notice,) = messages.notices(tx)
        assert notice["subject"] == "宁波远汐供应链有限公司 的合同 HT-1 将于 2027-01-05 到期，客户仍未确认"
        assert messages.unread(tx) == 1
        messages.read_notices(tx, notice["id"])
        assert messages.unread(tx) == 0


def test_the_mailbox_shows_held_messages_with_their_text(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1)
        (row,) = messages.outbox(tx, "held")
        assert row["held"]
        assert messages.counts(tx)["held"] == 1
        detail = messages.read_message(tx, row["id"])
    assert "您的客户成功经理 林晓棠" in detail["body"]

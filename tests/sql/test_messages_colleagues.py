"""Notices to colleagues where they work: in the application, and in DingTalk, WeCom or Feishu by their account."""

from typing import Any

import pytest
import sqlalchemy as sa
from message_world import Way, rows, stand

from perennial import access, messages, people
from perennial.kernel import SYSTEM, Database, Tx

NOTICE = {
    "template": "told", "label": "通知", "form": "contract", "subject": "合同 {{number}} 到期",
    "body": "金额 {{amount}}",
}  # fmt: skip


@pytest.fixture
def company(database: Database) -> Database:
    stand(database)
    return database


def tell(tx: Tx, *channels: str, decision: str = "n1") -> int:
    """林晓棠 (1) and a colleague without an account (2)."""
    messages.publish_template(tx, messages.Template.load({**NOTICE, "channels": list(channels)}))
    tx.run("INSERT INTO people.person (id, account, name) VALUES (2, 'he', '何立') ON CONFLICT DO NOTHING")
    who = sa.values(sa.column("id", sa.BigInteger), name="who").data([(1,), (2,)])
    columns: list[Any] = [
        sa.literal(decision).label("decision"), sa.literal(1, sa.BigInteger).label("record_id"),
        sa.cast(sa.null(), sa.BigInteger).label("instance_id"), sa.literal("notice").label("node"),
        sa.literal(tx.now, sa.DateTime(timezone=True)).label("due_at"),
        sa.cast(sa.null(), sa.DateTime(timezone=True)).label("not_after"), who.c.id.label("person_id"),
    ]  # fmt: skip
    items: Any = sa.select(*columns)
    return messages.decide_set(tx, items, template_key="told")


def set_up(tx: Tx) -> None:
    messages.save_setup(tx, "dingtalk", "app", {"app_key": "a", "agent_id": "1"}, {"app_secret": "s"})


def test_who_has_an_account_is_told_there_too_and_who_has_none_in_the_application_alone(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        people.bind(tx, 1, "dingtalk", "lin")
        people.bind(tx, 1, "feishu", "ou_lin")
        set_up(tx)  # Feishu is not
        assert tell(tx, "in_app", "dingtalk", "feishu") == 3
        messages.release(tx, "dingtalk")
    assert sorted(rows(company, "channel, person_id, address, state")) == [
        ("dingtalk", 1, "lin", "queued"), ("in_app", 1, None, "sent"), ("in_app", 2, None, "sent"),
    ]  # fmt: skip
    way = Way()
    messages.deliver(company, {"dingtalk": way})
    assert [(wire.address, wire.subject) for wire in way.taken] == [("lin", "合同 *** 到期")], "she may not read it yet"


def test_a_colleague_is_told_by_message_what_they_may_read_when_it_leaves(company: Database) -> None:
    fields = {"*": "read", "amount": "masked"}
    with company.begin(SYSTEM) as tx:
        people.bind(tx, 1, "dingtalk", "lin")
        set_up(tx)
        contract = {"rows": "all", "rights": ["read"], "fields": fields}
        access.publish(tx, [access.load({"role": "reader", "label": "读者", "forms": {"contract": contract}})])
        people.assign(tx, 1, ["reader"])
        tell(tx, "in_app", "dingtalk")
        messages.release(tx, "dingtalk")
    way = Way()
    messages.deliver(company, {"dingtalk": way})
    assert [(wire.subject, wire.body) for wire in way.taken] == [("合同 HT-1 到期", "金额 ****")]


def test_where_it_stands_nowhere_else_a_missing_account_is_no_silence(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        set_up(tx)
        assert tell(tx, "dingtalk") == 2
    assert rows(company, "person_id, state") == [(1, "unaddressed"), (2, "unaddressed")]

"""The outbox: decided once, held until released, merged per contact and day, uncertain after a crash."""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from builders import at, run
from worlds import built_once

from perennial import access, forms, messages, people
from perennial.kernel import SYSTEM, Actor, Database, Problem, Tx, text

BUNDLED = Path(__file__).parents[2] / "perennial" / "bundled" / "renewal"


def trees(kind: str) -> list[dict]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((BUNDLED / kind).glob("*.yaml"))]


@pytest.fixture
@built_once
def company(database: Database) -> Database:
    """The renewal forms and texts, one customer with two contracts that end on 2027-01-05."""
    with database.begin(SYSTEM) as tx:
        forms.apply(tx, forms.propose(tx, forms.load_all(trees("forms"))))
        for tree in trees("audiences"):
            messages.publish_audience(tx, messages.Audience.load(tree))
        for tree in trees("templates"):
            messages.publish_template(tx, messages.Template.load(tree))
        run(tx, "INSERT INTO people.person (account, name) VALUES ('lin', '林晓棠')")
        run(tx, "INSERT INTO data.customer (name, code) VALUES ('宁波远汐供应链有限公司', 'KH-0001')")
        run(
            tx,
            "INSERT INTO data.contract (customer, number, start_date, end_date, amount, owner)"
            " SELECT 1, 'HT-' || n, '2026-01-06', '2027-01-05', 1000 * n, 1 FROM generate_series(1, 2) n",
        )
    return database


def contact(tx: Tx, name: str, role: str, mail: str | None, customer: int = 1) -> None:
    run(
        tx,
        "INSERT INTO data.contact (customer, name, role, mail) VALUES (%(of)s, %(name)s, %(role)s, %(mail)s)",
        {"name": name, "role": role, "mail": mail, "of": customer},
    )


def decide(tx: Tx, *records: int, template: str = "intent", not_after: dt.datetime | None = None) -> int:
    rows = sa.values(
        sa.column("decision", sa.Text), sa.column("record_id", sa.BigInteger), sa.column("node", sa.Text), name="v"
    ).data([(f"d{record}", record, "mail60") for record in records])  # fmt: skip
    items = sa.select(
        rows.c.decision, rows.c.record_id, (rows.c.record_id + 100).label("instance_id"), rows.c.node,
        sa.literal(tx.now, sa.DateTime(timezone=True)).label("due_at"),
        sa.literal(not_after, sa.DateTime(timezone=True)).label("not_after"),
    )  # fmt: skip
    return messages.decide_set(tx, items, template_key=template, audience_key="renewal_contacts")


class Post:
    """A channel that remembers, and answers as it is told; `meanwhile` happens while the first mail is on the wire."""

    instant = False

    def __init__(self, *answers: str, meanwhile: Callable[[], object] | None = None) -> None:
        self.answers = list(answers)
        self.taken: list[messages.Wire] = []
        self.meanwhile = meanwhile

    def send(self, wire: messages.Wire) -> messages.Outcome:
        self.taken.append(wire)
        if self.meanwhile is not None:
            self.meanwhile, act = None, self.meanwhile
            act()
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
        run(tx, "UPDATE data.contract SET amount = 5 WHERE id = 1")
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
            "waiting": 2, "expired": 0, "gone": 0, "opted_out": 0, "later": 0, "merged": 1, "leaving": 1,
            "unaddressed": 0, "customers": 1, "opens_at": None,
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
        run(tx, "UPDATE kernel.workspace SET clock_at = clock_at + interval '2 minutes'")
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
        run(tx, "UPDATE messages.outbox SET state = 'sending', wire_id = '<x@y>'")
        run(tx, "INSERT INTO messages.attempt (outbox_id, started_at) VALUES (1, now())")
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
    with as_reader(company, {"contract": {"rows": "all"}, "customer": {"rows": "all"}}) as tx:
        (notice,) = messages.notices(tx)
        assert notice["subject"] == "宁波远汐供应链有限公司 的合同 HT-1 将于 2027-01-05 到期，客户仍未确认"
        assert messages.unread(tx) == 1
        messages.read_notices(tx, notice["id"])
        assert messages.unread(tx) == 0


@contextlib.contextmanager
def as_reader(database: Database, grants: dict[str, dict[str, object]]) -> Iterator[Tx]:
    """林晓棠, with a role that may read so much."""
    with database.begin(SYSTEM) as tx:
        every = {"rights": ["read"], "fields": {"*": "read"}}
        given = {form: {**every, **grant} for form, grant in grants.items()}
        access.publish(tx, [access.load({"role": "reader", "label": "读者", "forms": given})])
        people.assign(tx, 1, ["reader"])
    with database.begin(Actor("person", 1, "林晓棠")) as tx:
        yield tx


MASKED = {
    "contract": {"rows": "all", "fields": {"*": "read", "amount": "masked", "product_line": "hidden"}},
    "customer": {"rows": "all", "fields": {"*": "read", "name": "hidden"}},
    "contact": {"rows": "all", "fields": {"*": "read", "mail": "masked"}},
}


def test_masked_stays_masked_in_the_text_of_a_message_and_at_its_address(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "lindaiyu@example.com")
        run(tx, "UPDATE data.contract SET product_line = 'crm'")
        decide(tx, 1, 2)
        messages.release(tx, "mail")
    post = Post("permanent")
    messages.deliver(company, {"mail": post})
    assert "¥1,000.00" in post.taken[0].body  # the customer gets it as it is
    with company.begin(SYSTEM) as tx:
        assert tx.run("UPDATE messages.attempt SET detail = '550 no such user lindaiyu@example.com'") == 1
    with as_reader(company, MASKED) as tx:
        (row,) = messages.outbox(tx, "failed")
        detail = messages.read_message(tx, row["id"])
        told = repr((row, detail))
    for secret in ("1,000.00", "2,000.00", "客户管理", "宁波远汐", "lindaiyu"):
        assert secret not in told, secret
    assert row["subject"] == "关于「***」合同续约意向的征询"
    assert row["address"] == "l****@example.com"
    assert detail["captured"]["amount"] == "****"
    assert (detail["captured"]["number"], detail["captured"]["end_date"]) == ("HT-1", "2027-01-05")
    assert detail["body"].count("金额 ****") == 2
    assert detail["attempts"][0]["detail"] == "550 no such user l****@example.com"


def test_what_a_reader_may_read_in_full_stands_in_the_text_as_it_left(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1)
        (row,) = messages.outbox(tx)
        whole = messages.read_message(tx, row["id"])
    with as_reader(company, {form: {"rows": "all"} for form in MASKED}) as tx:
        seen = messages.read_message(tx, row["id"])
    for key in ("subject", "body", "name", "address", "captured"):
        assert seen[key] == whole[key]


def test_a_line_about_a_record_of_somebody_else_says_nothing(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1, 2)
        messages.release(tx, "mail")
    messages.deliver(company, {"mail": Post()})
    grants = {"contract": {"rows": "amount < 1500"}, "customer": {"rows": "all"}, "contact": {"rows": "all"}}
    with as_reader(company, grants) as tx:
        (row,) = messages.outbox(tx)
        body = messages.read_message(tx, row["id"])["body"]
    assert "HT-1" in body
    assert "HT-2" not in body
    assert "2,000" not in body


def test_what_a_release_waits_for_is_held_and_not_queued(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1)
        assert (messages.counts(tx)["held"], messages.counts(tx)["queued"]) == (1, 0)
        assert (len(messages.outbox(tx, "held")), messages.outbox(tx, "queued")) == (1, [])
        messages.release(tx, "mail")
        assert (messages.counts(tx)["held"], messages.counts(tx)["queued"]) == (0, 1)
        assert (messages.outbox(tx, "held"), len(messages.outbox(tx, "queued"))) == ([], 1)


TEMPLATE = {"template": "t", "label": "提醒", "form": "contract", "subject": "s", "body": "b"}
AUDIENCE = {"audience": "a", "label": "联系人", "form": "contact", "relation": "customer", "of": "customer",
            "name": "name", "address": "mail"}  # fmt: skip
REFUSED: dict[str, tuple[Callable[[Tx], object], dict[str, object], str]] = {
    "messages.template_shape": (
        lambda tx: messages.Template.load({**TEMPLATE, "colour": "red"}),
        {"detail": "Template.__init__() got an unexpected keyword argument 'colour'"},
        "模板「提醒」的写法不对",
    ),
    "messages.audience_shape": (
        lambda tx: messages.Audience.load({key: value for key, value in AUDIENCE.items() if key != "audience"}),
        {"detail": "'audience'"},
        "收件人范围「联系人」的写法不对",
    ),
    "messages.no_template": (lambda tx: decide(tx, 1, template="xmas"), {"template": "xmas"}, "「xmas」这个消息模板"),
    "messages.no_audience": (
        lambda tx: messages.decide_set(tx, sa.select(sa.literal(1)), template_key="intent", audience_key="all"),
        {"audience": "all"},
        "「all」这个收件人范围",
    ),
    "messages.no_channel": (lambda tx: messages.release(tx, "pigeon"), {"channel": "pigeon"}, "「pigeon」这个渠道"),
    "messages.no_message": (lambda tx: messages.read_message(tx, 999), {}, "找不到这条消息"),
    "messages.not_possible": (
        lambda tx: messages.resolve(tx, decided(tx), "arrived"), {"state": "queued"}, "现在是「queued」"
    ),
}  # fmt: skip


def decided(tx: Tx) -> int:
    """A message that waits."""
    contact(tx, "主", "primary", "a@example.com")
    decide(tx, 1)
    return int(tx.value("SELECT max(id) FROM messages.outbox"))


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_says_what_and_where(company: Database, code: str) -> None:
    act, facts, said = REFUSED[code]
    with pytest.raises(Problem) as refused, company.begin(SYSTEM) as tx:
        act(tx)
    assert (refused.value.code, refused.value.facts) == (code, facts)
    assert said in text(refused.value, "zh")
    assert "{" not in text(refused.value, "en")


def test_the_mailbox_shows_held_messages_with_their_text(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "主", "primary", "a@example.com")
        decide(tx, 1)
        (row,) = messages.outbox(tx, "held")
        assert row["held"]
        assert messages.counts(tx)["held"] == 1
        detail = messages.read_message(tx, row["id"])
    assert "您的客户成功经理 林晓棠" in detail["body"]


def two_customers(database: Database) -> None:
    """Contracts 1 and 2 of customer 1, contract 3 of customer 2; a mail for each customer is due and released."""
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.customer (name, code) VALUES ('苏州云岭', 'KH-0002')")
        run(
            tx,
            "INSERT INTO data.contract (customer, number, start_date, end_date, amount, owner)"
            " VALUES (2, 'HT-3', '2026-01-06', '2027-01-05', 3000, 1)",
        )
        contact(tx, "甲", "primary", "a@example.com")
        contact(tx, "乙", "primary", "b@example.com", customer=2)
        decide(tx, 1, 2, 3)
        messages.release(tx, "mail")


def renewed(tx: Tx, ids: Sequence[int]) -> Mapping[int, str]:
    """A guard: nobody is asked about a contract that is renewed."""
    sql = (
        "SELECT o.id FROM messages.outbox o JOIN data.contract c ON c.id = o.record_id"
        " WHERE o.id = ANY(%(ids)s) AND c.status = 'renewed'"
    )
    rows = tx.rows(at(tx, sql), {"ids": list(ids)})
    return {row["id"]: "cancel_when" for row in rows}


def renew(database: Database, *contracts: int) -> None:
    with database.begin(SYSTEM) as tx:
        run(tx, "UPDATE data.contract SET status = 'renewed' WHERE id = ANY(%(ids)s)", {"ids": list(contracts)})


def later(database: Database, minutes: int = 2) -> None:
    with database.begin(SYSTEM) as tx:
        run(tx, f"UPDATE kernel.workspace SET clock_at = clock_at + interval '{minutes} minutes'")


def test_a_commit_that_takes_the_reason_while_mails_are_leaving_stops_those_that_have_not(company: Database) -> None:
    two_customers(company)
    post = Post(meanwhile=lambda: renew(company, 3))
    done = messages.deliver(company, {"mail": post}, guard=renewed)
    assert [wire.address for wire in post.taken] == ["a@example.com"]
    assert done.counts == {"merged": 1, "sent": 1, "cancelled": 1}
    assert states(company) == ["sent", "merged", "cancelled"]


def test_a_commit_between_the_claim_and_the_attempt_is_seen_although_the_claim_could_not(company: Database) -> None:
    two_customers(company)
    asked: list[int] = []

    def guard(tx: Tx, ids: Sequence[int]) -> Mapping[int, str]:
        refused = renewed(tx, ids)
        asked.append(len(ids))
        if len(asked) == 1:  # answered already, not committed yet: a second transaction commits in between
            renew(company, 1, 3)
        return refused

    post = Post()
    messages.deliver(company, {"mail": post}, guard=guard)
    assert [(wire.address, "HT-1" in wire.body, "HT-2" in wire.body) for wire in post.taken] == [
        ("a@example.com", False, True)
    ]
    assert states(company) == ["cancelled", "sent", "cancelled"]
    with company.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM messages.attempt") == 1  # what did not leave was no attempt


def test_a_recall_stops_what_has_not_left(company: Database) -> None:
    two_customers(company)

    def recall() -> None:
        with company.begin(SYSTEM) as tx:
            messages.release(tx, "mail", released=False)

    post = Post(meanwhile=recall)
    messages.deliver(company, {"mail": post})
    assert len(post.taken) == 1
    assert states(company) == ["sent", "merged", "queued"]


def test_a_hold_that_begins_while_mails_leave_postpones_the_rest(company: Database) -> None:
    two_customers(company)
    held: list[str] = []

    def guard(tx: Tx, ids: Sequence[int]) -> Mapping[int, str]:
        return {id_: "hold" for id_ in ids if held}

    post = Post(meanwhile=lambda: held.append("now"))
    messages.deliver(company, {"mail": post}, guard=guard)
    assert len(post.taken) == 1
    held.clear()
    assert messages.deliver(company, {"mail": post}, guard=guard).counts == {}
    later(company, 61)
    assert messages.deliver(company, {"mail": post}, guard=guard).counts == {"sent": 1}


def test_two_deliverers_send_nothing_twice(company: Database) -> None:
    two_customers(company)
    other = Post()
    post = Post(meanwhile=lambda: messages.deliver(company, {"mail": other}))
    assert messages.deliver(company, {"mail": post}).counts == {"merged": 1, "sent": 2}
    assert other.taken == []


def test_a_line_of_a_mail_that_did_not_leave_survives_the_end_of_the_first_one(company: Database) -> None:
    two_customers(company)
    post = Post("temporary")
    messages.deliver(company, {"mail": post})
    with company.begin(SYSTEM) as tx:
        messages.cancel_set(tx, [101], "superseded")
    later(company)
    assert messages.deliver(company, {"mail": post}).counts == {"sent": 1}
    assert "HT-1" not in post.taken[-1].body
    assert "HT-2" in post.taken[-1].body
    assert post.taken[-1].wire_id == post.taken[0].wire_id
    assert states(company) == ["cancelled", "sent", "sent"]


def test_a_repeated_mail_keeps_its_id_and_takes_nothing_new_along(company: Database) -> None:
    two_customers(company)
    post = Post("uncertain")
    messages.deliver(company, {"mail": post})
    with company.begin(SYSTEM) as tx:
        run(
            tx,
            "INSERT INTO data.contract (customer, number, start_date, end_date, amount, owner)"
            " VALUES (1, 'HT-4', '2026-01-06', '2027-01-05', 4000, 1)",
        )
        decide(tx, 4)
    messages.deliver(company, {"mail": post})
    first, _, again, new = post.taken
    assert again == first
    assert "HT-4" in new.body
    assert new.wire_id != first.wire_id


def test_what_is_taken_back_while_it_is_on_the_wire_is_not_tried_again(company: Database) -> None:
    two_customers(company)

    def take_back() -> None:
        with company.begin(SYSTEM) as tx:
            messages.cancel_set(tx, [101, 102, 103], "cancelled")

    post = Post("temporary", meanwhile=take_back)
    messages.deliver(company, {"mail": post})
    later(company)
    messages.deliver(company, {"mail": post})
    assert len(post.taken) == 1
    assert states(company) == ["cancelled", "cancelled", "cancelled"]

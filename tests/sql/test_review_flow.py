"""The shipped annual review, under the moving clock: when each level begins, what 90, 60 and 30 days before the day
bring, what must be there before it is reviewed, and the year after.

Days by hand: the clock stands at 2026-11-21; a review due on 2027-04-01 is planned on 2026-12-22 (T-100), T-90 is
2027-01-01, T-60 is 2027-01-31, T-30 is 2027-03-02.
"""

import datetime as dt
import io
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from builders import install_shipped
from builders_quotes import staff
from error_codes import refused
from process_world import at
from worlds import built_once

from perennial import access, files, people, processes, records
from perennial.kernel import SYSTEM, Actor, Database, Reason, Row, Tx
from perennial.processes.approvals import vote

pytestmark = pytest.mark.usefixtures("home")
DUE = "2027-04-01"


@dataclass
class Office:
    database: Database
    who: dict[str, int] = field(default_factory=dict[str, int])

    def as_(self, name: str) -> AbstractContextManager[Tx]:
        return self.database.begin(Actor("person", self.who[name], name))

    def customer(self, name: str, due: str = DUE, **values: object) -> int:
        with self.as_("zhou") as tx:
            made = records.create(
                tx, "customer", {"name": name, "csm": self.who["lin"], "review_on": due or None, **values}
            )
            given: dict[str, Any] = {
                "customer": made,
                "name": "联系人",
                "mail": f"{name}@example.com",
                "role": "primary",
            }
            records.create(tx, "contact", given)
        return made

    def contract(self, customer: int, amount: str, **values: object) -> None:
        """One that ends long after all that is looked at here."""
        with self.as_("zhou") as tx:
            records.create(tx, "contract", {
                "customer": customer, "amount": amount, "start_date": "2026-11-21", "end_date": "2029-11-20",
                "owner": self.who["lin"], **values,
            })  # fmt: skip

    def settle(self) -> None:
        processes.react(self.database)
        processes.drain(self.database)

    def until(self, day: str) -> None:
        self.settle()
        processes.tick(self.database, at=at(day))  # at the moments that are looked at, where nothing is late

    def rows(self, sql: str, **params: object) -> list[Row]:
        with self.database.begin(SYSTEM) as tx:
            return tx.rows(sql, params)

    def review(self, customer: int) -> Row:
        with self.database.begin(SYSTEM) as tx:
            rows = access.readable(tx, "annual_review", actor=SYSTEM)
            found = tx.rows(rows.select(*rows.fields).where(rows.source.field("customer") == customer))
        assert len(found) == 1
        return found[0]

    def happened(self, customer: int) -> list[tuple[str, str]]:
        """What has come of the review so far, in order: tasks with whose they are, messages with whom they are for."""
        names = {number: name for name, number in self.who.items()}
        rows = self.rows(
            "SELECT k.key AS what, t.assignee_id AS who, t.opened_at AS at FROM tasks.task t"
            "  JOIN tasks.kind k ON k.id = t.kind_id WHERE t.record_id = %(id)s AND k.form = 'annual_review'"
            " UNION ALL SELECT o.template, o.person_id, o.decided_at FROM messages.outbox o"
            " WHERE o.record_id = %(id)s AND o.template LIKE 'review%%' ORDER BY 3, 1",
            id=self.review(customer)["id"],
        )
        return [(row["what"], names.get(row["who"], "customer")) for row in rows]

    def finish(self, key: str, record: int, by: str, outcome: str | None = None, **values: object) -> None:
        [task] = self.rows(
            "SELECT t.id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.record_id = %(id)s"
            " AND k.key = %(key)s AND t.state = 'open'", id=record, key=key)  # fmt: skip
        with self.as_(by) as tx:
            processes.finish_task(tx, task["id"], values, outcome)
        self.settle()

    def approve(self, by: str, record: int) -> None:
        [task] = self.rows(
            "SELECT vote_id FROM tasks.task WHERE record_id = %(id)s AND vote_id IS NOT NULL AND state = 'open'"
            " AND (assignee_id = %(me)s OR %(me)s = ANY(candidates))",
            id=record,
            me=self.who[by],
        )
        with self.as_(by) as tx:
            vote.decide(tx, task["vote_id"], "approved")
        self.settle()

    def open(self, record: int) -> list[str]:
        rows = self.rows(
            "SELECT k.key FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.record_id = %(id)s"
            " AND k.form = 'annual_review' AND t.state = 'open' ORDER BY k.key",
            id=record,
        )
        return [row["key"] for row in rows]

    def sound(self) -> None:
        with self.database.begin(SYSTEM) as tx:
            assert [(one.check, one.examples) for one in processes.doctor(tx) if not one.ok] == []


@pytest.fixture
@built_once
def office(database: Database) -> Office:
    install_shipped(database)
    made = Office(database)
    with database.begin(SYSTEM, Reason("test")) as tx:
        gu = people.create(tx, "gu", "顾书言", roles=["supervisor"])
        made.who = {"gu": gu, **staff(tx, gu)}
        made.who["dong"] = people.create(tx, "dong", "程东", roles=["director"])
        made.who["ke"] = people.create(tx, "ke", "柯敏", roles=["service"])
        made.who["zhou"] = people.create(tx, "zhou", "周予安", roles=["business_admin"])
    return made


def paper(tx: Tx, name: str) -> list[dict[str, int]]:
    return [{"file": files.add(tx, io.BytesIO(b"%PDF-1.7 " + name.encode()), f"{name}.pdf").id}]


def test_each_level_has_its_own_steps_90_60_and_30_days_before_when_nobody_does_anything(office: Office) -> None:
    a, b, c = (office.customer(tier, tier=tier) for tier in "abc")
    office.contract(c, "49999.99")
    office.until("2026-12-21")
    assert office.rows("SELECT * FROM data_read.annual_review") == []
    office.until("2026-12-22")  # T-100
    assert [office.review(one)["level"] for one in (a, b, c)] == ["重点", "标准", "简化"]
    assert [str(office.review(one)["due_on"]) for one in (a, b, c)] == [DUE] * 3
    assert [office.review(one)["stage"] for one in (a, b, c)] == ["planned"] * 3
    office.until("2026-12-31")
    assert [office.happened(one) for one in (a, b, c)] == [[], [], []]
    office.until("2027-01-01")  # T-90
    begun_a = [("review_started", "gu"), ("visit", "lin")]
    begun_b = [("collect", "lin"), ("review_documents", "customer")]
    assert [office.happened(one) for one in (a, b, c)] == [begun_a, begun_b, []]
    assert office.review(b)["stage"] == "collecting"
    office.until("2027-01-31")  # T-60
    t60 = [("quote", "lin"), ("review_missing", "customer")]
    begun_c = [("collect", "lin"), ("review_documents", "customer")]
    assert [office.happened(one) for one in (a, b, c)] == [begun_a + t60, begun_b + t60, begun_c]
    office.until("2027-03-02")  # T-30
    late = {
        a: [*begun_a, *t60, ("escalate", "gu"), ("review_late", "dong")],
        b: [*begun_b, *t60, ("chase", "lin"), ("review_late", "gu")],
        c: [*begun_c, ("chase", "lin")],
    }
    assert {one: office.happened(one) for one in (a, b, c)} == late
    office.until("2027-04-02")  # the day after
    assert {one: office.happened(one) for one in (a, b, c)} == {
        one: [*before, ("overdue", "gu")] for one, before in late.items()
    }
    office.sound()


def test_files_by_customer_type_stop_the_submission_by_name_and_a_review_leads_into_the_next_year(
    office: Office,
) -> None:
    due = "2027-01-20"  # T-60 is today
    hr = office.customer("h", "", tier="b")
    office.contract(hr, "60000", product_line="hr")
    with office.as_("zhou") as tx:
        records.update(tx, "customer", hr, 1, {"review_on": due})
    platform = office.customer("p", due, tier="b", type="platform")
    trade = office.customer("t", due, tier="c", type="licensed")
    public = office.customer("i", due, tier="b", type="institution")
    office.settle()
    wanted = {
        platform: "请填写营业执照、ICP 许可或 EDI 证、等保测评报告",
        trade: "请填写营业执照、行业许可证",
        public: "请填写事业单位法人证书",
        hr: "请填写营业执照、等保测评报告",
    }
    first = {platform: "licence_file", trade: "licence_file", public: "institution_file", hr: "licence_file"}
    for customer, sentence in wanted.items():
        with refused("tasks.required", sentence, path=f"values.{first[customer]}"):
            office.finish("collect", office.review(customer)["id"], "lin")
    at_ = office.review(platform)["id"]
    with office.as_("lin") as tx:
        licence, icp = paper(tx, "营业执照"), paper(tx, "ICP")
    with refused("tasks.required", "请填写等保测评报告", path="values.security_file"):
        office.finish("collect", at_, "lin", licence_file=licence, icp_file=icp)
    with office.as_("lin") as tx:
        given: dict[str, Any] = {
            "licence_file": paper(tx, "营业执照"),
            "icp_file": paper(tx, "ICP"),
            "security_file": paper(tx, "等保"),
        }
    office.finish("collect", at_, "lin", **given)
    assert (office.review(platform)["stage"], office.review(platform)["collected_on"]) == (
        "checking", dt.date(2026, 11, 21),
    )  # fmt: skip
    assert office.open(at_) == ["finance", "legal", "quote", "service"]
    office.approve("shen", at_)
    office.approve("ming", at_)
    office.finish("service", at_, "ke", service_note="近三个月无投诉", csat=5)
    assert office.open(at_) == ["quote", "result"]
    office.finish("result", at_, "gu", "passed")
    row = office.review(platform)
    assert (row["stage"], row["finance_result"], row["legal_result"], row["closed_on"]) == (
        "passed", "passed", "passed", dt.date(2026, 11, 21),
    )  # fmt: skip
    assert office.open(at_) == []
    assert ("review_done", "lin") in office.happened(platform)
    [customer] = office.rows("SELECT review_on FROM data_read.customer WHERE id = %(id)s", id=platform)
    assert str(customer["review_on"]) == "2028-01-20"
    planned = office.rows(
        "SELECT i.state FROM processes.instance i JOIN processes.process p ON p.id = i.process_id"
        " WHERE p.key = 'annual_plan' AND i.record_id = %(id)s", id=platform)  # fmt: skip
    assert [one["state"] for one in planned] == ["superseded"]  # the one of this year

    simple = office.review(trade)["id"]  # a licensed trade: legal looks at it, service has nothing to say
    with office.as_("lin") as tx:
        given: dict[str, Any] = {"licence_file": paper(tx, "营业执照"), "permit_file": paper(tx, "许可证")}
    office.finish("collect", simple, "lin", **given)
    assert office.open(simple) == ["finance", "legal"]
    office.sound()

    # the level follows tier and amount
    cases = [
        ("a", None, "重点"), ("c", "200000", "重点"), ("c", "199999.99", "标准"), ("b", "1", "标准"),
        ("c", "50000", "标准"), ("c", "49999.99", "简化"), (None, None, "简化"),
    ]  # fmt: skip
    with office.as_("zhou") as tx:
        for at_, (tier, amount, _) in enumerate(cases):
            customer = records.create(tx, "customer", {"name": f"客户 {at_}"})
            given: dict[str, Any] = {
                "customer": customer,
                "year": 2027,
                "due_on": "2027-12-01",
                "tier": tier,
                "amount": amount,
            }
            records.create(tx, "annual_review", given)
    levels = office.rows("SELECT level FROM data_read.annual_review WHERE due_on = '2027-12-01' ORDER BY id")
    assert [row["level"] for row in levels] == [level for _, _, level in cases]

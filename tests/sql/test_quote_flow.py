"""The shipped approval of quotes: who is asked by discount and amount, and the story of HT-2026-0117, from its
submission to the contract that follows it."""

import datetime as dt
import io
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from builders import install_shipped
from builders_quotes import NEW_CLAUSE, contract_0117, quote, staff
from error_codes import refused
from worlds import built_once

from perennial import access, files, people, processes
from perennial.kernel import SYSTEM, Actor, Database, Reason, Row, Tx
from perennial.processes.approvals import vote

pytestmark = pytest.mark.usefixtures("home")
door = processes.approving
LIST = "238170.73"  # less 18 %: 195,299.9986, rounded 195,300.00


@dataclass
class Office:
    database: Database
    who: dict[str, int] = field(default_factory=dict[str, int])
    quote: int = 0

    def as_(self, name: str) -> AbstractContextManager[Tx]:
        return self.database.begin(Actor("person", self.who[name], name))

    def rows(self, sql: str, **params: object) -> list[Row]:
        with self.database.begin(SYSTEM) as tx:
            return tx.rows(sql, params)

    def settle(self) -> None:
        processes.react(self.database)
        processes.drain(self.database)

    def quoted(self, *lines: tuple[str, str], contract: int = 0, **values: object) -> int:
        with self.as_("lin") as tx:
            at = contract or contract_0117(tx, self.who["lin"])
            self.quote = quote(tx, at, *lines, **values)
        self.settle()
        return self.quote

    def task(self, key: str, record: int | None = None) -> Row:
        found = self.rows(
            "SELECT t.* FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE k.key = %(key)s"
            " AND t.state = 'open' AND t.record_id = coalesce(%(record)s, t.record_id)",
            key=key,
            record=record,
        )
        assert found, f"no task {key}; open are {self.open()}"
        return found[0]

    def finish(
        self, key: str, by: str, outcome: str | None = None, record: int | None = None, **values: object
    ) -> None:
        task = self.task(key, record)
        with self.as_(by) as tx:
            processes.finish_task(tx, task["id"], values, outcome)
        self.settle()

    def vote(self, name: str, record: int | None = None) -> int:
        found = self.rows(
            "SELECT vote_id FROM tasks.task WHERE state = 'open' AND vote_id IS NOT NULL"
            " AND (assignee_id = %(me)s OR assignee_id IS NULL AND %(me)s = ANY(candidates))",
            me=self.who[name],
        )
        assert found, f"nothing is asked of {name}, but {self.asked()}"
        return found[0]["vote_id"]

    def approve(self, name: str, opinion: str = "", record: int | None = None, **values: object) -> None:
        number = self.vote(name, record)
        with self.as_(name) as tx:
            vote.decide(tx, number, "approved", vote.Said(opinion, values=values))
        self.settle()

    def asked(self, record: int | None = None) -> list[str]:
        """Whose approval is asked for, by account; the holders of a role as `a|b`."""
        names = {number: name for name, number in self.who.items()}
        rows = self.rows(
            "SELECT assignee_id, candidates FROM tasks.task WHERE state = 'open' AND vote_id IS NOT NULL"
            " AND record_id = coalesce(%(record)s, record_id)",
            record=record,
        )
        return sorted(
            names[row["assignee_id"]]
            if row["assignee_id"]
            else "|".join(sorted(names[one] for one in row["candidates"]))
            for row in rows
        )

    def open(self, record: int | None = None) -> list[str]:
        """Kinds of open tasks of quotes."""
        rows = self.rows(
            "SELECT k.key FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.state = 'open'"
            " AND k.form = 'quote' AND t.record_id = coalesce(%(record)s, t.record_id) ORDER BY t.id",
            record=record,
        )
        return [row["key"] for row in rows]

    def read(self, form: str, record: int) -> Row:
        with self.database.begin(SYSTEM) as tx:
            rows = access.readable(tx, form, actor=SYSTEM)
            found = tx.one(rows.select(*(key for key in rows.fields)).where(rows.source.field("id") == record))
            assert found is not None
            return found

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
        people.create(tx, "zhou", "周予安", roles=["business_admin"])
    return made


def paper(tx: Tx) -> int:
    return files.add(tx, io.BytesIO(b"%PDF-1.7 " + b"sealed"), "HT-2026-0117 盖章.pdf").id


def test_ht_2026_0117_at_18_percent_from_submission_to_the_contract_that_follows(office: Office) -> None:
    at = office.quoted((LIST, "0.18"))
    row = office.read("quote", at)
    assert (row["amount"], row["discount"]) == (Decimal(195300), Decimal("0.18"))
    assert row["status"] == "draft"
    assert (str(row["start_on"]), str(row["end_on"])) == ("2027-01-01", "2027-12-31")
    with office.as_("lin") as tx:
        proposal = files.add(tx, io.BytesIO(b"%PDF-1.7 proposal"), "续费报价单.pdf").id
    office.finish("submit", "lin", "submit", papers=[{"file": proposal}])
    assert office.asked() == ["ming", "shen"]  # legal and finance countersign
    assert office.read("quote", at)["status"] == "submitted"
    copied = office.rows("SELECT person_id FROM processes.copied")
    assert [one["person_id"] for one in copied] == [office.who["gu"]]

    number = office.vote("ming")
    with office.as_("ming") as tx:
        door.add(tx, number, [office.who["yi"]], "before", "开票类目请税务看")
    assert office.asked() == ["shen", "yi"]  # tax signs before finance does
    with office.as_("yi") as tx:
        page = door.page(tx, office.vote("yi"))
    shown = {key for key, _ in page.fields}
    assert "amount" in shown
    assert not shown & {"payment_clause", "legal_notes", "cost", "margin"}
    office.approve("yi", "开票类目改为信息技术服务")
    office.approve("ming", cost="75190.50")

    number = office.vote("shen")
    with office.as_("shen") as tx:
        door.transfer(tx, number, office.who["zijin"], "请陆子衿看付款条款")
    assert office.asked() == ["zijin"]
    number = office.vote("zijin")
    with office.as_("zijin") as tx:
        assert [one["key"] for one in door.page(tx, number).back] == ["submit"]
        door.send_back(tx, number, "submit", "straight", "付款周期过长，请改为分两期")
    assert (office.asked(), office.open()) == ([], ["submit"])
    office.sound()

    office.finish("submit", "lin", "submit", payment_clause=NEW_CLAUSE)
    # legal sent it back, finance saw the clause; tax saw none of it, and nobody asks tax again
    assert office.asked() == ["ming", "zijin"]
    assert [one["payment_clause"] for one in [office.read("quote", at)]] == [NEW_CLAUSE]
    assert office.read("quote", at)["edition"] == 1
    votes = office.rows("SELECT person_id, state, counts, why FROM processes.vote ORDER BY id")
    tax = [one for one in votes if one["person_id"] == office.who["yi"]]
    assert [(one["state"], one["counts"]) for one in tax] == [("approved", True)]
    assert [one["why"] for one in votes if one["person_id"] == office.who["ming"]] == ["changed"]
    with office.as_("ming") as tx:
        assert [one["field"] for one in door.page(tx, office.vote("ming")).changed] == ["payment_clause"]
    office.approve("zijin", "陆子衿同意")
    office.approve("ming")
    assert office.asked() == ["cheng|zhiyuan"]  # above 15 %: one of the two vice presidents
    first, second = office.vote("cheng"), office.vote("zhiyuan")
    assert first == second
    office.approve("cheng")
    with refused("processes.lost_approved", "程砚秋已先同意，无需你处理"), office.as_("zhiyuan") as tx:
        vote.decide(tx, second, "approved")

    assert (office.open(), office.read("quote", at)["status"]) == (["seal"], "approved")
    assert office.task("seal")["assignee_id"] in (office.who["wen"], None)
    with (
        refused("processes.seal_missing", "请为「盖章件」上传盖章后的文件", path="values.sealed_file"),
        office.as_("wen") as tx,
    ):
        processes.finish_task(tx, office.task("seal")["id"], {}, None)
    with office.as_("wen") as tx:
        sealed = paper(tx)
    office.finish("seal", "wen", sealed_file=[{"file": sealed}])
    row = office.read("quote", at)
    assert (row["status"], row["archived_on"]) == ("archived", dt.date(2026, 11, 21))
    contract = office.read("contract", row["contract"])
    assert (contract["status"], contract["forecast_amount"]) == ("confirmed", Decimal(195300))

    office.finish("register", "lin", "signed")
    contract = office.read("contract", row["contract"])
    assert (contract["status"], contract["renewed_amount"]) == ("renewed", Decimal(195300))
    with office.database.begin(SYSTEM) as tx:
        rows = access.readable(tx, "contract", actor=SYSTEM)
        following = tx.rows(rows.select("start_date", "end_date", "amount", "status").where(
            rows.source.field("predecessor") == row["contract"]))  # fmt: skip
    assert [(str(one["start_date"]), str(one["end_date"]), one["amount"], one["status"]) for one in following] == [
        ("2027-01-01", "2027-12-31", Decimal(195300), "pending")
    ]
    office.sound()


def test_who_is_asked_follows_discount_and_amount_to_the_cent_and_what_is_missing_or_rejected_stops_it(
    office: Office,
) -> None:
    """105,263.15 less 5 % is 99,999.99; 105,263.16 less 5 % is 100,000.00."""
    signers, above = ["ming", "shen"], ["cheng|zhiyuan"]
    cases = [  # list price, discount -> who is asked first, who after them
        ("105263.15", "0.05", ["gu"], []), ("105263.16", "0.05", signers, []),
        ("10000", "0.0501", signers, []), ("100000", "0.15", signers, []),
        ("100000", "0.1501", signers, above), (LIST, "0.18", signers, above),
        ("999999.99", "0", signers, []), ("1000000", "0", signers, above),
    ]  # fmt: skip
    with office.as_("lin") as tx:
        contract = contract_0117(tx, office.who["lin"])
        for price, discount, *_ in cases:
            papers = [{"file": files.add(tx, io.BytesIO(b"%PDF-1.7 x"), "报价单.pdf").id}]
            quote(tx, contract, (price, discount), papers=papers)
    office.settle()
    ids = [row["id"] for row in office.rows("SELECT id FROM data_read.quote ORDER BY id")]
    for id_, case in zip(ids, cases, strict=True):
        first, then = case[2:]
        office.finish("submit", "lin", "submit", record=id_)
        assert (case, office.asked(id_)) == (case, first)
        for name in first:
            office.approve(name, record=id_)
        assert (case, office.asked(id_)) == (case, then)
        assert office.open(id_) == (["vp"] if then else ["seal"])

    # above 15 % it is not submitted without papers; a rejection ends it and is told
    with office.as_("lin") as tx:
        last = quote(tx, contract, ("100000", "0.1501"))
    office.settle()
    with refused("tasks.required", "请填写报价附件", path="values.papers"):
        office.finish("submit", "lin", "submit", record=last)
    with office.as_("lin") as tx:
        papers = [{"file": files.add(tx, io.BytesIO(b"%PDF-1.7 x"), "报价单.pdf").id}]
    office.finish("submit", "lin", "submit", record=last, papers=papers)
    number = office.vote("shen", last)
    with office.as_("shen") as tx:
        vote.decide(tx, number, "rejected", vote.Said("违约金条款不可接受"))
    office.settle()
    assert (office.asked(last), office.open(last), office.read("quote", last)["status"]) == ([], [], "rejected")
    told = office.rows("SELECT template, person_id FROM messages.outbox WHERE template LIKE 'quote%%'")
    assert told == [{"template": "quote_rejected", "person_id": office.who["lin"]}]

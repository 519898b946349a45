"""Everything around one record in one stream: by day, by kind, by page, as far as one may read."""

import datetime as dt

import pytest
from builders import field, form, install, install_renewal
from builders_records import contract, customer, payment, person
from error_codes import refused
from test_records_sets import statements
from web_client import PASSWORD, logged_in

from perennial import access, messages, people, records, tasks
from perennial.kernel import SYSTEM, Actor, Database, Tx, advance_clock

SALES = {"role": "seller", "label": "销售", "forms": {
    "customer": {"rows": "all", "rights": ["read"], "fields": {"*": "read", "phone": "masked"}},
    "interaction": {"rows": "own", "rights": ["read"], "fields": {"*": "read"}},
}}  # fmt: skip


ALL = {"role": "root", "label": "全部", "forms": {
    "*": {"rows": "all", "rights": ["read", "create", "update", "delete"], "fields": {"*": "write"}},
}}  # fmt: skip


@pytest.fixture
def crm(renewal: Database, tx: Tx) -> Tx:
    return tx


def told(tx: Tx, record: int, *kinds: str) -> list[tuple[str, str, str | None]]:
    """(kind, day, title) of the first page."""
    return [(one.kind, one.at[:10], one.title) for one in records.stream(tx, "customer", record, kinds=kinds).entries]


def test_records_stand_on_the_day_that_they_tell_of_newest_first(crm: Tx) -> None:
    one, other = customer(crm), customer(crm, name="苏州云帆")
    sold = contract(crm, customer=one, number="HT-1")
    payment(crm, sold, "100", number="HK-1", paid_on="2026-03-02")
    records.create(crm, "interaction", {"customer": one, "summary": "回访", "happened_on": "2026-11-20"})
    records.create(crm, "interaction", {"customer": other, "summary": "别家", "happened_on": "2026-11-20"})
    records.create(crm, "ticket", {"customer": one, "subject": "打不开", "number": "GD-1"})  # today by default
    records.create(crm, "contact", {"customer": one, "name": "邱岚"})  # no day of its own: when it was written down
    kinds = ("contacts", "contracts", "contracts.payments", "interactions", "tickets")
    assert told(crm, one, *kinds) == [
        ("tickets", "2026-11-21", "GD-1"), ("contracts", "2026-11-21", "HT-1"), ("contacts", "2026-11-21", "邱岚"),
        ("interactions", "2026-11-20", "回访"), ("contracts.payments", "2026-03-02", "HK-1"),
    ]  # fmt: skip
    assert told(crm, one, "interactions") == [("interactions", "2026-11-20", "回访")]
    paid = records.stream(crm, "customer", one, kinds=("contracts.payments",)).entries[0]
    assert paid.told["values"] == {"purpose": "current", "amount": "100.00", "note": None}


def test_what_was_changed_on_it_and_around_it_says_who_and_how(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(ALL)])
        me = person(tx, "林晓棠", roles=("root",))
        one = customer(tx, tier="a")
        sold = contract(tx, customer=one, number="HT-1", amount="10")
        advance_clock(tx, dt.datetime(2026, 11, 23, 10, tzinfo=tx.zone))
    with database.begin(Actor("person", me, "林晓棠")) as tx:
        records.update(tx, "contract", sold, 1, {"amount": "20"})
        change = records.stream(tx, "customer", one, kinds=(":change",)).entries[0]
    assert (change.form, change.title, change.at) == ("contract", "HT-1", "2026-11-23T10:00:00+08:00")
    assert (change.told["who"], change.told["op"]) == ("林晓棠", "update")
    assert {"key": "amount", "before": "10.00", "after": "20.00"} in change.told["fields"]


def test_tasks_on_its_contracts_stand_there_too(crm: Tx) -> None:
    one = customer(crm)
    sold = contract(crm, customer=one, number="HT-1")
    kind = tasks.standing_kind(crm, "contract", "call", "致电客户", "Call")
    crm.run(
        "INSERT INTO tasks.task (kind_id, record_id, title, found_by, opened_at)"
        " VALUES (%(k)s, %(r)s, '致电：甲', 'nobody', now())",
        {"k": kind, "r": sold},
    )
    (task,) = records.stream(crm, "customer", one, kinds=(":task",)).entries
    assert (task.form, task.record_id, task.title) == ("contract", sold, "HT-1")
    assert (task.told["label"], task.told["state"]) == ("致电客户", "open")
    crm.run("UPDATE tasks.task SET state = 'closed', finished_at = now()")
    assert len(records.stream(crm, "customer", one, kinds=(":task",)).entries) == 1
    assert records.stream(crm, "customer", one, kinds=(":task",), open_only=True).entries == []


def test_what_somebody_asked_for_by_hand_is_told_by_its_own_words(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(ALL)])
        me, one = person(tx, "林晓棠", roles=("root",)), customer(tx)
    with database.begin(Actor("person", me, "林晓棠")) as tx:
        tasks.create(tx, "customer", one, "带上新版报价去拜访")
        (task,) = records.stream(tx, "customer", one, kinds=(":task",)).entries
        assert (task.told["label"], task.told["assignee"]) == ("带上新版报价去拜访", "林晓棠")


def test_pages_follow_each_other_without_gap_or_repetition(crm: Tx) -> None:
    one = customer(crm)
    for at in range(25):
        records.create(crm, "interaction", {"customer": one, "summary": f"第 {at}", "happened_on": "2026-11-20"})
    whole = [(one_.kind, one_.id) for one_ in records.stream(crm, "customer", one, limit=100).entries]
    assert len(whole) == 26, "25 calls, and that the customer was created"
    pages, after = list[tuple[str, int]](), None
    while True:
        page = records.stream(crm, "customer", one, after=after, limit=10)
        pages += [(one_.kind, one_.id) for one_ in page.entries]
        after = page.next
        if after is None:
            break
    assert pages == whole
    with refused("records.cursor", "翻页位置已失效，请从第一页重新打开", path="after"):
        records.stream(crm, "customer", one, after="nonsense")


def test_a_reader_meets_no_kind_and_no_row_that_they_may_not_read(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(SALES)])
        me = person(tx, "何知远", roles=("seller",))
        one = customer(tx, phone="13812341111")
        records.create(tx, "interaction", {"customer": one, "summary": "我的", "person": me})
        records.create(tx, "interaction", {"customer": one, "summary": "别人的"})
        records.create(tx, "ticket", {"customer": one, "subject": "看不到"})
        records.update(tx, "customer", one, 1, {"phone": "13812342222"})
    with database.begin(Actor("person", me, "何知远")) as tx:
        found = records.stream(tx, "customer", one)
        assert [kind.key for kind in found.kinds] == [
            "interactions",
            ":task",
            ":message",
            ":reply",
            ":comment",
            ":change",
        ]
        assert [e.title for e in found.entries if e.kind == "interactions"] == ["我的"]
        changed = [e.told["fields"] for e in found.entries if e.kind == ":change" and e.told["op"] == "update"]
        assert changed == [[{"key": "phone", "before": "138****1111", "after": "138****2222"}]]
        with refused("records.no_such_kind", "动态里没有「tickets」这一类", path="kinds"):
            records.stream(tx, "customer", one, kinds=("tickets",))


def test_changes_of_many_records_are_each_shown_by_its_rights_without_more_statements(database: Database) -> None:
    own = {"customer": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
           "contract": {"rows": "own", "rights": ["read"], "fields": {"*": "read"}}}  # fmt: skip
    rest = {"contract": {"rows": "all", "rights": ["read"], "fields": {"*": "read", "amount": "masked"}}}
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load({"role": key, "label": key, "forms": forms})
                            for key, forms in (("own", own), ("rest", rest))])  # fmt: skip
        me, other = person(tx, "何知远", roles=("own", "rest")), person(tx, "周予安")
        few, many = customer(tx), customer(tx, name="苏州云帆")
        for of, owners in ((few, [me, other]), (many, [me, other, me, other])):
            for at, owner in enumerate(owners):
                sold = contract(tx, customer=of, owner=owner, number=f"{of}-{at}", amount="10")
                records.update(tx, "contract", sold, 1, {"amount": f"2{at}"})
    with database.begin(Actor("person", me, "何知远")) as tx:
        found = records.stream(tx, "customer", many, kinds=(":change",)).entries
        amounts = {
            one.title: (field["before"], field["after"])
            for one in found if one.form == "contract" and one.told["op"] == "update"
            for field in one.told["fields"] if field["key"] == "amount"
        }  # fmt: skip
        assert amounts == {f"{many}-0": ("10.00", "20.00"), f"{many}-1": ("****", "****"),
                           f"{many}-2": ("10.00", "22.00"), f"{many}-3": ("****", "****")}  # fmt: skip
        two, four = (
            statements(tx, lambda of=of: records.stream(tx, "customer", of, kinds=(":change",))) for of in (few, many)
        )
        assert four == two


def test_a_form_without_an_overview_streams_all_that_points_to_it(tx: Tx) -> None:
    of = field("site: relation", to="site", reverse="visits")
    install(tx, form("site", "name: text", title="name"), form("visit", of, "note: text", title="note"))
    site = records.create(tx, "site", {"name": "东区"})
    records.create(tx, "visit", {"site": site, "note": "巡检"})
    found = records.stream(tx, "site", site, kinds=("visits",))
    assert [(one.kind, one.title) for one in found.entries] == [("visits", "巡检")]


def test_the_stream_over_the_web(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(ALL)])
        people.create(tx, "root", "root", password=PASSWORD, roles=("root",))
        one = customer(tx)
        records.create(tx, "interaction", {"customer": one, "summary": "回访", "happened_on": "2026-11-20"})
        sold = contract(tx, customer=one, number="HT-1")
        messages.publish_template(tx, messages.Template.load(
            {"template": "hello", "label": "问候", "form": "contract", "subject": "您好 {{ number }}", "body": "-"}
        ))  # fmt: skip
        tx.run(
            "INSERT INTO messages.outbox (key, decision, channel, template, outward, form, record_id, captured, state,"
            " decided_at, due_at, try_at) VALUES ('k', 'd', 'mail', 'hello', true, 'contract', %(r)s,"
            " '{\"number\": \"HT-1\"}', 'queued', now(), now(), now())",
            {"r": sold},
        )
    with logged_in(database, "root") as client:
        reply = client.get(f"/api/forms/customer/{one}/stream", params={"kinds": ["interactions"]})
        assert reply.status_code == 200, reply.text
        body = reply.json()
        assert [(e["kind"], e["at"], e["told"]["dated"]) for e in body["entries"]] == [
            ("interactions", "2026-11-20T23:59:59+08:00", True)
        ]
        (mail,) = client.get(f"/api/forms/customer/{one}/stream?kinds=:message").json()["entries"]
        assert (mail["form"], mail["told"]["subject"], mail["told"]["state"]) == ("contract", "您好 HT-1", "queued")
        assert client.get("/api/forms/customer/999/stream").status_code == 404
        assert client.get(f"/api/forms/customer/{one}/stream", params={"after": "x"}).status_code == 422


def test_the_order_of_the_stream_names_no_collection_that_the_reader_does_not_know(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(SALES), access.load(ALL)])
        people.create(tx, "seller", "seller", password=PASSWORD, roles=("seller",))
        people.create(tx, "root", "root", password=PASSWORD, roles=("root",))

    def order(who: str) -> list[str]:
        with logged_in(database, who) as client:
            given = next(one for one in client.get("/api/forms").json() if one["key"] == "customer")
            return given["overview"]["stream"]

    assert order("seller") == ["interactions"]
    assert order("root")[:4] == ["interactions", "tickets", "contracts", "quotes"]

"""A person leaves: everything goes to others in one deed, evenly, with a proof and one way back."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from web_client import PASSWORD, TestClient, logged_in
from worlds import built_once

from perennial import access, people, processes, records, tasks
from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Query, Tx
from tests.builders import field, form, install

handover_module = importlib.import_module("perennial.processes.handover")

CUSTOMER = form("customer", "name: text", "csm: person", "sales: person", title="name", owner="csm", noun="家")
CONTRACT = form(
    "contract", field("customer: relation", to="customer", reverse="contracts"), "number: text", "owner: person",
    title="number", owner="owner",
)  # fmt: skip
SALES = {
    "role": "seller", "label": "销售",
    "forms": {"customer": {"rows": "sales = ME()", "rights": ["read", "update"], "fields": {"*": "write"}}},
}  # fmt: skip


class Company:
    """Tang has customers 1 to 5, sells to the sixth, owns a contract of the first and one of Mei's customer, has two
    tasks (one on the first customer), heads a department, stands in for Liu and alone holds a role. Mei has one
    customer already, Liu none."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.begin(SYSTEM) as tx:
            install(tx, CUSTOMER, CONTRACT)
            access.publish(tx, [access.load(SALES)])
            self.boss = people.create(tx, "boss", "周予安", password=PASSWORD, roles=["business_admin"])
            self.tang = people.create(tx, "tang", "唐可", password=PASSWORD, roles=["seller"])
            self.mei = people.create(tx, "mei", "梅", password=PASSWORD)
            self.liu = people.create(tx, "liu", "刘", password=PASSWORD, deputy_id=self.tang, superior_id=self.tang)
            self.unit = people.save_department(tx, "east", "华东", head_id=self.tang)
            owned = [records.create(tx, "customer", {"name": f"c{at}", "csm": self.tang}) for at in range(5)]
            of_mei = records.create(tx, "customer", {"name": "m", "csm": self.mei, "sales": self.tang})
            self.customers = [*owned, of_mei]
            first = {"customer": owned[0], "number": "A", "owner": self.tang}
            other = {"customer": of_mei, "number": "B", "owner": self.tang}
            self.contracts = [records.create(tx, "contract", one) for one in (first, other)]
            kind = tasks.kinds(tx, [tasks.Kind(0, "customer", "call", "回访")])["call"]
            for record in (owned[0], of_mei):
                wanted = Query(
                    "SELECT %(kind)s::int AS kind_id, %(record)s::bigint AS record_id, NULL::bigint AS instance_id,"
                    " NULL::bigint AS token_id, NULL::text AS title, %(named)s::bigint AS named_id, NULL::text AS"
                    " role_key, NULL::bigint AS owner_id, %(now)s::timestamptz AS due_at, 0::smallint AS priority,"
                    " NULL::jsonb AS proposal",
                    {"kind": kind, "record": record, "named": self.tang},
                )
                opened = tasks.opening(wanted)
                tx.value(opened, opened.params)

    def state(self, tx: Tx) -> tuple[object, ...]:
        """Everything that a handover touches, with nothing of versions and times."""
        rows = access.everything(tx, "customer").target, access.everything(tx, "contract").target
        return (
            tx.rows(f'SELECT id, csm, sales FROM data."{rows[0].name}" ORDER BY id'),
            tx.rows(f'SELECT id, owner FROM data."{rows[1].name}" ORDER BY id'),
            tx.rows("SELECT id, assignee_id, named_id, owner_id, found_by, candidates FROM tasks.task ORDER BY id"),
            tx.rows("SELECT id, deputy_id, superior_id, active FROM people.person ORDER BY id"),
            tx.rows("SELECT id, head_id FROM people.department ORDER BY id"),
            tx.rows("SELECT * FROM people.membership ORDER BY 1, 2"),
        )


@pytest.fixture
@built_once
def company(database: Database) -> Company:
    return Company(database)


@pytest.fixture
def admin(company: Company) -> Iterator[TestClient]:
    with logged_in(company.database, "boss") as client:
        yield client


def to(*people: int) -> dict[str, object]:
    return {"to": [{"person": person, "capacity": 1} for person in people]}


def test_what_is_a_person_s_is_counted_by_kind(admin: TestClient, company: Company) -> None:
    told = admin.get(f"/api/people/{company.tang}/holdings").json()
    assert [(one["kind"], one["form"], one["field"], one["count"]) for one in told["held"]] == [
        ("records", "customer", "csm", 5),
        ("records", "customer", "sales", 1),
        ("records", "contract", "owner", 2),
        ("tasks", "", "", 2),
        ("deputy", "", "", 1),
        ("superior", "", "", 1),
        ("head", "", "", 1),
        ("role", "", "", 1),
    ]
    assert [one["name"] for one in told["receivers"]] == ["刘", "梅", "周予安"]
    assert admin.get(f"/api/people/{company.liu}/holdings").json()["held"] == []


def test_a_preview_deals_evenly_and_writes_nothing(admin: TestClient, company: Company) -> None:
    """Mei has one customer: of five she gets two, Liu three, so that both have three."""
    with company.database.begin(SYSTEM) as tx:
        before = company.state(tx)
    told = admin.post(f"/api/people/{company.tang}/handover/preview", json=to(company.mei, company.liu)).json()
    customers = next(one for one in told["lines"] if one["field"] == "csm")
    assert [(one["before"], one["after"]) for one in customers["to"]] == [(1, 3), (0, 3)]
    assert {one["field"] or one["kind"]: one["count"] for one in told["lines"]} == {
        "csm": 5, "sales": 1, "owner": 2, "tasks": 2,
    }  # fmt: skip
    for line in told["lines"]:
        assert sum(one["after"] - one["before"] for one in line["to"]) == line["count"]
    assert told["chief"] == "梅"
    with company.database.begin(SYSTEM) as tx:
        assert company.state(tx) == before


def test_capacity_decides_who_gets_more(company: Company) -> None:
    """Liu bears four times as much as Mei and has nothing: of six customers in all Liu ends with five, Mei with one."""
    with company.database.begin(SYSTEM) as tx:
        shares = [processes.Share(company.mei), processes.Share(company.liu, 4)]
        told = processes.preview_handover(tx, company.tang, shares)
    assert [one["after"] for one in told["lines"][0]["to"]] == [1, 5]


def test_everything_goes_what_belongs_together_stays_together_and_nothing_is_left(
    admin: TestClient, company: Company
) -> None:
    done = admin.post(f"/api/people/{company.tang}/handover", json={**to(company.mei, company.liu), "disable": True})
    assert done.status_code == 200, done.text
    told = admin.get(f"/api/people/{company.tang}/holdings").json()
    assert (told["held"], told["active"]) == ([], False)
    with company.database.begin(SYSTEM) as tx:
        customers, contracts, work, persons, units, members = company.state(tx)
        csm = {row["id"]: row["csm"] for row in customers}  # pyright: ignore
        assert contracts[0]["owner"] == csm[company.customers[0]], "a contract goes with its customer"  # pyright: ignore
        assert work[0]["assignee_id"] == csm[company.customers[0]], "a task goes with its record"  # pyright: ignore
        assert all(row["sales"] != company.tang for row in customers)  # pyright: ignore
        liu = next(row for row in persons if row["id"] == company.liu)  # pyright: ignore
        assert (liu["deputy_id"], liu["superior_id"]) == (company.mei, company.mei)
        assert units[0]["head_id"] == company.mei  # pyright: ignore
        assert company.mei in {row["person_id"] for row in members}  # pyright: ignore
        mine = tx.rows("SELECT reason ->> 'kind' AS kind FROM changes.transaction ORDER BY id DESC LIMIT 1")
        assert mine[0]["kind"] == "handover"


def test_an_undo_brings_everything_back_as_it_was(admin: TestClient, company: Company) -> None:
    with company.database.begin(SYSTEM) as tx:
        before = company.state(tx)
    body = {**to(company.mei, company.liu), "disable": True}
    number = admin.post(f"/api/people/{company.tang}/handover", json=body).json()["id"]
    with company.database.begin(SYSTEM) as tx:
        assert company.state(tx) != before
    assert admin.post(f"/api/handovers/{number}/undo").json() == {"kept": 0}
    with company.database.begin(SYSTEM) as tx:
        assert company.state(tx) == before
    again = admin.post(f"/api/handovers/{number}/undo")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "processes.handover_undone")
    nothing = admin.post("/api/handovers/99/undo")
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (404, "processes.no_handover")


def test_what_somebody_touched_since_stays_where_it_is(admin: TestClient, company: Company) -> None:
    number = admin.post(f"/api/people/{company.tang}/handover", json=to(company.mei)).json()["id"]
    with company.database.begin(SYSTEM) as tx:
        records.update(tx, "customer", company.customers[0], 2, {"csm": company.boss})
        tx.run("UPDATE people.department SET head_id = %(boss)s", {"boss": company.boss})
    assert admin.post(f"/api/handovers/{number}/undo").json() == {"kept": 2}
    with company.database.begin(SYSTEM) as tx:
        assert [one.count for one in processes.held(tx, company.tang) if one.field == "csm"] == [4]


def test_nobody_is_disabled_while_something_is_theirs(admin: TestClient, company: Company) -> None:
    refused = admin.post(f"/api/colleagues/{company.tang}/disable")
    assert refused.status_code == 409
    assert refused.json()["error"]["text"] == "唐可 名下还有 14 项，先交接再停用"
    assert admin.post(f"/api/colleagues/{company.liu}/disable").json()["active"] is False
    assert admin.post(f"/api/colleagues/{company.liu}/enable").json()["active"] is True


def test_a_handover_needs_somebody_who_is_there(company: Company) -> None:
    with company.database.begin(SYSTEM) as tx:
        with pytest.raises(Invalid, match="handover_nobody"):
            processes.preview_handover(tx, company.tang, [])
        for wrong in ([company.tang], [company.mei, company.mei]):
            with pytest.raises(Invalid, match="handover_shares"):
                processes.preview_handover(tx, company.tang, [processes.Share(one) for one in wrong])
        people.disable(tx, company.liu)
        with pytest.raises(Invalid, match="not_active"):
            processes.preview_handover(tx, company.tang, [processes.Share(company.liu)])


def test_what_arrives_while_it_runs_is_told_and_nothing_went(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    deal = handover_module._deal

    def overtaken(*given: Any) -> None:
        deal(*given)
        with company.database.begin(SYSTEM) as other:
            records.create(other, "customer", {"name": "late", "csm": company.tang})

    monkeypatch.setattr(handover_module, "_deal", overtaken)
    with company.database.begin(SYSTEM) as tx:
        before = company.state(tx)
    with pytest.raises(Conflict, match="handover_left") as refused, company.database.begin(SYSTEM) as tx:
        processes.hand_over(tx, company.tang, [processes.Share(company.mei)])
    assert refused.value.facts == {"count": 1}
    with company.database.begin(SYSTEM) as tx:
        after = company.state(tx)
        assert (after[0][:-1], after[1:]) == (before[0], before[1:])  # pyright: ignore


def test_only_who_manages_people_hands_over(company: Company) -> None:
    with logged_in(company.database, "mei") as client:
        for method, path in (("GET", "people/1/holdings"), ("POST", "people/1/handover/preview"),
                             ("POST", "people/1/handover"), ("GET", "handovers"), ("POST", "handovers/1/undo"),
                             ("POST", "colleagues/1/enable")):  # fmt: skip
            body = None if method == "GET" or "undo" in path or "enable" in path else to(company.mei)
            refused = client.request(method, f"/api/{path}", json=body)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "people.may"), path

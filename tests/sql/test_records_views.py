"""Saved views, groups of a list, and changes of many records at once, as a browser asks for them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from builders_records import contract, customer, open_office
from error_codes import refused
from web_client import PASSWORD, TestClient, code, logged_in, window
from worlds import built_once

from perennial import access, people, records
from perennial.kernel import SYSTEM, Database, Invalid

REP: dict[str, Any] = {
    "role": "rep", "label": "代表",
    "forms": {
        "customer": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
        "contract": {"rows": "all", "rights": ["read", "update"], "fields": {
            "*": "read", "intent": "write", "status": "write", "amount": "hidden"}},
    },
}  # fmt: skip
TREE = {"kind": "table", "filter": 'status = "pending"', "sort": [{"field": "end_date"}],
        "columns": [{"path": "number", "width": 140, "frozen": True}]}  # fmt: skip


@pytest.fixture
@built_once
def crm(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        open_office(tx, REP, password=PASSWORD)
        people.create(tx, "he", "何知远", roles=["rep"], password=PASSWORD)
        who = customer(tx)
        for number, (status, amount, end) in enumerate(
            [("pending", "100.10", "2026-11-30"), ("pending", "200", "2026-12-01"), ("confirmed", "50", "2026-12-31")]
        ):
            contract(tx, customer=who, number=f"C-{number}", status=status, amount=amount, end_date=end)
    return database


boss, he = window("boss", "crm"), window("he", "crm")


def test_a_view_of_ones_own_is_saved_renamed_chosen_removed_and_brought_back(he: TestClient, boss: TestClient) -> None:
    made = he.post("/api/views/contract", json={"label": " 待续费 ", "tree": TREE}).json()["id"]
    [view] = he.get("/api/views/contract").json()
    assert (view["label"], view["roles"], view["mine"], view["default"]) == ("待续费", None, True, False)
    assert view["tree"]["columns"] == [{"path": "number", "width": 140, "frozen": True}]
    assert boss.get("/api/views/contract").json() == []
    at = f"/api/views/contract/{made}"
    assert he.put(at, json={"label": "我的待续费", "tree": {**TREE, "filter": ""}}).status_code == 204
    assert he.put("/api/views/contract/default", json={"view": made}).status_code == 204
    assert he.delete(at).status_code == 204
    assert he.get("/api/views/contract").json() == []
    assert code(boss.post(f"{at}/restore")) == (404, "records.no_such_view")
    assert he.post(f"{at}/restore").status_code == 204
    [view] = he.get("/api/views/contract").json()
    assert (view["label"], view["tree"]["filter"], view["default"]) == ("我的待续费", "", True)
    assert he.put("/api/views/contract/default", json={"view": None}).status_code == 204
    assert he.get("/api/views/contract").json()[0]["default"] is False


def test_a_view_shared_with_a_role_is_seen_by_its_holders_and_changed_by_designers_alone(
    he: TestClient, boss: TestClient
) -> None:
    shared = boss.post("/api/views/contract", json={"label": "续费", "tree": TREE, "roles": ["rep"]}).json()["id"]
    everyone = boss.post("/api/views/contract", json={"label": "全员", "tree": TREE, "roles": []}).json()["id"]
    boss.post("/api/views/contract", json={"label": "自己的", "tree": TREE})
    seen = he.get("/api/views/contract").json()
    assert [(one["id"], one["mine"]) for one in seen] == [(shared, False), (everyone, False)]
    assert code(he.put(f"/api/views/contract/{shared}", json={"label": "x", "tree": TREE})) == (
        403, "records.denied_view")  # fmt: skip
    assert code(he.delete(f"/api/views/contract/{shared}")) == (403, "records.denied_view")
    assert code(he.post("/api/views/contract", json={"label": "x", "tree": TREE, "roles": []})) == (403, "people.may")
    assert he.put("/api/views/contract/default", json={"view": shared}).status_code == 204
    assert [one["default"] for one in he.get("/api/views/contract").json()] == [True, False]
    assert all(not one["default"] for one in boss.get("/api/views/contract").json())
    assert code(he.put("/api/views/customer/default", json={"view": shared})) == (404, "records.no_such_view")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"label": "  ", "tree": TREE}, "records.view_label"),
        ({"label": "x", "tree": {"kind": "board"}}, "records.view_group"),
        ({"label": "x", "tree": {"filter": 'amount > 1'}}, "formula.unknown_name"),
        ({"label": "x", "tree": {"columns": [{"path": "amount"}]}}, "records.unknown_field"),
        ({"label": "x", "tree": {"colours": [{"when": "amount > 1", "level": "warn"}]}}, "formula.unknown_name"),
    ],
)  # fmt: skip
def test_a_view_names_only_what_its_author_may_see(he: TestClient, given: dict[str, Any], expected: str) -> None:
    reply = he.post("/api/views/contract", json=given)
    assert code(reply) == (422, expected)


def test_groups_have_counts_exact_sums_and_the_condition_of_their_rows(boss: TestClient) -> None:
    found = boss.post("/api/forms/contract/groups", json={"by": "status", "sums": ["amount"]}).json()
    by = {one["key"]: one for one in found}
    assert (by["pending"]["count"], by["pending"]["sums"]) == (2, {"amount": "300.10"})
    assert (by["confirmed"]["count"], by["confirmed"]["sums"]) == (1, {"amount": "50.00"})
    assert sum(one["count"] for one in found) == 3 and any(one["count"] == 0 for one in found)
    months = boss.post("/api/forms/contract/groups", json={"by": "end_date", "filter": "amount > 60"}).json()
    assert [(one["key"], one["count"]) for one in months] == [("2026-11", 1), ("2026-12", 1)]
    for one in [*found, *months]:
        counted = boss.post("/api/forms/contract/count", json={"filter": one["filter"]}).json()["count"]
        assert counted == one["count"] + (one["key"] == "2026-12")  # the 50.00 of 12-31 is filtered above
    assert code(boss.post("/api/forms/contract/groups", json={"by": "amount"})) == (422, "records.group")


def test_people_departments_and_related_records_group_by_name_and_what_is_unreadable_is_one_group(
    crm: Database, boss: TestClient
) -> None:
    with crm.begin(SYSTEM) as tx:
        other = customer(tx, name="宁波湾畔")
        third = customer(tx, name="绍兴云桥")
        he = int(tx.value("SELECT id FROM people.person WHERE account = 'he'"))
        contract(tx, customer=other, number="C-7", amount="7", owner=he)
        contract(tx, customer=third, number="C-8", amount="8")
        narrow = {"rows": 'name = "厦门屿岸"', "rights": ["read"], "fields": {"*": "read"}}
        reads = {"rows": "all", "rights": ["read"], "fields": {"*": "read"}}
        access.publish(tx, [access.load({**REP, "forms": {"customer": narrow, "contract": reads}})])
    by = {"by": "customer", "sums": ["amount"]}
    found = boss.post("/api/forms/contract/groups", json=by).json()
    # as a dictionary of Chinese has them: ningbo, shaoxing, xiamen
    assert [(one["label"], one["count"], one["sums"]["amount"]) for one in found] == [
        ("宁波湾畔", 1, "7.00"), ("绍兴云桥", 1, "8.00"), ("厦门屿岸", 3, "350.10")]  # fmt: skip
    people_ = boss.post("/api/forms/contract/groups", json={"by": "owner"}).json()
    assert [(one["label"], one["count"]) for one in people_] == [("何知远", 1), (None, 4)]
    assert [one["key"] for one in people_] == [str(he), None]
    with logged_in(crm, "he") as reader:
        seen = reader.post("/api/forms/contract/groups", json=by).json()
        assert [(one["label"], one["key"] == "?", one["count"]) for one in seen] == [
            ("厦门屿岸", False, 3), (None, True, 2)]  # fmt: skip
        assert "宁波" not in str(seen) and str(other) not in [one["key"] for one in seen]
        for one in [*seen, *people_]:
            counted = reader.post("/api/forms/contract/count", json={"filter": one["filter"]}).json()["count"]
            assert counted == one["count"]
    for wrong in ("predecessor.customer.owner.x", "note"):
        assert boss.post("/api/forms/contract/groups", json={"by": wrong}).status_code == 422


def test_rows_say_which_conditions_of_colour_they_meet_as_far_as_their_reader_may_ask(
    boss: TestClient, he: TestClient
) -> None:
    asked = {"columns": ["number"], "colours": ["amount > 150", 'status = "pending"', "end_date < TODAY()"],
             "sort": [{"field": "number"}]}  # fmt: skip
    rows = boss.post("/api/forms/contract/page", json=asked).json()["rows"]
    assert [(row["number"], row["$colours"]) for row in rows] == [("C-0", [1]), ("C-1", [0, 1]), ("C-2", [])]
    reply = he.post("/api/forms/contract/page", json=asked)
    assert (*code(reply), reply.json()["error"]["path"]) == (422, "formula.unknown_name", "colours")
    tree = {"colours": [{"when": 'status = "pending"', "level": "warn", "field": "amount"}]}
    assert code(he.post("/api/views/contract", json={"label": "x", "tree": tree})) == (422, "records.unknown_field")
    assert boss.post("/api/views/contract", json={"label": "x", "tree": tree}).status_code == 201
    assert boss.post("/api/forms/contract/page", json={"colours": ["open"] * 11}).status_code == 422


def test_a_page_in_the_middle_is_the_one_that_paging_there_gives(crm: Database, boss: TestClient) -> None:
    with crm.begin(SYSTEM) as tx:
        who = customer(tx)
        for number in range(23):
            contract(tx, customer=who, amount=None if number % 5 == 0 else str(number % 7))
    for sort in ([{"field": "amount", "descending": True}], [{"field": "amount"}], [{"field": "customer"}], []):
        asked = {"columns": ["number"], "sort": sort, "limit": 4}
        after, walked, middle = None, [], []
        while True:
            page = boss.post("/api/forms/contract/page", json={**asked, "after": after}).json()
            walked.append(page["rows"])
            middle.append(boss.post("/api/forms/contract/page", json={**asked, "skip": 4 * len(middle)}).json())
            if page["next"] is None:
                break
            after = page["next"]
        assert [page["rows"] for page in middle] == walked
        assert middle[-1]["next"] is None and all(page["next"] for page in middle[:-1])
        following = boss.post("/api/forms/contract/page", json={**asked, "after": middle[2]["next"]}).json()
        assert following["rows"] == walked[3]
    beyond = boss.post("/api/forms/contract/page", json={"skip": 900}).json()
    assert beyond == {"rows": [], "next": None}


def test_a_page_is_skipped_to_or_followed_and_has_few_colours(crm: Database) -> None:
    with refused("records.skip", "一次最多跳过 1000000 行，也不能同时从上一页继续", path="skip"):
        records.Query(skip=1, after="x")
    with refused("records.colours", "最多 10 条颜色规则，现在是 11 条", path="colours"):
        records.Query(colours=("open",) * 11)


def test_what_a_reader_may_not_see_groups_and_sums_nothing(he: TestClient) -> None:
    for asked in ({"by": "amount"}, {"by": "status", "sums": ["amount"]}):
        assert code(he.post("/api/forms/contract/groups", json=asked)) == (422, "formula.unknown_name")


def test_a_bulk_change_is_told_done_as_one_and_undone_at_once(boss: TestClient) -> None:
    asked = {"filter": "amount > 60", "values": {"status": "confirmed"}}
    told = boss.post("/api/forms/contract/bulk/preview", json=asked).json()
    assert told == {"count": 2, "changing": 2, "same": 0, "no_right": 0, "transaction": None}
    done = boss.post("/api/forms/contract/bulk", json=asked).json()
    assert done["changing"] == 2
    counted = {"filter": 'status = "confirmed"'}
    assert boss.post("/api/forms/contract/count", json=counted).json()["count"] == 3
    again = boss.post("/api/forms/contract/bulk", json=asked).json()
    assert (again["changing"], again["same"], again["transaction"]) == (0, 2, None)
    undone = boss.post(f"/api/changes/{done['transaction']}/undo").json()
    assert undone["kept_count"] == 0
    assert boss.post("/api/forms/contract/count", json=counted).json()["count"] == 1


def test_records_that_may_not_be_changed_are_skipped_and_counted(crm: Database, he: TestClient) -> None:
    reads = {"rows": "all", "rights": ["read"], "fields": {"*": "read"}}
    closes = {"rows": 'number = "C-1"', "rights": ["read", "update"], "fields": {"*": "write"}}
    with crm.begin(SYSTEM) as tx:
        access.publish(tx, [
            access.load({**REP, "forms": {"customer": reads, "contract": reads}}),
            access.load({"role": "closer", "label": "经办", "forms": {"customer": reads, "contract": closes}}),
        ])  # fmt: skip
        people.assign(tx, tx.value("SELECT id FROM people.person WHERE account = 'he'"), ["rep", "closer"])
    asked = {"values": {"status": "confirmed"}}
    told = he.post("/api/forms/contract/bulk/preview", json=asked).json()
    assert (told["count"], told["changing"], told["no_right"]) == (3, 1, 2)
    done = he.post("/api/forms/contract/bulk", json=asked).json()
    assert (done["changing"], done["no_right"]) == (1, 2)
    assert he.post("/api/forms/contract/count", json={"filter": 'status = "confirmed"'}).json()["count"] == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (422, "records.bulk_nothing")),
        ({"amount": "1"}, (422, "records.unknown_field")),
        ({"number": "X"}, (422, "records.bulk_alone")),
        ({"status": "nope"}, (422, "records.option")),
        ({"end_date": "2027-01-01"}, (403, "records.denied_field")),
    ],
)
def test_a_bulk_change_that_cannot_be_is_refused(
    he: TestClient, values: dict[str, Any], expected: tuple[int, str]
) -> None:
    for door in ("bulk/preview", "bulk"):
        assert code(he.post(f"/api/forms/contract/{door}", json={"values": values})) == expected


def test_someone_elses_change_is_not_taken_back_by_who_may_not_write_it(boss: TestClient, he: TestClient) -> None:
    done = boss.post("/api/forms/contract/bulk", json={"values": {"amount": "7"}}).json()["transaction"]
    he.post(f"/api/changes/{done}/undo")
    assert boss.post("/api/forms/contract/count", json={"sums": ["amount"]}).json()["sums"] == {"amount": "21.00"}
    assert code(he.post("/api/changes/999999999/undo")) == (404, "records.no_such_change")


def test_more_than_one_person_can_look_over_is_not_changed_at_once(
    boss: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records.bulk, "MOST", 2)
    asked = {"values": {"status": "confirmed"}}
    assert code(boss.post("/api/forms/contract/bulk", json=asked)) == (422, "records.bulk_many")


def test_a_kind_of_view_that_there_is_not_is_refused(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx, pytest.raises(Invalid) as problem:
        records.save_view(tx, "contract", "x", {"kind": "pie"})
    assert problem.value.code == "records.view_kind"


def test_fifty_savers_of_the_same_twenty_records_lose_nothing_and_each_conflict_is_told(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        who = customer(tx)
        ids = [contract(tx, customer=who, number=f"R-{n}") for n in range(20)]
    with logged_in(crm, "boss") as client:
        versions = {one: client.get(f"/api/forms/contract/{one}").json()["version"] for one in ids}

        def saver(number: int) -> list[tuple[int, int, str]]:
            out: list[tuple[int, int, str]] = []
            for one in ids[number % 20 :] + ids[: number % 20]:
                values = {"amount": str(1000 + number)}
                reply = client.patch(f"/api/forms/contract/{one}", json={"version": versions[one], "values": values})
                facts = reply.json().get("error", {}).get("facts", {})
                theirs = "" if reply.status_code == 200 else str(facts["fields"]["amount"]["theirs"])
                out.append((one, reply.status_code, theirs))
            return out

        with ThreadPoolExecutor(8) as pool:
            told = [answer for answers in pool.map(saver, range(50)) for answer in answers]
        for one in ids:
            mine = [(status, theirs) for record, status, theirs in told if record == one]
            assert sorted({status for status, _ in mine}) == [200, 409]
            assert [status for status, _ in mine].count(200) == 1  # all read the same version: one wins
            saved = client.get(f"/api/forms/contract/{one}").json()["values"]["amount"]
            assert {theirs for status, theirs in mine if status == 409} == {saved}

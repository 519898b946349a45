"""Two records become one: chosen values, everything that points, one undo; and who may."""

import json
from typing import Any

import pytest
from builders import field, form, install, install_renewal, install_shipped
from builders_records import acting, contract, customer
from error_codes import refused
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, people, processes, records
from perennial.kernel import SYSTEM, Database, Missing, Tx
from perennial.records import merge

PARTNER = form(
    "partner", field("name", required=True), field("code", unique=True), "tags: multi_select", "no: auto_number",
    field("parent: relation", to="partner", reverse="parts"), field("friends: relations", to="partner"), title="name",
)  # fmt: skip
DEAL = form(
    "deal", field("name"), field("buyer: relation", to="partner", reverse="bought"),
    field("seller: relation", to="partner", reverse="sold"), field("others: relations", to="partner", reverse="seen"),
    title="name", unique=(),
)  # fmt: skip


@pytest.fixture
@built_once
def crm(database: Database) -> Database:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    return database


def live(tx: Tx, form: str) -> list[dict[str, Any]]:
    rows = tx.rows(f"SELECT to_jsonb(r) - 'version' - 'updated_at' - 'updated_by' AS row FROM data_read.{form} r")
    return sorted((row["row"] for row in rows), key=lambda row: row["id"])


def pair(tx: Tx) -> tuple[int, int]:
    """The better record, and one made by mistake with two contracts, a contact and what the other lacks."""
    one = customer(tx, name="厦门屿岸", tier="a", seats=12)
    two = customer(tx, name="厦门屿岸科技有限公司", phone="13800000000", tier="b", credit_code="91350200MA2YWC6J8G")
    for number in ("C-1", "C-2"):
        contract(tx, customer=two, number=number, amount="100.00")
    contract(tx, customer=one, number="C-3", amount="50.00")
    records.create(tx, "contact", {"name": "何知远", "customer": two})
    return one, two


def do(tx: Tx, one: int, two: int, form: str = "customer", **take: merge.Take) -> merge.Merged:
    found = merge.foresee(tx, form, one, two)
    chosen: dict[str, merge.Take] = {choice.key: choice.take for choice in found.choices}
    chosen |= take
    return merge.apply(tx, form, one, two, chosen, versions=(found.left.version, found.right.version))


def test_all_that_points_at_the_loser_points_at_the_winner_and_one_undo_brings_all_back(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        one, two = pair(tx)
        before = {key: live(tx, key) for key in ("customer", "contract", "contact")}
    with crm.begin(SYSTEM) as tx:
        done = do(tx, one, two, tier="right")
        assert done.moved == 3
        [row] = live(tx, "customer")
        assert (row["id"], row["name"], row["tier"], row["seats"], row["phone"]) == (
            one, "厦门屿岸", "b", 12, "13800000000")  # fmt: skip
        assert (row["credit_code"], row["open_contracts"], row["open_amount"]) == ("91350200MA2YWC6J8G", 3, 250)
        assert {contract["customer"] for contract in live(tx, "contract")} == {one}
    with crm.begin(SYSTEM) as tx:
        assert merge.successor(tx, "customer", two) == one
        assert merge.successor(tx, "customer", 2**63) is None
        undone = records.undo(tx, done.transaction)
        assert undone.kept_count == 0
        assert {key: live(tx, key) for key in ("customer", "contract", "contact")} == before
        assert merge.successor(tx, "customer", two) is None


def test_the_preview_writes_nothing_and_tells_what_differs_what_moves_and_what_fills_a_blank(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        one, two = pair(tx)
        before = live(tx, "customer")
        found = merge.foresee(tx, "customer", one, two)
        assert live(tx, "customer") == before
        assert found.problem is None
        assert {move.form: move.count for move in found.moves} == {"contract": 2, "contact": 1}
        told = {choice.key: (choice.left, choice.right, choice.take) for choice in found.choices}
        assert told["phone"] == (None, "13800000000", "right")
        assert told["tier"] == ("a", "b", "left")
        assert told["name"] == ("厦门屿岸", "厦门屿岸科技有限公司", "left")
        assert not {"code", "open_amount", "status", "industry"} & set(told)


def test_lists_keep_both_and_nobody_points_at_themselves(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, PARTNER, DEAL)
        top = records.create(tx, "partner", {"name": "顶"})
        one = records.create(tx, "partner", {"name": "甲", "tags": ["x"]})
        two = records.create(tx, "partner", {"name": "乙", "code": "K", "tags": ["x", "y"], "parent": one})
        child = records.create(tx, "partner", {"name": "子", "parent": two})
        records.update(tx, "partner", one, 1, {"parent": two, "friends": [two, top]})
        records.create(tx, "deal", {"name": "d1", "buyer": two, "seller": two, "others": [top, two]})
        records.create(tx, "deal", {"name": "d2", "buyer": top, "seller": two, "others": [two, one, top]})
        records.create(tx, "deal", {"name": "d3", "buyer": one})
        assert do(tx, one, two, "partner").moved == 3  # two deals and the child, each once
        rows = {row["id"]: row for row in live(tx, "partner")}
        assert (rows[one]["tags"], rows[one]["code"], rows[one]["parent"], rows[one]["friends"]) == (
            ["x", "y"], "K", None, [top])  # fmt: skip
        assert rows[child]["parent"] == one
        assert [(row["buyer"], row["seller"], row["others"]) for row in live(tx, "deal")] == [
            (one, one, [top, one]), (top, one, [one, top]), (one, None, None)]  # fmt: skip


def test_what_cannot_be_merged_says_so_before(database: Database) -> None:
    from perennial.forms import Unique

    seat = form(
        "seat", field("partner: relation", to="partner", reverse="seats"), field("number"),
        unique=(Unique(("partner", "number")),),
    )  # fmt: skip
    with database.begin(SYSTEM) as tx:
        install(tx, PARTNER, seat)
        one, two = (records.create(tx, "partner", {"name": name}) for name in "甲乙")
        for at in (one, two):
            records.create(tx, "seat", {"partner": at, "number": "1"})
        found = merge.foresee(tx, "partner", one, two)
        assert found.problem is not None and found.problem.code == "records.taken"
        assert len(live(tx, "partner")) == 2
        with refused("records.merge_itself", "请选择另一条记录，一条记录不能和自己合并", path="loser"):
            merge.foresee(tx, "partner", one, one)
        with refused("records.merge_both", "name只能保留一个值，请选左边或右边", path="name"):
            merge.apply(tx, "partner", one, two, {"name": "both"}, versions=(1, 1))
        records.update(tx, "partner", two, 1, {"name": "丙"})
        with refused("records.merge_stale", "其中一条刚刚有人改过，请重新核对后再合并"):
            merge.apply(tx, "partner", one, two, {}, versions=(1, 1))


REP: dict[str, Any] = {
    "role": "rep", "label": "代表",
    "forms": {
        "customer": {"rows": "all", "rights": ["read", "update", "delete"],
                     "fields": {"*": "write", "tier": "read", "phone": "masked", "note": "hidden"}},
        "contract": {"rows": "own", "rights": ["read", "update"], "fields": {"*": "write"}},
    },
}  # fmt: skip


def test_rights_on_both_on_the_loser_and_on_what_points_at_it_are_needed(crm: Database) -> None:
    tree = {**REP, "forms": {"customer": REP["forms"]["customer"]}}
    with crm.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(tree)])
        he = people.create(tx, "he", "何知远", roles=["rep"])
        one = customer(tx, name="厦门屿岸")
        two = customer(tx, name="厦门屿岸公司", tier="b", phone="13812348888", note="密")
        hidden = contract(tx, customer=two)
    with acting(crm, he) as tx:
        found = merge.foresee(tx, "customer", one, two)
        assert found.moves == []  # what cannot be seen is not counted
        assert {choice.key: choice.may for choice in found.choices} == {"name": True, "tier": False, "phone": False}
        assert found.problem is not None and found.problem.code == "records.merge_rights"
        with refused("records.merge_rights", "还有你无权修改的记录关联着要并入的这一条，请让有权限的同事来合并"):
            merge.apply(tx, "customer", one, two, {}, versions=(1, 1))
    with crm.begin(SYSTEM) as tx:
        records.delete(tx, "contract", hidden, 1)
    for key, name in (("tier", "客户等级"), ("phone", "总机"), ("note", "note")):
        with acting(crm, he) as tx, refused("records.denied_field", f"你不能修改{name}", path=key):
            merge.apply(tx, "customer", one, two, {key: "right"}, versions=(1, 1))
    with acting(crm, he) as tx:
        do(tx, one, two)
    with crm.begin(SYSTEM) as tx:
        [row] = live(tx, "customer")
        assert (row["tier"], row["phone"], row["note"]) == (None, None, None)
    weaker = {**tree, "forms": {"customer": {**REP["forms"]["customer"], "rights": ["read", "update"]}}}
    with crm.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(weaker)])
        three = customer(tx, name="第三家")
    with acting(crm, he) as tx:
        problem = merge.foresee(tx, "customer", one, three).problem
        assert problem is not None and problem.code == "records.denied_delete"


def test_rows_of_a_sub_table_move_with_the_right_on_the_record_that_they_live_in(database: Database) -> None:
    item = form(
        "item",
        field("partner: relation", to="partner", reverse="items", required=True),
        field("name"),
        within="partner",
    )
    grant = {"rows": "all", "rights": ["read", "update", "delete"], "fields": {"*": "write"}}
    with database.begin(SYSTEM) as tx:
        install(tx, PARTNER, item)
        access.publish(tx, [access.load({"role": "rep", "label": "代表", "forms": {"partner": grant}})])
        he = people.create(tx, "he", "何知远", roles=["rep"])
        one, two = (
            records.create(tx, "partner", {"name": name}, {"items": {"create": [{"name": name}]}}) for name in "甲乙"
        )
        before = live(tx, "item")
    with acting(database, he) as tx:
        done = do(tx, one, two, "partner")
        assert done.moved == 1
    with acting(database, he) as tx:
        assert {row["partner"] for row in live(tx, "item")} == {one}
        assert records.undo(tx, done.transaction).kept_count == 0
        assert live(tx, "item") == before


def test_processes_of_the_loser_are_told_stop_and_come_back_with_it(database: Database) -> None:
    install_shipped(database)
    with database.begin(SYSTEM) as tx:
        people.create(tx, "boss", "周予安", password=PASSWORD, roles=["business_admin"])
        who = customer(tx)
        one, two = (contract(tx, customer=who, end_date="2026-12-20", amount="1") for _ in range(2))

    def states() -> list[str]:
        processes.react(database)
        with database.begin(SYSTEM) as tx:
            return [row["state"] for row in processes.of_record(tx, "contract", two) if row["process"] == "renewal"]

    assert states() == ["open"]
    with logged_in(database, "boss") as client:
        told = client.post("/api/forms/contract/merge/preview", json={"winner": one, "loser": two}).json()
        assert [(one["both"], bool(one["label"])) for one in told["running"]] == [(True, True)]
    with database.begin(SYSTEM) as tx:
        done = do(tx, one, two, "contract")
    assert states() == ["suspended"]
    with database.begin(SYSTEM) as tx:
        records.undo(tx, done.transaction)
    assert states() == ["open"]


def test_a_link_leads_on_only_for_those_who_see_both(crm: Database) -> None:
    own = {**REP, "forms": {"customer": {**REP["forms"]["customer"], "rows": "own"}}}
    with crm.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(own)])
        he = people.create(tx, "he", "何知远", roles=["rep"])
        mine, other, third = (
            customer(tx, name=name, csm=csm) for name, csm in (("甲甲", he), ("乙乙", None), ("丙丙", he))
        )
        do(tx, mine, other)
        do(tx, third, mine)
        assert merge.successor(tx, "customer", other) == third
    with acting(crm, he) as tx:
        assert merge.successor(tx, "customer", mine) == third
        assert merge.successor(tx, "customer", other) is None
        with pytest.raises(Missing):
            merge.foresee(tx, "customer", third, other)


def test_over_http_a_merge_is_previewed_done_undone_and_its_link_leads_on(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        one, two = pair(tx)
    with logged_in(crm, "boss") as client:
        told = client.post("/api/forms/customer/merge/preview", json={"winner": one, "loser": two}).json()
        assert (told["left"]["title"], told["right"]["id"], told["problem"]) == ("厦门屿岸", two, None)
        assert {(move["label"], move["noun"], move["count"]) for move in told["moves"]} == {
            ("续费合同", "份", 2), ("联系人", "人", 1)}  # fmt: skip
        given = {"winner": one, "loser": two, "winner_version": told["left"]["version"],
                 "loser_version": told["right"]["version"], "take": {"tier": "right"}}  # fmt: skip
        done = client.post("/api/forms/customer/merge", json=given)
        assert (done.status_code, done.json()["moved"]) == (200, 3)
        assert client.get(f"/api/forms/customer/{two}").status_code == 404
        assert client.get(f"/api/forms/customer/{two}/successor").json() == {"id": one}
        again = client.post("/api/forms/customer/merge", json=given)
        assert (again.status_code, again.json()["error"]["code"]) == (404, "records.missing")
        history = client.get(f"/api/forms/customer/{two}/history").json()
        assert (history[0]["reason"], history[0]["cause"]["name"]) == ("merge", "厦门屿岸")
        undone = client.post(f"/api/changes/{done.json()['transaction']}/undo").json()
        assert undone["kept_count"] == 0
        assert json.loads(client.get(f"/api/forms/customer/{two}").content)["title"] == "厦门屿岸科技有限公司"

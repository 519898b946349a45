"""Ranges of cells pasted into a list: read as an import reads them, refused cell by cell, written and undone as one."""

import sys
from collections.abc import Generator
from typing import Any

import pytest
from builders_records import contract, customer, open_office
from error_codes import refused
from test_records_sets import statements
from web_client import PASSWORD, TestClient, logged_in
from worlds import built_once

from perennial import people, records
from perennial.kernel import SYSTEM, Database, Tx

REP: dict[str, Any] = {
    "role": "rep", "label": "代表",
    "forms": {
        "customer": {"rows": 'name = "厦门屿岸"', "rights": ["read"], "fields": {"*": "read"}},
        "contract": {"rows": 'number <> "C-9"', "rights": ["read", "update"], "fields": {
            "*": "read", "intent": "write", "note": "write", "customer": "write", "amount": "hidden"}},
    },
}  # fmt: skip


@pytest.fixture
@built_once
def ids(database: Database) -> list[int]:
    with database.begin(SYSTEM) as tx:
        open_office(tx, REP, password=PASSWORD)
        people.create(tx, "he", "何知远", roles=["rep"], password=PASSWORD)
        who = customer(tx)
        customer(tx, name="宁波湾畔")
        return [contract(tx, customer=who, number=f"C-{n}", amount="100", status="pending") for n in range(4)]


@pytest.fixture
def boss(database: Database, ids: list[int]) -> Generator[TestClient]:
    with logged_in(database, "boss") as client:
        yield client


def put(client: TestClient, ids: list[int], fields: list[str], cells: list[list[str]], **more: Any) -> dict[str, Any]:
    body = {"rows": [{"id": one} for one in ids], "fields": fields, "cells": cells, **more}
    reply = client.post("/api/forms/contract/paste", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def values(client: TestClient, record: int, *keys: str) -> list[Any]:
    found = client.get(f"/api/forms/contract/{record}").json()["values"]
    return [found[key] for key in keys]


def told(reply: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    return [(one["row"], one["field"], one["code"]) for one in reply["refused"]]


def test_cells_are_read_as_people_write_them_in_one_change_that_one_undo_takes_back(
    boss: TestClient, ids: list[int]
) -> None:
    fields = ["amount", "status", "declined_on", "owner", "customer", "notice_days"]
    done = put(boss, ids[:2], fields, [
        ["￥12万", "已确认", "2026年3月1日", "周予安", "宁波湾畔", " 1,200 "],
        ["(1,200.50)", "confirmed", "2026/12/5", "", "厦门屿岸", ""],
    ])  # fmt: skip
    assert (done["changed"], done["refused"], done["refused_count"]) == (2, [], 0)
    first = values(boss, ids[0], *fields)
    assert first[:3] == ["120000.00", "confirmed", "2026-03-01"]
    assert (first[3]["name"], first[4]["label"], first[5]) == ("周予安", "宁波湾畔", "1200")
    assert values(boss, ids[1], "amount", "declined_on", "owner") == ["-1200.50", "2026-12-05", None]
    with_reason = boss.get(f"/api/forms/contract/{ids[0]}/history").json()
    assert "paste" in str(with_reason)
    assert boss.post(f"/api/changes/{done['transaction']}/undo").json()["kept_count"] == 0
    assert values(boss, ids[0], "amount", "status", "declined_on") == ["100.00", "pending", None]


def test_nothing_is_written_while_cells_are_refused_and_the_others_are_on_demand(
    boss: TestClient, ids: list[int]
) -> None:
    cells = [["面议", "已确认", "X", "没有这家"], ["200", "没有的", "Y", "宁波湾畔"], ["300", "", "Z", ""]]
    fields = ["amount", "status", "number", "customer"]
    asked = put(boss, ids[:3], fields, cells)
    assert (asked["changed"], asked["transaction"], asked["refused_count"]) == (0, None, 7)
    assert told(asked) == [
        (1, "amount", "imports.not_an_amount"), (1, "number", "records.paste_alone"),
        (1, "customer", "imports.not_found"), (2, "status", "imports.no_such_option"),
        (2, "number", "records.paste_alone"), (3, "number", "records.paste_alone"),
        (3, "customer", "records.paste_required"),
    ]  # fmt: skip
    assert asked["refused"][0] == {
        "row": 1, "id": ids[0], "label": "C-0", "field": "amount", "value": "面议", "code": "imports.not_an_amount",
        "text": "第 1 行 合同金额：「面议」不是金额",
    }  # fmt: skip
    assert "待续费、已确认、已续费、已流失" in asked["refused"][3]["text"]
    assert [values(boss, one, "amount") for one in ids[:3]] == [["100.00"]] * 3
    done = put(boss, ids[:3], fields, cells, skip_refused=True)
    assert (done["changed"], done["refused_count"]) == (3, 7)
    assert [values(boss, one, "amount", "status") for one in ids[:3]] == [
        ["100.00", "confirmed"], ["200.00", "pending"], ["300.00", None]]  # fmt: skip
    assert boss.post(f"/api/changes/{done['transaction']}/undo").json()["kept_count"] == 0
    assert [values(boss, one, "amount", "status") for one in ids[:3]] == [["100.00", "pending"]] * 3


def test_a_row_that_would_break_a_check_is_refused_with_its_words_and_the_others_are_written(
    boss: TestClient, ids: list[int]
) -> None:
    fields, cells = ["start_date", "status"], [["2026-02-01", "pending"], ["2027-02-01", "pending"], ["", "lost"]]
    asked = put(boss, ids[:3], fields, cells)
    assert told(asked) == [
        (2, "end_date", "records.paste_check"), (3, "churn_reason", "records.paste_required"),
        (3, "start_date", "records.paste_required"),
    ]  # fmt: skip
    assert asked["refused"][0]["text"] == "第 2 行：合同结束日期不能早于合同开始日期"
    done = put(boss, ids[:3], fields, cells, skip_refused=True)
    assert done["changed"] == 1
    assert [values(boss, one, "start_date", "status") for one in ids[:3]] == [
        ["2026-02-01", "pending"], ["2026-01-01", "pending"], ["2026-01-01", "pending"]]  # fmt: skip
    assert [one["text"] for one in done["refused"]][1] == "第 3 行 流失原因：必填，不能留空"


def test_what_somebody_changed_meanwhile_and_what_is_gone_is_not_pasted_over(boss: TestClient, ids: list[int]) -> None:
    seen = boss.get(f"/api/forms/contract/{ids[0]}").json()["version"]
    boss.patch(f"/api/forms/contract/{ids[0]}", json={"version": seen, "values": {"note": "改过"}})
    boss.delete(f"/api/forms/contract/{ids[1]}?version=1")
    body = {"rows": [{"id": ids[0], "version": seen}, {"id": ids[1]}], "fields": ["note"], "cells": [["a"], ["b"]]}
    reply = boss.post("/api/forms/contract/paste", json=body).json()
    assert told(reply) == [(1, None, "records.paste_stale"), (2, None, "records.paste_gone")]
    assert values(boss, ids[0], "note") == ["改过"]


def test_a_reader_pastes_what_they_may_write_into_records_that_they_see(database: Database, ids: list[int]) -> None:
    with logged_in(database, "he") as he:
        with logged_in(database, "boss") as boss:
            put(boss, ids[2:3], ["note"], [["boss"]])
        cells = [["愿意", "已确认", "宁波湾畔"], ["不续", "", "厦门屿岸"]]
        reply = put(he, ids[:2], ["intent", "status", "customer"], cells)
        # a customer that they do not see cannot be found by its name
        assert told(reply) == [(1, "status", "records.paste_no_right"), (1, "customer", "imports.not_found"),
                               (2, "status", "records.paste_no_right")]  # fmt: skip
        done = put(he, ids[:2], ["intent", "status", "customer"], cells, skip_refused=True)
        assert done["changed"] == 2
        assert values(he, ids[0], "intent", "status") == ["yes", "pending"]
        body = {"rows": [{"id": ids[0]}], "fields": ["amount"], "cells": [["1"]]}
        hidden = he.post("/api/forms/contract/paste", json=body)
        assert (hidden.status_code, hidden.json()["error"]["code"]) == (422, "records.unknown_field")


def test_columns_that_are_not_changed_like_this_are_refused_whole(boss: TestClient, ids: list[int]) -> None:
    cells = [["甲", "2027-01-31", "90"]]
    columns = ["note", "end_date", "customer.health_score"]
    asked = put(boss, ids[:1], columns, cells, alone=columns[1:], skip_refused=True)
    assert told(asked) == [(1, column, "records.paste_alone") for column in columns[1:]]
    assert values(boss, ids[0], "note", "end_date") == ["甲", "2026-12-31"]


def test_a_block_that_is_no_rectangle_or_too_large_is_refused(
    database: Database, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.begin(SYSTEM) as tx:
        for rows, cells in (
            ([(ids[0], None)], []),
            ([(ids[0], None)] * 2, [["a"], ["b"]]),
            ([(ids[0], None)], [["a", "b"]]),
        ):
            with refused("records.paste_shape", "粘贴的内容不是一个整齐的表格区域", path="cells"):
                records.paste(tx, "contract", records.Block(rows, ["note"], cells))
        monkeypatch.setattr(sys.modules["perennial.records.paste"], "MOST", 1)
        with refused("records.paste_large", "一次最多粘贴 1 个单元格，请分几次粘贴", path="cells"):
            records.paste(tx, "contract", records.Block([(one, None) for one in ids[:2]], ["note"], [["a"], ["b"]]))


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(database: Database, ids: list[int]) -> None:
    with database.begin(SYSTEM) as tx:
        many = [contract(tx, customer=customer(tx, name="绍兴云桥")) for _ in range(20)]

        def count(tx: Tx, some: list[int], text: str) -> int:
            rows, cells = [(one, None) for one in some], [[text, "没有"] for _ in some]
            block = records.Block(rows, ["note", "customer"], cells)
            return statements(tx, lambda: records.paste(tx, "contract", block, skip_refused=True))

        count(tx, ids[:2], "a")
        assert count(tx, many, "b") == count(tx, ids[:1], "c")

"""Wrong input about people and departments: a sentence at the field, in the reader's words, and nothing is written."""

from typing import Any

import pytest
from builders_records import open_office
from web_client import PASSWORD, TestClient, window
from worlds import built_once

from perennial import people
from perennial.kernel import SYSTEM, Database

HUGE = 2**63


@pytest.fixture
@built_once
def house(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        open_office(tx, password=PASSWORD)
        east = people.save_department(tx, "east", "华东大区")
        people.save_department(tx, "one", "销售一部", parent_id=east)
        lina = people.create(tx, "lina", "李娜", superior_id=1)
        people.create(tx, "chen", "陈曦", superior_id=lina, away_from="2026-12-10")
    return database


boss = window("boss", "house")
ME, LINA, CHEN = (f"/api/colleagues/{id_}" for id_ in (1, 2, 3))
WRONG: tuple[tuple[str, str, dict[str, Any], str | None, str], ...] = (
    ("PATCH", ME, {"superior_id": 1}, "superior_id", "上级不能是本人或本人的下级"),
    ("PATCH", ME, {"superior_id": 3}, "superior_id", "上级不能是本人或本人的下级"),
    ("PATCH", LINA, {"deputy_id": 2}, "deputy_id", "代班人不能是本人"),
    ("PATCH", CHEN, {"away_until": "2026-12-09"}, "away_until", "结束的日子不能早于开始的日子"),
    ("PATCH", CHEN, {"name": " "}, "name", "请填写姓名"),
    ("PATCH", CHEN, {"superior_id": -1}, "superior_id", "「直属上级」指向的对象不存在"),
    ("PATCH", CHEN, {"password": "        "}, "password", "密码太简单，至少要有 4 个不同的字符"),
    ("PATCH", CHEN, {"name": "a\0b"}, None, "文字里有一个不能保存的字符（空字符）"),
    ("PATCH", CHEN, {"superior_id": HUGE}, None, "有一个数字或编号太大，超出了能保存的范围"),
    ("POST", "/api/departments", {"key": "east", "name": "华东大区", "parent_id": 2}, "parent",
     "「华东大区」不能放在它自己或它的下级之下"),
    ("POST", "/api/departments", {"key": "x", "name": "新", "parent_id": -1}, "parent", "「上级部门」指向的对象不存在"),
    ("POST", "/api/departments", {"key": "x", "name": "新", "head_id": -1}, "head", "「部门负责人」指向的对象不存在"),
    ("POST", "/api/departments", {"key": "x", "name": " "}, "name", "请填写部门名称"),
    ("POST", "/api/access/view-as", {"person": 1, "form": "customer", "record": HUGE}, None,
     "有一个数字或编号太大，超出了能保存的范围"),
)  # fmt: skip


def test_each_wrong_value_is_named_where_it_stands_and_nothing_is_written(boss: TestClient, house: Database) -> None:
    with house.begin(SYSTEM) as tx:
        before = people.people(tx, all_=True), people.departments(tx, all_=True)
    for method, path, body, at, text in WRONG:
        reply = boss.request(method, path, json=body)
        error = reply.json()["error"]
        assert (reply.status_code, error.get("path"), error["text"]) == (422, at, text), body
    with house.begin(SYSTEM) as tx:
        assert (people.people(tx, all_=True), people.departments(tx, all_=True)) == before


def test_two_new_departments_of_one_name_are_two(boss: TestClient, house: Database) -> None:
    new = {"key": "east", "name": "华东大区", "new": True}
    first, second = (boss.post("/api/departments", json=new).json() for _ in range(2))
    with house.begin(SYSTEM) as tx:
        assert len({1, first, second}) == 3 == sum(one.name == "华东大区" for one in people.departments(tx))

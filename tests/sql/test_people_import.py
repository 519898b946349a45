"""People from a file: told line by line, done as one act, taken back; nobody leaves while anything is theirs."""

import io
import threading
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders_records import customer, open_office
from error_codes import refused
from web_client import PASSWORD, TestClient, code, logged_in
from worlds import built_once

from perennial import people
from perennial.kernel import SYSTEM, Actor, Database, Tx
from perennial.records import imports

HEADS = ["账号", "姓名", "部门", "上级", "邮箱", "手机", "角色", "状态"]
ROLE: dict[str, Any] = {
    "role": "rep", "label": "代表",
    "forms": {"customer": {"rows": "own", "rights": ["read"], "fields": {"*": "read"}}},
}  # fmt: skip


@pytest.fixture
@built_once
def house(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        open_office(tx, ROLE, password=PASSWORD)
        east = people.save_department(tx, "east", "华东大区")
        people.save_department(tx, "one", "销售一部", parent_id=east)
        people.create(tx, "lina", "李娜", mail="li@ex.com", roles=["rep"])
        people.create(tx, "chen", "陈曦")
        people.create(tx, "gone", "何知远")
        people.disable(tx, people.find(tx, account="gone").id)
    return database


def book(*rows: tuple[str | None, ...], heads: list[str] = HEADS) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (heads, *rows):
        sheet.append(list(row))
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def send(client: TestClient, path: str, content: bytes) -> Any:
    return client.post(f"/api/people-imports{path}", files={"file": ("名单.xlsx", content)})


def everybody(tx: Tx) -> list[Any]:
    return [
        (one.account, one.name, one.mail, one.department, one.superior_id, one.active, one.roles)
        for one in people.people(tx, all_=True)
    ]


FILE = book(
    ("wang", "王磊", "华东大区/销售二部", "lina", "wang@ex.com", "13800000000", "代表", "在职"),
    ("zhao", "陈曦", "法务部", "wang", None, None, None, None),
    ("LINA", "李娜娜", "销售一部", "boss", None, "13900000000", "rep", None),
    ("chen", None, None, None, None, None, None, "离职"),
    ("boss", "周予安", None, None, None, None, None, "在职"),
)


def test_the_preview_tells_who_is_new_changes_and_leaves_and_writes_nothing(house: Database) -> None:
    with house.begin(SYSTEM) as tx:
        before = everybody(tx)
    with logged_in(house, "boss") as client:
        told = send(client, "/preview", FILE).json()
    assert [told[act] for act in ("new", "change", "leave", "same", "refused", "held", "absent")] == [
        2,
        1,
        1,
        1,
        0,
        0,
        0,
    ]
    assert told["units"] == ["华东大区/销售二部", "法务部"]
    lines = {line["account"]: line for line in told["lines"]}
    assert {key: (one["row"], one["act"], one["twin"]) for key, one in lines.items()} == {
        "wang": (2, "new", False), "zhao": (3, "new", True), "lina": (4, "change", False),
        "chen": (5, "leave", False)}  # fmt: skip
    assert [(one["field"], one["before"], one["after"]) for one in lines["lina"]["changes"]] == [
        ("name", "李娜", "李娜娜"), ("phone", None, "13900000000"), ("department", None, "华东大区/销售一部"),
        ("superior", None, "boss")]  # fmt: skip
    with house.begin(SYSTEM) as tx:
        assert everybody(tx) == before


def test_an_import_is_one_act_and_its_undo_brings_everybody_back(house: Database) -> None:
    with house.begin(SYSTEM) as tx:
        before = everybody(tx), [(one.key, one.name) for one in people.departments(tx, all_=True)]
    with logged_in(house, "boss") as client:
        done = send(client, "", FILE).json()
        with house.begin(SYSTEM) as tx:
            found = {one.account: one for one in people.people(tx, all_=True)}
            assert (found["wang"].department, found["wang"].roles, found["wang"].superior_id) == (
                "销售二部", ["rep"], found["lina"].id)  # fmt: skip
            assert (found["zhao"].superior_id, found["zhao"].department) == (found["wang"].id, "法务部")
            assert (found["lina"].name, found["lina"].mail, found["lina"].roles) == ("李娜娜", "li@ex.com", ["rep"])
            assert (found["chen"].active, found["boss"].active) == (False, True)
            second = next(one for one in people.departments(tx) if one.name == "销售二部")
            assert next(one.name for one in people.departments(tx) if one.id == second.parent_id) == "华东大区"
        again = send(client, "/preview", FILE).json()
        assert (again["new"], again["change"], again["leave"], again["units"]) == (0, 0, 0, [])
        [listed] = client.get("/api/people-imports").json()
        assert (listed["id"], listed["by"], listed["new"], listed["file_name"]) == (
            done["id"],
            "周予安",
            2,
            "名单.xlsx",
        )
        assert client.post(f"/api/people-imports/{done['id']}/undo").json() == {"kept": 0}
        twice = client.post(f"/api/people-imports/{done['id']}/undo")
        assert (twice.status_code, twice.json()["error"]["text"]) == (409, "这次导入已经撤销")
        none = client.post("/api/people-imports/999/undo")
        assert (none.status_code, none.json()["error"]["text"]) == (404, "找不到这次导入")
    with house.begin(SYSTEM) as tx:
        assert (everybody(tx), [(one.key, one.name) for one in people.departments(tx, all_=True)]) == before


def test_who_was_changed_since_keeps_that_and_who_has_something_is_only_disabled(house: Database) -> None:
    with logged_in(house, "boss") as client:
        done = send(client, "", FILE).json()
        with house.begin(SYSTEM) as tx:
            found = {one.account: one.id for one in people.people(tx)}
            people.update(tx, found["lina"], phone="1")
            people.update(tx, found["boss"], deputy_id=found["wang"])
        assert client.post(f"/api/people-imports/{done['id']}/undo").json() == {"kept": 1}
    with house.begin(SYSTEM) as tx:
        found = {one.account: one for one in people.people(tx, all_=True)}
        assert (found["lina"].name, found["lina"].phone) == ("李娜娜", "1")
        assert not found["wang"].active


def test_nobody_leaves_while_anything_is_theirs(house: Database) -> None:
    with house.begin(SYSTEM) as tx:
        chen = people.find(tx, account="chen").id
        customer(tx, csm=chen)
    with logged_in(house, "boss") as client:
        told = send(client, "", FILE).json()
        line = next(line for line in told["lines"] if line["account"] == "chen")
        assert (told["held"], line["held"], line["person_id"]) == (1, True, chen)
    with house.begin(SYSTEM) as tx:
        assert people.find(tx, account="chen").active


def test_each_refused_line_names_its_row_its_column_and_the_reason(house: Database) -> None:
    with house.begin(SYSTEM) as tx:
        people.save_department(tx, "other", "销售一部", parent_id=people.save_department(tx, "west", "西部大区"))
        people.create(tx, "chen2", "陈曦")
    rows = [
        ((None, "甲", None, None, None, None, None, None), "账号：请填写账号"),
        (("li2", None, None, None, None, None, None, None), "姓名：新同事要填写姓名"),
        (("lina", None, None, None, None, None, None, None), ""),
        (("lina", None, None, None, None, None, None, None), "账号：账号 lina 在第 4 行已出现"),
        (("a1", "甲", "销售一部", None, None, None, None, None),
         "部门：有多个部门叫「销售一部」，请写完整路径：华东大区/销售一部、西部大区/销售一部"),
        (("a2", "甲", None, "没有人", None, None, None, None), "上级：找不到上级「没有人」，请填账号或姓名"),
        (("a3", "甲", None, "陈曦", None, None, None, None), "上级：有多位同事叫「陈曦」，上级请填账号"),
        (("a4", "甲", None, "a4", None, None, None, None), "上级：上级不能是本人"),
        (("a5", "甲", None, None, "wang", None, None, None), "邮箱：「wang」不是邮箱地址"),
        (("a6", "甲", None, None, None, "无", None, None), "手机：「无」不是电话号码"),
        (("a7", "甲", None, None, None, None, "总裁", None), "角色：没有「总裁」这个角色"),
        (("a8", "甲", None, None, None, None, None, "休假"), "状态：「休假」不是状态，请填在职或离职"),
        (("gone", None, None, None, None, None, None, None), "账号：何知远已停用，请先在人员页恢复"),
        (("nobody", None, None, None, None, None, None, "离职"), "账号：没有账号为 nobody 的同事，不能办理离职"),
        (("boss", None, None, None, None, None, "代表", None), "角色：不能在导入里改自己的角色"),
    ]  # fmt: skip
    with logged_in(house, "boss") as client:
        told = send(client, "/preview", book(*(row for row, _ in rows))).json()
        wanted = [(at, [text]) for at, (_, text) in enumerate(rows, 2) if text]
        assert [(line["row"], line["troubles"]) for line in told["lines"]] == wanted
        assert (told["refused"], told["units"]) == (len(wanted), [])
        client.headers["accept-language"] = "en"
        leaving = send(client, "/preview", book(("boss", None, None, None, None, None, None, "离职"))).json()
        assert leaving["lines"][0]["troubles"] == ["状态：不能停用自己的账号"]


def test_a_file_without_accounts_too_long_or_of_another_person_is_refused(house: Database, tmp_path: Path) -> None:
    with logged_in(house, "boss") as client:
        wrong = send(client, "/preview", book(("甲",), heads=["姓名"])).json()["error"]
        assert (wrong["code"], wrong["text"]) == (
            "people.roster_columns", "没有「账号」这一列，文件里有：姓名。请用模板里的列名")  # fmt: skip
        template = openpyxl.load_workbook(io.BytesIO(client.get("/api/people-imports/template").content))
        assert [[cell.value for cell in sheet[1]] for sheet in template] == [HEADS, HEADS]
        sample = [cell.value for cell in template["示例"][2]]
        told = send(client, "/preview", book(tuple("" if one is None else str(one) for one in sample))).json()
        assert (told["change"], told["refused"]) == (1, 0)
    short = tmp_path / "short.csv"
    short.write_text("账号,姓名\na,甲\nb,乙\n", encoding="utf-8")
    with refused("imports.table_long", "文件有 2 行，这里一次最多 1 行。请拆分后分次导入", path="file"):
        imports.whole_table(short, "short.csv", most=1)
    with house.begin(SYSTEM) as tx:
        people.create(tx, "worker", "员工", password=PASSWORD)
    with logged_in(house, "worker") as client:
        assert send(client, "/preview", FILE).status_code == send(client, "", FILE).status_code == 403


def test_more_than_a_hundred_do_not_leave_at_once(house: Database) -> None:
    with house.begin(SYSTEM) as tx:
        tx.run("INSERT INTO people.person (account, name) SELECT 'x' || n, 'x' FROM generate_series(1, 101) n")
    with logged_in(house, "boss") as client:
        leaving = book(*((f"x{n}", None, None, None, None, None, None, "离职") for n in range(1, 102)))
        wrong = send(client, "/preview", leaving).json()["error"]
        assert wrong["text"] == "一次最多办理 100 人离职，文件里有 101 人。请拆分后分次导入"


def test_a_thousand_lines_take_as_many_statements_as_one(house: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def statements(lines: int) -> int:
        count = 0
        rows = [(at, [f"p{at}", f"人{at}", f"部{at % 7}"]) for at in range(2, lines + 2)]
        with house.begin(Actor("person", 1, "")) as tx:
            original = Tx.rows

            def counted(self: Tx, *given: Any) -> Any:
                nonlocal count
                count += 1
                return original(self, *given)

            monkeypatch.setattr(Tx, "rows", counted)
            people.take_in_roster(tx, "x", people.plan_roster(tx, HEADS[:3], rows), ())
            monkeypatch.setattr(Tx, "rows", original)
            tx.connection.rollback()
        return count

    assert statements(1000) == statements(1)


def test_a_file_gone_wrong_in_other_ways_is_refused_where_it_is_wrong_and_nothing_of_it_is_written(
    house: Database,
) -> None:
    with house.begin(SYSTEM) as tx:
        boss = people.find(tx, account="boss").id
        people.update(tx, people.find(tx, account="lina").id, superior_id=boss)
        before = everybody(tx)
    rows = [
        (("b1", "甲", None, "b2", None, None, None, None), "上级：按文件，「b2」又会是本人的下级，上级不能成环"),
        (("b2", "乙", None, "b1", None, None, None, None), "上级：按文件，「b1」又会是本人的下级，上级不能成环"),
        (("boss", None, None, "李娜", None, None, None, None), "上级：按文件，「李娜」又会是本人的下级，上级不能成环"),
        (("c1", "丙", None, None, "LI@ex.com", None, None, None), "邮箱：邮箱 LI@ex.com 已属于账号 lina"),
        (("c2", "丁", None, "c1", None, None, None, None), "上级：找不到上级「c1」，请填账号或姓名"),
        (("c3", "戊", None, "丁", None, None, None, None), "上级：找不到上级「丁」，请填账号或姓名"),
        (("d1", "己", None, None, "d@ex.com", None, None, None), ""),
        (("d2", "庚", None, None, "D@ex.com", None, None, None), "邮箱：邮箱 D@ex.com 已属于账号 d1"),
        (("e1", "辛" * 201, None, None, None, None, None, None), "姓名：最多 200 个字符，这里有 201 个"),
        (("chen", None, None, None, None, None, None, "离职"), ""),
        (("f1", "壬", None, "chen", None, None, None, None), "上级：找不到上级「chen」，请填账号或姓名"),
    ]  # fmt: skip
    with logged_in(house, "boss") as client:
        told = send(client, "", book(*(row for row, _ in rows))).json()
        refused_ = {line["row"]: line["troubles"] for line in told["lines"] if line["act"] == "refused"}
        assert refused_ == {at: [text] for at, (_, text) in enumerate(rows, 2) if text}
        for name, content in (("名单.xlsx", b"PK\x03\x04 no book"), ("名单.xlsx", b""), ("名单.exe", b"MZ")):
            assert code(client.post("/api/people-imports", files={"file": (name, content)}))[0] == 422, name
        assert client.post(f"/api/people-imports/{told['id']}/undo").json() == {"kept": 0}
    with house.begin(SYSTEM) as tx:
        assert everybody(tx) == before


def test_of_two_thousand_lines_the_refused_are_told_and_one_superior_stands_in_the_file_by_name(
    house: Database,
) -> None:
    rows: list[tuple[str | None, ...]] = [
        (f"n{at}", f"人{at}", None, "人0" if at else None, None, None, None, None) for at in range(2000)
    ]
    rows[1990] = ("n1990", "人1990", None, None, "nowhere", None, None, None)
    with logged_in(house, "boss") as client:
        told = send(client, "/preview", book(*rows)).json()
        assert (told["new"], told["refused"], len(told["lines"])) == (1999, 1, 1000)
        assert [line["row"] for line in told["lines"] if line["act"] == "refused"] == [1992]
        done = send(client, "", book(*rows)).json()
        with house.begin(SYSTEM) as tx:
            found = {one.account: one for one in people.people(tx)}
            assert found["n7"].superior_id == found["n0"].id and len(found) == 3 + 1999
            people.update(tx, found["boss"].id, superior_id=found["n5"].id)
            customer(tx, csm=found["n6"].id)
            people.set_password(tx, found["n7"].id, PASSWORD)
            people.update(tx, found["n8"].id, phone="1")
        assert client.post(f"/api/people-imports/{done['id']}/undo").json() == {"kept": 3}
    with house.begin(SYSTEM) as tx:
        left = {one.account: one.active for one in people.people(tx, all_=True) if one.account.startswith("n")}
        assert left == {"n0": False, "n5": False, "n6": True, "n7": True, "n8": True}, "n0 is their superior"


def test_imports_undone_in_another_order_leave_no_gap(house: Database) -> None:
    """The first brings somebody, the second changes them and their juniors: undone first to last."""
    with house.begin(SYSTEM) as tx:
        before = everybody(tx)
    with logged_in(house, "boss") as client:
        first = send(client, "", book(("s1", "上司", None, None, None, None, None, None))).json()
        second = send(client, "", book(("lina", None, "新部门", "s1", None, None, None, None))).json()
        third = send(client, "", book(("lina", None, "销售一部", "boss", None, None, None, None))).json()
        for one in (first, second, third):
            assert client.post(f"/api/people-imports/{one['id']}/undo").status_code == 200
        assert client.post(f"/api/people-imports/{third['id']}/undo").status_code == 409
    with house.begin(SYSTEM) as tx:
        after = {one.account: one for one in people.people(tx, all_=True)}
        assert (after["lina"].active, after["lina"].superior_id) == (True, None)
        assert len(before) == len(after)


def test_two_administrators_send_the_same_file_at_once(house: Database) -> None:
    told: list[int] = []

    def sending() -> None:
        with house.begin(SYSTEM) as tx:
            planned = people.plan_roster(tx, HEADS[:2], [(2, ("wang", "王磊"))], acting=True)
            people.take_in_roster(tx, "名单.xlsx", planned, ())
            told.append(planned.count("new"))

    beside = [threading.Thread(target=sending) for _ in range(3)]
    for one in beside:
        one.start()
    for one in beside:
        one.join()
    assert sorted(told) == [0, 0, 1]

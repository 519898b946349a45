"""Imports over HTTP: what travels, who may, and how a wrong file reads."""

import io
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from builders import install_renewal
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, people
from perennial.kernel import SYSTEM, Database
from perennial.records import imports


@pytest.fixture
@built_once
def boss(database: Database) -> Database:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    return database


LEDGER = (
    "合同编号,客户名称,合同金额,开始日期,到期日,续费状态,负责人\n"
    "HT-2026-0208,无锡澄度传感技术有限公司,￥121600.00,2026-03-01,2026.13.5,待续费,周予安\n"
    "HT-2026-0214,长沙沐岚环境工程有限公司,12万,2026-01-01,2026-12-31,续费中,周予安\n"
    "HT-2026-0302,长沙沐岚环境工程有限公司,168000,2026-01-09,2027-01-08,待续费,\n"
)


def test_a_ledger_is_uploaded_mended_imported_and_undone(boss: Database) -> None:
    with logged_in(boss, "boss") as client:
        sent = client.post(
            "/api/imports", files={"file": ("2026年台账.csv", LEDGER.encode())}, data={"form": "contract"}
        )
        assert sent.status_code == 201, sent.text
        at = f"/api/imports/{sent.json()['id']}"
        read = client.get(at).json()
        assert (read["state"], read["unmapped"], read["about"]["rows"]) == ("mapping", [], 3)
        contract = read["mapping"]["targets"][-1]
        assert {one["field"]: one.get("column") for one in contract["fields"]} == {
            "customer": "客户名称", "number": "合同编号", "amount": "合同金额", "start_date": "开始日期",
            "end_date": "到期日", "status": "续费状态", "owner": "负责人",
        }  # fmt: skip
        assert (
            contract["key"] == ["number"] and contract["sure"]["number"] == 1.0 and contract["sure"]["end_date"] == 0.85
        )
        assert read["about"]["columns"][0]["samples"] == ["HT-2026-0208", "HT-2026-0214", "HT-2026-0302"]

        told = client.post(f"{at}/dry-run").json()["checked"]
        assert (told["rows"], told["bad"], told["sums"]) == (3, 2, {"amount": "168000.00"})
        found = {(one["code"], one["field"], one["count"]) for one in told["problems"]}
        assert {("imports.no_such_day", "end_date", 1), ("imports.no_such_option", "status", 1)} <= found
        rows = client.get(f"{at}/rows").json()
        assert [row["row"] for row in rows] == [2, 3]
        texts = [one["text"] for row in rows for one in row["problems"] if one["severity"] == "error"]
        assert texts[0] == "第 2 行 到期日：没有「2026.13.5」这一天"
        assert texts[1].startswith("第 3 行 续费状态：没有「续费中」这个选项，可选：待续费、已确认、已续费、已流失")
        refused = client.post(f"{at}/run", json={})
        assert refused.json()["error"]["text"] == "还有 2 行有错误。请修正，或选择跳过这些行"

        assert client.post(f"{at}/fix", json={"column": "到期日", "row": 2, "new": "2027-02-28"}).json() == {"count": 1}
        assert client.post(f"{at}/fix", json={"column": "续费状态", "old": "续费中", "new": "待续费"}).json() == {
            "count": 1
        }
        assert client.post(f"{at}/fix", json={"column": "到期日", "row": 999, "new": "2027\0"}).json() == {"count": 0}
        for wrong in ("limit=-1", "limit=0", "after=99999999999"):
            assert client.get(f"{at}/rows?only=all&{wrong}").status_code == 422
        assert client.post(f"{at}/run", json={}).json()["error"]["code"] == "imports.not_checked"
        assert client.post(f"{at}/dry-run").json()["checked"]["bad"] == 0
        assert client.post(f"{at}/effects").json() == {"customer": [], "contract": []}  # no process is published here
        assert client.post(f"{at}/run", json={"answer": "none"}).status_code == 202
        assert client.get(at).json()["state"] == "queued"
        imports.run(boss, sent.json()["id"])
        done = client.get(at).json()
        assert done["state"] == "done" and done["result"]["sums"] == {"amount": "409600.00"}
        assert [(t["form"], t["created"]) for t in done["result"]["targets"]] == [("customer", 2), ("contract", 3)]
        assert done["progress"]["step"] == done["progress"]["steps"]
        listed = client.post(
            "/api/forms/contract/page", json={"columns": ["number", "customer", "owner", "end_date"]}
        ).json()
        first = next(row for row in listed["rows"] if row["number"] == "HT-2026-0208")
        assert first["owner"]["name"] == "周予安" and first["end_date"] == "2027-02-28"
        undone = client.post(f"{at}/undo").json()
        assert undone["kept_count"] == 0 and client.get(at).json()["state"] == "undone"


def test_a_wrong_file_is_refused_in_words(boss: Database, tmp_path: Path) -> None:
    with logged_in(boss, "boss") as client:

        def send(name: str, content: bytes) -> dict[str, str]:
            return client.post("/api/imports", files={"file": (name, content)}, data={"form": "contract"}).json()[
                "error"
            ]

        assert send("a.pdf", b"%PDF")["code"] == "imports.kind"
        assert send("a.xlsx", b"PK\x03\x04broken")["text"] == "a.xlsx 不完整或已损坏。请用 Excel 打开并另存后再上传"
        big = send("a.csv", b"x" * (83 << 20))
        assert big["text"] == "文件 83 MB，上限 50 MB。可拆分后分次导入"


def test_who_has_no_right_to_import_learns_nothing(boss: Database) -> None:
    with boss.begin(SYSTEM) as tx:
        people.create(tx, "guest", "访客", password=PASSWORD)
    with logged_in(boss, "guest") as client:
        sent = client.post("/api/imports", files={"file": ("a.csv", b"a\n1")}, data={"form": "contract"})
        assert sent.status_code == 403 and sent.json()["error"]["code"] == "people.may"
        assert client.get("/api/imports/1").status_code == 403


def workbook(**sheets: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return out.getvalue()


def test_a_sheet_that_was_chosen_stays_chosen_and_one_without_rows_is_no_end(boss: Database) -> None:
    book = workbook(说明=[["请勿删除"]], 数据=[["2026"], ["客户名称", "行业"], ["甲", "x"]])
    with logged_in(boss, "boss") as client:
        form = {"form": "customer"}
        made = client.post("/api/imports", files={"file": ("两张表.xlsx", book)}, data=form)
        assert made.status_code == 201, made.text
        at = f"/api/imports/{made.json()['id']}"
        read = client.get(at).json()["about"]
        assert (read["sheet"], read["rows"], [one["name"] for one in read["sheets"]]) == ("说明", 0, ["说明", "数据"])
        assert client.post(f"{at}/read", json={"sheet": "数据"}).json()["about"]["rows"] == 1
        again = client.post(f"{at}/read", json={"header_row": 1}).json()["about"]
        assert (again["sheet"], again["rows"]) == ("数据", 2)
        for content in (workbook(表=[["客户名称"]]), workbook(表=[])):
            empty = client.post("/api/imports", files={"file": ("空.xlsx", content)}, data=form)
            assert empty.json()["error"]["text"] == "空.xlsx 里没有数据：是空的，或者只有表头"


def test_what_stands_in_a_file_is_for_who_uploaded_it_and_who_designs(boss: Database) -> None:
    with boss.begin(SYSTEM) as tx:
        grant: dict[str, Any] = {"role": "rep", "label": "代表", "may": ["import"], "forms": {
            "customer": {"rows": "all", "rights": ["read", "create"], "fields": {"name": "write"}}}}  # fmt: skip
        access.publish(tx, [access.load(grant)])
        for account in ("one", "two"):
            people.create(tx, account, account, password=PASSWORD, roles=("rep",))
    with logged_in(boss, "one") as one, logged_in(boss, "two") as two, logged_in(boss, "boss") as lead:
        made = one.post(
            "/api/imports", files={"file": ("薪酬.csv", "name,工资\n甲,9\n".encode())}, data={"form": "customer"}
        )
        at = f"/api/imports/{made.json()['id']}"
        for path in (at, f"{at}/rows?only=all"):
            assert [who.get(path).status_code for who in (one, two, lead)] == [200, 403, 200]
        assert [len(who.get("/api/imports?form=customer").json()) for who in (one, two, lead)] == [1, 0, 1]

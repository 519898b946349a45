"""A workbook to fill in: what a person reads in it, and that it comes back."""

import io
from pathlib import Path

import openpyxl
from builders import field, form, install, install_renewal
from web_client import PASSWORD, logged_in

from perennial import people, records
from perennial.kernel import SYSTEM, Database
from perennial.records import imports


def filled(content: bytes, path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_a_template_names_its_fields_says_what_they_want_and_comes_back(database: Database, tmp_path: Path) -> None:
    with database.begin(SYSTEM) as tx:
        install(
            tx,
            form("client", field("name: text", label="名称", label_en="Name"), title="name", label="客户"),
            form(
                "deal", field("title: text", label="标题", required=True), field("stage: select", label="阶段"),
                field("sum: money", label="金额"), field("client: relation", to="client", label="客户"),
                field("twice: formula", formula="sum * 2"), field("proof: certificate", label="证书"),
                field("day: date", label="日期"), field("sure: yes_no", label="确定"), title="title", label="单",
            ),
        )  # fmt: skip
        records.create(tx, "client", {"name": "厦门屿岸"})
        content = imports.template(tx, "deal")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[1]][:6] == ["标题*", "阶段", "金额", "客户", "日期", "确定"]
    assert "必填" in sheet["A1"].comment.text and sheet["D1"].comment.text.startswith("填客户的名称")
    assert [str(one.sqref) for one in sheet.data_validations.dataValidation] == ["B2:B5001", "F2:F5001"]
    path = filled(content, tmp_path / "单.xlsx", [["一", "X", 5, "厦门屿岸", "2026-03-01", "是"]])
    with database.begin(SYSTEM) as tx:
        import_id = imports.upload(tx, "deal", path.name, path)
        assert imports.read(tx, import_id)["mapping"]["targets"][-1]["sure"] == dict.fromkeys(
            ("title", "stage", "sum", "client", "day", "sure"), 1.0
        )
        told = imports.check(tx, import_id)
        assert (told["rows"], told["skipped"], told["bad"]) == (1, 1, 0), told["problems"]


def test_the_template_of_every_shipped_form_is_there_in_both_languages(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    with logged_in(database, "boss") as client:
        for key in ("customer", "contract", "payment"):
            for language in ("zh", "en"):
                reply = client.get(f"/api/imports/template?form={key}", headers={"Accept-Language": language})
                assert reply.status_code == 200, reply.text
                assert openpyxl.load_workbook(io.BytesIO(reply.content)).active.max_row == 2
        assert client.get("/api/imports/template?form=nothing").status_code == 404

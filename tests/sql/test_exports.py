"""What a list shows becomes a file: its cells, its rows, whose it is; and back again through an import."""

import csv
import datetime as dt
import io
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders import field, form, install, install_renewal
from builders_records import acting, contract, customer, person
from error_codes import refused, sentence, told
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, files, jobs, people, records
from perennial.kernel import SYSTEM, Actor, Database, Tx, advance_clock, settings
from perennial.records import exports, imports
from perennial.records.exports import Asked

pytestmark = pytest.mark.usefixtures("home")


def exported(database: Database, form_: str, asked: Asked, *, who: Actor = SYSTEM, **options: Any) -> bytes:
    with database.begin(who) as tx:
        export_id = exports.ask(tx, form_, asked, **options)
    exports.run(database, export_id)
    with database.begin(who) as tx:
        row = exports.read(tx, export_id)
        assert row["state"] == "done", row["error"]
        return b"".join(files.read(exports.file(tx, export_id)))


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def sheet(content: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def moment(*parts: int) -> dt.datetime:
    """A cell has no zone."""
    return dt.datetime(*parts)  # noqa: DTZ001


def of_kinds(tx: Tx) -> None:
    install(
        tx,
        form("client", "name: text", title="name", label="客户"),
        form(
            "deal", field("title: text", label="名称"), field("sum: money", label="金额"),
            field("share: percent", label="占比"), field("day: date", label="日期"),
            field("moment: datetime", label="时刻"), field("sure: yes_no", label="确定"),
            field("stage: select", label="阶段"), field("tags: multi_select", label="标签"),
            field("client: relation", to="client", label="客户"), field("owner: person", label="负责人"),
            field("others: relations", to="client", label="其他客户"), field("twice: formula", formula="sum * 2"),
            field("proof: certificate", label="证书"), title="title", label="单",
        ),
    )  # fmt: skip


def test_every_cell_is_what_its_field_is_and_a_relation_is_a_title(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        of_kinds(tx)
        me = person(tx, "甲")
        a, b = (records.create(tx, "client", {"name": name}) for name in ("厦门屿岸", "长沙沐岚"))
        records.create(tx, "deal", {
            "title": "=1+1", "sum": "1234.50", "share": "0.125", "day": "2026-03-01", "moment": "2026-03-01T08:30:00",
            "sure": True, "stage": "x", "tags": ["y", "x"], "client": a, "others": [b, a], "owner": me,
            "proof": {"number": "A-1", "until": "2027-01-01"},
        })  # fmt: skip
    columns = ("title", "sum", "share", "day", "moment", "sure", "stage", "tags", "client", "others", "owner", "twice",
               "proof.until", "proof", "client.name", "created_at")  # fmt: skip
    head, row = sheet(exported(database, "deal", Asked(columns)))
    assert head == ["名称", "金额", "占比", "日期", "时刻", "确定", "阶段", "标签", "客户", "其他客户", "负责人",
                    "twice", "证书 › 有效期至", "证书", "客户 › name", "创建时间"]  # fmt: skip
    assert row[:12] == [
        "=1+1", 1234.5, 0.125, moment(2026, 3, 1), moment(2026, 3, 1, 8, 30), "是", "X", "X、Y", "厦门屿岸",
        "长沙沐岚、厦门屿岸", "甲", 2469,
    ]  # fmt: skip
    assert row[12:15] == [moment(2027, 1, 1), "A-1 · 2027-01-01", "厦门屿岸"]
    _, row = table(exported(database, "deal", Asked(columns), format="csv", language="en"))
    assert row == [
        "'=1+1", "1234.50", "12.5%", "2026-03-01", "2026-03-01 08:30:00", "Yes", "X", "X、Y", "厦门屿岸",
        "长沙沐岚、厦门屿岸", "甲", "2469.00", "2027-01-01", "A-1 · 2027-01-01", "厦门屿岸", "2026-11-21 09:00:00",
    ]  # fmt: skip


def test_rows_filter_order_and_search_are_those_of_the_list(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        for name, seats in (("苏州甲", 3), ("苏州乙", 9), ("苏州丙", None), ("无锡丁", 7)):
            customer(tx, name=name, seats=seats)
    asked = Asked(("name", "seats"), filter="seats <> 7", sort=(("seats", True),), search="苏州")
    assert table(exported(database, "customer", asked, format="csv"))[1:] == [
        ["苏州乙", "9"],
        ["苏州甲", "3"],
        ["苏州丙", ""],
    ]
    assert sheet(exported(database, "customer", Asked(("name",), search="没有这家")))[1:] == []


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_list_exported_and_imported_again_changes_nothing(database: Database, tmp_path: Path, format: Any) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        a, b = person(tx, "周予安"), person(tx, "周予安")  # told apart by their accounts
        names = [
            "=SUM(A1)",
            "+86 公司",
            "-1",
            "@所有人",
            "＝全角",
            "'=撇号",
            "''-两撇",
            "'引号在前",
            "两行\n一格",
            '逗号,引号"',
            "厦门屿岸",
        ]
        for at, name in enumerate(names):
            one = customer(
                tx, name=name, seats=at, since="1900-01-15" if at else "2026-03-01", csm=(a, b, None)[at % 3]
            )
            contract(tx, customer=one, amount=f"{at * 1111}.{at}0", owner=a)
        before = tx.value("SELECT count(*) FROM changes.change")
    for form_ in ("customer", "contract"):
        columns = ("number", "customer", "amount", "customer.since") if form_ == "contract" else None
        if form_ == "contract":
            with database.begin(SYSTEM) as tx:
                columns = ("customer.since", *(one for one in access.readable(tx, form_).readable_fields()))
        path = tmp_path / f"{form_}.{format}"
        path.write_bytes(exported(database, form_, Asked(columns), format=format))
        with database.begin(SYSTEM) as tx:
            import_id = imports.upload(tx, form_, path.name, path)
            told = imports.check(tx, import_id)
            assert told["bad"] == 0, told["problems"]
            imports.start(tx, import_id)
        told = imports.run_now(database, import_id)
        assert told["rows"] == len(names)
        assert {(one["created"], one["updated"]) for one in told["targets"]} == {(0, 0)}
        if format == "csv" and form_ == "customer":
            assert {"'=SUM(A1)", "'＝全角", "''=撇号", "-1"} & {line[0] for line in table(path.read_bytes())} == {
                "'=SUM(A1)", "'＝全角", "''=撇号",
            }  # fmt: skip
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM changes.change") == before


def test_a_list_of_records_is_imported_by_titles_and_unique_numbers(database: Database, tmp_path: Path) -> None:
    with database.begin(SYSTEM) as tx:
        install(
            tx,
            form("client", "name: text", field("code: text", unique=True), title="name"),
            form("deal", "title: text", field("others: relations", to="client"), title="title"),
        )
        a, b, c, _ = (records.create(tx, "client", {"name": n, "code": k}) for n, k in
                      (("甲", "C1"), ("乙", "C2"), ("同名", "C3"), ("同名", "C4")))  # fmt: skip
        path = tmp_path / "deals.csv"
        path.write_text("title,others\n一,乙、甲\n二,C3；甲\n三,同名\n四,没有\n", encoding="utf-8")
        import_id = imports.upload(tx, "deal", path.name, path)
        found = {(one["code"], one["field"], one["count"]) for one in told(imports.check(tx, import_id))["problems"]}
        assert found == {("imports.several_of_name", "others", 1), ("imports.no_such_records", "others", 1)}
        imports.start(tx, import_id, skip_errors=True)
    imports.run_now(database, import_id)
    with database.begin(SYSTEM) as tx:
        rows = tx.rows("SELECT title, others FROM data_read.deal ORDER BY id")
        assert [(row["title"], row["others"]) for row in rows] == [("一", [b, a]), ("二", [c, a])]


@pytest.fixture
@built_once
def clerk(database: Database) -> Actor:
    """Sees the customers that are hers, their phone masked, their level not at all."""
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        grants = {
            "customer": {
                "rows": "own",
                "rights": ["read"],
                "fields": {"*": "read", "seats": "masked", "tier": "hidden"},
            }
        }
        access.publish(tx, [access.load({"role": "clerk", "label": "r", "forms": grants})])
        me = person(tx, "甲", roles=("clerk",))
        customer(tx, name="我的", csm=me, seats=12, tier="a")
        customer(tx, name="别人的", seats=13, tier="a")
    return Actor("person", me, "甲")


def test_masks_and_rows_are_those_of_the_person_when_it_is_written(database: Database, clerk: Actor) -> None:
    _, *rows = table(exported(database, "customer", Asked(("name", "seats")), who=clerk, format="csv"))
    assert rows == [["我的", "****"]]
    for hidden in (Asked(("tier",)), Asked(("name",), filter='tier = "a"'), Asked(("name",), sort=(("tier", False),))):
        with database.begin(clerk) as tx, pytest.raises(Exception, match="unknown"):
            exports.ask(tx, "customer", hidden)
    with database.begin(clerk) as tx:
        late = exports.ask(tx, "customer", Asked(("name",)), format="csv")
    with database.begin(SYSTEM) as tx:  # what she may no longer read is not written
        mine = tx.value("SELECT id FROM data_read.customer WHERE name = '我的'")
        records.update(tx, "customer", mine, 1, {"csm": None})
    exports.run(database, late)
    with database.begin(clerk) as tx:
        assert table(b"".join(files.read(exports.file(tx, late)))) == [["客户名称"]]


def test_a_file_is_for_its_person_and_for_a_day(database: Database, clerk: Actor) -> None:
    with database.begin(clerk) as tx:
        export_id = exports.ask(tx, "customer", Asked(("name",)), language="en")
        with refused("exports.not_ready", "文件还没有写完"):
            exports.file(tx, export_id)
    exports.run(database, export_id)
    with database.begin(SYSTEM) as tx:
        other = person(tx, "乙", roles=("clerk",))
    with acting(database, other) as tx, refused("exports.missing", "找不到这次导出，可能已过期，或者不是你的"):
        exports.file(tx, export_id)
    with database.begin(clerk) as tx:
        assert exports.file(tx, export_id).name == "Customers 2026-11-21 0900.xlsx"
        assert [row["state"] for row in exports.exports(tx)] == ["done"]
    with database.begin(SYSTEM) as tx:
        advance_clock(tx, tx.now + dt.timedelta(hours=24))
    with database.begin(clerk) as tx, refused("exports.expired", "这个文件已于 2026-11-22 09:00 过期，请重新导出"):
        exports.file(tx, export_id)


def test_an_export_is_cancelled_before_and_while_it_is_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perennial.records.exports import job as running

    monkeypatch.setattr(running, "AT_ONCE_ROWS", 2)
    with database.begin(SYSTEM) as tx:
        install(tx, form("one", "name: text"))
        for name in "甲乙丙丁戊":
            records.create(tx, "one", {"name": name})
        early, late, third = (exports.ask(tx, "one", Asked()) for _ in range(3))
        with refused("exports.too_many", "已有 3 个导出还没有完成。请等它们完成，或取消一个"):
            exports.ask(tx, "one", Asked())
        exports.cancel(tx, early)
    exports.run(database, early)
    noted = running._noted

    def cancelled_meanwhile(database: Database, export_id: int, written: int) -> bool:
        with database.begin(SYSTEM) as tx:
            exports.cancel(tx, export_id)
        return noted(database, export_id, written)

    monkeypatch.setattr(running, "_noted", cancelled_meanwhile)
    exports.run(database, late)
    monkeypatch.setattr(running, "_noted", noted)
    left = settings().home / "working" / "left"  # by a program that was killed
    left.mkdir(parents=True)
    os.utime(left, (1, 1))
    keep = running._keep

    def cancelled_at_the_end(tx: Tx, row: Any, path: Path) -> bool:
        tx.run("UPDATE exports.export SET state = 'cancelled' WHERE id = %(id)s", {"id": row["id"]})
        told = keep(tx, row, path)
        tx.run("UPDATE exports.export SET state = 'running' WHERE id = %(id)s", {"id": row["id"]})
        return told

    monkeypatch.setattr(running, "_keep", cancelled_at_the_end)
    assert exports.run(database, third) is False  # so nobody is told that it is there
    monkeypatch.setattr(running, "_keep", keep)
    assert exports.run(database, third) is True and list(left.parent.iterdir()) == []
    with database.begin(SYSTEM) as tx:
        told = [(one["state"], one["total"], one["written"]) for one in exports.exports(tx)]
        assert told == [("done", 5, 5), ("cancelled", 5, 0), ("cancelled", 5, 0)]
        assert exports.unfinished(tx) == []


def test_a_sheet_says_what_it_cannot_hold(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from perennial.records.exports import job as running
    from perennial.records.exports import sheet as sheets

    monkeypatch.setattr(running, "MOST_XLSX_ROWS", 1)
    with database.begin(SYSTEM) as tx:
        install(tx, form("one", "name: text"))
        for name in "甲乙":
            records.create(tx, "one", {"name": name})
        with refused(
            "exports.too_many_rows", "有 2 行，一张 Excel 工作表最多 1 行。请导出为 CSV，或先筛选", path="format"
        ):
            exports.ask(tx, "one", Asked())
        assert exports.ask(tx, "one", Asked(), format="csv")
    monkeypatch.setattr(running, "MOST_XLSX_ROWS", 5)
    monkeypatch.setattr(sheets, "MOST_XLSX_ROWS", 1)  # more came since it was asked
    with database.begin(SYSTEM) as tx:
        export_id = exports.ask(tx, "one", Asked())
    exports.run(database, export_id)
    with database.begin(SYSTEM) as tx:
        row = exports.read(tx, export_id)
        assert (row["state"], row["error"]["code"]) == ("failed", "exports.too_many_rows")
    with refused("exports.cell_too_long", "第 2 行有一格超过 32767 个字符，Excel 放不下。请导出为 CSV", path="format"):
        list(sheets.write_xlsx(tmp_path / "a.xlsx", ["a"], ["text"], [["甲" * 32_768]], "zh"))


def test_what_fails_for_a_reason_of_ours_says_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from perennial.records.exports import job as running

    def broken(*_: Any) -> Any:
        raise RuntimeError("no")

    with database.begin(SYSTEM) as tx:
        install(tx, form("one", "name: text"))
        export_id = exports.ask(tx, "one", Asked())
    monkeypatch.setattr(running, "write_xlsx", broken)
    with pytest.raises(RuntimeError):
        exports.run(database, export_id)
    with database.begin(SYSTEM) as tx:
        error = exports.read(tx, export_id)["error"]
        assert error["code"] == "exports.broken"
        assert sentence(**error) == "导出没有完成，文件没有写出。请重试，还是不行请告诉管理员"


def test_a_list_is_exported_over_the_wire(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
        customer(tx, name="厦门屿岸")
    with logged_in(database, "boss") as client:
        asked = {"format": "csv", "columns": ["name"], "sort": [{"field": "name", "descending": True}]}
        sent = client.post("/api/forms/customer/export", json=asked)
        assert sent.status_code == 202, sent.text
        at = f"/api/exports/{sent.json()['id']}"
        assert client.get(f"{at}/file").json()["error"]["code"] == "exports.not_ready"
        assert jobs.export(database, sent.json()["id"])
        told = client.get(at).json()
        assert (told["state"], told["total"], told["written"], told["expired"]) == ("done", 1, 1, False)
        reply = client.get(f"{at}/file")
        assert reply.headers["content-disposition"].startswith("attachment;")
        assert table(reply.content) == [["客户名称"], ["厦门屿岸"]]
        assert client.post(f"{at}/cancel").status_code == 204
        assert [one["id"] for one in client.get("/api/exports").json()] == [told["id"]]
        assert client.post("/api/forms/customer/export", json={"columns": ["nothing"]}).status_code == 422
        notices = client.get("/api/notices").json()
        assert notices["unread"] == 1
        assert (notices["rows"][0]["what"], notices["rows"][0]["subject"]) == ("export", told["file_name"])
        client.post("/api/notices/read", json={"upto": notices["rows"][0]["id"]})
        assert client.get("/api/notices").json()["unread"] == 0

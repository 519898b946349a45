"""What an import refuses, in its own words: files, mappings, cells, and what may be done in which state."""

from pathlib import Path
from typing import Any

import pytest
from builders import form, install, install_renewal
from error_codes import refused, told

from perennial import access, people, records
from perennial.http.imports import _sentence
from perennial.kernel import SYSTEM, Actor, Database, Tx
from perennial.records import imports
from perennial.records.imports import files

FILE = "name,seats,since\n甲公司,5,2026-03-01\n"
NAME = {"field": "name", "column": "name"}
SEATS = {"field": "seats", "column": "seats"}


@pytest.fixture
def tx(database: Database) -> Any:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        yield tx


def upload(tx: Tx, tmp_path: Path, text: str = FILE, form: str = "customer") -> int:
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    return imports.upload(tx, form, path.name, path)


def target(*fields: dict[str, Any], form: str = "customer", **more: Any) -> dict[str, Any]:
    return {"form": form, "fields": list(fields) or [NAME], **more}


@pytest.mark.parametrize(
    ("mapping", "code", "path", "sentence"),
    [
        ({"targets": []}, "no_target", "targets", "请至少选一个要导入的表单"),
        ({"targets": {"form": "customer"}}, "shape", "targets", "对应关系的格式不对：targets"),
        ({"targets": [target(shape="round")]}, "unknown_word", "targets[0].shape", "对应关系里不认识「shape」"),
        ({"targets": [target(form="nope")]}, "no_such_form", "targets[0].form",
         "没有「nope」这个表单，或者你无权导入"),
        ({"targets": [target(mode="replace")]}, "mode", "targets[0].mode", "不认识导入方式 replace"),
        ({"targets": [target(), target()]}, "target_twice", "targets[1].name", "「customer」出现了两次"),
        ({"targets": [target(NAME, NAME)]}, "field_twice", "targets[0].fields[1]", "客户名称对应了两列"),
        ({"targets": [{"form": "customer", "fields": []}]}, "no_field", "targets[0].fields",
         "客户还没有对应任何一列"),
        ({"targets": [target(NAME, key=["code"])]}, "key_unmapped", "targets[0].key",
         "用来判断新建或更新的「客户编码」没有对应的列"),
        ({"targets": [target(NAME, mode="update")]}, "key_needed", "targets[0].key",
         "只更新客户时，请选一个用来查找记录的字段"),
        ({"targets": [target(SEATS)]}, "required_unmapped", "targets[0].fields", "客户名称是必填项，请选择对应的列"),
        ({"targets": [target({"field": "nope", "column": "name"})]}, "no_such_field", "targets[0].fields[0].field",
         "客户没有「nope」这个字段，或者你无权查看"),
        ({"targets": [target({"field": "name", "column": "Name"})]}, "no_such_column",
         "targets[0].fields[0].column", "文件里没有「Name」这一列"),
        ({"targets": [target({"field": "name"})]}, "one_value", "targets[0].fields[0]",
         "客户名称要对应一列、一个公式或同一行的另一条记录，只能选一种"),
        ({"targets": [target()], "date_order": {"since": "ymd"}}, "date_order_word", "date_order.since",
         "日期顺序只能是 mdy 或 dmy，现在是 ymd"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_says_where_and_why(
    tx: Tx, tmp_path: Path, mapping: dict[str, Any], code: str, path: str, sentence: str
) -> None:
    made = upload(tx, tmp_path)
    before = imports.read(tx, made)["mapping"]
    with refused(f"imports.{code}", sentence, path=path):
        imports.set_mapping(tx, made, mapping)
    assert imports.read(tx, made)["mapping"] == before


def test_every_wrong_cell_is_named_with_row_column_and_value(tx: Tx, tmp_path: Path) -> None:
    install(tx, form(
        "thing", "title: text", "seats: number", "fee: money", "due: date", "page: link", "mail: mail",
        "phone: phone", "paid: yes_no", title="title",
    ))  # fmt: skip
    rows = [
        ("seats", "约 12", "not_a_number", "「约 12」不是数字"),
        ("fee", "面议", "not_an_amount", "「面议」不是金额"),
        ("due", "明天", "not_a_date", "「明天」不是日期，例如 2026-11-21"),
        ("due", "2026年3月", "date_no_day", "「2026年3月」只有年月，请补上日"),
        ("page", "某某 网站", "not_a_link", "「某某 网站」不是网址"),
        ("mail", "a@b", "not_a_mail", "「a@b」不是邮箱地址"),
        ("phone", "总机", "not_a_phone", "「总机」不是电话号码"),
        ("paid", "也许", "not_yes_no", "「也许」不是「是」或「否」"),
        ("title", "长" * 100_001, "too_long", "文字太长"),
    ]
    columns = ["title", "seats", "fee", "due", "page", "mail", "phone", "paid"]
    lines = [",".join((value if column == key else "a" if column == "title" else "") for column in columns)
             for key, value, _, _ in rows]  # fmt: skip
    made = upload(tx, tmp_path, "\n".join([",".join(columns), *lines]), "thing")
    fields = [{"field": column, "column": column} for column in columns]
    imports.set_mapping(tx, made, {"targets": [target(*fields, form="thing")]})
    report = told(imports.check(tx, made))
    found = {(one["code"], one["first"], one["field"]) for one in report["problems"] if one["severity"] == "error"}
    assert found == {(f"imports.{code}", row, key) for row, (key, _, code, _) in enumerate(rows, 2)}
    for one in report["problems"]:
        key, value, _, sentence = rows[one["first"] - 2]
        assert _sentence(one, one["first"], value, "zh") == f"第 {one['first']} 行 {key}：{sentence}"


def test_what_may_be_done_depends_on_the_state(tx: Tx, tmp_path: Path) -> None:
    with refused("imports.missing", "找不到这次导入，可能已删除"):
        imports.read(tx, 4711)
    made = upload(tx, tmp_path)
    imports.set_mapping(tx, made, {"targets": [target()]})
    with refused("imports.which_cell", "请指明要改的行，或要统一替换的原值", path="row"):
        imports.fix(tx, made, "name", new="乙公司")
    with refused("imports.not_checked", "请先试运行"):
        imports.start(tx, made)
    imports.check(tx, made)
    with refused("imports.answer", "不认识的选择 maybe", path="answer"):
        imports.start(tx, made, answer="maybe")
    imports.start(tx, made, answer="none")
    with refused("imports.state", "这次导入现在是「排队中」，不能这样做。请刷新后再看"):
        imports.set_mapping(tx, made, {"targets": [target()]})


def test_a_record_that_one_may_see_and_not_change_is_an_error_of_its_row(tx: Tx, tmp_path: Path) -> None:
    role: dict[str, Any] = {"role": "rep", "label": "代表", "may": ["import"], "forms": {
        "customer": {"rows": "all", "rights": ["read"], "fields": {"*": "write"}}}}  # fmt: skip
    keeper = {**role, "role": "keeper", "forms": {
        "customer": {"rows": "own", "rights": ["read", "create", "update"], "fields": {"*": "write"}}}}  # fmt: skip
    access.publish(tx, [access.load(role), access.load(keeper)])
    he = people.create(tx, "he", "何知远", roles=["rep", "keeper"])
    records.create(tx, "customer", {"name": "甲公司"})
    tx.actor = Actor("person", he, "何知远")
    tx.memo.clear()
    made = upload(tx, tmp_path)
    imports.set_mapping(tx, made, {"targets": [target(NAME, SEATS, key=["name"])]})
    problems = [one for one in told(imports.check(tx, made))["problems"] if one["severity"] == "error"]
    assert [(one["code"], one["first"], one["samples"]) for one in problems] == [("imports.no_right", 2, ["甲公司"])]


def sent(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_file_out_of_all_measure_is_refused_with_the_measure(tmp_path: Path) -> None:
    long = sent(tmp_path, f"name,note\na,{'x' * 1_000_001}\n")
    with (
        refused("imports.cell_too_long", "第 2 行有一个单元格超过 1000000 个字符", path="file"),
        files.read(long, "a.csv"),
    ):
        pass
    wide = sent(tmp_path, ",".join(f"c{n}" for n in range(401)) + "\n" + ",".join(["1"] * 401) + "\n")
    with refused("imports.too_many_columns", "有 401 列，上限 400 列", path="file"), files.read(wide, "a.csv"):
        pass
    high = sent(tmp_path, "n\n" + "1\n" * 1_048_577)
    sentence = "超过 1048576 行。请拆分后分次导入"
    with refused("imports.too_many_rows", sentence, path="file"), files.read(high, "a.csv"):
        pass


def test_a_reader_that_dies_leaves_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_START", "import os; os.abort()")
    sentence = "a.csv 无法读取。请用 Excel 打开并另存后再上传"
    with refused("imports.unreadable", sentence, path="file"), files.read(sent(tmp_path, FILE), "a.csv"):
        pass

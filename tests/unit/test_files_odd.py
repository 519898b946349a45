"""Files as people keep them: headers over two rows, encodings without a mark, no table at all."""

import csv
import random
from pathlib import Path

import pytest
import xlsxwriter

from perennial.kernel import Invalid
from perennial.records.imports import files


def read(path: Path) -> tuple[files.Reading, dict[int, list[str]]]:
    with files.read(path, path.name) as reading, reading.path.open(encoding="utf-8", newline="") as file:
        return reading, {int(row[0]): row[1:] for row in csv.reader(file)}


def test_a_header_of_two_rows_is_one_header(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 3, "2026 年客户台账")
        sheet.merge_range(1, 0, 2, 0, "客户名称")
        sheet.merge_range(1, 1, 1, 2, "联系人")
        sheet.write_row(2, 1, ["姓名", "电话"])
        sheet.merge_range(1, 3, 2, 3, "金额")
        sheet.write_row(3, 0, ["甲公司", "张三", "13800000000", 12])
    reading, rows = read(path)
    assert [one["name"] for one in reading.columns] == ["客户名称", "联系人 姓名", "联系人 电话", "金额"]
    assert (reading.header_row, reading.rows, rows) == (2, 1, {4: ["甲公司", "张三", "13800000000", "12"]})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_by_its_line_ends(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes("客户名称;行业\n甲公司;制造业\n".encode(encoding))
    reading, rows = read(path)
    assert (reading.encoding, rows) == (encoding, {2: ["甲公司", "制造业"]})


def test_a_picture_under_the_name_of_a_table_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "photo.csv"
    path.write_bytes(random.Random(1).randbytes(20_000))
    with pytest.raises(Invalid) as caught:
        read(path)
    assert caught.value.code == "imports.not_a_table"

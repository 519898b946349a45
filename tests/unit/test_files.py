"""Reading a stranger's file: the table of all files, other programs as oracles, and files made to do harm."""

import csv
import datetime as dt
import struct
import time
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter
import yaml

from perennial.kernel import Invalid
from perennial.records.imports import files

OURS = Path(__file__).parent.parent / "data" / "files"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "excel"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((OURS / "expected.yaml").read_text(encoding="utf-8"))
Rows = dict[int, list[str]]


def where(name: str) -> Path:
    path = OURS / name if (OURS / name).exists() else SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is neither under tests/data/files nor under ../shared/data/excel")
    return path


def read(name: str, **options: Any) -> tuple[files.Reading, Rows]:
    path = where(name) if "/" in name else Path(name)
    return read_path(path, **options)


def read_path(path: Path, **options: Any) -> tuple[files.Reading, Rows]:
    with files.read(path, path.name, **options) as reading, reading.path.open(encoding="utf-8", newline="") as file:
        return reading, {int(row[0]): row[1:] for row in csv.reader(file)}


def cell(rows: Rows, row: int, column: int) -> str:
    return rows[row][column - 1] if row in rows and column <= len(rows[row]) else ""


def test_the_table_names_every_file_there_is() -> None:
    if not SHARED.exists():
        pytest.skip("../shared/data is absent")
    there = {path.relative_to(SHARED).as_posix() for path in SHARED.rglob("*") if path.is_file()}
    assert there == set(EXPECTED)


def test_only_encrypted_damaged_and_oversized_files_and_other_kinds_are_refused() -> None:
    codes = {row["refused"] for row in EXPECTED.values() if "refused" in row}
    assert codes == {"imports.encrypted", "imports.truncated", "imports.kind"}
    assert all(name.endswith(".xml") for name, row in EXPECTED.items() if row.get("refused") == "imports.kind")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_file_gives_the_right_rows_or_a_clear_refusal(name: str) -> None:
    want = EXPECTED[name]
    if "refused" in want:
        with pytest.raises(Invalid) as caught:
            read(name)
        assert caught.value.code == want["refused"]
        assert caught.value.facts["name"] == Path(name).name
        return
    reading, rows = read(name)
    assert len(rows) == reading.rows
    for fact in ("rows", "sheet", "encoding"):
        if fact in want:
            assert getattr(reading, fact) == want[fact], fact
    if "header" in want:
        assert reading.header_row == want["header"]
    if "names" in want:
        assert [column["name"] for column in reading.columns] == want["names"]
    if "columns" in want:
        assert len(reading.columns) == want["columns"]
    if "sheets" in want:
        assert [sheet["name"] for sheet in reading.sheets] == want["sheets"]
    for row, column, text in want.get("cells", []):
        assert cell(rows, row, column) == text, (row, column)
    for column, counts in want.get("counts", {}).items():
        assert Counter(cells[column - 1] for cells in rows.values()) == counts
    if "twin" in want:
        other, twin = read(want["twin"])
        assert [column["name"] for column in reading.columns] == [column["name"] for column in other.columns]
        assert rows == twin
    if "excel_csv" in want:
        _agree_with_csv(name, rows, want)
    if "excel_xml" in want:
        _agree_with_xml(rows, where(want["excel_xml"]))


def _shown(text: str, want: dict[str, Any]) -> str:
    """How Excel displayed the cell when it exported the CSV."""
    if "dates" in want and len(text) == 10 and text[4:5] == text[7:8] == "-":
        day = dt.date.fromisoformat(text)
        return want["dates"].format(month=day.month, day=day.day, year=day.year % 100)
    return text.strip()


def _agree_with_csv(name: str, rows: Rows, want: dict[str, Any]) -> None:
    other, exported = read(want["excel_csv"])
    ours = [[_shown(text, want) for text in row] for row in rows.values()]
    theirs = [[text.strip() for text in row] for row in exported.values()]
    if want.get("money"):
        theirs = [[text.replace("$", "").replace(",", "").removesuffix(".00") for text in row] for row in theirs]
    width = min(len(ours[0]), len(theirs[0]))
    assert other.rows and [row[:width] for row in ours] == [row[:width] for row in theirs], name


_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"


def _agree_with_xml(rows: Rows, path: Path) -> None:
    """SpreadsheetML as Excel wrote it: type and full value of every cell."""
    table = ElementTree.parse(path).find(f"{_SS}Worksheet/{_SS}Table")
    assert table is not None
    at, compared = 0, 0
    for row in table.findall(f"{_SS}Row"):
        at = int(row.get(f"{_SS}Index", at + 1))
        column = 0
        for one in row.findall(f"{_SS}Cell"):
            column = int(one.get(f"{_SS}Index", column + 1))
            data = one.find(f"{_SS}Data")
            if data is None or at not in rows:
                continue
            value, ours = "".join(data.itertext()), cell(rows, at, column)
            match data.get(f"{_SS}Type"):
                case "Number":
                    assert float(ours) == pytest.approx(float(value), rel=1e-15), (at, column)
                case "Boolean":
                    assert ours == ("TRUE" if value == "1" else "FALSE")
                case "DateTime":
                    assert _moment(ours) == _moment(value), (at, column)
                case _:
                    assert ours.replace("\r", "") == value.replace("\r", ""), (at, column)
            compared += 1
    assert compared


def _moment(text: str) -> float:
    """Seconds since the zero of Excel's calendar, from an ISO text or a duration."""
    if text.count(":") == 2 and "-" not in text:
        hours, minutes, seconds = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    moment = dt.datetime.fromisoformat(text.replace("Z", "").ljust(10))
    days = (moment - dt.datetime.fromisoformat("1899-12-30")).total_seconds()
    return days if moment > dt.datetime.fromisoformat("1900-03-01") else days - 86_400


def _by_openpyxl(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case dt.datetime():
            return (value.date() if value.time() == dt.time() else value.replace(tzinfo=None)).isoformat()
        case dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return str(value)
        case float() | int():
            return format(value, ".15g")
        case _:
            return str(value)


@pytest.mark.parametrize("name", sorted(n for n, w in EXPECTED.items() if n.endswith(".xlsx") and "refused" not in w))
def test_every_cell_of_a_workbook_is_what_another_program_reads(name: str) -> None:
    reading, rows = read(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            sheet = openpyxl.load_workbook(where(name), data_only=True)[reading.sheet or ""]
        except (KeyError, TypeError, ValueError, IndexError):
            pytest.skip("openpyxl cannot read this one")
    merged = {(r, c) for m in sheet.merged_cells.ranges for r, c in m.cells}
    for row in rows:
        for column in range(1, reading.width + 1):
            theirs = _by_openpyxl(sheet.cell(row, column).value)
            ours = cell(rows, row, column)
            if (row, column) in merged or theirs.strip() == ours.strip():
                continue
            if any(mark in ours for mark in ":Z") or "_x000D_" in theirs:
                continue  # durations and moments print differently; the table and the XML twins cover them
            if theirs.startswith(("1899", "0:")) or ours.startswith("-"):
                continue  # a negative serial with a date format: no date, the number stays
            if ours < "1900-03-01" and ours.startswith("1900-"):
                continue  # Excel counts a 29 February 1900; openpyxl shifts the days before it
            number = format(float(ours), ".15g") if ours.replace(".", "").replace("-", "").isdigit() else ours
            assert number == theirs, (row, column)


def workbook(path: Path, *rows: list[Any], options: dict[str, Any] | None = None) -> Path:
    book = xlsxwriter.Workbook(path, options or {})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    return path


def part(path: Path, name: str, change: tuple[bytes, bytes]) -> Path:
    """The same workbook with one part changed."""
    copy = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = source.read(entry.filename)
            target.writestr(entry.filename, data.replace(*change) if entry.filename == name else data)
    return copy


def refused(path: Path, **options: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        read_path(path, **options)
    return caught.value


SHEET = "xl/worksheets/sheet1.xml"


def test_numbers_stay_as_the_file_has_them(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "n.xlsx", ["text", "a", "b", "c"], ["001", 46082, 0.1, 1234567.89], ["x", 0.1 + 0.2, 1e22, -5]
    )
    _, rows = read_path(path)
    assert rows[2][:4] == ["001", "46082", "0.1", "1234567.89"]
    assert rows[3][:4] == ["x", "0.3", "10000000000000000000000", "-5"]


def test_an_identity_number_written_as_a_number_keeps_every_digit_of_the_file(tmp_path: Path) -> None:
    path = workbook(tmp_path / "long.xlsx", ["id"], [12345])
    path = part(path, SHEET, (b"<v>12345</v>", b"<v>110101199003071234</v>"))
    assert read_path(path)[1][2] == ["110101199003071234"]


def test_two_cells_in_the_far_corners_are_refused_and_not_allocated(tmp_path: Path) -> None:
    path = workbook(tmp_path / "span.xlsx", ["a", "b"], [1, 2])
    path = part(path, SHEET, (b'<row r="2" spans="1:2"><c r="A2">', b'<row r="1048576"><c r="XFD1048576">'))
    error = refused(path)
    assert error.code == "imports.too_many_cells" and error.facts["columns"] == 16384


def test_a_workbook_that_unpacks_to_a_gigabyte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb, bomb.open("xl/worksheets/sheet1.xml", "w") as part_:
        for _ in range(1024):
            part_.write(bytes(1 << 20))
    started = time.monotonic()
    assert refused(path).code == "imports.unpacks_too_big"
    assert time.monotonic() - started < 5


def test_a_zip_that_lies_about_its_size_ends_in_a_refusal(tmp_path: Path) -> None:
    path = workbook(tmp_path / "lie.xlsx", ["a"], [1])
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:  # every entry of the directory claims ten bytes
        struct.pack_into("<I", data, at + 24, 10)
        at = data.rfind(b"PK\x01\x02", 0, at)
    path.write_bytes(data)
    assert refused(path).code in ("imports.truncated", "imports.unpacks_too_big")


def test_nested_entities_are_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
    path = workbook(tmp_path / "entities.xlsx", ["a"], [-1])
    path = part(path, SHEET, (b"<worksheet", bomb))
    assert refused(path).code == "imports.truncated"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_workbook_cut_off_anywhere_is_refused(tmp_path: Path, share: float) -> None:
    path = workbook(tmp_path / "cut.xlsx", *[[f"r{i}", i, i / 7] for i in range(200)])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert refused(path).code == "imports.truncated"


def test_the_reader_may_die_and_this_process_lives(tmp_path: Path) -> None:
    path = workbook(tmp_path / "big.xlsx", *[["x" * 50, i] for i in range(3_000)])
    assert refused(path, memory_mb=16).code in ("imports.unreadable", "imports.too_much_memory")
    assert refused(path, wall_s=0.001).code == "imports.too_slow"


def test_a_file_over_the_limit_is_named_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(83 << 20)
    error = refused(path)
    assert (error.code, error.facts["size_mb"], error.facts["limit_mb"]) == ("imports.too_big", 83, 50)


def test_a_page_saved_under_the_name_of_a_workbook_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "erp.xls"
    path.write_text("<html><table><tr><td>1</td></tr></table></html>")
    assert refused(path).code == "imports.not_a_table"


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_below(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    path.write_text('name,size\nscreen,"15\nphone,6\n')
    reading, rows = read_path(path)
    assert rows == {2: ["screen", '"15'], 3: ["phone", "6"]} and reading.notes["quotes_as_text"]


def test_chinese_text_in_gb18030_is_not_taken_for_western(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_bytes("客户,金额\n鑫淼垚有限公司,１２万\n㐀𠀀,3\n".encode("gb18030"))
    reading, rows = read_path(path)
    assert reading.encoding == "gb18030" and rows[2] == ["鑫淼垚有限公司", "１２万"] and rows[3][0] == "㐀𠀀"


def test_an_encoding_the_person_names_is_used_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_bytes("名称\n广州\n".encode("gb18030"))
    assert read_path(path, encoding="gb18030")[1][2] == ["广州"]
    assert refused(path, encoding="utf-8").code == "imports.wrong_encoding"
    assert refused(path, encoding="ebcdic").code == "imports.unknown_encoding"


def test_the_person_may_name_sheet_and_header_row(tmp_path: Path) -> None:
    name = "calamine/temperature-table.xlsx"
    reading, rows = read(name, sheet="Sheet2", header_row=2)
    assert [c["name"] for c in reading.columns] == ["something", "12.5"] and rows == {3: ["else", "64"]}
    assert refused(where(name), sheet="Nope").facts["sheets"] == ["Sheet1", "Sheet2"]


def test_a_row_longer_than_the_header_is_kept_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "1,2,3\n")
    reading, rows = read_path(path)
    assert rows[102] == ["1", "2", "3"] and [c["name"] for c in reading.columns] == ["a", "b", "C"]


def test_too_many_rows_or_columns_too_long_a_cell_and_a_sheet_that_is_not_there_are_named(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(401)) + "\n")
    assert (refused(path).code, refused(path).facts["columns"]) == ("imports.too_many_columns", 401)
    path.write_text("a,b\n1,2\n3," + "x" * 1_100_000 + "\n")
    error = refused(path)
    assert (error.code, error.facts["row"]) == ("imports.cell_too_long", 3)
    path.write_text("a\n" + "1\n" * 1_048_577)
    error = refused(path)
    assert (error.code, error.facts["limit"]) == ("imports.too_many_rows", 1_048_576)
    book = workbook(tmp_path / "one.xlsx", ["a"], [1])
    error = refused(book, sheet="Sheet9")
    assert (error.code, error.facts["sheet"], error.facts["sheets"]) == ("imports.no_such_sheet", "Sheet9", ["Sheet1"])


def test_every_file_of_the_table_that_is_read_has_rows_or_cells_named_beforehand() -> None:
    """A file whose only check were that it can be read would hide a changed value."""
    oracles = {"rows", "cells", "twin", "excel_csv", "excel_xml", "counts"}
    assert [name for name, row in EXPECTED.items() if "refused" not in row and not oracles & set(row)] == []

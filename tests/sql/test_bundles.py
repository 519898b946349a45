"""A ZIP of certificates finds its records by the names of its files; a person mends and says when; one undo."""

import datetime as dt
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from builders import field, form, install
from builders_records import person
from error_codes import refused
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, people, records
from perennial.kernel import SYSTEM, Actor, Database, Tx, advance_clock
from perennial.records import bundles
from perennial.records.bundles.names import read_name

pytestmark = pytest.mark.usefixtures("home")
DAY = dt.date
PDF = b"%PDF-1.4 "


@pytest.mark.parametrize(
    ("name", "rest", "first", "last"),
    [
        ("厦门屿岸_营业执照_2026-01-01_2027-01-01.pdf", "厦门屿岸_营业执照_", DAY(2026, 1, 1), DAY(2027, 1, 1)),
        ("HT-2026-0208 ISO9001 至20270101.pdf", "HT-2026-0208 ISO9001", None, DAY(2027, 1, 1)),
        ("长沙沐岚(20260301-20270228).jpg", "长沙沐岚( ).jpg"[:-4], DAY(2026, 3, 1), DAY(2027, 2, 28)),
        ("甲 2026年1月1日至2027年12月31日.pdf", "甲", DAY(2026, 1, 1), DAY(2027, 12, 31)),
        ("甲 有效期至2027.6.30.pdf", "甲", None, DAY(2027, 6, 30)),
        ("甲 长期有效.pdf", "甲", None, None),
        ("甲 2027-02-30.pdf", "甲", None, None),
        ("甲 2027-01-01_2026-01-01.pdf", "甲", None, None),
        ("13800000000 甲.pdf", "13800000000 甲", None, None),
    ],
)
def test_a_name_says_its_validity(name: str, rest: str, first: Any, last: Any) -> None:
    said = read_name(name)
    assert (said.rest, said.from_on, said.until_on) == (rest, first, last)


def zipped(folder: Path, entries: dict[str, bytes], name: str = "证书.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in entries.items():
            archive.writestr(one, data)
    return folder / name


@pytest.fixture
@built_once
def clients(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        install(
            tx,
            form(
                "client", field("name: text", label="名称"), field("code: text", unique=True),
                field("license: certificate", label="营业执照"), field("iso: certificate", label="ISO证书"),
                field("papers: attachment", label="附件"), field("stamp: image", label="印章"), title="name",
            ),
        )  # fmt: skip
        for name, code in (("厦门屿岸", "C1"), ("厦门屿岸科技", "C12"), ("同名", "C3"), ("同名", "C4")):
            records.create(tx, "client", {"name": name, "code": code})
    return database


def told(tx: Tx, bundle_id: int) -> dict[str, tuple[Any, ...]]:
    items = bundles.read(tx, bundle_id)["items"]
    return {
        one["name"]: (one["state"], one["record"] and one["record"]["label"], one["field"], one["until_on"])
        for one in items
    }


def test_each_file_is_matched_by_the_longest_name_or_code_in_it(clients: Database, tmp_path: Path) -> None:
    path = zipped(tmp_path, {
        "甲方/厦门屿岸科技_营业执照_2026-01-01_2027-01-01.pdf": PDF + b"1", "C1 至20270101.pdf": PDF + b"2",
        "C12-ISO证书.pdf": PDF + b"3", "同名.pdf": PDF + b"4", "XC1.pdf": PDF + b"5",
        "../../etc/厦门屿岸.pdf": PDF + b"6",
        "厦门屿岸 病毒.pdf": b"MZ\x90\x00", "__MACOSX/._x": b"x", "C3 印章.pdf": PDF + b"7", "空.pdf": b"",
    })  # fmt: skip
    with clients.begin(SYSTEM) as tx:
        bundle_id = bundles.upload(tx, "client", "license", path.name, path)
        assert told(tx, bundle_id) == {
            "厦门屿岸科技_营业执照_2026-01-01_2027-01-01.pdf": ("matched", "厦门屿岸科技", "license", DAY(2027, 1, 1)),
            "C1 至20270101.pdf": ("matched", "厦门屿岸", "license", DAY(2027, 1, 1)),
            "C12-ISO证书.pdf": ("matched", "厦门屿岸科技", "iso", None),
            "同名.pdf": ("ambiguous", None, "license", None),
            "XC1.pdf": ("unknown", None, "license", None),
            "厦门屿岸.pdf": ("matched", "厦门屿岸", "license", None),
            "厦门屿岸 病毒.pdf": ("refused", None, "license", None),
            "C3 印章.pdf": ("refused", None, "stamp", None),
            "空.pdf": ("refused", None, "license", None),
        }
        read = {one["name"]: one for one in bundles.read(tx, bundle_id)["items"]}
        assert [one["label"] for one in read["同名.pdf"]["candidates"]] == ["同名", "同名"]
        assert {name: one["why"]["code"] for name, one in read.items() if one["why"]} == {
            "厦门屿岸 病毒.pdf": "files.refused", "C3 印章.pdf": "records.not_image", "空.pdf": "files.empty",
        }  # fmt: skip


def license_of(tx: Tx, name: str, key: str = "license") -> Any:
    return tx.value(f"SELECT {key} FROM data_read.client WHERE name = %(name)s", {"name": name})


def test_what_is_right_is_filled_in_at_once_and_taken_back_at_once(clients: Database, tmp_path: Path) -> None:
    with clients.begin(SYSTEM) as tx:
        one = tx.value("SELECT id FROM data_read.client WHERE name = '厦门屿岸'")
        records.update(tx, "client", one, 1, {"license": {"number": "A-1", "until": "2026-12-31"}})
        old = license_of(tx, "厦门屿岸")
    path = zipped(tmp_path, {
        "C1 20270101-20271231.pdf": PDF + b"1", "C1 正本 20270101-20271231.pdf": PDF + b"2", "C12.pdf": PDF + b"3",
        "同名.pdf": PDF + b"4", "不要的 C12.pdf": PDF + b"5",
    })  # fmt: skip
    with clients.begin(SYSTEM) as tx:
        bundle_id = bundles.upload(tx, "client", "license", path.name, path)
        items = {row["name"]: row for row in bundles.read(tx, bundle_id)["items"]}
        third = items["同名.pdf"]["candidates"][0]["id"]
        bundles.fix(tx, bundle_id, items["同名.pdf"]["n"], record_id=third, field="papers")
        bundles.fix(tx, bundle_id, items["不要的 C12.pdf"]["n"], record_id=one, skip=True)
    with clients.begin(SYSTEM) as tx:
        assert bundles.run(tx, bundle_id) == 4
    with clients.begin(SYSTEM) as tx:
        new = license_of(tx, "厦门屿岸")
        assert (new["number"], new["from"], new["until"]) == ("A-1", "2027-01-01", "2027-12-31")
        assert [file["name"] for file in new["files"]] == ["C1 20270101-20271231.pdf", "C1 正本 20270101-20271231.pdf"]
        assert [version["until"] for version in new["versions"]] == ["2026-12-31"]
        assert [file["name"] for file in license_of(tx, "厦门屿岸科技")["files"]] == ["C12.pdf"]
        papers = tx.value("SELECT papers FROM data_read.client WHERE id = %(id)s", {"id": third})
        assert [file["name"] for file in papers] == ["同名.pdf"]
        assert records.file(tx, "client", third, "papers", papers[0]["file"]).named
        with refused("bundles.state", "这个压缩包还在读取，或者已经填入、撤销。请刷新后再看"):
            bundles.run(tx, bundle_id)
        with refused("bundles.state", "这个压缩包还在读取，或者已经填入、撤销。请刷新后再看"):
            bundles.fix(tx, bundle_id, 1, skip=True)
    with clients.begin(SYSTEM) as tx:
        assert sum(one["restored"] for one in bundles.undo(tx, bundle_id).targets) == 3
        assert license_of(tx, "厦门屿岸") == old and license_of(tx, "厦门屿岸科技") is None
        with refused("bundles.state", "这个压缩包还在读取，或者已经填入、撤销。请刷新后再看"):
            bundles.undo(tx, bundle_id)


def test_chinese_names_of_windows_are_read(clients: Database, tmp_path: Path) -> None:
    plain = "厦门屿岸.pdf".encode("gb18030")
    data = PDF + b"x"
    import zlib

    crc = zlib.crc32(data)
    head = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 0, 0, 33, crc, len(data), len(data), len(plain), 0)
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 33, crc, len(data), len(data), len(plain),
                        0, 0, 0, 0, 0, 0)  # fmt: skip
    at = len(head) + len(plain) + len(data)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(entry) + len(plain), at, 0)
    (tmp_path / "w.zip").write_bytes(head + plain + data + entry + plain + end)
    with clients.begin(SYSTEM) as tx:
        bundle_id = bundles.upload(tx, "client", "license", "w.zip", tmp_path / "w.zip")
        assert told(tx, bundle_id) == {"厦门屿岸.pdf": ("matched", "厦门屿岸", "license", None)}


def test_a_hostile_zip_is_refused_before_it_is_unpacked(
    clients: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perennial.records.bundles import archive

    def put(path: Path, field: str = "license") -> int:
        with clients.begin(SYSTEM) as tx:
            return bundles.upload(tx, "client", field, path.name, path)

    (tmp_path / "no.zip").write_bytes(b"%PDF-1.4")
    with refused("bundles.not_a_zip", "no.zip 不是 ZIP 文件，或者没有传完整", path="file"):
        put(tmp_path / "no.zip")
    with refused("bundles.empty", "e.zip 里没有文件", path="file"):
        put(zipped(tmp_path, {}, "e.zip"))
    with refused("bundles.bomb", "b.zip 解开后有 20 MB，与压缩前相差太大，不予解开", path="file"):
        put(zipped(tmp_path, {"C1.pdf": bytes(20 << 20)}, "b.zip"))
    locked = bytearray(zipped(tmp_path, {"C1.pdf": PDF}, "l.zip").read_bytes())
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "l.zip").write_bytes(locked)
    with refused("bundles.encrypted", "l.zip 有密码。请解密后重新压缩", path="file"):
        put(tmp_path / "l.zip")
    broken = bytearray(zipped(tmp_path, {"C1.pdf": PDF * 500}, "d.zip").read_bytes())
    broken[60] ^= 0xFF
    (tmp_path / "d.zip").write_bytes(broken)
    with clients.begin(SYSTEM) as tx:
        number = bundles.upload(tx, "client", "license", "d.zip", tmp_path / "d.zip")
        (item,) = bundles.read(tx, number)["items"]
        assert (item["state"], item["why"]["code"]) == ("refused", "bundles.damaged")
    with refused("bundles.no_such_field", "「name」不是你能填写的证书或附件字段", path="field"):
        put(zipped(tmp_path, {"C1.pdf": PDF}), "name")
    monkeypatch.setattr(archive, "MOST_FILES", 1)
    with refused("bundles.too_many", "压缩包里有 2 个文件，上限 1 个。可拆分后分次上传", path="file"):
        put(zipped(tmp_path, {"a.pdf": PDF, "b.pdf": PDF}))
    with refused("bundles.too_big", "文件 501 MB，上限 500 MB。可拆分后分次上传", path="file"):
        bundles.refuse_size((500 << 20) + 1)


def test_what_a_person_says_is_checked_and_rights_decide(clients: Database, tmp_path: Path) -> None:
    path = zipped(tmp_path, {"C1.pdf": PDF + b"1", "没有.pdf": PDF + b"2"})
    grants = {"client": {"rows": 'name <> "厦门屿岸"', "rights": ["read", "update"], "fields": {"*": "write"}}}
    with clients.begin(SYSTEM) as tx:
        access.publish(tx, [access.load({"role": "r", "label": "r", "forms": grants})])
        me = person(tx, "甲", roles=("r",))
        bundle_id = bundles.upload(tx, "client", "license", path.name, path)
        n = 2
        with refused("bundles.no_such_record", "找不到编号为 99 的记录，或者你无权查看", path="record_id"):
            bundles.fix(tx, bundle_id, n, record_id=99)
        with refused("bundles.order", "有效期的结束早于开始", path="until_on"):
            bundles.fix(tx, bundle_id, n, from_on=DAY(2027, 1, 2), until_on=DAY(2027, 1, 1))
    with clients.begin(Actor("person", me, "甲")) as tx:
        with refused("bundles.missing", "找不到这个压缩包，或者不是你上传的"):
            bundles.read(tx, bundle_id)
        mine = bundles.upload(tx, "client", "license", path.name, path)
        assert {state for state, *_ in told(tx, mine).values()} == {"unknown"}
        with refused("bundles.nothing", "还没有一个文件对上记录"):
            bundles.run(tx, mine)
        bundles.fix(tx, mine, 1, record_id=2)
    with clients.begin(SYSTEM) as tx:
        grants["client"]["rights"] = ["read"]
        grants["client"]["fields"] = {"*": "read"}
        grants["client"] |= {"rows": "all"}
        half = {"client": {"rows": 'name = "同名"', "rights": ["read", "update"], "fields": {"*": "write"}}}
        access.publish(tx, [access.load({"role": "r", "label": "r", "forms": grants}),
                            access.load({"role": "h", "label": "h", "forms": half})])  # fmt: skip
        people.assign(tx, me, ["r", "h"])
    no_right = refused("bundles.no_right", "其中 1 条记录你不能修改，什么也没有写入")
    with clients.begin(Actor("person", me, "甲")) as tx, no_right:
        bundles.run(tx, mine)
    with clients.begin(SYSTEM) as tx:
        advance_clock(tx, tx.now + dt.timedelta(days=2))
    with clients.begin(SYSTEM) as tx:
        records.sweep_files(tx)
        with refused("bundles.too_old", "上传已超过一天，文件已清理。请重新上传"):
            bundles.run(tx, bundle_id)


def test_a_zip_is_uploaded_mended_filled_in_and_taken_back_over_the_wire(clients: Database, tmp_path: Path) -> None:
    path = zipped(tmp_path, {"C1 至20270101.pdf": PDF + b"1", "同名.pdf": PDF + b"2", "没有.exe": b"MZ\x90\x00"})
    with clients.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    with logged_in(clients, "boss") as client:
        sent = client.post(
            "/api/bundles", files={"file": ("证书.zip", path.read_bytes())}, data={"form": "client", "field": "license"}
        )
        assert sent.status_code == 201, sent.text
        at = f"/api/bundles/{sent.json()['id']}"
        told = client.get(at).json()
        assert [one["state"] for one in told["items"]] == ["matched", "ambiguous", "refused"]
        assert told["items"][2]["problem"] == "「没有.exe」是可执行程序，不能上传"
        body = {"record_id": told["items"][1]["candidates"][1]["id"], "field": "papers", "until_on": None}
        mended = client.put(f"{at}/items/2", json=body).json()["items"][1]
        assert (mended["state"], mended["field"], mended["fixed"]) == ("matched", "papers", True)
        done = client.post(f"{at}/run").json()
        assert (done["state"], done["filled"]) == ("done", 2)
        assert client.post(f"{at}/undo").json() == {"restored": 2, "kept": 0}
        assert client.get(at).json()["state"] == "undone"

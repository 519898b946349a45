"""Files over HTTP: sent, taken by a record, shown or downloaded, never run."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
from PIL import Image
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, people, records
from perennial.access import Grant, Role
from perennial.http.files import disposition
from perennial.kernel import SYSTEM, Database
from perennial.people import Role as Head
from tests.builders import field, form, install

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
@built_once
def database(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        item = form(
            "item", field("m: relation", to="matter", reverse="items", required=True), "what: text", within="matter"
        )
        install(tx, form("matter", "name: text", "papers: attachment", "photos: image", title="name"), item)
        rights = ("read", "create", "update", "delete")
        access.publish(tx, [
            Role(Head("all", "全部", may=("design",)), (Grant("matter", "all", rights, {"*": "write"}),)),
            Role(Head("none", "无", may=()), (Grant("matter", "all", ("read",), {"name": "read"}),)),
        ])  # fmt: skip
        for key in ("all", "none"):
            people.create(tx, key, key, roles=(key,), password=PASSWORD)
    return database


def send(client: Any, content: bytes, name: str) -> Any:
    return client.post("/api/files", files={"file": (name, content, "application/x-lie")})


def test_a_file_is_sent_taken_by_a_record_and_read_by_who_may(database: Database) -> None:
    with logged_in(database, "all") as client, logged_in(database, "none") as other:
        told = send(client, b"%PDF-1.7 body", "续费合同 2026.pdf").json()
        assert told == {
            "file": told["file"], "name": "续费合同 2026.pdf", "type": "application/pdf", "size": 13, "width": None,
            "height": None, "sha256": hashlib.sha256(b"%PDF-1.7 body").hexdigest(),
        }  # fmt: skip
        assert client.get(f"/api/files/{told['file']}").content == b"%PDF-1.7 body"
        assert other.get(f"/api/files/{told['file']}").status_code == 404
        body = {"values": {"name": "一", "papers": [told]}, "rows": {"items": {"create": [{"what": "a"}]}}}
        record = client.post("/api/forms/matter", json=body).json()["id"]
        path = f"/api/forms/matter/{record}/files/papers/{told['file']}"
        reply = client.get(path)
        assert (reply.status_code, reply.content) == (200, b"%PDF-1.7 body")
        assert reply.headers["content-type"] == "application/pdf"
        assert reply.headers["content-disposition"] == (
            "inline; filename=\"____ 2026.pdf\"; filename*=UTF-8''%E7%BB%AD%E8%B4%B9%E5%90%88%E5%90%8C%202026.pdf"
        )
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert client.get(path, headers={"If-None-Match": reply.headers["etag"]}).status_code == 304
        assert client.get(f"{path}?download=1").headers["content-disposition"].startswith("attachment;")
        assert other.get(path).status_code == 404
        assert other.get(path).json()["error"]["code"] == "files.missing"
        items = client.post(f"/api/forms/matter/{record}/related/items", json={}).json()["rows"]
        assert [row["what"] for row in items] == ["a"]


def test_an_image_has_a_small_picture(database: Database) -> None:
    out = io.BytesIO()
    Image.new("RGB", (1000, 500), "red").save(out, "PNG")
    with logged_in(database, "all") as client:
        told = send(client, out.getvalue(), "a.png").json()
        assert (told["width"], told["height"]) == (1000, 500)
        small = client.get(f"/api/files/{told['file']}?thumb=1")
        assert small.headers["content-type"] == "image/webp"
        with Image.open(io.BytesIO(small.content)) as image:
            assert image.size == (320, 160)
        assert small.headers["etag"] != client.get(f"/api/files/{told['file']}").headers["etag"]


def test_what_may_not_be_shown_is_downloaded_as_nothing_in_particular(database: Database) -> None:
    with logged_in(database, "all") as client:
        told = send(client, b"PK\x03\x04 x", "a.zip").json()
        reply = client.get(f"/api/files/{told['file']}")
        assert reply.headers["content-type"] == "application/octet-stream"
        assert reply.headers["content-disposition"].startswith("attachment;")


def test_a_refusal_says_why_and_keeps_nothing(database: Database, home: Path) -> None:
    with logged_in(database, "all") as client:
        for content, name, code in ((b"MZ\x90", "合同.exe", "files.refused"), (b"", "a.txt", "files.empty")):
            reply = send(client, content, name)
            assert (reply.status_code, reply.json()["error"]["code"]) == (422, code)
            assert name in reply.json()["error"]["text"]
        assert client.post("/api/files", json={}).status_code == 422
    assert not (home / "files").exists()


def test_a_content_that_is_gone_is_an_error_with_a_number(database: Database, home: Path) -> None:
    with logged_in(database, "all") as client:
        told = send(client, b"%PDF-1.7", "a.pdf").json()
        next(path for path in (home / "files").rglob("*") if path.is_file()).unlink()
        reply = client.get(f"/api/files/{told['file']}")
        assert (reply.status_code, reply.json()["error"]["code"]) == (500, "files.gone")
        assert "a.pdf" in reply.json()["error"]["text"]
        # who opens the address itself, or sees it in a frame of the page, reads a sentence
        shown = client.get("/api/files/999", headers={"Sec-Fetch-Dest": "iframe"})
        assert (shown.status_code, shown.text) == (404, "找不到这个文件，可能已删除，或者你无权查看")
        assert shown.headers["content-type"] == "text/plain; charset=utf-8"
        assert shown.headers["x-frame-options"] == "SAMEORIGIN"


def test_the_name_that_a_record_gives_a_file_is_one_that_can_be_kept(database: Database) -> None:
    with logged_in(database, "all") as client:
        told = send(client, b"%PDF-1.7", "a.pdf").json()
        for given, kept in (("合\x00同\ud83d.pdf", "合同.pdf"), ("y" * 9_000 + ".pdf", "y" * 196 + ".pdf")):
            body = json.dumps({"values": {"name": "一", "papers": [{**told, "name": given}]}})
            record = client.post("/api/forms/matter", content=body, headers={"Content-Type": "application/json"})
            read = client.get(f"/api/forms/matter/{record.json()['id']}").json()
            assert read["values"]["papers"][0]["name"] == kept


def test_a_full_disk_is_said_and_not_taken_for_an_absent_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with logged_in(database, "all") as client:
        for error, code in (
            (psycopg.errors.DiskFull("no space"), "http.disk_full"),
            (psycopg.errors.ProgramLimitExceeded("index row size"), "http.broken"),
            (psycopg.OperationalError("gone"), "kernel.database_away"),
        ):
            monkeypatch.setattr(records, "upload", Mock(side_effect=error))
            assert client.get("/api/files/1").json()["error"]["code"] == code


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ('a"b\\c%d;e.pdf', "inline; filename=\"a_b_c_d_e.pdf\"; filename*=UTF-8''a%22b%5Cc%25d%3Be.pdf"),
        ("合同.pdf", "inline; filename=\"__.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf"),
    ],
)
def test_names_travel_in_headers(name: str, expected: str) -> None:
    assert disposition(name, inline=True) == expected


def test_keys_are_proposed_to_designers_alone(database: Database) -> None:
    asked = {"label": "合同金额", "taken": ["he_tong_jin_e"]}
    with logged_in(database, "all") as client, logged_in(database, "none") as other:
        assert client.post("/api/propose-key", json=asked).json() == {"key": "he_tong_jin_e_2"}
        assert other.post("/api/propose-key", json=asked).status_code == 403


def test_a_form_tells_its_layout_without_what_is_hidden(database: Database) -> None:
    layout = [{"sections": [{"rows": [["name", "papers"], [{"sub_table": "items"}], ["photos"]]}]}]
    with database.begin(SYSTEM) as tx:
        from perennial import forms

        install(tx, forms.load({**forms.dump(forms.catalog(tx).form("matter")), "layout": layout}))
    with logged_in(database, "all") as client, logged_in(database, "none") as other:
        told = {one["key"]: one for one in client.get("/api/forms").json()}
        assert told["matter"]["layout"] == layout
        assert (told["item"]["within"], told["matter"]["collections"][0]["sub_table"]) == ("matter", True)
        hidden = {one["key"]: one for one in other.get("/api/forms").json()}
        assert hidden["matter"]["layout"] == [{"sections": [{"rows": [["name"]]}]}]

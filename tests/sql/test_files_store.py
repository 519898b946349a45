"""Files on their way in and out: once for equal contents, encrypted when a key is set, swept when nobody names them."""

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from perennial import files, records
from perennial.files import File
from perennial.kernel import SYSTEM, Broken, Database, Invalid, Tx
from tests.builders import field, form, install, run

pytestmark = pytest.mark.usefixtures("home")
KEY = base64.b64encode(bytes(range(32))).decode()
PDF = b"%PDF-1.7 " + b"contract " * 20_000


def contents(home: Path) -> list[Path]:
    return [path for path in (home / "files").rglob("*") if path.is_file()]


def whole(file: File, *, thumb: bool = False) -> bytes:
    return b"".join(files.read(file, thumb=thumb))


def test_equal_contents_stand_once_under_their_hash(tx: Tx, home: Path) -> None:
    one, two = (files.add(tx, io.BytesIO(PDF), name) for name in ("a.pdf", "b.pdf"))
    digest = hashlib.sha256(PDF).hexdigest()
    assert (one.id != two.id, one.sha256, one.size, one.type) == (True, digest, len(PDF), "application/pdf")
    assert contents(home) == [home / "files" / digest[:2] / digest[2:4] / digest]
    assert (contents(home)[0].stat().st_mode & 0o777, list((home / "incoming").iterdir())) == (0o600, [])
    assert whole(one) == whole(two) == PDF


def test_with_a_key_contents_and_small_pictures_are_unreadable_in_the_store(
    tx: Tx, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    plain = files.add(tx, io.BytesIO(b"%PDF-before"), "old.pdf")
    monkeypatch.setenv("PERENNIAL_FILE_KEY", KEY)
    files.forget_store()
    image = io.BytesIO()
    Image.new("RGB", (400, 300), "red").save(image, "PNG")
    paper, photo = files.add(tx, io.BytesIO(PDF), "a.pdf"), files.add(tx, io.BytesIO(image.getvalue()), "a.png")
    assert whole(paper) == PDF
    assert whole(plain) == b"%PDF-before"  # what was there before the key stays readable
    assert whole(photo, thumb=True)[:4] == b"RIFF"
    sealed = [path for path in contents(home) if path.name != plain.place]
    assert {path.read_bytes()[:4] for path in sealed} == {b"PFS1"} and len(sealed) == 3
    assert paper.sha256 not in {path.name for path in sealed}
    for wrong, code in ((base64.b64encode(bytes(32)).decode(), "files.gone"), ("", "files.no_key")):
        monkeypatch.setenv("PERENNIAL_FILE_KEY", wrong)
        files.forget_store()
        with pytest.raises(Broken) as caught:
            whole(File(**{**vars_of(paper), "place": paper.place if code == "files.no_key" else "0" * 64}))
        assert caught.value.code == code
    monkeypatch.setenv("PERENNIAL_FILE_KEY", base64.b64encode(bytes(32)).decode())
    files.forget_store()
    with pytest.raises(Broken) as caught:
        whole(paper)
    assert caught.value.code == "files.damaged"


def vars_of(file: File) -> dict[str, Any]:
    return {name: getattr(file, name) for name in File.__dataclass_fields__}


def test_what_is_too_large_empty_or_gone_is_said(tx: Tx, home: Path) -> None:
    for content, most, code in ((b"x" * 2_000_000, 1_000_000, "files.too_large"), (b"", 10, "files.empty")):
        with pytest.raises(Invalid) as caught:
            files.add(tx, io.BytesIO(content), "a.txt", most_bytes=most)
        assert caught.value.code == code
    assert contents(home) == []
    paper = files.add(tx, io.BytesIO(PDF), "a.pdf")
    assert files.missing(tx) == []
    contents(home)[0].unlink()
    assert [one.id for one in files.missing(tx)] == [paper.id]


def test_uploads_that_no_record_names_are_swept_after_a_day(database: Database, home: Path) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("matter", "name: text", "papers: attachment", field("license: certificate")))
        kept, loose, by_set = (files.add(tx, io.BytesIO(b"%PDF-" + n), "a.pdf") for n in (b"1", b"2", b"3"))
        same = files.add(tx, io.BytesIO(b"%PDF-1"), "copy.pdf")  # its content stays: another file has it
        matter = records.create(tx, "matter", {"license": {"files": [kept.id]}})
        run(
            tx,
            "UPDATE data.matter SET papers = jsonb_build_array(jsonb_build_object('file', %(id)s))",
            {"id": by_set.id},
        )
        assert records.sweep_files(tx) == 0  # a day has not passed
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + interval '25 hours'")
    with database.begin(SYSTEM) as tx:
        version = records.update(tx, "matter", matter, 1, {"license": None})
        assert version == 2
        assert records.sweep_files(tx) == 2
        assert set(files.known(tx, [kept.id, loose.id, by_set.id, same.id])) == {kept.id, by_set.id}
    assert files.remove_strays(database) == 0  # contents wait a day by the machine's clock
    assert files.remove_strays(database, days=-1) == 1
    assert {path.name for path in contents(home)} == {kept.place, by_set.place}


def test_a_content_without_a_row_goes_and_one_with_a_row_stays(database: Database, home: Path) -> None:
    with database.begin(SYSTEM) as tx:
        files.add(tx, io.BytesIO(PDF), "a.pdf")
        tx.run("DELETE FROM files.file")  # as a transaction that never committed leaves it
    assert len(contents(home)) == 1
    with database.begin(SYSTEM) as tx:
        files.add(tx, io.BytesIO(b"%PDF-2"), "b.pdf")
    assert files.remove_strays(database, days=-1) == 1
    assert len(contents(home)) == 1


def test_every_file_that_a_record_names_is_looked_for(tx: Tx, home: Path) -> None:
    install(tx, form("matter", "papers: attachment", "license: certificate"))
    paper, other = (files.add(tx, io.BytesIO(b"%PDF-" + n), "a.pdf") for n in (b"1", b"2"))
    matter = records.create(tx, "matter", {"papers": [paper.id], "license": {"files": [other.id]}})
    assert records.lost_files(tx) == []
    files.store().remove(other.place)
    run(tx, "UPDATE data.matter SET papers = '[{\"file\": 999}]'")
    assert records.lost_files(tx) == [("matter", "papers", matter, 999), ("matter", "license", matter, other.id)]


def test_an_interrupted_write_leaves_nothing_under_the_name(home: Path) -> None:
    store = files.FolderStore(home / "files", home / "incoming")

    def broken() -> Any:
        yield b"half"
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.put("ab" * 32, broken())
    assert not store.has("ab" * 32)
    assert list((home / "incoming").iterdir()) == []
    store.put("ab" * 32, [b"whole"])
    assert b"".join(store.read("ab" * 32)) == b"whole"
    assert [path.name for path in (home / "files" / "ab" / "ab").iterdir()] == ["ab" * 32]

"""A long ZIP is read by a worker: its person sees how far it is, a killed worker's successor goes on, a thrown away
one stops."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from builders import field, form, install
from web_client import PASSWORD, logged_in

from perennial import people, records
from perennial.kernel import SYSTEM, Database
from perennial.records import bundles
from perennial.records.bundles import reading

pytestmark = pytest.mark.usefixtures("home")
PDF = b"%PDF-1.4 "


@pytest.fixture
def long_zip(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Database, Path]:
    """Five files, where three are as many as a person waits for, and two a part."""
    monkeypatch.setattr(reading, "AT_ONCE_FILES", 3)
    monkeypatch.setattr(reading, "PART", 2)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
        install(tx, form("client", field("name: text"), field("license: certificate"), title="name"))
        for n in range(5):
            records.create(tx, "client", {"name": f"客户{n}号"})
    with zipfile.ZipFile(tmp_path / "证书.zip", "w") as archive:
        for n in range(5):
            archive.writestr(f"客户{n}号.pdf", PDF + str(n).encode())
    return database, tmp_path / "证书.zip"


def sent(client: Any, path: Path) -> str:
    reply = client.post(
        "/api/bundles", files={"file": (path.name, path.read_bytes())}, data={"form": "client", "field": "license"}
    )
    assert reply.status_code == 201, reply.text
    return f"/api/bundles/{reply.json()['id']}"


def test_a_long_zip_goes_on_after_a_kill_and_is_filled_in(
    long_zip: tuple[Database, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, path = long_zip
    with logged_in(database, "boss") as client:
        at = sent(client, path)
        number = int(at.rpartition("/")[2])
        told = client.get(at).json()
        assert (told["state"], told["total"], told["read"], told["items"]) == ("queued", 5, 0, [])
        refused = client.post(f"{at}/run").json()["error"]["text"]
        assert refused == "这个压缩包还在读取，或者已经填入、撤销。请刷新后再看"

        def killed(name: str) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(reading, "fail_point", killed)
        with pytest.raises(KeyboardInterrupt):
            bundles.take_in(database, number)
        monkeypatch.setattr(reading, "fail_point", lambda name: None)
        told = client.get(at).json()
        assert (told["state"], told["read"]) == ("running", 2)
        with database.begin(SYSTEM) as tx:
            assert bundles.unfinished(tx) == [number]
        assert bundles.take_in(database, number) is True
        assert bundles.take_in(database, number) is False  # and running it twice is harmless
        told = client.get(at).json()
        assert told["state"] == "ready" and [one["state"] for one in told["items"]] == ["matched"] * 5
        assert client.post(f"{at}/run").json()["filled"] == 5
        lines = client.get("/api/bundles").json()
        assert [(one["file_name"], one["state"], one["filled"]) for one in lines] == [("证书.zip", "done", 5)]
        assert client.delete(at).status_code == 409


def test_one_that_is_thrown_away_or_broken_says_so(
    long_zip: tuple[Database, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, path = long_zip
    with logged_in(database, "boss") as client:
        at = sent(client, path)
        monkeypatch.setattr(reading, "fail_point", lambda name: client.delete(at))
        assert bundles.take_in(database, int(at.rpartition("/")[2])) is False
        assert client.get(at).status_code == 404

        def broken(*_: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr(reading, "fail_point", lambda name: None)
        monkeypatch.setattr(reading, "match", broken)
        at = sent(client, path)
        with pytest.raises(RuntimeError):
            bundles.take_in(database, int(at.rpartition("/")[2]))
        told = client.get(at).json()
        assert told["state"] == "failed" and told["problem"].startswith("压缩包没有读完，什么也没有写入")
        assert client.delete(at).status_code == 204

"""The same through a service that speaks S3: a small one in this process, which keeps what it is sent."""

import io
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from perennial import files
from perennial.kernel import SYSTEM, Broken, Database, Tx, settings

PDF = b"%PDF-1.7 " + b"contract " * 500_000


class Service(BaseHTTPRequestHandler):
    """PUT, GET, HEAD, DELETE and a list of one bucket; signatures are looked at only as far as that there is one."""

    protocol_version = "HTTP/1.1"
    kept: dict[str, bytes] = {}
    seen: list[str] = []

    def _name(self) -> str:
        path = unquote(urlsplit(self.path).path)
        return path.removeprefix("/papers").lstrip("/")

    def _reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT",
                            "ETag": '"x"', **headers}.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _signed(self) -> bool:
        Service.seen.append(f"{self.command} {self._name()}")
        if "AWS4-HMAC-SHA256 Credential=key/" in self.headers.get("Authorization", ""):
            return True
        self._reply(403)
        return False

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._signed():
            Service.kept[self._name()] = body
            self._reply(200)

    def do_GET(self) -> None:
        if not self._signed():
            return
        if not self._name():
            items = "".join(
                f"<Contents><Key>{key}</Key><LastModified>2022-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents>"
                for key in sorted(Service.kept)
            )
            listed = f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>"
            self._reply(200, listed.encode(), **{"Content-Type": "application/xml"})
        elif self._name() in Service.kept:
            self._reply(200, Service.kept[self._name()])
        else:
            self._reply(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        if self._signed():
            self._reply(200 if self._name() in Service.kept else 404)

    def do_DELETE(self) -> None:
        if self._signed():
            Service.kept.pop(self._name(), None)
            self._reply(204)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Service]]:
    Service.kept, Service.seen = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chosen = {
        "HOME": str(tmp_path), "FILE_BUCKET": "papers", "FILE_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "FILE_REGION": "cn-north-1", "FILE_ACCESS_KEY": "key", "FILE_SECRET_KEY": "secret", "FILE_PREFIX": "perennial-",
    }  # fmt: skip
    for name, value in chosen.items():
        monkeypatch.setenv(f"PERENNIAL_{name}", value)
    settings.cache_clear()
    files.forget_store()
    yield Service
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    settings.cache_clear()
    files.forget_store()


def test_contents_go_to_the_bucket_once_and_come_back(tx: Tx, service: type[Service], tmp_path: Path) -> None:
    one = files.add(tx, io.BytesIO(PDF), "a.pdf")
    files.add(tx, io.BytesIO(PDF), "b.pdf")
    assert service.kept == {f"perennial-{one.sha256}": PDF}
    assert [seen.split()[0] for seen in service.seen].count("PUT") == 1
    assert b"".join(files.read(one)) == PDF
    assert not (tmp_path / "files").exists()
    assert files.missing(tx) == []
    service.kept.clear()
    assert [one.name for one in files.missing(tx)] == ["a.pdf", "b.pdf"]
    with pytest.raises(Broken) as caught:
        files.read(one)
    assert caught.value.code == "files.gone"


def test_contents_in_the_bucket_are_encrypted_when_a_key_is_set(
    tx: Tx, service: type[Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERENNIAL_FILE_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    files.forget_store()
    one = files.add(tx, io.BytesIO(PDF), "a.pdf")
    assert [(name, content[:4]) for name, content in service.kept.items()] == [(f"perennial-{one.place}", b"PFS1")]
    assert b"".join(files.read(one)) == PDF


def test_strays_in_the_bucket_are_removed(database: Database, service: type[Service]) -> None:
    with database.begin(SYSTEM) as tx:
        one = files.add(tx, io.BytesIO(b"%PDF-1"), "a.pdf")
    service.kept["perennial-" + "0" * 64] = b"stray"
    assert files.remove_strays(database) == 1
    assert list(service.kept) == [f"perennial-{one.place}"]


def test_without_the_extra_the_error_says_which(
    tx: Tx, service: type[Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "boto3", None)
        with pytest.raises(Broken) as caught:
            files.bucket()
    assert caught.value.code == "files.no_s3"


def test_a_service_that_is_away_says_so_and_loses_nothing(
    tx: Tx, service: type[Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = files.add(tx, io.BytesIO(b"%PDF-1"), "a.pdf")
    for refusal in (("PERENNIAL_FILE_ENDPOINT", "http://127.0.0.1:9"), ("PERENNIAL_FILE_ACCESS_KEY", "other")):
        with monkeypatch.context() as away:
            away.setenv(*refusal)
            files.forget_store()
            with pytest.raises(Broken) as caught:
                files.read(one)
            assert caught.value.code == "files.away"
            with pytest.raises(Broken) as caught:
                files.add(tx, io.BytesIO(b"%PDF-2"), "b.pdf")
            assert caught.value.code == "files.not_kept"
    files.forget_store()
    assert b"".join(files.read(one)) == b"%PDF-1"
    assert len(service.kept) == 1

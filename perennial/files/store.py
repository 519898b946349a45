"""Where contents stand: a folder, or a bucket. A content is there as a whole or not at all; it never changes."""

import contextlib
import functools
import os
import tempfile
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from perennial.files.sealed import key_from
from perennial.files.settings import file_settings
from perennial.kernel import Broken, settings

READ_BYTES = 256 * 1024


class Store(Protocol):
    """`place`: 64 hexadecimal digits."""

    def put(self, place: str, content: Iterable[bytes]) -> None: ...
    def has(self, place: str) -> bool: ...
    def read(self, place: str) -> Iterator[bytes]:
        """FileNotFoundError, before the first chunk, when it is not there."""
        ...

    def remove(self, place: str) -> None: ...
    def places(self, *, older_than: float) -> Iterator[str]:
        """Everything that was put before a moment (seconds since 1970)."""
        ...


class FolderStore:
    """Below PERENNIAL_HOME/files, sharded by the first digits. Half-written contents never stand among them: they are
    written in a folder beside it, reach the disk, then take their name."""

    def __init__(self, root: Path, incoming: Path) -> None:
        self.root, self.incoming = root, incoming

    def path(self, place: str) -> Path:
        return self.root / place[:2] / place[2:4] / place

    def put(self, place: str, content: Iterable[bytes]) -> None:
        path = self.path(place)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=self.incoming)
        try:
            with os.fdopen(number, "wb") as stream:
                for part in content:
                    stream.write(part)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
            _settle(path.parent)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def has(self, place: str) -> bool:
        return self.path(place).is_file()

    def read(self, place: str) -> Iterator[bytes]:
        stream = self.path(place).open("rb")

        def parts() -> Iterator[bytes]:
            with stream:
                while part := stream.read(READ_BYTES):
                    yield part

        return parts()

    def remove(self, place: str) -> None:
        self.path(place).unlink(missing_ok=True)

    def places(self, *, older_than: float) -> Iterator[str]:
        for path in self.root.glob("??/??/*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < older_than:
                    yield path.name


def _settle(folder: Path) -> None:
    """The names in a folder reach the disk too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def _reached() -> Generator[None]:
    """A service that does not answer, or refuses us, is a store that cannot be used just now: OSError."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise OSError(str(error)) from error


class BucketStore:
    """Any service that speaks S3."""

    def __init__(self, client: Any, name: str, prefix: str = "") -> None:
        self.client, self.name, self.prefix = client, name, prefix

    def put(self, place: str, content: Iterable[bytes]) -> None:
        with tempfile.TemporaryFile() as spool:
            for part in content:
                spool.write(part)
            spool.seek(0)
            with _reached():
                self.client.upload_fileobj(spool, self.name, self.prefix + place)

    def has(self, place: str) -> bool:
        return bool(self._found("head_object", place))

    def read(self, place: str) -> Iterator[bytes]:
        found = self._found("get_object", place)
        if found is None:
            raise FileNotFoundError(place)
        return found["Body"].iter_chunks(READ_BYTES)

    def remove(self, place: str) -> None:
        with _reached():
            self.client.delete_object(Bucket=self.name, Key=self.prefix + place)

    def places(self, *, older_than: float) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix)
        for page in pages:
            for one in page.get("Contents", ()):
                if one["LastModified"].timestamp() < older_than:
                    yield one["Key"].removeprefix(self.prefix)

    def _found(self, act: str, place: str) -> Any:
        from botocore.exceptions import ClientError

        with _reached():
            try:
                return getattr(self.client, act)(Bucket=self.name, Key=self.prefix + place)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound"):
                    return None
                raise


def bucket() -> BucketStore:
    """The bucket that the settings name."""
    chosen = file_settings()
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise Broken("files.no_s3") from error
    # a checksum of the SDK's own making is refused by many services that speak S3
    config = Config(
        s3={"addressing_style": "path"}, retries={"max_attempts": 3, "mode": "standard"},
        connect_timeout=5, read_timeout=30,  # somebody waits for the reply
        request_checksum_calculation="when_required", response_checksum_validation="when_required",
    )  # fmt: skip
    client = boto3.client(
        "s3", endpoint_url=chosen.endpoint, region_name=chosen.region, aws_access_key_id=chosen.access_key,
        aws_secret_access_key=chosen.secret_key, config=config,
    )  # fmt: skip
    return BucketStore(client, chosen.bucket or "", chosen.prefix)


@functools.cache
def store() -> Store:
    """The store of this installation."""
    if file_settings().bucket:
        return bucket()
    home = settings()
    return FolderStore(home.files, home.home / "incoming")


@functools.cache
def key() -> bytes | None:
    """The key that contents are encrypted with; None: they are not."""
    text = file_settings().key
    return None if text is None else key_from(text)


def forget_store() -> None:
    """Settings have changed: read them again."""
    for one in (store, key, file_settings):
        one.cache_clear()

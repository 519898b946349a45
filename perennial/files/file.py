"""A file's way in and out.

In:   a stream of bytes and a name
Out:  a row of files.file whose content stands in the store; later the content, chunk by chunk
"""

import contextlib
import hashlib
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO

from perennial.files.content import FILE_BYTES, type_of
from perennial.files.picture import picture
from perennial.files.sealed import Damaged, place_of, seal, unseal
from perennial.files.store import READ_BYTES, key, store
from perennial.kernel import Broken, Invalid, Tx

LONGEST_NAME = 200
COLUMNS = "id, sha256, size, type, name, width, height, place, thumb, sealed, by, named_at IS NOT NULL AS named"


@dataclass(frozen=True, slots=True)
class File:
    """`by`: who uploaded it. `named`: a record names it, or did."""

    id: int
    sha256: str
    size: int
    type: str
    name: str
    width: int | None
    height: int | None
    place: str
    thumb: str | None
    sealed: bool
    by: int | None
    named: bool

    def told(self) -> dict[str, Any]:
        """What a record keeps of it, and what the client gets."""
        plain: dict[str, Any] = {"file": self.id, "name": self.name, "type": self.type, "size": self.size}
        return plain if self.width is None else {**plain, "width": self.width, "height": self.height}


def add(tx: Tx, stream: BinaryIO, name: str, *, most_bytes: int = FILE_BYTES) -> File:
    """The content is in the store and this transaction's actor has a file; equal contents stand there once.

    errors  Invalid files.empty, too_large, refused, not_what_it_says, broken_image, large_image
            Broken files.not_kept when the store is full or cannot be reached; nothing of the file is kept then
    """
    name = clean_name(name)
    with _kept(name), tempfile.TemporaryFile() as spool:
        digest, size = hashlib.sha256(), 0
        while part := stream.read(READ_BYTES):
            size += len(part)
            if size > most_bytes:
                raise Invalid("files.too_large", name=name, limit_mb=most_bytes // (1024 * 1024))
            digest.update(part)
            spool.write(part)
        if not size:
            raise Invalid("files.empty", name=name)
        type_ = type_of(spool, name)
        seen = picture(spool, type_, name)
        sha256 = digest.hexdigest()
        place = put(tx, sha256, spool)
        thumb = None
        if seen is not None:
            with tempfile.TemporaryFile() as small:
                small.write(seen.thumb)
                thumb = put(tx, hashlib.sha256(seen.thumb).hexdigest(), small)
    row = tx.one(
        "INSERT INTO files.file (sha256, size, type, name, width, height, place, thumb, sealed, by)"
        " VALUES (%(sha256)s, %(size)s, %(type)s, %(name)s, %(width)s, %(height)s, %(place)s, %(thumb)s, %(sealed)s,"
        f" %(me)s) RETURNING {COLUMNS}",
        {
            "sha256": sha256, "size": size, "type": type_, "name": name, "width": seen and seen.width,
            "height": seen and seen.height, "place": place, "thumb": thumb, "sealed": key() is not None,
        },
    )  # fmt: skip
    assert row is not None
    return File(**row)


@contextlib.contextmanager
def _kept(name: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise Broken("files.not_kept", name=name) from error


def put(tx: Tx, sha256: str, content: IO[bytes]) -> str:
    """The place of a content, which stands there. The lock keeps the sweep from removing it before we commit."""
    secret = key()
    place = place_of(sha256, secret)
    tx.lock(lock_of(place))
    if not store().has(place):
        content.seek(0)
        parts = _parts(content)
        store().put(place, parts if secret is None else seal(parts, secret))
    return place


def lock_of(place: str) -> str:
    return f"file {place}"


def _parts(stream: IO[bytes]) -> Iterator[bytes]:
    while part := stream.read(READ_BYTES):
        yield part


def clean_name(name: str) -> str:
    """A name without folders, control characters and marks that turn the reading direction; its extension is kept."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(
        c for c in bare if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    plain = " ".join(plain.split()).strip(". ") or "file"
    if len(plain) <= LONGEST_NAME:
        return plain
    suffix = PurePosixPath(plain).suffix[:20]
    return plain[: LONGEST_NAME - len(suffix)] + suffix


def known(tx: Tx, ids: Iterable[int]) -> dict[int, File]:
    """id -> file, of those that exist."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = tx.rows(f"SELECT {COLUMNS} FROM files.file WHERE id IN (SELECT unnest(%(ids)s::bigint[]))", {"ids": wanted})
    return {row["id"]: File(**row) for row in rows}


def keep(tx: Tx, ids: Sequence[int]) -> None:
    """A record names these files: the sweep leaves them, even when the record no longer does (its history does)."""
    if ids:
        tx.run(
            "UPDATE files.file SET named_at = %(now)s"
            " WHERE named_at IS NULL AND id IN (SELECT unnest(%(ids)s::bigint[]))",
            {"ids": list(ids)},
        )


def read(file: File, *, thumb: bool = False) -> Iterator[bytes]:
    """The content. What is wrong is said before the first chunk, or by Broken files.damaged in the middle of it."""
    place = file.thumb if thumb and file.thumb else file.place
    secret = key()
    if file.sealed and secret is None:
        raise Broken("files.no_key", name=file.name)
    try:
        content = store().read(place)
    except FileNotFoundError as error:
        raise Broken("files.gone", name=file.name) from error
    except OSError as error:
        raise Broken("files.away", name=file.name) from error
    return _opened(content, secret, file) if file.sealed and secret else content


def _opened(content: Iterator[bytes], secret: bytes, file: File) -> Iterator[bytes]:
    try:
        yield from unseal(content, secret)
    except Damaged as error:
        raise Broken("files.damaged", name=file.name) from error


def missing(tx: Tx) -> list[File]:
    """Files whose content is not in the store."""
    here = store()
    return [file for row in tx.rows(f"SELECT {COLUMNS} FROM files.file ORDER BY id")
            if not here.has((file := File(**row)).place) or (file.thumb and not here.has(file.thumb))]  # fmt: skip

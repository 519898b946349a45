"""A ZIP of a stranger, entry by entry: names as they were written, sizes as they are, nothing unpacked to the disk."""

import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from perennial.kernel import Invalid

MOST_MB = 500  # of the ZIP
MOST_FILES = 2_000
MOST_UNPACKED_MB = 2_000
MOST_RATIO = 200  # unpacked to packed: no certificate shrinks so much
_DIRECTORY_BYTES = 1 << 20  # of the list of entries: 2,000 long names fit twice
_END = b"PK\x05\x06"
_OURS = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")  # what systems leave behind


@dataclass(frozen=True, slots=True)
class Entry:
    """`name`: the last part of its path; folders in it mean nothing."""

    n: int
    name: str
    size: int
    info: zipfile.ZipInfo


def refuse_size(size: int) -> None:
    """Before a byte is kept."""
    if size > MOST_MB << 20:
        raise Invalid("bundles.too_big", path="file", size_mb=-(-size // (1 << 20)), limit_mb=MOST_MB)


@contextmanager
def opened(path: Path, name: str) -> Generator[tuple[zipfile.ZipFile, list[Entry]]]:
    """The files in the ZIP. Refused are what is no ZIP, too many or too large entries, and encrypted ones."""
    refuse_size(path.stat().st_size)
    _refuse_directory(path, name)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Invalid("bundles.not_a_zip", path="file", name=name) from error
    with archive:
        entries = [
            Entry(n, written(info).replace("\\", "/").rpartition("/")[2], info.file_size, info)
            for n, info in enumerate(archive.infolist(), 1)
            if not info.is_dir() and not any(part in written(info) for part in _OURS)
        ]
        if any(one.info.flag_bits & 1 for one in entries):
            raise Invalid("bundles.encrypted", path="file", name=name)
        unpacked, packed = sum(one.size for one in entries), sum(one.info.compress_size for one in entries)
        if unpacked > MOST_UNPACKED_MB << 20 or unpacked > max(1 << 20, packed * MOST_RATIO):
            raise Invalid("bundles.bomb", path="file", name=name, size_mb=unpacked >> 20, limit_mb=MOST_UNPACKED_MB)
        if len(entries) > MOST_FILES:
            raise Invalid("bundles.too_many", path="file", count=len(entries), limit=MOST_FILES)
        if not entries:
            raise Invalid("bundles.empty", path="file", name=name)
        yield archive, entries


def content(archive: zipfile.ZipFile, entry: Entry) -> IO[bytes]:
    """The bytes of an entry, at most as many as it says it has. Invalid bundles.damaged."""
    try:
        return archive.open(entry.info)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Invalid("bundles.damaged", path="file", name=entry.name) from error


def written(info: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: marked UTF-8, else bytes that are UTF-8, else the Chinese of Windows."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _refuse_directory(path: Path, name: str) -> None:
    """The list of entries is small before the library reads it into memory."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 65_557))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise Invalid("bundles.not_a_zip", path="file", name=name)
    count, size = int.from_bytes(tail[at + 10 : at + 12], "little"), int.from_bytes(tail[at + 12 : at + 16], "little")
    if size > _DIRECTORY_BYTES:
        raise Invalid("bundles.too_many", path="file", count=count, limit=MOST_FILES)

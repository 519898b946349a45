"""What the workbook library does not tell of an .xls: encryption, error cells, and negative serials shown as dates.

An .xls is a compound file (sectors chained by a table) whose stream `Workbook` is a run of records (id, length, body).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .refusal import RefusalError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ERROR_TEXT = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_END = 0xFFFFFFFA  # this and above: end of chain, free, tables


@dataclass
class Hidden:
    """What must be put back: error cells and negative numbers, by (row, column) from 0."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    raw: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])


class Compound:
    """A compound file in memory."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 1536:
            raise RefusalError("imports.truncated")
        self.data = data
        self.size = 1 << struct.unpack_from("<H", data, 30)[0]
        if self.size not in (512, 4096):
            raise RefusalError("imports.truncated")
        tables = [s for s in struct.unpack_from("<109I", data, 76) if s < _END]
        more, count = struct.unpack_from("<2I", data, 68)
        for _ in range(min(count, 10_000)):
            if more >= _END:
                break
            part = self._numbers(self._sector(more))
            tables += [s for s in part[:-1] if s < _END]
            more = part[-1]
        self.next: list[int] = [n for table in tables for n in self._numbers(self._sector(table))]
        self.entries = list(self._entries(self._chain(struct.unpack_from("<I", data, 48)[0])))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        return self.data[start : start + self.size]

    @staticmethod
    def _numbers(part: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4])

    def _chain(self, first: int) -> bytes:
        parts: list[bytes] = []
        while first < len(self.next) and len(parts) <= len(self.next):
            parts.append(self._sector(first))
            first = self.next[first]
        return b"".join(parts)

    @staticmethod
    def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
        for start in range(0, len(directory) - 127, 128):
            entry = directory[start : start + 128]
            length = struct.unpack_from("<H", entry, 64)[0]
            if 2 <= length <= 64:
                name = entry[: length - 2].decode("utf-16-le", "replace")
                yield name, struct.unpack_from("<I", entry, 116)[0], struct.unpack_from("<I", entry, 120)[0]

    def names(self) -> set[str]:
        return {name for name, _, _ in self.entries}

    def stream(self, wanted: str) -> bytes:
        root = self.entries[0] if self.entries else ("", _END, 0)
        for name, first, length in self.entries:
            if name != wanted:
                continue
            if length >= struct.unpack_from("<I", self.data, 56)[0]:
                return self._chain(first)[:length]
            return self._small(self._chain(root[1]), first, length)
        return b""

    def _small(self, store: bytes, first: int, length: int) -> bytes:
        links = self._numbers(self._chain(struct.unpack_from("<I", self.data, 60)[0]))
        parts: list[bytes] = []
        while first < len(links) and len(parts) <= len(links):
            parts.append(store[first * 64 : first * 64 + 64])
            first = links[first]
        return b"".join(parts)[:length]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, from its BOF to its EOF; embedded ones (charts) are passed over."""
    depth = 0
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, start)
        body = stream[start + 4 : start + 4 + length]
        start += 4 + length
        if kind == 0x0809:
            depth += 1
        elif kind == 0x000A:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, body


def workbook(data: bytes) -> bytes:
    """The stream of records; refuses what is encrypted."""
    file = Compound(data)
    names = file.names()
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        raise RefusalError("imports.encrypted")
    stream = file.stream("Workbook") or file.stream("Book")
    if any(kind == 0x002F for kind, _ in _records(stream, 0)):
        raise RefusalError("imports.encrypted")
    return stream


def sheet_starts(stream: bytes) -> list[int]:
    """Where each sheet's records begin, in the order of the tabs."""
    return [struct.unpack_from("<I", body)[0] for kind, body in _records(stream, 0) if kind == 0x0085 and len(body) > 4]


def _packed(value: int) -> float:
    """A number packed into 30 bits, as .xls files do."""
    number = (value >> 2 if value < 2**31 else (value - 2**32) >> 2) if value & 2 else 0
    real = float(number) if value & 2 else struct.unpack("<d", b"\0\0\0\0" + struct.pack("<I", value & ~3))[0]
    return real / 100 if value & 1 else real


def hidden(stream: bytes, start: int) -> Hidden:
    """Error cells and negative numbers of one sheet."""
    found = Hidden()
    for kind, body in _records(stream, start):
        if kind == 0x0205 and len(body) >= 8 and body[7]:
            found.errors[struct.unpack_from("<2H", body)] = ERROR_TEXT.get(body[6], "#VALUE!")
        elif kind == 0x0006 and len(body) >= 14 and body[12:14] == b"\xff\xff":
            if body[6] == 2:
                found.errors[struct.unpack_from("<2H", body)] = ERROR_TEXT.get(body[8], "#VALUE!")
        elif kind in (0x0203, 0x0006) and len(body) >= 14:
            number = struct.unpack_from("<d", body, 6)[0]
            if number < 0:
                found.raw[struct.unpack_from("<2H", body)] = repr(number)
        elif kind == 0x027E and len(body) >= 10:
            number = _packed(struct.unpack_from("<I", body, 6)[0])
            if number < 0:
                found.raw[struct.unpack_from("<2H", body)] = repr(number)
        elif kind == 0x00BD:
            row, column = struct.unpack_from("<2H", body)
            for index in range((len(body) - 6) // 6):
                number = _packed(struct.unpack_from("<I", body, 6 + index * 6)[0])
                if number < 0:
                    found.raw[(row, column + index)] = repr(number)
    return found

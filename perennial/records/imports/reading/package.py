"""What must be known of an .xlsx before the workbook library sees it, and what it does not tell: an .xlsx is a zip.

Checked first: entries, unpacked size, the span of the cells (the library allocates the rectangle between the outermost
cells, and dies of A1 + XFD1048576). Put back afterwards: error cells, long integers, negative serials shown as dates.
"""

import re
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from .compound import Hidden
from .refusal import RefusalError

MAX_ENTRIES = 5_000
MAX_UNPACKED = 700 * 1024 * 1024
MAX_CELLS = 40_000_000  # of the rectangle, filled or not
_CELL = re.compile(rb'\br="([A-Z]{1,3})\d')
_ROW = re.compile(rb'\br="[A-Z]{0,3}(\d+)"')
_TRAP = re.compile(rb"""t=["']e["']|>\s*-[\d.]|>\d{16}""")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")


def _column(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number


class Package:
    """The opened zip, checked."""

    def __init__(self, path: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
            entries = self.zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, struct.error):
            raise RefusalError("imports.truncated") from None
        if len(entries) > MAX_ENTRIES:
            raise RefusalError("imports.unpacks_too_big", entries=len(entries), limit=MAX_ENTRIES)
        size = sum(entry.file_size for entry in entries)
        if size > MAX_UNPACKED:
            raise RefusalError("imports.unpacks_too_big", mb=size >> 20, limit_mb=MAX_UNPACKED >> 20)
        if any(entry.flag_bits & 1 for entry in entries):
            raise RefusalError("imports.encrypted")
        self.names = {entry.filename for entry in entries}

    def read(self, name: str) -> bytes:
        """At most what the directory of the zip says: a lying entry ends in a refusal, not in memory."""
        name = name.lstrip("/")
        found = name if name in self.names else next((n for n in self.names if n.lower() == name.lower()), None)
        if found is None:
            return b""
        limit = self.zip.getinfo(found).file_size
        try:
            with self.zip.open(found) as part:
                data = part.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            raise RefusalError("imports.truncated") from None
        if len(data) > limit:
            raise RefusalError("imports.unpacks_too_big", mb=limit >> 20, limit_mb=MAX_UNPACKED >> 20)
        return data

    def sheet_parts(self) -> dict[str, str]:
        """Sheet name -> the part of the zip that holds its cells."""
        start = self._related("_rels/.rels", "", "officeDocument").get("*") or "xl/workbook.xml"
        base = str(PurePosixPath(start).parent)
        by_id = self._related(f"{base}/_rels/{PurePosixPath(start).name}.rels", base, "")
        found: dict[str, str] = {}

        def element(tag: str, attributes: dict[str, str]) -> None:
            if tag.split(":")[-1] == "sheet" and "name" in attributes:
                own = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                if own in by_id:
                    found[attributes["name"]] = by_id[own]

        _walk(self.read(start), element)
        return found

    def _related(self, part: str, base: str, only: str) -> dict[str, str]:
        found: dict[str, str] = {}

        def element(tag: str, attributes: dict[str, str]) -> None:
            if tag.split(":")[-1] != "Relationship" or only not in attributes.get("Type", ""):
                return
            target = attributes.get("Target", "")
            full = target if target.startswith("/") else f"{base}/{target}"
            parts: list[str] = []
            for piece in full.split("/"):
                if piece == "..":
                    parts = parts[:-1]
                elif piece not in ("", "."):
                    parts.append(piece)
            found[attributes.get("Id", "")] = "/".join(parts)
            if only and attributes.get("Type", "").endswith(f"/{only}"):
                found["*"] = "/".join(parts)

        _walk(self.read(part), element)
        return found

    def check_span(self, data: bytes) -> None:
        """Refuse a rectangle that no memory holds, whatever the sheet says its dimension is."""
        columns = {_column(name.decode()) for name in set(_CELL.findall(data))}
        rows = [int(number) for number in set(_ROW.findall(data))]
        if not columns or not rows:
            return
        wide, high = max(columns) - min(columns) + 1, max(rows) - min(rows) + 1
        if wide * high > MAX_CELLS:
            raise RefusalError("imports.too_many_cells", rows=high, columns=wide, limit=MAX_CELLS)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise RefusalError("imports.truncated")  # no workbook defines entities; only bombs do

    parser.EntityDeclHandler = refuse
    return parser


def _walk(data: bytes, element: object) -> None:
    if not data:
        return
    parser = _parser()
    parser.StartElementHandler = element  # pyright: ignore[reportAttributeAccessIssue]
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise RefusalError("imports.truncated") from None


def hidden(data: bytes) -> Hidden:
    """Error cells, integers beyond 15 digits and negative numbers, as the file writes them."""
    found = Hidden()
    if not _TRAP.search(data):
        return found
    at, kind, inside = (0, -1), "", False
    text: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal at, kind, inside
        local = tag.split(":")[-1]
        if local == "row":
            at = (int(attributes["r"]) - 1 if attributes.get("r", "").isdigit() else at[0] + 1, -1)
        elif local == "c":
            kind = attributes.get("t", "n")
            reference = _REFERENCE.fullmatch(attributes.get("r", ""))
            if reference:
                at = (int(reference.group(2)) - 1, _column(reference.group(1)) - 1)
            else:
                at = (at[0], at[1] + 1)
        elif local == "v" and kind in ("e", "n"):
            inside = True
            text.clear()

    def end(tag: str) -> None:
        nonlocal inside
        if not inside or tag.split(":")[-1] != "v":
            return
        inside = False
        value = "".join(text).strip()
        if kind == "e":
            found.errors[at] = value or "#VALUE!"
        elif value.startswith("-") or (value.isdigit() and len(value) > 15):
            found.raw[at] = value

    def characters(part: str) -> None:
        if inside:
            text.append(part)

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise RefusalError("imports.truncated") from None
    return found

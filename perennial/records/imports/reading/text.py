"""Text tables: which encoding, which delimiter, then the rows. Nothing is guessed twice: what was taken is reported."""

import codecs
import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from .layout import Numbered
from .refusal import RefusalError

MAX_CELL = 1_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")  # a text that an export kept from being taken for a formula
_DELIMITERS = ",;\t|"
_NO_TEXT = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")  # control characters that no table has
ENCODINGS = frozenset(
    {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "gb18030", "cp1252", "big5"}
)


def encoding_of(data: bytes) -> str:
    """BOM, else the pattern of zero bytes, else UTF-8 when valid, else Chinese or Western by its high bytes."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    head = data[:4096]
    zeros = [head[i::4].count(0) for i in range(4)]
    if len(head) >= 4 and sum(zeros) > len(head) * 0.2:
        if zeros[2] == len(head[2::4]) and zeros[3] == len(head[3::4]):
            return "utf-32-le"
        return "utf-16-le" if zeros[1] + zeros[3] > zeros[0] + zeros[2] else "utf-16-be"
    if len(data) % 2 == 0 and sum(zeros):  # Chinese has few zero bytes in UTF-16; its line ends have
        for name, end in (("utf-16-le", b"\n\0"), ("utf-16-be", b"\0\n")):
            if any(data.startswith(end, at) for at in range(0, min(len(data), 1_000_000), 2)) and _is_text(data, name):
                return name
    for name in ("utf-8", "gb18030"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or not _western(data):
            return name
    return "cp1252"


def _is_text(data: bytes, encoding: str) -> bool:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return "\0" not in text and not _NO_TEXT.search(text)


def _western(data: bytes) -> bool:
    """A lone high byte between letters (premi\xe8re) is an accent; Chinese characters are pairs of high bytes."""
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", data[:1_000_000])]
    lone = sum(1 for run in runs if run == 1)
    return lone > len(runs) / 2


def decode(data: bytes, wanted: str | None) -> tuple[str, str]:
    """(text without BOM, encoding used)."""
    name = wanted or encoding_of(data)
    if name not in ENCODINGS and name != "utf-32":
        raise RefusalError("imports.unknown_encoding", encoding=name)
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        if wanted:
            raise RefusalError("imports.wrong_encoding", encoding=name) from None
        text = data.decode(name, errors="replace")  # cp1252 leaves five bytes undefined: they become visible marks
    return text.removeprefix("\ufeff"), name


def delimiter_of(text: str) -> str:
    """The one that splits the first lines most evenly, quoted parts left out."""
    sample = re.sub(r'"[^"]*"', "", text[:65_536])
    lines = [line for line in re.split(r"\r\n|\r|\n", sample)[:50] if line.strip()]
    best, score = ",", 0.0
    for mark in _DELIMITERS:
        counts = [line.count(mark) for line in lines]
        present = [count for count in counts if count]
        if not present:
            continue
        usual = max(set(present), key=present.count)
        even = sum(1 for count in counts if count == usual) / len(counts)
        got = even * (1 + min(usual, 50) / 100)
        if got > score:
            best, score = mark, got
    return best


class Text:
    """A decoded text table whose rows can be read more than once."""

    def __init__(self, path: Path, encoding: str | None = None, delimiter: str | None = None) -> None:
        text, self.encoding = decode(path.read_bytes(), encoding)
        self.zeros = text.count("\0")
        text = text.replace("\0", "")
        if len(_NO_TEXT.findall(text[:65_536])) * 100 > min(len(text), 65_536):
            raise RefusalError("imports.not_a_table")
        said = re.match(r"sep=(.)(\r\n|\r|\n)", text)
        self.first = 1
        if said:
            text, self.first = text[said.end() :], 2
        self.delimiter = delimiter or (said.group(1) if said else delimiter_of(text))
        self.text = text
        self.broken_quote = False

    def rows(self) -> Iterable[Numbered]:
        csv.field_size_limit(MAX_CELL)
        quoting = csv.QUOTE_NONE if self.broken_quote else csv.QUOTE_MINIMAL
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, quoting=quoting)
        try:
            for number, row in enumerate(reader, self.first):
                yield number, [cell[1:] if cell.startswith("'") and _MARKED.match(cell) else cell for cell in row]
        except csv.Error:
            raise RefusalError("imports.cell_too_long", row=reader.line_num, limit=MAX_CELL) from None

    def check_quotes(self) -> None:
        """A quote that is never closed would swallow the rest of the file into one cell: then quotes are plain text."""
        if self.text.count('"') % 2 == 0:
            return
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        csv.field_size_limit(MAX_CELL)
        try:
            for _ in reader:
                pass
        except csv.Error as error:
            self.broken_quote = "unexpected end" in str(error) or "larger than" in str(error)

"""`python -c … FILE FOLDER OPTIONS`: read FILE into FOLDER. Exit code 0 with about.json, or 3 with refusal.json."""

import json
import resource
import sys
from pathlib import Path
from typing import Any


def limit(memory_mb: int, cpu_s: int, disk_mb: int) -> None:
    """Before anything of the file is touched: what a hostile file can take from this machine."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk_mb << 20, disk_mb << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(path: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Which reader is judged by content, never by the name of the file."""
    from . import compound, layout
    from .book import Book
    from .refusal import RefusalError
    from .text import Text

    with path.open("rb") as file:
        head = file.read(512)
    header_row, rows = options.get("header_row"), folder / "rows.csv"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", compound.MAGIC)):
        book = Book(path, options.get("sheet"), is_zip=head.startswith(b"PK"))
        table = layout.write(book.rows, rows, header_row, book.merged)
        about: dict[str, Any] = {"kind": "workbook", "sheets": book.sheets, "sheet": book.sheet}
        notes = book.notes
    else:
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
        if start.startswith((b"<?xml", b"<html", b"<!doctype", b"%pdf", b"{\\rtf", b"\x89png", b"\xff\xd8\xff")):
            raise RefusalError("imports.not_a_table")
        if options.get("extension") in ("xlsx", "xlsm", "xls"):
            raise RefusalError("imports.truncated")
        text = Text(path, options.get("encoding"), options.get("delimiter"))
        text.check_quotes()
        table = layout.write(text.rows, rows, header_row)
        about = {"kind": "text", "encoding": text.encoding, "delimiter": text.delimiter, "sheets": [], "sheet": None}
        notes = {}
        if text.zeros:
            notes["zeros_removed"] = text.zeros
        if text.broken_quote:
            notes["quotes_as_text"] = True
    return about | {
        "header_row": table.header_row,
        "columns": table.columns,
        "rows": table.rows,
        "notes": notes | table.notes,
    }


def main(arguments: list[str]) -> int:
    path, folder, options = Path(arguments[0]), Path(arguments[1]), json.loads(arguments[2])
    limit(options["memory_mb"], options["cpu_s"], options["disk_mb"])
    from .refusal import RefusalError

    try:
        about = read(path, folder, options)
    except RefusalError as refusal:
        reply = {"code": refusal.code, "facts": refusal.facts}
        (folder / "refusal.json").write_text(json.dumps(reply, ensure_ascii=False), encoding="utf-8")
        return 3
    except MemoryError:
        (folder / "refusal.json").write_text('{"code": "imports.too_much_memory", "facts": {}}', encoding="utf-8")
        return 3
    (folder / "about.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

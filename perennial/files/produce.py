"""A file that the program made itself: nobody's name for it is checked, its type is known."""

import hashlib
from typing import IO

from perennial.files.file import COLUMNS, File, clean_name, put
from perennial.files.store import READ_BYTES, key
from perennial.kernel import Tx


def produce(tx: Tx, content: IO[bytes], name: str, type_: str) -> File:
    """The content is in the store and this transaction's actor has a file, for a day unless a record names it."""
    digest, size = hashlib.sha256(), 0
    while part := content.read(READ_BYTES):
        digest.update(part)
        size += len(part)
    sha256 = digest.hexdigest()
    row = tx.one(
        "INSERT INTO files.file (sha256, size, type, name, place, sealed, by, at) VALUES (%(sha256)s, %(size)s,"
        f" %(type)s, %(name)s, %(place)s, %(sealed)s, %(me)s, %(now)s) RETURNING {COLUMNS}",
        {
            "sha256": sha256, "size": size, "type": type_, "name": clean_name(name),
            "place": put(tx, sha256, content), "sealed": key() is not None,
        },
    )  # fmt: skip
    assert row is not None
    return File(**row)

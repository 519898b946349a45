"""Contents from elsewhere, whose rows of files.file come with them."""

import hashlib
import tempfile
from dataclasses import dataclass
from typing import IO

from perennial.files.file import put
from perennial.files.picture import picture
from perennial.files.sealed import place_of
from perennial.files.store import READ_BYTES, key
from perennial.kernel import Invalid, Tx


@dataclass(frozen=True, slots=True)
class Adopted:
    """Where a content stands here, as its row says it."""

    place: str
    thumb: str | None
    sealed: bool


def adopt(tx: Tx, sha256: str, content: IO[bytes] | None, type_: str) -> Adopted:
    """The content is in this installation's store, with its thumbnail. None: it was lost before, only its row is kept.

    errors  Invalid files.altered when it is not what its name says
    """
    if content is None:
        return Adopted(place_of(sha256, key()), None, key() is not None)
    with tempfile.TemporaryFile() as spool:
        digest = hashlib.sha256()
        while part := content.read(READ_BYTES):
            digest.update(part)
            spool.write(part)
        if digest.hexdigest() != sha256:
            raise Invalid("files.altered", name=sha256)
        seen = picture(spool, type_, sha256)
        place, thumb = put(tx, sha256, spool), None
        if seen is not None:
            with tempfile.TemporaryFile() as small:
                small.write(seen.thumb)
                thumb = put(tx, hashlib.sha256(seen.thumb).hexdigest(), small)
    return Adopted(place, thumb, key() is not None)

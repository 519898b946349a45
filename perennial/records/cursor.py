"""Where a page ended: the sort values of its last row and its id, opaque to the client."""

import base64
import binascii
import hashlib
import json
from typing import Any, cast

from perennial.kernel import Invalid

_LIMIT = 4_000  # characters


def shape(sort: object) -> str:
    """A short fingerprint: a cursor of another sort order is refused."""
    return hashlib.blake2s(repr(sort).encode(), digest_size=4).hexdigest()


def encode(mark: str, values: list[str | None], record_id: int) -> str:
    text = json.dumps([mark, values, record_id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str, mark: str, count: int) -> tuple[list[str | None], int]:
    """The values and the id; `Invalid` when the text is not a cursor of this order."""
    try:
        if len(text) > _LIMIT:
            raise ValueError
        found: Any = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        given, values, record_id = found
        good = given == mark and isinstance(values, list) and type(record_id) is int and abs(record_id) < 2**62
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Invalid("records.cursor", path="after") from error
    if not good or len(values) != count or not all(v is None or isinstance(v, str) for v in values):
        raise Invalid("records.cursor", path="after")
    return cast(list[str | None], values), cast(int, record_id)

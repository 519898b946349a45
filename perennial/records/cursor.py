"""Where a page ended: the sort values of its last row and its id, opaque to the client."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from perennial.kernel import Invalid, Row

_LIMIT = 4_000  # characters


def shape(sort: object) -> str:
    """A short fingerprint: a cursor of another sort order is refused."""
    return hashlib.blake2s(repr(sort).encode(), digest_size=4).hexdigest()


def encode(mark: str, values: Sequence[str | None], record_id: int) -> str:
    text = json.dumps([mark, list(values), record_id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cut(mark: str, found: list[Row], limit: int, *keys: str) -> tuple[list[Row], str | None]:
    """The page of rows of which one more than `limit` was asked for, and the cursor of what follows it, if anything.

    keys  of the columns that were sorted by before `id`, as text
    """
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, encode(mark, [page[-1][key] for key in keys], page[-1]["id"])


@dataclass(frozen=True, slots=True)
class Place:
    """`mark` must be the shape of the order that is being paged."""

    mark: str
    values: list[str | None]
    record_id: int


def decode(text: str, count: int) -> Place:
    """The place of a cursor with `count` values; `Invalid` when the text is none."""
    try:
        if len(text) > _LIMIT:
            raise ValueError
        found: Any = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        mark, values, record_id = found
        good = isinstance(mark, str) and isinstance(values, list) and type(record_id) is int and abs(record_id) < 2**62
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Invalid("records.cursor", path="after") from error
    if not good or len(values) != count or not all(v is None or _text(v) for v in values):
        raise Invalid("records.cursor", path="after")
    return Place(mark, cast("list[str | None]", values), cast("int", record_id))


def _text(value: object) -> bool:
    return isinstance(value, str) and "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)

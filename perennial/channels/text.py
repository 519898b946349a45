"""Texts within a limit of bytes, cut between characters and never in one; JSON as it goes over the wire."""

import json
import unicodedata
from collections.abc import Callable
from typing import Any

MARK = "…"
_JOINER, _SKINS = "\u200d", range(0x1F3FB, 0x1F400)


def clean(text: str) -> str:
    """Without halves of characters, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def json_bytes(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def cut(text: str, limit: int, size: Callable[[str], int] = bytes_of) -> tuple[str, bool]:
    """(text of at most `limit`, whether something was left out). What was cut ends in `…`.

    `size` says how large a text is, where it stands inside something else; it must not shrink as the text grows
    """
    text = clean(text)
    if size(text) <= limit:
        return text, False
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if size(text[:middle] + MARK) <= limit:
            low = middle
        else:
            high = middle - 1
    while 0 < low < len(text) and _inside(text, low):
        low -= 1
    shortened = text[:low] + MARK
    return (shortened if size(shortened) <= limit else ""), True


def _inside(text: str, at: int) -> bool:
    """Cutting before this code point would take a mark off its letter, or a person out of an emoji."""
    here = text[at]
    return (
        unicodedata.combining(here) != 0
        or here == _JOINER
        or text[at - 1] == _JOINER
        or 0xFE00 <= ord(here) <= 0xFE0F
        or ord(here) in _SKINS
    )

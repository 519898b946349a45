"""Text -> tokens. Accepts what a Chinese keyboard types: （），“”【】＋－×÷≤≥≠ and full-width digits."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from perennial.formula.suggest import problem
from perennial.kernel import Invalid

LONGEST = 8_192  # characters of a formula, as in Excel

_TOKEN = re.compile(
    r"""
    (?P<space>[\s\u3000\u200b\ufeff]+)
  | (?P<number>(?:\d+(?:[.．]\d*)?|[.．]\d+)(?:[eE][+-]?\d{1,3}(?!\w))?)
  | (?P<name>[^\W\d]\w*)
  | (?P<text>"(?:[^"]|"")*"|[“”][^“”]*[“”])
  | (?P<label>\[(?:[^\]]|\]\])*\]|【[^】]*】)
  | (?P<op><=|>=|<>|!=|＜＝|＞＝|＜＞|[-+*/^&=<>(),.%＋－＊／＾＆＝＜＞（），．％×÷≤≥≠−。])
    """,
    re.VERBOSE,
)
_PLAIN = str.maketrans("＋－−＊×／÷＾＆＝＜＞（），．％。", "+--**//^&=<>(),.%.")
_SIGNS = {"≤": "<=", "≥": ">=", "≠": "<>", "!=": "<>"}
_WIDE, _DECIMALS = Context(prec=40), Decimal("1e-10")
_UNFIT = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL stores neither


@dataclass(frozen=True, slots=True)
class Token:
    """kind: number, name, label (a name that stood in brackets), text, op, end. `value` is what it means."""

    kind: str
    value: Any
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """All tokens of `text`, an `end` token last. A leading `=`, as typed in Excel, is dropped."""
    if len(text) > LONGEST:
        raise problem("formula.too_long", LONGEST, length=len(text), limit=LONGEST)
    if unfit := _UNFIT.search(text):
        raise problem("formula.character", unfit.start(), character=repr(unfit.group())[1:-1])
    found: list[Token] = []
    place, length = 0, len(text)
    lead = len(text) - len(text.lstrip())
    if text[lead : lead + 1] in ("=", "＝"):
        place = lead + 1
    match = _TOKEN.match
    while place < length:
        hit = match(text, place)
        if hit is None:
            raise _unreadable(text, place)
        start, place = place, hit.end()
        kind = hit.lastgroup
        if kind == "space":
            continue
        found.append(Token(kind or "", _meaning(kind or "", hit.group(), start), start, place))
    found.append(Token("end", "", length, length))
    return found


def _meaning(kind: str, raw: str, start: int) -> Any:
    if kind == "op":
        plain = raw.translate(_PLAIN)
        return _SIGNS.get(plain, plain)
    if kind == "number":
        value = Decimal(unicodedata.normalize("NFKC", raw))
        if abs(value) >= Decimal("1e20"):
            raise problem("formula.number_range", start, start + len(raw))
        return value.quantize(_DECIMALS, context=_WIDE).normalize(_WIDE) if value else Decimal(0)
    if kind == "text":
        return raw[1:-1].replace('""', '"') if raw[0] == '"' else raw[1:-1]
    if kind == "label":
        return raw[1:-1].replace("]]", "]").strip()
    return raw


def _unreadable(text: str, place: int) -> Invalid:
    character = text[place]
    if character in '"“”':
        return problem("formula.unclosed_text", place, len(text))
    if character in "[【":
        return problem("formula.unclosed_label", place, len(text))
    return problem("formula.character", place, character=character)

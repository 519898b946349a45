"""Excel number and date formats -> what PostgreSQL's `to_char` takes. A format that says more gives None."""

import re
from decimal import Decimal
from typing import NamedTuple, TypeAlias


class NumberPattern(NamedTuple):
    """`digits` for to_char; None: only the words. style: 0 digits, 1 一二三, 2 壹贰叁; with `spoken` 一百二十三."""

    digits: str | None
    before: str
    after: str
    scale: Decimal
    style: int = 0
    spoken: bool = False


class NumberFormat(NamedTuple):
    """One section for all, two for the rest and the negative, three for positive, negative and zero."""

    sections: tuple[NumberPattern, ...]


class MomentFormat(NamedTuple):
    """`chinese`: the pattern holds marks that only `formula.text_chinese_moment` knows."""

    pattern: str
    chinese: bool = False


Format: TypeAlias = NumberFormat | MomentFormat
GENERAL = "FM999999999999999999990.9999999999"
_PIECE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.|[^"\\\[]|.', re.DOTALL)
_COLOUR = re.compile(
    r"\[(black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|黑色|蓝色|绿色|红色|白色|黄色)\]\Z", re.IGNORECASE
)
_LOCALE = re.compile(r"\[\$([^\]-]*)(?:-[0-9a-fA-F]+)?\]\Z")
_NUMBER = re.compile(
    r"""(?P<before>(?:"[^"]*"|\\.|[^0#?,.%"\\])*)(?P<digits>[0#][0#,]*(?:\.[0#]*)?,*|\.[0#]+)(?P<after>.*)\Z"""
)
_MOMENT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|y+|m+|d+|h+|s+|a{3,4}|am/pm|.', re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r'"([^"]*)"|\\(.)')
_PARTS = {
    "yyyy": "YYYY", "yy": "YY", "y": "YY", "mm": "MM", "m": "FMMM", "mmm": "FMMon", "mmmm": "FMMonth", "dd": "DD",
    "d": "FMDD", "ddd": "FMDy", "dddd": "FMDay", "hh": "HH24", "h": "FMHH24", "ss": "SS", "s": "FMSS",
    "aaa": '"\ue000"', "aaaa": '"星期\ue000"',
}  # fmt: skip
_SPOKEN = {"yyyy": 1, "m": 2, "mm": 2, "d": 3, "dd": 3}
_INTEGER_PLACES = 21  # a number has at most 20 digits before the point


def pattern(text: str, family: str) -> Format | None:
    """The format for numbers or for dates and datetimes."""
    return _number(text) if family == "number" else _moment(text)


def _plain(text: str) -> str:
    return _QUOTED.sub(lambda hit: (hit[1] or "") + (hit[2] or ""), text)


def _style(bracket: str) -> int | None:
    return {"[dbnum1]": 1, "[dbnum2]": 2}.get(bracket.lower())


def _number(text: str) -> NumberFormat | None:
    sections: list[list[str]] = [[]]
    styles = [0]
    for hit in _PIECE.finditer(text):
        piece = hit.group()
        style = _style(piece)
        if piece == ";":
            sections.append([])
            styles.append(0)
        elif style is not None:
            styles[-1] = style
        elif piece[0] == "[":
            locale = _LOCALE.match(piece)
            if locale is None and not _COLOUR.match(piece):
                return None
            sections[-1].append(f'"{locale[1]}"' if locale else "")
        elif piece[0] in "_*" and len(piece) == 2:
            sections[-1].append('" "' if piece[0] == "_" else "")
        else:
            sections[-1].append("#" if piece == "?" else piece)
    if len(sections) > 3:
        return None
    found = [_section("".join(pieces), style) for pieces, style in zip(sections, styles, strict=True)]
    known = tuple(one for one in found if one is not None)
    return NumberFormat(known) if len(known) == len(found) and known[0].digits is not None else None


def _section(text: str, style: int) -> NumberPattern | None:
    if text.lower() in ("general", "@", "g/通用格式", *([""] if style else [])):
        return NumberPattern(GENERAL, "", "", Decimal(1), style, style > 0)
    hit = _NUMBER.match(text)
    if hit is None:
        bare = _QUOTED.sub("", text)
        return None if re.search(r"[0#%.,]", bare) else NumberPattern(None, _plain(text), "", Decimal(1))
    if re.search(r"[0#eE\[\]]", _QUOTED.sub("", hit["before"] + hit["after"])):
        return None
    digits = hit["digits"].rstrip(",")
    thousands = len(hit["digits"]) - len(digits)
    whole, _, fraction = digits.partition(".")
    if not re.fullmatch("0*#*", fraction) or not re.fullmatch("#*0*", whole.replace(",", "")):
        return None
    grouped, needed = "," in whole, whole.count("0")
    if needed > _INTEGER_PLACES or len(fraction) > 10 or thousands > 6:
        return None
    places = "9" * (_INTEGER_PLACES - needed) + "0" * needed
    if grouped:
        places = ",".join(places[i : i + 3] for i in range(0, len(places), 3))
    after = _plain(hit["after"])
    scale = Decimal(100) ** after.count("%") / Decimal(1000) ** thousands
    decimals = fraction.replace("#", "9")
    return NumberPattern(
        "FM" + places + ("." + decimals if decimals else ""), _plain(hit["before"]), after, scale, style
    )


def _moment(text: str) -> MomentFormat | None:
    found: list[str] = []
    last, style = "", 0
    half_day = "am/pm" in text.lower()
    parts = [hit.group() for hit in _MOMENT.finditer(text)]
    for place, part in enumerate(parts):
        lower = part.lower()
        if lower == "am/pm":
            found.append("AM")
        elif part[0] == "[":
            if _style(part) is None and (not _LOCALE.match(part) or len(part) < 2):
                return None
            style = _style(part) or style
        elif part[0] in '"\\':
            found.append('"' + (part[1:-1] if part[0] == '"' else part[1:]).replace('"', "") + '"')
        elif lower[0] in "ymdhs" or lower in ("aaa", "aaaa"):
            following = next((p.lower()[0] for p in parts[place + 1 :] if p.lower()[0] in "ymdhs"), "")
            if lower in ("m", "mm") and (last == "h" or following == "s"):
                known = None if style else "MI" if lower == "mm" else "FMMI"
            elif style and lower[0] != "a":
                known = f'"{chr(0xE000 + 16 * style + _SPOKEN[lower])}"' if lower in _SPOKEN else None
            else:
                known = _PARTS.get(lower)
            if known is None:
                return None
            found.append(known.replace("HH24", "HH12") if half_day else known)
            last = lower[0]
        else:
            found.append(f'"{part}"' if part != '"' else "")
    whole = "".join(found)
    return MomentFormat(whole, "\ue000" in whole or style > 0) if last else None

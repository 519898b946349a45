"""Excel number and date formats -> what PostgreSQL's `to_char` takes. A format that says more gives None."""

import re
from decimal import Decimal
from typing import NamedTuple


class NumberPattern(NamedTuple):
    pattern: str
    before: str
    after: str
    scale: Decimal


class MomentPattern(NamedTuple):
    pattern: str


_NUMBER = re.compile(
    r"""(?P<before>(?:"[^"]*"|\\.|[^0#?,.%"\\])*)(?P<digits>[0#][0#,]*(?:\.[0#]*)?|\.[0#]+)(?P<after>.*)\Z"""
)
_MOMENT = re.compile(r'"[^"]*"|\\.|y+|m+|d+|h+|s+|am/pm|.', re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r'"([^"]*)"|\\(.)')
_PARTS = {
    "yyyy": "YYYY", "yy": "YY", "y": "YY", "mm": "MM", "m": "FMMM", "mmm": "FMMon", "mmmm": "FMMonth", "dd": "DD",
    "d": "FMDD", "ddd": "FMDy", "dddd": "FMDay", "hh": "HH24", "h": "FMHH24", "ss": "SS", "s": "FMSS",
}  # fmt: skip
_INTEGER_PLACES = 21  # a number has at most 20 digits before the point


def pattern(text: str, family: str) -> NumberPattern | MomentPattern | None:
    """The pattern for numbers or for dates and datetimes."""
    return _number(text) if family == "number" else _moment(text)


def _plain(text: str) -> str:
    return _QUOTED.sub(lambda hit: (hit[1] or "") + (hit[2] or ""), text)


def _number(text: str) -> NumberPattern | None:
    if text.lower() in ("general", "@"):
        return NumberPattern("FM999999999999999999990.9999999999", "", "", Decimal(1))
    hit = _NUMBER.match(text)
    if hit is None or ";" in text or re.search(r"[0#?eE\[\]]", _QUOTED.sub("", hit["before"] + hit["after"])):
        return None
    whole, _, fraction = hit["digits"].partition(".")
    if not re.fullmatch("0*#*", fraction) or not re.fullmatch("#*0*", whole.replace(",", "")):
        return None
    grouped, needed = "," in whole, whole.count("0")
    if needed > _INTEGER_PLACES or len(fraction) > 10 or whole.endswith(","):
        return None
    places = "9" * (_INTEGER_PLACES - needed) + "0" * needed
    if grouped:
        places = ",".join(places[i : i + 3] for i in range(0, len(places), 3))
    after = _plain(hit["after"])
    scale = Decimal(100) ** after.count("%")
    digits = fraction.replace("#", "9")
    return NumberPattern("FM" + places + ("." + digits if digits else ""), _plain(hit["before"]), after, scale)


def _moment(text: str) -> MomentPattern | None:
    found: list[str] = []
    last = ""
    half_day = "am/pm" in text.lower()
    parts = [hit.group() for hit in _MOMENT.finditer(text)]
    for place, part in enumerate(parts):
        lower = part.lower()
        if lower == "am/pm":
            found.append("AM")
        elif part[0] in '"\\':
            found.append('"' + (part[1:-1] if part[0] == '"' else part[1:]).replace('"', "") + '"')
        elif lower[0] in "ymdhs":
            following = next((p.lower()[0] for p in parts[place + 1 :] if p.lower()[0] in "ymdhs"), "")
            if lower in ("m", "mm") and (last == "h" or following == "s"):
                known = "MI" if lower == "mm" else "FMMI"
            else:
                known = _PARTS.get(lower)
            if known is None:
                return None
            found.append(known.replace("HH24", "HH12") if half_day else known)
            last = lower[0]
        else:
            found.append(f'"{part}"' if part != '"' else "")
    return MomentPattern("".join(found)) if last else None

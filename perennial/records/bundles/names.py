"""What a file name says: whose it is, until when it is valid.

厦门屿岸_营业执照_2026-01-01_2027-01-01.pdf · HT-2026-0208 ISO9001 至20270101.pdf · 长沙沐岚(长期).jpg
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import PurePath

_YEAR, _MONTH, _MDAY = r"(?:19|20|21)\d\d", r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_FORMS = (rf"{_YEAR}-{_MONTH}-{_MDAY}", rf"{_YEAR}\.{_MONTH}\.{_MDAY}", rf"{_YEAR}_{_MONTH}_{_MDAY}",
          rf"{_YEAR}年{_MONTH}月{_MDAY}日?", rf"{_YEAR}(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])")  # fmt: skip
_DAY = rf"(?<!\d)((?:{'|'.join(_FORMS)}))(?!\d)"
_BOTH = re.compile(rf"{_DAY}\s*(?:[-_~～至到—–]+|to|\s)\s*{_DAY}", re.IGNORECASE)
_UNTIL = re.compile(rf"(?:有效期?至|有效期|到期日?|截止|至|until|exp)?[\s:：_-]*{_DAY}(?:到期|止|前)?", re.IGNORECASE)
_FOREVER = re.compile(r"长期有效|长期|永久")


@dataclass(frozen=True, slots=True)
class Said:
    """`rest`: the name without its extension and its dates."""

    rest: str
    from_on: dt.date | None = None
    until_on: dt.date | None = None


def read_name(name: str) -> Said:
    """Two dates are a validity, one is its end; dates that no calendar has, or in the wrong order, say nothing."""
    stem = PurePath(name).stem
    both = _BOTH.search(stem)
    if both is not None:
        first, last = (_day(text) for text in both.groups())
        if first is not None and last is not None and first <= last:
            return Said(_without(stem, both), first, last)
        return Said(_without(stem, both))
    one = _UNTIL.search(stem)
    if one is not None:
        return Said(_without(stem, one), None, _day(one[1]))
    return Said(_FOREVER.sub(" ", stem).strip())


def _day(text: str) -> dt.date | None:
    parts = re.findall(r"\d+", text)
    year, month, day = parts if len(parts) == 3 else (text[:4], text[4:6], text[6:8])
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _without(stem: str, found: re.Match[str]) -> str:
    return f"{stem[: found.start()]} {stem[found.end() :]}".strip()

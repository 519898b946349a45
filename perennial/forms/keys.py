"""Keys of forms and fields: identifiers that stand in formulas, YAML and SQL, and never change once published."""

import re
from collections.abc import Collection
from typing import Any

from perennial.kernel import Invalid

LONGEST = 40
SYSTEM_FIELDS = ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at")
PSEUDO_FORMS = ("person", "department", "certificate")  # what formulas know as forms; no form of ours is called so

_KEY = re.compile(rf"^[a-z][a-z0-9_]{{0,{LONGEST - 1}}}$")

# words that SQL reserves, and those that mean something in a formula
RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign from grant group having in initially intersect into
    lateral leading limit localtime localtimestamp not null offset on only or order placing primary references
    returning select session_user some symmetric system_user table then to trailing true union unique user using
    variadic when where window with tableoid xmin cmin xmax cmax ctid blank
    """.split()
)


def is_key(key: str) -> bool:
    return bool(_KEY.match(key)) and key not in RESERVED and key not in SYSTEM_FIELDS and "__" not in key


def check_key(key: str, *, path: str) -> None:
    """`Invalid` unless `key` may name a form or field; two underscores in a row are kept for columns set aside."""
    if not is_key(key):
        raise Invalid("forms.key", path=path, key=key, longest=LONGEST)


_PART = re.compile(r"\{(year|month|seq)(?::(\d))?\}")


def number_parts(pattern: str) -> tuple[str, int] | None:
    """Of `HT-{year}-{seq:4}` what stands before the running number, and its least digits; None unless it stands last,
    once."""
    marks = list(_PART.finditer(pattern))
    if not marks or marks[-1][1] != "seq" or marks[-1].end() != len(pattern) or "{seq" in pattern[: marks[-1].start()]:
        return None
    return pattern[: marks[-1].start()], int(marks[-1][2] or 1)


def free_key(wanted: str, taken: "frozenset[str] | set[str]" = frozenset()) -> str:
    """A valid key near `wanted`: other letters become underscores; a keyword or a taken key gets a suffix."""
    base = re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", wanted.lower())).strip("_")
    if not base or not base[0].isalpha():
        base = f"f_{base}".rstrip("_")
    base = base[: LONGEST - 4].rstrip("_")
    key, at = base, 2
    if not is_key(key):
        key = f"{base}_1"
    while key in taken or not is_key(key):
        key, at = f"{base}_{at}", at + 1
    return key


def propose_key(label: str, taken: "Collection[str]" = ()) -> str:
    """A key for a label by pinyin without tones (合同金额: he_tong_jin_e), words and numbers of other scripts as they
    are. Words with several readings are read as the dictionary of phrases says (银行, 重要, 重复)."""
    from pypinyin import Style, lazy_pinyin  # half a second of dictionaries, for designers only

    apart: Any = _words  # the library takes a list, its types say a text
    syllables = lazy_pinyin(label, style=Style.NORMAL, v_to_u=False, errors=apart)
    parts: list[str] = []
    for word in (re.sub(r"[^a-z0-9]+", "", one.lower()) for one in syllables):
        if word and len("_".join([*parts, word])) > LONGEST - 4:
            break  # a whole syllable goes, not half of one
        parts += [word] if word else []
    return free_key("_".join(parts) or "field", frozenset(taken))


def _words(text: str) -> list[str]:
    """What stands between Chinese characters: words apart, a number with the word before it."""
    return re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower())

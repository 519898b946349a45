"""Print the readings that records/migrations/0070_initials.sql holds: three initials per ideograph, from pypinyin."""

import unicodedata

from pypinyin.pinyin_dict import pinyin_dict

FIRST, LAST, MOST, LINE = 0x4E00, 0x9FFF, 3, 1536


def initials(point: int) -> str:
    """The different first letters of a character's readings, the usual ones first."""
    readings = [one for one in pinyin_dict.get(point, "").split(",") if one]
    letters = (unicodedata.normalize("NFD", one)[0].lower() for one in readings)
    return "".join(list(dict.fromkeys(one for one in letters if "a" <= one <= "z"))[:MOST])


if __name__ == "__main__":
    data = "".join(initials(point).ljust(MOST, ".") for point in range(FIRST, LAST + 1))
    for at in range(0, len(data), LINE):
        print(f"    '{data[at : at + LINE]}'")

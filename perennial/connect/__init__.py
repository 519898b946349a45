"""The other side: what waits for a person here, mirrored in DingTalk, WeCom and Feishu, and what comes back (0031).

    preview, read_organisation, save_units, sync, set_daily, daily    people and departments follow theirs
    ways, away, back, enter, read_note                                coming in by them
"""

from perennial.connect.entrance import LIFE_S as NOTE_LIFE_S
from perennial.connect.entrance import Note, away, back, enter, read_note, ways
from perennial.connect.organisation import Line as MemberLine
from perennial.connect.organisation import Preview, daily, preview, save_units, set_daily, sync
from perennial.connect.organisation import read as read_organisation
from perennial.connect.theirs import Member

__all__ = [
    "NOTE_LIFE_S",
    "Member",
    "MemberLine",
    "Note",
    "Preview",
    "away",
    "back",
    "daily",
    "enter",
    "preview",
    "read_note",
    "read_organisation",
    "save_units",
    "set_daily",
    "sync",
    "ways",
]

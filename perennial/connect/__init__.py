"""The other side: what waits for a person here, mirrored in DingTalk, WeCom and Feishu, and what comes back (0031).

work (the worker's turn), ask_reconcile                           to-dos over there are as tasks are here
heard, gone, fresh_code                                           what people did to them over there
preview, read_organisation, save_units, sync, set_daily, daily    people and departments follow theirs
ways, away, back, enter, read_note                                coming in by them
"""

from perennial.connect.entrance import LIFE_S as NOTE_LIFE_S
from perennial.connect.entrance import Note, away, back, enter, read_note, ways
from perennial.connect.heard import fresh_code, gone, heard
from perennial.connect.organisation import Line as MemberLine
from perennial.connect.organisation import Preview, daily, preview, save_units, set_daily, sync
from perennial.connect.organisation import read as read_organisation
from perennial.connect.reconcile import ask_reconcile, mirror_figures
from perennial.connect.theirs import Member
from perennial.connect.work import work

__all__ = [
    "NOTE_LIFE_S",
    "Member",
    "MemberLine",
    "Note",
    "Preview",
    "ask_reconcile",
    "away",
    "back",
    "daily",
    "enter",
    "fresh_code",
    "gone",
    "heard",
    "mirror_figures",
    "preview",
    "read_note",
    "read_organisation",
    "save_units",
    "set_daily",
    "sync",
    "ways",
    "work",
]

"""The other side: what waits for a person here, mirrored in DingTalk, WeCom and Feishu, and what comes back (0031).

work (the worker's turn), ask_reconcile                           to-dos over there are as tasks are here
heard, gone, fresh_code                                           what people did to them over there
receive, listen, follow, came_back                                what comes back: written down once, then followed
show_cards, card_preview                                          approvals as cards that are decided over there
preview, read_organisation, save_units, sync, set_daily, daily    people and departments follow theirs
ways, away, back, enter, read_note                                coming in by them
"""

from perennial.connect.callbacks import Request
from perennial.connect.cards import show_cards
from perennial.connect.cards_sides import card_preview
from perennial.connect.decide import follow
from perennial.connect.entrance import LIFE_S as NOTE_LIFE_S
from perennial.connect.entrance import Note, away, back, enter, read_note, ways
from perennial.connect.events import Answer, came_back, receive, refused_lately, sweep
from perennial.connect.heard import fresh_code, gone, heard
from perennial.connect.organisation import Line as MemberLine
from perennial.connect.organisation import Preview, daily, preview, save_units, set_daily, sync
from perennial.connect.organisation import read as read_organisation
from perennial.connect.reconcile import ask_reconcile, mirror_figures
from perennial.connect.stream import listen
from perennial.connect.theirs import Member
from perennial.connect.work import work

__all__ = [
    "NOTE_LIFE_S",
    "Answer",
    "Member",
    "MemberLine",
    "Note",
    "Preview",
    "Request",
    "ask_reconcile",
    "away",
    "back",
    "came_back",
    "card_preview",
    "daily",
    "enter",
    "follow",
    "fresh_code",
    "gone",
    "heard",
    "listen",
    "mirror_figures",
    "preview",
    "read_note",
    "read_organisation",
    "receive",
    "refused_lately",
    "save_units",
    "set_daily",
    "show_cards",
    "sweep",
    "sync",
    "ways",
    "work",
]

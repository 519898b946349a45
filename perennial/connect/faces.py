"""What a card of an approval says to the person who reads it: at most five facts that they may see, and how it ended.

It is made with their eyes (`access.seeing_as`): no hidden field and no masked one. What may be decided in the card
is what the list of approvals lets one decide at once (`at_once`); all else is decided on the page behind the link.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from perennial import access, forms, formula, messages, processes, records
from perennial.kernel import Conflict, Missing, Row, Tx, text

FACTS, LONGEST = 5, 60
_WEEKDAYS = {"zh": "周一 周二 周三 周四 周五 周六 周日".split(), "en": "Mon Tue Wed Thu Fri Sat Sun".split()}
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "waits": "{process} · 待你处理", "agree": "同意", "open": "打开处理", "view": "查看", "changed": "改了什么",
        "due": "请在", "by": "{day} {weekday} {time} 前", "past": "{day} {weekday} {time}，已超期",
        "in_vain": "未处理：{why}", "and": "、",
        "over": "已无需你处理",
        "approved": "已同意", "rejected": "已拒绝", "returned": "已退回", "given": "已给出意见", "handed": "已转交",
        "yes": "是", "no": "否", "source": "常青 · 审批", "subject": "事项", "facts": "要点", "link": "链接",
    },
    "en": {
        "waits": "{process} · for you to decide", "agree": "Approve", "open": "Open", "view": "View",
        "changed": "Changed", "due": "Due", "by": "{weekday} {day} {time}", "past": "{weekday} {day} {time}, overdue",
        "in_vain": "Not done: {why}", "and": ", ",
        "over": "Nothing left for you to do", "approved": "approved", "rejected": "rejected", "returned": "sent back",
        "given": "gave an opinion", "handed": "handed it on", "yes": "Yes", "no": "No",
        "source": "Perennial · approvals", "subject": "Subject", "facts": "Terms", "link": "Link",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """`agree`: it can be approved in the card. `result`: how it ended; then nothing is left to press. `note`: why the
    last press came to nothing. `url` is "" where nobody has said where people reach this program."""

    title: str
    subject: str
    facts: Sequence[tuple[str, str]] = ()
    agree: bool = False
    url: str = ""
    due_ms: int | None = None
    result: str = ""
    note: str = ""
    language: str = "zh"

    def word(self, key: str) -> str:
        return WORDS[self.language][key]


def link(tx: Tx, vote_id: int) -> str:
    base = messages.policy(tx).link_base.rstrip("/")
    return f"{base}/approvals/{vote_id}" if base else ""


def face(tx: Tx, card: Row, language: str) -> Face:
    """The card as its person reads it now; the caller sees with their eyes."""
    language = language if language in WORDS else "zh"
    page = processes.approving.page(tx, card["vote_id"])
    head, words = page.head, WORDS[language]
    process = _told(head, "process_label", language) or _told(head, "label", language)
    url, due, read = link(tx, card["vote_id"]), head["due_at"], _read(tx, page)
    about = str(read.get("title") or "")
    subject = head["title"] if not about or about in head["title"] else f"{head['title']} · {about}"
    if card["wanted"] == "over":
        terms = key_terms(tx, page, read, language, FACTS)
        return Face(process, subject, terms, url=url, result=ended(tx, card, language), language=language)
    note = _in_vain(card, language)
    return Face(
        title=words["waits"].format(process=process), subject=subject, facts=_facts(tx, page, read, language),
        agree=page.mine and not note and processes.approving.at_once(tx, head), url=url,
        due_ms=None if due is None else int(due.timestamp() * 1000), note=note, language=language,
    )  # fmt: skip


def _told(row: Row, key: str, language: str) -> str:
    return str((row.get(f"{key}_en") if language == "en" else "") or row.get(key) or "")


def _in_vain(card: Row, language: str) -> str:
    """Why the last press did nothing."""
    if not card["note"]:
        return ""
    why = text(Conflict(card["note"]["code"], **card["note"]["facts"]), "en" if language == "en" else "zh")
    return WORDS[language]["in_vain"].format(why=why)


_ENDED = """
SELECT v.state, v.decided_at, p.name, v.decided_by = %(person)s AS own
  FROM processes.vote mine
  JOIN processes.approval a ON a.id = mine.approval_id
  JOIN processes.vote v ON v.approval_id = a.id AND v.decided_by IS NOT NULL
   AND (v.id = mine.id OR a.state <> 'open' AND v.state IN ('approved', 'rejected', 'returned'))
  JOIN people.person p ON p.id = v.decided_by
 WHERE mine.id = %(vote)s
 ORDER BY (v.id = mine.id) DESC, v.decided_at DESC, v.id DESC LIMIT 1
"""


def ended(tx: Tx, card: Row, language: str) -> str:
    """「程砚秋 已同意 · 11-21 10:05」 of one's own; 「程砚秋已先同意，无需你处理 · 11-21 10:05」 of somebody else's."""
    row = tx.one(_ENDED, {"vote": card["vote_id"], "person": card["person_id"]})
    words = WORDS[language]
    if row is None or row["state"] not in words:
        return words["over"]
    at = row["decided_at"].astimezone(tx.zone).strftime("%m-%d %H:%M")
    if row["own"] or row["state"] not in ("approved", "rejected", "returned"):
        return f"{row['name']} {words[row['state']]} · {at}"
    said = Conflict(f"processes.lost_{row['state']}", name=row["name"])
    return f"{text(said, 'en' if language == 'en' else 'zh')} · {at}"


def _read(tx: Tx, page: processes.approving.Page) -> Mapping[str, Any]:
    """The record as its reader may read it; nothing of one that they may not."""
    try:
        may = bool(page.fields) and access.may(tx, "read", page.head["form"])
        return json.loads(records.read(tx, page.head["form"], page.head["record_id"])) if may else {}
    except Missing:
        return {}


def _facts(tx: Tx, page: processes.approving.Page, read: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Key terms, what changed since they looked, until when: five at most."""
    words, head, found = WORDS[language], page.head, list[tuple[str, str]]()
    last: list[tuple[str, str]] = []
    if page.changed and head["form"] in forms.catalog(tx):
        form = forms.catalog(tx).form(head["form"])
        labels = [_label(form.field(one["field"]), language) for one in page.changed[:3]]
        last.append((words["changed"], words["and"].join(one for one in labels if one)))
    if head["due_at"] is not None:
        last.append((words["due"], _until(head["due_at"].astimezone(tx.zone), language, past=head["due_at"] < tx.now)))
    found = key_terms(tx, page, read, language, FACTS - len(last))
    return [(label, _cut(value)) for label, value in (*found, *last)]


def key_terms(
    tx: Tx, page: processes.approving.Page, read: Mapping[str, Any], language: str, most: int
) -> list[tuple[str, str]]:  # fmt: skip
    """What a phone shows of the record, else what its form begins with, as far as it says something."""
    name = page.head["form"]
    if not read:
        return []
    shown = {key for key, _ in page.fields}
    values: Mapping[str, Any] = read["values"]
    form, scope = forms.catalog(tx).form(name), access.readable(tx, name).scope
    keys = [key for key in form.card if key in shown] or [key for key, _ in page.fields]
    found: list[tuple[str, str]] = []
    for key in keys:
        field, info = form.field(key), scope.field(key)
        if field is None or info is None or key == form.title or len(found) == most:
            continue
        value = spoken(field, info.type, values.get(key), language)
        if value and value not in page.head["title"]:  # what the head says already is no fact of its own
            found.append((_label(field, language), value))
    return found


def _label(field: forms.Field | None, language: str) -> str:
    if field is None:
        return ""
    return (field.label_en or field.label) if language == "en" else field.label


def spoken(field: forms.Field, kind: formula.Type, value: Any, language: str) -> str:
    """A value as people read it; "" where it is blank."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, dict):
        return str(value.get("label") or value.get("name") or "")
    if isinstance(value, list):
        return WORDS[language]["and"].join(filter(None, (spoken(field, kind, one, language) for one in value)))
    if isinstance(value, bool):
        return WORDS[language]["yes" if value else "no"]
    if own := field.option(str(value)):
        return (own.label_en or own.label) if language == "en" else own.label
    if chosen := next((one for one in kind.options if one.key == value), None):
        return chosen.label
    try:
        if kind.kind == "money":
            return f"¥{Decimal(str(value)):,.2f}"
        if kind.kind == "percent":
            return f"{Decimal(str(value)) * 100:.1f}%"
    except InvalidOperation:
        pass
    return str(value).replace("T", " ") if kind.kind == "datetime" else str(value)


def _until(at: dt.datetime, language: str, *, past: bool) -> str:
    weekday = _WEEKDAYS[language][at.weekday()]
    return WORDS[language]["past" if past else "by"].format(
        day=at.strftime("%m-%d"), weekday=weekday, time=at.strftime("%H:%M")
    )


def _cut(value: str) -> str:
    one = " ".join(value.split())
    return one if len(one) <= LONGEST else one[: LONGEST - 1] + "…"


EXAMPLE = Face(
    "续费报价审批 · 待你处理", "示例客户有限公司 续费报价审批 BJ-2026-0117",
    (("续费金额", "¥195,300.00"), ("折扣", "18.0%"), ("改了什么", "付款条款、首期应收"),
     ("请在", "11-23 周一 18:00 前")),
    agree=True, url="https://example.com/approvals/1",
)  # fmt: skip
EXAMPLE_RESULT = "程砚秋已先同意，无需你处理 · 11-21 10:05"

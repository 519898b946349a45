"""A card on each platform: put there, changed into what it should say. Network, hence outside any transaction.

Feishu    an interactive card; it is changed as often as there is a reason to.
WeCom     a template card with buttons; what changes it works once, so it is kept for the end (or for a press in vain).
DingTalk  an approval of the organisation's template (`approval_code`), which DingTalk itself shows as decided; without
          one a to-do, since no card of DingTalk's can be approved without a template made there.
"""

from dataclasses import dataclass, replace
from typing import Any

from perennial.channels import Reply, dingtalk, feishu, wecom
from perennial.connect.faces import EXAMPLE, EXAMPLE_RESULT, Face
from perennial.kernel import Row

App = dingtalk.App | wecom.App | feishu.App
REPEAT_S = 14_400  # within so long WeCom shows the very same card once
REPEATED_MINUTES = {"feishu": 50, "wecom": 230}  # for so long a repetition is known there as one
COLOURS = {"open": "blue", "over": "grey"}
APPROVAL, TODO = "approval", "todo"


@dataclass(frozen=True, slots=True)
class Put:
    """What an exchange came to."""

    reply: Reply
    shape: str = ""
    code: str | None = None


def shape_of(app: App, approval_code: str) -> str:
    """What kind of thing is put there."""
    return "" if not isinstance(app, dingtalk.App) else APPROVAL if approval_code else TODO


def wire(channel: str, face: Face, key: str = "", shape: str = "") -> dict[str, Any]:
    """The card as it is sent, for the preview as for the wire."""
    if channel == "feishu":
        return _feishu(face, key)
    if channel == "wecom":
        return _wecom(face, key).body()
    return _values(face) if shape == APPROVAL else {"subject": _subject(face), "url": face.url, "facts": face.facts}


def card_preview(channel: str) -> dict[str, Any]:
    """An example as its reader sees it, how another's decision turns it, and the very card that would be sent."""
    buttons = [EXAMPLE.word("view"), EXAMPLE.word("agree")]
    return {
        "channel": channel, "title": EXAMPLE.title, "subject": EXAMPLE.subject,
        "facts": [{"label": label, "value": value} for label, value in EXAMPLE.facts], "buttons": buttons,
        "result": EXAMPLE_RESULT, "card": wire(channel, EXAMPLE, "example", APPROVAL),
    }  # fmt: skip


def put(app: App, card: Row, face: Face, approval_code: str = "") -> Put:
    """It stands there. Repeated under the same key it stands there once, but for an approval of DingTalk, which is
    therefore not repeated."""
    match app:
        case feishu.App():
            return Put(feishu.send_card(app, card["remote"], _feishu(face, card["key"]), key=card["key"]))
        case wecom.App():
            reply, code = wecom.send_card(app, [card["remote"]], _wecom(face, card["key"]), repeat_s=REPEAT_S)
            return Put(_missed(reply), code=code or None)
        case dingtalk.App() if approval_code:
            who = card["remote"]
            values = _values(face)
            reply = dingtalk.start_approval(app, approval_code, who, values, approvers=[("NONE", [who])])
            return Put(reply, APPROVAL)
        case dingtalk.App():
            who = dingtalk.union_id_of(app, card["remote"])
            if isinstance(who, Reply):
                return Put(_asking(who), TODO)
            todo = dingtalk.Todo(
                _subject(face), card["key"], [who], due_ms=face.due_ms, url=face.url, fields=face.facts
            )  # fmt: skip
            return Put(dingtalk.create_todo(app, who, todo), TODO)


def change(app: App, card: Row, face: Face) -> Put:
    """It says what it should say now. `not_found` says that it can be changed no more."""
    over = bool(face.result)
    match app:
        case feishu.App():
            return Put(feishu.update_card(app, card["remote_id"], _feishu(face, card["key"])))
        case wecom.App():
            if not card["code"]:
                return Put(Reply("permanent", "not_found", "no response code"))
            fresh = _wecom(face, f"{card['key']}@{card['attempts']}{'r' if over else 'n'}")
            return Put(wecom.update_card(app, card["code"], user_ids=[card["remote"]], card=fresh))
        case dingtalk.App() if card["shape"] == APPROVAL:
            return Put(_approval(app, card, face), APPROVAL)
        case dingtalk.App():
            who = dingtalk.union_id_of(app, card["remote"])
            if isinstance(who, Reply):
                return Put(_asking(who), TODO)
            changes = {"subject": _subject(face), "done": over}
            return Put(dingtalk.update_todo(app, who, card["remote_id"], changes), TODO)


def _approval(app: dingtalk.App, card: Row, face: Face) -> Reply:
    """Decided there, DingTalk shows it; where that came to nothing here, a notice says so. Else it ends there."""
    if card["pressed"]:
        if not (face.note or card["note"]):
            return Reply("sent", remote_id=card["remote_id"])
        said = face.note or face.result
        reply = dingtalk.notify(app, [card["remote"]], f"{face.subject}\n\n{said}", title=said, url=face.url)
        return replace(reply, remote_id=card["remote_id"])
    if not face.result:
        return Reply("sent", remote_id=card["remote_id"])  # its words stay as they were
    reply = dingtalk.terminate_approval(app, card["remote_id"], remark=face.result)
    ended = reply.state == "permanent" and reply.why in ("not_found", "refused")
    return Reply("sent", remote_id=card["remote_id"]) if ended else reply


def _feishu(face: Face, key: str) -> dict[str, Any]:
    lines = [face.subject, *(f"{label}：{value}" for label, value in face.facts)]
    lines += [one for one in (face.note, face.result) if one]
    buttons = [(face.word("agree"), {"what": "agree", "card": key})] if face.agree else []
    links = [(face.word("view" if face.agree or face.result else "open"), face.url)] if face.url else []
    colour = COLOURS["over" if face.result else "open"]
    return feishu.card_of(face.title, "", buttons, lines=lines, links=links, colour=colour)


def _wecom(face: Face, key: str) -> wecom.Card:
    buttons: list[wecom.Button] = []
    if face.url and not face.result:
        buttons.append(wecom.Button("open", face.word("view" if face.agree else "open"), 4, face.url))
    if face.agree:
        buttons.append(wecom.Button("agree", face.word("agree"), 1))
    said = "\n".join(one for one in (face.subject, face.note, face.result) if one)
    return wecom.Card(
        face.title, said, key, buttons, url=face.url, lines=face.facts, source=face.word("source")
    )  # fmt: skip


def _values(face: Face) -> dict[str, str]:
    """By the names of the template's three fields: docs/connect.md."""
    facts = "\n".join(f"{label}：{value}" for label, value in face.facts)
    return {"事项": face.subject, "要点": facts, "链接": face.url}


def _subject(face: Face) -> str:
    return f"{face.title}：{face.subject}"


def _missed(reply: Reply) -> Reply:
    """One recipient, and that one was refused."""
    missed = next(iter(reply.undelivered.values()), "") if reply.state == "sent" else ""
    return replace(reply, state="permanent", why=missed) if missed else reply


def _asking(reply: Reply) -> Reply:
    """Nothing was made: to ask again is harmless."""
    return replace(reply, state="temporary") if reply.state == "uncertain" else reply

"""Messages of an application to people: texts, markdown, and cards with buttons that are decided in WeCom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from perennial.channels.reply import Reply
from perennial.channels.shapes import names, word
from perennial.channels.text import cut
from perennial.channels.wecom.app import App
from perennial.channels.wecom.robot import told

TEXT_BYTES = 2048
TITLE_BYTES, DESCRIPTION_BYTES = 128, 512  # of a text card
USERS = 1000
REPEAT_S = 1800  # in which the same words to the same people are delivered once; WeCom's own, at most 14,400
EVERYBODY = "@all"


@dataclass(frozen=True, slots=True)
class Button:
    """One that is pressed; with a `url` it leads there and nothing comes back."""

    key: str  # comes back with the event
    text: str
    style: int = 1  # 1 to 4
    url: str = ""

    def body(self) -> dict[str, Any]:
        kind = {"type": 1, "url": self.url} if self.url else {"key": self.key}
        return {"text": self.text, "style": self.style, **kind}


@dataclass(frozen=True, slots=True)
class Card:
    """`task_id`: ours, unique per application, of letters, digits and `_-@`, at most 128 bytes."""

    title: str
    text: str
    task_id: str
    buttons: Sequence[Button] = ()
    url: str = ""
    lines: Sequence[tuple[str, str]] = ()  # name and value, at most 6
    source: str = ""

    def body(self) -> dict[str, Any]:
        shape: dict[str, Any] = {
            "card_type": "button_interaction" if self.buttons else "text_notice",
            "main_title": {"title": cut(self.title, TITLE_BYTES)[0], "desc": cut(self.text, DESCRIPTION_BYTES)[0]},
            "task_id": self.task_id,
        }
        if self.source:
            shape["source"] = {"desc": self.source}
        if self.lines:
            shape["horizontal_content_list"] = [{"keyname": name, "value": value} for name, value in self.lines[:6]]
        if self.buttons:
            shape["button_list"] = [one.body() for one in self.buttons]
        if self.url:
            shape["card_action"] = {"type": 1, "url": self.url}
        return shape


def send(
    app: App,
    user_ids: Sequence[str],
    text: str,
    *,
    title: str = "",
    url: str = "",
    markdown: bool = False,
    repeat_s: int = REPEAT_S,
) -> Reply:
    """A text; as markdown where asked; with a title and an address a card that leads there.

    Whom WeCom does not know stands in `undelivered`; where nobody is left, it is `permanent`. There is no key of
    repetition: the same words to the same people within `repeat_s` are delivered once and say `sent` (0: each time).
    """
    if title and url:
        fits, was_cut = cut(text, DESCRIPTION_BYTES)
        shape: dict[str, Any] = {
            "msgtype": "textcard",
            "textcard": {"title": cut(title, TITLE_BYTES)[0], "description": fits, "url": url},
        }
    else:
        fits, was_cut = cut(text, TEXT_BYTES)
        kind = "markdown" if markdown else "text"
        shape = {"msgtype": kind, kind: {"content": fits}}
    return told(_sent(app, user_ids, shape, repeat_s), was_cut)


def send_card(app: App, user_ids: Sequence[str], card: Card, *, repeat_s: int = REPEAT_S) -> tuple[Reply, str]:
    """(reply, response code): the code works once, within 72 hours, to change the card (`update_card`)."""
    reply = _sent(app, user_ids, {"msgtype": "template_card", "template_card": card.body()}, repeat_s)
    number, _, code = reply.remote_id.partition("\n")
    was_cut = cut(card.title, TITLE_BYTES)[1] or cut(card.text, DESCRIPTION_BYTES)[1]
    return told(replace(reply, remote_id=number), was_cut), code


def update_card(
    app: App, response_code: str, *, user_ids: Sequence[str] = (), button: str = "", card: Card | None = None
) -> Reply:
    """A decided card says so: its buttons become one text, or another card takes its place. Nobody named: for all."""
    body: dict[str, Any] = {"agentid": app.account.agent_id, "response_code": response_code}
    if user_ids:
        body["userids"] = list(user_ids)
    else:
        body["atall"] = 1
    if card is not None:
        body["template_card"] = card.body()
    else:
        body["button"] = {"replace_name": button}
    found = app.call("POST", "/message/update_template_card", body)
    return found if isinstance(found, Reply) else _partly(found, user_ids)


def _sent(app: App, user_ids: Sequence[str], shape: dict[str, Any], repeat_s: int) -> Reply:
    if len(user_ids) > USERS:
        return Reply("permanent", "too_long", f"{len(user_ids)} people, at most {USERS}")
    body = {
        "touser": "|".join(user_ids),
        "agentid": app.account.agent_id,
        "safe": 0,
        **({"enable_duplicate_check": 1, "duplicate_check_interval": repeat_s} if repeat_s else {}),
        **shape,
    }
    found = app.call("POST", "/message/send", body)
    if isinstance(found, Reply):
        return found
    reply = _partly(found, user_ids)
    number, code = word(found.get("msgid")), word(found.get("response_code"))
    return replace(reply, remote_id=f"{number}\n{code}" if code else number)


def _partly(found: dict[str, Any], user_ids: Sequence[str]) -> Reply:
    """A success that names those who got nothing. WeCom writes names in small letters: ours are given back."""
    ours = {one.lower(): one for one in user_ids}
    missed: dict[str, str] = {}
    for name, why in (("invaliduser", "no_such_recipient"), ("unlicenseduser", "permission")):
        value = found.get(name)
        refused = names(value) if isinstance(value, list) else word(value).split("|")
        missed |= {ours.get(one.lower(), one): why for one in refused if one}
    if user_ids and all(one in missed for one in user_ids):
        return Reply("permanent", missed[user_ids[0]], undelivered=missed)
    return Reply("sent", undelivered=missed)

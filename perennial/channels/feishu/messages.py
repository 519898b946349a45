"""Messages and cards of an application to one person or chat. `key` is the outbox's: within an hour Feishu delivers the
same `uuid` once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

from perennial.channels.feishu.app import App
from perennial.channels.reply import Reply, temporary
from perennial.channels.shapes import word
from perennial.channels.text import cut, json_bytes

TEXT_BYTES = 150_000  # of the request of a text
UUID_LENGTH = 50
To = Literal["open_id", "user_id", "union_id", "chat_id", "email"]


def send(app: App, to: str, text: str, *, by: To = "open_id", key: str = "") -> Reply:
    fits, was_cut = cut(text, TEXT_BYTES, lambda one: len(json_bytes(_content({"text": one}))))
    reply = _sent(app, to, by, "text", {"text": fits}, key)
    return replace(reply, why="cut") if was_cut and reply.accepted else reply


def send_card(app: App, to: str, card: Mapping[str, Any], *, by: To = "open_id", key: str = "") -> Reply:
    return _sent(app, to, by, "interactive", card, key)


def update_card(app: App, message_id: str, card: Mapping[str, Any]) -> Reply:
    """Another card takes the place of a sent one; it must have been sent as one that can change (`card_of` does)."""
    found = app.call("PATCH", f"/im/v1/messages/{quote(message_id, safe='')}", {"content": _content(card)})
    return found if isinstance(found, Reply) else Reply("sent", remote_id=message_id)


def card_of(
    title: str,
    text: str,
    buttons: Sequence[tuple[str, Mapping[str, Any]]] = (),
    *,
    lines: Sequence[str] = (),
    links: Sequence[tuple[str, str]] = (),
    colour: str = "blue",
    url: str = "",
) -> dict[str, Any]:
    """A card with a head, a text, and buttons: each with the value that comes back when it is pressed, or (`links`)
    with an address. `lines` are plain: whatever somebody wrote into a record formats nothing and names nobody."""
    elements: list[dict[str, Any]] = [{"tag": "div", "text": {"tag": "lark_md", "content": text}}] if text else []
    elements += [{"tag": "div", "text": {"tag": "plain_text", "content": line}} for line in lines]
    actions: list[dict[str, Any]] = [
        {"tag": "button", "text": {"tag": "plain_text", "content": label}, "type": "default", "value": dict(value)}
        for label, value in buttons
    ]
    actions += [
        {"tag": "button", "text": {"tag": "plain_text", "content": label}, "type": "default", "url": link}
        for label, link in links
    ]
    if actions:
        elements.append({"tag": "action", "actions": actions})
    card: dict[str, Any] = {
        "config": {"wide_screen_mode": True, "update_multi": True},
        "header": {"title": {"tag": "plain_text", "content": title}, "template": colour},
        "elements": elements,
    }
    if url:
        card["card_link"] = {"url": url}
    return card


def short_key(key: str) -> str:
    """A key of repetition within the length that Feishu takes; the same for the same."""
    return key if len(key) <= UUID_LENGTH else hashlib.sha256(key.encode()).hexdigest()[:40]


def _sent(app: App, to: str, by: str, kind: str, content: Mapping[str, Any], key: str) -> Reply:
    body: dict[str, Any] = {"receive_id": to, "msg_type": kind, "content": _content(content)}
    if key:
        body["uuid"] = short_key(key)
    found = app.call("POST", "/im/v1/messages", body, {"receive_id_type": by})
    if isinstance(found, Reply):
        return found
    number = word(found.get("message_id"))
    return Reply("sent", remote_id=number) if number else temporary("nonsense", "no message_id in the answer")


def _content(content: Mapping[str, Any]) -> str:
    """JSON inside JSON."""
    return json.dumps(content, ensure_ascii=False)

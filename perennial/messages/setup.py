"""What a channel is set up with: read without secrets, saved, tried.

kind     which of the services that a channel can be (SMS: aliyun or tencent); each asks for its own fields
values   account, sender, sign name, the map of template codes, a base URL other than the vendor's
secrets  sealed (`sealed`); shown to nobody again: only whether one is there
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from perennial.kernel import Invalid, Missing, Tx, statements
from perennial.messages.sealed import seal, unseal

_SQL = statements(__file__, "setup.sql")
What = Literal["text", "number", "url", "map", "secret"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a kind of channel asks for."""

    key: str
    what: What = "text"
    required: bool = False

    @property
    def place(self) -> bool:
        """It says where secrets are sent: another one, and those that are kept are forgotten."""
        return self.key in _PLACES


def _text(*keys: str) -> tuple[Asked, ...]:
    return tuple(Asked(key.rstrip("!"), required=key.endswith("!")) for key in keys)


def _secret(*keys: str) -> tuple[Asked, ...]:
    return tuple(Asked(key.rstrip("!"), "secret", key.endswith("!")) for key in keys)


_BASE = (Asked("base_url", "url"),)
_SMS = (*_text("sign_name!"), Asked("codes", "map"), Asked("price", "number"), *_BASE)
_SERVER = (*_text("host!", "security", "user"), Asked("port", "number"), *_secret("password"))
KINDS: Mapping[str, Mapping[str, tuple[Asked, ...]]] = {
    "mail": {"smtp": (*_SERVER, *_text("sender!", "sender_name"))},
    "sms": {
        "aliyun": (*_text("key_id!"), *_secret("key_secret!"), *_SMS),
        "tencent": (*_text("secret_id!", "app_id!", "region"), *_secret("secret_key!"), *_SMS),
    },
    "dingtalk": {
        "robot": (*_secret("token!", "secret"), *_BASE),
        "app": (
            *_text("app_key!", "agent_id!", "robot_code", "approval_code", "events"),
            *_secret("app_secret!", "callback_token", "callback_key"),
            *_BASE,
            Asked("new_url", "url"),
        ),
    },
    "wecom": {
        "robot": (*_secret("key!"), *_BASE),
        "app": (
            *_text("corp_id!"),
            Asked("agent_id", "number", required=True),
            *_secret("secret!", "callback_token", "callback_key"),
            *_BASE,
        ),
    },
    "feishu": {
        "robot": (*_secret("token!", "secret"), *_BASE),
        "app": (*_text("app_id!"), *_secret("app_secret!", "verification_token", "encrypt_key"), *_BASE),
    },
    "mail_in": {"imap": (*_SERVER, *_text("folder"))},
}
SECURITY = ("", "tls", "starttls", "none")
EVENTS = ("", "callback", "stream")  # how DingTalk tells us what happens there
CALLBACK_KEY = 43  # characters of the key that DingTalk and WeCom seal events with
HINT, HINT_FROM, SECRET_MAX = 4, 16, 1000
_PLACES = ("host", "port", "security", "base_url", "new_url")  # where a kept secret would be sent


@dataclass(frozen=True, slots=True)
class Setup:
    """As it is needed to speak; `lost` are secrets that do not open with the key of today."""

    channel: str
    kind: str
    values: Mapping[str, Any]
    secrets: Mapping[str, str]
    lost: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Setup({self.channel}, {self.kind})"

    def text(self, key: str, otherwise: str = "") -> str:
        return str(self.values.get(key) or otherwise)


def setup(tx: Tx, channel: str) -> Setup | None:
    """With its secrets, for the way out alone; None: not set up."""
    tree = tx.value("SELECT settings FROM messages.channel WHERE key = %(channel)s", {"channel": channel})
    if tree is None:
        return None
    rows = tx.rows("SELECT name, sealed FROM messages.secret WHERE channel = %(channel)s", {"channel": channel})
    opened = {row["name"]: unseal(channel, row["name"], bytes(row["sealed"])) for row in rows}
    return Setup(
        channel, tree["kind"], tree["values"], {name: plain for name, plain in opened.items() if plain is not None},
        tuple(sorted(name for name, plain in opened.items() if plain is None)),
    )  # fmt: skip


def read_setup(tx: Tx, channel: str) -> dict[str, Any]:
    """What an administrator sees: `kinds` with what each asks for, values, which secrets are there (`hints`: the last
    characters of keys that vendors make; `lost`: those that no longer open), the last try."""
    kinds = _kinds(channel)
    found = tx.one(_SQL["read"], {"channel": channel})
    assert found is not None
    tree = found["settings"] or {"kind": None, "values": {}}
    asked = {kind: [{"key": a.key, "what": a.what, "required": a.required, "place": a.place} for a in fields]
             for kind, fields in kinds.items()}  # fmt: skip
    made = setup(tx, channel)
    hints = {name: plain[-HINT:] for name, plain in made.secrets.items() if hinted(name, plain)} if made else {}
    return {
        "channel": channel, "kind": tree["kind"], "values": tree["values"], "secrets": found["secrets"], "kinds": asked,
        "hints": hints, "lost": list(made.lost) if made else [],
        "at": found["settings_at"], "by": found["by"], "problem": found["problem"], "tried": found["tried"],
    }  # fmt: skip


def hinted(name: str, plain: str) -> bool:
    """Whether its last characters may be shown: they tell keys apart, and of a key that long they help nobody to guess.
    A password is what a person chose, so none of it is."""
    return name != "password" and len(plain) >= HINT_FROM


def save_setup(tx: Tx, channel: str, kind: str, values: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    """In force from the next delivery on. A secret that is not given stays, unless another kind or another server would
    get to see it."""
    kinds = _kinds(channel)
    if kind not in kinds:
        raise Invalid("messages.setup", path="kind", detail=kind)
    stood = tx.value("SELECT settings FROM messages.channel WHERE key = %(key)s FOR UPDATE", {"key": channel})
    before: Mapping[str, Any] = stood or {"kind": None, "values": {}}
    checked = {one.key: _checked(one, values[one.key]) for one in kinds[kind]
               if one.what != "secret" and values.get(one.key) not in (None, "")}  # fmt: skip
    known = {one.key for one in kinds[kind]}
    if strangers := [name for name in (*values, *secrets) if name not in known]:
        raise Invalid("messages.setup", path=strangers[0], detail="?")
    if before["kind"] != kind or any(before["values"].get(place) != checked.get(place) for place in _PLACES):
        tx.run("DELETE FROM messages.secret WHERE channel = %(channel)s", {"channel": channel})
    if key := secrets.get("callback_key", "").strip():
        _check_key(key)
    for one in kinds[kind]:
        if one.what == "secret" and (plain := _plain(one, secrets.get(one.key, ""))):
            sealed = seal(channel, one.key, plain)
            tx.run(_SQL["keep_secret"], {"channel": channel, "name": one.key, "sealed": sealed})
    there = {
        row["name"] for row in tx.rows("SELECT name FROM messages.secret WHERE channel = %(key)s", {"key": channel})
    }
    for one in kinds[kind]:
        if one.required and one.key not in (there if one.what == "secret" else checked):
            raise Invalid("messages.setup_missing", path=one.key, field=one.key)
    tree = json.dumps({"kind": kind, "values": checked}, ensure_ascii=False)
    tx.run(_SQL["save"], {"channel": channel, "tree": tree, "by": tx.actor.id if tx.actor.kind == "person" else None})


def clear_setup(tx: Tx, channel: str) -> None:
    """Nothing of it is known any more; what waits stays."""
    _kinds(channel)
    tx.run("DELETE FROM messages.secret WHERE channel = %(channel)s", {"channel": channel})
    tx.run(_SQL["clear"], {"channel": channel})


def note_try(tx: Tx, channel: str, result: Mapping[str, Any]) -> None:
    """What came of the last "send me one"; one that arrived ends a problem."""
    tx.run(_SQL["tried"], {"channel": channel, "result": json.dumps(dict(result)), "well": result["state"] == "sent"})


def _kinds(channel: str) -> Mapping[str, tuple[Asked, ...]]:
    if channel not in KINDS:
        raise Missing("messages.no_channel", channel=channel)
    return KINDS[channel]


def _plain(one: Asked, given: str) -> str:
    """As it was meant: a key that was copied brings spaces and line ends along, which no vendor has in one."""
    plain = given if one.key == "password" else given.strip()
    if any(ord(char) < 32 for char in plain) or len(plain) > SECRET_MAX:
        raise Invalid("messages.setup", path=one.key, detail="…")
    return plain


def _check_key(text: str) -> None:
    try:
        fits = len(text) == CALLBACK_KEY and len(base64.b64decode(text + "=", validate=True)) == 32
    except ValueError:
        fits = False
    if not fits:
        raise Invalid("messages.setup", path="callback_key", detail=f"{len(text)} ≠ {CALLBACK_KEY}")


def _checked(one: Asked, value: Any) -> Any:
    wrong = Invalid("messages.setup", path=one.key, detail=str(value)[:200])
    if one.what == "map":
        if not isinstance(value, Mapping):
            raise wrong
        return {str(key): str(code) for key, code in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if one.what == "number":
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise wrong from None
        if not 0 <= number < 1e9:
            raise wrong
        return int(number) if number.is_integer() else number
    text = str(value).strip()
    if one.what == "url" and (urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname):
        raise wrong
    if text not in {"security": SECURITY, "events": EVENTS}.get(one.key, (text,)):
        raise wrong
    if any(ord(char) < 32 for char in text):
        raise wrong
    return text

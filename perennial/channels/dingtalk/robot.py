"""The robot of a group: text, markdown, a card with buttons, and whom it calls by @."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

from perennial.channels import signatures
from perennial.channels.exchange import Clock, Line, Options, Said, by_status
from perennial.channels.reply import Reply, temporary
from perennial.channels.robot import paced
from perennial.channels.shapes import seconds, word
from perennial.channels.text import cut, json_bytes
from perennial.channels.verdicts import DINGTALK_ROBOT, Verdict, verdict

OLD = "https://oapi.dingtalk.com"
BODY_BYTES = 20_000
PACE = ((20, 60.0),)


@dataclass(frozen=True, slots=True)
class RobotAccount:
    token: str = field(repr=False)  # of its address
    secret: str = field(repr=False, default="")  # where it asks for a signature
    base_url: str = OLD


@dataclass(frozen=True, slots=True)
class At:
    """Who is called. In markdown the text must hold `@` and the mobile too: `markdown` sees to it."""

    mobiles: Sequence[str] = ()
    user_ids: Sequence[str] = ()
    everybody: bool = False

    def body(self) -> dict[str, Any]:
        return {"atMobiles": list(self.mobiles), "atUserIds": list(self.user_ids), "isAtAll": self.everybody}


class Robot:
    def __init__(self, account: RobotAccount, clock: Clock, **options: Unpack[Options]) -> None:
        self._account = account
        self._line = Line(account.base_url, clock, (account.token, account.secret), **options)
        self._pace = self._line.memory.pace(self._line.key("robot", account.token), PACE)

    def text(self, text: str, at: At | None = None) -> Reply:
        return self._fitting(text, lambda fits: {"msgtype": "text", "text": {"content": fits}, **_at(at)})

    def markdown(self, title: str, text: str, at: At | None = None) -> Reply:
        called = "".join(f" @{one}" for one in (at.mobiles if at else ()) if f"@{one}" not in text)
        return self._fitting(
            text,
            lambda fits: {"msgtype": "markdown", "markdown": {"title": title, "text": fits + called}, **_at(at)},
        )

    def card(self, title: str, text: str, buttons: Sequence[tuple[str, str]], *, across: bool = False) -> Reply:
        """`buttons`: (title, address); one is a card that leads there as a whole. `across`: beside each other."""
        if len(buttons) == 1:
            asks: dict[str, Any] = {"singleTitle": buttons[0][0], "singleURL": buttons[0][1]}
        else:
            asks = {"btns": [{"title": title, "actionURL": url} for title, url in buttons]}
        shape = {"title": title, "btnOrientation": "1" if across else "0", **asks}
        return self._fitting(text, lambda fits: {"msgtype": "actionCard", "actionCard": {**shape, "text": fits}})

    def link(self, title: str, text: str, url: str, picture_url: str = "") -> Reply:
        shape = {"title": title, "messageUrl": url, "picUrl": picture_url}
        return self._fitting(text, lambda fits: {"msgtype": "link", "link": {**shape, "text": fits}})

    def feed(self, links: Sequence[tuple[str, str, str]]) -> Reply:
        """`links`: (title, address, address of a picture)."""
        shape = [{"title": title, "messageURL": url, "picURL": picture} for title, url, picture in links]
        return self._send({"msgtype": "feedCard", "feedCard": {"links": shape}})

    def _fitting(self, text: str, body_of: Callable[[str], dict[str, Any]]) -> Reply:
        """The body with as much of the text as it can hold."""
        fits, was_cut = cut(text, BODY_BYTES, lambda one: len(json_bytes(body_of(one))))
        reply = self._send(body_of(fits))
        return replace(reply, why="cut") if was_cut and reply.state == "sent" else reply

    def _send(self, body: dict[str, Any]) -> Reply:
        return paced(self._pace, self._line.clock(), lambda: self._spoken(body))

    def _spoken(self, body: dict[str, Any]) -> Reply:
        query = {"access_token": self._account.token}
        if self._account.secret:
            now_ms = int(self._line.clock() * 1000)
            query |= {"timestamp": str(now_ms), "sign": signatures.dingtalk_robot(self._account.secret, now_ms)}
        said = self._line.ask("POST", "/robot/send", query=query, body=body)
        return said if isinstance(said, Reply) else judged(said)


def judged(said: Said) -> Reply:
    code = word(said.data.get("errcode"))
    if code == "0":
        return Reply("sent", remote_id=word(said.data.get("messageId")))
    if not code:
        return no_code(said)
    found = verdict(DINGTALK_ROBOT, code, said.status)
    if code == "310000":
        text = word(said.data.get("errmsg")).lower()
        why = "keyword" if "keyword" in text or "关键词" in text else "ip" if " ip" in f" {text}" else "signature"
        found = Verdict("permanent", why)
    return found.reply(said.text, said.wait_s)


def no_code(said: Said) -> Reply:
    """JSON that is not of the protocol: the wall before DingTalk (`status` 1111: our address rests five minutes), or
    something that answers in its place."""
    if str(said.data.get("status")) == "1111":
        return temporary("throttled", said.text, max(300.0, seconds(said.data.get("wait")) or 0.0))
    return by_status(said.status, said.text, said.wait_s, otherwise=temporary("nonsense"))


def _at(at: At | None) -> dict[str, Any]:
    return {"at": at.body()} if at else {}

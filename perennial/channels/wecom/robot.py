"""The robot of a group. No signature; the key of its address is all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

from perennial.channels.exchange import Clock, Line, Options, Said, by_status
from perennial.channels.reply import Reply, temporary
from perennial.channels.robot import paced
from perennial.channels.shapes import word
from perennial.channels.text import cut
from perennial.channels.verdicts import WECOM, verdict

BASE = "https://qyapi.weixin.qq.com"
TEXT_BYTES, MARKDOWN_BYTES = 2048, 4096
PACE = ((20, 60.0),)


@dataclass(frozen=True, slots=True)
class RobotAccount:
    key: str = field(repr=False)
    base_url: str = BASE


class Robot:
    def __init__(self, account: RobotAccount, clock: Clock, **options: Unpack[Options]) -> None:
        self._account = account
        self._line = Line(account.base_url, clock, (account.key,), **options)
        self._pace = self._line.memory.pace(self._line.key("robot", account.key), PACE)

    def text(self, text: str, *, mobiles: Sequence[str] = (), user_ids: Sequence[str] = ()) -> Reply:
        """`@all` among either calls everybody."""
        fits, was_cut = cut(text, TEXT_BYTES)
        content: dict[str, Any] = {"content": fits}
        if user_ids:
            content["mentioned_list"] = list(user_ids)
        if mobiles:
            content["mentioned_mobile_list"] = list(mobiles)
        return told(self._send({"msgtype": "text", "text": content}), was_cut)

    def markdown(self, text: str) -> Reply:
        fits, was_cut = cut(text, MARKDOWN_BYTES)
        return told(self._send({"msgtype": "markdown", "markdown": {"content": fits}}), was_cut)

    def news(self, articles: Sequence[tuple[str, str, str]]) -> Reply:
        """`articles`: (title, text, address), 1 to 8."""
        shape = [{"title": title, "description": text, "url": url} for title, text, url in articles]
        return self._send({"msgtype": "news", "news": {"articles": shape}})

    def card(self, card: Mapping[str, Any]) -> Reply:
        """A template card as it is (`Card.body()` makes simple ones; of a robot, one without buttons)."""
        return self._send({"msgtype": "template_card", "template_card": dict(card)})

    def _send(self, body: dict[str, Any]) -> Reply:
        return paced(self._pace, self._line.clock(), lambda: self._spoken(body))

    def _spoken(self, body: dict[str, Any]) -> Reply:
        said = self._line.ask("POST", "/cgi-bin/webhook/send", query={"key": self._account.key}, body=body)
        found = said if isinstance(said, Reply) else judged(said)
        return found if isinstance(found, Reply) else Reply("sent")


def judged(said: Said) -> dict[str, Any] | Reply:
    """The object of a success, else what its code means."""
    code = word(said.data.get("errcode"))
    if code == "0":
        return said.data
    if not code:
        return by_status(said.status, said.text, said.wait_s, otherwise=temporary("nonsense"))
    return verdict(WECOM, code, said.status).reply(said.text, said.wait_s)


def told(reply: Reply, was_cut: bool) -> Reply:
    return replace(reply, why="cut") if was_cut and reply.accepted else reply

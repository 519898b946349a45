"""The robot of a group. Its signature stands in the body, in seconds, with key and message the other way round."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

from perennial.channels import signatures
from perennial.channels.exchange import Clock, Line, Options, Said, by_status
from perennial.channels.reply import Reply, temporary
from perennial.channels.robot import paced
from perennial.channels.shapes import word
from perennial.channels.text import cut, json_bytes
from perennial.channels.verdicts import FEISHU, verdict

BASE = "https://open.feishu.cn"
BODY_BYTES = 20_000
PACE = ((100, 60.0), (5, 1.0))
_SIGNED = {"timestamp": "0" * 10, "sign": "0" * 44}  # as long as they will be


@dataclass(frozen=True, slots=True)
class RobotAccount:
    token: str = field(repr=False)  # the end of its address
    secret: str = field(repr=False, default="")
    base_url: str = BASE


class Robot:
    def __init__(self, account: RobotAccount, clock: Clock, **options: Unpack[Options]) -> None:
        self._account = account
        self._line = Line(account.base_url, clock, (account.token, account.secret), **options)
        self._pace = self._line.memory.pace(self._line.key("robot", account.token), PACE)

    def text(self, text: str) -> Reply:
        return self._fitting(text, lambda fits: {"msg_type": "text", "content": {"text": fits}})

    def post(self, title: str, text: str) -> Reply:
        """A titled text of lines."""

        def body(fits: str) -> dict[str, Any]:
            lines = [[{"tag": "text", "text": line}] for line in fits.split("\n")]
            return {"msg_type": "post", "content": {"post": {"zh_cn": {"title": title, "content": lines}}}}

        return self._fitting(text, body)

    def card(self, card: Mapping[str, Any]) -> Reply:
        """As it is (`card_of` makes simple ones)."""
        return self._send({"msg_type": "interactive", "card": dict(card)})

    def _fitting(self, text: str, body_of: Callable[[str], dict[str, Any]]) -> Reply:
        fits, was_cut = cut(text, BODY_BYTES, lambda one: len(json_bytes({**_SIGNED, **body_of(one)})))
        reply = self._send(body_of(fits))
        return replace(reply, why="cut") if was_cut and reply.accepted else reply

    def _send(self, body: dict[str, Any]) -> Reply:
        return paced(self._pace, self._line.clock(), lambda: self._spoken(body))

    def _spoken(self, body: dict[str, Any]) -> Reply:
        if self._account.secret:
            now_s = int(self._line.clock())
            signed = {"timestamp": str(now_s), "sign": signatures.feishu_robot(self._account.secret, now_s)}
            body = {**signed, **body}
        said = self._line.ask("POST", f"/open-apis/bot/v2/hook/{self._account.token}", body=body)
        found = said if isinstance(said, Reply) else judged(said)
        return found if isinstance(found, Reply) else Reply("sent")


def judged(said: Said) -> dict[str, Any] | Reply:
    """The object of a success, else what its code means, whatever the HTTP status. Old robots say StatusCode."""
    code = word(said.data.get("code", said.data.get("StatusCode")))
    if code == "0":
        return said.data
    if not code:
        return by_status(said.status, said.text, said.wait_s, otherwise=temporary("nonsense"))
    return verdict(FEISHU, code, said.status).reply(said.text, said.wait_s)

"""An application of a corporation. A token belongs to one application's secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Unpack

from perennial.channels.app import Fetched, with_token
from perennial.channels.exchange import Clock, Line, Options
from perennial.channels.reply import Reply, temporary
from perennial.channels.shapes import seconds, word
from perennial.channels.wecom.robot import BASE, judged

_STALE = (40014, 42001)


@dataclass(frozen=True, slots=True)
class AppAccount:
    corp_id: str
    secret: str = field(repr=False)
    agent_id: int = 0
    base_url: str = BASE


class App:
    def __init__(self, account: AppAccount, clock: Clock, **options: Unpack[Options]) -> None:
        self.account = account
        self._line = Line(account.base_url, clock, (account.secret,), **options)

    def call(
        self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any] | Reply:
        said = with_token(
            self._line,
            self._line.key("wecom", self.account.corp_id, self.account.secret),
            self._token,
            lambda token: self._line.ask(
                method, f"/cgi-bin{path}", query={"access_token": token, **(query or {})}, body=body, secrets=(token,)
            ),
            lambda said: said.data.get("errcode") in _STALE,
        )
        return said if isinstance(said, Reply) else judged(said)

    def _token(self) -> Fetched:
        asked = {"corpid": self.account.corp_id, "corpsecret": self.account.secret}
        said = self._line.ask("GET", "/cgi-bin/gettoken", query=asked)
        found = said if isinstance(said, Reply) else judged(said)
        if isinstance(found, Reply):
            return found
        token, lives_s = word(found.get("access_token")), seconds(found.get("expires_in", 7200))
        return (token, lives_s) if token and lives_s else temporary("nonsense", "no token in the answer")

"""An application of an organisation, on DingTalk's two stacks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Unpack

from perennial.channels.app import Fetched, with_token
from perennial.channels.dingtalk.robot import OLD, no_code
from perennial.channels.exchange import Clock, Line, Options, Said, by_status
from perennial.channels.reply import Reply, temporary
from perennial.channels.shapes import seconds, word
from perennial.channels.verdicts import DINGTALK_NEW, DINGTALK_OLD, verdict

NEW = "https://api.dingtalk.com"
_STALE_OLD = ("40014", "42001")
_LIFE_S = 7200


@dataclass(frozen=True, slots=True)
class AppAccount:
    app_key: str
    app_secret: str = field(repr=False)
    agent_id: str = ""  # of work notices
    robot_code: str = ""  # of the robot that speaks to one person
    old_url: str = OLD
    new_url: str = NEW


class App:
    def __init__(self, account: AppAccount, clock: Clock, **options: Unpack[Options]) -> None:
        self.account = account
        self._old = Line(account.old_url, clock, (account.app_secret,), **options)
        self._new = Line(account.new_url, clock, (account.app_secret,), **options)

    @property
    def now(self) -> float:
        return self._old.clock()

    def old(self, path: str, body: Mapping[str, Any]) -> dict[str, Any] | Reply:
        """A call to the old stack: the object of a success, else the reply that it comes to."""
        said = with_token(
            self._old,
            self._old.key("dingtalk old", self.account.app_key, self.account.app_secret),
            self._old_token,
            lambda token: self._old.ask("POST", path, query={"access_token": token}, body=body, secrets=(token,)),
            lambda said: _old_code(said) in _STALE_OLD,
        )
        return said if isinstance(said, Reply) else judged_old(said)

    def new(
        self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any] | Reply:
        """A call to the new stack."""
        said = with_token(
            self._new,
            self._new.key("dingtalk new", self.account.app_key, self.account.app_secret),
            self._new_token,
            lambda token: self._new.ask(
                method,
                path,
                query=query,
                headers={"x-acs-dingtalk-access-token": token},
                body=body,
                secrets=(token,),
            ),
            lambda said: said.data.get("code") == "InvalidAuthentication",
        )
        return said if isinstance(said, Reply) else judged_new(said)

    def bare(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, secret: str = ""
    ) -> dict[str, Any] | Reply:
        """A call to the new stack that carries no token of the application. `secret`: what stands in it."""
        said = self._new.ask(method, path, body=body, headers=headers, secrets=(secret,) if secret else ())
        return said if isinstance(said, Reply) else judged_new(said)

    def _old_token(self) -> Fetched:
        asked = {"appkey": self.account.app_key, "appsecret": self.account.app_secret}
        said = self._old.ask("GET", "/gettoken", query=asked)
        found = said if isinstance(said, Reply) else judged_old(said)
        return found if isinstance(found, Reply) else _token(found, "access_token", "expires_in")

    def _new_token(self) -> Fetched:
        asked = {"appKey": self.account.app_key, "appSecret": self.account.app_secret}
        found = self.bare("POST", "/v1.0/oauth2/accessToken", asked)
        return found if isinstance(found, Reply) else _token(found, "accessToken", "expireIn")


def _token(found: Mapping[str, Any], name: str, life: str) -> Fetched:
    token, lives_s = word(found.get(name)), seconds(found.get(life, _LIFE_S))
    return (token, lives_s) if token and lives_s else temporary("nonsense", "no token in the answer")


def _old_code(said: Said) -> str:
    code = word(said.data.get("errcode"))
    return word(said.data.get("sub_code")) or code if code == "88" else code


def judged_old(said: Said) -> dict[str, Any] | Reply:
    code = _old_code(said)
    if code == "0":
        return said.data
    if not code:
        return no_code(said)
    return verdict(DINGTALK_OLD, code, said.status).reply(said.text, said.wait_s)


def judged_new(said: Said) -> dict[str, Any] | Reply:
    """The code says what it is, whatever the status; without one, the status."""
    code = said.data.get("code")
    if isinstance(code, str) and code and (said.status >= 400 or "message" in said.data):
        return verdict(DINGTALK_NEW, code, said.status).reply(said.text, said.wait_s)
    if 200 <= said.status < 300 and str(said.data.get("status")) != "1111":
        return said.data
    return no_code(said)


def nothing_said(text: str) -> Reply:
    """A success without what it should hold."""
    return by_status(200, text, None, otherwise=temporary("nonsense"))

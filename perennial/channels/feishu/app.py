"""An application of a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Unpack

from perennial.channels.app import Fetched, with_token
from perennial.channels.exchange import Clock, Line, Options
from perennial.channels.feishu.robot import BASE, judged
from perennial.channels.reply import Reply, temporary
from perennial.channels.shapes import inner, seconds, word

_STALE = (99991663, 99991664, 99991661)  # wrong or over, of the tenant and of the application; none given


@dataclass(frozen=True, slots=True)
class AppAccount:
    app_id: str
    app_secret: str = field(repr=False)
    base_url: str = BASE


class App:
    def __init__(self, account: AppAccount, clock: Clock, **options: Unpack[Options]) -> None:
        self.account = account
        self._line = Line(account.base_url, clock, (account.app_secret,), **options)

    def call(
        self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any] | Reply:
        """The `data` of a success."""
        said = with_token(
            self._line,
            self._line.key("feishu", self.account.app_id, self.account.app_secret),
            self._token,
            lambda token: self._line.ask(
                method, f"/open-apis{path}", query=query, headers=_bearer(token), body=body, secrets=(token,)
            ),
            lambda said: said.data.get("code") in _STALE,
        )
        found = said if isinstance(said, Reply) else judged(said)
        return found if isinstance(found, Reply) else _data(found)

    def bare(self, method: str, path: str, body: Any = None, token: str = "") -> dict[str, Any] | Reply:
        """A call without the tenant's token: with somebody else's, or none. The whole object of a success."""
        headers = _bearer(token) if token else None
        secrets = (token,) if token else ()
        said = self._line.ask(method, f"/open-apis{path}", body=body, headers=headers, secrets=secrets)
        return said if isinstance(said, Reply) else judged(said)

    def _token(self) -> Fetched:
        asked = {"app_id": self.account.app_id, "app_secret": self.account.app_secret}
        found = self.bare("POST", "/auth/v3/tenant_access_token/internal", asked)
        if isinstance(found, Reply):
            return found
        token, lives_s = word(found.get("tenant_access_token")), seconds(found.get("expire", 7200))
        return (token, lives_s) if token and lives_s else temporary("nonsense", "no token in the answer")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _data(found: Mapping[str, Any]) -> dict[str, Any]:
    return inner(found.get("data"))

"""The other side of a channel, without a network: it says what it is told and keeps what it was asked."""

import json
from typing import Any

import httpx

from perennial.channels import Memory


class Other:
    """Answers a path with what stands under it; tokens are given. Keeps what it was asked."""

    def __init__(self, **says: Any) -> None:
        self.says = says
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith(("gettoken", "oauth2/accessToken", "internal")):
            tokens = {"access_token": "t", "accessToken": "t", "tenant_access_token": "t"}
            return httpx.Response(200, json={**tokens, **({} if "/v1.0/" in path else {"errcode": 0, "code": 0})})
        body = json.loads(request.content) if request.content[:1] == b"{" else request.content.decode()
        self.asked.append((request.method, path, dict(request.url.params), body))
        answer = self.says[path.rsplit("/", 1)[-1]]
        answer = answer.pop(0) if isinstance(answer, list) else answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def options(self) -> dict[str, Any]:
        return {"transport": httpx.MockTransport(self), "memory": Memory()}

    @property
    def body(self) -> Any:
        return self.asked[-1][3]

"""What every request passes first: its size, where it comes from, and the headers that every reply carries."""

import json
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perennial.http.errors import broken, language_of
from perennial.kernel import Denied, Invalid, Problem, text

MEGABYTE = 1024 * 1024
BODY_MB = 4
# uploads; their pages say so before
_FILES = {"/api/imports": 50, "/api/files": 50, "/api/people-imports": 50, "/api/bundles": 500}

_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:;"
    " worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
]


class Shield:
    """ASGI middleware, plain functions on bytes: it stands in the way of every page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        api = scope["path"].startswith("/api/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                names = {name for name, _ in headers}
                headers += [pair for pair in _HEADERS if pair[0] not in names]
                if api and b"cache-control" not in names:
                    headers.append((b"cache-control", b"no-store"))
                message = {**message, "headers": headers}
            await send(message)

        refusal = self._refusal(scope) if scope["method"] not in ("GET", "HEAD", "OPTIONS") else None
        if refusal is not None:
            await _refuse(*refusal, scope, guarded)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await guarded(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:  # the HTTP edge: what nobody foresaw becomes a number to quote
            if started:
                raise
            await broken(Request(scope), error)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> tuple[Problem, int] | None:
        headers = dict(scope["headers"])
        if headers.get(b"sec-fetch-site") == b"cross-site":
            return Denied("http.cross_site"), 403
        length = headers.get(b"content-length")
        if length is None:
            chunked = b"transfer-encoding" in headers
            return (Invalid("http.length_required"), 411) if chunked else None
        limit_mb = next((most for door, most in _FILES.items() if scope["path"].startswith(door)), BODY_MB)
        slack = MEGABYTE if limit_mb > BODY_MB else 0  # the frame that a form puts around its file
        if not length.isdigit() or int(length) > limit_mb * MEGABYTE + slack:
            size_mb = round(int(length) / MEGABYTE) if length.isdigit() else 0
            return Invalid("http.too_large", size_mb=size_mb, limit_mb=limit_mb), 413
        return None


async def _refuse(problem: Problem, status: int, scope: Scope, send: Send) -> None:
    """A reply without having read the body; the connection closes with it."""
    sentence = text(problem, language_of(Request(scope)))
    error: dict[str, Any] = {"code": problem.code, "text": sentence, "facts": problem.facts}
    body = json.dumps({"error": error}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

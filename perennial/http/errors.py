"""A problem becomes JSON: `{"error": {"code", "text", "path"?, "facts"}}`, the text in the reader's language.

What nobody foresaw (caught in `shield`) is logged under a short number, which is all that the reader learns of it.
"""

import secrets
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from perennial.http.input import invalid_input
from perennial.kernel import Broken, Busy, Denied, Invalid, Language, Missing, Problem, log, text

_OPENED = ("document", "iframe")  # a person opened the address itself, or the page shows it in a frame
_FRAMED = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'", "X-Frame-Options": "SAMEORIGIN"}


def language_of(request: Request) -> Language:
    """The person's language once known, else what the browser asks for, else Chinese."""
    known = getattr(request.state, "language", None) or request.headers.get("accept-language", "").lower()[:2]
    return "en" if known == "en" else "zh"


def reply(problem: Problem, request: Request, *, status: int | None = None) -> Response:
    error: dict[str, Any] = {
        "code": problem.code,
        "text": text(problem, language_of(request)),
        "facts": jsonable_encoder(problem.facts, custom_encoder={bytes: bytes.hex}),
    }
    if problem.path is not None:
        error["path"] = problem.path
    headers = {"Retry-After": str(60 * problem.facts["minutes"])} if "minutes" in problem.facts else None
    away = 503 if problem.code == "kernel.database_away" else problem.status
    if request.headers.get("sec-fetch-dest") in _OPENED:  # an old link to a file, say: a sentence, no code
        return PlainTextResponse(error["text"], status or away, {**(headers or {}), **_FRAMED})
    return JSONResponse({"error": error}, status or away, headers)


def install(app: FastAPI) -> None:
    """Every foreseen error leaves `app` as JSON."""

    @app.exception_handler(Problem)
    def _problem(request: Request, problem: Problem) -> Response:
        return broken(request, problem) if isinstance(problem, Broken) else reply(problem, request)

    @app.exception_handler(RequestValidationError)
    def _input(request: Request, error: RequestValidationError) -> Response:
        return reply(invalid_input(error), request)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        problem = {
            403: Denied("http.refused"),
            404: Missing("http.no_path", path=request.url.path),
            405: Denied("http.no_method", path=request.url.path, method=request.method),
        }.get(error.status_code, Invalid("http.malformed"))
        return reply(problem, request, status=error.status_code)

    @app.exception_handler(psycopg.DataError)
    def _data(request: Request, error: psycopg.DataError) -> Response:
        if isinstance(error, psycopg.errors.NumericValueOutOfRange):
            return reply(Invalid("http.input_range"), request)
        if isinstance(error, psycopg.errors.UntranslatableCharacter) or "NUL" in str(error):
            return reply(Invalid("http.input_nul"), request)
        return broken(request, error)

    @app.exception_handler(psycopg.OperationalError)
    @app.exception_handler(PoolTimeout)
    def _database(request: Request, error: Exception) -> Response:
        if isinstance(error, psycopg.errors.ProgramLimitExceeded):  # the database is there and says no
            return broken(request, error)
        log.error("database", path=request.url.path, exc_info=error)
        if isinstance(error, psycopg.errors.DiskFull):
            return reply(Broken("http.disk_full"), request)
        return reply(Busy("kernel.database_away"), request)

    _ = (_problem, _input, _http, _data, _database)


def broken(request: Request, error: Exception) -> Response:
    """500 with a number to quote; the log has the rest under that number."""
    number = f"{secrets.token_hex(2)}-{secrets.token_hex(1)}".upper()
    log.error("broken", number=number, method=request.method, path=request.url.path, exc_info=error)
    if isinstance(error, Broken) and error.code.startswith("files."):
        return reply(error, request)  # what the installation lacks, in words for who has to mend it
    return reply(Broken("http.broken", number=number), request)

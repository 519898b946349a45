"""A client of the application within the test: `with visitor(database) as client: client.get("/api/state")`."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.datastructures import State

from perennial.http import create_app
from perennial.kernel import Database

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it prefers a client library that we do not use
    from starlette.testclient import TestClient

PASSWORD = "right horse battery"


_idle: list[FastAPI] = []  # the first request of an application builds its routes, a tenth of a second of work


@contextlib.contextmanager
def application(database: Database, setup_code: str | None = None) -> Iterator[FastAPI]:
    """One over this database; of what it knew of another database nothing is left."""
    app = _idle.pop() if _idle else create_app(database)
    app.state = State({"database": database, "setup_code": setup_code})
    try:
        yield app
    finally:
        app.state = State()
        _idle.append(app)


@contextlib.contextmanager
def visitor(database: Database, *, address: str = "127.0.0.1", setup_code: str | None = None) -> Iterator[TestClient]:
    """Nobody yet."""
    with (
        application(database, setup_code) as app,
        TestClient(app, base_url="http://localhost", client=(address, 50_000)) as client,
    ):
        yield client


@contextlib.contextmanager
def logged_in(database: Database, account: str, *, password: str = PASSWORD) -> Iterator[TestClient]:
    """A person, with the header that writes need."""
    with visitor(database) as client:
        reply = client.post("/api/login", json={"account": account, "password": password})
        assert reply.status_code == 200, reply.text
        client.headers["X-CSRF"] = reply.json()["csrf"]
        yield client


def window(account: str, world: str) -> Any:
    """A fixture: this person, logged in to the database of the fixture `world`."""

    @pytest.fixture
    def opened(request: pytest.FixtureRequest) -> Iterator[TestClient]:
        with logged_in(request.getfixturevalue(world), account) as client:
            yield client

    return opened


def code(reply: Any) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return reply.status_code, reply.json()["error"]["code"]

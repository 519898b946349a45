"""A server of the application in this process, for what needs real connections: streams, many clients at once."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, BinaryIO

import uvicorn

from perennial import people
from perennial.http import create_app
from perennial.kernel import SYSTEM, Database

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Stream:
    """An open stream of events."""

    sock: socket.socket
    lines: BinaryIO

    def next(self) -> tuple[str, dict[str, Any]]:
        """The next event; ("", {}) when the stream has ended."""
        name = ""
        for line in self.lines:
            text = line.decode().strip()
            if text == "0":  # the chunk that ends the reply
                break
            if text.startswith("event:"):
                name = text.removeprefix("event:").strip()
            elif text.startswith("data:"):
                return name, json.loads(text.removeprefix("data:"))
        return "", {}

    def close(self) -> None:
        self.lines.close()
        self.sock.close()


class Client:
    """A browser that is logged in: one connection, the cookie and the value that writes need."""

    def __init__(self, port: int, session: people.Session, opened: contextlib.ExitStack) -> None:
        self._opened = opened
        self.port = port
        self.person = session.person_id
        self.token = session.token
        self._headers = {"Cookie": f"perennial_session={session.token}", "X-CSRF": session.csrf}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        opened.callback(self._connection.close)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = self._connection.getresponse()
        text = reply.read()
        return reply.status, json.loads(text) if text else None

    def listen(self) -> Stream:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)
        cookie = self._headers["Cookie"]
        sock.sendall(f"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        stream = Stream(sock, sock.makefile("rb"))
        self._opened.callback(stream.close)
        return stream


@dataclass(frozen=True, slots=True)
class Served:
    port: int
    database: Database
    app: Any
    opened: contextlib.ExitStack

    def client(self, person: int) -> Client:
        with self.database.begin(SYSTEM) as tx:
            return Client(self.port, people.open_session(tx, person), self.opened)


@contextlib.contextmanager
def served(database: Database) -> Generator[Served]:
    app = create_app(database)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    with socket.socket() as listener, contextlib.ExitStack() as opened:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield Served(listener.getsockname()[1], database, app, opened)
        finally:
            if live := getattr(app.state, "live", None):
                live.close()
            server.should_exit = True
            thread.join(10)

"""A server on this machine that does as it is told, and a process that calls it."""

import contextlib
import socket
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from test_engine_reference import Engine

from perennial import processes
from perennial.kernel import SYSTEM

VALUES = {"n": 5, "flag": False, "s": "x", "d1": 739_999, "mark": None}


@dataclass
class Receiver:
    """`answers`: what comes next, the last one for ever: a status, (status, headers), or `hang`, `drip`, `reset`.
    `got`: path, headers and body of what came."""

    answers: list[Any] = field(default_factory=lambda: [200])
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/in") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def next(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextlib.contextmanager
def receiving() -> Generator[Receiver]:
    it = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            it.got.append((self.path, dict(self.headers), body))
            answer = it.next()
            if answer == "hang":
                it.over.wait(5)
            elif answer == "drip":
                with contextlib.suppress(OSError):
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    while not it.over.wait(0.05):
                        self.wfile.write(b"X-A: b\r\n")
                        self.wfile.flush()
            elif answer == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                self.connection.close()
            else:
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                said = b"thanks" * 2000
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    it.port = server.server_port
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield it
    finally:
        it.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def tree(url: str, *, on_error: str = "", tries: int = 3, **more: Any) -> dict[str, Any]:
    hook = {"key": "call", "kind": "webhook", "url": url, "set": {"no": "this", "n": "n", "who": "s", "on": "d1"},
            "tries": tries, "next": "told"} | ({"on_error": on_error} if on_error else {})  # fmt: skip
    nodes = [hook, {"key": "told", "kind": "task"}]
    nodes += [{"key": "broken", "kind": "task"}] if on_error else []
    return {"process": "random", "label": "通知 ERP", "form": "thing", "start": [{"key": "now", "kind": "hand"}],
            "nodes": nodes, **more}  # fmt: skip


class World(Engine):
    """Records of `thing`, with a process that calls a server."""

    def begin(self, count: int = 1) -> list[int]:
        made = [self.add(VALUES) for _ in range(count)]
        with self.database.begin(SYSTEM) as tx:
            processes.start(tx, "random", made)
        return made

    def send(self) -> dict[str, int]:
        return processes.send_webhooks(self.database).counts

    def rows(self, sql: str, **given: Any) -> list[dict[str, Any]]:
        with self.database.begin(SYSTEM) as tx:
            return tx.rows(sql, given)

    def call(self) -> dict[str, Any]:
        return self.rows("SELECT * FROM processes.call ORDER BY id DESC LIMIT 1")[0]

    def later(self, minutes: float) -> None:
        with self.database.begin(SYSTEM) as tx:
            tx.run(
                "UPDATE kernel.workspace SET clock_at = clock_at + make_interval(secs => 60 * %(n)s)", {"n": minutes}
            )

    def stands(self, thing: int) -> list[str]:
        rows = self.rows("SELECT n.key, t.state FROM processes.token t JOIN processes.node n ON n.id = t.node_id"
                         " JOIN processes.instance i ON i.id = t.instance_id WHERE i.record_id = %(of)s"
                         "   AND t.state <> 'frozen' ORDER BY t.id", of=thing)  # fmt: skip
        with self.database.begin(SYSTEM) as tx:
            assert [one.as_json() for one in processes.doctor(tx) if not one.ok] == []
        return [f"{row['key']} {row['state']}" for row in rows]

"""`perennial serve`, `web`, `worker`: the long-running commands."""

import contextlib
import importlib
import importlib.util
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

import typer

from perennial.cli.stop import stopped_by_signals
from perennial.kernel import SYSTEM, Database, Invalid, configure_log, opened, settings

commands = typer.Typer()

GRACE_SECONDS = 3  # for open requests and for the worker's current batch
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@commands.command()
def serve(host: str = "", port: int = 0, demo: bool = False) -> None:
    """Everything in one program: database, web, worker. For a small company this is all there is."""
    _run(host, port, web=True, worker=True, demo=demo)


@commands.command()
def web(host: str = "", port: int = 0) -> None:
    """The web server alone; any number may share one database."""
    _run(host, port, web=True, worker=False)


@commands.command()
def worker() -> None:
    """The reactor, the tick and the jobs alone; any number may share one database."""
    _run("", 0, web=False, worker=True)


def _run(host: str, port: int, *, web: bool, worker: bool, demo: bool = False) -> None:
    chosen = settings()
    host, port = host or chosen.host, port or chosen.port
    if demo and host not in _LOOPBACK:
        raise Invalid("kernel.demo_host", path="host", host=host)
    configure_log(chosen)
    with stopped_by_signals(), contextlib.ExitStack() as stack:
        listener = stack.enter_context(_bound(host, port)) if web else None
        database = stack.enter_context(opened(chosen))
        if demo and (prepare := _optional("perennial.demo", "prepare")):
            prepare(database)
        if ensure := _optional("perennial.apps", "ensure"):
            ensure(database)
        thread = stack.enter_context(_working(database)) if worker else None
        if listener is not None:
            _serve(database, listener, f"http://{host}:{port}")
        elif thread is not None:
            print("perennial: the worker runs", file=sys.stderr, flush=True)
            thread.join()
            sys.exit(1)  # it ends only when it is told to; what it said is on standard error


def _optional(module: str, name: str) -> Callable[..., Any] | None:
    """A room that may not be part of this installation."""
    if importlib.util.find_spec(module) is None:
        return None
    return getattr(importlib.import_module(module), name, None)


@contextlib.contextmanager
def _bound(host: str, port: int) -> Generator[socket.socket]:
    """The port is ours before anything else is started; nobody is answered yet."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise Invalid("kernel.port_taken", path="port", host=host, port=port, why=error.strerror) from error
        yield listener


@contextlib.contextmanager
def _working(database: Database) -> Generator[threading.Thread | None]:
    """The worker's loops run in threads of this program until the block ends."""
    run_worker = _optional("perennial.jobs", "run_worker")
    if run_worker is None:
        yield None
        return
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(database, stop), name="worker", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(GRACE_SECONDS)


def _serve(database: Database, listener: socket.socket, address: str) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if live := getattr(getattr(app, "state", None), "live", None):
                live.close()  # else its open streams would use up the grace
            await super().shutdown(sockets)

    create_app = _optional("perennial.http", "create_app")
    code = _setup_code(database)
    app = create_app(database, setup_code=code) if create_app else _nothing_yet
    config = uvicorn.Config(
        app, log_config=None, access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS, lifespan="auto" if create_app else "off", server_header=False,
    )  # fmt: skip
    print(f"\n  Perennial (常青)  {address}\n", flush=True)
    if code:
        print(
            f"  The first administrator needs this code from another machine / 从其他电脑首次启动需要启动码: {code}\n",
            flush=True,
        )
    Server(config).run(sockets=[listener])


def _setup_code(database: Database) -> str | None:
    """A fresh code while nobody exists: with it the first administrator may come from another machine."""
    is_empty = _optional("perennial.people", "is_empty")
    if is_empty is None:
        return None
    with database.begin(SYSTEM) as tx:
        if not is_empty(tx):
            return None
    digits = secrets.token_hex(8).upper()
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


async def _nothing_yet(_scope: Any, _receive: Any, send: Any) -> None:
    """The page of an installation without the http room."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": "<title>Perennial</title>常青".encode()})

"""All servers in one thread, a port for each: the platforms are different hosts, so ours are different ports."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from types import TracebackType

from perennial.dev import control, imap, smtp, stream, wire
from perennial.dev.accounts import Accounts
from perennial.dev.doors import SERVICES, handle
from perennial.dev.world import World, system_clock

PORTS = (*SERVICES, smtp.SERVICE, imap.SERVICE)  # with `port` given, one after the other


class Serving:
    """The running servers: `urls` by service, `world` (what they know), `box` (the mailbox)."""

    def __init__(self, world: World, port: int = 0, host: str = "127.0.0.1") -> None:
        self.world, self.box = world, imap.Box()
        self._sockets: dict[str, socket.socket] = {}
        try:
            for number, name in enumerate(PORTS):
                self._sockets[name] = socket.create_server((host, port + number if port else 0))
        except OSError:
            self._close()
            raise
        self.ports: Mapping[str, int] = {name: one.getsockname()[1] for name, one in self._sockets.items()}
        schemes = {smtp.SERVICE: "smtp", imap.SERVICE: "imap"}
        self.urls = {name: f"{schemes.get(name, 'http')}://{host}:{at}" for name, at in self.ports.items()}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="im-server", daemon=True)

    def _close(self) -> None:
        for one in self._sockets.values():
            one.close()

    def __enter__(self) -> "Serving":
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        self._close()

    def fail(self, path: str, kind: str, times: int = 1, after: int = 0) -> None:
        """The next `times` requests whose path fits meet this failure (perennial.dev.faults)."""
        self.world.faults.ask(path, kind, times, after)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        servers = [
            await asyncio.start_server(self._holding(name), sock=one, limit=wire.LINE_BYTES)
            for name, one in self._sockets.items()
        ]
        self._ready.set()
        await self._end.wait()
        for one in servers:
            one.close()

    def _holding(self, name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                if name == smtp.SERVICE:
                    await smtp.Conversation(self.world, reader, writer).hold()
                elif name == imap.SERVICE:
                    await imap.Conversation(self.world, self.box, reader, writer).hold()
                else:
                    await self._converse(name, reader, writer)
            except (OSError, asyncio.IncompleteReadError, wire.Unreadable, asyncio.CancelledError):
                pass  # the client went away, or we do
            finally:
                writer.close()

        return hold

    async def _converse(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await wire.read(name, reader)) is not None:
            if request.path.startswith("/_"):
                await wire.write(writer, await asyncio.to_thread(control.answer, self, request))
                continue
            if request.path == stream.PATH and request.headers.get("upgrade", "").lower() == "websocket":
                await self.world.stream.hold(request, reader, writer)
                return
            done = handle(self.world, request)
            if done.wait_s:
                await asyncio.sleep(done.wait_s)
            if done.answer is None and not done.reset:
                await reader.read()  # silence, until the client gives up
                return
            if done.answer is not None and (not done.reset or done.part < 1):
                await wire.write(writer, done.answer, part=done.part, drip_s=done.drip_s)
            if done.part < 1:
                return  # an end in the middle
            if done.reset:
                wire.reset(writer)
                return


@contextmanager
def serving(
    port: int = 0,
    *,
    accounts: Accounts | None = None,
    clock: Callable[[], float] = system_clock,
    host: str = "127.0.0.1",
) -> Generator[Serving]:
    """All servers for the length of the block; `port` 0: free ones. `clock` is theirs, in seconds since 1970."""
    with Serving(World(accounts, clock), port, host) as running:
        yield running

"""DingTalk's Stream: a WebSocket that events come down, each again until it was acknowledged. RFC 6455 as far as that
needs it."""

import asyncio
import base64
import hashlib
import json
import secrets
import struct
from typing import Any

from perennial.dev.exchange import Request

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
PATH = "/connect"


class Stream:
    """What was sent and what came back. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self.tickets: set[str] = set()
        self.waiting: dict[str, str] = {}  # messageId -> frame, until it is acknowledged
        self.acks: list[dict[str, Any]] = []
        self.opened = 0  # connections so far
        self.deaf = False  # the next acknowledgement is not heard: the connection breaks instead
        self._links: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ticket(self) -> str:
        one = secrets.token_hex(8)
        self.tickets.add(one)
        return one

    @property
    def connected(self) -> int:
        return len(self._links)

    # --- what is sent

    def push(self, event: dict[str, Any], kind: str, event_id: str = "", *, often: int = 1) -> str:
        """An event; sent again to whoever connects next while nobody has acknowledged it."""
        number = secrets.token_hex(8)
        head = {"topic": "*", "messageId": number, "eventType": kind, "eventId": event_id or number,
                "contentType": "application/json", "eventCorpId": "dingcorp01"}  # fmt: skip
        frame = _framed("EVENT", head, event)
        self.waiting[number] = frame
        for _ in range(often):
            self.say(frame)
        return number

    def system(self, topic: str, data: dict[str, Any] | None = None) -> None:
        """ping, or disconnect."""
        head = {"topic": topic, "messageId": secrets.token_hex(8), "contentType": "application/json"}
        self.say(_framed("SYSTEM", head, data or {}))

    def say(self, text: str) -> None:
        """Any text, be it a frame or not."""
        self._each(lambda writer: writer.write(frame_of(TEXT, text.encode())))

    def drop(self) -> None:
        """Every connection breaks, without a farewell."""
        self._each(lambda writer: writer.transport.abort())

    def _each(self, act: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: [act(one) for one in list(self._links)])

    # --- one connection

    async def hold(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until it ends. A ticket opens once."""
        self._loop = asyncio.get_running_loop()
        key = request.headers.get("sec-websocket-key", "")
        if request.query.get("ticket", "") not in self.tickets or not key:
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        self.tickets.discard(request.query["ticket"])
        accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest()).decode()
        writer.write(
            f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.opened += 1
        self._links.add(writer)
        try:
            for frame in list(self.waiting.values()):
                writer.write(frame_of(TEXT, frame.encode()))
            while (found := await _read(reader)) is not None:
                opcode, payload = found
                if opcode == CLOSE:
                    writer.write(frame_of(CLOSE, payload[:2]))
                    return
                if opcode == PING:
                    writer.write(frame_of(PONG, payload))
                elif opcode == TEXT:
                    if self.deaf:
                        self.deaf = False
                        writer.transport.abort()
                        return
                    self._heard(payload.decode())
        finally:
            self._links.discard(writer)

    def _heard(self, text: str) -> None:
        ack = json.loads(text)
        self.acks.append(ack)
        if ack.get("code") == 200:
            self.waiting.pop(ack["headers"]["messageId"], None)


def _framed(kind: str, head: dict[str, Any], data: dict[str, Any]) -> str:
    return json.dumps(
        {"specVersion": "1.0", "type": kind, "headers": head, "data": json.dumps(data, ensure_ascii=False)},
        ensure_ascii=False,
    )


def frame_of(opcode: int, payload: bytes) -> bytes:
    """A whole message, not masked: servers do not."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
    return head + payload


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes] | None:
    """A message of the client, which masks it; None: it hung up."""
    try:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", await reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await reader.readexactly(8))
        mask = await reader.readexactly(4) if second & 0x80 else bytes(4)
        raw = await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(raw))

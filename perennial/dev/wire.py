"""HTTP/1.1 as far as it is needed to be a server that misbehaves: read a request, write an answer, break off."""

import asyncio
import socket
import struct
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from perennial.dev.exchange import Answer, Request

LINE_BYTES = 64 * 1024
BODY_BYTES = 32 * 1024 * 1024


class Unreadable(Exception):
    """No request that HTTP knows."""


async def read(service: str, reader: asyncio.StreamReader) -> Request | None:
    """None: the client has nothing more to say."""
    first = await reader.readline()
    if not first:
        return None
    try:
        method, target, _ = first.decode("ascii").split()
    except ValueError:
        raise Unreadable from None
    headers: dict[str, str] = {}
    while (line := (await reader.readline()).decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(service, method, unquote(parts.path), query, headers, await _body(reader, headers))


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        size = int(headers.get("content-length") or 0)
        if size > BODY_BYTES:
            raise Unreadable
        return await reader.readexactly(size)
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def _head(answer: Answer) -> bytes:
    known = {one.value: one.phrase for one in HTTPStatus}
    lines = [f"HTTP/1.1 {answer.status} {known.get(answer.status, '')}", f"Content-Type: {answer.kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(answer.body)}", "", ""]).encode("latin-1")


async def write(writer: asyncio.StreamWriter, answer: Answer, *, part: float = 1.0, drip_s: float = 0) -> None:
    """`part` of the body only: the length that was announced never comes. `drip_s`: a byte at a time."""
    body = answer.body[: int(len(answer.body) * part)]
    writer.write(_head(answer) + (b"" if drip_s else body))
    await writer.drain()
    for byte in body if drip_s else b"":
        await asyncio.sleep(drip_s)
        writer.write(bytes([byte]))
        await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """The connection ends with a reset, not with a farewell."""
    at: socket.socket = writer.get_extra_info("socket")
    at.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()

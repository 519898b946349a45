"""A mail server that keeps what it takes: accepts, refuses for now or for good, or breaks off, as it is told.

Failures are asked for at `/connect`, `/login`, `/mail`, `/rcpt`, `/data` (the command) and `/taken` (the mail is
whole): `code:451`, `code:550/no such user`, `reset_before`, `reset_after`, `slow:3`, `silent`.
"""

import asyncio
import email
import email.policy
import re

from perennial.dev import wire
from perennial.dev.world import World

SERVICE = "smtp"


class _Over(Exception):
    """This conversation has ended."""


class Conversation:
    def __init__(self, world: World, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.world, self.reader, self.writer = world, reader, writer
        self.sender, self.recipients = "", list[str]()

    async def hold(self) -> None:
        try:
            await self._say("220 perennial.test ESMTP", "/connect")
            while line := (await self.reader.readline()).decode("utf-8", "replace").rstrip("\r\n"):
                await self._heed(line)
        except _Over:
            return

    async def _say(self, usual: str, stage: str = "") -> bool:
        """Whether the usual answer was given."""
        kind = self.world.faults.meet(SERVICE, stage, self.world.now()) if stage else ""
        name, _, value = kind.partition(":")
        if name in ("reset_before", "reset_after"):
            wire.reset(self.writer)
            raise _Over
        if name == "silent":
            await self.reader.read()
            raise _Over
        if name == "offline":
            name, value = "code", "421/not available"
        if name == "slow":
            await asyncio.sleep(float(value))
        code, _, words = value.partition("/")
        answer = f"{code} {words or 'as told'}" if name == "code" else usual
        self.writer.write(f"{answer}\r\n".encode())
        await self.writer.drain()
        return name != "code"

    async def _heed(self, line: str) -> None:
        verb = line[:4].upper()
        if verb in ("EHLO", "HELO"):
            self.writer.write(b"250-perennial.test\r\n250-AUTH PLAIN LOGIN\r\n" if verb == "EHLO" else b"")
            await self._say("250 SMTPUTF8")
        elif verb == "AUTH":
            if line.upper() == "AUTH LOGIN" or line.upper() == "AUTH PLAIN":
                await self._say("334 ")
                await self.reader.readline()
            if line.upper().startswith("AUTH LOGIN"):
                await self._say("334 ")
                await self.reader.readline()
            await self._say("235 ok", "/login")
        elif verb == "MAIL":
            self.sender, self.recipients = _address(line), []
            await self._say("250 ok", "/mail")
        elif verb == "RCPT":
            if await self._say("250 ok", "/rcpt"):
                self.recipients.append(_address(line))
        elif verb == "DATA":
            if not self.recipients:
                await self._say("503 no recipient")
            elif await self._say("354 go on", "/data"):
                await self._take()
        elif verb == "QUIT":
            await self._say("221 bye")
            raise _Over
        else:
            await self._say("250 ok" if verb in ("RSET", "NOOP") else "500 not known")

    async def _take(self) -> None:
        lines: list[bytes] = []
        while (line := await self.reader.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        raw = b"".join(lines)
        kind = self.world.faults.meet(SERVICE, "/taken", self.world.now())
        name, _, value = kind.partition(":")
        if name not in ("code", "reset_before", "drop"):
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            for one in self.recipients:
                self.world.accept(SERVICE, "mail", one, raw.decode("utf-8", "replace"), key=str(mail["Message-ID"]))
        if name in ("reset_before", "reset_after"):
            wire.reset(self.writer)
            raise _Over
        if name == "slow":
            await asyncio.sleep(float(value))
        code, _, words = value.partition("/")
        await self._say(f"{code} {words or 'as told'}" if name == "code" else "250 taken")


def _address(line: str) -> str:
    found = re.search(r"<([^>]*)>", line)
    return found[1] if found else line.partition(":")[2].strip()

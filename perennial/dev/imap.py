"""A mailbox that a client can read: as much of IMAP4rev1 as login, select, search, fetch, store and expunge need.

Failures are asked for at `/connect`, `/login`, `/select`, `/search` and `/fetch`: `code:…` (a NO), `reset_before`,
`silent`.
"""

import asyncio
import re
import shlex
from dataclasses import dataclass, field

from perennial.dev import wire
from perennial.dev.world import World

SERVICE = "imap"


@dataclass(slots=True)
class Letter:
    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set[str])


class Box:
    """INBOX. `validity` is another one when the mailbox was moved or made anew: numbers then mean nothing."""

    def __init__(self, user: str = "box@example.com", password: str = "box-password") -> None:
        self.user, self.password, self.validity = user, password, 1
        self.letters: list[Letter] = []
        self._next = 1

    def put(self, raw: bytes) -> Letter:
        letter = Letter(self._next, raw)
        self._next += 1
        self.letters.append(letter)
        return letter

    @property
    def next(self) -> int:
        return self._next


class _Over(Exception):
    """This conversation has ended."""


class Conversation:
    def __init__(self, world: World, box: Box, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.world, self.box, self.reader, self.writer = world, box, reader, writer
        self.inside = self.selected = self.only_read = False

    async def hold(self) -> None:
        try:
            await self._fail("", "/connect")
            await self._say("* OK IMAP4rev1 perennial.test")
            while line := await self.reader.readline():
                await self._heed(await self._whole(line))
        except _Over:
            return

    async def _whole(self, line: bytes) -> str:
        """The command with its literals put in quotes."""
        while found := re.search(rb"\{(\d+)\+?\}\r\n$", line):
            if b"+}" not in found[0]:
                await self._say("+ go on")
            literal = await self.reader.readexactly(int(found[1]))
            rest = await self.reader.readline()
            line = line[: found.start()] + b'"' + literal.replace(b'"', b'\\"') + b'"' + rest
        return line.decode("utf-8", "replace").strip()

    async def _say(self, *lines: str | bytes) -> None:
        for line in lines:
            self.writer.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        await self.writer.drain()

    async def _fail(self, tag: str, stage: str) -> bool:
        name, _, value = self.world.faults.meet(SERVICE, stage, self.world.now()).partition(":")
        if name.startswith("reset"):
            wire.reset(self.writer)
            raise _Over
        if name == "silent":
            await self.reader.read()
            raise _Over
        if name == "code":
            await self._say(f"{tag} NO {value}")
        return name == "code"

    async def _heed(self, line: str) -> None:
        tag, _, rest = line.partition(" ")
        verb, _, more = rest.partition(" ")
        verb, uid = verb.upper(), False
        if verb == "UID":
            verb, _, more = more.partition(" ")
            verb, uid = verb.upper(), True
        stage = {"EXAMINE": "SELECT"}.get(verb, verb)
        if stage in ("LOGIN", "SELECT", "SEARCH", "FETCH") and await self._fail(tag, f"/{stage.lower()}"):
            return
        match verb:
            case "CAPABILITY":
                await self._say("* CAPABILITY IMAP4rev1 UIDPLUS", f"{tag} OK done")
            case "NOOP" | "CHECK" | "CREATE" | "SUBSCRIBE":
                await self._say(f"{tag} OK done")
            case "LOGOUT":
                await self._say("* BYE", f"{tag} OK done")
                raise _Over
            case "LOGIN":
                self.inside = shlex.split(more) == [self.box.user, self.box.password]
                await self._say(
                    f"{tag} OK in" if self.inside else f"{tag} NO [AUTHENTICATIONFAILED] wrong name or password"
                )
            case _ if not self.inside:
                await self._say(f"{tag} NO log in first")
            case "LIST":
                await self._say('* LIST () "/" "INBOX"', f"{tag} OK done")
            case "SELECT" | "EXAMINE":
                self.only_read = verb == "EXAMINE"
                await self._select(tag, more.strip('"'))
            case _ if not self.selected:
                await self._say(f"{tag} BAD select first")
            case "SEARCH":
                await self._search(tag, more, uid)
            case "FETCH":
                await self._fetch(tag, more, uid)
            case "STORE" | "EXPUNGE" if self.only_read:
                await self._say(f"{tag} NO [READ-ONLY] examined")
            case "STORE":
                await self._store(tag, more, uid)
            case "EXPUNGE" | "CLOSE":
                await self._expunge(tag, told=verb == "EXPUNGE")
            case _:
                await self._say(f"{tag} BAD not known")

    async def _select(self, tag: str, name: str) -> None:
        self.selected = name.upper() == "INBOX"
        if not self.selected:
            return await self._say(f"{tag} NO [NONEXISTENT] no such mailbox")
        how = "ONLY" if self.only_read else "WRITE"
        return await self._say(
            f"* {len(self.box.letters)} EXISTS", "* 0 RECENT", "* FLAGS (\\Seen \\Deleted \\Answered)",
            f"* OK [UIDVALIDITY {self.box.validity}]", f"* OK [UIDNEXT {self.box.next}]", f"{tag} OK [READ-{how}] done",
        )  # fmt: skip

    def _named(self, wanted: str, uid: bool) -> list[tuple[int, Letter]]:
        """(number, letter) of `1:*`, `3,5`, `7`; the last one is always within `n:*`, as the protocol says."""
        last = max((one.uid for one in self.box.letters), default=0) if uid else len(self.box.letters)
        found: dict[int, Letter] = {}
        for part in wanted.split(","):
            first, _, end = part.partition(":")
            low, high = ((last if one == "*" else int(one)) for one in (first, end or first))
            low, high = min(low, high), max(low, high)
            for number, letter in enumerate(self.box.letters, 1):
                if low <= (letter.uid if uid else number) <= high:
                    found[number] = letter
        return sorted(found.items())

    async def _search(self, tag: str, more: str, uid: bool) -> None:
        words = shlex.split(more.upper())
        hits = list(enumerate(self.box.letters, 1))
        while words:
            word = words.pop(0)
            if word == "UNSEEN":
                hits = [one for one in hits if "\\Seen" not in one[1].flags]
            elif word == "SEEN":
                hits = [one for one in hits if "\\Seen" in one[1].flags]
            elif word == "UID":
                named = {letter.uid for _, letter in self._named(words.pop(0), True)}
                hits = [one for one in hits if one[1].uid in named]
            elif word in ("CHARSET", "SINCE"):  # everything is of today
                words.pop(0)
        await self._say("* SEARCH" + "".join(f" {one.uid if uid else n}" for n, one in hits), f"{tag} OK done")

    async def _fetch(self, tag: str, more: str, uid: bool) -> None:
        wanted, _, parts = more.partition(" ")
        parts = parts.upper()
        for number, letter in self._named(wanted, uid):
            told = [f"UID {letter.uid}"] if uid or "UID" in parts else []
            if "FLAGS" in parts:
                told.append(f"FLAGS ({' '.join(sorted(letter.flags))})")
            if "RFC822.SIZE" in parts:
                told.append(f"RFC822.SIZE {len(letter.raw)}")
            name, body = _part(parts, letter.raw)
            line = f"* {number} FETCH ({' '.join(told)}".encode()
            if name:
                line += f"{' ' if told else ''}{name} {{{len(body)}}}\r\n".encode() + body
            if name and "PEEK" not in parts and "HEADER" not in name and not self.only_read:
                letter.flags.add("\\Seen")
            await self._say(line + b")")
        await self._say(f"{tag} OK done")

    async def _store(self, tag: str, more: str, uid: bool) -> None:
        wanted, how, flags = more.split(" ", 2)
        given = {one for one in flags.strip("()").split() if one}
        for number, letter in self._named(wanted, uid):
            kept = (
                letter.flags | given if how.startswith("+") else letter.flags - given if how.startswith("-") else given
            )
            letter.flags = set(kept)
            if "SILENT" not in how.upper():
                await self._say(f"* {number} FETCH (FLAGS ({' '.join(sorted(letter.flags))}))")
        await self._say(f"{tag} OK done")

    async def _expunge(self, tag: str, *, told: bool) -> None:
        for number, letter in reversed(list(enumerate(self.box.letters, 1))):
            if "\\Deleted" in letter.flags:
                self.box.letters.remove(letter)
                if told:
                    await self._say(f"* {number} EXPUNGE")
        self.selected = told
        await self._say(f"{tag} OK done")


def _part(parts: str, raw: bytes) -> tuple[str, bytes]:
    """The name that the answer bears, and what of the letter was asked for."""
    head, _, text = raw.partition(b"\r\n\r\n")
    if found := re.search(r"BODY(?:\.PEEK)?\[(.*?)\]", parts):
        if found[1].startswith("HEADER"):
            return f"BODY[{found[1]}]", head + b"\r\n\r\n"
        return f"BODY[{found[1]}]", text if found[1] == "TEXT" else raw
    if "RFC822.HEADER" in parts:
        return "RFC822.HEADER", head + b"\r\n\r\n"
    return ("RFC822", raw) if re.search(r"RFC822(?!\.SIZE)", parts) else ("", b"")

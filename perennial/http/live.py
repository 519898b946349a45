"""Server-sent events: which forms were written, to whom may read them. Never a row, never a field.

In:   the change log, looked at when PostgreSQL notifies, by one thread per process however many browsers listen
Out:  `event: all` once at the beginning (from here on nothing is lost, before it everything may have changed),
      `event: form` after a form's records changed, `event: talk` after comments or faces at its records did, `event:
      task` after somebody changed my list of tasks by hand, `event: end` when the session is over, `event: here` when
      there was nothing to say for a while

No stream holds a thread or a connection to the database. What a slow browser has not taken yet is a set of names, so
it never grows beyond the forms that there are.
"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

import psycopg
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from perennial import access, changes, forms, people, records, tasks
from perennial.changes import Look
from perennial.http.edge import COOKIE, Connected, Router
from perennial.kernel import SYSTEM, Busy, Database, Tx, log

router = Router(tags=["live"])

HEARTBEAT_SECONDS = 15.0  # proxies close what says nothing for longer, and a page takes the line for dead
POLL_SECONDS = 2.0  # when a notification was lost
PAUSE_SECONDS = 0.25  # between two looks: many commits become one event
RETRY_MS = 2_000
CHANGED, JOINED = "perennial_changes", "perennial_joined"

Event = tuple[str, str]  # its name, and the form that it is about or nothing
ALL, END, STOP, TASK = ("all", ""), ("end", ""), ("", ""), ("task", "")


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream. Everything but `token` and `loop` belongs to the loop's thread."""

    token: str
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: set[Event] = field(default_factory=set[Event])
    greeted: bool = False  # of the watching thread: `all` has been sent

    def tell(self, news: Iterable[Event]) -> None:
        self.waiting |= set(news)
        self.woken.set()


class Live:
    """The streams of this process, and the thread that looks for them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._readable: dict[tuple[int, frozenset[int]], frozenset[str]] = {}

    def join(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.add(listener)
            if self._closed:
                listener.tell([STOP])
            elif self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="live", daemon=True)
                self._thread.start()
        self._database.notify_soon(JOINED)

    def leave(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)

    def close(self) -> None:
        """The server stops: every stream ends, and its browser comes back when there is a server again."""
        with self._lock:
            self._closed = True
            listeners = list(self._listeners)
        for one in listeners:
            _tell(one, [STOP])
        self._database.notify_soon(JOINED)

    def _watch(self) -> None:
        look: Look | None = None
        while True:
            try:
                with self._database.listening(CHANGED, JOINED) as wait:
                    while listeners := self._awaited():
                        look = self._look(look, listeners)
                        time.sleep(PAUSE_SECONDS)
                        wait(POLL_SECONDS)
                return
            except (psycopg.OperationalError, Busy) as error:  # a restart: the log still knows what happened meanwhile
                log.warning("live events wait for the database", why=str(error))
            except Exception:
                log.exception("live events failed")
            time.sleep(POLL_SECONDS)
            if not self._awaited():
                return

    def _awaited(self) -> list[Listener]:
        """Who listens; with nobody left the thread ends, and the next to join starts another."""
        with self._lock:
            listeners = [] if self._closed else list(self._listeners)
            if not listeners:
                self._thread = None
            return listeners

    def _look(self, before: Look | None, listeners: list[Listener]) -> Look:
        """Everybody is told what is new to them."""
        with self._database.begin(SYSTEM) as tx:
            look, ids = changes.news(tx, before)
            talked = records.comments.talked_since(tx, before.snapshot) if before else set[str]()
            moved = tasks.moved_since(tx, before.snapshot) if before else set[int]()
            catalog = forms.catalog(tx)
            written = {form.key for form in (catalog.by_id(one) for one in ids) if form is not None}
            standings = people.standings(tx, {one.token for one in listeners})
            readable = {token: self._forms(tx, standing) for token, standing in standings.items()}
        for one in listeners:
            mine = readable.get(one.token)
            if mine is None:
                _tell(one, [END])
                continue
            news = {("form", form) for form in written & mine} | {("talk", form) for form in talked & mine}
            if standings[one.token].person_id in moved:
                news.add(TASK)
            if not one.greeted:
                one.greeted, news = True, {ALL}
            if news:
                _tell(one, news)
        return look

    def _forms(self, tx: Tx, standing: people.Standing) -> frozenset[str]:
        """The forms that may be read with these roles, asked once per publication."""
        key = tx.catalog_version, standing.roles
        if key not in self._readable and standing.person_id is not None:
            if any(version != tx.catalog_version for version, _ in self._readable):
                self._readable.clear()
            with access.seeing_as(tx, standing.person_id):
                found = frozenset(one.key for one in forms.catalog(tx).forms if access.may(tx, "read", one.key))
            self._readable[key] = found
        return self._readable[key]


def _tell(listener: Listener, news: Iterable[Event]) -> None:
    try:
        listener.loop.call_soon_threadsafe(listener.tell, list(news))
    except RuntimeError:  # its loop has ended, and it with it
        return


def live_of(request: Request, database: Database) -> Live:
    """The one of this application."""
    state = request.app.state
    if not hasattr(state, "live"):
        state.live = Live(database)
    return state.live


@router.get("/live", response_class=StreamingResponse)
async def live_events(request: Request, database: Connected) -> StreamingResponse:
    """`event: form`, `data: {"form": "contract"}`: ask again for what you show of it. See the module."""
    token = request.cookies.get(COOKIE, "")
    await run_in_threadpool(_known, database, token)
    listener = Listener(token, asyncio.get_running_loop())
    stream = _stream(live_of(request, database), listener)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _known(database: Database, token: str) -> None:
    with people.enter(database, token):
        return


async def _stream(live: Live, listener: Listener) -> AsyncGenerator[str]:
    live.join(listener)
    try:
        yield f"retry: {RETRY_MS}\n\n"
        while True:
            try:
                await asyncio.wait_for(listener.woken.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield "event: here\ndata: {}\n\n"  # a comment would be kept from the page
                continue
            listener.woken.clear()
            news, listener.waiting = sorted(listener.waiting), set()
            for name, form in news:
                if (name, form) != STOP:
                    yield f"event: {name}\ndata: {json.dumps({'form': form} if form else {})}\n\n"
            if END in news or STOP in news:
                return
    finally:
        live.leave(listener)

"""Events of DingTalk by Stream: a connection that we open, so that nobody has to reach us.

At least once: an event is written down and committed before it is acknowledged, under DingTalk's number of it, so one
that comes again after a broken connection is known. Several workers may listen; DingTalk gives each event to one.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from perennial import messages
from perennial.channels import Reply, dingtalk
from perennial.connect.callbacks import read_dingtalk
from perennial.connect.events import keep
from perennial.kernel import SYSTEM, Database, Reason, fail_point, log

BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
LOOK_S = 15.0  # how often the settings are looked at, whether it is still wanted
FRAME_BYTES = 512 * 1024
STEADY_S = 60.0  # a connection that held so long begins with short waits again
Wanted = tuple[Any, dingtalk.App]


def listen(database: Database, stop: threading.Event, *, look_s: float = LOOK_S, patience: float = 1.0) -> None:
    """Until `stop` is set: connected whenever the settings of DingTalk say so. `patience` scales the waits."""
    failures = 0
    while not stop.is_set():
        wanted = _wanted(database)
        if wanted is None:
            failures = 0
            stop.wait(look_s)
            continue
        began = time.monotonic()
        try:
            farewell = _held(database, wanted, stop, look_s)
        except Exception as error:  # the job edge: whatever the other side does, it is tried again
            farewell = False
            log.warning("the stream broke", why=type(error).__name__)
        failures = 0 if farewell or time.monotonic() - began > STEADY_S else failures + 1
        if failures and not stop.is_set():
            wait = BACKOFF_S[min(failures, len(BACKOFF_S)) - 1]
            stop.wait(wait * patience * random.uniform(0.75, 1.25))  # many workers do not come back at one moment


def _wanted(database: Database) -> Wanted | None:
    """What it is set up with, and the application; None: Stream is not wanted."""
    with database.begin(SYSTEM) as tx:
        made = messages.setup_of(tx, "dingtalk")
        if made is None or made.kind != "app" or made.text("events") != "stream":
            return None
        app = messages.app_of(tx, "dingtalk")
        at = tx.value("SELECT settings_at FROM messages.channel WHERE key = 'dingtalk'")
    return (at, app) if isinstance(app, dingtalk.App) else None


def _held(database: Database, wanted: Wanted, stop: threading.Event, look_s: float) -> bool:
    """One connection, until it ends; True: the other side said farewell, or it is wanted no more."""
    at, app = wanted
    place = dingtalk.open_stream(app)
    if isinstance(place, Reply):
        log.warning("no stream", why=place.why, detail=place.detail)
        return False
    _fitting(place.endpoint, app.account.new_url)
    from websockets.sync.client import connect

    options: dict[str, Any] = {"compression": None, "proxy": None, "max_size": FRAME_BYTES, "close_timeout": 2}
    with connect(place.url, **options) as line:
        looked = time.monotonic()
        while not stop.is_set():
            if time.monotonic() - looked > look_s:
                looked, now = time.monotonic(), _wanted(database)
                if now is None or now[0] != at:
                    return True
            text: str | bytes | None = None
            with contextlib.suppress(TimeoutError):
                text = line.recv(timeout=min(0.5, look_s))
            if isinstance(text, str) and not _taken(database, text, line.send):
                return True
    return True


def _fitting(endpoint: str, base_url: str) -> None:
    """What was asked for in secret is not continued in the open."""
    wanted = "wss" if urlsplit(base_url).scheme == "https" else "ws"
    if urlsplit(endpoint).scheme not in {wanted, "wss"}:
        raise ValueError("the place of the stream is not encrypted")


def _taken(database: Database, text: str, send: Callable[[str], object]) -> bool:
    """One frame; False: connect anew. What is no frame is passed over."""
    frame = dingtalk.read_frame(text)
    if frame is None:
        return True
    if frame.last:
        return False
    if frame.kind in ("EVENT", "CALLBACK"):
        heard = read_dingtalk(frame.data, frame.headers.get("eventId", ""), frame.headers.get("eventType", ""))
        with database.begin(SYSTEM, Reason("connect")) as tx:
            keep(tx, "dingtalk", heard, way="stream")
        fail_point("connect.stream_kept")
    answer = dingtalk.acknowledge(frame)
    if answer is not None:
        send(answer)
    return True

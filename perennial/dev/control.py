"""The doors for whoever tries things out, on every port: `/_received`, `/_fail`, `/_call` and the like."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from perennial.dev import callbacks, dingtalk, letters
from perennial.dev.exchange import Answer, Request, said
from perennial.dev.faults import KINDS, VALUED

if TYPE_CHECKING:
    from perennial.dev.server import Serving


def answer(running: "Serving", request: Request) -> Answer:
    door = _DOORS.get((request.method, request.path))
    if door is None:
        return said({"doors": [f"{method} {path}" for method, path in _DOORS]}, 404)
    body = request.json() if request.body else {}
    if body is None:
        return said({"error": "the body is no JSON object"}, 422)
    try:
        return door(running, request, body)
    except (KeyError, ValueError, TypeError, StopIteration) as error:
        return said({"error": f"{type(error).__name__}: {error}"}, 422)


def _received(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    """Everything, or `?service=`, `?path=`, and from `?after=` a number on."""
    query, after = request.query, int(request.query.get("after") or 0)
    rows = [
        dataclasses.asdict(one)
        for one in list(running.world.received)
        if one.number > after
        and query.get("service") in (None, one.service)
        and query.get("path") in (None, one.path)
    ]  # fmt: skip
    effects = [dataclasses.asdict(one) for one in list(running.world.effects)]
    return said({"requests": rows, "effects": effects})


def _things(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    world = running.world
    return said({"todos": world.todos, "approvals": world.approvals, "letters": len(running.box.letters)})


def _fail(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    running.fail(str(body["path"]), str(body["kind"]), int(body.get("times", 1)), int(body.get("after", 0)))
    return _failures(running, request, body)


def _failures(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    valued = {f"{name}:…": "see docs/im-server.md" for name in VALUED}
    return said(
        {"asked": [dataclasses.asdict(one) for one in running.world.faults.left()], "kinds": {**KINDS, **valued}}
    )


def _forget(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    running.world.forget()
    running.box.letters.clear()
    return said({})


def _accounts(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    box = {"user": running.box.user, "password": running.box.password}
    return said({"urls": running.urls, **running.world.accounts.as_json(), "imap": box})


def _clock(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    """`{"shift_s": 3660}`: the platforms' clocks are 61 minutes ahead of ours."""
    if "shift_s" in body:
        running.world.shift_s = float(body["shift_s"])
    return said({"now": running.world.now(), "shift_s": running.world.shift_s})


def _call(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    """`{"service", "url", "event" | "events", "how", "order": "reversed"}`: events to us; the answers come back."""
    world, service = running.world, str(body["service"])
    events = list(body.get("events") or [body["event"]])
    if body.get("order") == "reversed":
        events.reverse()
    calls = [
        call
        for event in events
        for call in callbacks.compose(world.accounts, service, event, world.now(), str(body.get("how", "good")))
    ]
    answers = callbacks.send(str(body["url"]), calls)
    return said({"answers": [{"status": status, "body": text} for status, text in answers]})


def _act(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    """What a person does over there: `{"todo", "done"}`, or `{"approval", "user", "result", "remark"}`."""
    world = running.world
    if "todo" in body:
        todo = world.todos[str(body["todo"])]
        todo["done"] = bool(body.get("done", True))
        return said(todo)
    decided = dingtalk.decide(
        world, str(body["approval"]), str(body["user"]), str(body["result"]), str(body.get("remark", ""))
    )
    return said({"decided": decided})


def _push(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    """`{"event", "kind", "id", "often"}` down the Stream of DingTalk; or `{"system": "ping"}`,
    `{"raw"}`, `{"drop"}`."""
    stream = running.world.stream
    if "system" in body:
        stream.system(str(body["system"]), body.get("data"))
    elif "raw" in body:
        stream.say(str(body["raw"]))
    elif body.get("drop"):
        stream.drop()
    else:
        stream.push(body["event"], str(body["kind"]), str(body.get("id", "")), often=int(body.get("often", 1)))
    return said({"connected": stream.connected, "waiting": list(stream.waiting), "acks": stream.acks})


def _letter(running: "Serving", request: Request, body: dict[str, Any]) -> Answer:
    """`{"bounce": MESSAGE-ID, "recipient"}`, `{"reply": MESSAGE-ID, "from", "text"}` or `{"raw"}` into the mailbox."""
    if "bounce" in body:
        raw = letters.bounce(body["bounce"], body["recipient"], status=body.get("status", "5.1.1"))
    elif "reply" in body:
        raw = letters.reply(body["reply"], body["from"], body["text"])
    else:
        raw = str(body["raw"]).encode()
    return said({"uid": running.box.put(raw).uid})


_DOORS: dict[tuple[str, str], Callable[["Serving", Request, dict[str, Any]], Answer]] = {
    ("GET", "/_received"): _received,
    ("GET", "/_things"): _things,
    ("GET", "/_fail"): _failures,
    ("POST", "/_fail"): _fail,
    ("POST", "/_forget"): _forget,
    ("GET", "/_accounts"): _accounts,
    ("GET", "/_clock"): _clock,
    ("POST", "/_clock"): _clock,
    ("POST", "/_call"): _call,
    ("POST", "/_act"): _act,
    ("POST", "/_push"): _push,
    ("POST", "/_letter"): _letter,
}

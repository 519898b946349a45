"""To-dos in DingTalk. All people are union ids. `source_id` is ours, unique per application: a repeated creation finds
the first one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from perennial.channels.dingtalk.stacks import App
from perennial.channels.reply import Reply
from perennial.channels.shapes import rows, whole, word
from perennial.channels.text import cut

PAGES = 100
SUBJECT_BYTES, DESCRIPTION_BYTES = 1024, 4096  # the vendor says how many, not of what: bytes are within either


@dataclass(frozen=True, slots=True)
class Todo:
    subject: str
    source_id: str
    executors: Sequence[str]  # union ids
    description: str = ""
    due_ms: int | None = None
    url: str = ""  # where it is done
    priority: int | None = None  # 10, 20, 30, 40: low … very urgent
    creator: str = ""
    fields: Sequence[tuple[str, str]] = ()  # shown on the card
    only_executors_see: bool = True
    ding: bool = False  # a strong reminder


@dataclass(frozen=True, slots=True)
class TodoState:
    id: str
    done: bool
    subject: str = ""
    source_id: str = ""
    due_ms: int | None = None


def create_todo(app: App, owner: str, todo: Todo) -> Reply:
    """`remote_id` is its number. Repeating it with the same `source_id` makes no second one."""
    subject, subject_cut = cut(todo.subject, SUBJECT_BYTES)
    description, description_cut = cut(todo.description, DESCRIPTION_BYTES)
    body: dict[str, Any] = {
        "subject": subject,
        "sourceId": todo.source_id,
        "creatorId": todo.creator or owner,
        "description": description,
        "executorIds": list(todo.executors),
        "isOnlyShowExecutor": todo.only_executors_see,
        "notifyConfigs": {"dingNotify": "1" if todo.ding else "0"},
    }
    if todo.due_ms is not None:
        body["dueTime"] = todo.due_ms
    if todo.url:
        body["detailUrl"] = {"appUrl": todo.url, "pcUrl": todo.url}
    if todo.priority is not None:
        body["priority"] = todo.priority
    if todo.fields:
        body["contentFieldList"] = [{"fieldKey": key, "fieldValue": value} for key, value in todo.fields]
    found = app.new("POST", _tasks(owner), body, {"operatorId": todo.creator or owner})
    if isinstance(found, Reply):
        if found.why != "duplicate":
            return found
        there = find_todo(app, owner, todo.source_id)
        return there if isinstance(there, Reply) else replace(found, state="sent", remote_id=there.id)
    number = word(found.get("id"))
    return (
        Reply("sent", "cut" if subject_cut or description_cut else "", remote_id=number) if number else _unclear(found)
    )


def update_todo(app: App, owner: str, todo_id: str, changes: Mapping[str, Any]) -> Reply:
    """`changes`: subject, description, dueTime, done, executorIds, participantIds, contentFieldList."""
    limits = {"subject": SUBJECT_BYTES, "description": DESCRIPTION_BYTES}
    fits = {key: cut(str(changes[key]), limit) for key, limit in limits.items() if key in changes}
    body = {**changes, **{key: text for key, (text, _) in fits.items()}}
    found = app.new("PUT", f"{_tasks(owner)}/{quote(todo_id, safe='')}", body, {"operatorId": owner})
    reply = _done(found, todo_id)
    return replace(reply, why="cut") if reply.accepted and any(was for _, was in fits.values()) else reply


def complete_todo(app: App, owner: str, todo_id: str, executors: Sequence[str] = ()) -> Reply:
    """Done as a whole; with `executors`, for these alone."""
    if not executors:
        return update_todo(app, owner, todo_id, {"done": True})
    body = {"executorStatusList": [{"id": one, "isDone": True} for one in executors]}
    path = f"{_tasks(owner)}/{quote(todo_id, safe='')}/executorStatus"
    return _done(app.new("PUT", path, body, {"operatorId": owner}), todo_id)


def delete_todo(app: App, owner: str, todo_id: str) -> Reply:
    path = f"{_tasks(owner)}/{quote(todo_id, safe='')}"
    return _done(app.new("DELETE", path, query={"operatorId": owner}), todo_id)


def find_todo(app: App, owner: str, source_id: str) -> TodoState | Reply:
    """By our own number; `not_found` where there is none: how that error is named is not verified, so any 404 that the
    table does not know is read so."""
    found = app.new("GET", f"{_tasks(owner)}/sources/{quote(source_id, safe='')}")
    if isinstance(found, Reply):
        missing = found.why == "http" and found.detail.startswith("HTTP 404")
        return replace(found, why="not_found") if missing else found
    number = word(found.get("id"))
    if not number:
        return Reply("permanent", "not_found", f"no to-do {source_id}")
    return TodoState(
        number, found.get("done") is True, word(found.get("subject")), word(found.get("sourceId"))
    )  # fmt: skip


def list_todos(app: App, owner: str, *, done: bool = False) -> list[TodoState] | Reply:
    """All of a person, whoever made them. The path and its fields are the vendor's documented ones, not tried against
    the real server."""
    found: list[TodoState] = []
    path, cursor = f"/v1.0/todo/users/{quote(owner, safe='')}/org/tasks/query", ""
    for _ in range(PAGES):
        page = app.new("POST", path, {"isDone": done, **({"nextToken": cursor} if cursor else {})})
        if isinstance(page, Reply):
            return page
        if not isinstance(page.get("todoCards"), list):
            return _unclear(page)
        found += [
            TodoState(
                word(one.get("taskId")), one.get("isDone") is True, word(one.get("subject")), word(one.get("sourceId")),
                whole(one.get("dueTime")),
            )
            for one in rows(page.get("todoCards"))
        ]  # fmt: skip
        cursor = word(page.get("nextToken"))
        if not cursor:
            return found
    return Reply("permanent", "too_long", f"more than {PAGES} pages of to-dos")


def _tasks(owner: str) -> str:
    return f"/v1.0/todo/users/{quote(owner, safe='')}/tasks"


def _done(found: dict[str, Any] | Reply, todo_id: str) -> Reply:
    if isinstance(found, Reply):
        return found
    if found.get("result") is not True:
        return _unclear(found)
    return Reply("sent", remote_id=todo_id)


def _unclear(found: dict[str, Any]) -> Reply:
    return Reply("temporary", "nonsense", f"neither refused nor done: {sorted(found)}")

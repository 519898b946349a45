"""To-dos in Feishu (task v2). The path of their creation is known; the fields and the other paths are the vendor's
documented ones, not tried against the real server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from perennial.channels.feishu.app import App
from perennial.channels.feishu.messages import short_key
from perennial.channels.reply import Reply, temporary
from perennial.channels.shapes import inner, word
from perennial.channels.text import cut

SUMMARY_BYTES, DESCRIPTION_BYTES = 3000, 3000


@dataclass(frozen=True, slots=True)
class Task:
    summary: str
    key: str  # ours: the same makes no second one
    assignees: Sequence[str]
    description: str = ""
    due_ms: int | None = None
    all_day: bool = False
    url: str = ""
    by: str = "open_id"


@dataclass(frozen=True, slots=True)
class TaskState:
    guid: str
    done: bool
    summary: str = ""


def create_task(app: App, task: Task) -> Reply:
    """`remote_id` is its guid."""
    summary, summary_cut = cut(task.summary, SUMMARY_BYTES)
    description, description_cut = cut(task.description, DESCRIPTION_BYTES)
    body: dict[str, Any] = {
        "summary": summary,
        "description": description,
        "client_token": short_key(task.key),
        "members": [{"id": one, "type": "user", "role": "assignee"} for one in task.assignees],
    }
    if task.due_ms is not None:
        body["due"] = {"timestamp": str(task.due_ms), "is_all_day": task.all_day}
    if task.url:
        body["origin"] = {"platform_i18n_name": {"zh_cn": summary}, "href": {"url": task.url, "title": summary}}
    found = app.call("POST", "/task/v2/tasks", body, {"user_id_type": task.by})
    if isinstance(found, Reply):
        return found
    guid = word(inner(found.get("task")).get("guid"))
    if not guid:
        return temporary("nonsense", "no guid in the answer")
    return Reply("sent", "cut" if summary_cut or description_cut else "", remote_id=guid)


def update_task(app: App, guid: str, changes: Mapping[str, Any]) -> Reply:
    """`changes`: summary, description, due {timestamp, is_all_day}, completed_at (ms as text; "0" opens it again)."""
    limits = {"summary": SUMMARY_BYTES, "description": DESCRIPTION_BYTES}
    fits = {key: cut(str(changes[key]), limit) for key, limit in limits.items() if key in changes}
    task = {**changes, **{key: text for key, (text, _) in fits.items()}}
    found = app.call("PATCH", _path(guid), {"task": task, "update_fields": sorted(changes)})
    if isinstance(found, Reply):
        return found
    reply = Reply("sent", remote_id=guid)
    return replace(reply, why="cut") if any(was for _, was in fits.values()) else reply


def complete_task(app: App, guid: str, at_ms: int) -> Reply:
    return update_task(app, guid, {"completed_at": str(at_ms)})


def read_task(app: App, guid: str) -> TaskState | Reply:
    """As it stands; `not_found` where it is gone."""
    found = app.call("GET", _path(guid))
    if isinstance(found, Reply):
        return found
    task = inner(found.get("task"))
    if not word(task.get("guid")):
        return temporary("nonsense", "no guid in the answer")
    return TaskState(guid, word(task.get("completed_at")) not in ("", "0"), word(task.get("summary")))


def delete_task(app: App, guid: str) -> Reply:
    found = app.call("DELETE", _path(guid))
    return found if isinstance(found, Reply) else Reply("sent", remote_id=guid)


def _path(guid: str) -> str:
    return f"/task/v2/tasks/{quote(guid, safe='')}"

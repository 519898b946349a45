"""open.feishu.cn: custom robots, messages, tasks, approvals, people. Failing is a code in the body."""

import json
import re
from collections.abc import Callable
from typing import Any

from perennial.dev import signing
from perennial.dev.accounts import User, robot
from perennial.dev.errors import refuse
from perennial.dev.exchange import Answer, Request, route, said
from perennial.dev.world import World

SERVICE = "feishu"
HOUR_S = 3600
BODY_BYTES = 20 * 1024
ROBOT_KINDS = ("text", "post", "image", "share_chat", "interactive")
PERSON_KEYS = {"open_id": "open_id", "user_id": "id", "union_id": "union_id", "email": "mail"}


def answer(world: World, request: Request) -> Answer:
    if found := re.fullmatch(r"/open-apis/bot/v2/hook/([^/]+)", request.path):
        return _robot(world, request, found[1])
    if request.path == "/open-apis/auth/v3/tenant_access_token/internal":
        return _token(world, request)
    routed = route(_DOORS, request)
    if routed is None:
        return said({"code": 404, "msg": "404 page not found"}, 404)
    door, found = routed
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if door is _me or door is _user_token or world.holds(SERVICE, token) == "good":
        return door(world, request, found)
    if not token:
        return said({"code": 99991661, "msg": "Missing access token for authorization"}, 400)
    return refuse(SERVICE, "99991663")


def _done(data: object) -> Answer:
    return said({"code": 0, "msg": "success", "data": data})


def _robot(world: World, request: Request, token: str) -> Answer:
    def no(code: str) -> Answer:
        return refuse(SERVICE, code, robot=True)

    one = robot(world.accounts.feishu_robots, token)
    if one is None:
        return no("19001")
    body = request.json()
    if request.method != "POST" or not body or len(request.body) > BODY_BYTES:
        return no("9499")
    if one.secret and not _signed(world, one.secret, body):
        return no("19021")
    kind = str(body.get("msg_type", ""))
    content = body.get("card" if kind == "interactive" else "content")
    if kind not in ROBOT_KINDS or not isinstance(content, dict):
        return no("9499")
    if one.keyword and one.keyword not in json.dumps(content, ensure_ascii=False):
        return no("19024")
    if world.too_fast(f"feishu robot {token} second", 5, 1) or world.too_fast(f"feishu robot {token}", 100, 60):
        return no("11232")
    world.accept(SERVICE, "robot", token, body)
    return said({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})


def _signed(world: World, secret: str, body: dict[str, Any]) -> bool:
    timestamp = str(body.get("timestamp", ""))
    if not timestamp.isdigit() or abs(int(timestamp) - world.now()) > HOUR_S:
        return False
    return body.get("sign") == signing.feishu_robot(secret, timestamp)


def _token(world: World, request: Request) -> Answer:
    body, app = request.json() or {}, world.accounts.feishu
    if body.get("app_id") != app.id:
        return said({"code": 10003, "msg": "invalid param"}, 400)
    if body.get("app_secret") != app.secret:
        return said({"code": 10014, "msg": "app secret invalid"}, 400)
    return said({"code": 0, "msg": "ok", "tenant_access_token": world.issue(SERVICE, app.id), "expire": 7200})


# --- messages


def _send(world: World, request: Request, found: re.Match[str]) -> Answer:
    """`content` is a text that holds JSON; the same uuid within an hour is the same message."""
    body = request.json() or {}
    kind, to = request.query.get("receive_id_type", ""), str(body.get("receive_id", ""))
    if kind not in (*PERSON_KEYS, "chat_id"):
        return said({"code": 99992402, "msg": "field validation failed: receive_id_type"}, 400)
    if kind in PERSON_KEYS and (not world.accounts.user(**{PERSON_KEYS[kind]: to}) or to in world.refused):
        return said({"code": 230001, "msg": "invalid receive_id"}, 400)
    try:
        fits = isinstance(body.get("content"), str) and isinstance(json.loads(body["content"]), dict)
    except ValueError:
        fits = False
    if not fits or not body.get("msg_type"):
        return said({"code": 230001, "msg": "content is no JSON text, or msg_type is blank"}, 400)
    key = str(body.get("uuid") or "")
    if len(key) > 50:
        return said({"code": 99992402, "msg": "field validation failed: uuid"}, 400)
    number = str(world.repeated(f"feishu {key}", HOUR_S) or "") if key else ""
    if not number:
        number = world.accept(SERVICE, "chat", to, body, key=key).id
        world.remember(f"feishu {key}", number)
    return _done({"message_id": number, "msg_type": body["msg_type"], "create_time": str(int(world.now() * 1000))})


def _update_message(world: World, request: Request, found: re.Match[str]) -> Answer:
    if found["id"] not in {one.id for one in world.effects}:
        return said({"code": 230005, "msg": "message not found"}, 400)
    world.accept(SERVICE, "card", found["id"], request.json())
    return _done({})


# --- tasks


def _create_task(world: World, request: Request, found: re.Match[str]) -> Answer:
    """The same client_token is the same task."""
    body = request.json() or {}
    if not body.get("summary"):
        return said({"code": 1470400, "msg": "summary is blank"}, 400)
    key = str(body.get("client_token") or "")
    guid = str(world.repeated(f"feishu task {key}", 86_400) or "") if key else ""
    if not guid:
        people = ",".join(str(one.get("id")) for one in body.get("members") or ())
        guid = world.accept(SERVICE, "todo", people, body, key=key).id
        world.remember(f"feishu task {key}", guid)
        if not world.dropping:
            world.todos[guid] = {**body, "guid": guid, "completed_at": "0", "done": False}
    return _done({"task": world.todos.get(guid, {"guid": guid})})


def _update_task(world: World, request: Request, found: re.Match[str]) -> Answer:
    body, task = request.json() or {}, world.todos.get(found["id"])
    if task is None:
        return said({"code": 1470404, "msg": "task not found"}, 404)
    if not world.dropping:
        task.update({key: (body.get("task") or {}).get(key) for key in body.get("update_fields") or ()})
        task["done"] = str(task.get("completed_at") or "0") != "0"
    return _done({"task": task})


def _read_task(world: World, request: Request, found: re.Match[str]) -> Answer:
    task = world.todos.get(found["id"])
    return _done({"task": task}) if task else said({"code": 1470404, "msg": "task not found"}, 404)


def _delete_task(world: World, request: Request, found: re.Match[str]) -> Answer:
    if world.todos.pop(found["id"], None) is None:
        return said({"code": 1470404, "msg": "task not found"}, 404)
    return _done({})


# --- approvals


def _begin_approval(world: World, request: Request, found: re.Match[str]) -> Answer:
    """The same uuid is refused as a repetition."""
    body = request.json() or {}
    if not body.get("approval_code"):
        return said({"code": 1390001, "msg": "approval_code is blank"}, 400)
    key = str(body.get("uuid") or "")
    if key and world.repeated(f"feishu approval {key}", 86_400):
        return said({"code": 60012, "msg": "uuid conflict"})
    effect = world.accept(SERVICE, "approval", str(body.get("open_id") or body.get("user_id") or ""), body, key=key)
    world.remember(f"feishu approval {key}", effect.id)
    if not world.dropping:
        world.approvals[effect.id] = {**body, "status": "PENDING"}
    return _done({"instance_code": effect.id})


def _read_approval(world: World, request: Request, found: re.Match[str]) -> Answer:
    one = world.approvals.get(found["id"])
    return _done(one) if one else said({"code": 1390003, "msg": "instance code not found"}, 400)


# --- people


def _person(user: User) -> dict[str, Any]:
    return {
        "open_id": user.open_id, "user_id": user.id, "union_id": user.union_id, "name": user.name, "email": user.mail,
        "mobile": f"+86{user.mobile}", "department_ids": [str(user.department)], "status": {"is_activated": True},
    }  # fmt: skip


def _page(items: list[dict[str, Any]], request: Request) -> Answer:
    begin, size = int(request.query.get("page_token") or 0), int(request.query.get("page_size") or 50)
    more = begin + size < len(items)
    page = {"has_more": more, "items": items[begin : begin + size]}
    return _done({**page, "page_token": str(begin + size)} if more else page)


def _numbers(department: int) -> tuple[str, str]:
    """As the company calls it and as Feishu does."""
    return str(department), f"od-{department}"


def _users(world: World, request: Request, found: re.Match[str]) -> Answer:
    department = request.query.get("department_id", "")
    return _page([_person(one) for one in world.accounts.users if department in _numbers(one.department)], request)


def _ids(world: World, request: Request, found: re.Match[str]) -> Answer:
    """Whom mobiles belong to; a number of nobody comes back alone."""
    rows: list[dict[str, str]] = []
    for mobile in (request.json() or {}).get("mobiles") or ():
        user = world.accounts.user(mobile=str(mobile).removeprefix("+86"))
        rows.append({"mobile": str(mobile), **({"user_id": user.open_id} if user else {})})
    return _done({"user_list": rows})


def _departments(world: World, request: Request, found: re.Match[str]) -> Answer:
    """Directly below; with `fetch_child` all of them."""
    parents = {"0", *_numbers(1)} if found["id"] in ("0", *_numbers(1)) else {found["id"]}
    for one in world.accounts.departments:  # parents stand before children
        if request.query.get("fetch_child") == "true" and str(one.parent) in parents:
            parents |= set(_numbers(one.id))
    below = [
        {"department_id": str(one.id), "open_department_id": f"od-{one.id}", "name": one.name,
         "parent_department_id": str(one.parent)}
        for one in world.accounts.departments if one.parent and parents & set(_numbers(one.parent))
    ]  # fmt: skip
    return _page(below, request)


def _user_token(world: World, request: Request, found: re.Match[str]) -> Answer:
    """The code of a login is `code-` and the person's user id; it serves once."""
    code = str((request.json() or {}).get("code", ""))
    user = world.accounts.user(id=code.removeprefix("code-"))
    if user is None or world.replayed(f"feishu login {code}"):
        return said({"code": 20003, "msg": "invalid code", "error": "invalid_grant"}, 400)
    held = {"access_token": f"user-{user.id}", "expires_in": 7200, "token_type": "Bearer"}
    return said({"code": 0, "msg": "success", **held, "data": held})


def _me(world: World, request: Request, found: re.Match[str]) -> Answer:
    user = world.accounts.user(id=request.headers.get("authorization", "").removeprefix("Bearer user-"))
    return _done(_person(user)) if user else refuse(SERVICE, "99991663")


_V1 = r"/open-apis/im/v1/messages"
_TASK = r"/open-apis/task/v2/tasks"
_DOORS: tuple[tuple[str, str, Callable[[World, Request, re.Match[str]], Answer]], ...] = (
    ("POST", _V1, _send),
    ("PATCH", _V1 + r"/(?P<id>[^/]+)", _update_message),
    ("POST", _TASK, _create_task),
    ("PATCH", _TASK + r"/(?P<id>[^/]+)", _update_task),
    ("GET", _TASK + r"/(?P<id>[^/]+)", _read_task),
    ("DELETE", _TASK + r"/(?P<id>[^/]+)", _delete_task),
    ("POST", r"/open-apis/approval/v4/instances", _begin_approval),
    ("GET", r"/open-apis/approval/v4/instances/(?P<id>[^/]+)", _read_approval),
    ("GET", r"/open-apis/contact/v3/users/find_by_department", _users),
    ("POST", r"/open-apis/contact/v3/users/batch_get_id", _ids),
    ("GET", r"/open-apis/contact/v3/departments/(?P<id>[^/]+)/children", _departments),
    ("POST", r"/open-apis/authen/v2/oauth/token", _user_token),
    ("POST", r"/open-apis/authen/v1/oidc/access_token", _user_token),
    ("GET", r"/open-apis/authen/v1/user_info", _me),
)

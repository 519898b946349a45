"""oapi.dingtalk.com: custom robots, work notices, people. Failing is HTTP 200 with an errcode."""

import json
from collections.abc import Callable
from typing import Any

from perennial.dev import signing
from perennial.dev.accounts import User, robot
from perennial.dev.errors import refuse
from perennial.dev.exchange import Answer, Request, said
from perennial.dev.world import World

SERVICE = "dingtalk_old"
HOUR_S = 3600
BODY_BYTES = 20_000
ROBOT_KINDS = ("text", "markdown", "link", "actionCard", "feedCard")
OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}


def answer(world: World, request: Request) -> Answer:
    if request.path == "/robot/send":
        return _robot(world, request)
    if request.path == "/gettoken":
        return _token(world, request)
    door = _DOORS.get(request.path)
    if door is None:
        return refuse(SERVICE, "22", text="不合法ApiName")
    given = request.query.get("access_token") or request.form().get("access_token", "")
    match world.holds("dingtalk", given) if given else "missing":
        case "good":
            return door(world, request.json() or dict(request.form()))
        case "missing":  # a header is not looked at
            return refuse(SERVICE, "88.40000")
        case "expired":
            return refuse(SERVICE, "88.42001")
        case _:
            return refuse(SERVICE, "88.40014")


def _robot(world: World, request: Request) -> Answer:
    def no(code: str, text: str = "") -> Answer:
        return refuse(SERVICE, code, robot=True, text=text)

    if request.method != "POST":
        return no("43002")
    if "access_token" not in request.query:
        return no("40035")
    token = request.query["access_token"]
    one = robot(world.accounts.dingtalk_robots, token)
    if one is None:
        return no("300005")
    if not request.headers.get("content-type", "").startswith("application/json"):
        return no("43004")
    if one.secret and not _signed(world, one.secret, request):
        return no("310000", "sign not match")
    if len(request.body) > BODY_BYTES:
        return no("460101")
    body = request.json()
    kind = str((body or {}).get("msgtype", ""))
    if not body or kind not in ROBOT_KINDS or not isinstance(body.get(kind), dict) or not body[kind]:
        return no("400105")
    if one.keyword and one.keyword not in json.dumps(body[kind], ensure_ascii=False):
        return no("310000", "keywords not in content")
    if world.too_fast(f"dingtalk robot {token}", 20, 60, block_s=600):
        return no("130101")
    world.accept(SERVICE, "robot", token, body)
    return said(OK)


def _signed(world: World, secret: str, request: Request) -> bool:
    timestamp = request.query.get("timestamp", "")
    if not timestamp.isdigit() or abs(int(timestamp) / 1000 - world.now()) > HOUR_S:
        return False
    return request.query.get("sign", "") == signing.dingtalk_robot(secret, timestamp)


def _token(world: World, request: Request) -> Answer:
    if not request.query.get("appkey") or not request.query.get("appsecret"):
        return refuse(SERVICE, "40035", text="appkey")
    app = world.accounts.dingtalk
    if (request.query["appkey"], request.query["appsecret"]) != (app.id, app.secret):
        return refuse(SERVICE, "40096")
    return said({**OK, "access_token": world.issue("dingtalk", app.id), "expires_in": 7200})


# --- work notices. Over a limit they still say success: the silent drop


def _notice(world: World, body: dict[str, Any]) -> Answer:
    message = body.get("msg")
    message = json.loads(message) if isinstance(message, str) else message
    if str(body.get("agent_id")) != str(world.accounts.dingtalk.agent) or not isinstance(message, dict):
        return said({"errcode": 40035, "errmsg": "不合法的参数"})
    wanted = [one for one in str(body.get("userid_list", "")).split(",") if one]
    known = [one for one in wanted if world.accounts.user(id=one) and one not in world.refused]
    result: dict[str, list[str]] = {
        "invalid_user_id_list": [one for one in wanted if one not in known],
        "forbidden_list": [],
        "read_user_id_list": [],
        "unread_user_id_list": [],
    }
    task = str(world.number())
    for one in known:
        same = f"notice {one} {json.dumps(message, sort_keys=True)}"
        if world.repeated(same, 86_400) or world.too_fast(f"notice {one}", 500, 86_400):
            result["forbidden_list"].append(one)
            continue
        world.remember(same, True)
        result["unread_user_id_list"].append(one)
        world.accept(SERVICE, "notice", one, message, id=task)
    world.notices[task] = result
    return said({**OK, "task_id": int(task), "request_id": f"req-{task}"})


def _notice_result(world: World, body: dict[str, Any]) -> Answer:
    found = world.notices.get(str(body.get("task_id", "")))
    if found is None:
        return said({"errcode": 40035, "errmsg": "不合法的task_id"})
    forbidden = [
        {"userid": one, "code": "143105", "count": 1, "dingTalkTip": "相同内容每天只能发送一次"}
        for one in found["forbidden_list"]
    ]
    return said({**OK, "send_result": {**found, "forbidden_list": forbidden}, "request_id": "req"})


# --- people


def _person(user: User) -> dict[str, Any]:
    return {
        "userid": user.id, "unionid": user.union_id, "name": user.name, "mobile": user.mobile, "email": user.mail,
        "dept_id_list": [user.department], "active": True,
    }  # fmt: skip


def _user(world: World, body: dict[str, Any]) -> Answer:
    found = world.accounts.user(id=str(body.get("userid", "")))
    return said({**OK, "result": _person(found)} if found else {"errcode": 60121, "errmsg": "找不到该用户"})


def _user_by_mobile(world: World, body: dict[str, Any]) -> Answer:
    found = world.accounts.user(mobile=str(body.get("mobile", "")))
    return said({**OK, "result": {"userid": found.id}} if found else {"errcode": 60121, "errmsg": "找不到该用户"})


def _user_by_union(world: World, body: dict[str, Any]) -> Answer:
    found = world.accounts.user(union_id=str(body.get("unionid", "")))
    return said({**OK, "result": {"userid": found.id}} if found else {"errcode": 60121, "errmsg": "找不到该用户"})


def _user_inside(world: World, body: dict[str, Any]) -> Answer:
    """The code that DingTalk's own client gives to a page: `code-` and the user id; it serves once."""
    code = str(body.get("code", ""))
    found = world.accounts.user(id=code.removeprefix("code-"))
    if found is None or world.replayed(f"dingtalk inside {code}"):
        return said({"errcode": 40078, "errmsg": "不存在的临时授权码"})
    return said({**OK, "result": {"userid": found.id, "unionid": found.union_id, "name": found.name}})


def _users(world: World, body: dict[str, Any]) -> Answer:
    """A page of a department: `cursor` counts people, `size` at most 100."""
    there = [_person(one) for one in world.accounts.users if one.department == int(body.get("dept_id", 0))]
    begin, size = int(body.get("cursor", 0)), min(int(body.get("size", 100)), 100)
    page: dict[str, Any] = {"has_more": begin + size < len(there), "list": there[begin : begin + size]}
    if page["has_more"]:
        page["next_cursor"] = begin + size
    return said({**OK, "result": page})


def _departments(world: World, body: dict[str, Any]) -> Answer:
    below = [one for one in world.accounts.departments if one.parent == int(body.get("dept_id", 1))]
    return said({**OK, "result": [{"dept_id": one.id, "name": one.name, "parent_id": one.parent} for one in below]})


_DOORS: dict[str, Callable[[World, dict[str, Any]], Answer]] = {
    "/topapi/message/corpconversation/asyncsend_v2": _notice,
    "/topapi/message/corpconversation/getsendresult": _notice_result,
    "/topapi/v2/user/get": _user,
    "/topapi/v2/user/getbymobile": _user_by_mobile,
    "/topapi/user/getbyunionid": _user_by_union,
    "/topapi/v2/user/getuserinfo": _user_inside,
    "/topapi/v2/user/list": _users,
    "/topapi/v2/department/listsub": _departments,
}

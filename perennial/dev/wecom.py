"""qyapi.weixin.qq.com: group robots, messages of an application, template cards, people. Failing is HTTP 200."""

from collections.abc import Callable
from typing import Any

from perennial.dev.accounts import User, robot
from perennial.dev.errors import refuse
from perennial.dev.exchange import Answer, Request, said
from perennial.dev.world import World

SERVICE = "wecom"
ROBOT_KINDS = ("text", "markdown", "markdown_v2", "image", "news", "file", "template_card")
ROBOT_BYTES = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
APP_KINDS = ("text", "textcard", "markdown", "template_card", "news", "file", "image")
PEOPLE = 1000
CARD_S = 72 * 3600
OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}


def answer(world: World, request: Request) -> Answer:
    if request.path == "/cgi-bin/webhook/send":
        return _robot(world, request)
    if request.path == "/cgi-bin/gettoken":
        return _token(world, request)
    door = _DOORS.get(request.path)
    if door is None:
        return said({"errcode": 40066, "errmsg": "invalid url"}, 404)
    given = request.query.get("access_token", "")
    match world.holds(SERVICE, given) if given else "missing":
        case "good":
            return door(world, request)
        case "missing":
            return refuse(SERVICE, "41001")
        case "expired":
            return refuse(SERVICE, "42001")
        case _:
            return refuse(SERVICE, "40014")


def _robot(world: World, request: Request) -> Answer:
    key = request.query.get("key", "")
    if robot(world.accounts.wecom_robots, key) is None:
        return refuse(SERVICE, "93000", robot=True)
    body = request.json() or {}
    kind = str(body.get("msgtype", ""))
    if kind not in ROBOT_KINDS or not isinstance(body.get(kind), dict):
        return refuse(SERVICE, "40008", robot=True)
    text = str(body[kind].get("content", "")) if kind in ROBOT_BYTES else "."
    if not text or len(text.encode()) > ROBOT_BYTES.get(kind, PEOPLE):
        return refuse(SERVICE, "40058", robot=True)
    if world.too_fast(f"wecom robot {key}", 20, 60):
        return refuse(SERVICE, "45009", robot=True)
    world.accept(SERVICE, "robot", key, body)
    return said(OK)


def _token(world: World, request: Request) -> Answer:
    app = world.accounts.wecom
    if request.query.get("corpid") != app.company:
        return refuse(SERVICE, "40013")
    if request.query.get("corpsecret") != app.secret:
        return refuse(SERVICE, "40001")
    return said({**OK, "access_token": world.issue(SERVICE, app.id), "expires_in": 7200})


# --- messages of the application


def _send(world: World, request: Request) -> Answer:
    body = request.json() or {}
    kind = str(body.get("msgtype", ""))
    if body.get("agentid") != world.accounts.wecom.agent:  # a number, not a text
        return said({"errcode": 40056, "errmsg": "invalid agentid"})
    if kind not in APP_KINDS or not isinstance(body.get(kind), dict):
        return refuse(SERVICE, "40008")
    wanted = [one for one in str(body.get("touser", "")).split("|") if one]
    if wanted == ["@all"]:
        wanted = [one.id for one in world.accounts.users]
    if len(wanted) > PEOPLE:
        return refuse(SERVICE, "40058")
    known = [one for one in wanted if world.accounts.user(id=one.lower()) and one not in world.refused]
    invalid = "|".join(one.lower() for one in wanted if one not in known)
    if not known:
        return refuse(SERVICE, "81013")
    content = {**body, kind: _shortened(kind, body[kind])}
    same = f"wecom {request.text}"
    span = min(int(body.get("duplicate_check_interval", 1800)), 14_400)
    msgid = str(world.repeated(same, span) or "") if body.get("enable_duplicate_check") == 1 else ""
    if not msgid:
        msgid = f"msg-{world.number()}"
        for one in known:
            if not world.too_fast(f"wecom member {one}", 30, 60):  # beyond it: dropped in silence
                world.accept(SERVICE, "notice", one.lower(), content, id=msgid)
        if body.get("enable_duplicate_check") == 1:
            world.remember(same, msgid)
    more: dict[str, Any] = {}
    if kind == "template_card":
        more["response_code"] = f"card-{world.number()}"
        world.cards[more["response_code"]] = msgid
        world.remember(more["response_code"], msgid)
    empty = {"invalidparty": "", "invalidtag": "", "unlicenseduser": ""}
    return said({**OK, "invaliduser": invalid, **empty, "msgid": msgid, **more})


def _shortened(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """What people see of it: the rest is cut off by bytes, in the middle of a character if it falls there."""
    limits = {"text": {"content": 2048}, "textcard": {"title": 128, "description": 512}}.get(kind, {})
    return {
        key: str(value).encode()[: limits[key]].decode("utf-8", "replace") if key in limits else value
        for key, value in content.items()
    }


def _update_card(world: World, request: Request) -> Answer:
    """A code serves once, within 72 hours."""
    body = request.json() or {}
    code = str(body.get("response_code", ""))
    if code not in world.cards or not world.repeated(code, CARD_S):
        return said({"errcode": 42014, "errmsg": "response_code expired or used"})
    if not world.dropping:
        msgid = world.cards.pop(code)
        world.accept(SERVICE, "card", ",".join(body.get("userids") or ()), body, key=msgid)
    return said({**OK, "invaliduser": []})


# --- people


def _person(user: User) -> dict[str, Any]:
    return {"userid": user.id, "name": user.name, "department": [user.department], "status": 1, "mobile": user.mobile}


def _users(world: World, request: Request) -> Answer:
    department = request.query.get("department_id", "")
    there = [_person(one) for one in world.accounts.users if str(one.department) == department or department == "1"]
    return said({**OK, "userlist": there})


def _user(world: World, request: Request) -> Answer:
    found = world.accounts.user(id=request.query.get("userid", "").lower())
    return said({**OK, **_person(found)} if found else {"errcode": 60111, "errmsg": "userid not found"})


def _user_by_mobile(world: World, request: Request) -> Answer:
    found = world.accounts.user(mobile=str((request.json() or {}).get("mobile", "")))
    return said({**OK, "userid": found.id} if found else {"errcode": 46004, "errmsg": "user no exist"})


def _departments(world: World, request: Request) -> Answer:
    listed = [{"id": one.id, "name": one.name, "parentid": one.parent} for one in world.accounts.departments]
    return said({**OK, "department": listed, "department_id": listed})


def _login(world: World, request: Request) -> Answer:
    """The code of a login is `code-` and the person's user id; it serves once."""
    code = request.query.get("code", "")
    user = world.accounts.user(id=code.removeprefix("code-"))
    if user is None or world.replayed(f"wecom login {code}"):
        return said({"errcode": 40029, "errmsg": "invalid code"})
    return said({**OK, "userid": user.id, "user_ticket": ""})


# --- approvals


def _begin_approval(world: World, request: Request) -> Answer:
    body = request.json() or {}
    if not world.accounts.user(id=str(body.get("creator_userid", ""))) or not body.get("template_id"):
        return said({"errcode": 301055, "errmsg": "invalid creator or template"})
    effect = world.accept(SERVICE, "approval", str(body["creator_userid"]), body)
    if not world.dropping:
        world.approvals[effect.id] = {"sp_no": effect.id, "sp_status": 1, "apply_data": body.get("apply_data") or {}}
    return said({**OK, "sp_no": effect.id})


def _read_approval(world: World, request: Request) -> Answer:
    found = world.approvals.get(str((request.json() or {}).get("sp_no", "")))
    return said({**OK, "info": found} if found else {"errcode": 301025, "errmsg": "get approval param error"})


_DOORS: dict[str, Callable[[World, Request], Answer]] = {
    "/cgi-bin/message/send": _send,
    "/cgi-bin/message/update_template_card": _update_card,
    "/cgi-bin/user/list": _users,
    "/cgi-bin/user/simplelist": _users,
    "/cgi-bin/user/get": _user,
    "/cgi-bin/user/getuserid": _user_by_mobile,
    "/cgi-bin/department/list": _departments,
    "/cgi-bin/department/simplelist": _departments,
    "/cgi-bin/auth/getuserinfo": _login,
    "/cgi-bin/user/getuserinfo": _login,
    "/cgi-bin/oa/applyevent": _begin_approval,
    "/cgi-bin/oa/getapprovaldetail": _read_approval,
}

"""api.dingtalk.com: to-dos, approvals, robots of an application. Failing is an HTTP status with a code in words."""

import json
import re
from collections.abc import Callable
from typing import Any

from perennial.dev.errors import refuse
from perennial.dev.exchange import Answer, Request, route, said
from perennial.dev.stream import PATH
from perennial.dev.world import World

SERVICE = "dingtalk"
_TODO_FIELDS = ("subject", "description", "dueTime", "executorIds", "participantIds", "contentFieldList", "done")


def answer(world: World, request: Request) -> Answer:
    if request.path == "/v1.0/oauth2/accessToken":
        return _token(world, request)
    routed = route(_DOORS, request)
    if routed is None:
        return _no("InvalidAction.NotFound", "Specified api is not found, please check your url and method.", 404)
    door, found = routed
    if door is _open_stream or door is _user_token:
        return door(world, request, found)
    token = request.headers.get("x-acs-dingtalk-access-token", "")  # query and Bearer are not looked at
    if not token:
        return refuse(SERVICE, "AuthenticationFailed.MissingParameter")
    known = "good" if door is _me else world.holds(SERVICE, token)
    return door(world, request, found) if known == "good" else refuse(SERVICE, "InvalidAuthentication")


def _no(code: str, message: str, status: int = 400) -> Answer:
    return said({"code": code, "message": message, "requestid": "req"}, status)


def _token(world: World, request: Request) -> Answer:
    body, app = request.json() or {}, world.accounts.dingtalk
    if (body.get("appKey"), body.get("appSecret")) != (app.id, app.secret):
        return refuse(SERVICE, "invalidClientIdOrSecret")
    return said({"accessToken": world.issue(SERVICE, app.id), "expireIn": 7200})


# --- to-dos: all people by union id


def _strange(world: World, body: dict[str, Any], *more: str) -> str:
    """The first who is no union id of ours, else ''."""
    people = [*more, *(body.get("executorIds") or ()), *(body.get("participantIds") or ())]
    if body.get("creatorId"):
        people.append(body["creatorId"])
    return next((one for one in people if not world.accounts.user(union_id=str(one)) or one in world.refused), "")


def _create(world: World, request: Request, found: re.Match[str]) -> Answer:
    body = request.json()
    if not body or not body.get("subject") or len(body["subject"]) > 1024 or len(body.get("description") or "") > 4096:
        return _no("param.error", "subject is blank or too long, or description is too long")
    if stranger := _strange(world, body, found["user"], *filter(None, [request.query.get("operatorId")])):
        return _no("param.error", f"not a unionId: {stranger}")
    source = str(body.get("sourceId") or "")
    for todo in world.todos.values():  # one to-do for one sourceId: the same one again
        if source and todo.get("sourceId") == source:
            return said(todo)
    now = int(world.now() * 1000)
    effect = world.accept(SERVICE, "todo", ",".join(body.get("executorIds") or [found["user"]]), body, key=source)
    todo = {
        "creatorId": found["user"], "executorIds": [found["user"]], "participantIds": [], "dueTime": None,
        "description": "", "priority": 20, "startTime": now, "finishTime": None, "detailUrl": {}, "bizTag": "app",
        "contentFieldList": [], "notifyConfigs": {}, "isOnlyShowExecutor": False, **body,
        "id": effect.id, "requestId": f"req-{effect.number}", "source": "app", "sourceId": source, "done": False,
        "modifierId": found["user"], "createdTime": now, "modifiedTime": now,
    }  # fmt: skip
    if not world.dropping:
        world.todos[effect.id] = todo
    return said(todo)


def _its_todo(world: World, found: re.Match[str]) -> dict[str, Any] | None:
    return world.todos.get(found["id"])


_GONE = ("todo.task.not.exist", "待办任务不存在", 404)


def _update(world: World, request: Request, found: re.Match[str]) -> Answer:
    todo, body = _its_todo(world, found), request.json()
    if todo is None:
        return _no(*_GONE)
    if body is None:
        return _no("param.error", "no body")
    if stranger := _strange(world, body, found["user"]):
        return _no("param.error", f"not a unionId: {stranger}")
    if not world.dropping:
        todo.update({key: value for key, value in body.items() if key in _TODO_FIELDS})
        _touched(world, todo)
    return said({"requestId": "req", "result": True})


def _touched(world: World, todo: dict[str, Any]) -> None:
    todo["modifiedTime"] = int(world.now() * 1000)
    todo["finishTime"] = todo["modifiedTime"] if todo["done"] else None


def _executors(world: World, request: Request, found: re.Match[str]) -> Answer:
    """Done when all who do it have done it."""
    todo, body = _its_todo(world, found), request.json() or {}
    if todo is None:
        return _no(*_GONE)
    done = set(todo.get("doneBy", ()))
    for one in body.get("executorStatusList") or ():
        done = done | {one["id"]} if one.get("isDone") else done - {one["id"]}
    if not world.dropping:
        todo["doneBy"] = sorted(done)
        todo["done"] = done >= set(todo["executorIds"])
        _touched(world, todo)
    return said({"requestId": "req", "result": True})


def _delete(world: World, request: Request, found: re.Match[str]) -> Answer:
    if _its_todo(world, found) is None:
        return _no(*_GONE)
    if not world.dropping:
        del world.todos[found["id"]]
    return said({"requestId": "req", "result": True})


def _read(world: World, request: Request, found: re.Match[str]) -> Answer:
    todo = _its_todo(world, found)
    return said(todo) if todo else _no(*_GONE)


def _query(world: World, request: Request, found: re.Match[str]) -> Answer:
    """Those of a person that they do, whoever made them; ten to a page."""
    body = request.json() or {}
    if stranger := _strange(world, {}, found["user"]):
        return _no("param.error", f"not a unionId: {stranger}")
    mine = [one for one in world.todos.values()
            if found["user"] in one.get("executorIds", ()) and one["done"] is bool(body.get("isDone"))]  # fmt: skip
    begin = int(body.get("nextToken") or 0)
    cards = [
        {"taskId": one["id"], "subject": one["subject"], "sourceId": one["sourceId"], "isDone": one["done"],
         "dueTime": one["dueTime"], "creatorId": one["creatorId"], "priority": one["priority"],
         "bizTag": one["bizTag"], "createdTime": one["createdTime"], "modifiedTime": one["modifiedTime"]}
        for one in mine[begin : begin + 10]
    ]  # fmt: skip
    more = begin + 10 < len(mine)
    return said({"todoCards": cards, **({"nextToken": str(begin + 10)} if more else {})})


def _by_source(world: World, request: Request, found: re.Match[str]) -> Answer:
    todo = next((one for one in world.todos.values() if one.get("sourceId") == found["source"]), None)
    return said(todo) if todo else _no(*_GONE)


# --- approvals: people by user id


def _begin_approval(world: World, request: Request, found: re.Match[str]) -> Answer:
    body = request.json() or {}
    asked: list[dict[str, Any]] = body.get("approvers") or []
    people = [str(body.get("originatorUserId")), *(str(user) for one in asked for user in one["userIds"])]
    if not body.get("processCode") or not all(world.accounts.user(id=one) for one in people):
        return _no("param.error", "processCode is blank, or not a userId among the people")
    effect = world.accept(SERVICE, "approval", str(body["originatorUserId"]), body)
    tasks = [
        {"taskId": world.number(), "userId": user, "status": "RUNNING", "result": "NONE", "activityId": f"a{n}"}
        for n, one in enumerate(asked)
        for user in one["userIds"]
    ]
    if not world.dropping:
        world.approvals[effect.id] = {
            "title": body["processCode"], "status": "RUNNING", "result": "", "businessId": f"b{effect.number}",
            "originatorUserId": body["originatorUserId"], "originatorDeptId": str(body.get("deptId", "")),
            "approverUserIds": people[1:], "ccUserIds": body.get("ccList") or [],
            "formComponentValues": body.get("formComponentValues") or [], "tasks": tasks, "operationRecords": [],
        }  # fmt: skip
    return said({"instanceId": effect.id})


def _read_approval(world: World, request: Request, found: re.Match[str]) -> Answer:
    one = world.approvals.get(request.query.get("processInstanceId", ""))
    return said({"success": "true", "result": one}) if one else _no("processInstance.notFound", "审批实例不存在")


def _decide(world: World, request: Request, found: re.Match[str]) -> Answer:
    body = request.json() or {}
    decided = decide(
        world, str(body.get("processInstanceId")), str(body.get("actionerUserId")), str(body.get("result")),
        str(body.get("remark") or ""), str(body.get("taskId")),
    )  # fmt: skip
    return said({"success": True, "result": True}) if decided else _no("task.notFound", "审批任务不存在或已处理")


def decide(world: World, instance: str, user: str, result: str, remark: str = "", task: str = "") -> bool:
    """A person decides their part, with us or on their phone; agreed by all or refused by one, the approval ends."""
    one = world.approvals.get(instance)
    for mine in one["tasks"] if one else ():
        if mine["userId"] == user and mine["status"] == "RUNNING" and task in ("", str(mine["taskId"])):
            assert one is not None
            mine.update(status="COMPLETED", result=result.upper())
            one["operationRecords"].append({"userId": user, "type": "EXECUTE_TASK", "result": result, "remark": remark})
            if result == "refuse" or all(other["status"] == "COMPLETED" for other in one["tasks"]):
                one.update(status="COMPLETED", result=result)
            return True
    return False


def _terminate(world: World, request: Request, found: re.Match[str]) -> Answer:
    one = world.approvals.get(str((request.json() or {}).get("processInstanceId")))
    if one is None or one["status"] != "RUNNING":
        return _no("processInstance.notRunning", "审批实例不存在或已结束")
    one["status"] = "TERMINATED"
    return said({"success": True, "result": True})


# --- robots of the application


def _to_people(world: World, request: Request, found: re.Match[str]) -> Answer:
    body = request.json() or {}
    wanted = [str(one) for one in body.get("userIds") or ()]
    if problem := _unfit(world, body):
        return problem
    if not 0 < len(wanted) <= 20:
        return _no("invalidParameter.userIds.invalid", "userIds: 1 to 20")
    invalid = [one for one in wanted if not world.accounts.user(id=one)]
    slow = [one for one in wanted if one in world.refused and one not in invalid]
    for one in wanted:
        if one not in invalid and one not in slow:
            world.accept(SERVICE, "chat", one, body)
    key = f"query-{world.number()}"
    told = {"invalidStaffIdList": invalid, "flowControlledStaffIdList": slow, "filteredStaffIdList": []}
    return said({"processQueryKey": key, **told})


def _to_group(world: World, request: Request, found: re.Match[str]) -> Answer:
    body = request.json() or {}
    if problem := _unfit(world, body):
        return problem
    if not body.get("openConversationId"):
        return _no("invalidParameter.openConversationId.invalid", "openConversationId is blank")
    world.accept(SERVICE, "chat", str(body["openConversationId"]), body)
    return said({"processQueryKey": f"query-{world.number()}"})


def _unfit(world: World, body: dict[str, Any]) -> Answer | None:
    """msgParam is a text that holds JSON, not an object."""
    try:
        fits = isinstance(body.get("msgParam"), str) and isinstance(json.loads(body["msgParam"]), dict)
    except ValueError:
        fits = False
    if not fits or not body.get("msgKey"):
        return _no("invalidParameter.msgParam.invalid", "msgParam is no JSON text, or msgKey is blank")
    if body.get("robotCode") != world.accounts.dingtalk.id:
        return _no("invalidParameter.robotCode.invalid", "robotCode is not known")
    return None


# --- login, stream


def _user_token(world: World, request: Request, found: re.Match[str]) -> Answer:
    """The code of a login is `code-` and the person's user id."""
    body, app = request.json() or {}, world.accounts.dingtalk
    user = world.accounts.user(id=str(body.get("code", "")).removeprefix("code-"))
    if (body.get("clientId"), body.get("clientSecret")) != (app.id, app.secret):
        return refuse(SERVICE, "invalidClientIdOrSecret")
    if user is None or world.replayed(f"login {body['code']}"):
        return _no("invalidParameter.authCode.notFound", "不合法的临时授权码")
    return said({"accessToken": f"user-{user.id}", "refreshToken": f"refresh-{user.id}", "expireIn": 7200})


def _me(world: World, request: Request, found: re.Match[str]) -> Answer:
    user = world.accounts.user(id=request.headers["x-acs-dingtalk-access-token"].removeprefix("user-"))
    if user is None:
        return refuse(SERVICE, "InvalidAuthentication")
    return said({"nick": user.name, "unionId": user.union_id, "openId": user.open_id, "mobile": user.mobile})


def _open_stream(world: World, request: Request, found: re.Match[str]) -> Answer:
    """The endpoint is a WebSocket of this host; its ticket opens once."""
    body, app = request.json() or {}, world.accounts.dingtalk
    if (body.get("clientId"), body.get("clientSecret")) != (app.id, app.secret):
        return refuse(SERVICE, "invalidClientIdOrSecret")
    return said({"endpoint": f"ws://{request.headers.get('host', '')}{PATH}", "ticket": world.stream.ticket()})


_TASKS = r"/v1\.0/todo/users/(?P<user>[^/]+)/tasks"
_FLOW = r"/v1\.0/workflow/processInstances"
_DOORS: tuple[tuple[str, str, Callable[[World, Request, re.Match[str]], Answer]], ...] = (
    ("POST", _TASKS, _create),
    ("POST", r"/v1\.0/todo/users/(?P<user>[^/]+)/org/tasks/query", _query),
    ("GET", _TASKS + r"/sources/(?P<source>[^/]+)", _by_source),
    ("GET", _TASKS + r"/(?P<id>[^/]+)", _read),
    ("PUT", _TASKS + r"/(?P<id>[^/]+)/executorStatus", _executors),
    ("PUT", _TASKS + r"/(?P<id>[^/]+)", _update),
    ("DELETE", _TASKS + r"/(?P<id>[^/]+)", _delete),
    ("POST", _FLOW, _begin_approval),
    ("GET", _FLOW, _read_approval),
    ("POST", _FLOW + "/execute", _decide),
    ("POST", _FLOW + "/terminate", _terminate),
    ("POST", r"/v1\.0/robot/oToMessages/batchSend", _to_people),
    ("POST", r"/v1\.0/robot/groupMessages/send", _to_group),
    ("POST", r"/v1\.0/oauth2/userAccessToken", _user_token),
    ("GET", r"/v1\.0/contact/users/me", _me),
    ("POST", r"/v1\.0/gateway/connections/open", _open_stream),
)

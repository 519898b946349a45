"""Approvals of DingTalk itself: an instance, its tasks, a decision for somebody, an end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perennial.channels.dingtalk.stacks import App, nothing_said
from perennial.channels.reply import Reply
from perennial.channels.shapes import rows, word, yes

_INSTANCES = "/v1.0/workflow/processInstances"


@dataclass(frozen=True, slots=True)
class ApprovalTask:
    id: str
    user_id: str
    status: str
    result: str


@dataclass(frozen=True, slots=True)
class Approval:
    """`status`: RUNNING, TERMINATED, COMPLETED, CANCELED; `result`: agree, refuse (as documented, not verified)."""

    title: str
    status: str
    result: str
    tasks: tuple[ApprovalTask, ...]


def start_approval(
    app: App,
    process_code: str,
    originator: str,
    values: Mapping[str, str],
    *,
    approvers: Sequence[tuple[str, Sequence[str]]] = (),
    department_id: int = -1,
    copies: Sequence[str] = (),
) -> Reply:
    """`remote_id` is the instance. `approvers`: (AND, OR or NONE, user ids), in their order. No key of repetition is
    known to this call: after `uncertain`, look before another one is made."""
    body: dict[str, Any] = {
        "originatorUserId": originator,
        "processCode": process_code,
        "deptId": department_id,
        "formComponentValues": [{"name": name, "value": value} for name, value in values.items()],
    }
    if approvers:
        body["approvers"] = [{"actionType": kind, "userIds": list(users)} for kind, users in approvers]
    if copies:
        body |= {"ccList": list(copies), "ccPosition": "FINISH"}
    found = app.new("POST", _INSTANCES, body)
    if isinstance(found, Reply):
        return found
    instance = word(found.get("instanceId"))
    return Reply("sent", remote_id=instance) if instance else nothing_said("no instanceId")


def approval(app: App, instance_id: str) -> Approval | Reply:
    found = app.new("GET", _INSTANCES, query={"processInstanceId": instance_id})
    if isinstance(found, Reply):
        return found
    inside = found.get("result")
    if not isinstance(inside, dict):
        return nothing_said("no result")
    result: Mapping[str, Any] = inside
    tasks = tuple(
        ApprovalTask(
            word(one.get("taskId")),
            word(one.get("userId")),
            word(one.get("status")),
            word(one.get("result")),
        )
        for one in rows(result.get("tasks"))
    )
    return Approval(word(result.get("title")), word(result.get("status")), word(result.get("result")), tasks)


def execute_approval(app: App, instance_id: str, task_id: str, user_id: str, *, agree: bool, remark: str = "") -> Reply:
    body = {
        "processInstanceId": instance_id,
        "taskId": int(task_id) if task_id.isdigit() else task_id,
        "actionerUserId": user_id,
        "result": "agree" if agree else "refuse",
        "remark": remark,
    }
    return _done(app.new("POST", f"{_INSTANCES}/execute", body), instance_id)


def terminate_approval(app: App, instance_id: str, *, remark: str = "", user_id: str = "") -> Reply:
    """By the system; with `user_id`, by whoever asked for it."""
    body: dict[str, Any] = {"processInstanceId": instance_id, "isSystem": not user_id, "remark": remark}
    if user_id:
        body["operatingUserId"] = user_id
    return _done(app.new("POST", f"{_INSTANCES}/terminate", body), instance_id)


def _done(found: dict[str, Any] | Reply, instance_id: str) -> Reply:
    if isinstance(found, Reply):
        return found
    said = (yes(found.get("success")), yes(found.get("result")))
    if False in said:
        return Reply("permanent", "refused", f"said {sorted(found)}", remote_id=instance_id)
    return Reply("sent", remote_id=instance_id) if True in said else nothing_said("neither done nor refused")

"""DingTalk: group robot, and the applications of an organisation (work notices, to-dos, approvals, people, login,
events).

Two stacks that are not mixed: the old one (`oapi`, token in the query, failure in the body of HTTP 200) and the new one
(`api`, token in a header, HTTP statuses). `App.old` and `App.new` are they.
"""

from perennial.channels.dingtalk.approvals import (
    Approval,
    ApprovalTask,
    approval,
    execute_approval,
    start_approval,
    terminate_approval,
)
from perennial.channels.dingtalk.callbacks import Callback
from perennial.channels.dingtalk.notices import chat, chat_group, notice_result, notify
from perennial.channels.dingtalk.people import (
    Department,
    Person,
    departments,
    find_person,
    people,
    sign_in,
    sign_in_inside,
    sign_in_url,
    union_id_of,
    user_id_of,
)
from perennial.channels.dingtalk.robot import At, Robot, RobotAccount
from perennial.channels.dingtalk.stacks import App, AppAccount
from perennial.channels.dingtalk.stream import Frame, Place, acknowledge, open_stream, read_frame
from perennial.channels.dingtalk.todos import (
    Todo,
    TodoState,
    complete_todo,
    create_todo,
    delete_todo,
    find_todo,
    list_todos,
    update_todo,
)

__all__ = [
    "App",
    "AppAccount",
    "Approval",
    "ApprovalTask",
    "At",
    "Callback",
    "Department",
    "Frame",
    "Person",
    "Place",
    "Robot",
    "RobotAccount",
    "Todo",
    "TodoState",
    "acknowledge",
    "approval",
    "chat",
    "chat_group",
    "complete_todo",
    "create_todo",
    "delete_todo",
    "departments",
    "execute_approval",
    "find_person",
    "find_todo",
    "list_todos",
    "notice_result",
    "notify",
    "open_stream",
    "people",
    "read_frame",
    "sign_in",
    "sign_in_inside",
    "sign_in_url",
    "start_approval",
    "terminate_approval",
    "union_id_of",
    "update_todo",
    "user_id_of",
]

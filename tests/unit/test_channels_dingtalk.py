"""What the clients of DingTalk ask for and make of the answer. Over the network: tests/servers."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from other_side import Other

from perennial.channels import Memory, Reply, dingtalk

NOW = 1_700_000_000.5


def ding_robot(other: Other, secret: str = "") -> dingtalk.Robot:
    return dingtalk.Robot(dingtalk.RobotAccount("tok", secret), lambda: NOW, **other.options)


def ding(other: Other) -> dingtalk.App:
    return dingtalk.App(dingtalk.AppAccount("key", "secret", "77", "bot"), lambda: NOW, **other.options)


def test_the_signature_of_a_dingtalk_robot_is_in_milliseconds_and_encoded_once() -> None:
    asked: list[httpx.URL] = []

    def other(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, json={"errcode": 0})

    account = dingtalk.RobotAccount("tok", "SECthis is secret")
    robot = dingtalk.Robot(account, lambda: 1608001896.814, transport=httpx.MockTransport(other), memory=Memory())
    assert robot.text("hello").accepted
    # base64 of the vector that openssl computed: …=, with no + or / in it, so the only sign to encode is =
    assert urlsplit(str(asked[0])).query == (
        "access_token=tok&timestamp=1608001896814&sign=ukjD0Vij5b8ydCy1V3xShKqv8GMz3UqYHMPucKl83uc%3D"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("keywords not in content, more: [https://x]", "keyword"),
        ("sign not match, more: [https://x]", "signature"),
        ("ip 10.0.0.1 not in whitelist", "ip"),
    ],
)
def test_one_code_of_a_robot_has_three_meanings(text: str, why: str) -> None:
    found = ding_robot(Other(send={"errcode": 310000, "errmsg": text})).text("a")
    assert (found.state, found.why) == ("permanent", why)


def test_the_wall_before_dingtalk_rests_five_minutes() -> None:
    wall = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "u"}
    found = ding_robot(Other(send=wall)).text("a")
    assert (found.state, found.why, found.wait_s) == ("temporary", "throttled", 300.0)
    notice = dingtalk.notify(ding(Other(asyncsend_v2=wall)), ["a"], "x")
    todo = dingtalk.create_todo(ding(Other(tasks=wall)), "u", dingtalk.Todo("s", "id", ["u"]))
    assert notice.why == todo.why == "throttled"


def test_who_is_called_stands_in_the_markdown() -> None:
    other = Other(send={"errcode": 0})
    ding_robot(other).markdown("标题", "请看", dingtalk.At(mobiles=["13800000001"], everybody=False))
    assert other.body == {
        "msgtype": "markdown",
        "markdown": {"title": "标题", "text": "请看 @13800000001"},
        "at": {"atMobiles": ["13800000001"], "atUserIds": [], "isAtAll": False},
    }


def test_cards_have_one_address_or_several() -> None:
    other = Other(send={"errcode": 0})
    robot = ding_robot(other)
    robot.card("t", "x", [("打开", "https://a")])
    assert other.body["actionCard"] == {
        "title": "t", "text": "x", "btnOrientation": "0", "singleTitle": "打开", "singleURL": "https://a",
    }  # fmt: skip
    robot.card("t", "x", [("同意", "https://a"), ("不同意", "https://b")], across=True)
    assert other.body["actionCard"]["btns"] == [
        {"title": "同意", "actionURL": "https://a"}, {"title": "不同意", "actionURL": "https://b"},
    ]  # fmt: skip
    assert other.body["actionCard"]["btnOrientation"] == "1"


def test_a_body_that_is_too_large_is_cut_to_20000_bytes() -> None:
    sizes: list[int] = []

    def other(request: httpx.Request) -> httpx.Response:
        sizes.append(len(request.content))
        return httpx.Response(200, json={"errcode": 0})

    robot = dingtalk.Robot(
        dingtalk.RobotAccount("tok"), lambda: NOW, transport=httpx.MockTransport(other), memory=Memory()
    )
    assert robot.text("续" * 7000).why == "cut"
    assert robot.text('"' * 19_000).why == "cut"
    assert robot.text("续" * 6000).why == ""
    assert all(19_990 < size <= 20_000 for size in sizes[:2]) and sizes[2] < 20_000


def test_a_work_notice_is_looked_after() -> None:
    result = {
        "invalid_user_id_list": ["nobody"],
        "forbidden_user_id_list": ["often"],
        "failed_user_id_list": ["broken"],
        "forbidden_list": [{"code": "143105", "count": 1, "userid": "often"}],
        "read_user_id_list": ["lin"],
        "unread_user_id_list": [],
    }
    other = Other(
        asyncsend_v2={"errcode": 0, "task_id": 256271667526}, getsendresult={"errcode": 0, "send_result": result}
    )
    sent = dingtalk.notify(ding(other), ["lin", "nobody"], "您好", title="续费", url="https://x")
    assert other.body["agent_id"] == 77 and other.body["userid_list"] == "lin,nobody"
    assert other.body["msg"]["action_card"]["single_url"] == "https://x"
    found = dingtalk.notice_result(ding(other), sent.remote_id)
    assert found.state == "sent"
    assert found.undelivered == {"nobody": "no_such_recipient", "often": "duplicate", "broken": "refused"}
    assert other.body["task_id"] == 256271667526
    result["read_user_id_list"] = []
    assert dingtalk.notice_result(ding(other), "1").state == "permanent"


def test_a_robot_that_reaches_nobody_has_not_sent() -> None:
    def chat(**lists: list[str]) -> Reply:
        return dingtalk.chat(ding(Other(batchSend={"processQueryKey": "q", **lists})), ["a", "b"], "x")

    assert chat(invalidStaffIdList=["a"]).undelivered == {"a": "no_such_recipient"}
    assert chat(invalidStaffIdList=["a"]).state == "sent"
    assert chat(invalidStaffIdList=["a", "b"]).state == "permanent"
    early = chat(flowControlledStaffIdList=["a", "b"])
    assert (early.state, early.why, early.wait_s) == ("temporary", "throttled", 60.0)
    assert dingtalk.chat(ding(Other()), ["x"] * 21, "x").why == "too_long"


def test_what_a_robot_says_to_one_is_json_inside_json() -> None:
    other = Other(batchSend={"processQueryKey": "q"}, send={"processQueryKey": "g"})
    dingtalk.chat(ding(other), ["a"], '"续费"', title="t")
    assert json.loads(other.body["msgParam"]) == {"title": "t", "text": '"续费"'}
    assert other.body["msgKey"] == "sampleMarkdown" and other.body["robotCode"] == "bot"
    assert dingtalk.chat_group(ding(other), "cid", "x").remote_id == "g"
    assert other.body["openConversationId"] == "cid"


def test_a_todo_that_the_other_side_has_already_is_found() -> None:
    duplicate = httpx.Response(409, json={"code": "invalidRequest.duplicateClientToken", "message": "duplicated"})
    other = Other(tasks=duplicate, s1={"id": "T9", "sourceId": "s1", "done": False, "subject": "x"})
    found = dingtalk.create_todo(ding(other), "u", dingtalk.Todo("x", "s1", ["u"], due_ms=5, url="https://x"))
    assert (found.state, found.why, found.remote_id) == ("sent", "duplicate", "T9")
    created = other.asked[0]
    assert created[:3] == ("POST", "/v1.0/todo/users/u/tasks", {"operatorId": "u"})
    assert created[3]["sourceId"] == "s1" and created[3]["dueTime"] == 5


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(404, json={"code": "todo.task.not.exist", "message": "m"}), "not_found"),
        (httpx.Response(404, json={"code": "whatever", "message": "m"}), "not_found"),
        (httpx.Response(404, text="no"), "not_found"),
        (httpx.Response(200, json={"requestId": "r"}), "not_found"),
        (httpx.Response(500, text="no"), "http"),
    ],
)
def test_a_todo_that_is_not_there(answer: httpx.Response, expected: str) -> None:
    found = dingtalk.find_todo(ding(Other(s1=answer)), "u", "s1")
    assert isinstance(found, Reply) and found.why == expected


def test_an_approval_and_what_is_done_to_it() -> None:
    instance = {
        "title": "用印", "status": "RUNNING", "result": "",
        "tasks": [{"taskId": 5, "userId": "lin", "status": "RUNNING", "result": "NONE"}],
    }  # fmt: skip
    other = Other(
        processInstances=[{"instanceId": "I1"}, {"success": "true", "result": instance}],
        execute={"success": True, "result": True},
        terminate=[{"result": True}, {"result": False}],
    )
    app = ding(other)
    assert dingtalk.start_approval(app, "P", "zhou", {"合同": "HT-1"}, approvers=[("OR", ["lin"])]).remote_id == "I1"
    assert other.body["approvers"] == [{"actionType": "OR", "userIds": ["lin"]}]
    found = dingtalk.approval(app, "I1")
    assert isinstance(found, dingtalk.Approval) and found.tasks[0] == dingtalk.ApprovalTask(
        "5", "lin", "RUNNING", "NONE"
    )
    assert dingtalk.execute_approval(app, "I1", "5", "lin", agree=False).accepted
    assert other.body["result"] == "refuse" and other.body["taskId"] == 5
    assert dingtalk.terminate_approval(app, "I1").accepted and other.body["isSystem"] is True
    assert dingtalk.terminate_approval(app, "I1").state == "permanent"


def test_the_organisation_of_dingtalk_is_read_page_by_page_and_tree_by_tree() -> None:
    def row(number: int, parent: int) -> dict[str, Any]:
        return {"dept_id": number, "name": f"d{number}", "parent_id": parent}

    other = Other(
        listsub=[
            {"errcode": 0, "result": [row(2, 1), row(3, 1)]},
            {"errcode": 0, "result": [row(4, 2), row(1, 2)]},  # a tree that bites its tail
            {"errcode": 0, "result": []},
            {"errcode": 0, "result": []},
        ],
        list=[
            {"errcode": 0, "result": {"has_more": True, "next_cursor": 10, "list": [{"userid": "a", "unionid": "ua"}]}},
            {"errcode": 0, "result": {"has_more": False, "list": [{"userid": "b", "active": False, "mobile": "1"}]}},
        ],
    )
    found = dingtalk.departments(ding(other))
    assert isinstance(found, list) and [(one.id, one.parent_id) for one in found] == [(2, 1), (3, 1), (4, 2)]
    people = dingtalk.people(ding(other), 2)
    assert isinstance(people, list) and [(one.user_id, one.active) for one in people] == [("a", True), ("b", False)]
    assert other.body["cursor"] == 10
    other.says["listsub"] = {"errcode": 88, "sub_code": "90018", "errmsg": "fast"}
    failed = dingtalk.departments(ding(other))
    assert isinstance(failed, Reply) and failed.why == "throttled"


def test_who_signs_in_with_dingtalk() -> None:
    other = Other(
        userAccessToken={"accessToken": "ut", "expireIn": 7200},
        me={"nick": "林", "unionId": "ul", "mobile": "138"},
        getbyunionid={"errcode": 0, "result": {"userid": "lin"}},
        getuserinfo={"errcode": 0, "result": {"userid": "lin", "unionid": "ul", "name": "林晓棠"}},
        getbymobile={"errcode": 60121, "errmsg": "找不到该用户"},
    )
    found = dingtalk.sign_in(ding(other), "code-1")
    assert isinstance(found, dingtalk.Person) and (found.user_id, found.union_id, found.name) == ("lin", "ul", "林")
    inside = dingtalk.sign_in_inside(ding(other), "code-2")
    assert isinstance(inside, dingtalk.Person) and inside.name == "林晓棠"
    nobody = dingtalk.find_person(ding(other), "13900000000")
    assert isinstance(nobody, Reply) and nobody.why == "no_such_recipient"
    url = dingtalk.sign_in_url(ding(other), "https://we.example/back?a=1", "st&te")
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == ["https://we.example/back?a=1"]


def test_a_stream_is_opened_and_its_frames_are_answered() -> None:
    other = Other(open={"endpoint": "wss://w.example/connect", "ticket": "a b+c"})
    place = dingtalk.open_stream(ding(other))
    assert isinstance(place, dingtalk.Place) and place.url == "wss://w.example/connect?ticket=a+b%2Bc"
    assert "a b+c" not in repr(place)

    def frame(kind: str, topic: str, data: Any) -> dingtalk.Frame:
        headers = {"topic": topic, "messageId": "m1", "contentType": "application/json", "time": 5}
        text = {"specVersion": "1.0", "type": kind, "headers": headers, "data": json.dumps(data)}
        found = dingtalk.read_frame(json.dumps(text))
        assert found is not None
        return found

    ping = frame("SYSTEM", "ping", {"opaque": "xyz"})
    assert json.loads(dingtalk.acknowledge(ping) or "") == {
        "code": 200,
        "headers": {"contentType": "application/json", "messageId": "m1"},
        "message": "OK",
        "data": ping.text,
    }
    event = frame("EVENT", "*", {"processInstanceId": "I1"})
    assert event.data == {"processInstanceId": "I1"}
    assert json.loads(json.loads(dingtalk.acknowledge(event) or "")["data"])["status"] == "SUCCESS"
    assert json.loads(json.loads(dingtalk.acknowledge(event, accepted=False) or "")["data"])["status"] == "LATER"
    last = frame("SYSTEM", "disconnect", {})
    assert last.last and dingtalk.acknowledge(last) is None
    assert [dingtalk.read_frame(one) for one in ("", "[]", "{}", '{"type":"EVENT","headers":1}')] == [None] * 4

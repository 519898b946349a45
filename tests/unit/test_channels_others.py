"""What the clients of WeCom, Feishu and SMS ask for and make of the answer. Over the network: tests/servers."""

import json
from urllib.parse import parse_qs

from other_side import Other

from perennial.channels import Reply, dingtalk, feishu, sms, wecom

NOW = 1_700_000_000.5


def we(other: Other) -> wecom.App:
    return wecom.App(wecom.AppAccount("corp", "secret", 77), lambda: NOW, **other.options)


def fei(other: Other) -> feishu.App:
    return feishu.App(feishu.AppAccount("app", "secret"), lambda: NOW, **other.options)


# --- WeCom
def test_a_robot_of_wecom_cuts_at_2048_and_4096_bytes() -> None:
    other = Other(send={"errcode": 0})
    robot = wecom.Robot(wecom.RobotAccount("k"), lambda: NOW, **other.options)
    assert robot.text("续" * 700, mobiles=["@all"]).why == "cut"
    assert other.body["text"] == {"content": "续" * 681 + "…", "mentioned_mobile_list": ["@all"]}  # 2046 bytes
    assert robot.markdown("续" * 1365).why == ""  # 4095 bytes
    assert robot.markdown("续" * 1366).why == "cut"
    assert robot.news([("t", "d", "https://x")]).accepted
    assert robot.card({"card_type": "text_notice"}).accepted


def test_wecom_names_whom_it_does_not_know_in_small_letters() -> None:
    said = {"errcode": 0, "invaliduser": "nobody|gone", "unlicenseduser": "free", "msgid": "M1"}
    found = wecom.send(we(Other(send=said)), ["Lin", "NoBody", "Gone", "free"], "x")
    assert found == Reply(
        "sent",
        remote_id="M1",
        undelivered={"NoBody": "no_such_recipient", "Gone": "no_such_recipient", "free": "permission"},
    )
    assert wecom.send(we(Other(send=said)), ["NoBody"], "x").state == "permanent"


def test_the_same_words_are_delivered_once_where_it_is_asked_for() -> None:
    other = Other(send={"errcode": 0, "msgid": "M"})
    wecom.send(we(other), ["lin"], "x")
    assert (other.body["enable_duplicate_check"], other.body["duplicate_check_interval"]) == (1, 1800)
    wecom.send(we(other), ["lin"], "x", repeat_s=0)
    assert "enable_duplicate_check" not in other.body


def test_a_card_is_decided_and_says_so() -> None:
    other = Other(
        send={"errcode": 0, "msgid": "M", "response_code": "RC"},
        update_template_card={"errcode": 0, "invaliduser": ["lin"]},
    )
    card = wecom.Card("审批", "x" * 600, "task-1", [wecom.Button("yes", "同意")], lines=[("合同", "HT-1")])
    reply, code = wecom.send_card(we(other), ["lin"], card)
    assert (reply.remote_id, reply.why, code) == ("M", "cut", "RC")
    shape = other.body["template_card"]
    assert shape["card_type"] == "button_interaction" and shape["task_id"] == "task-1"
    assert shape["button_list"] == [{"text": "同意", "style": 1, "key": "yes"}]
    assert wecom.update_card(we(other), code, user_ids=["zhou", "lin"], button="已同意").undelivered == {
        "lin": "no_such_recipient"
    }
    assert other.body["button"] == {"replace_name": "已同意"} and other.body["userids"] == ["zhou", "lin"]
    wecom.update_card(we(other), code, card=card)
    assert other.body["atall"] == 1 and "template_card" in other.body


def test_the_people_of_wecom() -> None:
    other = Other(
        getuserinfo=[{"errcode": 0, "userid": "lin"}, {"errcode": 0, "openid": "o"}, {"errcode": 40029}],
        getuserid={"errcode": 0, "userid": "lin"},
        list=[
            {"errcode": 0, "department": [{"id": 1, "name": "公司", "parentid": 0}, {"id": 2, "parentid": 1}]},
            {"errcode": 0, "userlist": [{"userid": "lin", "department": [2], "status": 5}]},
        ],
    )
    assert wecom.sign_in(we(other), "c1") == "lin"
    outside = wecom.sign_in(we(other), "c2")
    assert isinstance(outside, Reply) and outside.why == "no_such_recipient"
    wrong = wecom.sign_in(we(other), "c3")
    assert isinstance(wrong, Reply) and wrong.state == "permanent"
    assert wecom.find_person(we(other), "138") == "lin"
    assert wecom.departments(we(other)) == [wecom.Department(1, "公司", None), wecom.Department(2, "2", 1)]
    assert wecom.people(we(other), 2) == [wecom.Person("lin", departments=(2,), active=False)]
    assert "appid=corp" in wecom.sign_in_url(we(other), "https://x", "s")


# --- Feishu


def test_the_signature_of_a_feishu_robot_is_in_its_body_in_seconds() -> None:
    other = Other(tok={"StatusCode": 0, "StatusMessage": "success"})  # an old one says only this
    robot = feishu.Robot(feishu.RobotAccount("tok", "demo"), lambda: 1599360473.9, **other.options)
    assert robot.text("hi").accepted
    assert other.body == {
        "timestamp": "1599360473",
        "sign": "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=",
        "msg_type": "text",
        "content": {"text": "hi"},
    }
    assert robot.text("续" * 7000).why == "cut"
    assert len(json.dumps(other.body, ensure_ascii=False, separators=(",", ":")).encode()) <= 20_000


def test_a_long_key_of_repetition_becomes_a_short_one_the_same_each_time() -> None:
    other = Other(messages={"code": 0, "data": {"message_id": "om_1"}})
    key = "<" + "x" * 80 + "@example.com>"
    feishu.send(fei(other), "ou_1", "a", key=key)
    first = other.body["uuid"]
    feishu.send(fei(other), "ou_1", "a", key=key)
    assert len(first) <= 50 and other.body["uuid"] == first
    feishu.send(fei(other), "u@example.com", "a", by="email", key="<1@x>")
    assert other.body["uuid"] == "<1@x>" and other.asked[-1][2] == {"receive_id_type": "email"}


def test_a_card_and_a_task_of_feishu() -> None:
    other = Other(
        messages={"code": 0, "data": {"message_id": "om_1"}},
        om_1={"code": 0},
        tasks={"code": 0, "data": {"task": {"guid": "g"}}},
        g={"code": 0, "data": {}},
    )
    card = feishu.card_of("审批", "**续费**", [("同意", {"task": 5})], url="https://x")
    sent = feishu.send_card(fei(other), "ou_1", card)
    assert json.loads(other.body["content"])["elements"][1]["actions"][0]["value"] == {"task": 5}
    assert feishu.update_card(fei(other), sent.remote_id, card).accepted and other.asked[-1][0] == "PATCH"
    task = feishu.create_task(fei(other), feishu.Task("续费", "k", ["ou_1"], due_ms=5))
    assert task.remote_id == "g" and other.body["due"] == {"timestamp": "5", "is_all_day": False}
    assert feishu.complete_task(fei(other), "g", 9).accepted
    assert other.body == {"task": {"completed_at": "9"}, "update_fields": ["completed_at"]}
    assert feishu.delete_task(fei(other), "g").accepted and other.asked[-1][0] == "DELETE"


def test_the_people_of_feishu() -> None:
    page = {"has_more": True, "page_token": "p2", "items": [{"open_id": "ou_1", "status": {"is_resigned": True}}]}
    other = Other(
        find_by_department=[{"code": 0, "data": page}, {"code": 0, "data": {"items": [{"open_id": "ou_2"}]}}],
        children={
            "code": 0,
            "data": {"items": [{"open_department_id": "od-2", "name": "n", "parent_department_id": "0"}]},
        },
        token={"code": 0, "access_token": "ut"},
        user_info={"code": 0, "data": {"open_id": "ou_1", "name": "林"}},
        batch_get_id={"code": 0, "data": {"user_list": [{"mobile": "138"}]}},
    )
    people = feishu.people(fei(other), "od-2")
    assert isinstance(people, list) and [(one.open_id, one.active) for one in people] == [
        ("ou_1", False),
        ("ou_2", True),
    ]
    assert feishu.departments(fei(other)) == [feishu.Department("od-2", "n", "0")]
    me = feishu.sign_in(fei(other), "code", "https://we.example/back")
    assert isinstance(me, feishu.Person) and me.name == "林"
    nobody = feishu.find_person(fei(other), "138")
    assert isinstance(nobody, Reply) and nobody.why == "no_such_recipient"
    assert "client_id=app" in feishu.sign_in_url(fei(other), "https://x", "s")


# --- SMS


def test_aliyun_is_asked_by_a_signed_form() -> None:
    other = Other(**{"": {"Code": "OK", "Message": "OK", "BizId": "B1"}})
    client = sms.Aliyun(sms.AliyunAccount("id", "secret", "常青"), lambda: 1499827359.0, **other.options)
    found = client.send(["13800000001"], "SMS_1", {"customer": "林"}, out_id="<1@x>")
    assert found == Reply("sent", remote_id="B1")
    form = {key: values[0] for key, values in parse_qs(other.body).items()}
    assert form["Timestamp"] == "2017-07-12T02:42:39Z" and form["SignName"] == "常青" and form["OutId"] == "<1@x>"
    assert json.loads(form["TemplateParam"]) == {"customer": "林"}
    assert client.send(["1"] * 1001, "SMS_1", {}).why == "too_long"


def test_each_number_of_tencent_has_its_own_answer() -> None:
    def status(number: str, code: str) -> dict[str, str]:
        return {"PhoneNumber": number, "Code": code, "SerialNo": "S" if code == "Ok" else ""}

    def send(*codes: str) -> Reply:
        numbers = ["13800000001", "+447700900000"][: len(codes)]
        sent_as = ["+8613800000001", "+447700900000"]
        rows = [status(number, code) for number, code in zip(sent_as, codes, strict=False)]
        other = Other(**{"": {"Response": {"SendStatusSet": rows, "RequestId": "r"}}})
        client = sms.Tencent(sms.TencentAccount("id", "key", "14", "常青"), lambda: NOW, **other.options)
        return client.send(numbers, "T", ["1"])

    assert send("Ok", "Ok").undelivered == {}
    partly = send("FailedOperation.PhoneNumberInBlacklist", "Ok")
    assert (partly.state, partly.remote_id) == ("sent", "S")
    assert partly.undelivered == {"13800000001": "no_such_recipient"}
    only = send("LimitExceeded.PhoneNumberThirtySecondLimit")
    assert (only.state, only.why, only.wait_s) == ("temporary", "throttled", 60.0)
    assert send("InternalError.OtherError", "InvalidParameterValue.IncorrectPhoneNumber").state == "permanent"
    other = Other(**{"": {"Response": {"Error": {"Code": "AuthFailure.SignatureExpire", "Message": "m"}}}})
    client = sms.Tencent(sms.TencentAccount("id", "key", "14", "常青"), lambda: NOW, **other.options)
    assert client.send(["1"], "T", []).why == "signature"


def test_no_account_shows_its_secret() -> None:
    accounts = [
        dingtalk.RobotAccount("hidden0", "hidden0"),
        dingtalk.AppAccount("key", "hidden0"),
        wecom.RobotAccount("hidden0"),
        wecom.AppAccount("corp", "hidden0"),
        feishu.RobotAccount("hidden0", "hidden0"),
        feishu.AppAccount("app", "hidden0"),
        sms.AliyunAccount("id", "hidden0", "sign"),
        sms.TencentAccount("id", "hidden0", "app", "sign"),
    ]
    assert "hidden0" not in repr(accounts)

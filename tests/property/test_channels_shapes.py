"""No answer of another server raises in a client: whatever the shape, it becomes something read or a `Reply`."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import httpx

from perennial.channels import Memory, Reply, dingtalk, feishu, sms, wecom

EXAMPLES = int(os.environ.get("PERENNIAL_SOAK", "0")) * 20_000 or 500
CLIENTS = 34
SECRET = "hidden-secret-0"
KEYS = (
    "errcode sub_code code StatusCode message errmsg status wait result success data list items has_more "
    "next_cursor page_token id send_result task_id invalid_user_id_list failed_user_id_list forbidden_list "
    "forbidden_user_id_list processQueryKey invalidStaffIdList flowControlledStaffIdList instanceId tasks userid "
    "unionid dept_id dept_id_list name access_token accessToken unionId endpoint ticket invaliduser msgid "
    "response_code department userlist parentid message_id task guid user_list user_id open_id department_ids "
    "Code BizId Response Error SendStatusSet PhoneNumber SerialNo "
).split()
LEAVES = (None, True, False, 0, 1, -1, 88, 10**30, 0.5, "", "0", "OK", "Ok", "x", "7", "true", 40014)
BEGINNINGS: tuple[dict[str, Any], ...] = ({}, {"errcode": 0, "code": 0}, {"errcode": 0}, {"code": 0}, {"Code": "OK"})


def shape(dice: Random, depth: int = 0) -> Any:
    kind = dice.random()
    if depth > 3 or kind < 0.5:
        return dice.choice(LEAVES)
    if kind < 0.7:
        return [shape(dice, depth + 1) for _ in range(dice.randint(0, 3))]
    return {dice.choice(KEYS): shape(dice, depth + 1) for _ in range(dice.randint(0, 6))}


def answer(dice: Random) -> Any:
    """Most are close to a success, or nothing but its code would ever be read."""
    rest = {key: shape(dice) for key in dice.sample(KEYS, dice.randint(0, len(KEYS)))}
    return {**rest, **dice.choice(BEGINNINGS)}


def clients(transport: httpx.BaseTransport) -> list[Callable[[], Any]]:
    def clock() -> float:
        return 1_700_000_000.0

    def options() -> Any:
        return {"transport": transport, "memory": Memory()}

    ding = dingtalk.App(dingtalk.AppAccount("key", SECRET, "7", "bot"), clock, **options())
    we = wecom.App(wecom.AppAccount("corp", SECRET, 7), clock, **options())
    fei = feishu.App(feishu.AppAccount("app", SECRET), clock, **options())
    card = wecom.Card("t", "x", "id", [wecom.Button("k", "t")])
    return [
        lambda: dingtalk.Robot(dingtalk.RobotAccount(SECRET), clock, **options()).text("x"),
        lambda: dingtalk.notify(ding, ["a"], "x"),
        lambda: dingtalk.notice_result(ding, "1"),
        lambda: dingtalk.chat(ding, ["a"], "x"),
        lambda: dingtalk.chat_group(ding, "a", "x"),
        lambda: dingtalk.create_todo(ding, "u", dingtalk.Todo("s", "id", ["u"])),
        lambda: dingtalk.complete_todo(ding, "u", "1"),
        lambda: dingtalk.find_todo(ding, "u", "1"),
        lambda: dingtalk.start_approval(ding, "P", "u", {}),
        lambda: dingtalk.approval(ding, "1"),
        lambda: dingtalk.execute_approval(ding, "1", "2", "u", agree=True),
        lambda: dingtalk.departments(ding),
        lambda: dingtalk.people(ding, 1),
        lambda: dingtalk.sign_in(ding, "c"),
        lambda: dingtalk.sign_in_inside(ding, "c"),
        lambda: dingtalk.find_person(ding, "138"),
        lambda: dingtalk.open_stream(ding),
        lambda: wecom.Robot(wecom.RobotAccount(SECRET), clock, **options()).text("x"),
        lambda: wecom.send(we, ["a"], "x"),
        lambda: wecom.send_card(we, ["a"], card)[0],
        lambda: wecom.update_card(we, "c", button="b"),
        lambda: wecom.departments(we),
        lambda: wecom.people(we, 1),
        lambda: wecom.sign_in(we, "c"),
        lambda: wecom.find_person(we, "138"),
        lambda: feishu.Robot(feishu.RobotAccount(SECRET), clock, **options()).text("x"),
        lambda: feishu.send(fei, "a", "x"),
        lambda: feishu.create_task(fei, feishu.Task("s", "k", ["a"])),
        lambda: feishu.departments(fei),
        lambda: feishu.people(fei, "1"),
        lambda: feishu.sign_in(fei, "c"),
        lambda: feishu.find_person(fei, "138"),
        lambda: sms.Aliyun(sms.AliyunAccount("id", SECRET, "s"), clock, **options()).send(["1"], "T", {}),
        lambda: sms.Tencent(sms.TencentAccount("id", SECRET, "a", "s"), clock, **options()).send(["1"], "T", []),
    ]


def play(which: int, answers: Sequence[Any], status: int) -> str:
    """One client meets the answers one after the other, and then the last, as often as it asks."""
    left = list(answers)
    asked = 0

    def other(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == 1 and request.url.path.endswith(("gettoken", "oauth2/accessToken", "internal")):
            given = {"access_token": SECRET, "accessToken": SECRET, "tenant_access_token": SECRET}
            return httpx.Response(200, json=given | ({} if "/v1.0/" in request.url.path else {"errcode": 0, "code": 0}))
        if asked > 20:  # whoever reads page after page comes to an end
            return httpx.Response(503)
        return httpx.Response(status, json=left.pop(0) if len(left) > 1 else left[0])

    found = clients(httpx.MockTransport(other))[which]()
    if not isinstance(found, Reply):
        return "read"
    assert SECRET not in found.detail
    return found.state


def test_no_answer_raises_whatever_its_shape() -> None:
    met: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        dice = Random(seed)
        answers = [answer(dice) for _ in range(dice.randint(1, 3))]
        try:
            met[play(seed % CLIENTS, answers, dice.choice((200, 200, 200, 400, 404, 500)))] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    print(met)
    assert set(met) == {"sent", "temporary", "permanent", "read"} and min(met.values()) >= EXAMPLES // 50

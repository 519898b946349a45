"""Every way out against the local servers: success, every published error, tokens, paces, clocks, long texts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from im_ways import TOKENS, WAYS, Clock, Ours, Way

from perennial.channels import dingtalk, feishu, wecom
from perennial.dev import ERRORS, EXPIRED, Refusal, serving

pytestmark = pytest.mark.servers
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
robots = pytest.mark.parametrize("way", [one for one in WAYS.values() if one.door == "robot"], ids=lambda one: one.name)


@pytest.fixture
def ours() -> Iterator[Ours]:
    clock = Clock()
    with serving(clock=clock) as im:
        yield Ours(im, clock)


# --- success


@ways
def test_a_message_is_accepted_once_and_reads_as_it_was_written(ours: Ours, way: Way) -> None:
    text = "续费提醒：合同 HT-1 将于 12 月 20 日到期 ✓"
    reply = way.send(ours, text)
    assert (reply.state, reply.why, dict(reply.undelivered)) == ("sent", "", {})
    (effect,) = way.arrived(ours.im)
    assert text in way.text(effect.content) or way.door in ("sms", "approval")
    if way.name in ("ding_todo", "ding_approval", "wecom_app", "wecom_card", "feishu_app", "feishu_task", "aliyun"):
        assert reply.remote_id == effect.id
    if way.door in ("todo", "task", "sms"):
        assert effect.key == "row-1"


def test_a_todo_is_found_changed_done_and_removed(ours: Ours) -> None:
    app = ours.ding()
    made = WAYS["ding_todo"].send(ours)
    assert dingtalk.update_todo(app, "uLin", made.remote_id, {"subject": "改了", "dueTime": 1}).accepted
    found = dingtalk.find_todo(app, "uLin", "row-1")
    assert isinstance(found, dingtalk.TodoState) and (found.id, found.done) == (made.remote_id, False)
    assert ours.im.world.todos[made.remote_id]["subject"] == "改了"
    assert dingtalk.complete_todo(app, "uLin", made.remote_id, ["uLin"]).accepted
    assert ours.im.world.todos[made.remote_id]["done"] is True
    assert dingtalk.delete_todo(app, "uLin", made.remote_id).accepted
    gone = dingtalk.find_todo(app, "uLin", "row-1")
    assert not isinstance(gone, dingtalk.TodoState) and gone.state == "permanent"


def test_an_approval_is_begun_decided_and_read(ours: Ours) -> None:
    app = ours.ding()
    instance = WAYS["ding_approval"].send(ours).remote_id
    begun = dingtalk.approval(app, instance)
    assert isinstance(begun, dingtalk.Approval) and begun.status == "RUNNING"
    assert dingtalk.execute_approval(app, instance, begun.tasks[0].id, "he", agree=True).accepted
    ended = dingtalk.approval(app, instance)
    assert isinstance(ended, dingtalk.Approval) and (ended.status, ended.result) == ("COMPLETED", "agree")
    assert dingtalk.execute_approval(app, instance, begun.tasks[0].id, "he", agree=True).state == "permanent"
    assert dingtalk.terminate_approval(app, instance).state == "permanent"


def test_a_card_of_wecom_is_changed_once(ours: Ours) -> None:
    card = wecom.Card("审批", "合同", "row-1", [wecom.Button("agree", "同意")])
    reply, code = wecom.send_card(ours.wecom(), ["lin"], card)
    assert reply.accepted
    assert wecom.update_card(ours.wecom(), code, user_ids=["lin"], button="已同意").accepted
    assert wecom.update_card(ours.wecom(), code, user_ids=["lin"], button="已同意").state == "permanent"


def test_a_task_and_a_card_of_feishu_are_changed(ours: Ours) -> None:
    app = ours.feishu()
    guid = WAYS["feishu_task"].send(ours).remote_id
    assert feishu.complete_task(app, guid, 1_795_000_000_000).accepted
    assert ours.im.world.todos[guid]["done"] is True
    assert feishu.delete_task(app, guid).accepted
    sent = feishu.send_card(app, "ou_lin", feishu.card_of("审批", "合同"), key="card-1")
    assert feishu.update_card(app, sent.remote_id, feishu.card_of("审批", "已同意")).accepted


def test_the_organisation_and_who_signs_in_are_read_from_each_platform(ours: Ours) -> None:
    ding, com, lark = ours.ding(), ours.wecom(), ours.feishu()
    named = {"客户成功部", "销售部"}
    for departments in (dingtalk.departments(ding), wecom.departments(com), feishu.departments(lark)):
        assert isinstance(departments, list) and named <= {one.name for one in departments}
    assert [one.user_id for one in _listed(dingtalk.people(ding, 2))] == ["zhou", "lin"]
    assert [one.user_id for one in _listed(wecom.people(com, 3))] == ["he"]
    assert [one.open_id for one in _listed(feishu.people(lark, "od-3"))] == ["ou_he"]
    lin = dingtalk.sign_in(ding, "code-lin")
    assert isinstance(lin, dingtalk.Person) and (lin.user_id, lin.union_id) == ("lin", "uLin")
    assert wecom.sign_in(com, "code-he") == "he"
    he = feishu.sign_in(lark, "code-he")
    assert isinstance(he, feishu.Person) and he.open_id == "ou_he"
    for again in (dingtalk.sign_in(ding, "code-lin"), wecom.sign_in(com, "code-he"), feishu.sign_in(lark, "code-he")):
        assert not isinstance(again, str) and getattr(again, "state", "") == "permanent"  # a code serves once


def _listed(found: Any) -> list[Any]:
    assert isinstance(found, list)
    return found


# --- every published error


def _way_of(one: Refusal) -> tuple[Way, str]:
    """The way that meets it, and the path at which it is met."""
    door = {"number": "sms"}.get(one.door, one.door)
    if door == "token":
        way = next(name for name, (service, _) in TOKENS.items() if service == one.service)
        return WAYS[way], TOKENS[way][1]
    way = next(way for way in WAYS.values() if (way.service, way.door) == (one.service, door))
    return way, way.path


def _named(one: Refusal) -> str:
    return f"{one.service}-{one.door}-{one.name}-{one.status}-{one.text[:8]}"


@pytest.mark.parametrize("one", ERRORS, ids=_named)
def test_an_error_is_as_lasting_as_its_protocol_says_and_nothing_arrives(ours: Ours, one: Refusal) -> None:
    way, path = _way_of(one)
    ours.im.fail(path, one.kind, times=5)
    reply = way.send(ours)
    assert reply.state == one.lasting, reply
    assert reply.why and reply.why != "nonsense"
    assert way.arrived(ours.im) == []
    asked = [met.fault for met in ours.im.world.received if met.path == path]
    assert asked == [one.kind]  # nobody knocks twice: whether to repeat is for the outbox to say


PUBLISHED = {
    "dingtalk_old": "310000 300005 300001 400101 40035 43002 43004 400013 400102 400105 400106 130101 410100 660026 -1"
    " 40096 22 88.40000 90018 90002 90020 88.40014 40014 42001",
    "dingtalk": "invalidClientIdOrSecret AuthenticationFailed.MissingParameter InvalidAuthentication"
    " Forbidden.AccessDenied.QpsLimitForAppkeyAndApi Forbidden.AccessDenied.QpsLimitForApi"
    " Forbidden.AccessDenied.ApiCountLimitForOrg invalidRequest.duplicateClientToken",
    "wecom": "93000 45009 40058 40008 -1 40014 42001 40001 40013 41001 60020 48002 81013",
    "feishu": "19001 19021 19022 19024 9499 11232 99991400",
    "aliyun": "isv.BUSINESS_LIMIT_CONTROL isv.MOBILE_NUMBER_ILLEGAL isv.MOBILE_COUNT_OVER_LIMIT isv.OUT_OF_SERVICE"
    " isv.TEMPLATE_MISSING_PARAMETERS isv.INVALID_JSON_PARAM isv.BLACK_KEY_CONTROL_LIMIT isv.PARAM_LENGTH_LIMIT"
    " isv.PARAM_NOT_SUPPORT_URL isv.AMOUNT_NOT_ENOUGH isv.DAY_LIMIT_CONTROL isp.SYSTEM_ERROR",
}


def test_no_published_code_is_left_out() -> None:
    for service, codes in PUBLISHED.items():
        asked = {one.name for one in (*ERRORS, *EXPIRED) if one.service == service}
        assert set(codes.split()) <= asked, service


def test_a_todo_that_dingtalk_calls_a_repetition_is_the_first_one(ours: Ours) -> None:
    first = WAYS["ding_todo"].send(ours)
    ours.im.fail("/v1.0/todo/users/uLin/tasks", "code:invalidRequest.duplicateClientToken/409")
    second = WAYS["ding_todo"].send(ours)
    assert (second.state, second.remote_id) == ("sent", first.remote_id)
    assert len(ours.im.world.reached("todo")) == 1


# --- tokens


@pytest.mark.parametrize("one", EXPIRED, ids=_named)
def test_a_token_that_is_refused_is_renewed_once_and_then_it_is_the_credentials(ours: Ours, one: Refusal) -> None:
    way, path = _way_of(one)
    assert way.send(ours, key="row-0").accepted
    ours.im.fail(path, one.kind)
    assert way.send(ours, "另一条", "row-1").accepted
    ours.im.fail(path, one.kind, times=5)
    before = len(ours.im.world.received)
    reply = way.send(ours, "第三条", "row-2")
    assert (reply.state, reply.why) == ("permanent", "credentials")
    assert len([met for met in ours.im.world.received[before:] if met.path == path]) == 2
    assert len(way.arrived(ours.im)) == 2


@pytest.mark.parametrize("way", [WAYS[name] for name in TOKENS], ids=list(TOKENS))
def test_a_token_that_expires_in_the_middle_of_a_batch_loses_nothing(ours: Ours, way: Way) -> None:
    ours.im.fail(way.path, "expire", after=3)
    replies = [way.send(ours, f"第 {n} 条", f"row-{n}") for n in range(7)]
    assert [one.state for one in replies] == ["sent"] * 7
    assert len(way.arrived(ours.im)) == 7
    fetched = [one for one in ours.im.world.received if one.path == TOKENS[way.name][1]]
    assert len(fetched) == 2


def test_a_token_is_renewed_before_its_two_hours_are_over(ours: Ours) -> None:
    for name in ("ding_notice", "ding_todo", "wecom_app", "feishu_app"):
        way = WAYS[name]
        for minutes in (0, 100, 119, 240):
            ours.clock.at += minutes * 60
            assert way.send(ours, f"{minutes}", f"row-{minutes}").accepted
        paths = [one.path for one in ours.im.world.received if one.service == way.service]
        assert paths.count(way.path) == 4  # none was refused for its token
        ours.im.world.received.clear()


def test_a_wrong_secret_is_said_at_once_and_not_repeated(ours: Ours) -> None:
    todo = dingtalk.Todo("续费", "row-1", ["uLin"])
    for reply in (
        dingtalk.create_todo(ours.ding("wrong"), "uLin", todo),
        dingtalk.notify(ours.ding("wrong"), ["lin"], "续费"),
        wecom.send(ours.wecom("wrong"), ["lin"], "续费"),
        feishu.send(ours.feishu("wrong"), "ou_lin", "续费"),
    ):
        assert (reply.state, reply.why) == ("permanent", "credentials")
    assert len(ours.im.world.received) == 4
    for reply in (
        ours.ding_robot(secret="wrong").text("续费"),
        ours.feishu_robot(secret="wrong").text("续费"),
        ours.aliyun("wrong").send(["13800000002"], "SMS_100002", {}),
        ours.tencent("wrong").send(["13800000002"], "100002", []),
    ):
        assert (reply.state, reply.why) == ("permanent", "signature")
    assert ours.im.world.effects == []


# --- clocks and paces


@pytest.mark.parametrize("off_s", [3660, -3660])
@pytest.mark.parametrize("name", ["ding_robot", "feishu_robot", "aliyun", "tencent"])
def test_a_signature_from_a_clock_that_is_61_minutes_off_is_refused(ours: Ours, name: str, off_s: float) -> None:
    ours.im.world.shift_s = off_s
    reply = WAYS[name].send(ours)
    assert (reply.state, reply.why) == ("permanent", "signature")
    ours.im.world.shift_s = off_s / 61 * 4
    assert WAYS[name].send(ours.again()).accepted


@robots
def test_the_21st_message_of_a_minute_waits_and_does_not_leave(ours: Ours, way: Way) -> None:
    most = 100 if way.service == "feishu" else 20
    for number in range(most):
        ours.clock.at += 0.3
        assert way.send(ours, f"第 {number} 条").accepted
    ours.clock.at += 0.3
    held = way.send(ours, "再一条")
    assert (held.state, held.why) == ("temporary", "throttled")
    assert held.wait_s is not None and 0 < held.wait_s <= 60
    assert len(ours.im.world.received) == most  # it was not even tried
    ours.clock.at += held.wait_s
    assert way.send(ours, "再一条").accepted
    assert len(way.arrived(ours.im)) == most + 1


@robots
def test_when_others_have_used_up_the_minute_the_robot_rests_for_a_minute_at_least(ours: Ours, way: Way) -> None:
    most = 5 if way.service == "feishu" else 20
    for number in range(most):
        assert way.send(ours, f"第 {number} 条").accepted
    other = ours.again()
    held = way.send(other)
    assert (held.state, held.why) == ("temporary", "throttled")
    assert held.wait_s is not None and held.wait_s >= (600 if way.service == "dingtalk_old" else 60)
    before = len(ours.im.world.received)
    ours.clock.at += 30
    assert way.send(other).why == "throttled" and len(ours.im.world.received) == before
    ours.clock.at += held.wait_s
    assert way.send(other).accepted


# --- long texts


@pytest.mark.parametrize(
    "way", [one for one in WAYS.values() if one.door not in ("sms", "approval")], ids=lambda w: w.name
)
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_a_text_over_the_limit_is_cut_at_a_character_and_not_in_it(ours: Ours, way: Way, shift: int) -> None:
    text = "a" * shift + "续费" * 40_000
    reply = way.send(ours, text)
    assert (reply.state, reply.why) == ("sent", "cut")
    (effect,) = way.arrived(ours.im)
    got = way.text(effect.content)
    if got.startswith("{"):
        got = next(iter(json.loads(got).values()))
    assert got.endswith("…") and text.startswith(got[:-1]) and "�" not in got
    if way.limit_bytes:
        assert way.limit_bytes - 6 < len(got.encode()) <= way.limit_bytes
    else:
        assert len(got) > 500


@pytest.mark.parametrize("way", [one for one in WAYS.values() if one.limit_bytes], ids=lambda one: one.name)
def test_a_text_of_exactly_the_limit_is_whole(ours: Ours, way: Way) -> None:
    text = "续" * (way.limit_bytes // 3) + "a" * (way.limit_bytes % 3)
    reply = way.send(ours, text)
    assert (reply.state, reply.why) == ("sent", "")
    (effect,) = way.arrived(ours.im)
    assert way.text(effect.content) == text


# --- some of several


def test_who_was_not_reached_is_named_and_the_others_have_it(ours: Ours) -> None:
    for reply, missed, why in (
        (wecom.send(ours.wecom(), ["Lin", "Ghost"], "续费"), "Ghost", "no_such_recipient"),
        (dingtalk.chat(ours.ding(), ["lin", "ghost"], "续费"), "ghost", "no_such_recipient"),
        (ours.tencent().send(["13800000002", "12"], "100002", []), "12", "no_such_recipient"),
    ):
        assert (reply.state, dict(reply.undelivered)) == ("sent", {missed: why})
    assert [one.to for one in ours.im.world.effects] == ["lin", "lin", "+8613800000002"]


def test_when_nobody_was_reached_it_is_no_success(ours: Ours) -> None:
    for reply in (
        wecom.send(ours.wecom(), ["Ghost"], "续费"),
        dingtalk.chat(ours.ding(), ["ghost"], "续费"),
        ours.tencent().send(["12"], "100002", []),
        ours.aliyun().send(["12"], "SMS_100002", {}),
        feishu.send(ours.feishu(), "ou_ghost", "续费"),
    ):
        assert reply.state == "permanent"
    assert ours.im.world.effects == []


def test_what_is_only_throttled_for_everybody_may_be_repeated(ours: Ours) -> None:
    ours.im.fail("/v1.0/robot/oToMessages/batchSend", "partial:lin|he")
    reply = dingtalk.chat(ours.ding(), ["lin", "he"], "续费")
    assert (reply.state, reply.why) == ("temporary", "throttled")


def test_a_work_notice_that_was_dropped_in_silence_is_found_out(ours: Ours) -> None:
    app = ours.ding()
    first, second = (dingtalk.notify(app, ["lin"], "同样的话") for _ in range(2))
    assert first.accepted and second.accepted and len(ours.im.world.reached("notice")) == 1
    assert not dingtalk.notice_result(app, first.remote_id).undelivered
    result = dingtalk.notice_result(app, second.remote_id)
    assert (result.state, dict(result.undelivered)) == ("permanent", {"lin": "duplicate"})
    partly = dingtalk.notify(app, ["lin", "ghost"], "别的话")
    assert dict(dingtalk.notice_result(app, partly.remote_id).undelivered) == {"ghost": "no_such_recipient"}


def test_the_missing_parameter_of_a_template_is_permanent(ours: Ours) -> None:
    assert ours.aliyun().send(["13800000002"], "SMS_100001", {"customer": "甲"}).state == "permanent"
    assert ours.tencent().send(["13800000002"], "100001", ["甲"]).state == "permanent"


def test_the_same_number_twice_within_a_minute_is_throttled(ours: Ours) -> None:
    for send in (WAYS["aliyun"].send, WAYS["tencent"].send):
        replies = [send(ours) for _ in range(2)]
        assert [one.state for one in replies] == ["sent", "temporary"]
        assert replies[1].why == "throttled"

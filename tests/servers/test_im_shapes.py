"""The other shapes of a message, who is behind a number, and what all ways out have in common."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from im_ways import WAYS, Clock, Ours, Way

from perennial.channels import Reply, dingtalk, feishu, wecom
from perennial.dev import Serving, serving

pytestmark = pytest.mark.servers
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
URL = "https://perennial.example.com/t/7"
LONG = "续费" * 20_000

Call = Callable[[Ours, str], Reply]
SHAPES: dict[str, tuple[Call, Callable[[Any], Any]]] = {
    "ding markdown": (
        lambda ours, text: ours.ding_robot().markdown("续费", text, dingtalk.At(mobiles=["13800000002"])),
        lambda body: body["markdown"]["text"],
    ),
    "ding card": (
        lambda ours, text: ours.ding_robot().card("续费", text, [("打开", URL)]),
        lambda body: body["actionCard"]["text"],
    ),
    "ding cards": (
        lambda ours, text: ours.ding_robot().card("续费", text, [("同意", URL), ("拒绝", URL)], across=True),
        lambda body: body["actionCard"]["text"],
    ),
    "ding link": (lambda ours, text: ours.ding_robot().link("续费", text, URL), lambda body: body["link"]["text"]),
    "ding notice markdown": (
        lambda ours, text: dingtalk.notify(ours.ding(), ["lin"], text, title="续费"),
        lambda body: body["markdown"]["text"],
    ),
    "ding notice card": (
        lambda ours, text: dingtalk.notify(ours.ding(), ["lin"], text, title="续费", url=URL),
        lambda body: body["action_card"]["markdown"],
    ),
    "ding chat markdown": (
        lambda ours, text: dingtalk.chat(ours.ding(), ["lin"], text, title="续费"),
        lambda body: json.loads(body["msgParam"])["text"],
    ),
    "ding group": (
        lambda ours, text: dingtalk.chat_group(ours.ding(), "cid-1", text),
        lambda body: json.loads(body["msgParam"])["content"],
    ),
    "wecom markdown": (lambda ours, text: ours.wecom_robot().markdown(text), lambda body: body["markdown"]["content"]),
    "wecom text card": (
        lambda ours, text: wecom.send(ours.wecom(), ["lin"], text, title="续费", url=URL),
        lambda body: body["textcard"]["description"],
    ),
    "wecom app markdown": (
        lambda ours, text: wecom.send(ours.wecom(), ["lin"], text, markdown=True),
        lambda body: body["markdown"]["content"],
    ),
    "feishu post": (
        lambda ours, text: ours.feishu_robot().post("续费", text),
        lambda body: "\n".join(line[0]["text"] for line in body["content"]["post"]["zh_cn"]["content"]),
    ),
    "feishu card": (
        lambda ours, text: ours.feishu_robot().card(feishu.card_of("续费", text)),
        lambda body: body["card"]["elements"][0]["text"]["content"],
    ),
    "feishu app card": (
        lambda ours, text: feishu.send_card(ours.feishu(), "ou_lin", feishu.card_of("续费", text), key="k"),
        lambda body: json.loads(body["content"])["elements"][0]["text"]["content"],
    ),
}


@pytest.fixture
def ours() -> Iterator[Ours]:
    clock = Clock()
    with serving(clock=clock) as im:
        yield Ours(im, clock)


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_taken_and_holds_the_text(ours: Ours, name: str) -> None:
    call, read = SHAPES[name]
    text = "**合同** HT-1\n将到期"
    reply = call(ours, text)
    assert (reply.state, reply.why) == ("sent", ""), reply
    (effect,) = ours.im.world.effects
    assert read(effect.content).startswith(text)


@pytest.mark.parametrize("name", [name for name in SHAPES if name not in ("feishu card", "feishu app card")])
def test_a_long_text_of_any_shape_is_cut_where_it_may_be(ours: Ours, name: str) -> None:
    call, read = SHAPES[name]
    reply = call(ours, LONG)
    assert (reply.state, reply.why) == ("sent", "cut"), reply
    (effect,) = ours.im.world.effects
    got = str(read(effect.content)).removesuffix(" @13800000002")
    assert got.endswith("…") and LONG.startswith(got[:-1]) and len(got) > 150


def test_who_is_called_in_markdown_stands_in_its_text(ours: Ours) -> None:
    SHAPES["ding markdown"][0](ours, "续费")
    body = ours.im.world.effects[0].content
    assert "@13800000002" in body["markdown"]["text"] and body["at"]["atMobiles"] == ["13800000002"]


def test_robots_send_what_holds_no_text(ours: Ours) -> None:
    assert ours.ding_robot().feed([("续费", URL, "")]).accepted
    assert ours.wecom_robot().news([("续费", "合同", URL)]).accepted
    assert [one.content["msgtype"] for one in ours.im.world.effects] == ["feedCard", "news"]


def test_people_are_found_by_their_mobile(ours: Ours) -> None:
    assert dingtalk.find_person(ours.ding(), "13800000002") == "lin"
    assert wecom.find_person(ours.wecom(), "13800000002") == "lin"
    assert feishu.find_person(ours.feishu(), "13800000002") == "ou_lin"
    for nobody in (
        dingtalk.find_person(ours.ding(), "1"),
        wecom.find_person(ours.wecom(), "1"),
        feishu.find_person(ours.feishu(), "1"),
    ):
        assert isinstance(nobody, Reply) and (nobody.state, nobody.why) == ("permanent", "no_such_recipient")


def test_who_opens_a_page_inside_dingtalk_is_known_once(ours: Ours) -> None:
    lin = dingtalk.sign_in_inside(ours.ding(), "code-lin")
    assert isinstance(lin, dingtalk.Person) and lin.user_id == "lin"
    again = dingtalk.sign_in_inside(ours.ding(), "code-lin")
    assert isinstance(again, Reply) and again.state == "permanent"


# --- all ways


@ways
def test_each_way_rests_when_it_is_told_to(ours: Ours, way: Way) -> None:
    ours.im.fail(way.path, "throttle")
    reply = way.send(ours)
    assert (reply.state, reply.why) == ("temporary", "throttled")
    assert reply.wait_s is not None and reply.wait_s >= (60 if way.door == "robot" else 1)
    assert way.arrived(ours.im) == []


@ways
def test_words_of_any_kind_survive_the_way(ours: Ours, way: Way) -> None:
    for number, text in enumerate(
        ['引号 " 与 \\ 反斜杠', "👩‍👩‍👧 emoji", "𠮷 野家", "行一\n行二", "<b>&amp;</b>", "%2B+ =&?#"]
    ):
        ours.clock.at += 90
        before = len(way.arrived(ours.im))
        reply = way.send(ours, text, f"row/{number} +?&{'x' * 60}")
        assert reply.accepted, reply
        (effect,) = way.arrived(ours.im)[before:]
        told = way.text(effect.content)
        assert way.door in ("sms", "approval") or text in told or text in (json.loads(told).values())


@ways
def test_half_a_character_does_not_stop_a_message(ours: Ours, way: Way) -> None:
    assert way.send(ours, "续费 \ud83d 提醒").accepted


def test_a_lost_todo_is_found_by_its_number_and_not_made_again(ours: Ours) -> None:
    """What a reconciling job does after `uncertain`: look first, then make."""
    app, im = ours.ding(), ours.im
    im.fail(WAYS["ding_todo"].path, "reset_after")
    assert WAYS["ding_todo"].send(ours).state == "uncertain"
    found = dingtalk.find_todo(app, "uLin", "row-1")
    assert isinstance(found, dingtalk.TodoState) and not found.done
    im.world.todos[found.id]["done"] = True  # somebody did it over there
    seen = dingtalk.find_todo(app, "uLin", "row-1")
    assert isinstance(seen, dingtalk.TodoState) and seen.done
    missing = dingtalk.find_todo(app, "uLin", "row-2")
    assert isinstance(missing, Reply) and (missing.state, missing.why) == ("permanent", "not_found")


def test_a_change_whose_answer_was_lost_may_be_repeated(ours: Ours) -> None:
    made = WAYS["ding_todo"].send(ours).remote_id
    im: Serving = ours.im
    im.fail("/v1.0/todo/users/uLin/tasks/*", "reset_after")
    assert dingtalk.complete_todo(ours.ding(), "uLin", made).state == "uncertain"
    assert dingtalk.complete_todo(ours.ding(), "uLin", made).accepted
    assert im.world.todos[made]["done"] is True and len(im.world.todos) == 1

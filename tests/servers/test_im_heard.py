"""To-dos that are finished in Feishu and WeCom: the events of the platforms, followed as the person whose they are."""

from collections.abc import Iterator
from typing import Any

import pytest
from mirror_world import Mirrored, mirrored

from perennial import connect, messages
from perennial.dev import Serving, callbacks, serving
from perennial.kernel import SYSTEM, Database

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("home")]


@pytest.fixture
def im() -> Iterator[Serving]:
    with serving() as im:
        yield im


@pytest.fixture
def company(database: Database, im: Serving) -> Mirrored:
    """Feishu and WeCom, released; tang and liu have accounts there; both are set up to call us."""
    made, known = mirrored(database), im.world.accounts
    for key, secrets in (
        ("feishu", {"verification_token": known.feishu.token, "encrypt_key": known.feishu.aes_key}),
        ("wecom", {"callback_token": known.wecom.token, "callback_key": known.wecom.aes_key}),
    ):
        made.channel(key, im)
        made.release(key)
        made.bind(key, "tang", "liu")
        with database.begin(SYSTEM) as tx:
            found = messages.setup_of(tx, key)
            assert found is not None
            messages.save_setup(tx, key, "app", found.values, {**found.secrets, **secrets})
    return made


def call(company: Mirrored, im: Serving, channel: str, event: dict[str, Any]) -> dict[str, int]:
    """The event comes in and is followed."""
    for one in callbacks.compose(im.world.accounts, channel, event, im.world.now()):
        asked = connect.Request(one.method, one.query, one.headers, one.body)
        assert connect.receive(company.database, channel, asked, im.world.now).status == 200
    return dict(connect.follow(company.database))


def changed(im: Serving, guid: str, kind: int, number: str) -> dict[str, Any]:
    event = {"task_id": guid, "obj_type": kind}
    return callbacks.feishu_event(im.world.accounts, "task.task.updated_v1", event, im.world.now(), number)


def test_a_task_that_is_finished_in_feishu_is_finished_here_by_whose_it_is(company: Mirrored, im: Serving) -> None:
    mine, asks = company.open("tang"), company.open("tang", kind=company.asks)
    company.settle()
    guid = company.row(mine, "feishu")["remote_id"]
    assert call(company, im, "feishu", changed(im, guid, 1, "ev-0")) == {}, "another title is nothing to follow"
    echo = changed(im, guid, 5, "ev-old")
    echo["header"]["create_time"] = str(int(im.world.now() * 1000) - 60 * 86_400_000)
    assert call(company, im, "feishu", echo) == {"late": 1} and company.task(mine)["state"] == "open"
    done = changed(im, guid, 5, "ev-1")
    assert call(company, im, "feishu", done) == {"followed": 1}
    assert call(company, im, "feishu", done) == {}, "the same event is known"
    assert call(company, im, "feishu", changed(im, guid, 5, "ev-2")) == {"late": 1}
    task = company.task(mine)
    assert (task["state"], task["finished_by"]) == ("done", company.who["tang"])

    other = company.row(asks, "feishu")["remote_id"]
    assert call(company, im, "feishu", changed(im, other, 5, "ev-3")) == {"followed": 1}
    assert company.task(asks)["state"] == "open", "it asks for an outcome"
    assert call(company, im, "feishu", changed(im, "somebody-elses", 5, "ev-4")) == {"followed": 1}
    rows = company.rows("SELECT why, person_id FROM connect.event WHERE state <> 'new' ORDER BY id")
    tang = company.who["tang"]
    assert [tuple(row.values()) for row in rows] == [
        (None, None), ("late", tang), (None, tang), ("late", tang), ("reopened", tang), ("unknown", None),
    ]  # fmt: skip


def test_the_button_of_a_card_in_wecom_finishes_the_task(company: Mirrored, im: Serving) -> None:
    task = company.open("tang")
    company.settle()
    press = {"ToUserName": "ww", "FromUserName": "lin", "CreateTime": str(int(im.world.now())), "MsgType": "event",
             "Event": "template_card_event", "EventKey": "done", "TaskId": company.row(task, "wecom")["key"],
             "ResponseCode": "press-1"}  # fmt: skip
    assert call(company, im, "wecom", {**press, "FromUserName": "he"}) == {"followed": 1}
    assert company.task(task)["state"] == "open", "it is not his"
    assert call(company, im, "wecom", press) == {"followed": 1}
    assert company.task(task)["finished_by"] == company.who["tang"]
    assert company.row(task, "wecom")["code"] == "press-1"

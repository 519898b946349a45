"""To-dos on the other side through what happens to them, to us and to the other side."""

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mirror_world import CHANNELS, Mirrored, mirrored, standing, there
from worlds import at_home

from perennial import connect, jobs, messages, people, records
from perennial.connect import mirror
from perennial.dev import Serving, serving
from perennial.kernel import SYSTEM, Database

pytestmark = pytest.mark.servers


@pytest.fixture
def company(database: Database) -> Mirrored:
    return mirrored(database)


@pytest.fixture
def im(company: Mirrored) -> Iterator[Serving]:
    with serving(clock=company.now_s) as im:
        yield im


@pytest.fixture
def ding(company: Mirrored, im: Serving) -> Mirrored:
    """DingTalk, released; tang and liu have accounts there."""
    return company.on(im, "dingtalk", "tang", "liu")


def test_a_task_is_a_to_do_there_until_it_is_done_here(ding: Mirrored, im: Serving) -> None:
    call = ding.open("tang", due="2026-11-25")
    ding.open("mei")  # no account
    ding.open(None, candidates=["tang", "liu"])  # nobody has taken it
    ding.settle()
    assert there(im.world) == {("回访 · 云帆续约", "uLin"): 1}
    todo = next(iter(im.world.todos.values()))
    assert todo["detailUrl"]["appUrl"] == f"https://cq.example/r/deal/{ding.deals[0]}"
    assert todo["dueTime"] == 1795600800000  # 2026-11-25 18:00 in Shanghai
    ding.call(call, "再次回访")
    ding.settle()
    assert there(im.world) == {("再次回访 · 云帆续约", "uLin"): 1}
    ding.finish(call)
    ding.settle()
    assert there(im.world) == {} and there(im.world, done=True) == {("再次回访 · 云帆续约", "uLin"): 1}
    assert len(im.world.reached("todo")) == 1
    before = len(im.world.received)
    connect.work(ding.database)
    assert len(im.world.received) == before, "both sides are even: nobody is asked anything"


def test_a_task_that_is_given_away_and_comes_back_is_the_same_to_do_open_again(ding: Mirrored, im: Serving) -> None:
    call = ding.open("tang")
    ding.settle()
    ding.give(call, "liu")
    ding.settle()
    assert there(im.world) == {("回访", "uHe"): 1}, "liu may not read the deal"
    assert im.world.todos[ding.row(call)["remote_id"]]["detailUrl"]["appUrl"] == "https://cq.example/tasks"
    ding.give(call, "tang")
    ding.settle()
    assert there(im.world) == {("回访 · 云帆续约", "uLin"): 1}
    assert len(im.world.reached("todo")) == 2


def test_the_worker_shows_it_by_itself_and_ends_without_waiting_for_an_answer(
    folder: None, ding: Mirrored, im: Serving
) -> None:
    ding.open("tang")
    stop = threading.Event()
    pace = jobs.Pace(mirror_s=0.1, tick_s=60, react_s=60)
    worker = threading.Thread(target=jobs.run_worker, args=(ding.database, stop, pace), daemon=True)
    worker.start()
    until(lambda: there(im.world) == {("回访 · 云帆续约", "uLin"): 1})
    until(lambda: ding.rows("SELECT id FROM connect.mirrored WHERE try_at IS NULL"))
    im.fail("dingtalk:*", "slow:7")
    asked = len(im.world.received)
    ding.open("liu")
    until(lambda: len(im.world.received) > asked)
    stop.set()
    worker.join(6.5)
    assert not worker.is_alive()
    for thread in threading.enumerate():
        if thread.name == "mirror":
            thread.join(15)  # its database is there until it ends


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[None]:
    """Of an installation, before anything is sealed with its key."""
    with at_home(tmp_path):
        yield


def until(condition: Callable[[], object]) -> None:
    """`condition()` becomes true in time."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)


def test_a_channel_that_holds_shows_nothing_and_released_what_is_open_then(company: Mirrored, im: Serving) -> None:
    company.channel("dingtalk", im)
    company.bind("dingtalk", "tang")
    past = company.open("tang", "旧事")
    company.settle()
    company.finish(past)
    company.open("tang", "新事")
    company.settle()
    assert im.world.received == []
    company.release("dingtalk")
    company.settle()
    assert there(im.world) == {("新事 · 云帆续约", "uLin"): 1} and there(im.world, done=True) == {}
    company.release("dingtalk", on=False)
    company.open("tang", "再一件")
    company.settle()
    assert len(im.world.reached("todo")) == 1


def test_a_channel_that_is_recalled_meanwhile_shows_nothing_more(
    ding: Mirrored, im: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        ding.open("tang")
    monkeypatch.setattr(
        mirror, "fail_point", lambda name: name == "connect.settled" and ding.release("dingtalk", on=False)
    )
    ding.settle(3)
    assert len(im.world.reached("todo")) == 1
    monkeypatch.undo()
    ding.release("dingtalk")
    ding.settle()
    assert len(im.world.reached("todo")) == 3


def test_a_person_who_leaves_or_lets_their_account_go_has_nothing_open_there(ding: Mirrored, im: Serving) -> None:
    ding.open("tang")
    ding.open("liu")
    ding.settle()
    with ding.database.begin(SYSTEM) as tx:
        people.disable(tx, ding.who["liu"])
        people.unbind(tx, ding.who["tang"], "dingtalk")
        people.bind(tx, ding.who["tang"], "dingtalk", "zhou")
    ding.settle()
    assert there(im.world) == {("回访 · 云帆续约", "uZhou"): 1}, "of another account it is another to-do"
    assert sum(there(im.world, done=True).values()) == 2


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("how", ["reset_after", "truncated"])
def test_a_creation_that_nobody_answered_is_there_once(company: Mirrored, im: Serving, channel: str, how: str) -> None:
    company.on(im, channel, "tang")
    call = company.open("tang")
    im.fail({"wecom": "*/message/send", "feishu": "*/tasks", "dingtalk": "dingtalk:*/tasks"}[channel], how)
    connect.work(company.database)
    assert company.row(call, channel)["unsure"]
    company.settle()
    assert standing(im.world, channel) == {("回访 · 云帆续约", "tang"): 1}
    company.finish(call)
    company.settle()
    assert standing(im.world, channel) == {}
    assert len(im.world.reached("notice" if channel == "wecom" else "todo")) == 1


@pytest.mark.parametrize("place", ["begun", "wire_done", "settled"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_who_dies_at_any_point_of_an_exchange_leaves_no_second_one(
    company: Mirrored, im: Serving, channel: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    visits: list[str] = []

    def die(name: str) -> None:
        visits.append(name)
        if name == f"connect.{place}" and visits.count(name) in (2, 5, 8):
            raise Killed

    monkeypatch.setattr(mirror, "fail_point", die)
    company.on(im, channel, "tang", "liu")
    tasks = [company.open(name, f"第{n}件") for n, name in enumerate(("tang", "liu", "tang"))]
    for turn in range(12):
        if turn == 5:
            company.call(tasks[0], "换个说法")
            company.finish(tasks[1])
        try:
            company.settle(3)
        except Killed:
            company.later(minutes=1)
    first = "第0件" if channel == "wecom" else "换个说法"  # a card keeps its words
    assert standing(im.world, channel) == {(f"{first} · 云帆续约", "tang"): 1, ("第2件 · 云帆续约", "tang"): 1}
    assert len(im.world.reached("notice" if channel == "wecom" else "todo")) == 3


def test_a_killed_worker_is_followed_by_one_that_asks_before_it_creates(ding: Mirrored, im: Serving) -> None:
    ding.open("tang")
    program = "import sys; from perennial import connect, kernel; connect.work(kernel.Database(sys.argv[1]))"
    env = {**os.environ, "PERENNIAL_FAIL_POINT": "connect.wire_done:1"}
    killed = subprocess.run([sys.executable, "-c", program, ding.database.url], env=env, capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    ding.settle()
    assert there(im.world) == {("回访 · 云帆续约", "uLin"): 1} and len(im.world.reached("todo")) == 1
    assert sum(one.path.endswith("/tasks") for one in im.world.received) == 1


def test_a_refusal_of_our_account_stops_the_channel_until_somebody_saves_it(ding: Mirrored, im: Serving) -> None:
    ding.open("tang")
    im.fail("dingtalk:*/tasks", "code:Forbidden.AccessDenied.IpNotInWhiteList")
    for _ in range(3):
        connect.work(ding.database)
        ding.later(hours=1)
    assert sum(one.path.endswith("/tasks") for one in im.world.received) == 1
    with ding.database.begin(SYSTEM) as tx:
        told = next(one for one in connect.mirror_figures(tx) if one["channel"] == "dingtalk")
        assert told["stopped"] and told["problem"] == "ip" and told["waiting"] == 1
    ding.channel("dingtalk", im)
    ding.settle()
    assert there(im.world) == {("回访 · 云帆续约", "uLin"): 1}
    with ding.database.begin(SYSTEM) as tx:
        told = next(one for one in connect.mirror_figures(tx) if one["channel"] == "dingtalk")
        assert not told["stopped"] and told["problem"] is None


def test_what_concerns_one_to_do_stops_no_other_one(ding: Mirrored, im: Serving) -> None:
    with ding.database.begin(SYSTEM) as tx:
        people.bind(tx, ding.who["mei"], "dingtalk", "nobody")
    tasks = [ding.open(name) for name in ("mei", "tang", "liu")]
    ding.settle()
    assert there(im.world) == {("回访 · 云帆续约", "uLin"): 1, ("回访", "uHe"): 1}
    assert ding.row(tasks[0])["problem"] == "no_such_recipient"
    ding.bind("dingtalk", "mei")
    ding.settle()
    assert there(im.world)["回访 · 云帆续约", "uZhou"] == 1


def test_a_throttled_channel_is_left_alone_as_long_as_it_says(ding: Mirrored, im: Serving) -> None:
    ding.open("tang", "一")
    ding.open("tang", "二")
    ding.settle()
    ding.open("tang", "三")
    im.fail("dingtalk:*", "code:Forbidden.AccessDenied.ApiCountLimitForOrg/403")
    connect.work(ding.database)
    asked = len(im.world.received)
    ding.later(minutes=59)
    connect.work(ding.database)
    assert len(im.world.received) == asked
    ding.later(minutes=2)
    connect.work(ding.database)
    assert sum(there(im.world).values()) == 3


def test_a_member_of_wecom_gets_twenty_cards_a_minute_and_none_is_lost(company: Mirrored, im: Serving) -> None:
    company.on(im, "wecom", "tang")
    for n in range(50):
        company.open("tang", f"第{n}件")
    connect.work(company.database)
    assert len(im.world.reached("notice")) == 20
    company.settle()
    assert len(standing(im.world, "wecom")) == 50 == len(im.world.reached("notice"))


def test_done_there_it_is_done_here_once_and_what_asks_for_something_is_open_again(ding: Mirrored, im: Serving) -> None:
    plain, asks = ding.open("tang"), ding.open("tang", kind=ding.asks)
    ding.settle()
    said: list[str] = []
    for task in (plain, asks, plain, asks):
        im.world.todos[ding.row(task)["remote_id"]]["done"] = True
        with ding.database.begin(ding.act("tang")) as tx:
            said.append(connect.heard(tx, "dingtalk", remote_id=ding.row(task)["remote_id"]))
    assert said == ["finished", "reopened", "late", "reopened"]
    done = ding.task(plain)
    assert (done["state"], done["finished_by"]) == ("done", ding.who["tang"])
    ding.settle()
    assert there(im.world) == {("登记结果 · 云帆续约", "uLin"): 1}
    assert len(im.world.reached("todo")) == 2
    with ding.database.begin(ding.act("liu")) as tx:
        assert connect.heard(tx, "dingtalk", key=ding.row(asks)["key"]) == "unknown", "it is not liu's"
        assert connect.heard(tx, "dingtalk", remote_id="todo-999") == "unknown"
    ding.give(asks, "liu")
    with ding.database.begin(ding.act("tang")) as tx:
        assert connect.heard(tx, "dingtalk", key=ding.row(asks)["key"]) == "late", "it is tang's no more"


def test_the_late_echo_of_our_own_closing_finishes_nothing(ding: Mirrored, im: Serving) -> None:
    call = ding.open("tang")
    ding.settle()
    ding.give(call, "liu")
    ding.settle()
    at = dt.datetime.now(dt.UTC)
    ding.give(call, "tang")
    ding.settle()
    key = ding.rows("SELECT key FROM connect.mirrored WHERE remote = 'lin'")[0]["key"]
    with ding.database.begin(ding.act("tang")) as tx:
        assert connect.heard(tx, "dingtalk", key=key, at=at) == "late"
        assert connect.heard(tx, "dingtalk", key=key, at=dt.datetime.now(dt.UTC)) == "finished"


def test_a_pressed_card_says_that_it_is_dealt_with_or_what_to_do(company: Mirrored, im: Serving) -> None:
    company.on(im, "wecom", "tang")
    plain, asks = company.open("tang"), company.open("tang", kind=company.asks)
    company.settle()
    for task, code in ((plain, "pressed-1"), (asks, "pressed-2")):
        key = company.row(task, "wecom")["key"]
        im.world.cards[code] = company.row(task, "wecom")["remote_id"]
        im.world.remember(code, im.world.cards[code])
        with company.database.begin(company.act("tang")) as tx:
            assert connect.fresh_code(tx, key, code)
            connect.heard(tx, "wecom", key=key)
    company.settle()
    said = {company.row(task, "wecom")["remote_id"]: words for task, words in ((plain, "已处理"), (asks, "请点开办理"))}
    assert {one.key: one.content["button"]["replace_name"] for one in im.world.reached("card")} == said
    assert company.task(plain)["state"] == "done" and company.task(asks)["state"] == "open"
    assert len(im.world.reached("notice")) == 2


def test_comparing_closes_strays_makes_anew_what_was_deleted_and_hears_what_was_done(
    ding: Mirrored, im: Serving
) -> None:
    ding.on(im, "feishu", "tang")
    tasks = [ding.open("tang", title) for title in ("留着", "删了", "办了", "早办完")]
    ding.settle()
    ding.finish(tasks[3])
    ding.settle()
    for channel in ("dingtalk", "feishu"):
        del im.world.todos[ding.row(tasks[1], channel)["remote_id"]]
    im.world.todos[ding.row(tasks[2])["remote_id"]]["done"] = True
    over = im.world.todos[ding.row(tasks[3])["remote_id"]]
    over["done"] = False  # somebody opened it again over there
    tag = ding.rows("SELECT tag FROM connect.tag")[0]["tag"]
    for number, source in (("x-1", f"{tag}0000"), ("x-2", "somebody else's")):
        im.world.todos[number] = {**over, "id": number, "sourceId": source, "subject": source, "done": False}
    with ding.database.begin(SYSTEM) as tx:
        records.update(tx, "deal", ding.deals[0], 1, {"name": "云帆三期"})
        connect.ask_reconcile(tx, "dingtalk")
        connect.ask_reconcile(tx, "feishu")
    ding.settle()
    assert ding.task(tasks[2])["state"] == "done"
    for who in ("uLin", "ou_lin"):
        mine = {title: count for (title, whose), count in there(im.world).items() if whose == who}
        others = {"somebody else's": 1} if who == "uLin" else {}
        assert mine == {"留着 · 云帆三期": 1, "删了 · 云帆三期": 1, **others}


def test_what_is_done_there_is_found_without_an_event_as_often_as_the_calls_of_a_month_allow(
    ding: Mirrored, im: Serving
) -> None:
    ding.open("tang", "留着")
    ding.open("liu", "留着")
    call = ding.open("tang")
    ding.settle()
    im.world.todos[ding.row(call)["remote_id"]]["done"] = True
    ding.later(minutes=38)
    connect.work(ding.database)
    assert ding.task(call)["state"] == "open", "two people have something open there: every forty minutes"
    ding.later(minutes=4)
    connect.work(ding.database)
    assert ding.task(call)["state"] == "done"
    asked = len(im.world.received)
    for _ in range(100):
        ding.later(minutes=10)
        connect.work(ding.database)
    assert len(im.world.received) - asked < 2 * 1000 / 40 + 10


def test_nothing_is_told_of_what_its_person_may_not_read(ding: Mirrored, im: Serving) -> None:
    ding.open("liu", "看一下")
    ding.open("tang", "看一下")
    with ding.database.begin(SYSTEM) as tx:
        messages.save_policy(tx, messages.Policy())  # nobody has said where people reach this program
    ding.settle()
    assert there(im.world) == {("看一下", "uHe"): 1, ("看一下 · 云帆续约", "uLin"): 1}
    assert all(not one["detailUrl"] for one in im.world.todos.values())

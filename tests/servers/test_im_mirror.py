from collections.abc import Iterator

import pytest
from mirror_world import Mirrored, mirrored, there

from perennial import connect
from perennial.dev import Serving, serving
from perennial.kernel import Database


@pytest.fixture
def company(database: Database) -> Mirrored:
    return mirrored(database)


@pytest.fixture
def im() -> Iterator[Serving]:
    with serving() as im:
        yield im


@pytest.fixture
def ding(company: Mirrored, im: Serving) -> Mirrored:
    """DingTalk, released; tang and liu have accounts there."""
    company.channel("dingtalk", im)
    company.release("dingtalk")
    company.bind("dingtalk", "tang", "liu")
    return company


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

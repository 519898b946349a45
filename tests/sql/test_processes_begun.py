"""A person begins the renewal of a contract before its date: who may, what stands beside it, what its date does."""

import threading

import pytest
from error_codes import refused
from process_world import World, at, found
from web_client import PASSWORD, logged_in

from perennial import access, people, processes
from perennial.kernel import Database

FAR = "2027-08-31"  # its 90 days before the end are in June 2027


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


def offered(world: World, *contracts: int) -> list[tuple[str, int, bool]]:
    with world.act() as tx:
        return [(one.process, one.record_id, one.running) for one in processes.startable(tx, "contract", [*contracts])]


def test_a_contract_far_from_its_end_may_begin_once_and_keeps_who_and_why(world: World) -> None:
    far = world.contract(FAR)
    assert offered(world, far) == [("renewal", far, False)]
    with world.act(world.tang) as tx:
        assert processes.begin(tx, "renewal", "contract", far, " 客户要提前谈 ") is True
    with world.act(world.he) as tx:
        assert processes.begin(tx, "renewal", "contract", far, "我也要") is False
    assert world.instances(far) == [("hand", "open")]
    assert world.tasks(far) == ["follow_up"]
    with world.act() as tx:
        told = processes.of_record(tx, "contract", far)[0]["begun"]
        assert told == {"by": tx.value("SELECT name FROM people.person WHERE id = %(id)s", {"id": world.tang}),
                        "reason": "客户要提前谈"}  # fmt: skip
    assert offered(world, far) == [("renewal", far, True)]


def test_two_clicks_at_once_begin_one(world: World) -> None:
    far = world.contract(FAR)
    began: list[bool] = []

    def click() -> None:
        with world.act(world.tang) as tx:
            began.append(processes.begin(tx, "renewal", "contract", far, "双击"))

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert sorted(began) == [False, True]
    assert world.tasks(far) == ["follow_up"]
    assert len(world.rows("SELECT instance_id FROM processes.begun")) == 1


def test_its_date_finds_it_running_and_asks_nobody_twice(world: World) -> None:
    soon = world.contract("2027-02-28")  # 90 days before: 2026-11-30
    with world.act(world.tang) as tx:
        processes.begin(tx, "renewal", "contract", soon, "提前")
    world.until("2026-12-01")
    assert world.tasks(soon) == ["follow_up"]
    assert [one[0] for one in world.instances(soon)] == ["hand"]


def test_the_plan_tells_each_coming_step_once(world: World) -> None:
    soon = world.contract("2027-02-28")
    with world.act() as tx:
        processes.begin(tx, "renewal", "contract", soon, "提前")
        coming = processes.plan(tx, at("2027-03-31"), form="contract", record_id=soon)
    assert [(row["key"], row["wanted"]) for row in coming if row["process"] == "renewal"] == [
        ("t90", False), ("wait_t60", True), ("wait_t45", True), ("wait_t15", True), ("wait_end", True),
    ]  # fmt: skip


def test_what_runs_by_itself_is_closed_or_has_not_begun_is_not_offered(world: World) -> None:
    automatic = world.contract(FAR, renew_mode="auto", notice_days=30)
    closed = world.contract(FAR, status="lost", churn_reason="price")
    future = world.contract("2028-08-31", start_date="2027-09-01")
    assert offered(world, automatic, closed, future) == []
    with world.act() as tx:
        with refused(
            "processes.not_startable", "这份记录现在不能发起「续费跟进」：不符合它的条件，或已经了结", path="process"
        ):
            processes.begin(tx, "renewal", "contract", closed, "再试")
        with refused("processes.begun_without_reason", "请写明为什么现在发起", path="reason"):
            processes.begin(tx, "renewal", "contract", closed, "  ")
        with refused("processes.no_such_process", "没有「renewal」这个流程"):
            processes.begin(tx, "renewal", "customer", world.customer, "错的表单")


def test_over_the_web_who_may_change_the_contract_begins_it_from_the_customer(world: World) -> None:
    far = world.contract(FAR)
    with world.system() as tx:
        access.publish(tx, [access.load({"role": "reader", "label": "查看", "forms": {
            "customer": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
            "contract": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
        }})])  # fmt: skip
        people.create(tx, "reader", "何知远", password=PASSWORD, roles=("reader",))
        people.create(tx, "chief", "周总", password=PASSWORD, roles=("business_admin",))
    offer, door = f"/api/forms/customer/{world.customer}/startable", f"/api/forms/contract/{far}/begin"
    with logged_in(world.database, "reader") as client:
        assert client.get(offer).json() == []
        assert client.post(door, json={"process": "renewal", "reason": "试试"}).status_code == 403
    with logged_in(world.database, "chief") as client:
        (one,) = client.get(offer).json()
        assert (one["process"], one["form"], one["record_id"], one["running"]) == ("renewal", "contract", far, False)
        for began in (True, False):
            reply = client.post(door, json={"process": "renewal", "reason": "客户要提前谈"})
            assert (reply.status_code, reply.json()) == (200, {"began": began})
        assert [one["running"] for one in client.get(offer).json()] == [True]
    assert world.tasks(far) == ["follow_up"]

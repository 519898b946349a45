"""Sent back straight, and then something else happens: another version, time that runs out, a colleague who leaves, a
record that is deleted, a branch that is not needed. Nothing is lost and nothing asked twice."""

import pytest
from approval_world import Deals, Tree, approval, founded, task
from process_world import at as moment

from perennial import people, processes, records
from perennial.kernel import Conflict, Database, Invalid

door = processes.approving
SIGN = approval("fa", "cai", approved="on")


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


def back(deals: Deals, by: str, to: str, how: str = "straight") -> None:
    number = deals.vote(by)
    with deals.as_(by) as tx:
        door.send_back(tx, number, to, how, "付款周期过长")


def tick(deals: Deals, day: str) -> None:
    processes.tick(deals.database, at=moment(day))


def migrate(deals: Deals, *nodes: Tree, choices: dict[str, str] | None = None) -> int:
    deals.publish(*nodes)
    with deals.system() as tx:
        done = processes.migrate(tx, "quote", 2, choices or {})
    assert done.moved == 1 and done.id is not None
    deals.sound()
    return done.id


def test_it_comes_straight_back_in_another_version_too(deals: Deals) -> None:
    at = deals.begun(task("submit", "first"), approval("he", key="first", approved="sign"), SIGN, task("on"))
    deals.finish(at, "submit")
    deals.decide("he")
    deals.decide("cai")
    back(deals, "fa", "submit")
    first = approval("he", "gao", key="first", approved="sign")
    migrate(deals, task("submit", "more"), task("more", "first"), first, SIGN, task("on"))
    deals.edit(at, "liang", terms="15 日内付 50%")
    deals.finish(at, "submit")
    assert (deals.stands(at), deals.asked(at)) == (["first"], ["he"])  # who saw what changed, at the new version's node
    deals.sound()
    deals.decide("he")
    assert (deals.stands(at), sorted(deals.asked(at))) == (["sign"], ["cai", "fa"])
    deals.decide("cai")
    deals.decide("fa")
    assert deals.stands(at) == ["on"]
    deals.sound()


def test_where_a_migration_takes_the_step_away_it_comes_back_from_where_it_was_put(deals: Deals) -> None:
    at = deals.begun(task("submit", "sign"), SIGN, task("on"))
    deals.finish(at, "submit")
    back(deals, "fa", "submit")
    number = migrate(deals, task("papers", "sign"), SIGN, task("on"), choices={"submit": "papers"})
    with deals.system() as tx:
        assert processes.undo_migration(tx, number)["moved"] == 1
    assert (deals.stands(at), deals.asked(at)) == (["submit"], [])
    with deals.system() as tx:
        processes.migrate(tx, "quote", 2, {"submit": "papers"})
    deals.finish(at, "papers")
    assert (deals.stands(at), sorted(deals.asked(at))) == (["sign"], ["cai", "fa"])
    assert deals.rows("SELECT count(*) AS n FROM processes.approval") == [{"n": 1}]
    deals.sound()


def test_what_is_frozen_stays_so_where_a_migration_puts_it_and_goes_on_from_there(deals: Deals) -> None:
    at = deals.begun(task("submit", "sign"), SIGN, task("on"))
    deals.finish(at, "submit")
    back(deals, "fa", "submit")
    number = migrate(deals, task("submit", "on"), task("on"), choices={"sign": "on"})
    assert (deals.stands(at), deals.asked(at)) == (["submit"], [])
    with deals.system() as tx:
        assert processes.undo_migration(tx, number)["moved"] == 1
    deals.sound()
    with deals.system() as tx:
        processes.migrate(tx, "quote", 2, {"sign": "on"})
    deals.finish(at, "submit")
    assert deals.stands(at) == ["on"]
    assert deals.rows("SELECT count(*) AS n FROM tasks.task WHERE state = 'open'") == [{"n": 1}]
    deals.sound()


def test_a_step_that_sends_it_further_back_to_be_done_again_loses_nothing(deals: Deals) -> None:
    at = deals.begun(task("submit", "first"), approval("he", key="first", approved="sign"), SIGN, task("on"))
    deals.finish(at, "submit")
    deals.decide("he")
    back(deals, "fa", "first")
    back(deals, "he", "submit", "redo")
    deals.finish(at, "submit")
    deals.decide("he")
    assert (deals.stands(at), sorted(deals.asked(at))) == (["sign"], ["cai", "fa"])
    deals.sound()


def test_a_step_whose_time_runs_out_is_left_by_another_way(deals: Deals) -> None:
    submit = task("submit", "sign", timeout_days=2, on_timeout="late")
    at = deals.begun(submit, SIGN, task("on"), task("late"))
    deals.finish(at, "submit")
    back(deals, "fa", "submit")
    tick(deals, "2026-11-24")
    assert deals.stands(at) == ["late"]
    assert deals.rows("SELECT count(*) AS n FROM processes.token WHERE state = 'frozen'") == [{"n": 0}]
    deals.sound()
    deals.finish(at, "late")
    assert deals.rows("SELECT state FROM processes.instance") == [{"state": "finished"}]
    deals.sound()


def test_a_step_that_another_branch_cancels_takes_along_what_waited_for_it(deals: Deals) -> None:
    split = {"key": "both", "kind": "parallel", "branches": ["left", "right"]}
    stop = {"key": "stop", "kind": "cancel", "nodes": ["left"], "next": "last"}
    at = deals.begun(split, task("left", "sign"), approval("fa"), task("right", "stop"), stop, task("last"))
    deals.finish(at, "left")
    back(deals, "fa", "left")
    deals.finish(at, "right")
    assert deals.stands(at) == ["last"]
    deals.sound()
    deals.finish(at, "last")
    assert deals.rows("SELECT state FROM processes.instance") == [{"state": "finished"}]


def test_who_has_left_meanwhile_is_not_asked_again(deals: Deals) -> None:
    at = deals.begun(task("submit", "sign"), approval("fa", "gu"))
    deals.finish(at, "submit")
    back(deals, "fa", "submit")
    with deals.system() as tx:
        people.disable(tx, deals.who["gu"])
    deals.finish(at, "submit")
    assert sorted(deals.asked(at)) == ["fa", "liang"]
    deals.sound()


def test_a_task_whose_time_ran_out_does_not_come_back_with_its_record(deals: Deals) -> None:
    at = deals.begun(task("call", "visit", timeout_days=1, on_timeout="visit"), task("visit"))
    tick(deals, "2026-11-23")
    with deals.system() as tx:
        records.delete(tx, "deal", at, 1)
    processes.react(deals.database)
    assert deals.rows("SELECT state FROM processes.instance") == [{"state": "suspended"}]
    with deals.system() as tx:
        records.restore(tx, "deal", at)
    processes.react(deals.database)
    assert deals.rows(
        "SELECT k.key FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.state = 'open'"
    ) == [{"key": "visit"}]
    deals.sound()


def test_who_was_held_when_a_migration_took_them_along_is_not_held_for_ever_when_it_is_undone(deals: Deals) -> None:
    wait = {"key": "pause", "kind": "wait", "days": 1, "next": "on"}
    at = deals.begun(wait, task("on"))
    with deals.system() as tx:
        processes.hold(tx, "deal", at, moment("2026-11-25"), "客户要求暂缓")
    tick(deals, "2026-11-23")
    assert deals.rows("SELECT state FROM processes.token") == [{"state": "held"}]
    number = migrate(deals, task("ask", "on"), task("on"), choices={"pause": "ask"})
    tick(deals, "2026-11-26")  # the hold is over
    with deals.system() as tx:
        assert processes.undo_migration(tx, number)["moved"] == 1
    tick(deals, "2026-11-27")
    assert deals.stands(at) == ["on"]
    deals.sound()


def test_a_slot_of_nobody_has_decided_nothing_that_keeps_the_submitter_from_taking_it_back(deals: Deals) -> None:
    at = deals.begun(
        task("submit", "sign"),
        approval({"role": "nobody"}, "fa", mode="any", empty="reject", approved="on"),
        task("on"),
    )
    deals.finish(at, "submit")
    number = deals.vote("fa")
    with deals.as_("liang") as tx:
        door.withdraw(tx, number)
    assert deals.stands(at) == ["submit"]
    deals.sound()
    with deals.as_("liang") as tx, pytest.raises(Conflict):
        door.withdraw(tx, number)


def test_a_step_that_ends_with_all_that_goes_on_takes_along_what_waited_for_it(deals: Deals) -> None:
    at = deals.begun(task("submit", "sign"), SIGN, task("on"))
    deals.finish(at, "submit")
    back(deals, "fa", "submit")
    wait = {"key": "pause", "kind": "wait", "days": 1, "next": "on"}
    sign = approval("fa", "cai", approved="end")
    split = {"key": "split", "kind": "condition", "cases": [{"when": "flag", "next": "sign"}], "otherwise": "pause"}
    migrate(deals, split, wait, sign, task("on"), choices={"submit": "pause"})
    tick(deals, "2026-11-23")
    assert deals.stands(at) == ["on"]
    assert deals.rows("SELECT count(*) AS n FROM processes.token WHERE state = 'frozen'") == [{"n": 0}]
    deals.finish(at, "on")
    assert deals.rows("SELECT state FROM processes.instance") == [{"state": "finished"}]
    deals.sound()


def test_a_task_that_is_an_approval_by_now_is_asked_anew(deals: Deals) -> None:
    at = deals.begun(task("sign", "on"), task("on"))
    number = migrate(deals, SIGN, task("on"), choices={"sign": "sign"})
    assert (deals.stands(at), deals.asked(at)) == (["sign"], ["fa", "cai"])
    with deals.system() as tx:
        assert processes.undo_migration(tx, number)["moved"] == 1
    deals.sound()
    assert deals.rows("SELECT vote_id FROM tasks.task WHERE state = 'open'") == [{"vote_id": None}]


def test_what_other_joins_wait_for_by_now_does_not_stay_where_it_is_called_the_same(deals: Deals) -> None:
    deals.begun(task("left", "end"))
    deals.publish(
        {"key": "both", "kind": "parallel", "branches": ["left", "right"]}, task("left", "join"), task("right", "join"),
        {"key": "join", "kind": "join", "of": "both", "next": "end"},
    )  # fmt: skip
    with deals.system() as tx, pytest.raises(Invalid) as refused:
        processes.migrate(tx, "quote", 2, {"left": "left"})
    assert refused.value.code == "processes.migration_choice"


def test_a_join_does_not_wait_for_what_nobody_comes_back_for(deals: Deals) -> None:
    at = deals.begun(
        {"key": "both", "kind": "parallel", "branches": ["left", "right"]},
        task("left", "sign", timeout_days=1, on_timeout="end"), approval("fa", approved="join"), task("right", "join"),
        {"key": "join", "kind": "join", "of": "both", "next": "on"}, task("on"),
    )  # fmt: skip
    deals.finish(at, "left")
    deals.finish(at, "right")
    back(deals, "fa", "left")
    tick(deals, "2026-11-23")
    assert deals.stands(at) == ["on"]
    deals.sound()
    deals.finish(at, "on")
    assert deals.rows("SELECT state FROM processes.instance") == [{"state": "finished"}]


def parked(deals: Deals, at: int, key: str) -> None:
    """Its data made the statement fail that opens the task."""
    with deals.system() as tx:
        token = {"token": tx.value(
            "SELECT t.id FROM processes.token t JOIN processes.node n ON n.id = t.node_id"
            "  JOIN processes.instance i ON i.id = t.instance_id WHERE i.record_id = %(at)s AND n.key = %(key)s",
            {"at": at, "key": key})}  # fmt: skip
        tx.run("DELETE FROM tasks.task WHERE token_id = %(token)s", token)
        tx.run("UPDATE processes.token SET state = 'parked' WHERE id = %(token)s", token)
        tx.run("INSERT INTO processes.stuck (token_id, instance_id, node_id, code, facts, at)"
               " SELECT id, instance_id, node_id, '22012', '{}', %(now)s FROM processes.token WHERE id = %(token)s",
               token)  # fmt: skip


def test_who_queues_behind_somebody_stuck_waits_until_it_is_tried_again(deals: Deals) -> None:
    at = deals.begun(
        {"key": "both", "kind": "parallel", "branches": ["one", "two"]},
        task("one", critical="desk"), task("two", critical="desk"),
    )  # fmt: skip
    parked(deals, at, "one")
    tick(deals, "2026-11-24")
    assert deals.rows("SELECT state FROM processes.token ORDER BY id") == [{"state": "parked"}, {"state": "queued"}]
    deals.sound()
    with deals.system() as tx:
        records.delete(tx, "deal", at, 1)
    processes.react(deals.database)
    with deals.system() as tx:
        records.restore(tx, "deal", at)
    processes.react(deals.database)
    assert deals.rows("SELECT state FROM processes.token ORDER BY id") == [{"state": "waiting"}, {"state": "queued"}]
    assert deals.rows("SELECT count(*) AS n FROM processes.stuck") == [{"n": 0}]
    deals.sound()
    parked(deals, at, "one")
    with deals.system() as tx:
        again = processes.retry(tx)
    assert len(again) == 1
    tick(deals, "2026-11-24")
    deals.finish(at, "one")
    deals.finish(at, "two")
    assert deals.rows("SELECT state FROM processes.instance") == [{"state": "finished"}]
    deals.sound()


def test_what_was_stuck_when_it_was_sent_back_is_tried_again_when_it_comes_back(deals: Deals) -> None:
    at = deals.begun(
        task("submit", "both"),
        {"key": "both", "kind": "parallel", "branches": ["sign", "on"]},
        approval("fa"),
        task("on"),
    )
    deals.finish(at, "submit")
    parked(deals, at, "on")
    back(deals, "fa", "submit")
    deals.finish(at, "submit")
    assert (deals.asked(at), sorted(deals.stands(at))) == (["fa"], ["on", "sign"])
    assert deals.rows("SELECT count(*) AS n FROM processes.stuck") == [{"n": 0}]
    deals.sound()

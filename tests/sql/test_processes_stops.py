"""How instances stop and come back: by the clock, by a deletion, by an undone change; what a broken reaction hides."""

import datetime as dt
from typing import Any

import pytest
from process_world import World, at, found, trees

from perennial import messages, processes, records
from perennial.kernel import Database, Reason

TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


def publish(world: World, key: str, **changes: Any) -> None:
    with world.system() as tx:
        tree = next(tree for tree in trees("processes") if tree["process"] == key)
        processes.publish(tx, {**tree, **changes})


def test_a_cancel_when_that_reads_today_takes_effect_when_the_day_comes(world: World) -> None:
    publish(world, "renewal", cancel_when='OR(NOT(open), renew_mode = "auto", TODAY() > end_date - 20)', covers=None)
    soon, later = world.imported("2027-01-25"), world.imported("2027-02-10")
    with world.act() as tx:
        processes.start(tx, "renewal", [soon, later])
    assert world.tasks(soon) == world.tasks(later) == ["follow_up"]
    world.until("2027-01-05", "23:59")  # 20 days before the end of the first: not yet
    assert world.tasks(soon) == ["follow_up"]
    assert world.mails(soon) == ["intent"]
    done = world.until("2027-01-06", "00:00")
    assert done.advanced.cancelled == 1
    assert world.instances(soon) == [("hand", "cancelled")]
    assert world.tasks(soon) == []
    assert world.mails(soon) == []  # it had not left
    assert world.instances(later) == [("hand", "open")]


def test_days_away_are_caught_up_by_a_cancel_when_that_reads_today(world: World) -> None:
    publish(world, "renewal", cancel_when='OR(NOT(open), TODAY() > end_date - 20)', covers=None, then="clear",
            nodes=[{"key": "follow_up", "kind": "task", "label": "续费跟进", "who": {"field": "owner"}},
                   {"key": "clear", "kind": "update", "label": "备注", "set": {"note": '"时间已过"'}}])  # fmt: skip
    contract = world.imported("2027-01-10")
    with world.act() as tx:
        processes.start(tx, "renewal", [contract])
    world.away_until("2027-01-05")
    assert world.tasks(contract) == []
    assert world.read(contract)["note"] == "时间已过"  # it went on at `then`
    assert world.instances(contract) == [("hand", "finished")]


def test_only_versions_whose_cancel_when_reads_the_clock_are_looked_at_and_once_a_day(world: World) -> None:
    world.imported("2027-01-10")
    world.until("2026-11-22")
    looked = "SELECT v.id FROM processes.version v WHERE v.cancelled_at > 'epoch'"
    assert world.rows(looked) == []  # no shipped process reads the clock in its cancel_when
    publish(world, "renewal", cancel_when="OR(NOT(open), TODAY() > end_date - 20)")
    contract = world.imported("2027-01-12")
    assert world.instances(contract) == [("late", "open")]
    world.until("2026-11-22", "10:00")
    first = world.rows("SELECT cancelled_at FROM processes.version v WHERE v.cancelled_at > 'epoch'")
    assert len(first) == 1
    world.until("2026-11-22", "18:00")
    assert world.rows("SELECT cancelled_at FROM processes.version v WHERE v.cancelled_at > 'epoch'") == first


def test_a_restored_record_has_its_instance_its_task_and_its_unsent_mail_again(world: World) -> None:
    post: list[str] = []

    class Post:
        instant = False

        def send(self, wire: messages.Wire) -> messages.Outcome:
            post.append(wire.subject)
            return messages.Outcome("sent")

    def deliver() -> dict[str, int]:
        return messages.deliver(world.database, {"mail": Post()}, guard=processes.delivery_guard).counts

    end = dt.date(2027, 1, 31)
    contract = world.imported(end)
    world.until(end - dt.timedelta(days=60))
    assert world.mails(contract) == ["intent"]
    with world.act() as tx:
        messages.release(tx, "mail")
        records.delete(tx, "contract", contract, world.read_in(tx, contract)["version"])
    world.settle()
    assert world.instances(contract) == [("late", "suspended")]
    assert world.tasks(contract) == []
    assert deliver() == {}
    assert post == []
    world.away_until(end - dt.timedelta(days=58))
    with world.act() as tx:
        records.restore(tx, "contract", contract)
    world.settle()
    assert world.instances(contract) == [("late", "open")]
    assert world.tasks(contract) == ["follow_up"]
    assert deliver() == {"sent": 1}  # at once, not at the next look of a postponed message
    assert len(post) == 1
    with world.system() as tx:
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []


def test_a_mail_whose_limit_passes_while_its_record_is_deleted_stays_away(world: World) -> None:
    end = dt.date(2027, 1, 31)
    contract = world.imported(end)
    world.until(end - dt.timedelta(days=60))
    with world.act() as tx:
        messages.release(tx, "mail")
        records.delete(tx, "contract", contract, world.read_in(tx, contract)["version"])
    world.away_until(end - dt.timedelta(days=50))  # the limit is 7 days
    with world.act() as tx:
        records.restore(tx, "contract", contract)
    world.settle()
    channel = {"mail": messages.Recorder()}
    assert messages.deliver(world.database, channel, guard=processes.delivery_guard).counts == {"expired": 1}


def test_an_undone_change_brings_back_the_mail_that_it_had_cancelled(world: World) -> None:
    end = dt.date(2027, 1, 31)
    contract = world.imported(end)
    world.until(end - dt.timedelta(days=60))
    world.change(contract, status="renewed")
    assert world.mails(contract) == []
    world.change(contract, why=Reason("undo", {"of": "status"}), status="pending")
    assert world.mails(contract) == ["intent"]
    assert world.rows("SELECT state, why, withdrawn FROM messages.outbox WHERE outward") == [
        {"state": "queued", "why": None, "withdrawn": None}
    ]


def test_a_parked_reaction_alarms_the_doctor_and_hides_nothing_else(world: World) -> None:
    contract = world.imported("2027-03-01")
    with world.act() as tx:  # a write whose reaction will be parked, before anything is due
        records.update(tx, "contract", contract, world.read_in(tx, contract)["version"], {"note": "x"})
    with world.system() as tx:
        tx.run("UPDATE changes.reaction SET parked_at = %(now)s, attempts = 5, error = 'ValueError: x'")
    world.until("2026-12-15")
    with world.system() as tx:
        good = {one.check: one.count for one in processes.doctor(tx) if not one.ok}
        assert good == {"parked_reactions": 1}
        tx.run("DELETE FROM processes.decision WHERE record_id = %(id)s AND trigger_id IS NOT NULL", {"id": contract})
        tx.run("DELETE FROM processes.instance WHERE record_id = %(id)s", {"id": contract})
        bad = {one.check for one in processes.doctor(tx) if not one.ok}
        assert processes.proof(tx, at(TODAY)).missing == 2  # renewal and auto_renewal both owe one for T-90
        tx.connection.rollback()
    assert {"parked_reactions", "missed_occurrence", "forgotten_record"} <= bad

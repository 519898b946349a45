"""A mail that reaches nobody is asked about: a call for one that was lost, a contact for one with nobody to go to."""

import datetime as dt

import pytest
from process_world import World, at, found

from perennial import messages, people, processes, records, tasks
from perennial.kernel import Database

END = dt.date(2027, 1, 31)  # T-60 is 2026-12-02


class Refusing:
    """Every address is unknown."""

    instant = False

    def send(self, wire: messages.Wire) -> messages.Outcome:
        return messages.Outcome("permanent", "550 no such user")


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


def deliver(world: World) -> dict[str, int]:
    with world.system() as tx:
        messages.release(tx, "mail")
    return messages.deliver(world.database, {"mail": Refusing()}, guard=processes.delivery_guard).counts


def calls(world: World) -> list[tuple[int, int, str | None]]:
    """(record, assignee, state) of every call."""
    return [
        (row["record_id"], row["assignee_id"], row["state"])
        for row in world.rows(
            "SELECT t.record_id, t.assignee_id, t.state FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
            " WHERE k.key = 'call' ORDER BY t.id"
        )
    ]


def test_a_mail_that_failed_for_good_is_a_call_for_the_owner_once_and_linked(world: World) -> None:
    contract = world.imported(END)
    world.until("2026-12-02")
    assert deliver(world) == {"failed": 1}
    processes.tick(world.database)
    processes.tick(world.database)
    assert calls(world) == [(contract, world.tang, "open")]
    task = world.task("call", contract)
    (mail,) = world.rows("SELECT id, state FROM messages.outbox WHERE outward")
    assert (task["message_id"], mail["state"]) == (mail["id"], "failed")
    assert (task["title"], task["priority"]) == ("致电客户（邮件未送达）：林女士", 1)
    assert task["due_at"] == at("2026-12-03", "18:00")  # the working day after Wednesday 2 December
    with world.act(world.tang) as tx:
        assert task["id"] in [one["id"] for one in tasks.mine(tx)]
        processes.finish_task(tx, task["id"])
    processes.tick(world.database)
    assert calls(world) == [(contract, world.tang, "done")]
    assert world.instances(contract) == [("late", "open")]  # the walk goes on
    with world.system() as tx:
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []


def test_lines_of_one_lost_mail_are_one_call_for_each_owner(world: World) -> None:
    first, second, third = world.imported(END), world.imported(END), world.imported(END, owner=world.gu)
    world.until("2026-12-02")
    assert deliver(world) == {"merged": 2, "failed": 1}
    processes.tick(world.database)
    assert calls(world) == [(first, world.tang, "open"), (third, world.gu, "open")]
    assert second not in [record for record, _, _ in calls(world)]


def test_a_call_is_closed_with_what_it_was_for_and_goes_by_the_assignee_order(world: World) -> None:
    contract = world.imported(END)
    world.until("2026-12-02")
    deliver(world)
    with world.act() as tx:
        people.disable(tx, world.tang)
    processes.tick(world.database)
    assert calls(world) == [(contract, world.he, "open")]  # her department's head
    world.change(contract, status="renewed")
    assert calls(world) == [(contract, world.he, "closed")]


def test_nobody_calls_about_a_contract_that_is_settled_or_deleted_meanwhile(world: World) -> None:
    settled, deleted = world.imported(END), world.imported(END + dt.timedelta(days=1))
    world.until("2026-12-03")
    deliver(world)
    world.change(settled, status="lost", churn_reason="price")
    with world.act() as tx:
        records.delete(tx, "contract", deleted, world.read_in(tx, deleted)["version"])
    world.settle()
    processes.tick(world.database)
    assert calls(world) == []
    with world.act() as tx:
        records.restore(tx, "contract", deleted)
    processes.tick(world.database)
    assert calls(world) == [(deleted, world.tang, "open")]


def alone(world: World, name: str, csm: int) -> int:
    """A customer without a contact."""
    with world.act() as tx:
        return records.create(tx, "customer", {"name": name, "csm": csm})


def wanted_contacts(world: World) -> list[tuple[int, int, str]]:
    """(customer, assignee, state) of every task to find a contact."""
    return [
        (row["record_id"], row["assignee_id"], row["state"])
        for row in world.rows(
            "SELECT t.record_id, t.assignee_id, t.state FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
            " WHERE k.key = 'contact' AND k.form = 'customer' ORDER BY t.id"
        )
    ]


def test_mails_with_nobody_to_go_to_are_one_open_task_per_customer_for_its_owner(world: World) -> None:
    one, other = alone(world, "厦门屿岸", world.tang), alone(world, "泉州", world.gu)
    _, _, theirs = (world.imported(END, customer=customer) for customer in (one, one, other))
    world.imported(END)  # this customer has a contact
    world.until("2026-12-02")
    processes.tick(world.database)
    assert world.rows("SELECT count(*) AS n FROM messages.outbox WHERE state = 'unaddressed'") == [{"n": 3}]
    assert wanted_contacts(world) == [(one, world.tang, "open"), (other, world.gu, "open")]
    assert calls(world) == []
    task = world.task("contact", one)
    assert task["due_at"] == at("2026-12-03", "18:00")
    with world.act(world.tang) as tx:
        shown = {mine["id"]: mine["label"] for mine in tasks.mine(tx)}
        assert shown[task["id"]] == "补充联系人（消息无人可收）"
        processes.finish_task(tx, task["id"])
    processes.tick(world.database)
    assert wanted_contacts(world) == [(one, world.tang, "done"), (other, world.gu, "open")]
    world.imported(END + dt.timedelta(days=1), customer=one)  # its T-60 is tomorrow: the next mail for nobody
    world.until("2026-12-04")
    processes.tick(world.database)
    assert wanted_contacts(world)[-1] == (one, world.tang, "open")
    with world.act() as tx:
        records.delete(tx, "contract", theirs, world.read_in(tx, theirs)["version"])
        records.delete(tx, "customer", other, world.read_in(tx, other, "customer")["version"])
    processes.tick(world.database)
    assert wanted_contacts(world)[1] == (other, world.gu, "closed")
    with world.system() as tx:
        assert [found.check for found in processes.doctor(tx) if not found.ok] == []


def test_what_a_rule_had_said_in_vain_is_a_call_for_the_owner_too(world: World) -> None:
    contract = world.imported(END)
    world.until("2026-12-02")
    with world.system() as tx:  # as a rule decides: without an instance
        tx.run("UPDATE messages.outbox SET instance_id = NULL, node = NULL WHERE outward")
    assert deliver(world) == {"failed": 1}
    processes.tick(world.database)
    processes.tick(world.database)
    assert calls(world) == [(contract, world.tang, "open")]

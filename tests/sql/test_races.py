"""Two at once: nobody overwrites, nobody waits for ever, one bad change does not stop the others."""

import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from process_world import World, at, found
from web_client import PASSWORD, logged_in

from perennial import changes, messages, people, processes, records
from perennial.kernel import SYSTEM, Actor, Busy, Conflict, Database, Tx

react_module = importlib.import_module("perennial.processes.react")
triggers_module = importlib.import_module("perennial.processes.triggers")


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is waited for 0.2 s instead of 3."""
    defaults = Database.begin.__wrapped__.__kwdefaults__  # type: ignore[attr-defined]
    monkeypatch.setitem(defaults, "lock_timeout_ms", 200)


class Post:
    """A channel that remembers."""

    instant = False

    def __init__(self) -> None:
        self.taken: list[messages.Wire] = []

    def send(self, wire: messages.Wire) -> messages.Outcome:
        self.taken.append(wire)
        return messages.Outcome("sent")


def overtaken(world: World, act: Callable[[], object]) -> tuple[Post, messages.Guard]:
    """The real guard; after its first answer, and before anything is committed, `act` commits in between."""
    with world.system() as tx:
        messages.release(tx, "mail")
    left = [act]

    def guard(tx: Tx, ids: Sequence[int]) -> Mapping[int, str]:
        refused = processes.delivery_guard(tx, ids)
        if left:
            left.pop()()
        return refused

    return Post(), guard


def outbox(world: World) -> list[tuple[str, str | None]]:
    return [(row["state"], row["why"]) for row in world.rows("SELECT state, why FROM messages.outbox WHERE outward")]


def test_nothing_leaves_after_the_commit_that_made_cancel_when_true(world: World) -> None:
    contract = world.contract("2027-02-01")
    world.until("2026-12-03")  # T-60
    assert world.mails(contract) == ["intent"]

    def renewed() -> None:  # and the reactor has not seen it yet
        with world.act() as tx:
            records.update(tx, "contract", contract, world.read_in(tx, contract)["version"], {"status": "renewed"})

    post, guard = overtaken(world, renewed)
    messages.deliver(world.database, {"mail": post}, guard=guard)
    assert post.taken == []
    assert outbox(world) == [("cancelled", "cancel_when")]


def test_a_hold_that_commits_during_a_delivery_postpones_the_mail_until_it_ends(world: World) -> None:
    world.contract("2027-02-01")
    world.until("2026-12-03")

    def hold() -> None:
        with world.act() as tx:
            processes.hold(tx, "customer", world.customer, at("2026-12-04"), "客户搬迁")

    post, guard = overtaken(world, hold)
    messages.deliver(world.database, {"mail": post}, guard=guard)
    assert (post.taken, outbox(world)) == ([], [("queued", "hold")])
    world.until("2026-12-04", "10:00")
    messages.deliver(world.database, {"mail": post}, guard=guard)
    assert len(post.taken) == 1


def test_a_deleted_record_says_nothing_more(world: World) -> None:
    contract = world.contract("2027-02-01")
    world.until("2026-12-03")

    def delete() -> None:
        with world.act() as tx:
            records.delete(tx, "contract", contract, world.read_in(tx, contract)["version"])

    post, guard = overtaken(world, delete)
    messages.deliver(world.database, {"mail": post}, guard=guard)
    assert post.taken == []
    assert outbox(world) == [("queued", "hold")]  # restoring the record lets it go


def test_a_double_click_on_finish_ends_the_task_once_and_says_so_the_second_time(world: World) -> None:
    contract = world.contract("2027-02-01")
    task = world.task("follow_up", contract)
    together = threading.Barrier(2)

    def click() -> str:
        def finish(tx: Tx) -> str:
            processes.finish_task(tx, task["id"], {"intent": "yes"})
            return "done"

        together.wait()
        try:
            return world.database.run(Actor("person", world.tang, "somebody"), finish)
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(one.result() for one in [pool.submit(click), pool.submit(click)])
    assert ended == ["done", "tasks.not_open"]
    steps = "SELECT count(*) AS n FROM processes.step WHERE outcome = 'done' AND instance_id = %(i)s"
    assert world.rows(steps, i=task["instance_id"]) == [{"n": 1}]


def test_a_person_who_meets_a_batch_is_asked_to_try_again(world: World, impatient: None) -> None:
    contract = world.contract("2027-02-01")
    task = world.task("follow_up", contract)
    with world.system() as tx:
        people.set_password(tx, world.tang, PASSWORD)
    with logged_in(world.database, "tang") as client, world.system() as batch:
        batch.run("SELECT id FROM processes.instance WHERE id = %(id)s FOR UPDATE", {"id": task["instance_id"]})
        reply = client.post(f"/api/tasks/{task['id']}/finish", json={"values": {"intent": "yes"}})
        assert reply.status_code == 429
        assert reply.json()["error"]["code"] == "kernel.busy"
        assert reply.json()["error"]["text"]
    assert world.tasks(contract) == ["follow_up"]


def failing(monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception], record: int) -> None:
    """Reactions to this contract's last change fail."""
    truly = react_module.handle

    def handle(tx: Tx, claimed: changes.Claimed, total: processes.Reacted) -> None:
        sql = "SELECT EXISTS (SELECT FROM changes.change WHERE transaction_id = ANY(%(t)s) AND record_id = %(r)s)"
        if tx.value(sql, {"t": claimed.transactions, "r": record}):
            raise error()
        truly(tx, claimed, total)

    monkeypatch.setattr(react_module, "handle", handle)


def three(world: World) -> list[int]:
    made: list[int] = []
    for end in ("2027-02-01", "2027-02-02", "2027-02-03"):
        with world.act() as tx:
            made.append(
                records.create(
                    tx,
                    "contract",
                    {"customer": world.customer, "end_date": end, "start_date": "2026-02-01", "owner": world.tang},
                )
            )
    return made


def test_a_reaction_that_fails_is_narrowed_and_the_others_are_handled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = three(world)
    with monkeypatch.context() as patch:
        failing(patch, lambda: ValueError("bad"), made[1])
        for _ in range(2):
            processes.react(world.database)
        assert [world.tasks(one) for one in made] == [["follow_up"], [], ["follow_up"]]
        assert world.rows("SELECT DISTINCT attempts, parked_at FROM changes.reaction") == [
            {"attempts": 2, "parked_at": None}
        ]
    processes.react(world.database)
    assert world.tasks(made[1]) == ["follow_up"]


def test_a_lock_that_was_not_got_is_nobodys_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = three(world)
    with monkeypatch.context() as patch:
        failing(patch, lambda: psycopg.errors.LockNotAvailable("later"), made[1])
        for _ in range(6):
            with pytest.raises(psycopg.errors.LockNotAvailable):
                processes.react(world.database)
    assert {row["attempts"] for row in world.rows("SELECT attempts FROM changes.reaction")} == {0}
    processes.react(world.database)
    assert [world.tasks(one) for one in made] == [["follow_up"]] * 3


def test_a_tick_waits_for_the_reaction_that_shares_its_trigger(world: World) -> None:
    contract = world.contract("2027-02-25")  # T-90 is 2026-11-27
    triggers = [row["id"] for row in world.rows("SELECT id FROM processes.trigger")]
    release = threading.Event()
    taken = threading.Event()

    def reaction() -> None:
        with world.system() as tx:
            triggers_module.share(tx, triggers)
            taken.set()
            release.wait(10)

    with ThreadPoolExecutor(2) as pool:
        busy = pool.submit(reaction)
        assert taken.wait(10)
        ticking = pool.submit(lambda: processes.tick(world.database, at=at("2026-11-27")))
        threading.Timer(0.5, release.set).start()
        busy.result()
        assert ticking.result().decided.get("fired") == 1
    assert world.tasks(contract) == ["follow_up"]


def test_a_lock_timeout_becomes_busy_after_three_attempts(world: World, impatient: None) -> None:
    contract = world.contract("2027-02-25")
    with world.system() as other:
        version = world.read_in(other, contract)["version"]
        records.update(other, "contract", contract, version, {"amount": "1"})
        with pytest.raises(Busy):
            world.database.run(
                Actor("person", world.zhou, "somebody"),
                lambda tx: records.update(tx, "contract", contract, version, {"amount": "2"}),
            )
    assert world.database.run(SYSTEM, lambda tx: world.read_in(tx, contract)["amount"]) == 1
